// Locates bar codes: the structure tensor of blocks of pixels, connected components of blocks with one direction, and
// their oriented bounding boxes.
#include "codec/bar_region.h"

#include <stdlib.h>
#include <string.h>

#include "codec/sampler.h"
#include "core/assert.h"

enum { BLOCK = 8, MIN_BLOCKS = 6 };

// The structure tensor of a block of pixels: the energy of its gradients, and their direction at twice its angle.
typedef struct tensor {
    float energy, x, y; // the length of (x, y) equals the energy if all gradients have one direction
} tensor;

typedef struct field {
    int columns, rows;
    tensor *blocks, *smooth; // smooth: sums over 3 × 3 blocks, zero where the gradients are not coherent
    int *queue;              // of block indices, for the flood fill
} field;

// Adds the gradients of one row of pixels to its blocks.
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

static void compute_tensors(const tc_plane *plane, field *f, int32_t (*sums)[3]) {
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

// Smooths the tensors, and zeroes those with little energy or without a dominant direction.
static void select_coherent(field *f) {
    const float coherence = 0.7f, energy = 9 * BLOCK * BLOCK * 60;
    for (int r = 0; r < f->rows; r++)
        for (int c = 0; c < f->columns; c++) {
            tensor sum = {0, 0, 0};
            for (int j = r > 0 ? r - 1 : 0; j <= r + 1 && j < f->rows; j++)
                for (int i = c > 0 ? c - 1 : 0; i <= c + 1 && i < f->columns; i++) {
                    const tensor *t = &f->blocks[j * f->columns + i];
                    sum = (tensor){sum.energy + t->energy, sum.x + t->x, sum.y + t->y};
                }
            bool coherent = sum.energy > energy && hypotf(sum.x, sum.y) > coherence * sum.energy;
            f->smooth[r * f->columns + c] = coherent ? sum : (tensor){0, 0, 0};
        }
}

// Whether two tensors have the same direction.
static bool is_parallel(const tensor *a, const tensor *b) {
    const float cosine = 0.77f; // of twice 20 degrees
    return a->x * b->x + a->y * b->y > cosine * hypotf(a->x, a->y) * hypotf(b->x, b->y);
}

// Flood fill: collects the connected blocks with the direction of the first in `queue` and zeroes their energy. Returns
// their number and the sum of their tensors.
static int flood(field *f, int first, tensor *sum) {
    int count = 0, next = 0;
    *sum = f->smooth[first];
    f->queue[count++] = first;
    f->smooth[first].energy = 0;
    while (next < count) {
        int at = f->queue[next++], c = at % f->columns, r = at / f->columns;
        const int around[4] = {c > 0 ? at - 1 : at, c + 1 < f->columns ? at + 1 : at, r > 0 ? at - f->columns : at,
                               r + 1 < f->rows ? at + f->columns : at};
        for (int k = 0; k < 4; k++) {
            tensor *t = &f->smooth[around[k]];
            if (t->energy <= 0 || !is_parallel(t, sum)) continue;
            *sum = (tensor){sum->energy + t->energy, sum->x + t->x, sum->y + t->y};
            t->energy = 0;
            f->queue[count++] = around[k];
        }
    }
    TC_ASSERT(count <= f->columns * f->rows);
    return count;
}

// The bounding box of the blocks in `queue`, oriented by their direction. False if it does not look like a bar code.
static bool enclose(const field *f, int count, const tensor *sum, tc_bar_region *region) {
    double angle = atan2(sum->y, sum->x) / 2, min[2] = {INFINITY, INFINITY}, max[2] = {-INFINITY, -INFINITY};
    tc_vector across = {cos(angle), sin(angle)};
    for (int i = 0; i < count; i++) {
        double x = (f->queue[i] % f->columns + 0.5) * BLOCK, y = (f->queue[i] / f->columns + 0.5) * BLOCK; // NOLINT
        const double at[2] = {x * across.x + y * across.y, y * across.x - x * across.y};
        for (int k = 0; k < 2; k++) {
            min[k] = fmin(min[k], at[k]);
            max[k] = fmax(max[k], at[k]);
        }
    }
    double u = (min[0] + max[0]) / 2, v = (min[1] + max[1]) / 2;
    region->centre = (tc_vector){u * across.x - v * across.y, u * across.y + v * across.x};
    region->across = across;
    region->length = max[0] - min[0] + BLOCK;
    region->height = max[1] - min[1] + BLOCK;
    region->energy = sum->energy;
    return region->length >= 5 * BLOCK && region->height >= 2 * BLOCK &&
           count * BLOCK * BLOCK > 0.4 * region->length * region->height;
}

// Inserts by energy into the list of at most TC_MAX_BAR_REGIONS. Returns the new count.
static int insert(tc_bar_region *regions, int count, const tc_bar_region *region) {
    if (count == TC_MAX_BAR_REGIONS && regions[count - 1].energy >= region->energy) return count;
    int at = count < TC_MAX_BAR_REGIONS ? count++ : count - 1;
    for (; at > 0 && regions[at - 1].energy < region->energy; at--) regions[at] = regions[at - 1];
    regions[at] = *region;
    return count;
}

tc_status tc_bar_regions_find(const tc_plane *plane, tc_bar_region regions[TC_MAX_BAR_REGIONS], int *count) {
    field f = {(plane->width + BLOCK - 1) / BLOCK, (plane->height + BLOCK - 1) / BLOCK, NULL, NULL, NULL};
    size_t blocks = (size_t)f.columns * (size_t)f.rows;
    TC_ASSERT(plane->width >= 1 && plane->height >= 1 && blocks <= INT32_MAX);
    *count = 0;
    f.blocks = malloc(sizeof *f.blocks * blocks * 2);
    f.queue = malloc(sizeof *f.queue * blocks);
    int32_t(*sums)[3] = malloc(sizeof *sums * (size_t)f.columns);
    tc_status status = f.blocks && f.queue && sums ? TC_OK : TC_ERR_MEMORY;
    if (status == TC_OK) {
        f.smooth = f.blocks + blocks;
        compute_tensors(plane, &f, sums);
        select_coherent(&f);
    }
    for (int i = 0; i < (int)blocks && status == TC_OK; i++) {
        tensor sum;
        tc_bar_region region;
        if (f.smooth[i].energy <= 0) continue;
        int blocks_found = flood(&f, i, &sum);
        if (blocks_found >= MIN_BLOCKS && enclose(&f, blocks_found, &sum, &region))
            *count = insert(regions, *count, &region);
    }
    free(f.blocks);
    free(f.queue);
    free(sums);
    return status;
}

// Counts the local extrema of grey along a line that differ by more than a quarter of its range.
static int count_extrema(const tc_plane *plane, tc_vector from, tc_vector step, int count) {
    const tc_sampler sampler = {plane, false};
    double min = 255, max = 0, low = 255, high = 0;
    int extrema = 0, direction = 0;
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < count; i++) {
            double grey = tc_sampler_at(&sampler, tc_vector_add(from, tc_vector_scale(step, i)));
            if (round == 0) {
                min = fmin(min, grey);
                max = fmax(max, grey);
                continue;
            }
            low = fmin(low, grey);
            high = fmax(high, grey);
            double threshold = (max - min) / 4;
            if (direction <= 0 && grey > low + threshold)
                direction = 1, extrema++, high = grey;
            else if (direction >= 0 && grey < high - threshold)
                direction = -1, extrema++, low = grey;
        }
    return extrema;
}

