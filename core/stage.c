// Runs a stage on a tile. Its steps become passes, each with a buffer from which the next pass reads, padded beyond the
// picture's edges. The tile is computed in strips of a few rows, so that the buffers stay in cache. A buffer keeps the
// rows that the next strip reads again, so no row inside the tile is computed twice.
#include "core/stage.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/arithmetic.h"
#include "core/assert.h"
#include "core/pipeline.h"

// ---- Rectangles

int tc_step_radius(const tc_step *step) {
    return step->op->radius ? step->op->radius(&step->args) : 0;
}

tc_rect tc_step_source(const tc_step *step, tc_rect out) {
    tc_rect picture = tc_shape_rect(step->in), rect;
    if (tc_op_need(step->op, &step->args) == TC_NEED_GEOMETRY)
        rect = step->op->source(step, out);
    else
        rect = tc_rect_intersect(tc_rect_grow(out, tc_step_radius(step)), picture);
    TC_ASSERT(tc_rect_contains(picture, rect));
    return rect;
}

bool tc_stage_is_empty(const tc_stage *stage) {
    return !stage->apply && stage->step_count == 0 && !(stage->scan && stage->scan->op->scan);
}

typedef struct tile_grid {
    int columns, rows, tile_width, tile_height;
} tile_grid;

static tile_grid grid_of(const tc_stage *stage, int tile) {
    TC_ASSERT(stage->out.width > 0 && stage->out.height > 0);
    tile_grid grid = {1, 1, stage->out.width, stage->out.height};
    if (tile > 0) grid.tile_width = grid.tile_height = tile;
    if (tile < 0) grid.tile_height = -tile;
    grid.columns = (stage->out.width - 1) / grid.tile_width + 1;
    grid.rows = (stage->out.height - 1) / grid.tile_height + 1;
    return grid;
}

int tc_stage_tile_count(const tc_stage *stage, int tile) {
    tile_grid grid = grid_of(stage, tile);
    return grid.columns * grid.rows;
}

tc_rect tc_stage_tile(const tc_stage *stage, int tile, int index) {
    tile_grid grid = grid_of(stage, tile);
    TC_ASSERT(index >= 0 && index < grid.columns * grid.rows);
    tc_rect rect = {index % grid.columns * grid.tile_width, index / grid.columns * grid.tile_height, grid.tile_width,
                    grid.tile_height};
    return tc_rect_intersect(rect, tc_shape_rect(stage->out));
}

tc_rect tc_stage_source(const tc_stage *stage, tc_rect out) {
    if (stage->scan && stage->scan->op->scan) out = tc_step_source(stage->scan, out);
    for (int i = stage->step_count - 1; i >= 0; i--) out = tc_step_source(&stage->steps[i], out);
    TC_ASSERT(tc_rect_contains(tc_shape_rect(stage->in), out));
    return out;
}

// ---- Fused steps

typedef enum step_role { ROLE_COPY, ROLE_APPLY, ROLE_RUN, ROLE_MAP, ROLE_SCAN } step_role;

// A step as it runs in the stage. ROLE_COPY, which copies the tile's input, has no step.
typedef struct fused_step {
    const tc_step *step;
    step_role role;
    int channels;     // of its result
    uint8_t map[256]; // ROLE_MAP: composed of this step's look-up table and those of the steps merged into it
} fused_step;

// A fused step and those after it that work in place on its result.
typedef struct pass {
    const fused_step *first;
    int step_count;
    tc_rect rect; // the part of its result that the tile needs, inside the picture
    int next_row; // the rows of `rect` before this one have been computed
    // Holds some rows of `rect`, with what the next pass reads beyond the picture. buffer.rect: the rows it holds now.
    tc_tile buffer;
    int end;      // the row after the last one that the next pass reads
    int capacity; // of the buffer, in rows
} pass;

enum { MAX_FUSED = TC_MAX_STEPS * TC_MAX_CHAIN + 2 };

