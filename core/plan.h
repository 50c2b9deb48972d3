// The planner: a pipeline and a picture's shape become stages. Used unchanged by browser, command line and pool, so
// that a result cannot depend on who computed it.
//
// Inside a stage operations are fused: for an output tile the planner asks backwards which input rectangle is needed,
// then runs all steps on that tile while it is in cache. A whole-picture operation ends a stage with its scan; its
// merge stands between the stages; the next stage begins with its apply.
#ifndef TC_PLAN_H
#define TC_PLAN_H

#include "core/pipeline.h"

typedef struct tc_stage {
    const tc_step *apply; // the whole-picture step whose merged result this stage begins with, or NULL
    const tc_step *steps; // fused, in order
    int step_count;
    const tc_step *scan;  // the whole-picture step that ends the stage, or NULL
    tc_shape in, out;     // the pictures that the stage reads and writes
    tc_shape retained;    // the picture that is retained meanwhile for a later stage; no width: none
    bool reads_retained;  // `in` is the retained picture, not what the stage before has written
    int preview_channels; // this many channels of `out`, from the first, are a viewable picture
    double cost;          // estimated ns per output pixel
} tc_stage;

typedef struct tc_plan {
    tc_shape source, result;
    int stage_count; // at least 1
    tc_stage *stages;
    tc_step *steps;
    int step_count;
} tc_plan;

// Pixels that a neighbourhood, or the scan of a whole-picture operation, needs on each side.
int tc_step_radius(const tc_step *step);
// The rectangle of the step's input, inside the picture, that `out` needs.
tc_rect tc_step_source(const tc_step *step, tc_rect out);

// Plans `pipeline` for a source picture. `max_pixels` bounds every picture on the way (0: only TC_MAX_SIDE does).
// The caller ends it with tc_plan_clear, also after a failure.
tc_status tc_plan_init(tc_plan *plan, const tc_pipeline *pipeline, tc_shape source, int64_t max_pixels,
                       tc_error *error);
void tc_plan_clear(tc_plan *plan);

// True for a stage that has nothing to compute per tile: its output is its input.
bool tc_stage_is_empty(const tc_stage *stage);

// The tile grid of a stage's output, row-major, the last ones cut: squares of `tile` × `tile` pixels; 0: one tile;
// below 0: bands as wide as the picture and -tile rows high, which suit memory best where nobody watches the tiles
// come.
int tc_stage_tile_count(const tc_stage *stage, int tile);
tc_rect tc_stage_tile(const tc_stage *stage, int tile, int index);

// The rectangle of stage->in that the output rectangle `out` is made from.
tc_rect tc_stage_source(const tc_stage *stage, tc_rect out);

// Computes out->rect (core/stage.c). `in` covers at least tc_stage_source(stage, out->rect). `merged` is the merged
// result of stage->apply, else NULL. `partial` (empty on entry, the caller clears it) receives the scan's partial
// result.
tc_status tc_stage_run(const tc_stage *stage, const tc_blob *merged, const tc_tile *in, const tc_tile *out,
                       tc_blob *partial, tc_error *error);

#endif
