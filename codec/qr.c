// The QR code detector: triples of finder patterns, sampling grids, modules.
#include "codec/qr.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codec/module_matrix.h"
#include "core/assert.h"

static tc_quad quad_of(const tc_sampling_grid *grid) {
    const int right[4] = {0, 1, 1, 0}, down[4] = {0, 0, 1, 1};
    tc_quad quad;
    for (int i = 0; i < 4; i++) {
        tc_vector corner = tc_sampling_grid_at(grid, right[i] * grid->size, down[i] * grid->size);
        quad.x[i] = corner.x;
        quad.y[i] = corner.y;
    }
    return quad;
}

// Whether a finder pattern of the triple belongs to the code there, and so to no other.
static bool contains_any(const tc_quad *quad, const tc_finder_triple *triple) {
    for (int i = 0; i < 3; i++)
        if (tc_quad_contains(quad, (tc_vector){triple->corner[i].x, triple->corner[i].y})) return true;
    return false;
}

typedef struct search {
    const tc_plane *plane;
    tc_reader *decode;
    uint32_t qr;
    tc_readings *readings;
    tc_sampling_grid grid;
    tc_module_matrix matrix;
} search;

// Renders the modules, has them decoded, and replaces the corners by those of the grid. *done: a code was decoded.
static tc_status decode(search *s, bool *done) {
    tc_plane rendered;
    int before = s->readings->count;
    tc_status status = tc_module_matrix_render(&s->matrix, &rendered);
    if (status != TC_OK) return status;
    status = s->decode(&rendered, s->qr, TC_READ_PURE, s->readings);
    tc_plane_clear(&rendered);
    tc_quad quad = quad_of(&s->grid);
    *done = s->readings->count > before;
    for (int i = before; i < s->readings->count; i++)
        for (int k = 0; k < 4; k++) {
            s->readings->items[i].x[k] = quad.x[k];
            s->readings->items[i].y[k] = quad.y[k];
        }
    return status;
}

// Finder patterns whose outline was located.
static int count_located(const tc_sampling_grid *grid) {
    return grid->finder[0].located + grid->finder[1].located + grid->finder[2].located;
}

// Tries a triple of finder patterns. *located: there is a code at `corners`; *done: it was decoded.
static tc_status try_triple(search *s, const tc_finder_triple *triple, bool *located, bool *done, tc_quad *corners) {
    tc_status status = TC_OK;
    int outlines = 0;
    *located = *done = false;
    for (int start = 0; start < TC_GRID_STARTS && !*done; start++) {
        // Most triples are not codes. One with three outlines is not, if the first start did not locate a code there.
        if (start > TC_GRID_ROTATED && outlines == 3 && !*located) break;
        bool fits = tc_sampling_grid_fit(s->plane, triple, (tc_grid_start)start, &s->grid);
        if (start == TC_GRID_ROTATED) outlines = count_located(&s->grid);
        if (!fits) continue;
        tc_module_matrix_sample(&s->matrix, &s->grid);
        for (int rule = 0; rule < TC_THRESHOLD_RULES && status == TC_OK && !*done; rule++) {
            if (tc_module_matrix_binarize(&s->matrix, &s->grid, (tc_threshold_rule)rule) < TC_MIN_FUNCTION_MATCH)
                continue;
            if (!*located) *corners = quad_of(&s->grid);
            *located = true;
            status = decode(s, done);
        }
    }
    if (*done) *corners = quad_of(&s->grid);
    return status;
}

static tc_status try_all(search *s, const tc_finder_triple *triples, int count, const tc_quad_list *known,
                         tc_undecoded *undecoded) {
    tc_quad read[TC_MAX_FINDER_TRIPLES];
    TC_ASSERT(count >= 0 && count <= TC_MAX_FINDER_TRIPLES);
    int read_count = 0;
    tc_status status = TC_OK;
    for (int i = 0; i < count && status == TC_OK; i++) {
        bool is_known = false, located, done;
        tc_quad corners;
        for (int k = 0; k < known->count; k++) is_known |= contains_any(&known->items[k], &triples[i]);
        for (int k = 0; k < read_count; k++) is_known |= contains_any(&read[k], &triples[i]);
        for (int k = 0; k < undecoded->count; k++) is_known |= contains_any(&undecoded->items[k], &triples[i]);
        if (is_known) continue;
        status = try_triple(s, &triples[i], &located, &done, &corners);
        if (done)
            read[read_count++] = corners;
        else if (located && undecoded->count < TC_MAX_UNDECODED)
            undecoded->items[undecoded->count++] = corners;
    }
    return status;
}

