// The measuring of kernels as a shared library, for bench/kernels.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/measure.h"
#include "codec/scanner.h"
#include "core/op_table.h"

#define EXPORT __attribute__((visibility("default")))

// The level's name, NULL when this machine does not have it.
EXPORT const char *kernels_level(int isa) {
    return isa < TC_ISA_COUNT && tc_isa_supported((tc_isa)isa) ? tc_isa_name((tc_isa)isa) : NULL;
}

// The operation table: name, or NULL beyond the end.
EXPORT const char *kernels_op(int index) {
    return index >= 0 && index < tc_op_count() ? tc_op_list()[index]->name : NULL;
}

// In this process: the pictures are the bench's own, and the time is the reader's.
static tc_status read_codes(void *user, const tc_tile *picture, const tc_codes_options *options, tc_blob *codes,
                            tc_error *error) {
    (void)user;
    return tc_codec_read_codes(picture, options, NULL, codes, error);
}

// Makes a measure of `text` on the packed picture, which must outlive it. NULL on failure; `message` then says why.
// The caller ends it with kernels_destroy.
EXPORT tc_measure *kernels_new(const char *text, int isa, uint8_t *pixels, int width, int height, int channels,
                               int threads, char *message, size_t message_size) {
    tc_error error = {0};
    tc_image source = {pixels, tc_row_bytes(width, channels), {width, height, channels}};
    tc_pipeline *pipeline = malloc(sizeof *pipeline);
    tc_measure *measure = calloc(1, sizeof *measure);
    tc_status status = pipeline && measure ? TC_OK : tc_fail(&error, TC_ERR_MEMORY, "out of memory");
    if (!status) status = tc_pipeline_parse(pipeline, text, &error);
    if (!status) status = tc_measure_init(measure, pipeline, (tc_isa)isa, &source, threads, 0, read_codes, &error);
    free(pipeline);
    if (!status) return measure;
    snprintf(message, message_size, "%s", error.text);
    if (measure) tc_measure_clear(measure);
    free(measure);
    return NULL;
}

// Runs it once: milliseconds, or -1 and a message.
EXPORT double kernels_run(tc_measure *measure, char *message, size_t message_size) {
    tc_error error = {0};
    double ms;
    if (!tc_measure_run(measure, &ms, &error)) return ms;
    snprintf(message, message_size, "%s", error.text);
    return -1;
}

// The result's shape, as width, height, channels; its pixels are packed. They are there after a run.
EXPORT const uint8_t *kernels_result(const tc_measure *measure, int shape[3]) {
    shape[0] = measure->result.shape.width;
    shape[1] = measure->result.shape.height;
    shape[2] = measure->result.shape.channels;
    return measure->result.data;
}

EXPORT void kernels_destroy(tc_measure *measure) {
    tc_measure_clear(measure);
    free(measure);
}
