#include "core/plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int step_radius(const tc_step *step) {
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

// A grid-bound apply needs the tiles of its scan, so only operations that keep the grid may follow in its stage.
static bool breaks_grid(const tc_stage *stage, const tc_step *step) {
    return stage->apply && stage->apply->op->grid_bound && tc_op_need(step->op, &step->args) != TC_NEED_POINT;
}

static tc_shape mid_shape(const tc_step *step) {
    return step->op->mid ? step->op->mid(&step->args, step->in) : step->in;
}

static void end_stage(tc_plan *plan, tc_shape out, int view) {
    tc_stage *stage = &plan->stages[plan->stage_count++];
    stage->out = out;
    stage->view = view ? view : out.channels;
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
        if (breaks_grid(stage, step)) {
            end_stage(plan, step->in, 0);
            stage++;
            stage->steps = step;
        }
        if (!is_whole(step)) {
            stage->step_count++;
            continue;
        }
        stage->scan = step;
        end_stage(plan, mid_shape(step), step->op->mid_view);
        stage[1].apply = step;
        stage[1].steps = step + 1;
    }
    end_stage(plan, plan->result, 0);
}

tc_status tc_plan_init(tc_plan *plan, const tc_pipeline *pipeline, tc_shape source, int64_t max_pixels,
                       tc_error *error) {
    *plan = (tc_plan){.source = source, .result = source};
    // At most two stages per step, the last, and one that end_stage prepares beyond it.
    plan->stages = calloc((size_t)pipeline->count * 2 + 2, sizeof *plan->stages);
    plan->steps = calloc((size_t)pipeline->count + 1, sizeof *plan->steps);
    if (!plan->stages || !plan->steps) return tc_fail(error, TC_ERR_MEMORY, "not enough memory to plan the pipeline");
    for (int i = 0; i < pipeline->count; i++) {
        tc_step *step = &plan->steps[plan->step_count++];
        tc_status status =
            bind_step(step, pipeline->steps[i].op, &pipeline->steps[i].args, plan->result, max_pixels, error);
        if (status != TC_OK) return status;
        plan->result = step->out;
    }
    cut_stages(plan);
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

static int tiles_across(int side, int tile) {
    return tile > 0 ? (side + tile - 1) / tile : 1;
}

int tc_stage_tile_count(const tc_stage *stage, int tile) {
    return tiles_across(stage->out.width, tile) * tiles_across(stage->out.height, tile);
}

tc_rect tc_stage_tile(const tc_stage *stage, int tile, int index) {
    assert(index >= 0 && index < tc_stage_tile_count(stage, tile));
    if (tile <= 0) return tc_shape_rect(stage->out);
    int columns = tiles_across(stage->out.width, tile);
    tc_rect rect = {index % columns * tile, index / columns * tile, tile, tile};
    return tc_rect_intersect(rect, tc_shape_rect(stage->out));
}

// The rectangle of the step's input, inside the picture, that `out` needs.
static tc_rect step_source(const tc_step *step, tc_rect out) {
    if (tc_op_need(step->op, &step->args) == TC_NEED_GEOMETRY) return step->op->source(step, out);
    return tc_rect_intersect(tc_rect_grow(out, step_radius(step)), tc_shape_rect(step->in));
}

tc_rect tc_stage_source(const tc_stage *stage, tc_rect out) {
    if (stage->scan && stage->scan->op->scan) out = step_source(stage->scan, out);
    for (int i = stage->step_count - 1; i >= 0; i--) out = step_source(&stage->steps[i], out);
    return out;
}

// A tile with memory of its own.
typedef struct work_tile {
    tc_tile tile;
    void *memory;
} work_tile;

static tc_status work_tile_init(work_tile *work, tc_rect rect, int channels, tc_error *error) {
    size_t size;
    work->memory = tc_packed_size(rect.width, rect.height, channels, &size) ? malloc(size) : NULL;
    if (!work->memory)
        return tc_fail(error, TC_ERR_MEMORY, "not enough memory for a tile of %d×%d pixels", rect.width, rect.height);
    work->tile = (tc_tile){work->memory, tc_row_bytes(rect.width, channels), rect, channels};
    return TC_OK;
}

static void work_tile_clear(work_tile *work) {
    free(work->memory);
    *work = (work_tile){0};
}

static int clamp_int(int v, int low, int high) {
    return v < low ? low : v > high ? high : v;
}

// The coordinate inside 0..n-1 that stands for `i` beyond it: dcb|abcd|cba for n = 4, again and again.
static int reflect101(int i, int n) {
    if (n == 1) return 0;
    int period = 2 * (n - 1);
    i = (i % period + period) % period;
    return i < n ? i : period - i;
}

static int border_source(int i, int n, tc_border border) {
    return border == TC_BORDER_REFLECT101 ? reflect101(i, n) : clamp_int(i, 0, n - 1);
}

static void pad_row(uint8_t *to, const tc_tile *src, int y, tc_rect padded, tc_shape picture, tc_border border) {
    size_t pixel = (size_t)src->channels;
    int inside_x0 = clamp_int(padded.x, 0, picture.width), end = padded.x + padded.width;
    int inside_x1 = clamp_int(end, 0, picture.width);
    const uint8_t *row = tc_tile_row(src, y) - (ptrdiff_t)src->rect.x * (ptrdiff_t)pixel;
    for (int x = padded.x; x < inside_x0; x++, to += pixel)
        memcpy(to, row + (size_t)border_source(x, picture.width, border) * pixel, pixel);
    memcpy(to, row + (size_t)inside_x0 * pixel, (size_t)(inside_x1 - inside_x0) * pixel);
    to += (size_t)(inside_x1 - inside_x0) * pixel;
    for (int x = inside_x1; x < end; x++, to += pixel)
        memcpy(to, row + (size_t)border_source(x, picture.width, border) * pixel, pixel);
}

// Fills `dst`, which reaches beyond the picture, from `src`, which covers its part inside. A border pixel always has
// its source within that part: it lies at most as far inside the edge as the border pixel lies outside.
static void pad_tile(const tc_tile *dst, const tc_tile *src, tc_shape picture, tc_border border) {
    tc_rect inside = tc_rect_intersect(dst->rect, tc_shape_rect(picture));
    if (border == TC_BORDER_ZERO || border == TC_BORDER_MAX) {
        for (int y = dst->rect.y; y < dst->rect.y + dst->rect.height; y++)
            memset(tc_tile_row(dst, y), border == TC_BORDER_MAX ? 255 : 0,
                   tc_row_bytes(dst->rect.width, dst->channels));
        tc_tile within = {tc_tile_at(dst, inside.x, inside.y), dst->stride, inside, dst->channels};
        tc_tile_copy(&within, src);
        return;
    }
    for (int y = dst->rect.y; y < dst->rect.y + dst->rect.height; y++)
        pad_row(tc_tile_row(dst, y), src, border_source(y, picture.height, border), dst->rect, picture, border);
}

// Gives `step` its input: `in` itself where that will do, else a padded copy in `padded`.
static tc_status give_input(const tc_step *step, const tc_tile *in, tc_rect out, tc_tile *given, work_tile *padded,
                            tc_error *error) {
    *given = *in;
    tc_rect wanted = tc_rect_grow(out, step_radius(step));
    if (tc_op_need(step->op, &step->args) == TC_NEED_GEOMETRY || tc_rect_contains(in->rect, wanted)) return TC_OK;
    tc_status status = work_tile_init(padded, wanted, in->channels, error);
    if (status != TC_OK) return status;
    pad_tile(&padded->tile, in, step->in, step->op->border);
    *given = padded->tile;
    return TC_OK;
}

typedef enum link_role { ROLE_APPLY, ROLE_RUN, ROLE_SCAN } link_role;

typedef struct stage_pass {
    const tc_stage *stage;
    const tc_blob *merged;
    tc_blob *partial;
} stage_pass;

static tc_status run_step(const stage_pass *pass, const tc_step *step, link_role role, const tc_tile *in,
                          const tc_tile *out, tc_error *error) {
    if (role == ROLE_APPLY) return step->op->apply(step, pass->merged, in, out, error);
    work_tile padded = {0};
    tc_tile given;
    tc_status status = give_input(step, in, out->rect, &given, &padded, error);
    if (status == TC_OK && role == ROLE_RUN) step->op->run(step, &given, out);
    if (status == TC_OK && role == ROLE_SCAN) status = step->op->scan(step, &given, out, pass->partial, error);
    work_tile_clear(&padded);
    return status;
}

// The steps of a stage as they run on a tile, each with the rectangle it must give; at most apply, steps, scan.
typedef struct stage_link {
    const tc_step *step;
    link_role role;
    tc_rect rect;
    int channels;
} stage_link;

static int list_links(const tc_stage *stage, tc_rect out, stage_link links[TC_MAX_STEPS + 2]) {
    int count = 0;
    if (stage->apply) links[count++] = (stage_link){stage->apply, ROLE_APPLY, out, stage->apply->out.channels};
    for (int i = 0; i < stage->step_count; i++)
        links[count++] = (stage_link){&stage->steps[i], ROLE_RUN, out, stage->steps[i].out.channels};
    if (stage->scan && stage->scan->op->scan)
        links[count++] = (stage_link){stage->scan, ROLE_SCAN, out, stage->out.channels};
    for (int i = count - 1; i > 0; i--) links[i - 1].rect = step_source(links[i].step, links[i].rect);
    return count;
}

tc_status tc_stage_run(const tc_stage *stage, const tc_blob *merged, const tc_tile *in, const tc_tile *out,
                       tc_blob *partial, tc_error *error) {
    stage_link links[TC_MAX_STEPS + 2];
    int count = list_links(stage, out->rect, links);
    stage_pass pass = {stage, merged, partial};
    work_tile held[2] = {{.memory = NULL}};
    tc_status status = TC_OK;
    tc_tile from = *in;
    if (count == 0) tc_tile_copy(out, in);
    for (int i = 0; i < count && status == TC_OK; i++) {
        work_tile *to = &held[i & 1];
        work_tile_clear(to);
        if (i == count - 1)
            to->tile = *out;
        else
            status = work_tile_init(to, links[i].rect, links[i].channels, error);
        if (status == TC_OK) status = run_step(&pass, links[i].step, links[i].role, &from, &to->tile, error);
        from = to->tile;
    }
    work_tile_clear(&held[0]);
    work_tile_clear(&held[1]);
    return status;
}