// passes[0] copies the tile's input if passes[1] reads beyond the picture; else its buffer is the input itself.
typedef struct stage_work {
    const tc_blob *merged;
    tc_blob *partial;
    const tc_tile *in, *out;
    int fused_count, pass_count;
    fused_step source, fused[MAX_FUSED];
    pass passes[MAX_FUSED + 1];
    uint8_t *memory;
} stage_work;

// True when the step may overwrite the pixels that it reads.
static bool works_in_place(const fused_step *fused) {
    if (fused->role == ROLE_MAP) return true;
    return fused->role == ROLE_RUN && tc_op_need(fused->step->op, &fused->step->args) == TC_NEED_POINT &&
           fused->step->in.channels == fused->channels;
}

static bool is_geometry(const fused_step *fused) {
    return fused->role == ROLE_RUN && tc_op_need(fused->step->op, &fused->step->args) == TC_NEED_GEOMETRY;
}

static int fused_radius(const fused_step *fused) {
    return fused->role == ROLE_RUN || fused->role == ROLE_SCAN ? tc_step_radius(fused->step) : 0;
}

// Appends a step, or composes its look-up table with that of the step before.
static void add_fused(stage_work *work, const tc_step *step, step_role role, int channels) {
    TC_ASSERT(work->fused_count < MAX_FUSED);
    fused_step *fused = &work->fused[work->fused_count];
    bool may_map = role == ROLE_APPLY || role == ROLE_RUN;
    *fused = (fused_step){.step = step, .role = role, .channels = channels};
    if (may_map && step->op->map && step->op->map(step, role == ROLE_APPLY ? work->merged : NULL, fused->map)) {
        fused->role = ROLE_MAP;
        fused_step *before = work->fused_count > 0 ? &work->fused[work->fused_count - 1] : NULL;
        if (before && before->role == ROLE_MAP) {
            for (int v = 0; v < 256; v++) before->map[v] = fused->map[before->map[v]];
            return;
        }
    }
    work->fused_count++;
}

static void list_fused(stage_work *work, const tc_stage *stage) {
    if (stage->apply) add_fused(work, stage->apply, ROLE_APPLY, stage->apply->out.channels);
    for (int i = 0; i < stage->step_count; i++)
        add_fused(work, &stage->steps[i], ROLE_RUN, stage->steps[i].out.channels);
    if (stage->scan && stage->scan->op->scan) add_fused(work, stage->scan, ROLE_SCAN, stage->out.channels);
}

// ---- Passes

static bool is_scan(const pass *p) {
    return p->first->role == ROLE_SCAN;
}

static bool reads_padding(const pass *p) {
    int radius = fused_radius(p->first);
    return radius > 0 && !tc_rect_contains(tc_shape_rect(p->first->step->in), tc_rect_grow(p->rect, radius));
}

// Groups the fused steps into passes and computes the rectangle of each, backwards from the tile.
static void list_passes(stage_work *work) {
    work->source = (fused_step){.role = ROLE_COPY, .channels = work->in->channels};
    work->passes[0] = (pass){.first = &work->source, .step_count = 1};
    work->pass_count = 1;
    for (int i = 0; i < work->fused_count; i++) {
        if (i > 0 && works_in_place(&work->fused[i]))
            work->passes[work->pass_count - 1].step_count++;
        else
            work->passes[work->pass_count++] = (pass){.first = &work->fused[i], .step_count = 1};
    }
    tc_rect rect = work->out->rect;
    for (int p = work->pass_count - 1; p >= 0; p--) {
        const fused_step *fused = work->passes[p].first;
        work->passes[p].rect = rect;
        work->passes[p].next_row = rect.y;
        if (fused->role == ROLE_RUN || fused->role == ROLE_SCAN) rect = tc_step_source(fused->step, rect);
    }
    TC_ASSERT(tc_rect_contains(work->in->rect, rect));
}

