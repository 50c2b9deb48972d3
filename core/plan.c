// Cuts a pipeline into stages and binds its operations to the shapes they work on.
#include "core/plan.h"

#include <stdlib.h>

#include "core/assert.h"

// Binds one operation to the picture it reads.
static tc_status bind_step(tc_step *step, const tc_op *op, const tc_args *args, tc_shape in, int64_t max_pixels,
                           tc_error *error) {
    *step = (tc_step){op, *args, in, in, NULL};
    tc_status status = op->shape ? op->shape(args, in, &step->out, error) : TC_OK;
    if (status != TC_OK) return status;
    TC_ASSERT(step->out.width > 0 && step->out.height > 0);
    TC_ASSERT(step->out.channels > 0 && step->out.channels <= TC_MAX_CHANNELS);
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

// True for a step that computes a tile from the same rectangle of its input.
static bool preserves_grid(const tc_step *step) {
    return tc_op_need(step->op, &step->args) == TC_NEED_POINT || (is_whole(step) && tc_step_radius(step) == 0);
}

// A grid-bound apply needs the tiles of its scan, so only steps that preserve the grid may follow in its stage.
static bool breaks_grid(const tc_stage *stage, const tc_step *step) {
    return stage->apply && stage->apply->op->grid_bound && !preserves_grid(step);
}

// True for a step whose input must be the stage's input, because it is retained.
static bool needs_stage_input(const tc_stage *stage, const tc_step *step) {
    return step->op->retains_input && (stage->apply || stage->step_count > 0);
}

static tc_shape intermediate_shape(const tc_step *step) {
    return step->op->intermediate_shape ? step->op->intermediate_shape(&step->args, step->in) : step->in;
}

// Completes the current stage and opens the next one. `preview_channels` 0: all of `out`.
static void end_stage(tc_plan *plan, tc_shape out, int preview_channels) {
    TC_ASSERT(preview_channels >= 0 && preview_channels <= out.channels);
    tc_stage *stage = &plan->stages[plan->stage_count++];
    stage->out = out;
    stage->preview_channels = preview_channels ? preview_channels : out.channels;
    if (stage->apply) stage->cost += stage->apply->op->cost / 4;
    for (int i = 0; i < stage->step_count; i++) {
        // The cost of a step is per output pixel of the step; that of a stage per output pixel of the stage.
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
        if (breaks_grid(stage, step) || needs_stage_input(stage, step)) {
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

// Marks the stages during which an input is retained, and the one that reads it: from the scan of an operation with
// `retains_input` to the apply of the last operation of its chain.
static void mark_retained(tc_plan *plan) {
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
    TC_ASSERT(retained.width == 0);
}

// Steps of the pipeline's operations, with their next operations.
static size_t count_steps(const tc_pipeline *pipeline) {
    size_t count = 0;
    for (int i = 0; i < pipeline->count; i++)
        for (const tc_op *op = pipeline->steps[i].op; op; op = op->next_op) count++;
    TC_ASSERT(count <= (size_t)TC_MAX_STEPS * TC_MAX_CHAIN);
    return count;
}

tc_status tc_plan_init(tc_plan *plan, const tc_pipeline *pipeline, tc_shape source, int64_t max_pixels,
                       tc_error *error) {
    TC_ASSERT(source.width > 0 && source.height > 0 && source.channels > 0 && max_pixels >= 0);
    TC_ASSERT(pipeline->count >= 0 && pipeline->count <= TC_MAX_STEPS);
    *plan = (tc_plan){.source = source, .result = source};
    size_t count = count_steps(pipeline), stages = count * 2 + 1; // a step ends at most two stages
    plan->stages = calloc(stages + 1, sizeof *plan->stages);      // end_stage opens one after the last
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
    mark_retained(plan);
    TC_ASSERT((size_t)plan->stage_count <= stages && (size_t)plan->step_count == count);
    return TC_OK;
}

void tc_plan_clear(tc_plan *plan) {
    for (int i = 0; i < plan->step_count; i++) free((void *)plan->steps[i].table);
    free(plan->stages);
    free(plan->steps);
    *plan = (tc_plan){0};
}
