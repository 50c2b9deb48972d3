#include "codec/finder.h"

#include <math.h>
#include <stdlib.h>

enum { GROUPED = 40 }; // of the patterns found, so many are tried in threes

// Whether five runs are 1 : 1 : 3 : 1 : 1, but for what blur and slant may move.
static bool is_pattern(const int run[5], float *module) {
    int total = run[0] + run[1] + run[2] + run[3] + run[4];
    if (total < 7 || 2 * run[2] <= run[1] + run[3]) return false;
    float m = (float)total / 7, slack = 0.6f * m + 0.5f;
    *module = m;
    return fabsf((float)run[0] - m) < slack && fabsf((float)run[1] - m) < slack &&
           fabsf((float)run[2] - 3 * m) < 2 * slack && fabsf((float)run[3] - m) < slack &&
           fabsf((float)run[4] - m) < slack;
}

// Lengths of three runs from `at` on in steps of `step`: of its own colour, the other, its own. `at` itself is not
// counted; `room` steps stay inside the picture, and no run is followed beyond `limit`.
static void follow(const uint8_t *at, ptrdiff_t step, int room, int limit, int run[3]) {
    uint8_t colour = *at;
    for (int k = 0; k < 3; k++, colour = (uint8_t)~colour)
        for (run[k] = 0; room > 0 && at[step] == colour && run[k] <= limit; room--, run[k]++) at += step;
}

// Looks through a pattern along `step`, `before` and `after` steps inside the picture. *shift is how many steps its
// middle is from `at`.
static bool cross(const uint8_t *at, ptrdiff_t step, int before, int after, int limit, float *module, float *shift) {
    int back[3], forth[3];
    follow(at, -step, before, limit, back);
    follow(at, step, after, limit, forth);
    const int run[5] = {back[2], back[1], back[0] + 1 + forth[0], forth[1], forth[2]};
    *shift = (float)(forth[0] - back[0]) / 2;
    return run[0] && run[1] && run[3] && run[4] && is_pattern(run, module);
}

static int least(int a, int b) {
    return a < b ? a : b;
}

typedef struct finds {
    tc_finder *items;
    int count;
} finds;

static bool is_crossed_enough(const tc_finder *f) {
    // Three rows cross a pattern's middle for each pixel of a module, but where blur has eaten at it.
    return (float)f->hits >= 1.2f * f->module;
}

// Forgets what will not be crossed again by rows from y on, and was not often enough.
static void make_room(finds *all, float y) {
    int kept = 0;
    for (int i = 0; i < all->count; i++) {
        const tc_finder *f = &all->items[i];
        if (is_crossed_enough(f) || f->y + 2 * f->module > y) all->items[kept++] = *f;
    }
    all->count = kept;
}

// One pattern is crossed by several rows.
static void add(finds *all, tc_finder f) {
    for (int i = 0; i < all->count; i++) {
        tc_finder *known = &all->items[i];
        float near = 1.5f * known->module, n = (float)known->hits;
        if (known->light != f.light || fabsf(known->x - f.x) > near || fabsf(known->y - f.y) > near) continue;
        if (f.module > 1.6f * known->module || known->module > 1.6f * f.module) continue;
        known->x = (known->x * n + f.x) / (n + 1);
        known->y = (known->y * n + f.y) / (n + 1);
        known->module = (known->module * n + f.module) / (n + 1);
        known->hits++;
        return;
    }
    if (all->count == TC_MAX_FINDERS) make_room(all, f.y);
    if (all->count < TC_MAX_FINDERS) all->items[all->count++] = f;
}

// A row crosses something like a pattern around column x. It must be one along the column, the row through its middle,
// and both diagonals too.
static void check(finds *all, const tc_plane *binary, int x, int y, float module) {
    const ptrdiff_t stride = (ptrdiff_t)binary->stride;
    const int right = binary->width - 1, bottom = binary->height - 1, limit = (int)(module * 6) + 4;
    float dx, dy, none, vertical, horizontal, slanted;
    const uint8_t *at = binary->data + y * stride + x;
    if (!cross(at, stride, y, bottom - y, limit, &vertical, &dy)) return;
    if (vertical > 2 * module || module > 2 * vertical) return;
    int middle = y + (int)lroundf(dy);
    at = binary->data + middle * stride + x;
    if (!cross(at, 1, x, right - x, limit, &horizontal, &dx)) return;
    int column = x + (int)lroundf(dx);
    at = binary->data + middle * stride + column;
    if (!cross(at, stride + 1, least(column, middle), least(right - column, bottom - middle), limit, &slanted, &none))
        return;
    if (!cross(at, stride - 1, least(right - column, middle), least(column, bottom - middle), limit, &slanted, &none))
        return;
    add(all, (tc_finder){(float)x + dx + 0.5f, (float)y + dy + 0.5f, (vertical + horizontal) / 2, 1, *at == 255});
}

static void scan_row(finds *all, const tc_plane *binary, int y) {
    const uint8_t *row = binary->data + (size_t)y * binary->stride;
    int run[5] = {0}, x = 0;
    float module;
    while (x < binary->width) {
        int start = x;
        uint8_t colour = row[x];
        while (x < binary->width && row[x] == colour) x++;
        for (int i = 0; i < 4; i++) run[i] = run[i + 1];
        run[4] = x - start;
        if (run[0] && is_pattern(run, &module)) check(all, binary, x - run[4] - run[3] - (run[2] + 1) / 2, y, module);
    }
}

static int by_hits(const void *a, const void *b) {
    const tc_finder *f = a, *g = b;
    float p = (float)f->hits / f->module, q = (float)g->hits / g->module;
    return p != q ? (p > q ? -1 : 1) : f->y != g->y ? (f->y < g->y ? -1 : 1) : (f->x > g->x) - (f->x < g->x);
}

int tc_finders_find(const tc_plane *binary, tc_finder finders[TC_MAX_FINDERS]) {
    finds all = {finders, 0};
    for (int y = 0; y < binary->height; y++) scan_row(&all, binary, y);
    make_room(&all, INFINITY);
    qsort(finders, (size_t)all.count, sizeof *finders, by_hits);
    return all.count;
}

// Judges three finders, `a` at the right angle. Negative: they cannot be of one code.
static float judge(const tc_finder *a, const tc_finder *b, const tc_finder *c) {
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

static int insert(tc_triple *triples, int count, tc_triple t) {
    int at = count < TC_MAX_TRIPLES ? count++ : TC_MAX_TRIPLES - 1;
    for (; at > 0 && triples[at - 1].score > t.score; at--) triples[at] = triples[at - 1];
    triples[at] = t;
    return count;
}

int tc_finders_group(const tc_finder *finders, int count, tc_triple triples[TC_MAX_TRIPLES]) {
    int found = 0, most = least(count, GROUPED);
    for (int i = 0; i < most; i++)
        for (int j = 0; j < most; j++)
            for (int k = j + 1; k < most; k++) {
                const tc_finder *a = &finders[i], *b = &finders[j], *c = &finders[k];
                if (i == j || i == k || a->light != b->light || a->light != c->light) continue;
                float score = judge(a, b, c);
                if (score < 0 || (found == TC_MAX_TRIPLES && score >= triples[found - 1].score)) continue;
                // y points down: going clockwise, top right comes before bottom left.
                bool clockwise = (b->x - a->x) * (c->y - a->y) > (b->y - a->y) * (c->x - a->x);
                found = insert(triples, found, (tc_triple){{*a, clockwise ? *b : *c, clockwise ? *c : *b}, score});
            }
    return found;
}
