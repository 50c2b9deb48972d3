#include "codec/bars.h"

#include <math.h>

#include "codec/outline.h"

enum { SAMPLES = 96 };

// Grey along a line, less its mean. Returns its length as a vector.
static double look(const tc_plane *plane, tc_point from, tc_point to, double profile[SAMPLES]) {
    const tc_sight sight = {plane, false};
    tc_point step = tc_times(tc_minus(to, from), 1.0 / SAMPLES);
    double sum = 0, squares = 0;
    for (int i = 0; i < SAMPLES; i++) {
        profile[i] = tc_sight_at(&sight, tc_plus(from, tc_times(step, i + 0.5)));
        sum += profile[i] / SAMPLES;
    }
    for (int i = 0; i < SAMPLES; i++) {
        profile[i] -= sum;
        squares += profile[i] * profile[i];
    }
    return sqrt(squares);
}

static bool is_inside(const tc_plane *plane, tc_point at) {
    return at.x >= 0 && at.y >= 0 && at.x <= plane->width && at.y <= plane->height;
}

// How many pixels further towards `out`, which is one pixel long, the picture is as it is from `from` to `to`.
static int reach(const tc_plane *plane, tc_point from, tc_point to, tc_point out) {
    const double alike = 0.7;
    double bars[SAMPLES], next[SAMPLES], length = look(plane, from, to, bars);
    for (int n = 1;; n++) {
        tc_point a = tc_plus(from, tc_times(out, n)), b = tc_plus(to, tc_times(out, n));
        if (!is_inside(plane, a) || !is_inside(plane, b)) return n - 1;
        double product = 0, other = look(plane, a, b, next);
        for (int i = 0; i < SAMPLES; i++) product += bars[i] * next[i];
        if (!(product > alike * length * other) || other < length / 3) return n - 1;
    }
}

void tc_bars_extend(const tc_plane *plane, tc_reading *r) {
    tc_point from = {(r->x[0] + r->x[3]) / 2, (r->y[0] + r->y[3]) / 2};
    tc_point to = {(r->x[1] + r->x[2]) / 2, (r->y[1] + r->y[2]) / 2}, along = tc_minus(to, from);
    double length = tc_length(along);
    if (!(length >= 8) || !is_inside(plane, from) || !is_inside(plane, to)) return;
    tc_point down = {-along.y / length, along.x / length};
    tc_point top = tc_times(down, -reach(plane, from, to, tc_times(down, -1)) - 0.5);
    tc_point bottom = tc_times(down, reach(plane, from, to, down) + 0.5);
    const tc_point corner[4] = {tc_plus(from, top), tc_plus(to, top), tc_plus(to, bottom), tc_plus(from, bottom)};
    for (int i = 0; i < 4; i++) {
        r->x[i] = corner[i].x;
        r->y[i] = corner[i].y;
    }
}