// True when a step must read its whole input, or produce its whole result, at once.
static bool needs_one_strip(const stage_work *work) {
    for (int p = 1; p < work->pass_count; p++) {
        const fused_step *fused = work->passes[p].first;
        if (p > 1 && is_geometry(fused)) return true;
        if (fused->role == ROLE_APPLY && fused->step->op->grid_bound) return true;
    }
    return false;
}

// A strip's input and output should stay in the first- and second-level caches.
static const int strip_bytes = 192 << 10;

// Rows of a strip: few enough for the cache, enough to outweigh the rows that buffers keep and the start-up cost of
// kernels that first sum over their radius.
static int strip_rows(const stage_work *work) {
    int radius = 0, passes = 0;
    int64_t row_bytes = 1;
    for (int p = 0; p < work->pass_count; p++) {
        const pass *current = &work->passes[p];
        bool runs = p > 0 ? !is_scan(current) : reads_padding(&work->passes[1]);
        if (!runs) continue;
        passes++;
        row_bytes += (int64_t)current->rect.width * current->first->channels;
        radius = tc_max_int(radius, fused_radius(current->first));
    }
    if (passes <= 1 || needs_one_strip(work)) return TC_MAX_SIDE;
    int64_t rows = strip_bytes / row_bytes;
    if (rows < 8) rows = 8;
    if (rows < 4 * radius) rows = 4 * radius;
    return rows < TC_MAX_SIDE ? (int)rows : TC_MAX_SIDE;
}

// Sizes the buffer of pass `p` for its reader, the next pass. Returns its bytes.
static size_t size_buffer(stage_work *work, int p, int rows) {
    pass *current = &work->passes[p];
    const pass *reader = &work->passes[p + 1];
    int radius = fused_radius(reader->first), below = 0;
    for (int q = p + 2; q < work->pass_count; q++) below += fused_radius(work->passes[q].first);
    tc_rect rect = is_geometry(reader->first) ? current->rect : tc_rect_grow(reader->rect, radius);
    current->end = rect.y + rect.height;
    // The first strip also computes the rows that all later passes read around it; the last rows come with the padding
    // below the picture.
    int64_t capacity = is_scan(reader) ? rect.height : (int64_t)rows + 2 * below + 3 * radius;
    current->capacity = capacity < rect.height ? (int)capacity : rect.height;
    rect.height = 0;
    size_t stride = (tc_row_bytes(rect.width, current->first->channels) + 63) / 64 * 64;
    if (stride % 4096 == 0) stride += 64; // rows at multiples of 4096 bytes would evict each other from the cache
    current->buffer = (tc_tile){NULL, stride, rect, current->first->channels, false};
    return stride * (size_t)current->capacity;
}

// Allocates the buffers of all passes but the last, in one block.
static tc_status allocate_buffers(stage_work *work, int rows, tc_error *error) {
    size_t size = 0;
    pass *source = &work->passes[0];
    int first = reads_padding(&work->passes[1]) ? 0 : 1;
    if (first == 1) {
        source->buffer = *work->in;
        source->next_row = INT_MAX;
    }
    for (int p = first; p + 1 < work->pass_count; p++) size += size_buffer(work, p, rows);
    if (size == 0) return TC_OK;
    work->memory = malloc(size);
    if (!work->memory)
        return tc_fail(error, TC_ERR_MEMORY, "not enough memory for a tile of %d×%d pixels", work->out->rect.width,
                       work->out->rect.height);
    uint8_t *next = work->memory;
    for (int p = first; p + 1 < work->pass_count; p++) {
        pass *current = &work->passes[p];
        current->buffer.data = next;
        next += current->buffer.stride * (size_t)current->capacity;
    }
    TC_ASSERT(next == work->memory + size);
    return TC_OK;
}

