// Finds points on each edge by the steepest gradient along its normal, fits a line to them, and intersects the lines.
#include "core/corners.h"

#include <math.h>

#include "core/assert.h"

enum { SAMPLES = 48, MIN_INLIERS = SAMPLES / 4, MAX_DISTANCE = 32 };

typedef struct vec2 {
    double x, y;
} vec2;

// A straight edge through `at` in direction `along`.
typedef struct edge {
    vec2 at, along;
} edge;

// A point of an edge: `t` of its length, `r` pixels outwards, and its contrast.
typedef struct sample {
    double t, r, contrast;
} sample;

// Bilinear interpolation, clamped to the picture.
static double grey_at(const tc_image *grey, double x, double y) {
    // The comparisons also catch NaN.
    double across = x > 0 ? fmin(x, grey->shape.width - 1) : 0, down = y > 0 ? fmin(y, grey->shape.height - 1) : 0;
    int column = (int)across, row = (int)down;
    TC_ASSERT_SLOW(column >= 0 && column < grey->shape.width && row >= 0 && row < grey->shape.height);
    size_t right = column + 1 < grey->shape.width, below = row + 1 < grey->shape.height ? grey->stride : 0;
    const uint8_t *p = grey->data + (size_t)row * grey->stride + column, *q = p + below;
    double top = p[0] + (across - column) * (p[right] - p[0]), bottom = q[0] + (across - column) * (q[right] - q[0]);
    return top + (down - row) * (bottom - top);
}

// Finds the steepest rise of brightness along the outward normal, or with `sign` -1 the steepest fall.
static sample find_gradient(const tc_image *grey, vec2 from, vec2 out, double max_distance, double sign) {
    enum { PER_PIXEL = 2, SPAN = PER_PIXEL, MAX_COUNT = 2 * MAX_DISTANCE * PER_PIXEL };
    double values[MAX_COUNT + 2 * SPAN + 1], rises[MAX_COUNT + 1] = {0};
    int half = (int)(max_distance * PER_PIXEL), count = 2 * half + 1, best = 0;
    TC_ASSERT(count <= MAX_COUNT + 1);
    for (int i = 0; i < count + 2 * SPAN; i++) {
        double r = (double)(i - half - SPAN) / PER_PIXEL;
        values[i] = grey_at(grey, from.x + r * out.x, from.y + r * out.y);
    }
    for (int i = 0; i < count; i++) {
        rises[i] = sign * (values[i + 2 * SPAN] - values[i]);
        if (rises[i] > rises[best]) best = i;
    }
    double at = best;
    if (best > 0 && best < count - 1) { // between samples: the vertex of a parabola
        double bend = rises[best - 1] - 2 * rises[best] + rises[best + 1];
        if (bend < 0) at += (rises[best - 1] - rises[best + 1]) / (2 * bend);
    }
    return (sample){.r = (at - half) / PER_PIXEL, .contrast = rises[best]};
}

// Moves the samples with at least half the greatest contrast to the front. Returns their number.
static int filter_samples(sample *samples) {
    double most = 0;
    int count = 0;
    for (int i = 0; i < SAMPLES; i++) most = fmax(most, samples[i].contrast);
    for (int i = 0; i < SAMPLES; i++)
        if (samples[i].contrast > 8 && samples[i].contrast >= most / 2) samples[count++] = samples[i];
    return count;
}

