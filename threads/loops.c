// Parallel-for over a monitor: no system calls here, so that the page's threads run the same code.
#include "threads/loops.h"

struct loop {
    struct loop *next;
    tc_parallel_body *body;
    void *context;
    int count, started, ended;
};

static void run_iteration(tc_loops *loops, struct loop *loop) {
    TC_ASSERT(loop->started < loop->count);
    int index = loop->started++;
    tc_monitor_unlock(loops->monitor);
    loop->body(loop->context, index);
    tc_monitor_lock(loops->monitor);
    loop->ended++;
    TC_ASSERT(loop->ended <= loop->started);
    if (loop->ended == loop->count) tc_monitor_notify(loops->monitor);
}

bool tc_loops_run_one(tc_loops *loops) {
    TC_ASSERT(loops->monitor->locked);
    struct loop *loop = loops->first;
    while (loop && loop->started == loop->count) loop = loop->next;
    if (loop) run_iteration(loops, loop);
    return loop;
}

static void run_loop(void *user, int count, tc_parallel_body *body, void *context) {
    tc_loops *loops = user;
    TC_ASSERT(loops->monitor->locked);
    struct loop loop = {.next = loops->first, .body = body, .context = context, .count = count};
    loops->first = &loop;
    tc_monitor_notify(loops->monitor);
    while (loop.started < count) run_iteration(loops, &loop);
    while (loop.ended < count && !loops->abandoned) tc_monitor_wait(loops->monitor);
    struct loop **link = &loops->first;
    while (*link != &loop) link = &(*link)->next;
    *link = loop.next;
}

void tc_loops_init(tc_loops *loops, tc_monitor *monitor) {
    *loops = (tc_loops){.monitor = monitor, .parallel = {run_loop, loops}};
}
