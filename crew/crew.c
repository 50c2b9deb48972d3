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

// Work in parts, as long as tc_team.each is at it.
struct tc_share {
    tc_share *next;
    tc_part *part;
    void *context;
    int count, begun, ended;
};

static void do_part(tc_crew *crew, tc_share *share) {
    int index = share->begun++;
    tc_crew_unlock(crew);
    share->part(share->context, index);
    tc_crew_lock(crew);
    share->ended++;
    if (share->ended == share->count) tc_crew_wake(crew);
}

bool tc_crew_help(tc_crew *crew) {
    tc_share *share = crew->shares;
    while (share && share->begun == share->count) share = share->next;
    if (share) do_part(crew, share);
    return share;
}

static void wait_for_change(tc_crew *crew) {
    crew->waiting++;
    pthread_cond_wait(&crew->changed, &crew->lock);
    crew->waiting--;
}

static void each_part(void *user, int count, tc_part *part, void *context) {
    tc_crew *crew = user;
    tc_share share = {.next = crew->shares, .part = part, .context = context, .count = count};
    crew->shares = &share;
    tc_crew_wake(crew);
    while (share.begun < count) do_part(crew, &share);
    while (share.ended < count) wait_for_change(crew);
    tc_share **link = &crew->shares;
    while (*link != &share) link = &(*link)->next;
    *link = share.next;
}

static void take_turns(tc_crew *crew, int worker) {
    while (!crew->over) {
        tc_turn turn = crew->serve(crew, crew->context, worker);
        if (turn == TC_TURN_OVER) crew->over = true;
        if (turn == TC_TURN_IDLE && !crew->over) {
            wait_for_change(crew);
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
    crew.team = (tc_team){each_part, &crew};
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
    run->team = &crew->team;
    if (!status) status = tc_run_finish_tile(run, task, &partial, error);
    tc_blob_clear(&partial);
    return status;
}