// The best triples of finder patterns in a plane.
static tc_status find_triples(const tc_plane *plane, int radius, tc_finder_triple triples[TC_MAX_FINDER_TRIPLES],
                              int *count) {
    enum { BIAS = 3 };
    tc_finder_pattern patterns[TC_MAX_FINDER_PATTERNS];
    tc_plane binary;
    tc_status status = tc_plane_threshold(plane, radius, BIAS, &binary);
    if (status != TC_OK) return status;
    *count = tc_finder_patterns_group(patterns, tc_finder_patterns_find(&binary, patterns), triples);
    tc_plane_clear(&binary);
    return TC_OK;
}

tc_status tc_qr_detect(const tc_plane *plane, int radius, const tc_quad_list *known, tc_reader *reader, uint32_t qr,
                       tc_readings *readings, tc_undecoded *undecoded) {
    TC_ASSERT(undecoded->count >= 0 && undecoded->count <= TC_MAX_UNDECODED && known->count >= 0);
    TC_ASSERT(radius >= 1);
    tc_finder_triple triples[TC_MAX_FINDER_TRIPLES];
    int count;
    tc_status status = find_triples(plane, radius, triples, &count);
    if (status != TC_OK) return status;
    if (count == 0) return TC_OK;
    search *s = malloc(sizeof *s); // large for a stack
    if (!s) return TC_ERR_MEMORY;
    *s = (search){.plane = plane, .decode = reader, .qr = qr, .readings = readings};
    status = try_all(s, triples, count, known, undecoded);
    free(s);
    return status;
}

// A view of the plane around a quad with a margin. False if it is outside.
static bool crop(const tc_plane *plane, const tc_quad *quad, tc_plane *part, tc_vector *origin) {
    tc_bounds b = tc_quad_bounds(quad);
    double margin = fmax(b.right - b.left, b.bottom - b.top) / 16 + 4;
    double left = fmax(floor(b.left - margin), 0), top = fmax(floor(b.top - margin), 0);
    double right = fmin(ceil(b.right + margin), plane->width), bottom = fmin(ceil(b.bottom + margin), plane->height);
    if (!(right - left >= 1 && bottom - top >= 1)) return false;
    *origin = (tc_vector){left, top};
    *part = (tc_plane){plane->data + (size_t)top * plane->stride + (size_t)left, (int)(right - left),
                       (int)(bottom - top), plane->stride};
    return true;
}

// Whether every corner of `found` is near its own of `quad`.
static bool is_close(const tc_quad *found, const tc_quad *quad) {
    double side = hypot(quad->x[1] - quad->x[0], quad->y[1] - quad->y[0]);
    for (int i = 0; i < 4; i++)
        if (!(hypot(found->x[i] - quad->x[i], found->y[i] - quad->y[i]) < side / 16 + 2)) return false;
    return true;
}

tc_status tc_qr_refine_corners(const tc_plane *plane, double x[4], double y[4]) {
    enum { RADIUS = 20 };
    TC_ASSERT(plane->width >= 1 && plane->height >= 1 && plane->stride >= (size_t)plane->width);
    tc_finder_triple triples[TC_MAX_FINDER_TRIPLES];
    tc_quad quad;
    tc_plane part;
    tc_vector origin;
    int count;
    memcpy(quad.x, x, sizeof quad.x);
    memcpy(quad.y, y, sizeof quad.y);
    if (!crop(plane, &quad, &part, &origin)) return TC_OK;
    tc_status status = find_triples(&part, RADIUS, triples, &count);
    for (int i = 0; i < count && status == TC_OK; i++) {
        tc_sampling_grid grid;
        if (!tc_sampling_grid_fit(&part, &triples[i], TC_GRID_ROTATED, &grid)) continue;
        tc_quad found = quad_of(&grid);
        for (int k = 0; k < 4; k++) {
            found.x[k] += origin.x;
            found.y[k] += origin.y;
        }
        if (!is_close(&found, &quad)) continue;
        memcpy(x, found.x, sizeof found.x);
        memcpy(y, found.y, sizeof found.y);
        break;
    }
    return status;
}
