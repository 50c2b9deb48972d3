// The state machine of a run: stages in order, and the states of their tiles and regions.
#include "core/run.h"

#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "core/codes.h"

enum { TASK_OPEN, TASK_IN_FLIGHT, TASK_REQUEUED, TASK_FINISHED };

static const tc_stage *current(const tc_run *run) {
    TC_ASSERT(run->stage_index >= 0 && run->stage_index < run->plan->stage_count);
    return &run->plan->stages[run->stage_index];
}

static bool reads_codes(const tc_stage *stage) {
    return stage->scan && stage->scan->op->merge_method == TC_MERGE_CODES;
}

static double codes_cost(const tc_stage *stage) {
    return reads_codes(stage) ? (double)tc_pyramid_pixels(stage->out) * TC_CODES_NS_PER_PIXEL : 0;
}

static double tiles_cost(const tc_stage *stage) {
    if (tc_stage_is_empty(stage)) return 0;
    return (double)stage->out.width * stage->out.height * (stage->cost > 0 ? stage->cost : 1);
}

static double work_done(const tc_run *run) {
    double done = run->cost_before;
    if (!run->done && run->tile_count > 0) done += tiles_cost(current(run)) * run->tiles_finished / run->tile_count;
    if (!run->done && run->region_count > 0) done += (double)run->pixels_searched * TC_CODES_NS_PER_PIXEL;
    return done;
}

// Prepares the tiles and regions of the current stage, and its output picture unless the stage is empty.
static tc_status begin_stage(tc_run *run, tc_error *error) {
    const tc_stage *stage = current(run);
    run->next_tile = run->tiles_finished = run->tiles_requeued = 0;
    run->region_count = reads_codes(stage) ? tc_pyramid_region_count(stage->out) : 0;
    run->regions_finished = 0;
    run->pixels_searched = 0;
    if (run->region_count > 0) {
        run->region_codes = calloc((size_t)run->region_count, sizeof *run->region_codes);
        run->region_states = calloc((size_t)run->region_count, sizeof *run->region_states);
        if (!run->region_codes || !run->region_states)
            return tc_fail(error, TC_ERR_MEMORY, "not enough memory for codes");
    }
    if (tc_stage_is_empty(stage)) {
        run->tile_count = 0;
        run->out = run->in;
        run->in = (tc_image){0};
        return TC_OK;
    }
    run->tile_count = tc_stage_tile_count(stage, run->tile);
    run->tile_states = calloc((size_t)run->tile_count, sizeof *run->tile_states);
    run->partials = calloc((size_t)run->tile_count, sizeof *run->partials);
    if (!run->tile_states || !run->partials)
        return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the list of tiles");
    for (int i = 0; i < run->tile_count; i++) run->partials[i].rect = tc_stage_tile(stage, run->tile, i);
    if (!run->borrowed_outputs) return tc_image_init_uninitialized(&run->out, stage->out, error);
    run->out = run->borrowed_outputs[run->stage_index];
    TC_ASSERT(tc_shape_equal(run->out.shape, stage->out));
    return TC_OK;
}

static void clear_picture(const tc_run *run, tc_image *picture) {
    if (!run->borrowed_outputs) tc_image_clear(picture);
    *picture = (tc_image){0};
}

static void clear_stage(tc_run *run) {
    for (int i = 0; run->partials && i < run->tile_count; i++) tc_blob_clear(&run->partials[i].blob);
    for (int i = 0; run->region_codes && i < run->region_count; i++) tc_blob_clear(&run->region_codes[i]);
    free(run->partials);
    free(run->tile_states);
    free(run->region_codes);
    free(run->region_states);
    run->partials = NULL;
    run->tile_states = run->region_states = NULL;
    run->region_codes = NULL;
    tc_pyramid_clear(&run->pyramid);
    tc_blob_clear(&run->reported_codes);
    clear_picture(run, &run->in);
}

