// Finds finder patterns by run lengths (ISO/IEC 18004, 12) and groups them.
#include "codec/finder_pattern.h"

#include <math.h>
#include <stdlib.h>

#include "core/assert.h"

enum { MAX_GROUPED = 40 }; // patterns that are tried in triples

// Whether five runs have the ratio 1:1:3:1:1, with tolerance for blur and slant.
static bool is_pattern(const int run[5], float *module) {
    int total = run[0] + run[1] + run[2] + run[3] + run[4];
    if (total < 7 || 2 * run[2] <= run[1] + run[3]) return false;
    float m = (float)total / 7, tolerance = 0.6f * m + 0.5f;
    *module = m;
    return fabsf((float)run[0] - m) < tolerance && fabsf((float)run[1] - m) < tolerance &&
           fabsf((float)run[2] - 3 * m) < 2 * tolerance && fabsf((float)run[3] - m) < tolerance &&
           fabsf((float)run[4] - m) < tolerance;
}

// Measures three runs of alternating colour from `at` on in steps of `step`. `at` itself is not counted. At most `room`
// steps are inside the picture; a run longer than `limit` is cut off.
static void measure_runs(const uint8_t *at, ptrdiff_t step, int room, int limit, int run[3]) {
    TC_ASSERT_SLOW(room >= 0);
    uint8_t colour = *at;
    for (int k = 0; k < 3; k++, colour = (uint8_t)~colour)
        for (run[k] = 0; room > 0 && at[step] == colour && run[k] <= limit; room--, run[k]++) at += step;
}

// Checks the pattern along `step`, with `before` and `after` steps inside the picture. *shift is the distance of its
// centre from `at`, in steps.
static bool cross_check(const uint8_t *at, ptrdiff_t step, int before, int after, int limit, float *module,
                        float *shift) {
    int back[3], forth[3];
    measure_runs(at, -step, before, limit, back);
    measure_runs(at, step, after, limit, forth);
    const int run[5] = {back[2], back[1], back[0] + 1 + forth[0], forth[1], forth[2]};
    *shift = (float)(forth[0] - back[0]) / 2;
    return run[0] && run[1] && run[3] && run[4] && is_pattern(run, module);
}

static int min_of(int a, int b) {
    return a < b ? a : b;
}

typedef struct pattern_list {
    tc_finder_pattern *items;
    int count;
} pattern_list;

static bool has_enough_crossings(const tc_finder_pattern *f) {
    // Three rows per pixel of a module cross the 3 × 3 modules in the centre; blur takes some away.
    return (float)f->crossings >= 1.2f * f->module;
}

// Drops patterns with too few crossings that rows from y on cannot cross any more.
static void drop_weak(pattern_list *list, float y) {
    int count = 0;
    for (int i = 0; i < list->count; i++) {
        const tc_finder_pattern *f = &list->items[i];
        if (has_enough_crossings(f) || f->y + 2 * f->module > y) list->items[count++] = *f;
    }
    list->count = count;
}

// Merges a crossing with the pattern that other rows have crossed, or adds a new one.
static void add(pattern_list *list, tc_finder_pattern f) {
    for (int i = 0; i < list->count; i++) {
        tc_finder_pattern *known = &list->items[i];
        float near = 1.5f * known->module, n = (float)known->crossings;
        if (known->inverted != f.inverted || fabsf(known->x - f.x) > near || fabsf(known->y - f.y) > near) continue;
        if (f.module > 1.6f * known->module || known->module > 1.6f * f.module) continue;
        known->x = (known->x * n + f.x) / (n + 1);
        known->y = (known->y * n + f.y) / (n + 1);
        known->module = (known->module * n + f.module) / (n + 1);
        known->crossings++;
        return;
    }
    if (list->count == TC_MAX_FINDER_PATTERNS) drop_weak(list, f.y);
    if (list->count < TC_MAX_FINDER_PATTERNS) list->items[list->count++] = f;
}

// Verifies a candidate that a row crosses at column x along the column, the row through its centre and both diagonals.
static void check(pattern_list *list, const tc_plane *binary, int x, int y, float module) {
    const ptrdiff_t stride = (ptrdiff_t)binary->stride;
    const int right = binary->width - 1, bottom = binary->height - 1, limit = (int)(module * 6) + 4;
    float dx, dy, none, vertical, horizontal, slanted;
    TC_ASSERT_SLOW(x >= 0 && x <= right && y >= 0 && y <= bottom);
    const uint8_t *at = binary->data + y * stride + x;
    if (!cross_check(at, stride, y, bottom - y, limit, &vertical, &dy)) return;
    if (vertical > 2 * module || module > 2 * vertical) return;
    int centre = y + (int)lroundf(dy);
    at = binary->data + centre * stride + x;
    if (!cross_check(at, 1, x, right - x, limit, &horizontal, &dx)) return;
    int column = x + (int)lroundf(dx);
    at = binary->data + centre * stride + column;
    if (!cross_check(at, stride + 1, min_of(column, centre), min_of(right - column, bottom - centre), limit, &slanted,
                     &none))
        return;
    if (!cross_check(at, stride - 1, min_of(right - column, centre), min_of(column, bottom - centre), limit, &slanted,
                     &none))
        return;
    add(list,
        (tc_finder_pattern){(float)x + dx + 0.5f, (float)y + dy + 0.5f, (vertical + horizontal) / 2, 1, *at == 255});
}

