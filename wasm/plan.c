// Planning for the page.
#include "wasm/plan.h"

#include <stdlib.h>
#include <string.h>

#include "codec/decoder.h"
#include "core/assert.h"
#include "core/run.h"
#include "wasm/export.h"
#include "wasm/fault.h"
#include "wasm/memory.h"

int TC_EXPORT(tc_page_pipeline_check)(const char *text) {
    tc_pipeline *pipeline = malloc(sizeof *pipeline);
    bool good = pipeline && tc_pipeline_parse(pipeline, text, tc_page_fault()) == TC_OK;
    if (!pipeline) tc_page_fail_memory("the pipeline");
    free(pipeline);
    return good;
}

tc_page_plan *TC_EXPORT(tc_page_plan_new)(const char *pipeline, int width, int height, int channels) {
    tc_page_plan *plan = calloc(1, sizeof *plan);
    if (!plan) {
        tc_page_fail_memory("the pipeline");
        return NULL;
    }
    if (tc_pipeline_parse(&plan->pipeline, pipeline, tc_page_fault()) == TC_OK &&
        tc_plan_init(&plan->plan, &plan->pipeline, (tc_shape){width, height, channels},
                     tc_codec_default_limits.max_pixels, tc_page_fault()) == TC_OK)
        return plan;
    tc_page_plan_destroy(plan);
    return NULL;
}

void TC_EXPORT(tc_page_plan_destroy)(tc_page_plan *plan) {
    if (plan) tc_plan_clear(&plan->plan);
    free(plan);
}

int TC_EXPORT(tc_page_plan_stage_count)(const tc_page_plan *plan) {
    return plan->plan.stage_count;
}

void TC_EXPORT(tc_page_plan_stage)(const tc_page_plan *plan, int index, int tile, int32_t stage[7]) {
    TC_ASSERT(index >= 0 && index < plan->plan.stage_count);
    const tc_stage *s = &plan->plan.stages[index];
    stage[0] = s->out.width;
    stage[1] = s->out.height;
    stage[2] = s->out.channels;
    stage[3] = s->preview_channels;
    stage[4] = tc_stage_tile_count(s, tile);
    stage[5] = tc_stage_is_empty(s);
    stage[6] = s->cost < INT32_MAX / 1000 ? (int32_t)(s->cost * 1000) : INT32_MAX;
}

static void append_name(char *text, size_t size, const tc_step *step) {
    size_t length = strlen(text);
    const char *parts[] = {length > 0 ? ", " : "", step->op->name};
    for (int i = 0; i < 2; i++) {
        size_t more = strlen(parts[i]);
        if (length + more >= size) return;
        memcpy(text + length, parts[i], more + 1);
        length += more;
    }
}

const char *TC_EXPORT(tc_page_plan_steps)(const tc_page_plan *plan, int index) {
    TC_ASSERT(index >= 0 && index < plan->plan.stage_count);
    static char text[TC_MAX_PIPELINE_TEXT];
    const tc_stage *stage = &plan->plan.stages[index];
    text[0] = '\0';
    for (int i = 0; i < stage->step_count; i++) append_name(text, sizeof text, &stage->steps[i]);
    if (stage->scan) append_name(text, sizeof text, stage->scan);
    if (text[0] == '\0' && stage->apply) append_name(text, sizeof text, stage->apply);
    return text;
}

// A band of fewer pixels takes less than a millisecond, much of it for messages. But each worker is to have several.
enum { MIN_BAND_PIXELS = 1 << 18, MIN_BANDS_PER_WORKER = 16 };

int TC_EXPORT(tc_page_plan_bands)(const tc_page_plan *plan, int workers) {
    TC_ASSERT(workers >= 1);
    int bands = tc_run_default_bands(&plan->plan, workers);
    if (bands > 0) return bands; // squares
    tc_shape source = plan->plan.source;
    int rows = MIN_BAND_PIXELS / source.width, shared = source.height / (MIN_BANDS_PER_WORKER * workers);
    if (rows > shared) rows = shared;
    return bands > -rows ? -rows : bands;
}

int TC_EXPORT(tc_page_default_tile)(int width, int height) {
    return tc_run_default_tile((tc_shape){width, height, 1});
}

static tc_tile packed_tile(uint8_t *data, const int32_t rect[4], int channels) {
    return (tc_tile){data, tc_row_bytes(rect[2], channels), {rect[0], rect[1], rect[2], rect[3]}, channels, false};
}

tc_blob *TC_EXPORT(tc_page_tile)(const tc_page_plan *plan, int stage, const int32_t rects[8], uint8_t *in, uint8_t *out,
                                 uint8_t *merged, size_t merged_size) {
    TC_ASSERT(stage >= 0 && stage < plan->plan.stage_count);
    const tc_stage *s = &plan->plan.stages[stage];
    const tc_tile from = packed_tile(in, rects, s->in.channels), to = packed_tile(out, rects + 4, s->out.channels);
    const tc_blob begin = {merged, merged_size};
    tc_blob *partial = calloc(1, sizeof *partial);
    if (!partial) {
        tc_page_fail_memory("a tile");
        return NULL;
    }
    if (tc_stage_run(s, s->apply ? &begin : NULL, &from, &to, partial, tc_page_fault()) == TC_OK) return partial;
    tc_page_blob_destroy(partial);
    return NULL;
}
