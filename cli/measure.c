#include "cli/measure.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "threads/thread_pool.h"

// The pipeline's operations as they are at another level; the arguments stay.
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
        memset(picture->data, 1, picture->stride * (size_t)picture->shape.height); // so that its pages are there
    }
    return TC_OK;
}

tc_status tc_measure_init(tc_measure *measure, const tc_pipeline *pipeline, tc_isa isa, const tc_image *source,
                          int threads, int64_t max_pixels, tc_measure_codes *codes, tc_error *error) {
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

// One run under way.
typedef struct pass {
    tc_measure *measure;
    tc_run run;
    tc_status status;
    tc_error error;
} pass;

static tc_status read_codes(tc_thread_pool *pool, pass *p, const tc_task *task, tc_error *error) {
    tc_blob codes = {0};
    tc_blob fresh = {0};
    tc_status status = TC_OK;
    if (p->measure->codes) {
        const tc_codes_options options = {.symbologies = (uint32_t)task->step->args.value[0], .is_part = task->part};
        tc_thread_pool_unlock(pool);
        status = p->measure->codes(p->measure->user, &task->in, &options, &codes, error);
        tc_thread_pool_lock(pool);
    }
    if (!status) status = tc_run_found_codes(&p->run, task, &codes, &fresh, error);
    tc_blob_clear(&codes);
    tc_blob_clear(&fresh);
    return status ? status : tc_run_finish_codes(&p->run, task, error);
}

static tc_poll_result serve(tc_thread_pool *pool, void *context, int worker) {
    pass *p = context;
    tc_task task;
    tc_error error = {0};
    tc_status status = TC_OK;
    (void)worker;
    if (p->status) return TC_POLL_DONE;
    if (tc_thread_pool_help(pool)) return TC_POLL_WORKED;
    switch (tc_run_next(&p->run, &task)) {
    case TC_TASK_TILE:
        status = tc_thread_pool_tile(pool, &p->run, &task, &error);
        break;
    case TC_TASK_CODES:
        status = read_codes(pool, p, &task, &error);
        break;
    case TC_TASK_WAIT:
        return TC_POLL_IDLE;
    case TC_TASK_DONE:
        return TC_POLL_DONE;
    }
    if (status && !p->status) {
        p->status = status;
        p->error = error;
    }
    return TC_POLL_WORKED;
}

static double now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

tc_status tc_measure_run(tc_measure *measure, double *ms, tc_error *error) {
    pass p = {.measure = measure};
    double start = now_ms();
    p.status = tc_run_init_lent(&p.run, &measure->plan, &measure->source, measure->pictures, measure->tile, &p.error);
    if (p.status == TC_OK) tc_thread_pool_run(measure->threads, serve, &p);
    *ms = now_ms() - start;
    if (p.status == TC_OK)
        measure->result = *tc_run_result(&p.run);
    else if (error)
        *error = p.error;
    tc_run_clear(&p.run);
    return p.status;
}