static tc_status run_fused(const stage_work *work, const fused_step *fused, const tc_tile *in, const tc_tile *out,
                           tc_error *error) {
    const tc_step *step = fused->step;
    switch (fused->role) {
    case ROLE_COPY:
        tc_tile_copy(out, in);
        return TC_OK;
    case ROLE_APPLY:
        return step->op->apply(step, work->merged, in, out, error);
    case ROLE_MAP:
        step->op->map_tile(in, out, fused->map);
        return TC_OK;
    case ROLE_RUN:
        step->op->run(step, in, out);
        return TC_OK;
    default:
        return step->op->scan(step, in, out, work->partial, error);
    }
}

// ---- Padding

// The coordinate inside 0..n-1 that stands for `i` beyond it: dcb|abcd|cba for n = 4, again and again.
static int reflect101(int i, int n) {
    if (n == 1) return 0;
    int period = 2 * (n - 1);
    i = (i % period + period) % period;
    return i < n ? i : period - i;
}

static int border_source(int i, int n, tc_border border) {
    return border == TC_BORDER_REFLECT101 ? reflect101(i, n) : tc_clamp_int(i, 0, n - 1);
}

static bool is_constant(tc_border border) {
    return border == TC_BORDER_ZERO || border == TC_BORDER_MAX;
}

// Fills columns first .. first + count - 1 of row `y`, which lie beyond the picture, from its columns inside.
static void pad_columns(const tc_tile *tile, int y, int first, int count, tc_shape picture, tc_border border) {
    if (count <= 0) return;
    size_t pixel = (size_t)tile->channels;
    uint8_t *to = tc_tile_at(tile, first, y);
    if (is_constant(border)) {
        memset(to, border == TC_BORDER_MAX ? 255 : 0, (size_t)count * pixel);
        return;
    }
    for (int x = first; x < first + count; x++, to += pixel)
        memcpy(to, tc_tile_at(tile, border_source(x, picture.width, border), y), pixel);
}

// Fills the rows first .. last - 1, which lie above or below the picture, from rows in the buffer: the source of a row
// is at most as far inside the edge as the row is outside.
static void pad_rows(const tc_tile *tile, int first, int last, tc_shape picture, tc_border border) {
    size_t size = tc_row_bytes(tile->rect.width, tile->channels);
    for (int y = first; y < last; y++) {
        int source = border_source(y, picture.height, border);
        if (is_constant(border)) {
            memset(tc_tile_row(tile, y), border == TC_BORDER_MAX ? 255 : 0, size);
            continue;
        }
        TC_ASSERT(source >= tile->rect.y && source < tile->rect.y + tile->rect.height);
        memcpy(tc_tile_row(tile, y), tc_tile_row(tile, source), size);
    }
}

// Pads the rows `from` .. `end` - 1, which have just been computed, and what lies above and below the picture.
static void pad_buffer(pass *current, const pass *reader, int from, int end) {
    tc_shape picture = reader->first->step->in;
    tc_border border = reader->first->step->op->border;
    tc_rect *held = &current->buffer.rect;
    int right = current->rect.x + current->rect.width;
    for (int y = from; y < end; y++) {
        pad_columns(&current->buffer, y, held->x, current->rect.x - held->x, picture, border);
        pad_columns(&current->buffer, y, right, held->x + held->width - right, picture, border);
    }
    if (from == current->rect.y) pad_rows(&current->buffer, held->y, 0, picture, border);
    if (end == picture.height && current->end > end) {
        held->height = current->end - held->y;
        TC_ASSERT(held->height <= current->capacity);
        pad_rows(&current->buffer, end, current->end, picture, border);
    }
}

// ---- Strips

// Drops the rows of the buffer that the next pass does not read again.
static void drop_rows(pass *current, const pass *reader) {
    tc_rect *held = &current->buffer.rect;
    if (held->height == 0) return;
    int top = reader->next_row - fused_radius(reader->first), dropped = top - held->y;
    if (dropped <= 0) return;
    TC_ASSERT(dropped <= held->height);
    memmove(current->buffer.data, tc_tile_row(&current->buffer, top),
            current->buffer.stride * (size_t)(held->height - dropped));
    held->y = top;
    held->height -= dropped;
}

