// Codes from tests/data/codes, painted into planes at any place and under any projection.
#ifndef TC_TESTS_CODEC_PAINT_H
#define TC_TESTS_CODEC_PAINT_H

#include <stdio.h>
#include <stdlib.h>

#include "codec/decoder.h"
#include "codec/outline.h"
#include "tests/codec/random.h"

static inline double random_between(uint64_t *state, double least, double most) {
    return least + (most - least) * random_next(state) / 4294967295.0;
}

// A grey picture of tests/data/codes, which stands under `folder`. The caller clears it.
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

static inline tc_projection paint_fit(const tc_point from[4], const tc_point to[4]) {
    tc_pairs pairs = {.count = 0};
    tc_projection map;
    for (int i = 0; i < 4; i++) tc_pairs_add(&pairs, from[i], to[i], 1);
    if (!tc_projection_fit(&map, &pairs)) abort();
    return map;
}

// Paints `code` so that its corners (clockwise from top left) lie at `corner`; each pixel is the mean of 3 × 3 places.
static inline void paint(tc_image *onto, const tc_image *code, const tc_point corner[4]) {
    double w = code->shape.width, h = code->shape.height;
    const tc_point square[4] = {{0, 0}, {w, 0}, {w, h}, {0, h}};
    tc_projection back = paint_fit(corner, square);
    const tc_plane plane = paint_plane(code);
    for (int y = 0; y < onto->shape.height; y++)
        for (int x = 0; x < onto->shape.width; x++) {
            double sum = 0;
            for (int k = 0; k < 9; k++) {
                double dx = (k % 3) / 3.0, dy = ((k - k % 3) / 3) / 3.0;
                tc_point at = tc_project(&back, x + 1 / 6.0 + dx, y + 1 / 6.0 + dy);
                bool inside = at.x >= 0 && at.y >= 0 && at.x < w && at.y < h;
                sum += inside ? plane.data[(size_t)at.y * plane.stride + (size_t)at.x] : 255;
            }
            onto->data[(size_t)y * onto->stride + (size_t)x] = (uint8_t)(sum / 9 + 0.5);
        }
}

// A place in `code` as painted with these corners.
static inline tc_point paint_place(const tc_image *code, const tc_point corner[4], double x, double y) {
    double w = code->shape.width, h = code->shape.height;
    const tc_point square[4] = {{0, 0}, {w, 0}, {w, h}, {0, h}};
    tc_projection map = paint_fit(square, corner);
    return tc_project(&map, x, y);
}

// Corners of a square of this side around a middle, turned, each moved by up to `slant` of the side.
static inline void paint_corners(tc_point corner[4], tc_point middle, double width, double height, double degrees,
                                 double slant, uint64_t *state) {
    double c = cos(degrees * 0.017453292519943295), s = sin(degrees * 0.017453292519943295);
    for (int i = 0; i < 4; i++) {
        double x = (i == 1 || i == 2 ? 0.5 : -0.5) * width, y = (i > 1 ? 0.5 : -0.5) * height;
        x += random_between(state, -slant, slant) * width;
        y += random_between(state, -slant, slant) * height;
        corner[i] = (tc_point){middle.x + c * x - s * y, middle.y + s * x + c * y};
    }
}

#endif
