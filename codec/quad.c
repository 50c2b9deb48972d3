// Geometry of quadrilaterals.
#include "codec/quad.h"

bool tc_quad_contains(const tc_quad *quad, tc_vector point) {
    int left = 0, right = 0;
    for (int i = 0; i < 4; i++) {
        int next = (i + 1) % 4;
        double side = (quad->x[next] - quad->x[i]) * (point.y - quad->y[i]) -
                      (quad->y[next] - quad->y[i]) * (point.x - quad->x[i]);
        left += side < 0;
        right += side > 0;
    }
    return left == 0 || right == 0;
}

tc_vector tc_quad_centre(const tc_quad *quad) {
    tc_vector centre = {0, 0};
    for (int i = 0; i < 4; i++) {
        centre.x += quad->x[i] / 4;
        centre.y += quad->y[i] / 4;
    }
    return centre;
}

bool tc_quad_overlaps(const tc_quad *a, const tc_quad *b) {
    return tc_quad_contains(a, tc_quad_centre(b)) || tc_quad_contains(b, tc_quad_centre(a));
}

tc_bounds tc_quad_bounds(const tc_quad *quad) {
    tc_bounds bounds = {quad->x[0], quad->y[0], quad->x[0], quad->y[0]};
    for (int i = 1; i < 4; i++) {
        bounds.left = fmin(bounds.left, quad->x[i]);
        bounds.right = fmax(bounds.right, quad->x[i]);
        bounds.top = fmin(bounds.top, quad->y[i]);
        bounds.bottom = fmax(bounds.bottom, quad->y[i]);
    }
    return bounds;
}
