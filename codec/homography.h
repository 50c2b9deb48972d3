// Homographies: projective maps of the plane, and their fit to point correspondences.
#ifndef TC_CODEC_HOMOGRAPHY_H
#define TC_CODEC_HOMOGRAPHY_H

#include <stdbool.h>

#include "codec/vector.h"

// (u, v) maps to (h0 u + h1 v + h2, h3 u + h4 v + h5) / (h6 u + h7 v + 1).
typedef struct tc_homography {
    double h[8];
} tc_homography;

static inline tc_vector tc_homography_apply(const tc_homography *homography, double u, double v) {
    const double *h = homography->h, w = h[6] * u + h[7] * v + 1;
    return (tc_vector){(h[0] * u + h[1] * v + h[2]) / w, (h[3] * u + h[4] * v + h[5]) / w};
}

enum { TC_MAX_CORRESPONDENCES = 16 };

typedef struct tc_correspondences {
    tc_vector from[TC_MAX_CORRESPONDENCES], to[TC_MAX_CORRESPONDENCES];
    double weight[TC_MAX_CORRESPONDENCES];
    int count;
} tc_correspondences;

// Adds a pair of points. There must be room: at most TC_MAX_CORRESPONDENCES. `weight` > 0.
void tc_correspondences_add(tc_correspondences *pairs, tc_vector from, tc_vector to, double weight);

// Fits the homography to the pairs by weighted linear least squares (the direct linear transform with h8 = 1). Returns
// false if the pairs determine none; `homography` is unchanged then.
bool tc_homography_fit(tc_homography *homography, const tc_correspondences *pairs);

#endif
