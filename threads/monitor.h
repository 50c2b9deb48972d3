// A monitor: one lock, and a condition that threads wait for. Natively a pthread mutex and condition variable
// (threads/monitor.c); in WebAssembly two words of shared memory (wasm/monitor.c).
#ifndef TC_THREADS_MONITOR_H
#define TC_THREADS_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__wasm__) && !defined(TC_MONITOR_FUTEX)
#define TC_MONITOR_FUTEX 1 // a native test sets it too
#endif

#ifndef TC_MONITOR_FUTEX
#include <pthread.h>
#endif

typedef struct tc_monitor {
#ifdef TC_MONITOR_FUTEX
    int32_t mutex, changes;
#else
    pthread_mutex_t mutex;
    pthread_cond_t changed;
#endif
    bool locked; // by any thread; read and written with the lock only
    int waiting; // threads in tc_monitor_wait
} tc_monitor;

// A zeroed monitor is ready too where it is two words.
void tc_monitor_init(tc_monitor *monitor);
void tc_monitor_clear(tc_monitor *monitor); // no thread may be in it

void tc_monitor_lock(tc_monitor *monitor);
void tc_monitor_unlock(tc_monitor *monitor);
// With the lock: releases it, sleeps until tc_monitor_notify, acquires it again. May return early.
void tc_monitor_wait(tc_monitor *monitor);
// With the lock: wakes all threads that wait.
void tc_monitor_notify(tc_monitor *monitor);

#endif
