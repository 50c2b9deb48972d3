// The parallel-for loops in progress among threads that share a monitor. The thread that starts a loop runs its
// iterations until none is left to start; threads with nothing else to do join it. Used by the native thread pool and,
// in the page, by the instances that share one memory.
#ifndef TC_THREADS_LOOPS_H
#define TC_THREADS_LOOPS_H

#include "core/parallel.h"
#include "threads/monitor.h"

typedef struct tc_loops {
    tc_monitor *monitor;  // borrowed
    struct loop *first;   // on the stacks of the threads that started them
    bool abandoned;       // a thread died: loops no longer wait for iterations that other threads have started
    tc_parallel parallel; // tc_parallel_for with it: with the lock held, released while iterations run
} tc_loops;

void tc_loops_init(tc_loops *loops, tc_monitor *monitor);
// With the lock, which it releases meanwhile: runs one iteration of another thread's loop. False: there is none.
bool tc_loops_run_one(tc_loops *loops);

#endif
