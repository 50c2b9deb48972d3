// Transforms of grey pictures.
#include "codec/plane.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "core/image.h"

enum { MIN_SIDE = 16 };

const tc_affine tc_affine_identity = {1, 0, 0, 0, 1, 0};

static const uint8_t *row_of(const tc_plane *plane, int y) {
    TC_ASSERT_SLOW(y >= 0 && y < plane->height);
    return plane->data + (size_t)y * plane->stride;
}

// Allocates a plane and returns its uninitialised pixels; NULL if memory runs out.
static uint8_t *plane_new(tc_plane *plane, int width, int height) {
    TC_ASSERT(width >= 1 && height >= 1);
    size_t size;
    uint8_t *pixels = tc_packed_size(width, height, 1, &size) ? malloc(size) : NULL;
    *plane = (tc_plane){pixels, width, height, (size_t)width};
    return pixels;
}

void tc_plane_clear(tc_plane *plane) {
    free((void *)(uintptr_t)plane->data);
    *plane = (tc_plane){0};
}

static tc_status shrink(const tc_plane *from, int factor, tc_plane *to, tc_affine *to_from) {
    TC_ASSERT(from->stride >= (size_t)from->width);
    TC_ASSERT(factor == 2 || factor == 4); // so that the sums fit into 16 bits
    int width = from->width / factor, height = from->height / factor;
    if (width < MIN_SIDE || height < MIN_SIDE) return TC_ERR_ARGUMENT;
    uint8_t *pixels = plane_new(to, width, height);
    uint16_t *sums = malloc(sizeof *sums * (size_t)width);
    if (!pixels || !sums) {
        free(pixels);
        free(sums);
        return TC_ERR_MEMORY;
    }
    unsigned area = (unsigned)(factor * factor);
    for (int y = 0; y < height; y++) {
        memset(sums, 0, sizeof *sums * (size_t)width);
        for (int j = 0; j < factor; j++) {
            const uint8_t *row = row_of(from, y * factor + j);
            for (int i = 0; i < factor; i++)
                for (int x = 0; x < width; x++) sums[x] = (uint16_t)(sums[x] + row[x * factor + i]);
        }
        uint8_t *out = pixels + (size_t)y * (size_t)width;
        for (int x = 0; x < width; x++) out[x] = (uint8_t)((sums[x] + area / 2) / area);
    }
    free(sums);
    *to_from = (tc_affine){factor, 0, 0, 0, factor, 0};
    return TC_OK;
}

tc_status tc_plane_halve(const tc_plane *from, tc_plane *to, tc_affine *to_from) {
    return shrink(from, 2, to, to_from);
}

tc_status tc_plane_quarter(const tc_plane *from, tc_plane *to, tc_affine *to_from) {
    return shrink(from, 4, to, to_from);
}

// Weights 3/4 for the nearer pixel and 1/4 for the other, in both directions.
static void double_row(const uint8_t *near, const uint8_t *far, int width, uint8_t *out) {
    int before = 3 * near[0] + far[0];
    for (int x = 0; x < width; x++) {
        int next = x + 1 < width ? x + 1 : x;
        int here = 3 * near[x] + far[x], after = 3 * near[next] + far[next];
        out[2 * x] = (uint8_t)((3 * here + before + 8) >> 4);
        out[2 * x + 1] = (uint8_t)((3 * here + after + 8) >> 4);
        before = here;
    }
}

tc_status tc_plane_double(const tc_plane *from, tc_plane *to, tc_affine *to_from) {
    TC_ASSERT(from->stride >= (size_t)from->width);
    uint8_t *pixels = plane_new(to, 2 * from->width, 2 * from->height);
    if (!pixels) return TC_ERR_MEMORY;
    for (int y = 0; y < to->height; y++) {
        int near = y / 2, far = y % 2 ? near + 1 : near - 1;
        if (far < 0 || far >= from->height) far = near;
        double_row(row_of(from, near), row_of(from, far), from->width, pixels + (size_t)y * to->stride);
    }
    *to_from = (tc_affine){0.5, 0, 0, 0, 0.5, 0};
    return TC_OK;
}

