// Untrusted bytes as frame headers, blobs of codes and lines, partial results and pipelines: invalid ones are refused,
// and valid ones are the same after they have been written and read again.
#include <stdlib.h>
#include <string.h>

#include "core/codes.h"
#include "core/kernels/hough.h"
#include "core/kernels/walk.h"
#include "core/pipeline.h"
#include "core/segments.h"
#include "core/wire.h"

#define MUST(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_frame(const uint8_t *data, size_t size) {
    tc_frame frame;
    tc_error error;
    if (tc_frame_read(&frame, data, size, &error)) {
        MUST(error.status == TC_ERR_PROTOCOL && error.text[0]);
        return;
    }
    uint8_t again[TC_WIRE_HEADER];
    tc_frame_write(again, &frame);
    MUST(memcmp(again, data, TC_WIRE_HEADER) == 0);
    if (frame.type == TC_FRAME_TILE)
        MUST((uint64_t)frame.rect.width * (uint64_t)frame.rect.height * (uint64_t)frame.channels == frame.length);
}

static void read_codes(const uint8_t *data, size_t size) {
    // A block of its exact size, so that AddressSanitizer detects reads beyond it.
    tc_blob blob = {.data = malloc(size ? size : 1), .size = size};
    if (!blob.data) return;
    memcpy(blob.data, data, size);
    tc_code code;
    int count = tc_codes_count(&blob);
    MUST(count >= -1 && count <= TC_MAX_CODES);
    for (int i = 0; i < count; i++) {
        MUST(tc_codes_read(&blob, i, &code));
        MUST(code.type && code.text && code.text_size <= TC_MAX_CODE_TEXT);
        MUST(memchr(code.text, 0, code.text_size + 1) != NULL);
    }
    MUST(count < 0 || !tc_codes_read(&blob, count, &code));
    tc_blob_clear(&blob);
}

static void read_segments(const uint8_t *data, size_t size) {
    tc_blob blob = {.data = malloc(size ? size : 1), .size = size}, again = {0};
    tc_error error;
    if (!blob.data) return;
    memcpy(blob.data, data, size);
    int count = tc_segments_count(&blob);
    MUST(count >= -1 && count <= TC_MAX_SEGMENTS);
    tc_segment *segments = malloc(((size_t)(count > 0 ? count : 0) + 1) * sizeof *segments);
    for (int i = 0; segments && i < count; i++) segments[i] = tc_segments_get(&blob, i);
    if (segments && count > 0 && tc_segments_write(&again, segments, count, &error) == TC_OK)
        MUST(again.size == size && memcmp(again.data, data, size) == 0);
    free(segments);
    tc_blob_clear(&again);
    tc_blob_clear(&blob);
}

// Any bytes as the votes and angles of two tiles.
static void read_partials(const uint8_t *data, size_t size) {
    enum { SIDE = 24 };
    const tc_shape picture = {2 * SIDE, SIDE, 1};
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy) return;
    memcpy(copy, data, size);
    size_t cut = size > 0 ? data[0] * size / 256 : 0;
    const tc_partial partials[2] = {{{0, 0, SIDE, SIDE}, {copy, cut}},
                                    {{SIDE, 0, SIDE, SIDE}, {copy + cut, size - cut}}};
    tc_blob merged = {0};
    tc_error error;
    MUST(tc_hough_merge(partials, 2, picture, NULL, &merged, &error) == TC_OK || error.text[0]);
    tc_blob_clear(&merged);
    if (tc_walk_merge(partials, 2, picture, 3, 2, NULL, &merged, &error) == TC_OK)
        MUST(tc_segments_count(&merged) >= 0);
    else
        MUST(error.text[0]);
    tc_blob_clear(&merged);
    free(copy);
}

static void read_pipeline(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1), *printed = malloc(TC_MAX_PIPELINE_TEXT);
    tc_pipeline pipeline, again;
    tc_error error;
    if (text && printed) {
        memcpy(text, data, size);
        text[size] = 0;
        if (tc_pipeline_parse(&pipeline, text, &error) == TC_OK) {
            MUST(tc_pipeline_print(&pipeline, printed, TC_MAX_PIPELINE_TEXT));
            MUST(tc_pipeline_parse(&again, printed, &error) == TC_OK && again.count == pipeline.count);
        }
    }
    free(text);
    free(printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    read_frame(data, size);
    read_codes(data, size);
    read_segments(data, size);
    read_partials(data, size);
    read_pipeline(data, size);
    return 0;
}
