// Bilinear interpolation.
#include "codec/sampler.h"

#include "core/assert.h"

// Clamps to 0..side - 1. A NaN becomes 0.
static inline double clamp_coordinate(double at, int side) {
    return at > 0 ? (at < side - 1 ? at : side - 1) : 0;
}

double tc_sampler_at(const tc_sampler *sampler, tc_vector at) {
    const tc_plane *plane = sampler->plane;
    TC_ASSERT_SLOW(plane->width >= 1 && plane->height >= 1 && plane->stride >= (size_t)plane->width);
    double x = clamp_coordinate(at.x - 0.5, plane->width), y = clamp_coordinate(at.y - 0.5, plane->height);
    int column = (int)x, row = (int)y;
    double fx = x - column, fy = y - row;
    size_t right = column + 1 < plane->width, below = row + 1 < plane->height ? plane->stride : 0;
    const uint8_t *p = plane->data + (size_t)row * plane->stride + column, *q = p + below;
    double top = p[0] + fx * (p[right] - p[0]), bottom = q[0] + fx * (q[right] - q[0]);
    double grey = top + fy * (bottom - top);
    return sampler->inverted ? 255 - grey : grey;
}