static void scan_row(pattern_list *list, const tc_plane *binary, int y) {
    const uint8_t *row = binary->data + (size_t)y * binary->stride;
    int run[5] = {0}, x = 0;
    float module;
    while (x < binary->width) {
        int start = x;
        uint8_t colour = row[x];
        while (x < binary->width && row[x] == colour) x++;
        for (int i = 0; i < 4; i++) run[i] = run[i + 1];
        run[4] = x - start;
        if (run[0] && is_pattern(run, &module)) check(list, binary, x - run[4] - run[3] - (run[2] + 1) / 2, y, module);
    }
}

static int by_crossings(const void *a, const void *b) {
    const tc_finder_pattern *f = a, *g = b;
    float p = (float)f->crossings / f->module, q = (float)g->crossings / g->module;
    return p != q ? (p > q ? -1 : 1) : f->y != g->y ? (f->y < g->y ? -1 : 1) : (f->x > g->x) - (f->x < g->x);
}

int tc_finder_patterns_find(const tc_plane *binary, tc_finder_pattern patterns[TC_MAX_FINDER_PATTERNS]) {
    TC_ASSERT(binary->width >= 1 && binary->height >= 1 && binary->stride >= (size_t)binary->width);
    pattern_list list = {patterns, 0};
    for (int y = 0; y < binary->height; y++) scan_row(&list, binary, y);
    drop_weak(&list, INFINITY);
    qsort(patterns, (size_t)list.count, sizeof *patterns, by_crossings);
    return list.count;
}

// The score of three patterns with `a` at the right angle; negative if they cannot belong to one code.
static float score_triple(const tc_finder_pattern *a, const tc_finder_pattern *b, const tc_finder_pattern *c) {
    float ux = b->x - a->x, uy = b->y - a->y, vx = c->x - a->x, vy = c->y - a->y;
    float lu = hypotf(ux, uy), lv = hypotf(vx, vy), module = (a->module + b->module + c->module) / 3;
    float longer = fmaxf(lu, lv), shorter = fminf(lu, lv);
    if (shorter < 9 * module || longer > 220 * module || longer > 2.5f * shorter) return -1;
    float cosine = fabsf(ux * vx + uy * vy) / (lu * lv);
    float biggest = fmaxf(a->module, fmaxf(b->module, c->module));
    float smallest = fminf(a->module, fminf(b->module, c->module));
    if (cosine > 0.85f || biggest > 2.2f * smallest) return -1;
    return cosine + (longer / shorter - 1) + (biggest / smallest - 1);
}

static int insert(tc_finder_triple *triples, int count, tc_finder_triple t) {
    int at = count < TC_MAX_FINDER_TRIPLES ? count++ : TC_MAX_FINDER_TRIPLES - 1;
    for (; at > 0 && triples[at - 1].score > t.score; at--) triples[at] = triples[at - 1];
    triples[at] = t;
    return count;
}

int tc_finder_patterns_group(const tc_finder_pattern *patterns, int count,
                             tc_finder_triple triples[TC_MAX_FINDER_TRIPLES]) {
    TC_ASSERT(count >= 0 && count <= TC_MAX_FINDER_PATTERNS);
    int found = 0, used = min_of(count, MAX_GROUPED);
    for (int i = 0; i < used; i++)
        for (int j = 0; j < used; j++)
            for (int k = j + 1; k < used; k++) {
                const tc_finder_pattern *a = &patterns[i], *b = &patterns[j], *c = &patterns[k];
                if (i == j || i == k || a->inverted != b->inverted || a->inverted != c->inverted) continue;
                float score = score_triple(a, b, c);
                if (score < 0 || (found == TC_MAX_FINDER_TRIPLES && score >= triples[found - 1].score)) continue;
                // y points down: going clockwise, top right comes before bottom left.
                bool clockwise = (b->x - a->x) * (c->y - a->y) > (b->y - a->y) * (c->x - a->x);
                found =
                    insert(triples, found, (tc_finder_triple){{*a, clockwise ? *b : *c, clockwise ? *c : *b}, score});
            }
    return found;
}
