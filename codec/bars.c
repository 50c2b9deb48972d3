#include "codec/bars.h"

#include <math.h>
#include <string.h>

#include "codec/outline.h"

enum { SAMPLES = 96 };

static double grey_at(const tc_plane *plane, tc_point at) {
    const tc_sight sight = {plane, false};
    return tc_sight_at(&sight, at);
}

static bool is_inside(const tc_plane *plane, tc_point at) {
    return at.x >= 0 && at.y >= 0 && at.x <= plane->width && at.y <= plane->height;
}

// ---- direction

// Turns the line through `from` and `to` around its middle, so that it crosses the bars at right angles and ends where
// they end: by the structure tensor of the pixels along it.
static void straighten(const tc_plane *plane, tc_point *from, tc_point *to) {
    const double coherence = 0.5;
    tc_point along = tc_minus(*to, *from), middle = tc_times(tc_plus(*from, *to), 0.5);
    double x = 0, y = 0, energy = 0, length = tc_length(along);
    int count = (int)fmin(length, 4 * SAMPLES);
    for (int i = 0; i < count; i++) {
        tc_point at = tc_plus(*from, tc_times(along, (i + 0.5) / count));
        double dx = grey_at(plane, (tc_point){at.x + 1, at.y}) - grey_at(plane, (tc_point){at.x - 1, at.y});
        double dy = grey_at(plane, (tc_point){at.x, at.y + 1}) - grey_at(plane, (tc_point){at.x, at.y - 1});
        x += dx * dx - dy * dy;
        y += 2 * dx * dy;
        energy += dx * dx + dy * dy;
    }
    if (hypot(x, y) < coherence * energy) return;
    double angle = atan2(y, x) / 2, reach;
    tc_point across = {cos(angle), sin(angle)};
    reach = (along.x * across.x + along.y * across.y) / 2; // negative when the code reads the other way
    if (fabs(reach) < length / 8) return;
    *from = tc_minus(middle, tc_times(across, reach));
    *to = tc_plus(middle, tc_times(across, reach));
}

// ---- ends

// Whether nothing dark is on the way from `from` to `to`.
static bool is_paper(const tc_plane *plane, tc_point from, tc_point to, double dark) {
    tc_point step = tc_times(tc_minus(to, from), 1.0 / SAMPLES);
    for (int i = 0; i < SAMPLES; i++)
        if (grey_at(plane, tc_plus(from, tc_times(step, i))) < dark) return false;
    return true;
}

// Whether paper follows at both ends of an ITF code with this many digits.
static bool has_margins(const tc_plane *plane, tc_point from, tc_point to, size_t digits) {
    const double first = 2, last = 6; // modules away: a bar's blurred edge is not part of the paper
    double modules = 9 + 8 * (double)digits, mean = 0, least = 255;
    for (int i = 0; i < SAMPLES; i++) {
        double grey = grey_at(plane, tc_plus(from, tc_times(tc_minus(to, from), (i + 0.5) / SAMPLES)));
        mean += grey / SAMPLES;
        least = fmin(least, grey);
    }
    double dark = (mean + least) / 2;
    tc_point module = tc_times(tc_minus(to, from), 1 / modules), near = tc_times(module, first),
             far = tc_times(module, last);
    return is_paper(plane, tc_minus(from, near), tc_minus(from, far), dark) &&
           is_paper(plane, tc_plus(to, near), tc_plus(to, far), dark);
}

// ---- height

// Grey along a line, less its mean. Returns its length as a vector.
static double look(const tc_plane *plane, tc_point from, tc_point to, double profile[SAMPLES]) {
    tc_point step = tc_times(tc_minus(to, from), 1.0 / SAMPLES);
    double sum = 0, squares = 0;
    for (int i = 0; i < SAMPLES; i++) {
        profile[i] = grey_at(plane, tc_plus(from, tc_times(step, i + 0.5)));
        sum += profile[i] / SAMPLES;
    }
    for (int i = 0; i < SAMPLES; i++) {
        profile[i] -= sum;
        squares += profile[i] * profile[i];
    }
    return sqrt(squares);
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

bool tc_bars_place(const tc_plane *plane, tc_reading *r) {
    tc_point from = {(r->x[0] + r->x[3]) / 2, (r->y[0] + r->y[3]) / 2};
    tc_point to = {(r->x[1] + r->x[2]) / 2, (r->y[1] + r->y[2]) / 2};
    if (!(tc_length(tc_minus(to, from)) >= 8) || !is_inside(plane, from) || !is_inside(plane, to)) return true;
    straighten(plane, &from, &to);
    if (strcmp(tc_symbologies[r->symbology].wire, "itf") == 0 && !has_margins(plane, from, to, r->size)) return false;
    tc_point along = tc_minus(to, from), down = tc_times((tc_point){-along.y, along.x}, 1 / tc_length(along));
    tc_point top = tc_times(down, -reach(plane, from, to, tc_times(down, -1)) - 0.5);
    tc_point bottom = tc_times(down, reach(plane, from, to, down) + 0.5);
    const tc_point corner[4] = {tc_plus(from, top), tc_plus(to, top), tc_plus(to, bottom), tc_plus(from, bottom)};
    for (int i = 0; i < 4; i++) {
        r->x[i] = corner[i].x;
        r->y[i] = corner[i].y;
    }
    return true;
}
