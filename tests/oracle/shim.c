// The core as a shared library for tests in Python: one call runs a pipeline on a picture.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/isa.h"
#include "core/op_table.h"
#include "core/run.h"

#define EXPORT __attribute__((visibility("default")))

// A picture in Python, tightly packed.
typedef struct shim_picture {
    uint8_t *data;
    int width, height, channels;
} shim_picture;

// A copy in a heap block of its own with gaps between rows, so that a sanitizer detects reads beyond the tile, and
// writes between rows can be checked.
enum { ROW_GAP = 5, GAP_BYTE = 0xA7 };

static bool tile_isolate(tc_tile *copy, const tc_tile *tile) {
    size_t row = tc_row_bytes(tile->rect.width, tile->channels);
    *copy = *tile;
    copy->stride = row + ROW_GAP;
    size_t size = copy->stride * (size_t)(tile->rect.height - 1) + row;
    copy->data = malloc(size);
    if (!copy->data) return false;
    memset(copy->data, GAP_BYTE, size);
    return true;
}

static bool gaps_are_whole(const tc_tile *tile) {
    size_t row = tc_row_bytes(tile->rect.width, tile->channels);
    for (int y = 0; y < tile->rect.height - 1; y++)
        for (int i = 0; i < ROW_GAP; i++)
            if (tile->data[(size_t)y * tile->stride + row + (size_t)i] != GAP_BYTE) return false;
    return true;
}

static tc_status run_tile(tc_run *run, const tc_task *task, tc_error *error) {
    tc_tile in = {0}, out = {0};
    tc_blob partial = {0};
    tc_status status = TC_ERR_MEMORY;
    if (tile_isolate(&in, &task->in) && tile_isolate(&out, &task->out)) {
        tc_tile_copy(&in, &task->in);
        status = tc_stage_run(task->stage, task->merged, &in, &out, &partial, error);
        if (status == TC_OK && !gaps_are_whole(&out))
            status = tc_fail(error, TC_ERR_INTERNAL, "a kernel wrote beyond its row");
        if (status == TC_OK) {
            tc_tile_copy(&task->out, &out);
            status = tc_run_finish_tile(run, task, &partial, error);
        }
    }
    tc_blob_clear(&partial);
    free(in.data);
    free(out.data);
    return status;
}

// Runs all available tasks, the last one first: the order must not matter.
static tc_status run_tasks(tc_run *run, tc_task task, tc_error *error) {
    size_t count = 0, room = 1024;
    tc_task *tasks = malloc(room * sizeof *tasks);
    tc_status status = tasks ? TC_OK : TC_ERR_MEMORY;
    for (tc_task_kind kind = TC_TASK_TILE; kind == TC_TASK_TILE && status == TC_OK; kind = tc_run_next(run, &task)) {
        if (count == room) {
            tc_task *grown = realloc(tasks, 2 * room * sizeof *tasks);
            if (!grown) {
                status = TC_ERR_MEMORY;
                break;
            }
            tasks = grown;
            room *= 2;
        }
        tasks[count++] = task;
    }
    while (count > 0 && status == TC_OK) status = run_tile(run, &tasks[--count], error);
    free(tasks);
    return status;
}

static tc_status run_codes(tc_run *run, const tc_task *task, const uint8_t *codes, size_t size, tc_error *error) {
    tc_blob blob = {0}, fresh = {0};
    tc_status status = tc_blob_append(&blob, codes, size);
    if (status == TC_OK) status = tc_run_add_codes(run, task, &blob, &fresh, error);
    if (status == TC_OK) status = tc_run_finish_codes(run, task, error);
    tc_blob_clear(&blob);
    tc_blob_clear(&fresh);
    return status;
}

static tc_status run_all(tc_run *run, const uint8_t *codes, size_t codes_size, tc_error *error) {
    tc_task task;
    for (;;) {
        tc_status status;
        switch (tc_run_next(run, &task)) {
        case TC_TASK_TILE:
            status = run_tasks(run, task, error);
            break;
        case TC_TASK_CODES:
            status = run_codes(run, &task, codes, codes_size, error);
            break;
        case TC_TASK_DONE:
            return TC_OK;
        default:
            return tc_fail(error, TC_ERR_INTERNAL, "the run waits although no task is out");
        }
        if (status != TC_OK) return status;
    }
}

static tc_status copy_result(const tc_image *image, shim_picture *out) {
    tc_shape shape = image->shape;
    size_t row = tc_row_bytes(shape.width, shape.channels);
    *out = (shim_picture){malloc(row * (size_t)shape.height), shape.width, shape.height, shape.channels};
    if (!out->data) return TC_ERR_MEMORY;
    for (int y = 0; y < shape.height; y++)
        memcpy(out->data + (size_t)y * row, image->data + (size_t)y * image->stride, row);
    return TC_OK;
}

// Replaces the pipeline's operations by those of another level.
static void use_level(tc_pipeline *pipeline, int isa) {
    for (int i = 0; i < pipeline->count; i++) {
        const tc_op *const *op = tc_isa_ops((tc_isa)isa);
        while (strcmp((*op)->name, pipeline->steps[i].op->name) != 0) op++;
        pipeline->steps[i].op = *op;
    }
}

// The level's name; NULL when this machine does not support it.
EXPORT const char *shim_level(int isa) {
    return isa < TC_ISA_COUNT && tc_isa_supported((tc_isa)isa) ? tc_isa_name((tc_isa)isa) : NULL;
}

// Runs `text` on `in` at the level `isa`, with tiles as for tc_stage_tile. `codes` is what read_codes finds. `out` is
// freed with shim_free. Returns a tc_status; on failure `message` is the error message, cut to message_size.
EXPORT int shim_run(const char *text, const shim_picture *in, int isa, int tile, const uint8_t *codes,
                    size_t codes_size, shim_picture *out, char *message, size_t message_size) {
    tc_error error = {0};
    tc_pipeline pipeline;
    tc_plan plan = {0};
    tc_run run = {0};
    tc_image source = {0};
    tc_shape shape = {in->width, in->height, in->channels};
    *out = (shim_picture){0};
    tc_status status = tc_pipeline_parse(&pipeline, text, &error);
    if (status == TC_OK) use_level(&pipeline, isa);
    if (status == TC_OK) status = tc_plan_init(&plan, &pipeline, shape, 0, &error);
    if (status == TC_OK) status = tc_image_init(&source, shape, &error);
    if (status == TC_OK) {
        memcpy(source.data, in->data, tc_row_bytes(shape.width, shape.channels) * (size_t)shape.height);
        status = tc_run_init(&run, &plan, &source, tile, &error);
    }
    if (status == TC_OK) status = run_all(&run, codes, codes_size, &error);
    if (status == TC_OK) status = copy_result(tc_run_result(&run), out);
    snprintf(message, message_size, "%s", error.text);
    if (run.plan) tc_run_clear(&run);
    tc_plan_clear(&plan);
    return status;
}

EXPORT void shim_free(shim_picture *picture) {
    free(picture->data);
    *picture = (shim_picture){0};
}

// The name of operation number `index`; NULL beyond the end.
EXPORT const char *shim_op(int index) {
    return index >= 0 && index < tc_op_count() ? tc_op_list()[index]->name : NULL;
}

// One parameter of an operation; NULL beyond the last.
EXPORT const tc_param *shim_param(int op, int index) {
    const tc_param *params = tc_op_list()[op]->params;
    for (int i = 0; params && i < index; i++)
        if (!params[i].name) return NULL;
    return params && params[index].name ? &params[index] : NULL;
}