// Merges the codes of all regions, the finest level first, because its corners are the most exact. The order of the
// regions, not of their completion, decides between duplicates.
static tc_status merge_codes(const tc_run *run, tc_blob *merged, tc_error *error) {
    tc_status status = TC_OK;
    for (int i = run->region_count - 1; i >= 0 && status == TC_OK; i--)
        status = tc_codes_merge(merged, &run->region_codes[i], NULL, error);
    return status == TC_OK ? tc_codes_sort(merged, error) : status;
}

static tc_status merge_stage(const tc_run *run, tc_blob *merged, tc_error *error) {
    const tc_stage *stage = current(run);
    if (stage->scan && stage->scan->op->merge_method == TC_MERGE_PARTIALS)
        return stage->scan->op->merge(stage->scan, run->partials, run->tile_count, run->parallel, merged, error);
    return reads_codes(stage) ? merge_codes(run, merged, error) : TC_OK;
}

// Merges the current stage and begins the next one, if there is one.
static tc_status end_stage(tc_run *run, tc_error *error) {
    const tc_stage *stage = current(run);
    TC_ASSERT(run->tiles_finished == run->tile_count && run->regions_finished == run->region_count);
    TC_ASSERT(run->tiles_requeued == 0);
    tc_blob merged = {0};
    tc_status status = merge_stage(run, &merged, error);
    if (status != TC_OK) {
        tc_blob_clear(&merged);
        return status;
    }
    run->cost_before += tiles_cost(stage) + codes_cost(stage);
    if (stage->scan && stage->scan->op->retains_input) {
        run->retained = run->in;
        run->in = (tc_image){0};
    }
    clear_stage(run);
    tc_blob_clear(&run->merged);
    run->merged = merged;
    run->segments_pending = stage->scan && stage->scan->op->merged_list == TC_LIST_SEGMENTS;
    if (run->stage_index + 1 == run->plan->stage_count) {
        run->done = true;
        return TC_OK;
    }
    run->in = run->out;
    run->out = (tc_image){0};
    run->stage_index++;
    if (current(run)->reads_retained) {
        TC_ASSERT(run->retained.data != NULL);
        clear_picture(run, &run->in);
        run->in = run->retained;
        run->retained = (tc_image){0};
    }
    TC_ASSERT(tc_shape_equal(run->in.shape, current(run)->in));
    return begin_stage(run, error);
}

// After a task: ends stages while the current one has neither tiles nor regions of codes left. When only its tiles are
// finished, makes its output's pyramid, whose regions are the next tasks. Then updates the progress.
static tc_status advance(tc_run *run, tc_error *error) {
    tc_status status = TC_OK;
    while (status == TC_OK && !run->done && run->tiles_finished == run->tile_count &&
           run->regions_finished == run->region_count)
        status = end_stage(run, error);
    bool needs_pyramid = !run->done && run->tiles_finished == run->tile_count && !run->pyramid.borrowed.data;
    if (status == TC_OK && needs_pyramid) status = tc_pyramid_init(&run->pyramid, &run->out, error);
    if (status != TC_OK) return status;
    double done = work_done(run), rounding = 1e-9 * run->cost_total;
    TC_ASSERT(done >= run->progress - rounding && done <= run->cost_total + rounding);
    run->progress = done;
    return TC_OK;
}

static tc_status start(tc_run *run, const tc_plan *plan, tc_error *error) {
    TC_ASSERT(plan->stage_count >= 1 && tc_shape_equal(run->in.shape, plan->source));
    for (int i = 0; i < plan->stage_count; i++)
        run->cost_total += tiles_cost(&plan->stages[i]) + codes_cost(&plan->stages[i]);
    tc_status status = begin_stage(run, error);
    if (status == TC_OK) status = advance(run, error);
    if (status != TC_OK) tc_run_clear(run);
    return status;
}

tc_status tc_run_init(tc_run *run, const tc_plan *plan, tc_image *source, int tile, tc_error *error) {
    *run = (tc_run){.plan = plan, .tile = tile, .in = *source};
    *source = (tc_image){0};
    return start(run, plan, error);
}

