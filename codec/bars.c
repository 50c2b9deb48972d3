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

static double alike(const double a[SAMPLES], double length_a, const double b[SAMPLES], double length_b) {
    double product = 0;
    for (int i = 0; i < SAMPLES; i++) product += a[i] * b[i];
    return length_b < length_a / 3 ? 0 : product / (length_a * length_b);
}

// ---- direction

// The direction in which the pixels along a line change, by their structure tensor. False when there is none.
static bool find_direction(const tc_plane *plane, tc_point from, tc_point along, double *angle) {
    const double coherence = 0.5;
    double x = 0, y = 0, energy = 0;
    int count = (int)fmin(tc_length(along), 4 * SAMPLES);
    for (int i = 0; i < count; i++) {
        tc_point at = tc_plus(from, tc_times(along, (i + 0.5) / count));
        double dx = grey_at(plane, (tc_point){at.x + 1, at.y}) - grey_at(plane, (tc_point){at.x - 1, at.y});
        double dy = grey_at(plane, (tc_point){at.x, at.y + 1}) - grey_at(plane, (tc_point){at.x, at.y - 1});
        x += dx * dx - dy * dy;
        y += 2 * dx * dy;
        energy += dx * dx + dy * dy;
    }
    *angle = atan2(y, x) / 2;
    return hypot(x, y) >= coherence * energy;
}

// The line through the same middle that crosses bars at right angles, if that is their direction, and ends where the
// bars do at which it ends.
static void turn(tc_point from, tc_point to, double angle, tc_point *a, tc_point *b) {
    tc_point along = tc_minus(to, from), middle = tc_times(tc_plus(from, to), 0.5), across = {cos(angle), sin(angle)};
    double reach = (along.x * across.x + along.y * across.y) / 2; // negative when the code reads the other way
    *a = tc_minus(middle, tc_times(across, reach));
    *b = tc_plus(middle, tc_times(across, reach));
}

// How much the picture is alike beside such a line, up to `far` pixels away.
static double steadiness(const tc_plane *plane, tc_point from, tc_point to, double angle, double far) {
    double here[SAMPLES], there[SAMPLES], sum = 0;
    tc_point a, b, bars = {-sin(angle), cos(angle)};
    turn(from, to, angle, &a, &b);
    double length = look(plane, a, b, here);
    for (int k = -2; k <= 2; k++) {
        tc_point by = tc_times(bars, far * k / 2);
        double other = k ? look(plane, tc_plus(a, by), tc_plus(b, by), there) : 0;
        if (k) sum += alike(here, length, there, other);
    }
    return sum;
}

// Turns the line through *from and *to around its middle, so that it crosses the bars at right angles.
static void straighten(const tc_plane *plane, tc_point *from, tc_point *to) {
    static const struct {
        double step, far; // degrees, pixels
    } rounds[] = {{2, 6}, {0.5, 12}, {0.25, 24}};
    const double degree = 0.017453292519943295;
    tc_point along = tc_minus(*to, *from), a, b;
    double angle;
    if (!find_direction(plane, *from, along, &angle)) return;
    for (size_t i = 0; i < sizeof rounds / sizeof *rounds; i++) {
        double best = -1, middle = angle;
        for (int k = -5; k <= 5; k++) {
            double tried = middle + k * rounds[i].step * degree;
            double score = steadiness(plane, *from, *to, tried, rounds[i].far);
            if (score > best) best = score, angle = tried;
        }
    }
    turn(*from, *to, angle, &a, &b);
    if (tc_length(tc_minus(b, a)) < tc_length(along) / 4) return;
    *from = a;
    *to = b;
}

// ---- ends

// Whether nothing dark is on the way from `from` to `to`, which is all in the picture.
static bool is_paper(const tc_plane *plane, tc_point from, tc_point to, double dark) {
    tc_point step = tc_times(tc_minus(to, from), 1.0 / SAMPLES);
    if (!is_inside(plane, from) || !is_inside(plane, to)) return false;
    for (int i = 0; i < SAMPLES; i++)
        if (grey_at(plane, tc_plus(from, tc_times(step, i))) < dark) return false;
    return true;
}

// Of an ITF code.
static double modules_of(size_t digits) {
    return 9 + 8 * (double)digits;
}

// Whether paper follows at both ends of an ITF code, farther than within the code: what the
// picture's edge cuts off looks like a shorter code, whose end nobody has seen.
static bool has_margins(const tc_plane *plane, tc_point from, tc_point to, double modules) {
    const double first = 2, last = 6; // modules away: a bar's blurred edge is not part of the paper
    double mean = 0, least = 255;
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

// Moves the line from *a to *b towards `out`, which is one pixel long, as far as the picture is alike; its ends follow
// bars that are not quite parallel.
static void follow(const tc_plane *plane, tc_point *a, tc_point *b, tc_point out) {
    enum { STEP = 2 };
    static const double drift[5][2] = {{0, 0}, {0.4, 0.4}, {-0.4, -0.4}, {0.4, -0.4}, {-0.4, 0.4}};
    const double enough = 0.7;
    double bars[SAMPLES], next[SAMPLES], length = look(plane, *a, *b, bars);
    tc_point along = tc_minus(*b, *a);
    along = tc_times(along, 1 / tc_length(along));
    for (;;) {
        double best = 0;
        tc_point from = *a, to = *b;
        for (int i = 0; i < 5; i++) {
            tc_point p = tc_plus(*a, tc_plus(tc_times(out, STEP), tc_times(along, drift[i][0])));
            tc_point q = tc_plus(*b, tc_plus(tc_times(out, STEP), tc_times(along, drift[i][1])));
            if (!is_inside(plane, p) || !is_inside(plane, q)) return;
            double other = look(plane, p, q, next), score = alike(bars, length, next, other);
            if (score > best) best = score, from = p, to = q;
        }
        if (best < enough) return;
        *a = from;
        *b = to;
    }
}

bool tc_bars_is_open(int symbology) {
    return strcmp(tc_symbologies[symbology].wire, "itf") == 0;
}

tc_bars_ends tc_bars_place(const tc_plane *plane, tc_reading *r) {
    tc_point from = {(r->x[0] + r->x[3]) / 2, (r->y[0] + r->y[3]) / 2};
    tc_point to = {(r->x[1] + r->x[2]) / 2, (r->y[1] + r->y[2]) / 2};
    bool open = tc_bars_is_open(r->symbology);
    double least = open ? 7 * (double)r->size : 8; // pixels: no bar is narrower than one
    if (!(tc_length(tc_minus(to, from)) >= least) || !is_inside(plane, from) || !is_inside(plane, to))
        return TC_BARS_UNSEEN;
    straighten(plane, &from, &to);
    if (open && !has_margins(plane, from, to, modules_of(r->size))) return TC_BARS_WITHIN;
    tc_point along = tc_minus(to, from), down = tc_times((tc_point){-along.y, along.x}, 1 / tc_length(along));
    tc_point corner[4] = {from, to, to, from};
    follow(plane, &corner[0], &corner[1], tc_times(down, -1));
    follow(plane, &corner[3], &corner[2], down);
    if (tc_length(tc_minus(corner[3], corner[0])) == 0) r->lines = 0;
    for (int i = 0; i < 4; i++) {
        tc_point edge = tc_plus(corner[i], tc_times(down, i < 2 ? -0.5 : 0.5));
        r->x[i] = edge.x;
        r->y[i] = edge.y;
    }
    return TC_BARS_SEEN;
}
