#include "crew/crew.h"

#include <sched.h>

int tc_crew_cores(void) {
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < TC_MAX_THREADS ? count : TC_MAX_THREADS;
}

void tc_crew_lock(tc_crew *crew) {
    pthread_mutex_lock(&crew->lock);
}

void tc_crew_unlock(tc_crew *crew) {
    pthread_mutex_unlock(&crew->lock);
}

void tc_crew_wake(tc_crew *crew) {
    if (crew->waiting > 0) pthread_cond_broadcast(&crew->changed);
}

static void take_turns(tc_crew *crew, int worker) {
    while (!crew->over) {
        tc_turn turn = crew->serve(crew, crew->context, worker);
        if (turn == TC_TURN_OVER) crew->over = true;
        if (turn == TC_TURN_IDLE && !crew->over) {
            crew->waiting++;
            pthread_cond_wait(&crew->changed, &crew->lock);
            crew->waiting--;
        } else {
            tc_crew_wake(crew);
        }
    }
}

static void *work(void *argument) {
    tc_crew *crew = argument;
    tc_crew_lock(crew);
    take_turns(crew, 2 + crew->numbered++);
    tc_crew_unlock(crew);
    return NULL;
}

void tc_crew_grow(tc_crew *crew, int threads) {
    if (threads > TC_MAX_THREADS) threads = TC_MAX_THREADS;
    while (crew->started < threads - 1 && pthread_create(&crew->others[crew->started], NULL, work, crew) == 0)
        crew->started++;
}

void tc_crew_run(int threads, tc_crew_serve *serve, void *context) {
    tc_crew crew = {.serve = serve, .context = context};
    pthread_mutex_init(&crew.lock, NULL);
    pthread_cond_init(&crew.changed, NULL);
    tc_crew_lock(&crew);
    tc_crew_grow(&crew, threads);
    take_turns(&crew, 1);
    tc_crew_unlock(&crew);
    for (int i = 0; i < crew.started; i++) pthread_join(crew.others[i], NULL);
    pthread_cond_destroy(&crew.changed);
    pthread_mutex_destroy(&crew.lock);
}

tc_status tc_crew_tile(tc_crew *crew, tc_run *run, const tc_task *task, tc_error *error) {
    tc_blob partial = {0};
    tc_crew_unlock(crew);
    tc_status status = tc_stage_run(task->stage, task->merged, &task->in, &task->out, &partial, error);
    tc_crew_lock(crew);
    if (!status) status = tc_run_finish_tile(run, task, &partial, error);
    tc_blob_clear(&partial);
    return status;
}
