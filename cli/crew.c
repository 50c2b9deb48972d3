#include "cli/crew.h"

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

static void *work(void *argument) {
    tc_crew *crew = argument;
    pthread_mutex_lock(&crew->lock);
    int worker = ++crew->started;
    for (tc_turn turn = TC_TURN_BUSY; turn != TC_TURN_OVER;) {
        turn = crew->serve(crew, crew->context, worker);
        if (turn == TC_TURN_IDLE) {
            crew->waiting++;
            pthread_cond_wait(&crew->changed, &crew->lock);
            crew->waiting--;
        } else if (crew->waiting > 0) {
            pthread_cond_broadcast(&crew->changed);
        }
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

void tc_crew_run(int threads, tc_crew_serve *serve, void *context) {
    tc_crew crew = {.serve = serve, .context = context};
    pthread_mutex_init(&crew.lock, NULL);
    pthread_cond_init(&crew.changed, NULL);
    pthread_t ids[TC_MAX_THREADS];
    int others = 0;
    while (others < threads - 1 && others < TC_MAX_THREADS && pthread_create(&ids[others], NULL, work, &crew) == 0)
        others++;
    work(&crew);
    for (int i = 0; i < others; i++) pthread_join(ids[i], NULL);
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
