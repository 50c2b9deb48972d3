// Paints codes from tests/data/codes into planes under any homography.
#ifndef TC_TESTS_CODEC_PAINT_H
#define TC_TESTS_CODEC_PAINT_H

#include <stdio.h>
#include <stdlib.h>

#include "codec/decoder.h"
#include "codec/finder_quad.h"
#include "tests/codec/random.h"

static inline double random_between(uint64_t *state, double min, double max) {
    return min + (max - min) * random_next(state) / 4294967295.0;
}

// Loads a grey picture from `folder`/codes. The caller clears it.
static inline tc_image paint_load(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/codes/%s", folder, name);
    FILE *file = fopen(path, "rb");
    static uint8_t bytes[1 << 16];
    size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    tc_image image;
    tc_probe probe;
    if (!file || tc_codec_decode(bytes, size, &tc_codec_default_limits, &image, &probe, NULL, 0, NULL) != TC_OK ||
        image.shape.channels != 1) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(2);
    }
    fclose(file);
    return image;
}

static inline tc_plane paint_plane(const tc_image *image) {
    return (tc_plane){image->data, image->shape.width, image->shape.height, image->stride};
}

static inline tc_homography paint_fit(const tc_vector from[4], const tc_vector to[4]) {
    tc_correspondences pairs = {.count = 0};
    tc_homography map;
    for (int i = 0; i < 4; i++) tc_correspondences_add(&pairs, from[i], to[i], 1);
    if (!tc_homography_fit(&map, &pairs)) abort();
    return map;
}

// Paints `code` with its corners (clockwise from top left) at `corner`; each pixel is the mean of 3 × 3 samples.
static inline void paint(tc_image *onto, const tc_image *code, const tc_vector corner[4]) {
    double w = code->shape.width, h = code->shape.height;
    const tc_vector square[4] = {{0, 0}, {w, 0}, {w, h}, {0, h}};
    tc_homography back = paint_fit(corner, square);
    const tc_plane plane = paint_plane(code);
    for (int y = 0; y < onto->shape.height; y++)
        for (int x = 0; x < onto->shape.width; x++) {
            double sum = 0;
            for (int k = 0; k < 9; k++) {
                double dx = (k % 3) / 3.0, dy = ((k - k % 3) / 3) / 3.0;
                tc_vector at = tc_homography_apply(&back, x + 1 / 6.0 + dx, y + 1 / 6.0 + dy);
                bool inside = at.x >= 0 && at.y >= 0 && at.x < w && at.y < h;
                sum += inside ? plane.data[(size_t)at.y * plane.stride + (size_t)at.x] : 255;
            }
            onto->data[(size_t)y * onto->stride + (size_t)x] = (uint8_t)(sum / 9 + 0.5);
        }
}

// Where a point of `code` is when it is painted with these corners.
static inline tc_vector paint_place(const tc_image *code, const tc_vector corner[4], double x, double y) {
    double w = code->shape.width, h = code->shape.height;
    const tc_vector square[4] = {{0, 0}, {w, 0}, {w, h}, {0, h}};
    tc_homography map = paint_fit(square, corner);
    return tc_homography_apply(&map, x, y);
}

// The corners of a rotated rectangle around a centre, each moved by up to `slant` of the side.
static inline void paint_corners(tc_vector corner[4], tc_vector centre, double width, double height, double degrees,
                                 double slant, uint64_t *state) {
    double c = cos(degrees * 0.017453292519943295), s = sin(degrees * 0.017453292519943295);
    for (int i = 0; i < 4; i++) {
        double x = (i == 1 || i == 2 ? 0.5 : -0.5) * width, y = (i > 1 ? 0.5 : -0.5) * height;
        x += random_between(state, -slant, slant) * width;
        y += random_between(state, -slant, slant) * height;
        corner[i] = (tc_vector){centre.x + c * x - s * y, centre.y + s * x + c * y};
    }
}

#endif
