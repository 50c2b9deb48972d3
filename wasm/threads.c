// The instances that share one memory schedule as the native thread pool does (threads/loops.h), but JavaScript, not C,
// drives each of them: it has to copy pixels and send messages between computing a tile and finishing it.
#include "wasm/threads.h"

#include "core/assert.h"
#include "threads/loops.h"
#include "wasm/export.h"
#include "wasm/fault.h"

static tc_monitor monitor; // zeroed, it is ready

static struct {
    tc_loops loops;
    int computing; // instances that have a tile
    int sent;      // messages about tiles
    int job;       // 0: none
    bool stopped, reading_codes;
    tc_page_run *run;
} state; // under the monitor's lock

void TC_EXPORT(tc_page_threads_lock)(void) {
    tc_monitor_lock(&monitor);
}

void TC_EXPORT(tc_page_threads_unlock)(void) {
    tc_monitor_notify(&monitor);
    tc_monitor_unlock(&monitor);
}

void TC_EXPORT(tc_page_threads_begin)(int job, tc_page_run *run) {
    TC_ASSERT(job != 0 && run);
    tc_monitor_lock(&monitor);
    TC_ASSERT(state.job == 0);
    if (!state.loops.monitor) tc_loops_init(&state.loops, &monitor);
    state.job = job;
    state.run = run;
    state.stopped = state.reading_codes = false;
    state.sent = 0;
    tc_page_run_set_parallel(run, &state.loops.parallel);
    tc_page_threads_unlock();
}

void TC_EXPORT(tc_page_threads_stop)(int crashed) {
    tc_monitor_lock(&monitor);
    state.stopped = true;
    state.loops.abandoned = state.loops.abandoned || crashed;
    tc_page_threads_unlock();
}

int TC_EXPORT(tc_page_threads_end)(void) {
    tc_monitor_lock(&monitor);
    state.job = 0;
    tc_monitor_notify(&monitor);
    while (state.computing > 0) tc_monitor_wait(&monitor);
    int sent = state.sent;
    tc_monitor_unlock(&monitor);
    return sent;
}

// With the lock: blocks until there is a task for the slot.
static int wait_for_task(int job, int slot, bool first, int32_t task[TC_PAGE_TASK_NUMBERS]) {
    if (first) state.reading_codes = false;
    for (;; tc_monitor_wait(&monitor)) {
        while (tc_loops_run_one(&state.loops)) continue;
        if (state.job != job || state.stopped) return TC_PAGE_OVER;
        if (state.reading_codes && !first) continue;
        int kind = tc_page_run_next(state.run, slot, task);
        if (kind == TC_TASK_CODES && !first)
            tc_page_run_requeue(state.run, slot);
        else if (kind != TC_TASK_WAIT)
            return kind;
    }
}

int TC_EXPORT(tc_page_threads_next)(int job, int slot, int first, int32_t task[TC_PAGE_TASK_NUMBERS]) {
    tc_page_fault(); // allocates this instance's record while there is memory
    tc_monitor_lock(&monitor);
    int kind = wait_for_task(job, slot, first != 0, task);
    state.reading_codes = state.reading_codes || kind == TC_TASK_CODES;
    if (kind == TC_TASK_TILE) state.computing++;
    tc_page_threads_unlock();
    return kind;
}

void TC_EXPORT(tc_page_threads_finish)(int sent) {
    tc_monitor_lock(&monitor);
    TC_ASSERT(state.computing > 0);
    state.computing--;
    state.sent += sent;
    tc_page_threads_unlock();
}
