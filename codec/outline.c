#include "codec/outline.h"

// What of a coordinate lies between pixels 0 and side - 1; what is not a number becomes 0.
static inline double between(double at, int side) {
    return at > 0 ? (at < side - 1 ? at : side - 1) : 0;
}

double tc_sight_at(const tc_sight *sight, tc_point at) {
    const tc_plane *plane = sight->plane;
    double x = between(at.x - 0.5, plane->width), y = between(at.y - 0.5, plane->height);
    int column = (int)x, row = (int)y;
    double fx = x - column, fy = y - row;
    size_t right = column + 1 < plane->width, below = row + 1 < plane->height ? plane->stride : 0;
    const uint8_t *p = plane->data + (size_t)row * plane->stride + column, *q = p + below;
    double top = p[0] + fx * (p[right] - p[0]), bottom = q[0] + fx * (q[right] - q[0]);
    double grey = top + fy * (bottom - top);
    return sight->light ? 255 - grey : grey;
}

// Where the dark ring ends on the way from the middle in direction `step`, which is about one module long: in modules;
// negative when it does not end where it should, at about 3.5.
static double ring_end(const tc_sight *sight, tc_point from, tc_point step, double threshold) {
    enum { PARTS = 10, FIRST = 20, RING = 24, FIRST_END = 28, LAST = 52 }; // of a module
    double before = 0;
    bool dark = false;
    for (int i = FIRST; i <= LAST; i++) {
        double at = (double)i / PARTS, grey = tc_sight_at(sight, tc_plus(from, tc_times(step, at)));
        if (grey < threshold && i >= RING) dark = true;
        if (dark && grey >= threshold && i >= FIRST_END)
            return at - (grey - threshold) / fmax(1, grey - before) / PARTS;
        before = grey;
    }
    return -1;
}

typedef struct line {
    tc_point at, along;
} line;

static tc_point cut(line a, line b) {
    double cross = a.along.x * b.along.y - a.along.y * b.along.x;
    tc_point ab = tc_minus(b.at, a.at);
    double t = fabs(cross) < 1e-9 ? 0 : (ab.x * b.along.y - ab.y * b.along.x) / cross;
    return tc_plus(a.at, tc_times(a.along, t));
}

enum { LOOKS = 13, LEAST_SEEN = 7 };

// The straight line r = offset + slope t that the points are closest to: one through two of them. Returns the sum of
// the distances, of which none counts for more than half a module.
static double fit_line(const double *t, const double *r, int count, double *offset, double *slope) {
    double best = INFINITY;
    for (int i = 0; i < count; i++)
        for (int j = i + 3; j < count; j++) {
            double s = (r[j] - r[i]) / (t[j] - t[i]), o = r[i] - s * t[i], distance = 0;
            for (int k = 0; k < count; k++) distance += fmin(0.5, fabs(o + s * t[k] - r[k]));
            if (distance < best) best = distance, *slope = s, *offset = o;
        }
    return best;
}

// The line on which the ring ends towards `out`, looked for at several places along `side`.
static bool find_side(const tc_sight *sight, tc_point middle, tc_point out, tc_point side, double threshold,
                      line *edge) {
    double t[LOOKS], r[LOOKS], offset = 0, slope = 0;
    int seen = 0;
    for (int i = 0; i < LOOKS; i++) {
        t[seen] = -3 + 0.5 * i;
        r[seen] = ring_end(sight, tc_plus(middle, tc_times(side, t[seen])), out, threshold);
        if (r[seen] > 0) seen++;
    }
    if (seen < LEAST_SEEN) return false;
    if (fit_line(t, r, seen, &offset, &slope) > 0.25 * seen || fabs(slope) > 0.8) return false;
    *edge = (line){tc_plus(middle, tc_times(out, offset)), tc_plus(side, tc_times(out, slope))};
    return true;
}

// Dark middle, light ring around it: gives the grey between both. False when there is no contrast.
static bool find_threshold(const tc_sight *sight, tc_point middle, tc_point u, tc_point v, double *threshold) {
    double dark = 0, light = 0;
    for (int j = -1; j <= 1; j++)
        for (int i = -1; i <= 1; i++) {
            tc_point to = tc_plus(tc_times(u, i), tc_times(v, j));
            dark += tc_sight_at(sight, tc_plus(middle, tc_times(to, 0.7))) / 9;
            if (i || j) light += tc_sight_at(sight, tc_plus(middle, tc_times(to, 2))) / 8;
        }
    *threshold = (dark + light) / 2;
    return light > dark + 8;
}

static bool find_corners(const tc_sight *sight, tc_point u, tc_point v, tc_outline *o) {
    line left, right, top, bottom;
    if (!find_side(sight, o->middle, tc_times(u, -1), v, o->threshold, &left) ||
        !find_side(sight, o->middle, u, v, o->threshold, &right) ||
        !find_side(sight, o->middle, tc_times(v, -1), u, o->threshold, &top) ||
        !find_side(sight, o->middle, v, u, o->threshold, &bottom))
        return false;
    o->corner[0] = cut(top, left);
    o->corner[1] = cut(top, right);
    o->corner[2] = cut(bottom, right);
    o->corner[3] = cut(bottom, left);
    return true;
}

void tc_outline_find(const tc_sight *sight, tc_point middle, tc_point u, tc_point v, tc_outline *o) {
    *o = (tc_outline){.middle = middle};
    o->good = find_threshold(sight, middle, u, v, &o->threshold);
    for (int round = 0; round < 2 && o->good; round++) { // again, with the steps that the first round has found
        o->good = find_corners(sight, u, v, o);
        if (!o->good) break;
        const tc_point *c = o->corner;
        u = tc_times(tc_minus(tc_plus(c[1], c[2]), tc_plus(c[0], c[3])), 1.0 / 14);
        v = tc_times(tc_minus(tc_plus(c[2], c[3]), tc_plus(c[0], c[1])), 1.0 / 14);
        o->middle = tc_times(tc_plus(tc_plus(c[0], c[1]), tc_plus(c[2], c[3])), 0.25);
        o->good = tc_length(u) > 0.5 && tc_length(v) > 0.5;
    }
    if (o->good) return;
    const int right[4] = {-1, 1, 1, -1}, down[4] = {-1, -1, 1, 1};
    for (int i = 0; i < 4; i++)
        o->corner[i] = tc_plus(o->middle, tc_plus(tc_times(u, 3.5 * right[i]), tc_times(v, 3.5 * down[i])));
}

double tc_outline_width(const tc_sight *sight, tc_point middle, tc_point step) {
    tc_point back = tc_times(step, -1), ring = tc_times(step, 2);
    double dark = tc_sight_at(sight, middle);
    double light = (tc_sight_at(sight, tc_plus(middle, ring)) + tc_sight_at(sight, tc_minus(middle, ring))) / 2;
    double a = ring_end(sight, middle, step, (dark + light) / 2), b = ring_end(sight, middle, back, (dark + light) / 2);
    double width = a > 0 && b > 0 ? (a + b) / 7 : 1;
    return width < 0.6 || width > 1.6 ? 1 : width;
}

bool tc_outline_project(const tc_outline *outline, tc_projection *projection) {
    static const tc_point square[4] = {{0, 0}, {7, 0}, {7, 7}, {0, 7}};
    tc_pairs pairs = {.count = 0};
    for (int i = 0; i < 4; i++) tc_pairs_add(&pairs, square[i], outline->corner[i], 1);
    return tc_projection_fit(projection, &pairs);
}
