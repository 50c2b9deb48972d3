// Runs a pipeline on a picture in memory and measures the time of its kernels.
#include "cli/measure.h"

#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "system/clock.h"
#include "threads/run_driver.h"

// A copy of the pipeline with the operations of another instruction set.
static tc_pipeline *at_level(const tc_pipeline *pipeline, tc_isa isa) {
    tc_pipeline *copy = malloc(sizeof *copy);
    if (!copy) return NULL;
    *copy = *pipeline;
    for (int i = 0; i < copy->count; i++) {
        const tc_op *const *op = tc_isa_ops(isa);
        while (strcmp((*op)->name, copy->steps[i].op->name) != 0) op++;
        copy->steps[i].op = *op;
    }
    return copy;
}

static tc_status make_pictures(tc_measure *measure, tc_error *error) {
    measure->pictures = calloc((size_t)measure->plan.stage_count, sizeof *measure->pictures);
    if (!measure->pictures) return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the stages");
    for (int i = 0; i < measure->plan.stage_count; i++) {
        const tc_stage *stage = &measure->plan.stages[i];
        if (tc_stage_is_empty(stage)) continue;
        tc_status status = tc_image_init(&measure->pictures[i], stage->out, error);
        if (status) return status;
        tc_image *picture = &measure->pictures[i];
        memset(picture->data, 1,
               picture->stride * (size_t)picture->shape.height); // so that page faults are not measured
    }
    return TC_OK;
}

tc_status tc_measure_init(tc_measure *measure, const tc_pipeline *pipeline, tc_isa isa, const tc_image *source,
                          int threads, int64_t max_pixels, tc_measure_codes *codes, tc_error *error) {
    TC_ASSERT(threads >= 1 && tc_isa_supported(isa));
    *measure = (tc_measure){.source = *source, .codes = codes, .threads = threads};
    tc_pipeline *leveled = at_level(pipeline, isa);
    if (!leveled) return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the pipeline");
    tc_status status = tc_plan_init(&measure->plan, leveled, source->shape, max_pixels, error);
    free(leveled);
    if (status) return status;
    measure->tile = tc_run_default_bands(&measure->plan, threads);
    return make_pictures(measure, error);
}

void tc_measure_clear(tc_measure *measure) {
    for (int i = 0; measure->pictures && i < measure->plan.stage_count; i++) tc_image_clear(&measure->pictures[i]);
    free(measure->pictures);
    tc_plan_clear(&measure->plan);
    *measure = (tc_measure){0};
}

static tc_status on_read_codes(void *user, const tc_task *task, tc_codes_sink *sink, tc_error *error) {
    const tc_measure *measure = user;
    if (!measure->codes) return TC_OK;
    const tc_codes_options options = {.symbologies = tc_step_symbologies(task->step), .is_part = task->is_part};
    tc_blob codes = {0};
    tc_status status = measure->codes(measure->user, &task->in, &options, &codes, error);
    if (!status) tc_codes_sink_add(sink, &codes);
    tc_blob_clear(&codes);
    return status;
}

static const tc_run_handler run_handler = {.read_codes = on_read_codes};

static tc_poll_result poll_run(tc_thread_pool *pool, void *context, int thread) {
    (void)pool;
    return tc_run_driver_poll(context, thread, true);
}

tc_status tc_measure_run(tc_measure *measure, double *ms, tc_error *error) {
    TC_ASSERT(measure->threads >= 1 && measure->pictures);
    tc_run run;
    tc_run_driver driver;
    tc_thread_pool pool;
    int64_t start = tc_clock_us();
    tc_status status =
        tc_run_init_borrowed(&run, &measure->plan, &measure->source, measure->pictures, measure->tile, error);
    if (!status) {
        tc_thread_pool_init(&pool, poll_run, &driver);
        tc_run_driver_init(&driver, &run, &pool, &run_handler, measure, 0);
        tc_thread_pool_run(&pool, measure->threads);
        tc_thread_pool_clear(&pool);
        if (driver.error.status) *error = driver.error;
        status = driver.error.status;
    }
    *ms = (double)(tc_clock_us() - start) / 1000;
    if (!status) measure->result = *tc_run_result(&run);
    tc_run_clear(&run);
    return status;
}
