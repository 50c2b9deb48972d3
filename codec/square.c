#include "codec/square.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codec/finder.h"
#include "codec/grid.h"
#include "codec/transform.h"

bool tc_quad_holds(const tc_quad *quad, double x, double y) {
    int left = 0, right = 0;
    for (int i = 0; i < 4; i++) {
        int next = (i + 1) % 4;
        double side = (quad->x[next] - quad->x[i]) * (y - quad->y[i]) - (quad->y[next] - quad->y[i]) * (x - quad->x[i]);
        left += side < 0;
        right += side > 0;
    }
    return left == 0 || right == 0;
}

static tc_quad quad_of(const tc_mesh *mesh) {
    const int right[4] = {0, 1, 1, 0}, down[4] = {0, 0, 1, 1};
    tc_quad quad;
    for (int i = 0; i < 4; i++) {
        tc_point corner = tc_mesh_at(mesh, right[i] * mesh->size, down[i] * mesh->size);
        quad.x[i] = corner.x;
        quad.y[i] = corner.y;
    }
    return quad;
}

// Whether a finder of the triple is a part of the code there, and so of no other.
static bool shares(const tc_quad *quad, const tc_triple *triple) {
    for (int i = 0; i < 3; i++)
        if (tc_quad_holds(quad, triple->corner[i].x, triple->corner[i].y)) return true;
    return false;
}

typedef struct search {
    const tc_plane *plane;
    tc_reader *decode;
    uint32_t qr;
    tc_readings *readings;
    tc_mesh mesh;
    tc_grid grid;
} search;

// Has the decided modules decoded, and the corners put right. *done tells whether there was a code.
static tc_status decode(search *s, bool *done) {
    tc_plane drawn;
    int before = s->readings->count;
    tc_status status = tc_grid_draw(&s->grid, &drawn);
    if (status != TC_OK) return status;
    status = s->decode(&drawn, s->qr, TC_READ_CLEAN, s->readings);
    tc_plane_free(&drawn);
    tc_quad quad = quad_of(&s->mesh);
    *done = s->readings->count > before;
    for (int i = before; i < s->readings->count; i++)
        for (int k = 0; k < 4; k++) {
            s->readings->items[i].x[k] = quad.x[k];
            s->readings->items[i].y[k] = quad.y[k];
        }
    return status;
}

static int count_outlines(const tc_mesh *mesh) {
    return mesh->finder[0].good + mesh->finder[1].good + mesh->finder[2].good;
}

// Tries what three finders may be the corners of. *sure: a code is there; *done: and it is read.
static tc_status try_triple(search *s, const tc_triple *triple, bool *sure, bool *done, tc_quad *place) {
    tc_status status = TC_OK;
    int outlines = 0;
    *sure = *done = false;
    for (int start = 0; start < TC_MESH_STARTS && !*done; start++) {
        // Most triples are of no code. Those whose finders all have outlines have been tried well enough.
        if (start > TC_MESH_TURNED && outlines == 3 && !*sure) break;
        bool fits = tc_mesh_fit(s->plane, triple, (tc_mesh_start)start, &s->mesh);
        if (start == TC_MESH_TURNED) outlines = count_outlines(&s->mesh);
        if (!fits) continue;
        tc_grid_sample(&s->grid, &s->mesh);
        for (int rule = 0; rule < TC_GRID_RULES && status == TC_OK && !*done; rule++) {
            if (tc_grid_decide(&s->grid, &s->mesh, (tc_grid_rule)rule) < TC_GRID_SURE) continue;
            if (!*sure) *place = quad_of(&s->mesh);
            *sure = true;
            status = decode(s, done);
        }
    }
    if (*done) *place = quad_of(&s->mesh);
    return status;
}

static tc_status try_all(search *s, const tc_triple *triples, int count, const tc_known *known, tc_unread *unread) {
    tc_quad read[TC_MAX_TRIPLES];
    int read_count = 0;
    tc_status status = TC_OK;
    for (int i = 0; i < count && status == TC_OK; i++) {
        bool taken = false, sure, done;
        tc_quad place;
        for (int k = 0; k < known->count; k++) taken |= shares(&known->items[k], &triples[i]);
        for (int k = 0; k < read_count; k++) taken |= shares(&read[k], &triples[i]);
        for (int k = 0; k < unread->count; k++) taken |= shares(&unread->items[k], &triples[i]);
        if (taken) continue;
        status = try_triple(s, &triples[i], &sure, &done, &place);
        if (done)
            read[read_count++] = place;
        else if (sure && unread->count < TC_MAX_UNREAD)
            unread->items[unread->count++] = place;
    }
    return status;
}

// The likeliest triples of finders in a plane. Returns their number, in *count.
static tc_status find_triples(const tc_plane *plane, int radius, tc_triple triples[TC_MAX_TRIPLES], int *count) {
    enum { BIAS = 3 };
    tc_finder finders[TC_MAX_FINDERS];
    tc_plane binary;
    tc_status status = tc_plane_threshold(plane, radius, BIAS, &binary);
    if (status != TC_OK) return status;
    *count = tc_finders_group(finders, tc_finders_find(&binary, finders), triples);
    tc_plane_free(&binary);
    return TC_OK;
}

tc_status tc_square_read(const tc_plane *plane, int radius, const tc_known *known, tc_reader *reader, uint32_t qr,
                         tc_readings *readings, tc_unread *unread) {
    tc_triple triples[TC_MAX_TRIPLES];
    int count;
    tc_status status = find_triples(plane, radius, triples, &count);
    if (status != TC_OK) return status;
    if (count == 0) return TC_OK;
    search *s = malloc(sizeof *s); // large for a stack
    if (!s) return TC_ERR_MEMORY;
    *s = (search){.plane = plane, .decode = reader, .qr = qr, .readings = readings};
    status = try_all(s, triples, count, known, unread);
    free(s);
    return status;
}

// The part of a plane around a quad. False when it lies outside.
static bool crop(const tc_plane *plane, const tc_quad *quad, tc_plane *part, tc_point *origin) {
    double left = INFINITY, right = -INFINITY, top = INFINITY, bottom = -INFINITY;
    for (int i = 0; i < 4; i++) {
        left = fmin(left, quad->x[i]);
        right = fmax(right, quad->x[i]);
        top = fmin(top, quad->y[i]);
        bottom = fmax(bottom, quad->y[i]);
    }
    double margin = fmax(right - left, bottom - top) / 16 + 4;
    left = fmax(floor(left - margin), 0);
    top = fmax(floor(top - margin), 0);
    right = fmin(ceil(right + margin), plane->width);
    bottom = fmin(ceil(bottom + margin), plane->height);
    if (!(right - left >= 1 && bottom - top >= 1)) return false;
    *origin = (tc_point){left, top};
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

tc_status tc_square_place(const tc_plane *plane, double x[4], double y[4]) {
    enum { RADIUS = 20 };
    tc_triple triples[TC_MAX_TRIPLES];
    tc_quad quad;
    tc_plane part;
    tc_point origin;
    int count;
    memcpy(quad.x, x, sizeof quad.x);
    memcpy(quad.y, y, sizeof quad.y);
    if (!crop(plane, &quad, &part, &origin)) return TC_OK;
    tc_status status = find_triples(&part, RADIUS, triples, &count);
    for (int i = 0; i < count && status == TC_OK; i++) {
        tc_mesh mesh;
        if (!tc_mesh_fit(&part, &triples[i], TC_MESH_TURNED, &mesh)) continue;
        tc_quad found = quad_of(&mesh);
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
