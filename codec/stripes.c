#include "codec/stripes.h"

#include <stdlib.h>
#include <string.h>

#include "codec/outline.h"

enum { BLOCK = 8, LEAST_BLOCKS = 6 };

// The structure tensor of a block of pixels: how much the picture changes, and in which direction (twice its angle).
typedef struct tensor {
    float energy, x, y; // of (x, y), the length is the energy when all changes are in one direction
} tensor;

typedef struct field {
    int columns, rows;
    tensor *blocks, *smooth; // smooth: of 3 × 3 blocks, zero where there are no stripes
    int *stack;
} field;

// The changes of one row of pixels, added to its blocks.
static void add_row(const tc_plane *plane, int y, int columns, int32_t (*sums)[3]) {
    const uint8_t *row = plane->data + (size_t)y * plane->stride, *above = row - plane->stride,
                  *below = row + plane->stride;
    for (int c = 0; c < columns; c++) {
        int32_t xx = 0, yy = 0, xy = 0;
        int end = c * BLOCK + BLOCK < plane->width - 1 ? c * BLOCK + BLOCK : plane->width - 1;
        for (int x = c > 0 ? c * BLOCK : 1; x < end; x++) {
            int dx = row[x + 1] - row[x - 1], dy = below[x] - above[x];
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }
        sums[c][0] += xx;
        sums[c][1] += yy;
        sums[c][2] += xy;
    }
}

static void measure(const tc_plane *plane, field *f, int32_t (*sums)[3]) {
    for (int r = 0; r < f->rows; r++) {
        memset(sums, 0, sizeof *sums * (size_t)f->columns);
        for (int y = r > 0 ? r * BLOCK : 1; y < (r + 1) * BLOCK && y < plane->height - 1; y++)
            add_row(plane, y, f->columns, sums);
        for (int c = 0; c < f->columns; c++) {
            float xx = (float)sums[c][0], yy = (float)sums[c][1], xy = (float)sums[c][2];
            f->blocks[r * f->columns + c] = (tensor){xx + yy, xx - yy, 2 * xy};
        }
    }
}

// Keeps only what changes much, and in one direction.
static void choose(field *f) {
    const float coherence = 0.7f, energy = 9 * BLOCK * BLOCK * 60;
    for (int r = 0; r < f->rows; r++)
        for (int c = 0; c < f->columns; c++) {
            tensor sum = {0, 0, 0};
            for (int j = r > 0 ? r - 1 : 0; j <= r + 1 && j < f->rows; j++)
                for (int i = c > 0 ? c - 1 : 0; i <= c + 1 && i < f->columns; i++) {
                    const tensor *t = &f->blocks[j * f->columns + i];
                    sum = (tensor){sum.energy + t->energy, sum.x + t->x, sum.y + t->y};
                }
            bool stripes = sum.energy > energy && hypotf(sum.x, sum.y) > coherence * sum.energy;
            f->smooth[r * f->columns + c] = stripes ? sum : (tensor){0, 0, 0};
        }
}

static bool is_along(const tensor *a, const tensor *b) {
    const float cosine = 0.77f; // of twice 20 degrees
    return a->x * b->x + a->y * b->y > cosine * hypotf(a->x, a->y) * hypotf(b->x, b->y);
}

// Collects the blocks that hang together with the first in `stack` and change in its direction; takes them out of the
// field. Returns their number and the sum of their tensors.
static int collect(field *f, int first, tensor *sum) {
    int count = 0, next = 0;
    *sum = f->smooth[first];
    f->stack[count++] = first;
    f->smooth[first].energy = 0;
    while (next < count) {
        int at = f->stack[next++], c = at % f->columns, r = at / f->columns;
        const int around[4] = {c > 0 ? at - 1 : at, c + 1 < f->columns ? at + 1 : at, r > 0 ? at - f->columns : at,
                               r + 1 < f->rows ? at + f->columns : at};
        for (int k = 0; k < 4; k++) {
            tensor *t = &f->smooth[around[k]];
            if (t->energy <= 0 || !is_along(t, sum)) continue;
            *sum = (tensor){sum->energy + t->energy, sum->x + t->x, sum->y + t->y};
            t->energy = 0;
            f->stack[count++] = around[k];
        }
    }
    return count;
}

// The box around the blocks in `stack`, turned with their direction. False when it does not look like a bar code.
static bool enclose(const field *f, int count, const tensor *sum, tc_stripes *s) {
    double angle = atan2(sum->y, sum->x) / 2, least[2] = {INFINITY, INFINITY}, most[2] = {-INFINITY, -INFINITY};
    tc_point across = {cos(angle), sin(angle)};
    for (int i = 0; i < count; i++) {
        double x = (f->stack[i] % f->columns + 0.5) * BLOCK, y = (f->stack[i] / f->columns + 0.5) * BLOCK; // NOLINT
        const double at[2] = {x * across.x + y * across.y, y * across.x - x * across.y};
        for (int k = 0; k < 2; k++) {
            least[k] = fmin(least[k], at[k]);
            most[k] = fmax(most[k], at[k]);
        }
    }
    double u = (least[0] + most[0]) / 2, v = (least[1] + most[1]) / 2;
    s->middle = (tc_point){u * across.x - v * across.y, u * across.y + v * across.x};
    s->across = across;
    s->length = most[0] - least[0] + BLOCK;
    s->height = most[1] - least[1] + BLOCK;
    s->weight = sum->energy;
    return s->length >= 5 * BLOCK && s->height >= 2 * BLOCK && count * BLOCK * BLOCK > 0.4 * s->length * s->height;
}

