// Levels and regions of an image pyramid, and the way back from a region to the picture.
#include "core/pyramid.h"

#include <math.h>
#include <stdio.h>

#include "core/assert.h"
#include "core/codes.h"
#include "core/plan.h"

tc_shape tc_pyramid_level_shape(tc_shape shape, int level) {
    TC_ASSERT(level >= 0 && level < TC_PYRAMID_MAX_LEVELS);
    shape.channels = 1;
    for (; level > 0; level--) {
        shape.width = (shape.width + 1) / 2;
        shape.height = (shape.height + 1) / 2;
    }
    return shape;
}

static int level_count(tc_shape shape) {
    int count = 1;
    if ((int64_t)shape.width * shape.height <= TC_PYRAMID_SINGLE_PIXELS) return 1;
    for (; (int64_t)shape.width * shape.height > TC_PYRAMID_TOP_PIXELS; count++)
        shape = tc_pyramid_level_shape(shape, 1);
    TC_ASSERT(count <= TC_PYRAMID_MAX_LEVELS);
    return count;
}

// Regions needed to cover `side` pixels on one axis.
static int regions_across(int side) {
    if (side <= TC_PYRAMID_REGION_SIDE) return 1;
    int step = TC_PYRAMID_REGION_SIDE - TC_PYRAMID_OVERLAP;
    return (side - TC_PYRAMID_OVERLAP + step - 1) / step;
}

// Start and length of a region on one axis; all lengths are about equal.
static void place_region(int side, int index, int *start, int *length) {
    int count = regions_across(side);
    int step = (side - TC_PYRAMID_OVERLAP + count - 1) / count;
    *start = count == 1 ? 0 : index * step;
    *length = count == 1 || *start + step + TC_PYRAMID_OVERLAP > side ? side - *start : step + TC_PYRAMID_OVERLAP;
}

static int regions_of(tc_shape shape, int level) {
    if (level == level_count(shape) - 1) return 1;
    tc_shape size = tc_pyramid_level_shape(shape, level);
    return regions_across(size.width) * regions_across(size.height);
}

int tc_pyramid_region_count(tc_shape shape) {
    int count = 0;
    for (int level = level_count(shape) - 1; level >= 0; level--) count += regions_of(shape, level);
    return count;
}

int64_t tc_pyramid_pixels(tc_shape shape) {
    int64_t pixels = 0;
    for (int i = tc_pyramid_region_count(shape) - 1; i >= 0; i--) {
        tc_rect rect = tc_pyramid_region_at(shape, i).rect;
        pixels += (int64_t)rect.width * rect.height;
    }
    return pixels;
}

tc_pyramid_region tc_pyramid_region_at(tc_shape shape, int index) {
    TC_ASSERT(index >= 0 && index < tc_pyramid_region_count(shape));
    int level = level_count(shape) - 1;
    tc_pyramid_region region = {.level = level, .rect = tc_shape_rect(tc_pyramid_level_shape(shape, level))};
    if (index == 0) return region;
    for (index--; index >= regions_of(shape, region.level = --level);) index -= regions_of(shape, level);
    tc_shape size = tc_pyramid_level_shape(shape, level);
    int columns = regions_across(size.width);
    place_region(size.width, index % columns, &region.rect.x, &region.rect.width);
    place_region(size.height, index / columns, &region.rect.y, &region.rect.height);
    TC_ASSERT(tc_rect_contains(tc_shape_rect(size), region.rect) && !tc_rect_empty(region.rect));
    return region;
}

// Runs a pipeline of one stage on a whole picture.
static tc_status compute(const char *text, const tc_image *in, tc_image *out, tc_error *error) {
    tc_pipeline pipeline;
    tc_plan plan = {0};
    tc_blob partial = {0};
    tc_status status = tc_pipeline_parse(&pipeline, text, error);
    if (status == TC_OK) status = tc_plan_init(&plan, &pipeline, in->shape, 0, error);
    if (status == TC_OK) status = tc_image_init_uninitialized(out, plan.result, error);
    if (status == TC_OK) {
        tc_tile from = tc_image_view(in, tc_shape_rect(in->shape)), to = tc_image_view(out, tc_shape_rect(out->shape));
        status = tc_stage_run(&plan.stages[0], NULL, &from, &to, &partial, error);
    }
    tc_blob_clear(&partial);
    tc_plan_clear(&plan);
    return status;
}

// Blends grey and alpha with white, in place.
static void blend_with_white(tc_image *grey) {
    TC_ASSERT(grey->shape.channels == 2);
    for (int y = 0; y < grey->shape.height; y++) {
        const uint8_t *from = grey->data + (size_t)y * grey->stride;
        uint8_t *to = grey->data + (size_t)y * (size_t)grey->shape.width;
        for (int x = 0; x < grey->shape.width; x++) {
            int alpha = from[2 * x + 1];
            to[x] = (uint8_t)((from[2 * x] * alpha + 255 * (255 - alpha) + 127) / 255);
        }
    }
    grey->shape.channels = 1;
    grey->stride = (size_t)grey->shape.width;
}

tc_status tc_pyramid_init(tc_pyramid *pyramid, const tc_image *picture, tc_error *error) {
    *pyramid = (tc_pyramid){.shape = picture->shape, .borrowed = *picture};
    int count = level_count(picture->shape);
    if (count == 1) return TC_OK;
    tc_status status = compute("grayscale", picture, &pyramid->levels[0], error);
    if (status == TC_OK && pyramid->levels[0].shape.channels == 2) blend_with_white(&pyramid->levels[0]);
    for (int i = 1; i < count && status == TC_OK; i++) {
        tc_shape size = tc_pyramid_level_shape(picture->shape, i);
        char text[64];
        snprintf(text, sizeof text, "resize width=%d height=%d method=area", size.width, size.height);
        status = compute(text, &pyramid->levels[i - 1], &pyramid->levels[i], error);
    }
    return status;
}

void tc_pyramid_clear(tc_pyramid *pyramid) {
    for (int i = 0; i < TC_PYRAMID_MAX_LEVELS; i++) tc_image_clear(&pyramid->levels[i]);
    *pyramid = (tc_pyramid){0};
}

tc_tile tc_pyramid_view(const tc_pyramid *pyramid, int index) {
    tc_pyramid_region region = tc_pyramid_region_at(pyramid->shape, index);
    const tc_image *level = &pyramid->levels[region.level];
    return tc_image_view(level->data ? level : &pyramid->borrowed, region.rect);
}

tc_status tc_pyramid_to_picture(const tc_pyramid *pyramid, int index, tc_blob *codes, tc_error *error) {
    tc_pyramid_region region = tc_pyramid_region_at(pyramid->shape, index);
    tc_shape level = tc_pyramid_level_shape(pyramid->shape, region.level);
    double scale_x = (double)pyramid->shape.width / level.width, scale_y = (double)pyramid->shape.height / level.height;
    tc_status status = tc_codes_transform(codes, region.rect.x, region.rect.y, scale_x, scale_y, error);
    if (status != TC_OK || region.level == 0) return status;
    // A module is at least two pixels of the level wide, so the next edge is farther away than this.
    return tc_codes_refine(codes, &pyramid->levels[0], 1, 1, 1.5 * fmax(scale_x, scale_y) + 1, error);
}
