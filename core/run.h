// A run: the state machine of one plan on one picture. It hands out tasks, accepts their results in any order, merges,
// and reports progress. It has no threads, clocks or I/O: the command line's threads, the pool's scheduler and the
// page's coordinator all drive it.
//
//   tc_run_init(&run, &plan, &source, 256, &error);
//   for (;;) switch (tc_run_next(&run, &task)) {
//       case TC_TASK_TILE:  call tc_stage_run(task.stage, task.merged, &task.in, &task.out, &partial), in any process;
//                           then tc_run_finish_tile(&run, &task, &partial, &error)
//       case TC_TASK_CODES: read the codes in task.in, in any process; pass codes to tc_run_add_codes as they are
//       found;
//                           then tc_run_finish_codes(&run, &task, &error)
//       case TC_TASK_WAIT:  no task until one in flight is finished or requeued
//       case TC_TASK_DONE:  tc_run_result(&run)
//   }
#ifndef TC_CORE_RUN_H
#define TC_CORE_RUN_H

#include "core/plan.h"
#include "core/pyramid.h"

typedef enum tc_task_kind { TC_TASK_WAIT, TC_TASK_TILE, TC_TASK_CODES, TC_TASK_DONE } tc_task_kind;

typedef struct tc_task {
    const tc_stage *stage;
    int stage_index;
    int tile;              // index in the stage's grid; for codes, of the region (core/pyramid.h)
    bool codes;            // a task for codes
    bool is_part;          // codes: `in` is a region or a reduced level, not the whole picture
    const tc_blob *merged; // the stage's merged input, or NULL; borrowed, valid until the stage ends
    const tc_step *step;   // codes: the read_codes step, for its symbologies
    tc_tile in, out;       // views into the run's pictures; `in` covers just what the task needs
} tc_task;

typedef struct tc_run {
    const tc_plan *plan;
    int tile; // as for tc_stage_tile
    // Runs the merges in parallel; NULL, as tc_run_init leaves it: serially. While a merge runs in parallel, other
    // threads may call tc_run_next and tc_run_progress.
    const tc_parallel *parallel;
    int stage_index;
    tc_image in, out;                 // pictures of the current stage; owned unless `borrowed_outputs`
    tc_image retained;                // the retained input, for a later stage
    const tc_image *borrowed_outputs; // by tc_run_init_borrowed, one per stage; or NULL
    tc_blob merged;                   // the merged input of the current stage
    tc_pyramid pyramid;               // regions in which codes are read, once the stage's tiles are finished
    tc_blob *region_codes;            // by region: the codes read in it
    uint8_t *region_states;           // by region
    tc_blob reported_codes;           // the codes that tc_run_add_codes has returned as new
    tc_partial *partials;             // by tile of the current stage
    uint8_t *tile_states;             // by tile of the current stage
    int tile_count, next_tile, tiles_finished, tiles_requeued;
    int region_count, regions_finished;
    int64_t pixels_searched; // of the finished regions
    bool done;
    bool segments_pending;          // `merged` is a list that tc_run_pop_segments has not returned yet
    double cost_before, cost_total; // of the finished stages, and of all
    double progress;                // the work done when the last task finished; never falls
} tc_run;

// Owns `source` from now on (of the plan's source shape; zeroed here, also on failure). Borrows `plan` for the run's
// life. Fails for lack of memory; the caller need not clear the run then.
tc_status tc_run_init(tc_run *run, const tc_plan *plan, tc_image *source, int tile, tc_error *error);
// The same with borrowed pictures: the source, and in `pictures` one of each stage's output shape (unused where the
// stage is empty). They must outlive the run; the result is one of them.
tc_status tc_run_init_borrowed(tc_run *run, const tc_plan *plan, const tc_image *source, const tc_image *pictures,
                               int tile, tc_error *error);
void tc_run_clear(tc_run *run);

tc_task_kind tc_run_next(tc_run *run, tc_task *task);
// The tile's pixels are in task->out. Owns `partial` from now on (may be NULL or empty). The last tile of a stage runs
// the merge. A tile that was finished before, or of an earlier stage, is ignored.
tc_status tc_run_finish_tile(tc_run *run, const tc_task *task, tc_blob *partial, tc_error *error);
// Codes that were read in a task's region, with corners in pixels of task->in, from its top left; `codes` is modified.
// The empty `fresh` receives those that are new to the run, with corners in pixels of the picture, to be reported at
// once. A task that is finished or of an earlier stage is ignored.
tc_status tc_run_add_codes(tc_run *run, const tc_task *task, tc_blob *codes, tc_blob *fresh, tc_error *error);
// The task's region has been read. A task that is finished or of an earlier stage is ignored.
tc_status tc_run_finish_codes(tc_run *run, const tc_task *task, tc_error *error);
// The segments (core/segments.h) of the merge that the last tc_run_finish_tile ran: once, then NULL. Borrowed until the
// next tc_run_finish_tile.
const tc_blob *tc_run_pop_segments(tc_run *run);
// Makes a lost task (its worker died) available again.
void tc_run_requeue(tc_run *run, const tc_task *task);

// Work done and in all, weighted by measured cost. `done` never falls, and equals `total` only when the result is
// there.
void tc_run_progress(const tc_run *run, double *done, double *total);
// The finished picture, borrowed; NULL before TC_TASK_DONE.
const tc_image *tc_run_result(const tc_run *run);

// A tile side that suits a picture: small enough for many previews and for the cache, large enough for small halos.
int tc_run_default_tile(tc_shape shape);
// Bands (for tc_stage_tile) that suit a plan without previews, shared by `workers`: what a scan reads and writes of one
// band stays in a core's share of the caches. A square side when a step of the plan needs squares.
int tc_run_default_bands(const tc_plan *plan, int workers);

#endif
