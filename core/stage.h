// A stage: operations fused into one pass over a picture, and how it runs on a tile.
//
// A whole-picture operation ends a stage with its scan. Its merge runs between the stages, and the next stage begins
// with its apply.
#ifndef TC_CORE_STAGE_H
#define TC_CORE_STAGE_H

#include "core/op.h"

typedef struct tc_stage {
    const tc_step *apply; // the whole-picture step whose merged result the stage begins with, or NULL
    const tc_step *steps; // fused, in order
    int step_count;
    const tc_step *scan;  // the whole-picture step that ends the stage, or NULL
    tc_shape in, out;     // the pictures that the stage reads and writes
    tc_shape retained;    // the retained input held in memory while the stage runs; width 0: none
    bool reads_retained;  // `in` is the retained input, not the output of the previous stage
    int preview_channels; // this many channels of `out`, from the first, are a viewable picture
    double cost;          // estimated ns per output pixel
} tc_stage;

// Pixels that a neighbourhood, or the scan of a whole-picture operation, reads on each side; 0 for other steps.
int tc_step_radius(const tc_step *step);
// The rectangle of the step's input, inside the picture, that `out` is computed from.
tc_rect tc_step_source(const tc_step *step, tc_rect out);

// True for a stage that computes nothing per tile: its output is its input.
bool tc_stage_is_empty(const tc_stage *stage);

// The tile grid of a stage's output, row by row, the last tiles cut. `tile` above 0: squares of that side. 0: one tile.
// Below 0: bands as wide as the picture and -tile rows high, which use the caches best when no client shows tiles.
int tc_stage_tile_count(const tc_stage *stage, int tile);
tc_rect tc_stage_tile(const tc_stage *stage, int tile, int index);

// The rectangle of stage->in that the output rectangle `out` is computed from.
tc_rect tc_stage_source(const tc_stage *stage, tc_rect out);

// Computes out->rect. `in` covers at least tc_stage_source(stage, out->rect). `merged` is the merged result of
// stage->apply, else NULL. `partial`, empty on entry and cleared by the caller, receives the scan's partial result.
// Fails for lack of memory or when `merged` does not parse.
tc_status tc_stage_run(const tc_stage *stage, const tc_blob *merged, const tc_tile *in, const tc_tile *out,
                       tc_blob *partial, tc_error *error);

#endif