tc_status tc_plane_invert(const tc_plane *from, tc_plane *to, tc_affine *to_from) {
    TC_ASSERT(from->stride >= (size_t)from->width);
    uint8_t *pixels = plane_new(to, from->width, from->height);
    if (!pixels) return TC_ERR_MEMORY;
    for (int y = 0; y < from->height; y++) {
        const uint8_t *row = row_of(from, y);
        uint8_t *out = pixels + (size_t)y * to->stride;
        for (int x = 0; x < from->width; x++) out[x] = (uint8_t)~row[x];
    }
    *to_from = tc_affine_identity;
    return TC_OK;
}

enum { BLUR_RADIUS = 3 };
static const int blur_weights[2 * BLUR_RADIUS + 1] = {1, 6, 15, 20, 15, 6, 1}; // of 64

static int clamp_index(int at, int side) {
    return at < 0 ? 0 : at >= side ? side - 1 : at;
}

// `padded`: scratch memory for the row and BLUR_RADIUS values on both sides of it.
static void blur_row(const tc_plane *from, int y, uint16_t *padded, uint8_t *out) {
    int width = from->width;
    memset(padded, 0, sizeof *padded * (size_t)(width + 2 * BLUR_RADIUS));
    for (int j = -BLUR_RADIUS; j <= BLUR_RADIUS; j++) {
        const uint8_t *row = row_of(from, clamp_index(y + j, from->height));
        int weight = blur_weights[j + BLUR_RADIUS];
        for (int x = 0; x < width; x++) padded[x + BLUR_RADIUS] = (uint16_t)(padded[x + BLUR_RADIUS] + weight * row[x]);
    }
    for (int i = 0; i < BLUR_RADIUS; i++) {
        padded[i] = padded[BLUR_RADIUS];
        padded[width + BLUR_RADIUS + i] = padded[width + BLUR_RADIUS - 1];
    }
    for (int x = 0; x < width; x++) {
        uint32_t sum = 1 << 11;
        for (int i = 0; i <= 2 * BLUR_RADIUS; i++) sum += (uint32_t)(blur_weights[i] * padded[x + i]);
        out[x] = (uint8_t)(sum >> 12);
    }
}

tc_status tc_plane_blur(const tc_plane *from, tc_plane *to, tc_affine *to_from) {
    TC_ASSERT(from->stride >= (size_t)from->width);
    uint8_t *pixels = plane_new(to, from->width, from->height);
    uint16_t *padded = malloc(sizeof *padded * ((size_t)from->width + 2 * BLUR_RADIUS));
    if (!pixels || !padded) {
        free(pixels);
        free(padded);
        return TC_ERR_MEMORY;
    }
    for (int y = 0; y < from->height; y++) blur_row(from, y, padded, pixels + (size_t)y * to->stride);
    free(padded);
    *to_from = tc_affine_identity;
    return TC_OK;
}

// One row of the rotated picture, sampled from (u, v) on in steps of (du, dv), all in 1/65536 of a pixel.
static void rotate_row(const tc_plane *from, int64_t u, int64_t v, int64_t du, int64_t dv, int width, uint8_t *out) {
    for (int x = 0; x < width; x++, u += du, v += dv) {
        int64_t column = u >> 16, line = v >> 16;
        if (column < 0 || line < 0 || column >= from->width - 1 || line >= from->height - 1) {
            out[x] = 255;
            continue;
        }
        int fu = (int)(u >> 8 & 255), fv = (int)(v >> 8 & 255);
        const uint8_t *p = row_of(from, (int)line) + column, *q = p + from->stride;
        int top = p[0] * (256 - fu) + p[1] * fu, bottom = q[0] * (256 - fu) + q[1] * fu;
        out[x] = (uint8_t)((top * (256 - fv) + bottom * fv + (1 << 15)) >> 16);
    }
}

