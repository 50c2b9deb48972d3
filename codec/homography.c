// The direct linear transform: eight unknowns from weighted normal equations.
#include "codec/homography.h"

#include <string.h>

#include "core/assert.h"

void tc_correspondences_add(tc_correspondences *pairs, tc_vector from, tc_vector to, double weight) {
    TC_ASSERT(pairs->count >= 0 && pairs->count < TC_MAX_CORRESPONDENCES);
    TC_ASSERT(weight > 0);
    pairs->from[pairs->count] = from;
    pairs->to[pairs->count] = to;
    pairs->weight[pairs->count++] = weight;
}

static void swap_rows(double a[9], double b[9]) {
    double copy[9];
    memcpy(copy, a, sizeof copy);
    memcpy(a, b, sizeof copy);
    memcpy(b, copy, sizeof copy);
}

// Gaussian elimination with partial pivoting. False if the matrix is singular.
static bool solve(double a[8][9], double x[8]) {
    for (int i = 0; i < 8; i++) {
        int best = i;
        for (int j = i + 1; j < 8; j++)
            if (fabs(a[j][i]) > fabs(a[best][i])) best = j;
        if (!(fabs(a[best][i]) > 1e-12)) return false;
        if (best != i) swap_rows(a[i], a[best]);
        for (int j = i + 1; j < 8; j++) {
            double factor = a[j][i] / a[i][i];
            for (int k = i; k < 9; k++) a[j][k] -= factor * a[i][k];
        }
    }
    for (int i = 7; i >= 0; i--) {
        x[i] = a[i][8];
        for (int k = i + 1; k < 8; k++) x[i] -= a[i][k] * x[k];
        x[i] /= a[i][i];
    }
    return true;
}

// Adds the normal equations of one pair of points.
static void add_equations(double a[8][9], double u, double v, double x, double y, double weight) {
    const double rows[2][9] = {{u, v, 1, 0, 0, 0, -u * x, -v * x, x}, {0, 0, 0, u, v, 1, -u * y, -v * y, y}};
    for (int r = 0; r < 2; r++)
        for (int j = 0; j < 8; j++)
            for (int k = 0; k < 9; k++) a[j][k] += weight * rows[r][j] * rows[r][k];
}

bool tc_homography_fit(tc_homography *homography, const tc_correspondences *pairs) {
    TC_ASSERT(pairs->count <= TC_MAX_CORRESPONDENCES);
    TC_ASSERT(pairs->count >= 4);
    // Coordinates near 1 and around 0 condition the equations well.
    const double from_scale = 1.0 / 32, to_scale = 1.0 / 128;
    tc_vector origin = pairs->to[0];
    double a[8][9] = {{0}}, h[8];
    for (int i = 0; i < pairs->count; i++) {
        tc_vector from = tc_vector_scale(pairs->from[i], from_scale);
        tc_vector to = tc_vector_scale(tc_vector_subtract(pairs->to[i], origin), to_scale);
        add_equations(a, from.x, from.y, to.x, to.y, pairs->weight[i]);
    }
    if (!solve(a, h)) return false;
    const double scales[8] = {from_scale, from_scale, 1, from_scale, from_scale, 1, from_scale, from_scale};
    for (int k = 0; k < 8; k++) h[k] *= scales[k];
    for (int k = 0; k < 3; k++) {
        double w = k < 2 ? h[6 + k] : 1;
        h[k] = h[k] / to_scale + origin.x * w;
        h[3 + k] = h[3 + k] / to_scale + origin.y * w;
    }
    memcpy(homography->h, h, sizeof h);
    return true;
}
