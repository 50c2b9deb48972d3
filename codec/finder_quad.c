// Locates the four sides of a finder pattern by line fits to edge points.
#include "codec/finder_quad.h"

#include "core/assert.h"

// Scans from `from` in direction `step`, about one module, for the outer edge of the dark ring, expected at about 3.5
// modules. Returns its distance in modules with sub-sample precision; negative if there is none.
static double ring_end(const tc_sampler *sampler, tc_vector from, tc_vector step, double threshold) {
    enum { SAMPLES_PER_MODULE = 10, FIRST = 20, RING = 24, FIRST_EDGE = 28, LAST = 52 }; // in samples
    double previous = 0;
    bool dark = false;
    for (int i = FIRST; i <= LAST; i++) {
        double at = (double)i / SAMPLES_PER_MODULE,
               grey = tc_sampler_at(sampler, tc_vector_add(from, tc_vector_scale(step, at)));
        if (grey < threshold && i >= RING) dark = true;
        if (dark && grey >= threshold && i >= FIRST_EDGE)
            return at - (grey - threshold) / fmax(1, grey - previous) / SAMPLES_PER_MODULE;
        previous = grey;
    }
    return -1;
}

typedef struct line {
    tc_vector at, along;
} line;

static tc_vector intersect(line a, line b) {
    double cross = a.along.x * b.along.y - a.along.y * b.along.x;
    tc_vector ab = tc_vector_subtract(b.at, a.at);
    double t = fabs(cross) < 1e-9 ? 0 : (ab.x * b.along.y - ab.y * b.along.x) / cross;
    return tc_vector_add(a.at, tc_vector_scale(a.along, t));
}

enum { SCAN_LINES = 13, MIN_EDGE_POINTS = 7 };

// Fits the line r = offset + slope t robustly: of the lines through two of the points, the one with the least sum of
// distances, each limited to half a module. Returns that sum.
static double fit_line(const double *t, const double *r, int count, double *offset, double *slope) {
    TC_ASSERT_SLOW(count >= MIN_EDGE_POINTS);
    double best = INFINITY;
    for (int i = 0; i < count; i++)
        for (int j = i + 3; j < count; j++) {
            double s = (r[j] - r[i]) / (t[j] - t[i]), o = r[i] - s * t[i], distance = 0;
            for (int k = 0; k < count; k++) distance += fmin(0.5, fabs(o + s * t[k] - r[k]));
            if (distance < best) best = distance, *slope = s, *offset = o;
        }
    return best;
}

// Fits a line to the outer edge of the ring towards `out`, from scan lines at several places along `side`.
static bool find_side(const tc_sampler *sampler, tc_vector centre, tc_vector out, tc_vector side, double threshold,
                      line *edge) {
    double t[SCAN_LINES], r[SCAN_LINES], offset = 0, slope = 0;
    int points = 0;
    for (int i = 0; i < SCAN_LINES; i++) {
        t[points] = -3 + 0.5 * i;
        r[points] = ring_end(sampler, tc_vector_add(centre, tc_vector_scale(side, t[points])), out, threshold);
        if (r[points] > 0) points++;
    }
    if (points < MIN_EDGE_POINTS) return false;
    if (fit_line(t, r, points, &offset, &slope) > 0.25 * points || fabs(slope) > 0.8) return false;
    *edge =
        (line){tc_vector_add(centre, tc_vector_scale(out, offset)), tc_vector_add(side, tc_vector_scale(out, slope))};
    return true;
}

// The grey between the dark centre and the light ring around it. False if there is too little contrast.
static bool find_threshold(const tc_sampler *sampler, tc_vector centre, tc_vector u, tc_vector v, double *threshold) {
    double dark = 0, light = 0;
    for (int j = -1; j <= 1; j++)
        for (int i = -1; i <= 1; i++) {
            tc_vector to = tc_vector_add(tc_vector_scale(u, i), tc_vector_scale(v, j));
            dark += tc_sampler_at(sampler, tc_vector_add(centre, tc_vector_scale(to, 0.7))) / 9;
            if (i || j) light += tc_sampler_at(sampler, tc_vector_add(centre, tc_vector_scale(to, 2))) / 8;
        }
    *threshold = (dark + light) / 2;
    return light > dark + 8;
}

static bool find_corners(const tc_sampler *sampler, tc_vector u, tc_vector v, tc_finder_quad *quad) {
    line left, right, top, bottom;
    if (!find_side(sampler, quad->centre, tc_vector_scale(u, -1), v, quad->threshold, &left) ||
        !find_side(sampler, quad->centre, u, v, quad->threshold, &right) ||
        !find_side(sampler, quad->centre, tc_vector_scale(v, -1), u, quad->threshold, &top) ||
        !find_side(sampler, quad->centre, v, u, quad->threshold, &bottom))
        return false;
    quad->corner[0] = intersect(top, left);
    quad->corner[1] = intersect(top, right);
    quad->corner[2] = intersect(bottom, right);
    quad->corner[3] = intersect(bottom, left);
    return true;
}

void tc_finder_quad_locate(const tc_sampler *sampler, tc_vector centre, tc_vector u, tc_vector v,
                           tc_finder_quad *quad) {
    *quad = (tc_finder_quad){.centre = centre};
    quad->located = find_threshold(sampler, centre, u, v, &quad->threshold);
    for (int round = 0; round < 2 && quad->located; round++) { // the second time with u and v from the first
        quad->located = find_corners(sampler, u, v, quad);
        if (!quad->located) break;
        const tc_vector *c = quad->corner;
        u = tc_vector_scale(tc_vector_subtract(tc_vector_add(c[1], c[2]), tc_vector_add(c[0], c[3])), 1.0 / 14);
        v = tc_vector_scale(tc_vector_subtract(tc_vector_add(c[2], c[3]), tc_vector_add(c[0], c[1])), 1.0 / 14);
        quad->centre = tc_vector_scale(tc_vector_add(tc_vector_add(c[0], c[1]), tc_vector_add(c[2], c[3])), 0.25);
        quad->located = tc_vector_length(u) > 0.5 && tc_vector_length(v) > 0.5;
    }
    if (quad->located) return;
    const int right[4] = {-1, 1, 1, -1}, down[4] = {-1, -1, 1, 1};
    for (int i = 0; i < 4; i++)
        quad->corner[i] = tc_vector_add(
            quad->centre, tc_vector_add(tc_vector_scale(u, 3.5 * right[i]), tc_vector_scale(v, 3.5 * down[i])));
}

double tc_finder_quad_width(const tc_sampler *sampler, tc_vector centre, tc_vector step) {
    tc_vector back = tc_vector_scale(step, -1), ring = tc_vector_scale(step, 2);
    double dark = tc_sampler_at(sampler, centre);
    double light = (tc_sampler_at(sampler, tc_vector_add(centre, ring)) +
                    tc_sampler_at(sampler, tc_vector_subtract(centre, ring))) /
                   2;
    double a = ring_end(sampler, centre, step, (dark + light) / 2),
           b = ring_end(sampler, centre, back, (dark + light) / 2);
    double width = a > 0 && b > 0 ? (a + b) / 7 : 1;
    return width < 0.6 || width > 1.6 ? 1 : width;
}

bool tc_finder_quad_homography(const tc_finder_quad *quad, tc_homography *homography) {
    static const tc_vector square[4] = {{0, 0}, {7, 0}, {7, 7}, {0, 7}};
    tc_correspondences pairs = {.count = 0};
    for (int i = 0; i < 4; i++) tc_correspondences_add(&pairs, square[i], quad->corner[i], 1);
    return tc_homography_fit(homography, &pairs);
}
