#include "threads/thread_pool.h"

#include <sched.h>

int tc_thread_pool_cores(void) {
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < TC_MAX_THREADS ? count : TC_MAX_THREADS;
}

void tc_thread_pool_lock(tc_thread_pool *pool) {
    pthread_mutex_lock(&pool->lock);
}

void tc_thread_pool_unlock(tc_thread_pool *pool) {
    pthread_mutex_unlock(&pool->lock);
}

void tc_thread_pool_notify(tc_thread_pool *pool) {
    if (pool->waiting > 0) pthread_cond_broadcast(&pool->changed);
}

// Work in parts, as long as tc_parallel.each is at it.
struct tc_share {
    tc_share *next;
    tc_parallel_body *part;
    void *context;
    int count, begun, ended;
};

static void do_part(tc_thread_pool *pool, tc_share *share) {
    int index = share->begun++;
    tc_thread_pool_unlock(pool);
    share->part(share->context, index);
    tc_thread_pool_lock(pool);
    share->ended++;
    if (share->ended == share->count) tc_thread_pool_notify(pool);
}

bool tc_thread_pool_help(tc_thread_pool *pool) {
    tc_share *share = pool->shares;
    while (share && share->begun == share->count) share = share->next;
    if (share) do_part(pool, share);
    return share;
}

static void wait_for_change(tc_thread_pool *pool) {
    pool->waiting++;
    pthread_cond_wait(&pool->changed, &pool->lock);
    pool->waiting--;
}

static void each_part(void *user, int count, tc_parallel_body *part, void *context) {
    tc_thread_pool *pool = user;
    tc_share share = {.next = pool->shares, .part = part, .context = context, .count = count};
    pool->shares = &share;
    tc_thread_pool_notify(pool);
    while (share.begun < count) do_part(pool, &share);
    while (share.ended < count) wait_for_change(pool);
    tc_share **link = &pool->shares;
    while (*link != &share) link = &(*link)->next;
    *link = share.next;
}

static void take_turns(tc_thread_pool *pool, int worker) {
    while (!pool->over) {
        tc_poll_result turn = pool->serve(pool, pool->context, worker);
        if (turn == TC_POLL_DONE) pool->over = true;
        if (turn == TC_POLL_IDLE && !pool->over) {
            wait_for_change(pool);
        } else {
            tc_thread_pool_notify(pool);
        }
    }
}

static void *work(void *argument) {
    tc_thread_pool *pool = argument;
    tc_thread_pool_lock(pool);
    take_turns(pool, 2 + pool->numbered++);
    tc_thread_pool_unlock(pool);
    return NULL;
}

void tc_thread_pool_grow(tc_thread_pool *pool, int threads) {
    if (threads > TC_MAX_THREADS) threads = TC_MAX_THREADS;
    while (pool->started < threads - 1 && pthread_create(&pool->others[pool->started], NULL, work, pool) == 0)
        pool->started++;
}

void tc_thread_pool_run(int threads, tc_thread_pool_poll *serve, void *context) {
    tc_thread_pool pool = {.serve = serve, .context = context};
    pool.parallel = (tc_parallel){each_part, &pool};
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.changed, NULL);
    tc_thread_pool_lock(&pool);
    tc_thread_pool_grow(&pool, threads);
    take_turns(&pool, 1);
    tc_thread_pool_unlock(&pool);
    for (int i = 0; i < pool.started; i++) pthread_join(pool.others[i], NULL);
    pthread_cond_destroy(&pool.changed);
    pthread_mutex_destroy(&pool.lock);
}

tc_status tc_thread_pool_tile(tc_thread_pool *pool, tc_run *run, const tc_task *task, tc_error *error) {
    tc_blob partial = {0};
    tc_thread_pool_unlock(pool);
    tc_status status = tc_stage_run(task->stage, task->merged, &task->in, &task->out, &partial, error);
    tc_thread_pool_lock(pool);
    run->parallel = &pool->parallel;
    if (!status) status = tc_run_finish_tile(run, task, &partial, error);
    tc_blob_clear(&partial);
    return status;
}
