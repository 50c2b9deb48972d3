// A pipeline planned for a source picture, and its tiles, as the page uses them.
#ifndef TC_WASM_PLAN_H
#define TC_WASM_PLAN_H

#include "core/plan.h"

typedef struct tc_page_plan {
    tc_pipeline pipeline;
    tc_plan plan;
} tc_page_plan;

// Checks a pipeline's text alone: 1, or 0 and a fault.
int tc_page_pipeline_check(const char *text);
// NULL and a fault on failure. The page ends it with tc_page_plan_destroy.
tc_page_plan *tc_page_plan_new(const char *pipeline, int width, int height, int channels);
void tc_page_plan_destroy(tc_page_plan *plan); // harmless on NULL
int tc_page_plan_stage_count(const tc_page_plan *plan);
// Fills in `stage`: width, height and channels of its output, the number of preview channels, the number of tiles with
// side `tile`, 1 if it computes nothing, and the expected picoseconds per pixel.
void tc_page_plan_stage(const tc_page_plan *plan, int index, int tile, int32_t stage[7]);
// The stage's operations, e.g. "gaussian_blur, canny"; valid until the next call.
const char *tc_page_plan_steps(const tc_page_plan *plan, int index);
// As tc_run_default_bands, but higher where messages would cost more than computing a band.
int tc_page_plan_bands(const tc_page_plan *plan, int workers);
int tc_page_default_tile(int width, int height);
// Computes one tile. `rects` holds x, y, width, height of the input rectangle, whose packed pixels are `in`, then of
// the output rectangle, which `out` receives. `merged` is the stage's, or NULL. Returns the tile's partial result,
// which may be empty, or NULL and a fault. The page ends it with tc_page_blob_destroy.
tc_blob *tc_page_tile(const tc_page_plan *plan, int stage, const int32_t rects[8], uint8_t *in, uint8_t *out,
                      uint8_t *merged, size_t merged_size);

#endif