tc_status tc_run_init_borrowed(tc_run *run, const tc_plan *plan, const tc_image *source, const tc_image *pictures,
                               int tile, tc_error *error) {
    *run = (tc_run){.plan = plan, .tile = tile, .in = *source, .borrowed_outputs = pictures};
    return start(run, plan, error);
}

void tc_run_clear(tc_run *run) {
    clear_stage(run);
    clear_picture(run, &run->out);
    clear_picture(run, &run->retained);
    tc_blob_clear(&run->merged);
    *run = (tc_run){0};
}

// The next tile to compute, requeued ones first; -1 if all are in flight or finished.
static int next_tile(tc_run *run) {
    if (run->tiles_requeued > 0)
        for (int i = 0; i < run->next_tile; i++)
            if (run->tile_states[i] == TASK_REQUEUED) {
                run->tiles_requeued--;
                return i;
            }
    TC_ASSERT(run->tiles_requeued == 0 && run->next_tile <= run->tile_count);
    return run->next_tile < run->tile_count ? run->next_tile++ : -1;
}

static tc_task_kind next_region(tc_run *run, tc_task *task) {
    for (int i = 0; i < run->region_count; i++) {
        if (run->region_states[i] != TASK_OPEN) continue;
        run->region_states[i] = TASK_IN_FLIGHT;
        task->tile = i;
        task->codes = true;
        task->is_part = run->region_count > 1;
        task->step = current(run)->scan;
        task->in = tc_pyramid_view(&run->pyramid, i);
        return TC_TASK_CODES;
    }
    return TC_TASK_WAIT;
}

tc_task_kind tc_run_next(tc_run *run, tc_task *task) {
    const tc_stage *stage = current(run);
    *task = (tc_task){.stage = stage, .stage_index = run->stage_index, .tile = -1, .merged = &run->merged};
    if (run->done) return TC_TASK_DONE;
    if (run->tiles_finished == run->tile_count) return next_region(run, task);
    task->tile = next_tile(run);
    if (task->tile < 0) return TC_TASK_WAIT;
    TC_ASSERT(run->tile_states[task->tile] == TASK_OPEN || run->tile_states[task->tile] == TASK_REQUEUED);
    run->tile_states[task->tile] = TASK_IN_FLIGHT;
    tc_rect rect = run->partials[task->tile].rect;
    task->in = tc_image_view(&run->in, tc_stage_source(stage, rect));
    task->out = tc_image_view(&run->out, rect);
    return TC_TASK_TILE;
}

// True for a task of the current stage that is not finished.
static bool is_unfinished(const tc_run *run, const tc_task *task) {
    if (run->done || task->stage_index != run->stage_index || task->tile < 0) return false;
    if (task->codes) return task->tile < run->region_count && run->region_states[task->tile] != TASK_FINISHED;
    return task->tile < run->tile_count && run->tile_states[task->tile] != TASK_FINISHED;
}

tc_status tc_run_finish_tile(tc_run *run, const tc_task *task, tc_blob *partial, tc_error *error) {
    if (!is_unfinished(run, task)) {
        if (partial) tc_blob_clear(partial);
        return TC_OK;
    }
    if (run->tile_states[task->tile] == TASK_REQUEUED) run->tiles_requeued--;
    run->tile_states[task->tile] = TASK_FINISHED;
    run->tiles_finished++;
    TC_ASSERT(run->tiles_finished <= run->tile_count && run->tiles_requeued >= 0);
    if (partial) {
        run->partials[task->tile].blob = *partial;
        *partial = (tc_blob){0};
    }
    return advance(run, error);
}

tc_status tc_run_add_codes(tc_run *run, const tc_task *task, tc_blob *codes, tc_blob *fresh, tc_error *error) {
    if (!is_unfinished(run, task)) return TC_OK;
    tc_status status = tc_pyramid_to_picture(&run->pyramid, task->tile, codes, error);
    if (status == TC_OK) status = tc_codes_merge(&run->region_codes[task->tile], codes, NULL, error);
    return status == TC_OK ? tc_codes_merge(&run->reported_codes, codes, fresh, error) : status;
}

