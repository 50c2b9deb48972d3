#include "core/kernels/edges.h"

#include <stdlib.h>
#include <string.h>

// One row of gradients, for the map's columns and one more on each side (index 0 is the column left of the map).
typedef struct gradient_row {
    int16_t *dx, *dy, *magnitude;
} gradient_row;

static inline int abs_int(int v) {
    return v < 0 ? -v : v;
}

static inline void sobel_at(const uint8_t *p, ptrdiff_t stride, int channels, int *dx, int *dy) {
    const uint8_t *above = p - stride, *below = p + stride;
    *dx =
        (above[channels] - above[-channels]) + 2 * (p[channels] - p[-channels]) + (below[channels] - below[-channels]);
    *dy = (below[-channels] - above[-channels]) + 2 * (below[0] - above[0]) + (below[channels] - above[channels]);
}

static void gradients_of_grey(const gradient_row *row, const uint8_t *from, ptrdiff_t stride, int channels, int count) {
    for (int i = 0; i < count; i++) {
        int dx, dy;
        sobel_at(from + (ptrdiff_t)i * channels, stride, channels, &dx, &dy);
        row->dx[i] = (int16_t)dx;
        row->dy[i] = (int16_t)dy;
        row->magnitude[i] = (int16_t)(abs_int(dx) + abs_int(dy));
    }
}

// The channel with the greatest magnitude; of equals blue before green before red, as OpenCV's order is BGR.
static void gradients_of_colour(const gradient_row *row, const uint8_t *from, ptrdiff_t stride, int channels,
                                int count) {
    for (int i = 0; i < count; i++) {
        int best = -1;
        for (int c = 2; c >= 0; c--) {
            int dx, dy;
            sobel_at(from + (ptrdiff_t)i * channels + c, stride, channels, &dx, &dy);
            int magnitude = abs_int(dx) + abs_int(dy);
            if (magnitude <= best) continue;
            best = magnitude;
            row->dx[i] = (int16_t)dx;
            row->dy[i] = (int16_t)dy;
        }
        row->magnitude[i] = (int16_t)best;
    }
}

// Gradients of row y, columns rect.x - 1 .. rect.x + rect.width.
static void compute_row(const gradient_row *row, const tc_tile *in, tc_rect rect, int y, tc_shape picture) {
    int count = rect.width + 2;
    if (y < 0 || y >= picture.height) {
        memset(row->magnitude, 0, (size_t)count * sizeof *row->magnitude);
        return;
    }
    const uint8_t *from = tc_tile_at(in, rect.x - 1, y);
    if (tc_colour_channels(in->channels) == 1)
        gradients_of_grey(row, from, (ptrdiff_t)in->stride, in->channels, count);
    else
        gradients_of_colour(row, from, (ptrdiff_t)in->stride, in->channels, count);
    if (rect.x == 0) row->magnitude[0] = 0;
    if (rect.x + rect.width == picture.width) row->magnitude[count - 1] = 0;
}

// True when pixel i of rows[1] is a maximum across the edge. The direction is one of four: the gradient's slope is
// compared with tan 22.5° and tan 67.5° = tan 22.5° + 2, in 2^-15. Of two equal neighbours along the gradient the
// first in reading order counts as the maximum.
static inline bool is_ridge(gradient_row *const rows[3], int i) {
    enum { TAN_22_5 = 13573 };
    const int16_t *above = rows[0]->magnitude + i, *here = rows[1]->magnitude + i, *below = rows[2]->magnitude + i;
    int dx = rows[1]->dx[i], dy = rows[1]->dy[i], m = *here;
    int x = abs_int(dx) * TAN_22_5, y = abs_int(dy) << 15;
    if (y < x) return m > here[-1] && m >= here[1];
    if (y > x + (abs_int(dx) << 16)) return m > *above && m >= *below;
    int slant = (dx ^ dy) < 0 ? -1 : 1;
    return m > above[-slant] && m > below[slant];
}

static void classify_row(uint8_t *to, int channels, gradient_row *const rows[3], int width, int low, int high) {
    for (int x = 0; x < width; x++, to += channels) {
        int m = rows[1]->magnitude[x + 1];
        *to = m > low && is_ridge(rows, x + 1) ? (m > high ? TC_EDGE_STRONG : TC_EDGE_WEAK) : TC_EDGE_NONE;
    }
}

tc_status tc_edges_classify(const tc_tile *in, const tc_tile *map, tc_shape picture, int low, int high,
                            tc_error *error) {
    tc_rect rect = map->rect;
    size_t count = (size_t)rect.width + 2;
    int16_t *memory = malloc(9 * count * sizeof *memory);
    if (!memory) return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the gradients of a tile");
    gradient_row storage[3], *rows[3];
    for (int i = 0; i < 3; i++) {
        int16_t *part = memory + (size_t)i * 3 * count;
        storage[i] = (gradient_row){part, part + count, part + 2 * count};
        rows[i] = &storage[i];
    }
    compute_row(rows[1], in, rect, rect.y - 1, picture);
    compute_row(rows[2], in, rect, rect.y, picture);
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        gradient_row *oldest = rows[0];
        rows[0] = rows[1];
        rows[1] = rows[2];
        rows[2] = oldest;
        compute_row(rows[2], in, rect, y + 1, picture);
        classify_row(tc_tile_row(map, y), map->channels, rows, rect.width, low, high);
    }
    free(memory);
    return TC_OK;
}
