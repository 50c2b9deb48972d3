// The direction, ends and height of bar codes, from profiles of grey along lines.
#include "codec/linear.h"

#include <math.h>
#include <string.h>

#include "codec/sampler.h"
#include "core/assert.h"
#include "core/symbology.h"

enum { SAMPLES = 96 };

static double grey_at(const tc_plane *plane, tc_vector at) {
    const tc_sampler sampler = {plane, false};
    return tc_sampler_at(&sampler, at);
}

static bool is_inside(const tc_plane *plane, tc_vector at) {
    return at.x >= 0 && at.y >= 0 && at.x <= plane->width && at.y <= plane->height;
}

// Samples grey along a line and subtracts the mean. Returns the norm of the profile.
static double sample_profile(const tc_plane *plane, tc_vector from, tc_vector to, double profile[SAMPLES]) {
    tc_vector step = tc_vector_scale(tc_vector_subtract(to, from), 1.0 / SAMPLES);
    double sum = 0, squares = 0;
    for (int i = 0; i < SAMPLES; i++) {
        profile[i] = grey_at(plane, tc_vector_add(from, tc_vector_scale(step, i + 0.5)));
        sum += profile[i] / SAMPLES;
    }
    for (int i = 0; i < SAMPLES; i++) {
        profile[i] -= sum;
        squares += profile[i] * profile[i];
    }
    return sqrt(squares);
}

// Normalised cross-correlation; 0 if b has much less contrast than a.
static double correlate(const double a[SAMPLES], double norm_a, const double b[SAMPLES], double norm_b) {
    double product = 0;
    for (int i = 0; i < SAMPLES; i++) product += a[i] * b[i];
    return norm_b < norm_a / 3 ? 0 : product / (norm_a * norm_b);
}

// ---- direction

// The dominant gradient direction along a line, from its structure tensor. False if there is none.
static bool find_direction(const tc_plane *plane, tc_vector from, tc_vector along, double *angle) {
    const double coherence = 0.5;
    double x = 0, y = 0, energy = 0;
    int count = (int)fmin(tc_vector_length(along), 4 * SAMPLES);
    for (int i = 0; i < count; i++) {
        tc_vector at = tc_vector_add(from, tc_vector_scale(along, (i + 0.5) / count));
        double dx = grey_at(plane, (tc_vector){at.x + 1, at.y}) - grey_at(plane, (tc_vector){at.x - 1, at.y});
        double dy = grey_at(plane, (tc_vector){at.x, at.y + 1}) - grey_at(plane, (tc_vector){at.x, at.y - 1});
        x += dx * dx - dy * dy;
        y += 2 * dx * dy;
        energy += dx * dx + dy * dy;
    }
    *angle = atan2(y, x) / 2;
    return hypot(x, y) >= coherence * energy;
}

// The line from `a` to `b` through the same centre, in the direction `angle`, which ends at the same bars as the line
// from `from` to `to`.
static void rotate_line(tc_vector from, tc_vector to, double angle, tc_vector *a, tc_vector *b) {
    tc_vector along = tc_vector_subtract(to, from), centre = tc_vector_scale(tc_vector_add(from, to), 0.5),
              across = {cos(angle), sin(angle)};
    double half = (along.x * across.x + along.y * across.y) / 2; // negative when the code reads the other way
    *a = tc_vector_subtract(centre, tc_vector_scale(across, half));
    *b = tc_vector_add(centre, tc_vector_scale(across, half));
}

// How well the profile along a rotated line correlates with its parallels, up to `far` pixels away.
static double parallel_correlation(const tc_plane *plane, tc_vector from, tc_vector to, double angle, double far) {
    double profile[SAMPLES], parallel[SAMPLES], sum = 0;
    tc_vector a, b, bars = {-sin(angle), cos(angle)};
    rotate_line(from, to, angle, &a, &b);
    double norm = sample_profile(plane, a, b, profile);
    for (int k = -2; k <= 2; k++) {
        tc_vector offset = tc_vector_scale(bars, far * k / 2);
        double other = k ? sample_profile(plane, tc_vector_add(a, offset), tc_vector_add(b, offset), parallel) : 0;
        if (k) sum += correlate(profile, norm, parallel, other);
    }
    return sum;
}

// Rotates the line around its centre until it is perpendicular to the bars, from coarse to fine steps.
static void straighten(const tc_plane *plane, tc_vector *from, tc_vector *to) {
    static const struct {
        double step, far; // degrees, pixels
    } searches[] = {{2, 6}, {0.5, 12}, {0.25, 24}};
    const double degree = 0.017453292519943295;
    tc_vector along = tc_vector_subtract(*to, *from), a, b;
    double angle;
    if (!find_direction(plane, *from, along, &angle)) return;
    for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
        double best = -1, start = angle;
        for (int k = -5; k <= 5; k++) {
            double tried = start + k * searches[i].step * degree;
            double score = parallel_correlation(plane, *from, *to, tried, searches[i].far);
            if (score > best) best = score, angle = tried;
        }
    }
    rotate_line(*from, *to, angle, &a, &b);
    if (tc_vector_length(tc_vector_subtract(b, a)) < tc_vector_length(along) / 4) return;
    *from = a;
    *to = b;
}

// ---- ends