// Computes the rows of pass `p` before row `end`.
static tc_status compute_rows(stage_work *work, int p, int end, tc_error *error) {
    pass *current = &work->passes[p];
    const pass *reader = p + 1 < work->pass_count ? current + 1 : NULL;
    if (end <= current->next_row) return TC_OK;
    TC_ASSERT(end <= current->rect.y + current->rect.height);
    if (reader) {
        drop_rows(current, reader);
        current->buffer.rect.height = end - current->buffer.rect.y;
        TC_ASSERT(current->buffer.rect.height <= current->capacity);
    }
    int begin = current->next_row;
    tc_tile to = tc_tile_view(reader ? &current->buffer : work->out,
                              (tc_rect){current->rect.x, begin, current->rect.width, end - begin});
    if (current->step_count > 1) to.streamed = false; // the steps in place read it again
    const tc_tile *from = p == 0 ? work->in : &current[-1].buffer;
    tc_status status = TC_OK;
    for (int i = 0; i < current->step_count && status == TC_OK; i++)
        status = run_fused(work, &current->first[i], i == 0 ? from : &to, &to, error);
    current->next_row = end;
    if (status == TC_OK && reader && fused_radius(reader->first) > 0) pad_buffer(current, reader, begin, end);
    return status;
}

// Computes pass `p` up to row `end`, and what it needs of the passes before it.
static tc_status compute_pass(stage_work *work, int p, int end, tc_error *error) {
    int ends[MAX_FUSED + 1];
    ends[p] = end;
    for (int q = p; q > 0; q--) {
        const pass *before = &work->passes[q - 1];
        int bottom = before->rect.y + before->rect.height, wanted = ends[q] + fused_radius(work->passes[q].first);
        ends[q - 1] = is_geometry(work->passes[q].first) || wanted > bottom ? bottom : wanted;
    }
    tc_status status = TC_OK;
    for (int q = 0; q <= p && status == TC_OK; q++) status = compute_rows(work, q, ends[q], error);
    return status;
}

static tc_status run_passes(stage_work *work, tc_error *error) {
    int last = work->pass_count - 1, rows = strip_rows(work);
    tc_status status = allocate_buffers(work, rows, error);
    // A scan gets its tile at once, from a buffer that was filled strip by strip.
    const pass *striped = &work->passes[is_scan(&work->passes[last]) ? last - 1 : last];
    int bottom = striped->rect.y + striped->rect.height;
    for (int y = striped->rect.y; y < bottom && status == TC_OK; y += rows)
        status = compute_pass(work, (int)(striped - work->passes), bottom - y < rows ? bottom : y + rows, error);
    if (status == TC_OK) status = compute_pass(work, last, work->out->rect.y + work->out->rect.height, error);
    return status;
}

tc_status tc_stage_run(const tc_stage *stage, const tc_blob *merged, const tc_tile *in, const tc_tile *out,
                       tc_blob *partial, tc_error *error) {
    TC_ASSERT(tc_rect_contains(tc_shape_rect(stage->out), out->rect) && !tc_rect_empty(out->rect));
    TC_ASSERT(in->channels == stage->in.channels && out->channels == stage->out.channels);
    stage_work *work = malloc(sizeof *work);
    if (!work) return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the steps of a stage");
    *work = (stage_work){.merged = merged, .partial = partial, .in = in, .out = out};
    list_fused(work, stage);
    tc_status status = TC_OK;
    if (work->fused_count == 0) {
        tc_tile_copy(out, in);
    } else {
        list_passes(work);
        status = run_passes(work, error);
    }
    free(work->memory);
    free(work);
    return status;
}