tc_status tc_plane_rotate_45(const tc_plane *from, tc_plane *to, tc_affine *to_from) {
    TC_ASSERT(from->stride >= (size_t)from->width);
    const double c = sqrt(0.5), one = 65536;
    int side = (int)ceil((from->width + from->height) * c);
    uint8_t *pixels = plane_new(to, side, side);
    if (!pixels) return TC_ERR_MEMORY;
    // The centres of both coincide.
    *to_from = (tc_affine){c, c, from->width * 0.5 - c * side, -c, c, from->height * 0.5};
    int64_t step = (int64_t)(c * one);
    for (int y = 0; y < side; y++) {
        double u = c * 0.5 + c * (y + 0.5) + to_from->x0 - 0.5, v = -c * 0.5 + c * (y + 0.5) + to_from->y0 - 0.5;
        rotate_row(from, (int64_t)floor(u * one), (int64_t)floor(v * one), step, -step, side,
                   pixels + (size_t)y * to->stride);
    }
    return TC_OK;
}

// Updates the column sums of the window from row y - 1 to row y.
static void slide_columns(const tc_plane *from, int y, int radius, uint32_t *columns) {
    if (y + radius < from->height) {
        const uint8_t *row = row_of(from, y + radius);
        for (int x = 0; x < from->width; x++) columns[x] += row[x];
    }
    if (y - radius - 1 >= 0) {
        const uint8_t *row = row_of(from, y - radius - 1);
        for (int x = 0; x < from->width; x++) columns[x] -= row[x];
    }
}

// Pixels of a row whose window is cut by the left or right border. sums[x] is the sum of the columns left of x, over
// `rows` rows; it has one value more than the row.
static void threshold_ends(const uint8_t *row, int begin, int end, int width, int radius, int rows, int bias,
                           const uint32_t *sums, uint8_t *out) {
    for (int x = begin; x < end; x++) {
        int left = x > radius ? x - radius : 0, right = x + radius < width ? x + radius + 1 : width;
        int32_t sum = (int32_t)(sums[right] - sums[left]);
        out[x] = (row[x] + bias) * (right - left) * rows < sum ? 0 : 255;
    }
}

static void threshold_row(const tc_plane *from, int y, int radius, int bias, const uint32_t *sums, uint8_t *out) {
    const uint8_t *row = row_of(from, y);
    int width = from->width, top = y > radius ? y - radius : 0;
    int rows = (y + radius < from->height ? y + radius + 1 : from->height) - top;
    int begin = radius < width ? radius : width, end = width - radius > begin ? width - radius : begin;
    int32_t area = (2 * radius + 1) * rows;
    threshold_ends(row, 0, begin, width, radius, rows, bias, sums, out);
    for (int x = begin; x < end; x++) {
        int32_t sum = (int32_t)(sums[x + radius + 1] - sums[x - radius]);
        out[x] = (row[x] + bias) * area < sum ? 0 : 255;
    }
    threshold_ends(row, end, width, width, radius, rows, bias, sums, out);
}

tc_status tc_plane_threshold(const tc_plane *from, int radius, int bias, tc_plane *to) {
    TC_ASSERT(radius >= 1 && radius <= 128);
    TC_ASSERT(from->stride >= (size_t)from->width);
    uint8_t *pixels = plane_new(to, from->width, from->height);
    uint32_t *columns = calloc(2 * (size_t)from->width + 1, sizeof *columns);
    if (!pixels || !columns) {
        free(pixels);
        free(columns);
        return TC_ERR_MEMORY;
    }
    uint32_t *sums = columns + from->width;
    for (int y = -radius; y < 0; y++) slide_columns(from, y, radius, columns);
    for (int y = 0; y < from->height; y++) {
        slide_columns(from, y, radius, columns);
        for (int x = 0; x < from->width; x++) sums[x + 1] = sums[x] + columns[x];
        threshold_row(from, y, radius, bias, sums, pixels + (size_t)y * to->stride);
    }
    free(columns);
    return TC_OK;
}
