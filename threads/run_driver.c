// The loop over the tasks of a run, one step per poll of a thread.
#include "threads/run_driver.h"

#include "core/assert.h"
#include "system/assert.h"

void tc_run_driver_init(tc_run_driver *driver, tc_run *run, tc_thread_pool *pool, const tc_run_handler *handler,
                        void *user, uint32_t job) {
    TC_ASSERT(run->plan && handler);
    *driver = (tc_run_driver){.run = run, .pool = pool, .handler = handler, .user = user, .job = job};
    run->parallel = &pool->loops.parallel;
}

void tc_run_driver_fail(tc_run_driver *driver, const tc_error *error) {
    TC_ASSERT(error->status != TC_OK);
    if (!driver->error.status) driver->error = *error;
}

static tc_status compute_tile(tc_run_driver *driver, const tc_task *task, int thread, tc_blob *partial,
                              tc_error *error) {
    tc_status status = tc_stage_run(task->stage, task->merged, &task->in, &task->out, partial, error);
    if (!status && driver->handler->tile_computed)
        status = driver->handler->tile_computed(driver->user, task, thread, error);
    return status;
}

static tc_status do_tile(tc_run_driver *driver, const tc_task *task, int thread, tc_error *error) {
    tc_blob partial = {0};
    tc_thread_pool_unlock(driver->pool);
    tc_status status = compute_tile(driver, task, thread, &partial, error);
    tc_thread_pool_lock(driver->pool);
    if (!status) status = tc_run_finish_tile(driver->run, task, &partial, error);
    tc_blob_clear(&partial);
    const tc_blob *segments = status || driver->error.status ? NULL : tc_run_pop_segments(driver->run);
    if (segments && driver->handler->segments_found)
        status = driver->handler->segments_found(driver->user, segments, error);
    return status;
}

static tc_status add_codes(tc_codes_sink *sink, const tc_blob *codes, tc_error *error) {
    tc_run_driver *driver = sink->driver;
    tc_blob found = {0}, fresh = {0};
    tc_status status = TC_OK;
    if (tc_blob_append(&found, codes->data, codes->size) != TC_OK)
        status = tc_fail(error, TC_ERR_MEMORY, "not enough memory for codes");
    if (!status) status = tc_run_add_codes(driver->run, sink->task, &found, &fresh, error);
    if (!status && driver->handler->codes_found) status = driver->handler->codes_found(driver->user, &fresh, error);
    tc_blob_clear(&found);
    tc_blob_clear(&fresh);
    return status;
}

void tc_codes_sink_add(void *user, const tc_blob *codes) {
    tc_codes_sink *sink = user;
    tc_error error;
    if (sink->error.status) return;
    tc_thread_pool_lock(sink->driver->pool);
    if (add_codes(sink, codes, &error)) sink->error = error;
    tc_thread_pool_unlock(sink->driver->pool);
}

static tc_status do_codes(tc_run_driver *driver, const tc_task *task, tc_error *error) {
    tc_codes_sink sink = {.driver = driver, .task = task};
    TC_ASSERT(driver->handler->read_codes);
    tc_thread_pool_unlock(driver->pool);
    tc_status status = driver->handler->read_codes(driver->user, task, &sink, error);
    tc_thread_pool_lock(driver->pool);
    if (!status && sink.error.status) {
        *error = sink.error;
        return error->status;
    }
    return status ? status : tc_run_finish_codes(driver->run, task, error);
}

static void do_task(tc_run_driver *driver, const tc_task *task, int thread) {
    tc_error error = {0};
    driver->tasks++;
    tc_assert_set_job(driver->job);
    tc_status status = task->codes ? do_codes(driver, task, &error) : do_tile(driver, task, thread, &error);
    driver->tasks--;
    if (status)
        tc_run_driver_fail(driver, &error);
    else if (!driver->error.status && driver->handler->task_finished)
        driver->handler->task_finished(driver->user, task, thread);
}

tc_poll_result tc_run_driver_poll(tc_run_driver *driver, int thread, bool can_read_codes) {
    TC_ASSERT(driver->pool->monitor.locked);
    if (tc_loops_run_one(&driver->pool->loops)) return TC_POLL_WORKED;
    if (driver->error.status) return driver->tasks > 0 ? TC_POLL_IDLE : TC_POLL_DONE;
    tc_task task;
    tc_task_kind kind = tc_run_next(driver->run, &task);
    if (kind == TC_TASK_DONE) {
        TC_ASSERT(driver->tasks == 0);
        return TC_POLL_DONE;
    }
    if (kind == TC_TASK_CODES && !can_read_codes) {
        tc_run_requeue(driver->run, &task);
        return TC_POLL_IDLE;
    }
    if (kind == TC_TASK_WAIT) {
        TC_ASSERT(driver->tasks > 0);
        return TC_POLL_IDLE;
    }
    do_task(driver, &task, thread);
    return TC_POLL_WORKED;
}
