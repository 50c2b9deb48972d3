// Running a stage on a tile. The stage's steps become passes, each with a buffer for what the next one reads, with the
// pixels beyond the picture's edges. The tile is worked through in strips of a few rows, small enough that what lies
// between the passes stays in cache; a buffer keeps the rows that the next strip reads again, so that no row of the
// tile's own is computed twice.
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/plan.h"

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

typedef enum link_role { ROLE_COPY, ROLE_APPLY, ROLE_RUN, ROLE_MAP, ROLE_SCAN } link_role;

// A step as it runs in a stage; ROLE_COPY has none.
typedef struct stage_link {
    const tc_step *step;
    link_role role;
    int channels;     // of what it gives
    uint8_t map[256]; // ROLE_MAP: of this step and those that were composed with it
} stage_link;

// A link, and those after it that work in place on what it gives; what they give stands in a buffer for the next pass.
typedef struct pass {
    const stage_link *first;
    int link_count;
    tc_rect rect; // what the tile takes of it, inside the picture
    int done;     // its rows before this one have been computed
    // The buffer covers `rect` and what the next pass reads beyond the picture. It holds some of the rows.
    tc_tile buffer; // buffer.rect has the rows that are held
    int end;        // the row after the last that the next pass reads
    int room;       // rows
} pass;

enum { MAX_LINKS = TC_MAX_STEPS * TC_MAX_CHAIN + 2 };

// The first pass copies the tile's input where the next one reads beyond the picture; else its buffer is that input.
typedef struct stage_work {
    const tc_blob *merged;
    tc_blob *partial;
    const tc_tile *in, *out;
    int link_count, pass_count;
    stage_link source, links[MAX_LINKS];
    pass passes[MAX_LINKS + 1];
    uint8_t *memory;
} stage_work;

// True when the link may write over the pixels that it reads.
static bool works_in_place(const stage_link *link) {
    if (link->role == ROLE_MAP) return true;
    return link->role == ROLE_RUN && tc_op_need(link->step->op, &link->step->args) == TC_NEED_POINT &&
           link->step->in.channels == link->channels;
}

static bool is_geometry(const stage_link *link) {
    return link->role == ROLE_RUN && tc_op_need(link->step->op, &link->step->args) == TC_NEED_GEOMETRY;
}

static int link_radius(const stage_link *link) {
    return link->role == ROLE_RUN || link->role == ROLE_SCAN ? tc_step_radius(link->step) : 0;
}

// Appends a link, or composes it with the one before where both are maps.
static void add_link(stage_work *work, const tc_step *step, link_role role, int channels) {
    stage_link *link = &work->links[work->link_count];
    bool may_map = role == ROLE_APPLY || role == ROLE_RUN;
    *link = (stage_link){.step = step, .role = role, .channels = channels};
    if (may_map && step->op->map && step->op->map(step, role == ROLE_APPLY ? work->merged : NULL, link->map)) {
        link->role = ROLE_MAP;
        stage_link *before = work->link_count > 0 ? &work->links[work->link_count - 1] : NULL;
        if (before && before->role == ROLE_MAP) {
            for (int v = 0; v < 256; v++) before->map[v] = link->map[before->map[v]];
            return;
        }
    }
    work->link_count++;
}

static void list_links(stage_work *work, const tc_stage *stage) {
    if (stage->apply) add_link(work, stage->apply, ROLE_APPLY, stage->apply->out.channels);
    for (int i = 0; i < stage->step_count; i++)
        add_link(work, &stage->steps[i], ROLE_RUN, stage->steps[i].out.channels);
    if (stage->scan && stage->scan->op->scan) add_link(work, stage->scan, ROLE_SCAN, stage->out.channels);
}

static bool is_scan(const pass *p) {
    return p->first->role == ROLE_SCAN;
}

static bool reads_beyond(const pass *p) {
    int radius = link_radius(p->first);
    return radius > 0 && !tc_rect_contains(tc_shape_rect(p->first->step->in), tc_rect_grow(p->rect, radius));
}

// Groups the links into passes and finds the rectangle that each must give.
static void list_passes(stage_work *work) {
    work->source = (stage_link){.role = ROLE_COPY, .channels = work->in->channels};
    work->passes[0] = (pass){.first = &work->source, .link_count = 1};
    work->pass_count = 1;
    for (int i = 0; i < work->link_count; i++) {
        if (i > 0 && works_in_place(&work->links[i]))
            work->passes[work->pass_count - 1].link_count++;
        else
            work->passes[work->pass_count++] = (pass){.first = &work->links[i], .link_count = 1};
    }
    tc_rect rect = work->out->rect;
    for (int p = work->pass_count - 1; p >= 0; p--) {
        const stage_link *link = work->passes[p].first;
        work->passes[p].rect = rect;
        work->passes[p].done = rect.y;
        if (link->role == ROLE_RUN || link->role == ROLE_SCAN) rect = tc_step_source(link->step, rect);
    }
}

