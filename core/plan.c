#include "core/plan.h"
#include "core/assert.h"

#include <stdlib.h>
#include <string.h>

int tc_step_radius(const tc_step *step) {
    return step->op->radius ? step->op->radius(&step->args) : 0;
}

// Binds one operation to the picture it reads.
static tc_status bind_step(tc_step *step, const tc_op *op, const tc_args *args, tc_shape in, int64_t max_pixels,
                           tc_error *error) {
    *step = (tc_step){op, *args, in, in, NULL};
    tc_status status = op->shape ? op->shape(args, in, &step->out, error) : TC_OK;
    if (status != TC_OK) return status;
    int64_t pixels = (int64_t)step->out.width * step->out.height;
    if (step->out.width > TC_MAX_SIDE || step->out.height > TC_MAX_SIDE)
        return tc_fail(error, TC_ERR_LIMIT, "%s: the result would have %d×%d pixels; each side may have at most %d",
                       op->name, step->out.width, step->out.height, TC_MAX_SIDE);
    if (max_pixels > 0 && pixels > max_pixels)
        return tc_fail(error, TC_ERR_LIMIT,
                       "%s: the result would have %d×%d = %.1f megapixels; at most %.1f megapixels are allowed",
                       op->name, step->out.width, step->out.height, (double)pixels / 1e6, (double)max_pixels / 1e6);
    if (op->prepare && !(step->table = op->prepare(step)))
        return tc_fail(error, TC_ERR_MEMORY, "%s: not enough memory for its tables", op->name);
    return TC_OK;
}

static bool is_whole(const tc_step *step) {
    return tc_op_need(step->op, &step->args) == TC_NEED_WHOLE;
}

// True for a step whose tile needs just the same rectangle of its input.
static bool keeps_grid(const tc_step *step) {
    return tc_op_need(step->op, &step->args) == TC_NEED_POINT || (is_whole(step) && tc_step_radius(step) == 0);
}

// A grid-bound apply needs the tiles of its scan, so only operations that keep the grid may follow in its stage.
static bool breaks_grid(const tc_stage *stage, const tc_step *step) {
    return stage->apply && stage->apply->op->grid_bound && !keeps_grid(step);
}

// True for a step that needs its input as a picture of its own: a stage begins with it.
static bool needs_picture(const tc_stage *stage, const tc_step *step) {
    return step->op->retains_input && (stage->apply || stage->step_count > 0);
}

static tc_shape intermediate_shape(const tc_step *step) {
    return step->op->intermediate_shape ? step->op->intermediate_shape(&step->args, step->in) : step->in;
}

static void end_stage(tc_plan *plan, tc_shape out, int preview_channels) {
    tc_stage *stage = &plan->stages[plan->stage_count++];
    stage->out = out;
    stage->preview_channels = preview_channels ? preview_channels : out.channels;
    if (stage->apply) stage->cost += stage->apply->op->cost / 4;
    for (int i = 0; i < stage->step_count; i++) {
        // Costs are per output pixel of a step; a stage's are per output pixel of the stage.
        const tc_step *step = &stage->steps[i];
        double scale = (double)step->out.width * step->out.height / ((double)out.width * out.height);
        stage->cost += step->op->cost * scale;
    }
    if (stage->scan) stage->cost += stage->scan->op->cost;
    plan->stages[plan->stage_count].in = out;
}

static void cut_stages(tc_plan *plan) {
    plan->stages[0].in = plan->source;
    plan->stages[0].steps = plan->steps;
    for (int i = 0; i < plan->step_count; i++) {
        const tc_step *step = &plan->steps[i];
        tc_stage *stage = &plan->stages[plan->stage_count];
        if (breaks_grid(stage, step) || needs_picture(stage, step)) {
            end_stage(plan, step->in, 0);
            stage++;
            stage->steps = step;
        }
        if (!is_whole(step)) {
            stage->step_count++;
            continue;
        }
        stage->scan = step;
        end_stage(plan, intermediate_shape(step), step->op->preview_channels);
        stage[1].apply = step;
        stage[1].steps = step + 1;
    }
    end_stage(plan, plan->result, 0);
}