bool tc_bar_region_has_bars(const tc_plane *plane, const tc_bar_region *region) {
    enum { MIN_EXTREMA = 24, LINES = 3 };
    TC_ASSERT(region->length > 0 && region->height > 0);
    tc_vector along = {-region->across.y, region->across.x},
              start = tc_vector_subtract(region->centre, tc_vector_scale(region->across, region->length / 2));
    int lines = 0;
    for (int i = 0; i < LINES; i++) {
        tc_vector from = tc_vector_add(start, tc_vector_scale(along, region->height * (i - 1) / 4));
        lines += count_extrema(plane, from, region->across, (int)region->length) >= MIN_EXTREMA;
    }
    return lines >= 2;
}

// Stretches the contrast to 0..255.
static void stretch(uint8_t *pixels, size_t size) {
    int min = 255, max = 0;
    for (size_t i = 0; i < size; i++) {
        min = pixels[i] < min ? pixels[i] : min;
        max = pixels[i] > max ? pixels[i] : max;
    }
    int range = max > min ? max - min : 1;
    for (size_t i = 0; i < size; i++) pixels[i] = (uint8_t)(255 * (pixels[i] - min) / range);
}

tc_status tc_bar_region_rectify(const tc_plane *from, const tc_bar_region *region, tc_plane *to, tc_affine *to_from) {
    enum { SMALL = 500, LARGEST = 2048, TALL = 96 };
    TC_ASSERT(region->length > 0 && region->height > 0);
    double length = region->length * 1.3 + 16, height = fmin(region->height + 16, TALL), scale = length < SMALL ? 2 : 1;
    int width = (int)fmin(length * scale, LARGEST), rows = (int)fmin(height * scale, LARGEST);
    TC_ASSERT(width >= 1 && rows >= 1);
    scale = width / length;
    uint8_t *pixels = malloc((size_t)width * (size_t)rows);
    if (!pixels) return TC_ERR_MEMORY;
    double c = region->across.x / scale, d = region->across.y / scale;
    *to_from = (tc_affine){c, -d, region->centre.x - c * width / 2 + d * rows / 2,
                           d, c,  region->centre.y - d * width / 2 - c * rows / 2};
    const tc_sampler sampler = {from, false};
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < width; x++) {
            double u = x + 0.5, v = y + 0.5;
            tc_vector at = {to_from->xx * u + to_from->xy * v + to_from->x0,
                            to_from->yx * u + to_from->yy * v + to_from->y0};
            pixels[(size_t)y * (size_t)width + (size_t)x] = (uint8_t)(tc_sampler_at(&sampler, at) + 0.5);
        }
    stretch(pixels, (size_t)width * (size_t)rows);
    *to = (tc_plane){pixels, width, rows, (size_t)width};
    return TC_OK;
}