tc_status tc_run_finish_codes(tc_run *run, const tc_task *task, tc_error *error) {
    if (!is_unfinished(run, task)) return TC_OK;
    run->region_states[task->tile] = TASK_FINISHED;
    tc_rect region = tc_pyramid_region_at(current(run)->out, task->tile).rect;
    run->regions_finished++;
    TC_ASSERT(run->regions_finished <= run->region_count);
    run->pixels_searched += (int64_t)region.width * region.height;
    return advance(run, error);
}

const tc_blob *tc_run_pop_segments(tc_run *run) {
    if (!run->segments_pending) return NULL;
    run->segments_pending = false;
    return &run->merged;
}

void tc_run_requeue(tc_run *run, const tc_task *task) {
    if (!is_unfinished(run, task)) return;
    if (task->codes) {
        run->region_states[task->tile] = TASK_OPEN;
    } else if (run->tile_states[task->tile] == TASK_IN_FLIGHT) {
        run->tile_states[task->tile] = TASK_REQUEUED;
        run->tiles_requeued++;
    }
}

void tc_run_progress(const tc_run *run, double *done, double *total) {
    *total = run->cost_total > 0 ? run->cost_total : 1; // an empty pipeline has no cost
    *done = work_done(run);
    if (run->done)
        *done = *total;
    else if (*done > *total * 0.999)
        *done = *total * 0.999;
}

const tc_image *tc_run_result(const tc_run *run) {
    return run->done ? &run->out : NULL;
}

int tc_run_default_tile(tc_shape shape) {
    int64_t pixels = (int64_t)shape.width * shape.height;
    return pixels > 16000000 ? 512 : 256;
}

// A scan reads a whole band, which should stay in a core's share of the caches. Bands for the second level alone would
// be so low that rows computed twice and partial results per side would cost more. Other operations run in strips, of
// any height of band.
static const int64_t scan_bytes = 2 << 20;
enum { MIN_BAND = 16, MAX_BAND = 256, BANDS_PER_WORKER = 16 };

// True for a step whose output band needs much more than a band of its input, such as a rotation.
static bool reads_across_bands(const tc_step *step) {
    if (tc_op_need(step->op, &step->args) != TC_NEED_GEOMETRY) return false;
    tc_rect band = {0, step->out.height / 2, step->out.width, MIN_BAND};
    band = tc_rect_intersect(band, tc_shape_rect(step->out));
    int64_t needed = (int64_t)step->op->source(step, band).height * step->out.height;
    return needed > 4 * (int64_t)band.height * step->in.height;
}

// A single step that reads across rows runs directly from picture to picture, where short pieces of rows are slow. Each
// worker still gets a few tiles.
static int default_square(const tc_plan *plan, int workers) {
    enum { MAX_SIDE = 1024, TILES_PER_WORKER = 4 };
    int side = tc_run_default_tile(plan->source);
    if (plan->step_count > 1) return side;
    int64_t share = (int64_t)plan->source.width * plan->source.height / (TILES_PER_WORKER * workers);
    while (side < MAX_SIDE && 4 * (int64_t)side * side <= share) side *= 2;
    return side;
}

int tc_run_default_bands(const tc_plan *plan, int workers) {
    TC_ASSERT(workers >= 1);
    int64_t rows = MAX_BAND, radius = 0;
    for (int i = 0; i < plan->step_count; i++) {
        const tc_step *step = &plan->steps[i];
        if (step->op->square_tiles) return tc_run_default_tile(plan->source);
        if (reads_across_bands(step)) return default_square(plan, workers);
        if (tc_op_need(step->op, &step->args) == TC_NEED_WHOLE) {
            int64_t fit = scan_bytes / ((int64_t)step->in.width * (step->in.channels + 1));
            if (fit < rows) rows = fit;
        }
        radius += tc_step_radius(step);
    }
    // A band must be high compared with the rows that its neighbours compute too.
    int64_t least = 4 * radius > MIN_BAND ? 4 * radius : MIN_BAND,
            shared = plan->source.height / (BANDS_PER_WORKER * workers);
    if (rows > shared) rows = shared;
    return (int)-(rows < least ? least : rows);
}
