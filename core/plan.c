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

// True for a step whose tile needs just the same rectangle of its input.
static bool keeps_grid(const tc_step *step) {
    return tc_op_need(step->op, &step->args) == TC_NEED_POINT || (is_whole(step) && step_radius(step) == 0);
}

// A grid-bound apply needs the tiles of its scan, so only operations that keep the grid may follow in its stage.
static bool breaks_grid(const tc_stage *stage, const tc_step *step) {
    return stage->apply && stage->apply->op->grid_bound && !keeps_grid(step);
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

// Steps that the pipeline's operations come to, with those that they go on with.
static size_t count_steps(const tc_pipeline *pipeline) {
    size_t count = 0;
    for (int i = 0; i < pipeline->count; i++)
        for (const tc_op *op = pipeline->steps[i].op; op; op = op->then) count++;
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
    for (int i = 0; i < pipeline->count; i++)
        for (const tc_op *op = pipeline->steps[i].op; op; op = op->then) {
            tc_step *step = &plan->steps[plan->step_count++];
            tc_status status = bind_step(step, op, &pipeline->steps[i].args, plan->result, max_pixels, error);
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
    assert(index >= 0 && index < tc_stage_tile_count(stage, tile));
    tile_grid grid = grid_of(stage, tile);
    tc_rect rect = {index % grid.columns * grid.tile_width, index / grid.columns * grid.tile_height, grid.tile_width,
                    grid.tile_height};
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

// Fills the pixels of `to` that stand for columns first .. first + count - 1 beyond the picture; `row` is where column
// 0 stands, or would stand.
static void pad_columns(uint8_t *to, const uint8_t *row, int first, int count, int width, tc_border border,
                        size_t pixel) {
    for (int x = first; x < first + count; x++, to += pixel)
        memcpy(to, row + (ptrdiff_t)border_source(x, width, border) * (ptrdiff_t)pixel, pixel);
}

// Fills what of `tile` lies beyond the picture; its part inside holds the picture already. A border pixel always has
// its source within that part: it lies at most as far inside the edge as the border pixel lies outside.
static void pad_tile(const tc_tile *tile, tc_shape picture, tc_border border) {
    tc_rect rect = tile->rect, inside = tc_rect_intersect(rect, tc_shape_rect(picture));
    size_t pixel = (size_t)tile->channels, row_bytes = tc_row_bytes(rect.width, tile->channels);
    bool constant = border == TC_BORDER_ZERO || border == TC_BORDER_MAX;
    int value = border == TC_BORDER_MAX ? 255 : 0, right = inside.x + inside.width;
    int left_count = inside.x - rect.x, right_count = rect.x + rect.width - right;
    for (int y = inside.y; y < inside.y + inside.height; y++) {
        uint8_t *to = tc_tile_row(tile, y), *end = to + (size_t)(right - rect.x) * pixel;
        if (constant) {
            memset(to, value, (size_t)left_count * pixel);
            memset(end, value, (size_t)right_count * pixel);
        } else {
            const uint8_t *row = to - (ptrdiff_t)rect.x * (ptrdiff_t)pixel;
            pad_columns(to, row, rect.x, left_count, picture.width, border, pixel);
            pad_columns(end, row, right, right_count, picture.width, border, pixel);
        }
    }
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        if (y == inside.y) y += inside.height;
        if (y >= rect.y + rect.height) break;
        if (constant)
            memset(tc_tile_row(tile, y), value, row_bytes);
        else
            memcpy(tc_tile_row(tile, y), tc_tile_row(tile, border_source(y, picture.height, border)), row_bytes);
    }
}

typedef enum link_role { ROLE_APPLY, ROLE_RUN, ROLE_MAP, ROLE_SCAN } link_role;

// The steps of a stage as they run on a tile. `rect`, inside the picture, is what each must give.
typedef struct stage_link {
    const tc_step *step;
    link_role role;
    tc_rect rect;
    int channels;
    uint8_t map[256]; // ROLE_MAP: of this step and those that were composed with it
} stage_link;

enum { MAX_LINKS = TC_MAX_STEPS * TC_MAX_CHAIN + 2 };

// What the link reads, with what lies beyond the picture.
static tc_rect wanted_rect(const stage_link *link) {
    if (link->role == ROLE_APPLY || link->role == ROLE_MAP) return link->rect;
    if (tc_op_need(link->step->op, &link->step->args) == TC_NEED_GEOMETRY)
        return link->step->op->source(link->step, link->rect);
    return tc_rect_grow(link->rect, step_radius(link->step));
}

// True when the link may write over the pixels that it reads.
static bool in_place(const stage_link *link) {
    if (link->role == ROLE_MAP) return true;
    return link->role == ROLE_RUN && tc_op_need(link->step->op, &link->step->args) == TC_NEED_POINT &&
           link->step->in.channels == link->channels;
}

// Appends a link, or composes it with the one before where both are maps.
static void add_link(stage_link *links, int *count, const tc_step *step, link_role role, const tc_blob *merged,
                     int channels) {
    stage_link *link = &links[*count];
    bool may_map = role == ROLE_APPLY || role == ROLE_RUN;
    link->step = step;
    link->role = role;
    link->channels = channels;
    if (may_map && step->op->map && step->op->map(step, role == ROLE_APPLY ? merged : NULL, link->map)) {
        link->role = ROLE_MAP;
        if (*count > 0 && link[-1].role == ROLE_MAP) {
            for (int v = 0; v < 256; v++) link[-1].map[v] = link->map[link[-1].map[v]];
            return;
        }
    }
    ++*count;
}

static int list_links(const tc_stage *stage, const tc_blob *merged, tc_rect out, stage_link *links) {
    int count = 0;
    if (stage->apply) add_link(links, &count, stage->apply, ROLE_APPLY, merged, stage->apply->out.channels);
    for (int i = 0; i < stage->step_count; i++)
        add_link(links, &count, &stage->steps[i], ROLE_RUN, NULL, stage->steps[i].out.channels);
    if (stage->scan && stage->scan->op->scan)
        add_link(links, &count, stage->scan, ROLE_SCAN, NULL, stage->out.channels);
    for (int i = count - 1; i >= 0; i--) {
        links[i].rect = out;
        if (links[i].role != ROLE_APPLY && links[i].role != ROLE_MAP) out = step_source(links[i].step, out);
    }
    return count;
}

typedef struct stage_pass {
    const tc_blob *merged;
    tc_blob *partial;
} stage_pass;

static tc_status run_link(const stage_pass *pass, const stage_link *link, const tc_tile *in, const tc_tile *out,
                          tc_error *error) {
    const tc_step *step = link->step;
    switch (link->role) {
    case ROLE_APPLY:
        return step->op->apply(step, pass->merged, in, out, error);
    case ROLE_MAP:
        step->op->map_tile(in, out, link->map);
        return TC_OK;
    case ROLE_RUN:
        step->op->run(step, in, out);
        return TC_OK;
    default:
        return step->op->scan(step, in, out, pass->partial, error);
    }
}

static tc_tile tile_part(const tc_tile *tile, tc_rect rect) {
    return (tc_tile){tc_tile_at(tile, rect.x, rect.y), tile->stride, rect, tile->channels};
}

// Makes `work` room for what `reader` reads, with what lies beyond the picture.
static tc_status make_room(work_tile *work, const stage_link *reader, int channels, tc_error *error) {
    work_tile_clear(work);
    return work_tile_init(work, wanted_rect(reader), channels, error);
}

static bool reaches_beyond(const stage_link *reader) {
    return !tc_rect_contains(tc_shape_rect(reader->step->in), wanted_rect(reader));
}

// A tile of the picture as `reader` wants it: a padded copy in `work` where the reader reaches beyond the picture.
static tc_status give_source(const stage_link *reader, tc_tile *from, work_tile *work, tc_error *error) {
    if (!reaches_beyond(reader)) return TC_OK;
    tc_status status = make_room(work, reader, from->channels, error);
    if (status != TC_OK) return status;
    tc_rect inside = tc_rect_intersect(work->tile.rect, tc_shape_rect(reader->step->in));
    tc_tile part = tile_part(&work->tile, inside);
    tc_tile_copy(&part, from);
    pad_tile(&work->tile, reader->step->in, reader->step->op->border);
    *from = work->tile;
    return TC_OK;
}

tc_status tc_stage_run(const tc_stage *stage, const tc_blob *merged, const tc_tile *in, const tc_tile *out,
                       tc_blob *partial, tc_error *error) {
    stage_link *links = malloc(MAX_LINKS * sizeof *links);
    if (!links) return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the steps of a stage");
    int count = list_links(stage, merged, out->rect, links);
    stage_pass pass = {merged, partial};
    work_tile held[2] = {{.memory = NULL}};
    tc_tile from = *in;
    tc_status status = TC_OK;
    if (count == 0) tc_tile_copy(out, in);
    if (count > 0) status = give_source(&links[0], &from, &held[0], error);
    for (int i = 0, turn = 1; i < count && status == TC_OK; i++, turn ^= 1) {
        // Point operations that follow work in place, so the room is made for the link after them.
        int reader = i + 1;
        while (reader < count && in_place(&links[reader])) reader++;
        tc_tile to = *out;
        if (reader < count) {
            status = make_room(&held[turn], &links[reader], links[i].channels, error);
            if (status != TC_OK) break;
            to = tile_part(&held[turn].tile, links[i].rect);
        }
        status = run_link(&pass, &links[i], &from, &to, error);
        for (; i + 1 < reader && status == TC_OK; i++) status = run_link(&pass, &links[i + 1], &to, &to, error);
        if (reader == count) break;
        if (reaches_beyond(&links[reader]))
            pad_tile(&held[turn].tile, links[reader].step->in, links[reader].step->op->border);
        from = held[turn].tile;
    }
    work_tile_clear(&held[0]);
    work_tile_clear(&held[1]);
    free(links);
    return status;
}
