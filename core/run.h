// A run: the state of one plan being worked through on one picture. It hands out tasks, takes their results, merges,
// and knows the progress. No threads, clocks or I/O: the command line's threads, the pool's scheduler and the page's
// coordinator all drive this one state machine.
//
//   tc_run_init(&run, &plan, &source, 256, &error);
//   for (;;) switch (tc_run_next(&run, &task)) {
//       case TC_TASK_TILE:  compute tc_stage_run(task.stage, task.merged, &task.in, &task.out, &partial), here or
//                           elsewhere; then tc_run_finish_tile(&run, &task, &partial, &error)
//       case TC_TASK_CODES: read the codes of task.in, here or elsewhere; give each to tc_run_add_codes as soon as it
//                           is read; then tc_run_finish_codes
//       case TC_TASK_WAIT:  nothing to hand out until a task in flight is finished or given back
//       case TC_TASK_DONE:  tc_run_result(&run)
//   }
#ifndef TC_RUN_H
#define TC_RUN_H

#include "core/plan.h"
#include "core/pyramid.h"

typedef enum tc_task_kind { TC_TASK_WAIT, TC_TASK_TILE, TC_TASK_CODES, TC_TASK_DONE } tc_task_kind;

typedef struct tc_task {
    const tc_stage *stage;
    int stage_index;
    int tile;              // index in the stage's grid; for codes, of the region (core/pyramid.h)
    bool codes;            // a task for codes
    bool is_part;          // codes: `in` is not the picture as it is, but a part of it or reduced
    const tc_blob *merged; // what the stage begins with, or NULL; borrowed, valid until the stage ends
    const tc_step *step;   // codes: the read_codes step, for its symbologies
    tc_tile in, out;       // views into the run's pictures; `in` covers just what the tile needs, or the region
} tc_task;

typedef struct tc_run {
    const tc_plan *plan;
    int tile; // as for tc_stage_tile
    // For the merges; NULL, as tc_run_init leaves it: they are made alone. While it has parts to do, other threads may
    // call tc_run_next and tc_run_progress.
    const tc_parallel *parallel;
    int stage_index;
    tc_image in, out;                 // pictures of the current stage; owned unless lent
    tc_image retained;                // for a later stage
    const tc_image *borrowed_outputs; // by tc_run_init_borrowed, or NULL
    tc_blob merged;                   // for the current stage
    tc_pyramid pyramid;               // for codes, when the current stage ends with reading them and its tiles are done
    tc_blob *region_codes;            // by region: the codes read in it
    uint8_t *region_states;           // state of each region
    tc_blob reported_codes;           // the codes that tc_run_add_codes gave as fresh
    tc_partial *partials;             // of the current stage
    uint8_t *tile_states;             // of each tile of the current stage
    int tile_count, next_tile, tiles_finished, tiles_requeued;
    int region_count, regions_finished;
    int64_t pixels_searched; // pixels of the regions that are finished
    bool done;
    bool segments_pending; // `merged` is a list that nobody has asked for yet
    double cost_before, cost_total;
} tc_run;

// Takes over `source` (of the plan's source shape; zeroed here, also on failure). Borrows `plan` for the run's life.
tc_status tc_run_init(tc_run *run, const tc_plan *plan, tc_image *source, int tile, tc_error *error);
// The same with pictures that stay the caller's: the source, and for each stage of the plan one of its output's shape
// (unused where the stage is empty). They must outlive the run; the result is one of them.
tc_status tc_run_init_borrowed(tc_run *run, const tc_plan *plan, const tc_image *source, const tc_image *pictures,
                               int tile, tc_error *error);
void tc_run_clear(tc_run *run);

tc_task_kind tc_run_next(tc_run *run, tc_task *task);
// The tile's pixels stand in task->out. Takes over `partial` (may be NULL or empty). The last tile of a stage makes
// the merge. A tile finished twice counts once: the second is ignored, as is one of an earlier stage.
tc_status tc_run_finish_tile(tc_run *run, const tc_task *task, tc_blob *partial, tc_error *error);
// Codes that a task for codes has read, with corners in pixels of task->in, from its top left; `codes` is changed.
// Those that no task has read before come into the empty `fresh`, with corners in pixels of the picture, to be told at
// once.
tc_status tc_run_add_codes(tc_run *run, const tc_task *task, tc_blob *codes, tc_blob *fresh, tc_error *error);
// The task's region has been read.
tc_status tc_run_finish_codes(tc_run *run, const tc_task *task, tc_error *error);
// The segments (core/segments.h) that a merge has found, after the tc_run_finish_tile that made it: once, then NULL.
// Borrowed until another tile of the run is finished.
const tc_blob *tc_run_pop_segments(tc_run *run);
// The task is lost (its worker died): it will be handed out again.
void tc_run_requeue(tc_run *run, const tc_task *task);

// Work done and in all, in the same unit (0.. total, weighted by measured cost). Never falls; equal only when the
// result is there.
void tc_run_progress(const tc_run *run, double *done, double *total);
// The finished picture, borrowed; NULL before TC_TASK_DONE.
const tc_image *tc_run_result(const tc_run *run);

// The tile side that suits a picture: small enough for many live tiles and a cache, large enough for small halos.
int tc_run_default_tile(tc_shape shape);
// Bands (for tc_stage_tile) that suit a plan whose tiles nobody watches and that so many workers share: what the scan
// of a stage reads and writes for one stays in a core's share of the caches. A square side where a step of the plan
// wants squares.
int tc_run_default_bands(const tc_plan *plan, int workers);

#endif
