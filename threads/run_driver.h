// Drives one run (core/run.h) with a thread pool: gets its next task, computes the tile or has the codes read, and
// finishes the task. The command line, its bench and the pool's workers use it; what they do with tiles, codes and
// lines is in a tc_run_handler.
//
//   tc_thread_pool_init(&pool, poll, &context);
//   tc_run_init(&run, …);
//   tc_run_driver_init(&driver, &run, &pool, &handler, user, job);
//   tc_thread_pool_run(&pool, threads);  // whose poll returns tc_run_driver_poll(&driver, thread, true)
//   tc_thread_pool_clear(&pool);
//   driver.error says how it ended
#ifndef TC_THREADS_RUN_DRIVER_H
#define TC_THREADS_RUN_DRIVER_H

#include "core/run.h"
#include "threads/thread_pool.h"

// Receives the codes of one task as they are read.
typedef struct tc_codes_sink {
    struct tc_run_driver *driver;
    const tc_task *task;
    tc_error error; // the first failure
} tc_codes_sink;

// What the owner of a run does. Each may be NULL, except `read_codes` for a pipeline that reads codes. A failure ends
// the run. "Locked": called with the pool's lock held.
typedef struct tc_run_handler {
    // Not locked: the pixels of a tile are in task->out; the task is finished after this.
    tc_status (*tile_computed)(void *user, const tc_task *task, int thread, tc_error *error);
    // Locked: a merge has found segments (core/segments.h), borrowed.
    tc_status (*segments_found)(void *user, const tc_blob *segments, tc_error *error);
    // Not locked: reads the codes in task->in and passes them to tc_codes_sink_add with `sink`, as soon as each is
    // read.
    tc_status (*read_codes)(void *user, const tc_task *task, tc_codes_sink *sink, tc_error *error);
    // Locked: codes that no task has read before, with corners in pixels of the picture, borrowed.
    tc_status (*codes_found)(void *user, const tc_blob *codes, tc_error *error);
    // Locked: a tile or a region of codes is finished, and progress has been made.
    void (*task_finished)(void *user, const tc_task *task, int thread);
} tc_run_handler;

typedef struct tc_run_driver {
    tc_run *run;
    tc_thread_pool *pool;
    const tc_run_handler *handler;
    void *user;
    uint32_t job;   // for the report of a failed assertion (system/assert.h); 0: none
    int tasks;      // handed out and not finished
    tc_error error; // the first failure; its status is TC_OK if there is none
} tc_run_driver;

// All pointers are borrowed for as long as the driver is used.
void tc_run_driver_init(tc_run_driver *driver, tc_run *run, tc_thread_pool *pool, const tc_run_handler *handler,
                        void *user, uint32_t job);
// Locked: does one task of the run, or an iteration of a merge's loop. A task that reads codes is left to other threads
// unless `can_read_codes`. TC_POLL_DONE: the run is done or has failed, and no thread has a task of it.
tc_poll_result tc_run_driver_poll(tc_run_driver *driver, int thread, bool can_read_codes);
// Locked: ends the run with `error` (as when it is cancelled), unless it has failed before.
void tc_run_driver_fail(tc_run_driver *driver, const tc_error *error);

// Not locked: `codes` (borrowed) with corners in pixels of task->in. `sink` is a tc_codes_sink; this is the on_codes of
// a tc_codes_listener (codec/scanner.h).
void tc_codes_sink_add(void *sink, const tc_blob *codes);

#endif