// Some links must get all that the tile takes of them, or see all of it, at once.
static bool needs_one_strip(const stage_work *work) {
    for (int p = 1; p < work->pass_count; p++) {
        const stage_link *link = work->passes[p].first;
        if (p > 1 && is_geometry(link)) return true;
        if (link->role == ROLE_APPLY && link->step->op->grid_bound) return true;
    }
    return false;
}

// What a strip reads and writes should stay in the first and second level caches.
static const int strip_bytes = 192 << 10;

// Rows of a strip: few enough for the cache, many enough that kernels which start with a sum over their radius, and
// the rows that buffers keep, do not weigh.
static int strip_rows(const stage_work *work) {
    int radius = 0, passes = 0;
    int64_t row_bytes = 1;
    for (int p = 0; p < work->pass_count; p++) {
        const pass *one = &work->passes[p];
        bool runs = p > 0 ? !is_scan(one) : reads_beyond(&work->passes[1]);
        if (!runs) continue;
        passes++;
        row_bytes += (int64_t)one->rect.width * one->first->channels;
        if (link_radius(one->first) > radius) radius = link_radius(one->first);
    }
    if (passes <= 1 || needs_one_strip(work)) return TC_MAX_SIDE;
    int64_t rows = strip_bytes / row_bytes;
    if (rows < 8) rows = 8;
    if (rows < 4 * radius) rows = 4 * radius;
    return rows < TC_MAX_SIDE ? (int)rows : TC_MAX_SIDE;
}

// Lays out the buffer of pass `p` for its reader, the next one; returns its bytes.
static size_t lay_buffer(stage_work *work, int p, int rows) {
    pass *one = &work->passes[p];
    const pass *reader = &work->passes[p + 1];
    int radius = link_radius(reader->first), below = 0;
    for (int q = p + 2; q < work->pass_count; q++) below += link_radius(work->passes[q].first);
    tc_rect rect = is_geometry(reader->first) ? one->rect : tc_rect_grow(reader->rect, radius);
    one->end = rect.y + rect.height;
    // The first strip computes what all later passes read around it; the last rows come with those beyond the edge.
    int64_t room = is_scan(reader) ? rect.height : (int64_t)rows + 2 * below + 3 * radius;
    one->room = room < rect.height ? (int)room : rect.height;
    rect.height = 0;
    size_t stride = (tc_row_bytes(rect.width, one->first->channels) + 63) / 64 * 64;
    if (stride % 4096 == 0) stride += 64; // rows that compete for the same places of a cache
    one->buffer = (tc_tile){NULL, stride, rect, one->first->channels, false};
    return stride * (size_t)one->room;
}

// Gives every pass but the last its buffer, all in one block.
static tc_status make_buffers(stage_work *work, int rows, tc_error *error) {
    size_t size = 0;
    pass *source = &work->passes[0];
    int first = reads_beyond(&work->passes[1]) ? 0 : 1;
    if (first == 1) {
        source->buffer = *work->in;
        source->done = INT_MAX;
    }
    for (int p = first; p + 1 < work->pass_count; p++) size += lay_buffer(work, p, rows);
    if (size == 0) return TC_OK;
    work->memory = malloc(size);
    if (!work->memory)
        return tc_fail(error, TC_ERR_MEMORY, "not enough memory for a tile of %d×%d pixels", work->out->rect.width,
                       work->out->rect.height);
    uint8_t *next = work->memory;
    for (int p = first; p + 1 < work->pass_count; p++) {
        pass *one = &work->passes[p];
        one->buffer.data = next;
        next += one->buffer.stride * (size_t)one->room;
    }
    return TC_OK;
}

static tc_tile tile_part(const tc_tile *tile, tc_rect rect) {
    return (tc_tile){tc_tile_at(tile, rect.x, rect.y), tile->stride, rect, tile->channels, tile->streamed};
}

static tc_status run_link(const stage_work *work, const stage_link *link, const tc_tile *in, const tc_tile *out,
                          tc_error *error) {
    const tc_step *step = link->step;
    switch (link->role) {
    case ROLE_COPY:
        tc_tile_copy(out, in);
        return TC_OK;
    case ROLE_APPLY:
        return step->op->apply(step, work->merged, in, out, error);
    case ROLE_MAP:
        step->op->map_tile(in, out, link->map);
        return TC_OK;
    case ROLE_RUN:
        step->op->run(step, in, out);
        return TC_OK;
    default:
        return step->op->scan(step, in, out, work->partial, error);
    }
}

// Fills columns first .. first + count - 1 of row `y`, which lie beyond the picture, from its columns inside.
static void pad_columns(const tc_tile *tile, int y, int first, int count, tc_shape picture, tc_border border) {
    if (count <= 0) return;
    size_t pixel = (size_t)tile->channels;
    uint8_t *to = tc_tile_at(tile, first, y);
    if (border == TC_BORDER_ZERO || border == TC_BORDER_MAX) {
        memset(to, border == TC_BORDER_MAX ? 255 : 0, (size_t)count * pixel);
        return;
    }
    for (int x = first; x < first + count; x++, to += pixel)
        memcpy(to, tc_tile_at(tile, border_source(x, picture.width, border), y), pixel);
}