// Tells stages of the pictures that are retained from the stage that scans for such a step to the one that applies the
// last of its chain.
static void keep_pictures(tc_plan *plan) {
    tc_shape retained = {0};
    for (int i = 0; i < plan->stage_count; i++) {
        tc_stage *stage = &plan->stages[i];
        if (retained.width > 0 && stage->apply && !stage->apply->op->next_op) {
            stage->in = retained;
            stage->reads_retained = true;
            retained = (tc_shape){0};
        }
        if (stage->scan && stage->scan->op->retains_input) retained = stage->in;
        stage->retained = retained;
    }
}

// Steps that the pipeline's operations come to, with those that they go on with.
static size_t count_steps(const tc_pipeline *pipeline) {
    size_t count = 0;
    for (int i = 0; i < pipeline->count; i++)
        for (const tc_op *op = pipeline->steps[i].op; op; op = op->next_op) count++;
    return count;
}

tc_status tc_plan_init(tc_plan *plan, const tc_pipeline *pipeline, tc_shape source, int64_t max_pixels,
                       tc_error *error) {
    *plan = (tc_plan){.source = source, .result = source};
    size_t count = count_steps(pipeline);
    // At most two stages per step, the last, and one that end_stage prepares beyond it.
    plan->stages = calloc(count * 2 + 2, sizeof *plan->stages);
    plan->steps = calloc(count + 1, sizeof *plan->steps);
    if (!plan->stages || !plan->steps) return tc_fail(error, TC_ERR_MEMORY, "not enough memory to plan the pipeline");
    for (int i = 0; i < pipeline->count; i++) {
        tc_shape first = plan->result;
        bool retained = pipeline->steps[i].op->retains_input;
        for (const tc_op *op = pipeline->steps[i].op; op; op = op->next_op) {
            tc_step *step = &plan->steps[plan->step_count++];
            tc_shape in = retained && !op->next_op ? first : plan->result;
            tc_status status = bind_step(step, op, &pipeline->steps[i].args, in, max_pixels, error);
            if (status != TC_OK) return status;
            plan->result = step->out;
        }
    }
    cut_stages(plan);
    keep_pictures(plan);
    return TC_OK;
}

void tc_plan_clear(tc_plan *plan) {
    for (int i = 0; i < plan->step_count; i++) free((void *)plan->steps[i].table);
    free(plan->stages);
    free(plan->steps);
    *plan = (tc_plan){0};
}

bool tc_stage_is_empty(const tc_stage *stage) {
    return !stage->apply && stage->step_count == 0 && !(stage->scan && stage->scan->op->scan);
}

typedef struct tile_grid {
    int columns, rows, tile_width, tile_height;
} tile_grid;

static tile_grid grid_of(const tc_stage *stage, int tile) {
    tile_grid grid = {1, 1, stage->out.width, stage->out.height};
    if (tile > 0) grid.tile_width = grid.tile_height = tile;
    if (tile < 0) grid.tile_height = -tile;
    grid.columns = (stage->out.width + grid.tile_width - 1) / grid.tile_width;
    grid.rows = (stage->out.height + grid.tile_height - 1) / grid.tile_height;
    return grid;
}

int tc_stage_tile_count(const tc_stage *stage, int tile) {
    tile_grid grid = grid_of(stage, tile);
    return grid.columns * grid.rows;
}

tc_rect tc_stage_tile(const tc_stage *stage, int tile, int index) {
    TC_ASSERT(index >= 0 && index < tc_stage_tile_count(stage, tile));
    tile_grid grid = grid_of(stage, tile);
    tc_rect rect = {index % grid.columns * grid.tile_width, index / grid.columns * grid.tile_height, grid.tile_width,
                    grid.tile_height};
    return tc_rect_intersect(rect, tc_shape_rect(stage->out));
}

tc_rect tc_step_source(const tc_step *step, tc_rect out) {
    if (tc_op_need(step->op, &step->args) == TC_NEED_GEOMETRY) return step->op->source(step, out);
    return tc_rect_intersect(tc_rect_grow(out, tc_step_radius(step)), tc_shape_rect(step->in));
}

tc_rect tc_stage_source(const tc_stage *stage, tc_rect out) {
    if (stage->scan && stage->scan->op->scan) out = tc_step_source(stage->scan, out);
    for (int i = stage->step_count - 1; i >= 0; i--) out = tc_step_source(&stage->steps[i], out);
    return out;
}
