// The monitor of native programs: a pthread mutex and a condition variable.
#include "threads/monitor.h"

#include "core/assert.h"

void tc_monitor_init(tc_monitor *monitor) {
    *monitor = (tc_monitor){.locked = false};
    int failed = pthread_mutex_init(&monitor->mutex, NULL);
    TC_ASSERT(!failed);
    failed = pthread_cond_init(&monitor->changed, NULL);
    TC_ASSERT(!failed);
}

void tc_monitor_clear(tc_monitor *monitor) {
    TC_ASSERT(!monitor->locked && monitor->waiting == 0);
    pthread_cond_destroy(&monitor->changed);
    pthread_mutex_destroy(&monitor->mutex);
}

void tc_monitor_lock(tc_monitor *monitor) {
    pthread_mutex_lock(&monitor->mutex);
    TC_ASSERT(!monitor->locked);
    monitor->locked = true;
}

void tc_monitor_unlock(tc_monitor *monitor) {
    TC_ASSERT(monitor->locked);
    monitor->locked = false;
    pthread_mutex_unlock(&monitor->mutex);
}

void tc_monitor_wait(tc_monitor *monitor) {
    TC_ASSERT(monitor->locked);
    monitor->waiting++;
    monitor->locked = false;
    pthread_cond_wait(&monitor->changed, &monitor->mutex);
    monitor->locked = true;
    monitor->waiting--;
}

void tc_monitor_notify(tc_monitor *monitor) {
    TC_ASSERT(monitor->locked);
    if (monitor->waiting > 0) pthread_cond_broadcast(&monitor->changed);
}
