// The reference result, which all programs must give: one process, one loop over tc_run.
//
//   reference PICTURE PIPELINE   width, height, channels as three little-endian 32-bit numbers, then the pixels
//   reference                    the same for each line "PICTURE<tab>PIPELINE" of standard input; on failure
//                                0, the length of the error message, 0, then the message
#include "codec/decoder.h"
#include "codec/scanner.h"
#include "core/run.h"
#include "core/wire.h"

#include <stdio.h>
#include <string.h>

static tc_status read_codes(tc_run *run, const tc_task *task, tc_error *error) {
    const tc_codes_options options = {.symbologies = (uint32_t)task->step->args.value[0], .is_part = task->is_part};
    tc_blob codes = {0}, fresh = {0};
    tc_status status = tc_codec_read_codes(&task->in, &options, NULL, &codes, error);
    if (status == TC_OK) status = tc_run_add_codes(run, task, &codes, &fresh, error);
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

static void put_header(uint32_t first, uint32_t second, uint32_t third) {
    uint8_t header[12];
    tc_write_u32(header, first);
    tc_write_u32(header + 4, second);
    tc_write_u32(header + 8, third);
    fwrite(header, 1, sizeof header, stdout);
}

static void put_image(const tc_image *image) {
    const tc_shape shape = image->shape;
    put_header((uint32_t)shape.width, (uint32_t)shape.height, (uint32_t)shape.channels);
    for (int y = 0; y < shape.height; y++)
        fwrite(image->data + (size_t)y * image->stride, 1, tc_row_bytes(shape.width, shape.channels), stdout);
}

static tc_status read_picture(const char *path, tc_image *image, tc_error *error) {
    static uint8_t bytes[64 << 20];
    tc_probe probe;
    FILE *file = fopen(path, "rb");
    if (!file) return tc_fail(error, TC_ERR_IO, "%s cannot be read", path);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return tc_codec_decode(bytes, size, &tc_codec_default_limits, image, &probe, NULL, 0, error);
}

static tc_status compute(const char *path, const char *text, tc_error *error) {
    tc_image image = {0};
    tc_pipeline pipeline;
    tc_plan plan = {0};
    tc_run run = {0};
    tc_status status = read_picture(path, &image, error);
    if (status == TC_OK) status = tc_pipeline_parse(&pipeline, text, error);
    if (status == TC_OK)
        status = tc_plan_init(&plan, &pipeline, image.shape, tc_codec_default_limits.max_pixels, error);
    if (status == TC_OK) status = tc_run_init(&run, &plan, &image, 300, error);
    if (status == TC_OK) status = work(&run, error);
    if (status == TC_OK) put_image(tc_run_result(&run));
    tc_run_clear(&run);
    tc_plan_clear(&plan);
    tc_image_clear(&image);
    return status;
}

static int serve(void) {
    char line[TC_MAX_PIPELINE_TEXT + 4096];
    while (fgets(line, sizeof line, stdin)) {
        tc_error error;
        char *pipeline = strchr(line, '\t');
        if (!pipeline) return 2;
        *pipeline++ = '\0';
        pipeline[strcspn(pipeline, "\n")] = '\0';
        if (compute(line, pipeline, &error) != TC_OK) {
            put_header(0, (uint32_t)strlen(error.text), 0);
            fputs(error.text, stdout);
        }
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv) {
    tc_error error;
    if (argc == 1) return serve();
    if (argc != 3) return 2;
    if (compute(argv[1], argv[2], &error) == TC_OK) return 0;
    fprintf(stderr, "%s\n", error.text);
    return 1;
}