// Whether a line lies inside the picture and no pixel on it is darker than `dark`.
static bool is_quiet(const tc_plane *plane, tc_vector from, tc_vector to, double dark) {
    tc_vector step = tc_vector_scale(tc_vector_subtract(to, from), 1.0 / SAMPLES);
    if (!is_inside(plane, from) || !is_inside(plane, to)) return false;
    for (int i = 0; i < SAMPLES; i++)
        if (grey_at(plane, tc_vector_add(from, tc_vector_scale(step, i))) < dark) return false;
    return true;
}

// The modules of an ITF code.
static double modules_of(size_t digits) {
    return 9 + 8 * (double)digits;
}

// Whether both ends of an ITF code have a quiet zone that is wider than any space in the code.
static bool has_quiet_zones(const tc_plane *plane, tc_vector from, tc_vector to, double modules) {
    const double first = 2, last = 6; // in modules from the end; the blurred edge of the last bar is skipped
    double mean = 0, min = 255;
    for (int i = 0; i < SAMPLES; i++) {
        double grey =
            grey_at(plane, tc_vector_add(from, tc_vector_scale(tc_vector_subtract(to, from), (i + 0.5) / SAMPLES)));
        mean += grey / SAMPLES;
        min = fmin(min, grey);
    }
    double dark = (mean + min) / 2;
    tc_vector module = tc_vector_scale(tc_vector_subtract(to, from), 1 / modules),
              near = tc_vector_scale(module, first), far = tc_vector_scale(module, last);
    return is_quiet(plane, tc_vector_subtract(from, near), tc_vector_subtract(from, far), dark) &&
           is_quiet(plane, tc_vector_add(to, near), tc_vector_add(to, far), dark);
}

// ---- height

// Moves the line from *a to *b in direction `out`, of length 1, as long as its profile stays the same. Each end may
// drift, as under perspective bars are not quite parallel.
static void extend_along_bars(const tc_plane *plane, tc_vector *a, tc_vector *b, tc_vector out) {
    enum { STEP = 2 };
    static const double drift[5][2] = {{0, 0}, {0.4, 0.4}, {-0.4, -0.4}, {0.4, -0.4}, {-0.4, 0.4}};
    const double min_correlation = 0.7;
    double bars[SAMPLES], next[SAMPLES], norm = sample_profile(plane, *a, *b, bars);
    tc_vector along = tc_vector_subtract(*b, *a);
    along = tc_vector_scale(along, 1 / tc_vector_length(along));
    for (;;) {
        double best = 0;
        tc_vector from = *a, to = *b;
        for (int i = 0; i < 5; i++) {
            tc_vector p =
                tc_vector_add(*a, tc_vector_add(tc_vector_scale(out, STEP), tc_vector_scale(along, drift[i][0])));
            tc_vector q =
                tc_vector_add(*b, tc_vector_add(tc_vector_scale(out, STEP), tc_vector_scale(along, drift[i][1])));
            if (!is_inside(plane, p) || !is_inside(plane, q)) return;
            double other = sample_profile(plane, p, q, next), score = correlate(bars, norm, next, other);
            if (score > best) best = score, from = p, to = q;
        }
        if (best < min_correlation) return;
        *a = from;
        *b = to;
    }
}

bool tc_linear_allows_partial_reads(int symbology) {
    TC_ASSERT(symbology >= 0 && symbology < TC_SYMBOLOGY_COUNT);
    return strcmp(tc_symbologies[symbology].wire, "itf") == 0;
}

tc_linear_extent tc_linear_locate(const tc_plane *plane, tc_reading *r) {
    TC_ASSERT(tc_symbology_is_linear(r->symbology));
    TC_ASSERT(plane->width >= 1 && plane->height >= 1 && plane->stride >= (size_t)plane->width);
    tc_vector from = {(r->x[0] + r->x[3]) / 2, (r->y[0] + r->y[3]) / 2};
    tc_vector to = {(r->x[1] + r->x[2]) / 2, (r->y[1] + r->y[2]) / 2};
    bool needs_quiet_zones = tc_linear_allows_partial_reads(r->symbology);
    double min_length = needs_quiet_zones ? 7 * (double)r->size : 8; // no bar is narrower than a pixel
    if (!(tc_vector_length(tc_vector_subtract(to, from)) >= min_length) || !is_inside(plane, from) ||
        !is_inside(plane, to))
        return TC_LINEAR_UNKNOWN;
    straighten(plane, &from, &to);
    if (needs_quiet_zones && !has_quiet_zones(plane, from, to, modules_of(r->size))) return TC_LINEAR_PARTIAL;
    tc_vector along = tc_vector_subtract(to, from),
              down = tc_vector_scale((tc_vector){-along.y, along.x}, 1 / tc_vector_length(along));
    tc_vector corner[4] = {from, to, to, from};
    extend_along_bars(plane, &corner[0], &corner[1], tc_vector_scale(down, -1));
    extend_along_bars(plane, &corner[3], &corner[2], down);
    if (tc_vector_length(tc_vector_subtract(corner[3], corner[0])) == 0) r->lines = 0;
    for (int i = 0; i < 4; i++) {
        tc_vector edge = tc_vector_add(corner[i], tc_vector_scale(down, i < 2 ? -0.5 : 0.5));
        r->x[i] = edge.x;
        r->y[i] = edge.y;
    }
    return TC_LINEAR_COMPLETE;
}
