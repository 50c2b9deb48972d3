#include "core/corners.h"
#include "core/assert.h"

#include <math.h>

enum { LOOKS = 48, LEAST_SEEN = LOOKS / 4, MOST_REACH = 32 };

typedef struct place {
    double x, y;
} place;

// A straight edge: `at` and `along` it.
typedef struct edge {
    place at, along;
} edge;

// Where an edge was seen: `t` of its length, `r` pixels outwards, with that contrast.
typedef struct look {
    double t, r, contrast;
} look;

// Bilinear; beyond the picture's edge the edge's.
static double grey_at(const tc_image *grey, double x, double y) {
    // Also catches what is not a number.
    double across = x > 0 ? fmin(x, grey->shape.width - 1) : 0, down = y > 0 ? fmin(y, grey->shape.height - 1) : 0;
    int column = (int)across, row = (int)down;
    size_t right = column + 1 < grey->shape.width, below = row + 1 < grey->shape.height ? grey->stride : 0;
    const uint8_t *p = grey->data + (size_t)row * grey->stride + column, *q = p + below;
    double top = p[0] + (across - column) * (p[right] - p[0]), bottom = q[0] + (across - column) * (q[right] - q[0]);
    return top + (down - row) * (bottom - top);
}

// Looks outwards for the steepest way from dark to light, or with `sign` -1 from light to dark.
static look look_out(const tc_image *grey, place from, place out, double reach, double sign) {
    enum { PER_PIXEL = 2, SPAN = PER_PIXEL, MOST = 2 * MOST_REACH * PER_PIXEL };
    double samples[MOST + 2 * SPAN + 1], rises[MOST + 1] = {0};
    int half = (int)(reach * PER_PIXEL), count = 2 * half + 1, best = 0;
    for (int i = 0; i < count + 2 * SPAN; i++) {
        double r = (double)(i - half - SPAN) / PER_PIXEL;
        samples[i] = grey_at(grey, from.x + r * out.x, from.y + r * out.y);
    }
    for (int i = 0; i < count; i++) {
        rises[i] = sign * (samples[i + 2 * SPAN] - samples[i]);
        if (rises[i] > rises[best]) best = i;
    }
    double at = best;
    if (best > 0 && best < count - 1) { // between samples: the top of a parabola
        double bend = rises[best - 1] - 2 * rises[best] + rises[best + 1];
        if (bend < 0) at += (rises[best - 1] - rises[best + 1]) / (2 * bend);
    }
    return (look){.r = (at - half) / PER_PIXEL, .contrast = rises[best]};
}

// Keeps the looks that saw something like what the best of them saw.
static int keep_clear(look *looks) {
    double most = 0;
    int count = 0;
    for (int i = 0; i < LOOKS; i++) most = fmax(most, looks[i].contrast);
    for (int i = 0; i < LOOKS; i++)
        if (looks[i].contrast > 8 && looks[i].contrast >= most / 2) looks[count++] = looks[i];
    return count;
}

// The line r = offset + slope t through two of the looks that most others are near to; then the mean of these.
// False when there are too few.
static bool fit_line(const look *looks, int count, double *offset, double *slope) {
    double best = INFINITY, near = 1, s0 = 0, st = 0, stt = 0, sr = 0, srt = 0;
    for (int i = 0; i < count; i++)
        for (int j = i + LOOKS / 8; j < count; j++) {
            double s = (looks[j].r - looks[i].r) / (looks[j].t - looks[i].t), o = looks[i].r - s * looks[i].t;
            double distance = 0;
            for (int k = 0; k < count; k++) distance += fmin(near, fabs(o + s * looks[k].t - looks[k].r));
            if (distance < best) best = distance, *slope = s, *offset = o;
        }
    for (int k = 0; k < count && best < INFINITY; k++) {
        if (fabs(*offset + *slope * looks[k].t - looks[k].r) > near) continue;
        s0 += 1, st += looks[k].t, stt += looks[k].t * looks[k].t;
        sr += looks[k].r, srt += looks[k].r * looks[k].t;
    }
    double spread = s0 * stt - st * st;
    if (s0 < LEAST_SEEN || spread < 1e-9) return false;
    *slope = (s0 * srt - st * sr) / spread;
    *offset = (sr - *slope * st) / s0;
    return true;
}

// Lays a line along the edge from `a` to `b`, whose outer side lies towards `out`. Returns how much contrast it has.
static double find_edge(const tc_image *grey, place a, place b, place out, double reach, double sign, edge *found) {
    look looks[LOOKS];
    double contrast = 0, offset, slope;
    place along = {b.x - a.x, b.y - a.y};
    for (int i = 0; i < LOOKS; i++) {
        double t = (i + 0.5) / LOOKS;
        looks[i] = look_out(grey, (place){a.x + t * along.x, a.y + t * along.y}, out, reach, sign);
        looks[i].t = t;
        contrast += looks[i].contrast;
    }
    *found = (edge){a, along};
    if (fit_line(looks, keep_clear(looks), &offset, &slope)) {
        found->at = (place){a.x + offset * out.x, a.y + offset * out.y};
        found->along = (place){along.x + slope * out.x, along.y + slope * out.y};
    }
    return contrast;
}

static double cross(place a, place b) {
    return a.x * b.y - a.y * b.x;
}

// Finds all edges; returns their contrast.
static double find_edges(const tc_image *grey, const place corners[4], double reach, double sign, edge edges[4]) {
    double area = 0, contrast = 0;
    for (int i = 0; i < 4; i++) area += cross(corners[i], corners[(i + 1) % 4]);
    for (int i = 0; i < 4; i++) {
        place a = corners[i], b = corners[(i + 1) % 4], along = {b.x - a.x, b.y - a.y};
        double length = sqrt(along.x * along.x + along.y * along.y), turn = area > 0 ? 1 : -1;
        place out = {turn * along.y / fmax(length, 1), -turn * along.x / fmax(length, 1)};
        contrast += find_edge(grey, a, b, out, reach, sign, &edges[i]);
    }
    return contrast;
}

void tc_corners_refine(const tc_image *grey, double reach, double x[4], double y[4]) {
    TC_ASSERT(grey->shape.channels == 1);
    place corners[4];
    edge dark[4], light[4];
    reach = fmax(1, fmin(reach, MOST_REACH));
    for (int i = 0; i < 4; i++) corners[i] = (place){x[i], y[i]};
    bool is_dark = find_edges(grey, corners, reach, 1, dark) >= find_edges(grey, corners, reach, -1, light);
    const edge *edges = is_dark ? dark : light;
    for (int i = 0; i < 4; i++) {
        edge a = edges[(i + 3) % 4], b = edges[i];
        double turn = cross(a.along, b.along), size = cross((place){b.at.x - a.at.x, b.at.y - a.at.y}, b.along);
        place to = {a.at.x + a.along.x * size / turn, a.at.y + a.along.y * size / turn};
        double dx = to.x - x[i], dy = to.y - y[i];
        if (fabs(turn) > 1e-9 && dx * dx + dy * dy <= 4 * reach * reach) x[i] = to.x, y[i] = to.y;
    }
}
