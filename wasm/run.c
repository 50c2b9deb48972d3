// A run with a slot for each task that the page has.
#include "wasm/run.h"

#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "core/segments.h"
#include "wasm/export.h"
#include "wasm/fault.h"
#include "wasm/memory.h"

typedef struct slot_state {
    tc_task task;
    tc_blob partial; // of a tile that is computed and not finished
} slot_state;

struct tc_page_run {
    tc_run run;
    int slot_count;
    slot_state slots[];
};

static int checked(const tc_page_run *run, int slot) {
    TC_ASSERT(slot >= 0 && slot < run->slot_count);
    return slot;
}

tc_page_run *TC_EXPORT(tc_page_run_new)(const tc_page_plan *plan, tc_page_picture *picture, int tile, int slots) {
    TC_ASSERT(slots >= 1);
    tc_page_run *run = calloc(1, sizeof *run + (size_t)slots * sizeof *run->slots);
    if (!run) {
        tc_page_fail_memory("the picture");
        return NULL;
    }
    run->slot_count = slots;
    if (tc_run_init(&run->run, &plan->plan, &picture->image, tile, tc_page_fault()) == TC_OK) return run;
    free(run);
    return NULL;
}

void TC_EXPORT(tc_page_run_destroy)(tc_page_run *run) {
    if (!run) return;
    for (int i = 0; i < run->slot_count; i++) tc_blob_clear(&run->slots[i].partial);
    tc_run_clear(&run->run);
    free(run);
}

void tc_page_run_set_parallel(tc_page_run *run, const tc_parallel *parallel) {
    run->run.parallel = parallel;
}

int TC_EXPORT(tc_page_run_next)(tc_page_run *run, int slot, int32_t task[TC_PAGE_TASK_NUMBERS]) {
    tc_task *t = &run->slots[checked(run, slot)].task;
    tc_task_kind kind = tc_run_next(&run->run, t);
    if (kind != TC_TASK_TILE && kind != TC_TASK_CODES) return (int)kind;
    const tc_rect *in = &t->in.rect, *out = &t->out.rect;
    const int32_t values[TC_PAGE_TASK_NUMBERS] = {t->stage_index,
                                                  in->x,
                                                  in->y,
                                                  in->width,
                                                  in->height,
                                                  out->x,
                                                  out->y,
                                                  out->width,
                                                  out->height,
                                                  t->tile,
                                                  t->in.channels,
                                                  t->out.channels,
                                                  (int32_t)(uintptr_t)t->in.data,
                                                  (int32_t)t->in.stride,
                                                  (int32_t)(uintptr_t)t->out.data,
                                                  (int32_t)t->out.stride};
    memcpy(task, values, sizeof values);
    return (int)kind;
}

const uint8_t *TC_EXPORT(tc_page_run_merged)(const tc_page_run *run) {
    return run->run.merged.data;
}

size_t TC_EXPORT(tc_page_run_merged_size)(const tc_page_run *run) {
    return run->run.merged.size;
}

int TC_EXPORT(tc_page_run_part)(const tc_page_run *run, int slot) {
    return run->slots[checked(run, slot)].task.is_part;
}

uint32_t TC_EXPORT(tc_page_run_symbologies)(const tc_page_run *run, int slot) {
    return tc_step_symbologies(run->slots[checked(run, slot)].task.step);
}

void TC_EXPORT(tc_page_run_requeue)(tc_page_run *run, int slot) {
    tc_run_requeue(&run->run, &run->slots[checked(run, slot)].task);
}

int TC_EXPORT(tc_page_run_finish_tile)(tc_page_run *run, int slot, const uint8_t *partial, size_t size) {
    const tc_task *task = &run->slots[checked(run, slot)].task;
    tc_blob blob = {0};
    if (tc_blob_append(&blob, partial, size) != TC_OK) {
        tc_page_fail_memory("the picture");
        return 0;
    }
    return tc_run_finish_tile(&run->run, task, &blob, tc_page_fault()) == TC_OK;
}

int TC_EXPORT(tc_page_run_compute)(tc_page_run *run, int slot) {
    const tc_task *task = &run->slots[checked(run, slot)].task;
    tc_blob *partial = &run->slots[checked(run, slot)].partial;
    tc_blob_clear(partial); // of a job given up
    return tc_stage_run(task->stage, task->merged, &task->in, &task->out, partial, tc_page_fault()) == TC_OK;
}

int TC_EXPORT(tc_page_run_finish)(tc_page_run *run, int slot) {
    return tc_run_finish_tile(&run->run, &run->slots[checked(run, slot)].task, &run->slots[checked(run, slot)].partial,
                              tc_page_fault()) == TC_OK;
}

tc_blob *TC_EXPORT(tc_page_run_add_codes)(tc_page_run *run, int slot, const uint8_t *codes, size_t size) {
    tc_blob blob = {0}, *fresh = calloc(1, sizeof *fresh);
    if (!fresh || tc_blob_append(&blob, codes, size) != TC_OK)
        tc_page_fail_memory("the codes");
    else if (tc_run_add_codes(&run->run, &run->slots[checked(run, slot)].task, &blob, fresh, tc_page_fault()) ==
             TC_OK) {
        tc_blob_clear(&blob);
        return fresh;
    }
    tc_blob_clear(&blob);
    tc_page_blob_destroy(fresh);
    return NULL;
}

int TC_EXPORT(tc_page_run_finish_codes)(tc_page_run *run, int slot) {
    return tc_run_finish_codes(&run->run, &run->slots[checked(run, slot)].task, tc_page_fault()) == TC_OK;
}

int TC_EXPORT(tc_page_run_pop_lines)(tc_page_run *run) {
    const tc_blob *segments = tc_run_pop_segments(&run->run);
    return segments ? tc_segments_count(segments) : -1;
}

void TC_EXPORT(tc_page_run_lines)(const tc_page_run *run, int32_t *to) {
    const tc_blob *segments = &run->run.merged;
    int count = tc_segments_count(segments);
    for (int i = 0; i < count; i++, to += 4) {
        tc_segment s = tc_segments_get(segments, i);
        const int32_t ends[4] = {s.x1, s.y1, s.x2, s.y2};
        memcpy(to, ends, sizeof ends);
    }
}

double TC_EXPORT(tc_page_run_done)(const tc_page_run *run) {
    double done, total;
    tc_run_progress(&run->run, &done, &total);
    return done;
}

double TC_EXPORT(tc_page_run_total)(const tc_page_run *run) {
    double done, total;
    tc_run_progress(&run->run, &done, &total);
    return total;
}

int TC_EXPORT(tc_page_run_move_result)(tc_page_run *run, tc_page_picture *picture) {
    if (!tc_run_result(&run->run)) {
        tc_fail(tc_page_fault(), TC_ERR_INTERNAL, "the result was asked for before it was there");
        return 0;
    }
    tc_image_clear(&picture->image);
    picture->image = run->run.out;
    run->run.out = (tc_image){0};
    return 1;
}