static int insert(tc_stripes *found, int count, const tc_stripes *s) {
    if (count == TC_MAX_STRIPES && found[count - 1].weight >= s->weight) return count;
    int at = count < TC_MAX_STRIPES ? count++ : count - 1;
    for (; at > 0 && found[at - 1].weight < s->weight; at--) found[at] = found[at - 1];
    found[at] = *s;
    return count;
}

tc_status tc_stripes_find(const tc_plane *plane, tc_stripes found[TC_MAX_STRIPES], int *count) {
    field f = {(plane->width + BLOCK - 1) / BLOCK, (plane->height + BLOCK - 1) / BLOCK, NULL, NULL, NULL};
    size_t blocks = (size_t)f.columns * (size_t)f.rows;
    *count = 0;
    f.blocks = malloc(sizeof *f.blocks * blocks * 2);
    f.stack = malloc(sizeof *f.stack * blocks);
    int32_t(*sums)[3] = malloc(sizeof *sums * (size_t)f.columns);
    tc_status status = f.blocks && f.stack && sums ? TC_OK : TC_ERR_MEMORY;
    if (status == TC_OK) {
        f.smooth = f.blocks + blocks;
        measure(plane, &f, sums);
        choose(&f);
    }
    for (int i = 0; i < (int)blocks && status == TC_OK; i++) {
        tensor sum;
        tc_stripes s;
        if (f.smooth[i].energy <= 0) continue;
        int hang = collect(&f, i, &sum);
        if (hang >= LEAST_BLOCKS && enclose(&f, hang, &sum, &s)) *count = insert(found, *count, &s);
    }
    free(f.blocks);
    free(f.stack);
    free(sums);
    return status;
}

// How often grey turns back on the way, by more than a quarter of all that it changes.
static int turns(const tc_plane *plane, tc_point from, tc_point step, int count) {
    const tc_sight sight = {plane, false};
    double least = 255, most = 0, low = 255, high = 0;
    int turns = 0, way = 0;
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < count; i++) {
            double grey = tc_sight_at(&sight, tc_plus(from, tc_times(step, i)));
            if (round == 0) {
                least = fmin(least, grey);
                most = fmax(most, grey);
                continue;
            }
            low = fmin(low, grey);
            high = fmax(high, grey);
            double much = (most - least) / 4;
            if (way <= 0 && grey > low + much)
                way = 1, turns++, high = grey;
            else if (way >= 0 && grey < high - much)
                way = -1, turns++, low = grey;
        }
    return turns;
}

bool tc_stripes_alternate(const tc_plane *plane, const tc_stripes *s) {
    enum { LEAST = 24, LINES = 3 };
    tc_point along = {-s->across.y, s->across.x}, start = tc_minus(s->middle, tc_times(s->across, s->length / 2));
    int often = 0;
    for (int i = 0; i < LINES; i++) {
        tc_point from = tc_plus(start, tc_times(along, s->height * (i - LINES / 2) / 4));
        often += turns(plane, from, s->across, (int)s->length) >= LEAST;
    }
    return often >= 2;
}

// Makes the darkest black and the lightest white.
static void stretch(uint8_t *pixels, size_t size) {
    int least = 255, most = 0;
    for (size_t i = 0; i < size; i++) {
        least = pixels[i] < least ? pixels[i] : least;
        most = pixels[i] > most ? pixels[i] : most;
    }
    int range = most > least ? most - least : 1;
    for (size_t i = 0; i < size; i++) pixels[i] = (uint8_t)(255 * (pixels[i] - least) / range);
}

tc_status tc_stripes_cut(const tc_plane *from, const tc_stripes *s, tc_plane *to, tc_affine *back) {
    enum { SMALL = 500, LARGEST = 2048, TALL = 96 };
    double length = s->length * 1.3 + 16, height = fmin(s->height + 16, TALL), scale = length < SMALL ? 2 : 1;
    int width = (int)fmin(length * scale, LARGEST), rows = (int)fmin(height * scale, LARGEST);
    scale = width / length;
    uint8_t *pixels = malloc((size_t)width * (size_t)rows);
    if (!pixels) return TC_ERR_MEMORY;
    double c = s->across.x / scale, d = s->across.y / scale;
    *back = (tc_affine){c, -d, s->middle.x - c * width / 2 + d * rows / 2,
                        d, c,  s->middle.y - d * width / 2 - c * rows / 2};
    const tc_sight sight = {from, false};
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < width; x++) {
            double u = x + 0.5, v = y + 0.5;
            tc_point at = {back->xx * u + back->xy * v + back->x0, back->yx * u + back->yy * v + back->y0};
            pixels[(size_t)y * (size_t)width + (size_t)x] = (uint8_t)(tc_sight_at(&sight, at) + 0.5);
        }
    stretch(pixels, (size_t)width * (size_t)rows);
    *to = (tc_plane){pixels, width, rows, (size_t)width};
    return TC_OK;
}
