// Plane projective maps, and points in the plane.
#ifndef TC_CODEC_PROJECTION_H
#define TC_CODEC_PROJECTION_H

#include <math.h>
#include <stdbool.h>

typedef struct tc_point {
    double x, y;
} tc_point;

static inline tc_point tc_plus(tc_point a, tc_point b) {
    return (tc_point){a.x + b.x, a.y + b.y};
}
static inline tc_point tc_minus(tc_point a, tc_point b) {
    return (tc_point){a.x - b.x, a.y - b.y};
}
static inline tc_point tc_times(tc_point a, double factor) {
    return (tc_point){a.x * factor, a.y * factor};
}
static inline double tc_length(tc_point a) {
    return hypot(a.x, a.y);
}

// (u, v) goes to (h0 u + h1 v + h2, h3 u + h4 v + h5) / (h6 u + h7 v + 1).
typedef struct tc_projection {
    double h[8];
} tc_projection;

static inline tc_point tc_project(const tc_projection *projection, double u, double v) {
    const double *h = projection->h, w = h[6] * u + h[7] * v + 1;
    return (tc_point){(h[0] * u + h[1] * v + h[2]) / w, (h[3] * u + h[4] * v + h[5]) / w};
}

enum { TC_MAX_PAIRS = 16 };

// Places that belong together, and how much each counts.
typedef struct tc_pairs {
    tc_point from[TC_MAX_PAIRS], to[TC_MAX_PAIRS];
    double weight[TC_MAX_PAIRS];
    int count;
} tc_pairs;

void tc_pairs_add(tc_pairs *pairs, tc_point from, tc_point to, double weight);

// The map that fits the pairs best, in least squares of the linearised equations. False when there is none.
bool tc_projection_fit(tc_projection *projection, const tc_pairs *pairs);

#endif
