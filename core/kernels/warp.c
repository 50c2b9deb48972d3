// Affine transforms with bilinear interpolation, in blocks of pixels.
#include "core/kernels/warp.h"

#include <math.h>
#include <string.h>

#include "core/assert.h"
#include "core/kernels/channels.h"
#include "core/kernels/pack.h"
#include "core/kernels/vector.h"

// PART: 1/32 pixel, the resolution of the weights. UNIT: 1/1024 pixel.
enum { UNITS = 1 << 10, UNIT_BITS = 5, UNITS_PER_PART = 1 << UNIT_BITS, PART_BITS = 5, PARTS = 1 << PART_BITS };

// BLOCK: the output pixels that are computed at once. PIECE: the bytes read per pixel in each of two input rows.
enum { BLOCK = 64, PIECE = 8 };

// Input coordinates, in units (the contribution of a row) or in parts (a point).
typedef struct point {
    int x, y;
} point;

static int units(double pixels) {
    return (int)rint(pixels * UNITS);
}

void tc_warp_columns(const double m[6], int width, int *columns) {
    TC_ASSERT(width > 0);
    for (int x = 0; x < width; x++) {
        columns[x] = units(m[0] * x);
        columns[width + x] = units(m[3] * x);
    }
}

static point row_at(const tc_warp *warp, int y) {
    const double *m = warp->m;
    return (point){units(m[1] * y + m[2]) + UNITS_PER_PART / 2, units(m[4] * y + m[5]) + UNITS_PER_PART / 2};
}

static inline point point_at(const tc_warp *warp, point row, int x) {
    TC_ASSERT_SLOW(x >= 0 && x < warp->out.width);
    return (point){(row.x + warp->columns[x]) >> UNIT_BITS, (row.y + warp->columns[warp->out.width + x]) >> UNIT_BITS};
}

static int min_int(int a, int b) {
    return a < b ? a : b;
}

static int max_int(int a, int b) {
    return a > b ? a : b;
}

// The columns that are read for a point: those that a piece covers. The same at all levels, so that every machine asks
// for the same input rectangle.
static int read_columns(int channels) {
    return (PIECE + channels - 1) / channels;
}

// The bounding box of the pixels at the upper left of two points, inclusive.
typedef struct box {
    int left, top, right, bottom;
} box;

static box box_of(point a, point b) {
    return (box){min_int(a.x, b.x) >> PART_BITS, min_int(a.y, b.y) >> PART_BITS, max_int(a.x, b.x) >> PART_BITS,
                 max_int(a.y, b.y) >> PART_BITS};
}

tc_rect tc_warp_source(const tc_warp *warp, tc_rect out) {
    TC_ASSERT(out.width > 0 && out.height > 0 && tc_rect_contains(tc_shape_rect(warp->out), out));
    // Both coordinates are monotone along rows and columns, so the corners have the extremes.
    int right = out.x + out.width - 1;
    point top = row_at(warp, out.y), bottom = row_at(warp, out.y + out.height - 1);
    box a = box_of(point_at(warp, top, out.x), point_at(warp, top, right));
    box b = box_of(point_at(warp, bottom, out.x), point_at(warp, bottom, right));
    int x0 = max_int(min_int(a.left, b.left), 0), y0 = max_int(min_int(a.top, b.top), 0);
    int x1 = min_int(max_int(a.right, b.right) + read_columns(warp->in.channels), warp->in.width);
    int y1 = min_int(max_int(a.bottom, b.bottom) + 2, warp->in.height);
    if (x0 >= x1 || y0 >= y1) return (tc_rect){0, 0, 1, 1};
    return (tc_rect){x0, y0, x1 - x0, y1 - y0};
}

// `a`, `b`, `c`, `d`: the upper left, upper right, lower left and lower right pixel.
static inline void blend_pixel(uint8_t *to, const uint8_t *a, const uint8_t *b, const uint8_t *c, const uint8_t *d,
                               point at, int channels) {
    int x = at.x & (PARTS - 1), y = at.y & (PARTS - 1);
    for (int i = 0; i < channels; i++) {
        int above = a[i] * (PARTS - x) + b[i] * x, below = c[i] * (PARTS - x) + d[i] * x;
        to[i] = (uint8_t)((above * (PARTS - y) + below * y + PARTS * PARTS / 2) >> (2 * PART_BITS));
    }
}

// Blends pixels some of whose neighbours may lie outside the picture.
static void blend_edge(uint8_t *to, const tc_tile *in, tc_shape picture, const point *at, int count) {
    static const uint8_t outside[4] = {0};
    for (int i = 0; i < count; i++, to += in->channels) {
        int x = at[i].x >> PART_BITS, y = at[i].y >> PART_BITS;
        const uint8_t *near[4] = {outside, outside, outside, outside};
        for (int n = 0; n < 4; n++) {
            int nx = x + (n & 1), ny = y + (n >> 1);
            if (nx >= 0 && nx < picture.width && ny >= 0 && ny < picture.height) near[n] = tc_tile_at(in, nx, ny);
        }
        blend_pixel(to, near[0], near[1], near[2], near[3], at[i], in->channels);
    }
}

#if TC_LANES
// The offsets of the pieces of BLOCK pixels relative to the first, and their weights, each repeated four times.
typedef struct pieces {
    int32_t offset[BLOCK];
    uint64_t x[BLOCK]; // pairs of bytes: 32 - fraction, fraction
    uint64_t y[BLOCK]; // 512 * fraction
} pieces;