// Fills the rows first .. last - 1, which lie above or below the picture, from rows that the buffer holds: a row has
// its source at most as far inside the edge as it lies outside.
static void pad_rows(const tc_tile *tile, int first, int last, tc_shape picture, tc_border border) {
    size_t size = tc_row_bytes(tile->rect.width, tile->channels);
    for (int y = first; y < last; y++) {
        if (border == TC_BORDER_ZERO || border == TC_BORDER_MAX)
            memset(tc_tile_row(tile, y), border == TC_BORDER_MAX ? 255 : 0, size);
        else
            memcpy(tc_tile_row(tile, y), tc_tile_row(tile, border_source(y, picture.height, border)), size);
    }
}

// Drops the rows of the buffer that the next pass has read for the last time.
static void drop_rows(pass *one, const pass *reader) {
    tc_rect *held = &one->buffer.rect;
    if (held->height == 0) return;
    int top = reader->done - link_radius(reader->first), dropped = top - held->y;
    if (dropped <= 0) return;
    memmove(one->buffer.data, tc_tile_row(&one->buffer, top), one->buffer.stride * (size_t)(held->height - dropped));
    held->y = top;
    held->height -= dropped;
}

// Fills what the next pass reads beyond the picture, once the rows up to `end` have been computed from row `from` on.
static void pad_buffer(pass *one, const pass *reader, int from, int end) {
    tc_shape picture = reader->first->step->in;
    tc_border border = reader->first->step->op->border;
    tc_rect *held = &one->buffer.rect;
    int right = one->rect.x + one->rect.width;
    for (int y = from; y < end; y++) {
        pad_columns(&one->buffer, y, held->x, one->rect.x - held->x, picture, border);
        pad_columns(&one->buffer, y, right, held->x + held->width - right, picture, border);
    }
    if (from == one->rect.y) pad_rows(&one->buffer, held->y, 0, picture, border);
    if (end == picture.height && one->end > end) {
        held->height = one->end - held->y;
        pad_rows(&one->buffer, end, one->end, picture, border);
    }
}

// Computes the rows of pass `p` up to `end`.
static tc_status fill(stage_work *work, int p, int end, tc_error *error) {
    pass *one = &work->passes[p];
    const pass *reader = p + 1 < work->pass_count ? one + 1 : NULL;
    if (end <= one->done) return TC_OK;
    if (reader) {
        drop_rows(one, reader);
        one->buffer.rect.height = end - one->buffer.rect.y;
    }
    int begin = one->done;
    tc_tile to =
        tile_part(reader ? &one->buffer : work->out, (tc_rect){one->rect.x, begin, one->rect.width, end - begin});
    if (one->link_count > 1) to.streamed = false; // they read it again
    const tc_tile *from = p == 0 ? work->in : &one[-1].buffer;
    tc_status status = TC_OK;
    for (int i = 0; i < one->link_count && status == TC_OK; i++)
        status = run_link(work, &one->first[i], i == 0 ? from : &to, &to, error);
    one->done = end;
    if (status == TC_OK && reader && link_radius(reader->first) > 0) pad_buffer(one, reader, begin, end);
    return status;
}

// Computes pass `p` up to row `end`, and before it what it reads.
static tc_status advance(stage_work *work, int p, int end, tc_error *error) {
    int ends[MAX_LINKS + 1];
    ends[p] = end;
    for (int q = p; q > 0; q--) {
        const pass *before = &work->passes[q - 1];
        int bottom = before->rect.y + before->rect.height, wanted = ends[q] + link_radius(work->passes[q].first);
        ends[q - 1] = is_geometry(work->passes[q].first) || wanted > bottom ? bottom : wanted;
    }
    tc_status status = TC_OK;
    for (int q = 0; q <= p && status == TC_OK; q++) status = fill(work, q, ends[q], error);
    return status;
}

static tc_status run_passes(stage_work *work, tc_error *error) {
    int last = work->pass_count - 1, rows = strip_rows(work);
    tc_status status = make_buffers(work, rows, error);
    // A scan takes its tile at once, from a buffer that was filled strip by strip.
    const pass *streamed = &work->passes[is_scan(&work->passes[last]) ? last - 1 : last];
    int bottom = streamed->rect.y + streamed->rect.height;
    for (int y = streamed->rect.y; y < bottom && status == TC_OK; y += rows)
        status = advance(work, (int)(streamed - work->passes), bottom - y < rows ? bottom : y + rows, error);
    if (status == TC_OK) status = advance(work, last, work->out->rect.y + work->out->rect.height, error);
    return status;
}

tc_status tc_stage_run(const tc_stage *stage, const tc_blob *merged, const tc_tile *in, const tc_tile *out,
                       tc_blob *partial, tc_error *error) {
    stage_work *work = malloc(sizeof *work);
    if (!work) return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the steps of a stage");
    *work = (stage_work){.merged = merged, .partial = partial, .in = in, .out = out};
    list_links(work, stage);
    tc_status status = TC_OK;
    if (work->link_count == 0) {
        tc_tile_copy(out, in);
    } else {
        list_passes(work);
        status = run_passes(work, error);
    }
    free(work->memory);
    free(work);
    return status;
}