// Fits the line r = offset + slope t: of the lines through two samples the one with the least truncated distance to the
// others, then least squares over its inliers. False when these are too few.
static bool fit_line(const sample *samples, int count, double *offset, double *slope) {
    double best = INFINITY, max_residual = 1, s0 = 0, st = 0, stt = 0, sr = 0, srt = 0;
    for (int i = 0; i < count; i++)
        for (int j = i + SAMPLES / 8; j < count; j++) {
            double s = (samples[j].r - samples[i].r) / (samples[j].t - samples[i].t),
                   o = samples[i].r - s * samples[i].t;
            double distance = 0;
            for (int k = 0; k < count; k++) distance += fmin(max_residual, fabs(o + s * samples[k].t - samples[k].r));
            if (distance < best) best = distance, *slope = s, *offset = o;
        }
    for (int k = 0; k < count && best < INFINITY; k++) {
        if (fabs(*offset + *slope * samples[k].t - samples[k].r) > max_residual) continue;
        s0 += 1, st += samples[k].t, stt += samples[k].t * samples[k].t;
        sr += samples[k].r, srt += samples[k].r * samples[k].t;
    }
    double spread = s0 * stt - st * st;
    if (s0 < MIN_INLIERS || spread < 1e-9) return false;
    *slope = (s0 * srt - st * sr) / spread;
    *offset = (sr - *slope * st) / s0;
    return true;
}

// Fits a line to the edge from `a` to `b`, whose outward normal is `out`. Returns its total contrast.
static double find_edge(const tc_image *grey, vec2 a, vec2 b, vec2 out, double max_distance, double sign, edge *found) {
    sample samples[SAMPLES];
    double contrast = 0, offset, slope;
    vec2 along = {b.x - a.x, b.y - a.y};
    for (int i = 0; i < SAMPLES; i++) {
        double t = (i + 0.5) / SAMPLES;
        samples[i] = find_gradient(grey, (vec2){a.x + t * along.x, a.y + t * along.y}, out, max_distance, sign);
        samples[i].t = t;
        contrast += samples[i].contrast;
    }
    *found = (edge){a, along};
    if (fit_line(samples, filter_samples(samples), &offset, &slope)) {
        found->at = (vec2){a.x + offset * out.x, a.y + offset * out.y};
        found->along = (vec2){along.x + slope * out.x, along.y + slope * out.y};
    }
    return contrast;
}

static double cross(vec2 a, vec2 b) {
    return a.x * b.y - a.y * b.x;
}

// Fits all four edges. Returns their total contrast.
static double find_edges(const tc_image *grey, const vec2 corners[4], double max_distance, double sign, edge edges[4]) {
    double area = 0, contrast = 0;
    for (int i = 0; i < 4; i++) area += cross(corners[i], corners[(i + 1) % 4]);
    for (int i = 0; i < 4; i++) {
        vec2 a = corners[i], b = corners[(i + 1) % 4], along = {b.x - a.x, b.y - a.y};
        double length = sqrt(along.x * along.x + along.y * along.y), turn = area > 0 ? 1 : -1;
        vec2 out = {turn * along.y / fmax(length, 1), -turn * along.x / fmax(length, 1)};
        contrast += find_edge(grey, a, b, out, max_distance, sign, &edges[i]);
    }
    return contrast;
}

void tc_corners_refine(const tc_image *grey, double max_distance, double x[4], double y[4]) {
    TC_ASSERT(grey->data && grey->shape.channels == 1 && max_distance >= 0);
    vec2 corners[4];
    edge dark[4], light[4];
    max_distance = fmax(1, fmin(max_distance, MAX_DISTANCE));
    for (int i = 0; i < 4; i++) corners[i] = (vec2){x[i], y[i]};
    bool is_dark =
        find_edges(grey, corners, max_distance, 1, dark) >= find_edges(grey, corners, max_distance, -1, light);
    const edge *edges = is_dark ? dark : light;
    for (int i = 0; i < 4; i++) {
        edge a = edges[(i + 3) % 4], b = edges[i];
        double turn = cross(a.along, b.along), size = cross((vec2){b.at.x - a.at.x, b.at.y - a.at.y}, b.along);
        vec2 to = {a.at.x + a.along.x * size / turn, a.at.y + a.along.y * size / turn};
        double dx = to.x - x[i], dy = to.y - y[i];
        if (fabs(turn) > 1e-9 && dx * dx + dy * dy <= 4 * max_distance * max_distance) x[i] = to.x, y[i] = to.y;
    }
}