static void locate_pieces(pieces *p, const point *at, int count, int stride, int channels) {
    const uint64_t four = 0x0001000100010001;
    int x0 = at[0].x >> PART_BITS, y0 = at[0].y >> PART_BITS;
    for (int i = 0; i < count; i++) {
        p->offset[i] = ((at[i].y >> PART_BITS) - y0) * stride + ((at[i].x >> PART_BITS) - x0) * channels;
        p->x[i] = (uint64_t)(PARTS + 255 * (at[i].x & (PARTS - 1))) * four;
        p->y[i] = (uint64_t)((at[i].y & (PARTS - 1)) << 9) * four;
    }
}

// TC_LANES / 8 pixels as four 16-bit samples each. To fit 16 bits, the sum (32 - y) above + y below + 512 is divided by
// 2^5 twice instead of by 2^10; the result is the same, since the multiplication rounds y (below - above) / 32 down.
static inline tc_vec blend_pieces(const uint8_t *from, size_t stride, const pieces *p, int i, tc_vec order) {
    tc_vec x = v_load(p->x + i);
    tc_vec above = v_madd_u8(v_shuffle(v_gather64(from, p->offset + i), order), x);
    tc_vec below = v_madd_u8(v_shuffle(v_gather64(from + stride, p->offset + i), order), x);
    tc_vec step = v_mulhi_i16(v_shl16(v_sub16(below, above), 2), v_load(p->y + i));
    return v_shr_u16(v_add16(v_add16(above, step), v_set16(PARTS / 2)), PART_BITS);
}

static void blend_block(uint8_t *to, size_t size, const tc_tile *in, const point *at, int count) {
    // Interleaves the samples of the left and right pixel of each piece.
    static const uint8_t orders[4][16] = {
        {0, 1, 0, 1, 0, 1, 0, 1, 8, 9, 8, 9, 8, 9, 8, 9},
        {0, 2, 1, 3, 0, 2, 1, 3, 8, 10, 9, 11, 8, 10, 9, 11},
        {0, 3, 1, 4, 2, 5, 2, 5, 8, 11, 9, 12, 10, 13, 10, 13},
        {0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15},
    };
    pieces p;
    uint8_t packed[4 * BLOCK];
    int channels = in->channels;
    tc_vec order = v_repeat16(orders[channels - 1]);
    const uint8_t *from = tc_tile_at(in, at[0].x >> PART_BITS, at[0].y >> PART_BITS);
    locate_pieces(&p, at, BLOCK, (int)in->stride, channels);
    uint8_t *wide = channels == 4 && count == BLOCK ? to : packed;
    for (int i = 0; i < count; i += TC_LANES / 4)
        v_store(wide + 4 * i, v_narrow_i16_u8(blend_pieces(from, in->stride, &p, i, order),
                                              blend_pieces(from, in->stride, &p, i + TC_LANES / 8, order)));
    if (wide != to) tc_row_pack(to, size, packed, count, channels);
}
#else
static inline void blend_inside(uint8_t *to, const tc_tile *in, const point *at, int count, int channels) {
    for (int i = 0; i < count; i++, to += channels) {
        const uint8_t *above =
            tc_tile_row(in, at[i].y >> PART_BITS) + (size_t)((at[i].x >> PART_BITS) - in->rect.x) * (size_t)channels;
        const uint8_t *below = above + in->stride;
        blend_pixel(to, above, above + channels, below, below + channels, at[i], channels);
    }
}

static void blend_block(uint8_t *to, size_t size, const tc_tile *in, const point *at, int count) {
    (void)size;
    TC_WITH_CHANNELS(in->channels, blend_inside, to, in, at, count);
}
#endif

// Computes `count` pixels of row y from column x on. May write up to `size` bytes.
static void warp_block(const tc_warp *warp, const tc_tile *in, uint8_t *to, size_t size, int x, int count, int y) {
    TC_ASSERT_SLOW(count > 0 && count <= BLOCK && x >= 0 && x + count <= warp->out.width);
    point row = row_at(warp, y), at[BLOCK];
    tc_rect have = in->rect;
    box b = box_of(point_at(warp, row, x), point_at(warp, row, x + count - 1));
    if (b.right < -1 || b.left >= warp->in.width || b.bottom < -1 || b.top >= warp->in.height) {
        memset(to, 0, tc_row_bytes(count, in->channels));
        return;
    }
    for (int i = 0; i < count; i++) at[i] = point_at(warp, row, x + i);
    for (int i = count; i < BLOCK; i++) at[i] = at[count - 1];
    bool inside = b.left >= have.x && b.right + read_columns(in->channels) <= have.x + have.width && b.top >= have.y &&
                  b.bottom + 2 <= have.y + have.height;
    if (inside)
        blend_block(to, size, in, at, count);
    else
        blend_edge(to, in, warp->in, at, count);
}

// The number of columns to process before the next row. Few enough that the input rows shared with the next output row
// are still in the first-level cache; many where the angle is small, for long sequential reads.
static int stretch(const tc_warp *warp) {
    int blocks = (int)(32 / (1 + BLOCK * fabs(warp->m[3])));
    return BLOCK * max_int(blocks, 1);
}

void tc_warp_tile(const tc_warp *warp, const tc_tile *in, const tc_tile *out) {
    TC_ASSERT(in->channels == out->channels && in->channels >= 1 && in->channels <= 4);
    TC_ASSERT(tc_rect_contains(in->rect, tc_warp_source(warp, out->rect)));
    TC_ASSERT(tc_rect_contains(tc_shape_rect(warp->out), out->rect));
    const int step = stretch(warp), right = out->rect.x + out->rect.width, bottom = out->rect.y + out->rect.height;
    for (int left = out->rect.x; left < right; left += step) {
        int end = min_int(left + step, right);
        for (int y = out->rect.y; y < bottom; y++)
            for (int x = left; x < end; x += BLOCK)
                warp_block(warp, in, tc_tile_at(out, x, y), tc_row_bytes(right - x, out->channels), x,
                           min_int(end - x, BLOCK), y);
    }
}
