// The result that every pool must give: one process, one loop over tc_run.
// reference PICTURE PIPELINE > width, height, channels as three little-endian 32-bit numbers, then the pixels
#include "codec/codec.h"
#include "core/run.h"
#include "core/wire.h"

#include <stdio.h>
#include <stdlib.h>

static tc_status read_codes(tc_run *run, const tc_task *task, tc_error *error) {
    const tc_codes_options options = {.symbologies = (uint32_t)task->step->args.value[0], .part = task->part};
    tc_blob codes = {0}, fresh = {0};
    tc_status status = tc_codec_read_codes(&task->in, &options, NULL, &codes, error);
    if (status == TC_OK) status = tc_run_found_codes(run, task, &codes, &fresh, error);
    if (status == TC_OK) status = tc_run_finish_codes(run, task, error);
    tc_blob_clear(&codes);
    tc_blob_clear(&fresh);
    return status;
}

static tc_status work(tc_run *run, tc_error *error) {
    for (tc_task task;;) {
        tc_blob blob = {0};
        tc_status status = TC_OK;
        switch (tc_run_next(run, &task)) {
        case TC_TASK_TILE:
            status = tc_stage_run(task.stage, task.merged, &task.in, &task.out, &blob, error);
            if (status == TC_OK) status = tc_run_finish_tile(run, &task, &blob, error);
            break;
        case TC_TASK_CODES:
            status = read_codes(run, &task, error);
            break;
        case TC_TASK_WAIT:
            return tc_fail(error, TC_ERR_INTERNAL, "nothing to do");
        case TC_TASK_DONE:
            return TC_OK;
        }
        if (status != TC_OK) return status;
    }
}

static tc_status compute(const char *path, const char *text, tc_error *error) {
    static uint8_t bytes[64 << 20];
    FILE *file = fopen(path, "rb");
    if (!file) return tc_fail(error, TC_ERR_IO, "%s cannot be read", path);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    tc_image image = {0};
    tc_probe probe;
    tc_pipeline pipeline;
    tc_plan plan = {0};
    tc_run run = {0};
    tc_status status = tc_codec_decode(bytes, size, &tc_codec_default_limits, &image, &probe, NULL, 0, error);
    if (status == TC_OK) status = tc_pipeline_parse(&pipeline, text, error);
    if (status == TC_OK) status = tc_plan_init(&plan, &pipeline, image.shape, 0, error);
    if (status == TC_OK) status = tc_run_init(&run, &plan, &image, 300, error);
    if (status == TC_OK) status = work(&run, error);
    if (status == TC_OK) {
        const tc_image *result = tc_run_result(&run);
        uint8_t header[12];
        tc_put_u32(header, (uint32_t)result->shape.width);
        tc_put_u32(header + 4, (uint32_t)result->shape.height);
        tc_put_u32(header + 8, (uint32_t)result->shape.channels);
        fwrite(header, 1, sizeof header, stdout);
        for (int y = 0; y < result->shape.height; y++)
            fwrite(result->data + (size_t)y * result->stride, 1,
                   tc_row_bytes(result->shape.width, result->shape.channels), stdout);
    }
    tc_run_clear(&run);
    tc_plan_clear(&plan);
    tc_image_clear(&image);
    return status;
}

int main(int argc, char **argv) {
    tc_error error;
    if (argc != 3) return 2;
    if (compute(argv[1], argv[2], &error) == TC_OK) return 0;
    fprintf(stderr, "%s\n", error.text);
    return 1;
}
