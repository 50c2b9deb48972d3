#include "codec/pass.h"

#include <stdlib.h>
#include <string.h>

#include "codec/bars.h"
#include "codec/gs1.h"
#include "codec/stripes.h"

enum { BY_ZXING = 1, BY_ZBAR = 2 };

typedef struct run {
    int number;
    const tc_pass *pass;
    tc_plane area;   // of the picture, as it is
    tc_point origin; // of the area in the picture
    uint32_t squares, bars;
    tc_finds *finds;
    tc_unread *unread;
} run;

// From a plane that was made of the area to the area.
static void map(const tc_affine *back, double x[4], double y[4]) {
    for (int i = 0; i < 4; i++) {
        double u = x[i], v = y[i];
        x[i] = back->xx * u + back->xy * v + back->x0;
        y[i] = back->yx * u + back->yy * v + back->y0;
    }
}

// From the area to the picture.
static void move(const run *r, double x[4], double y[4]) {
    for (int i = 0; i < 4; i++) {
        x[i] += r->origin.x;
        y[i] += r->origin.y;
    }
}

static void from_picture(const run *r, const tc_affine *back, double x[4], double y[4]) {
    double determinant = back->xx * back->yy - back->xy * back->yx;
    for (int i = 0; i < 4; i++) {
        double u = x[i] - r->origin.x - back->x0, v = y[i] - r->origin.y - back->y0;
        x[i] = (back->yy * u - back->xy * v) / determinant;
        y[i] = (back->xx * v - back->yx * u) / determinant;
    }
}

// Takes in a bar code in the area. Of one whose ends nobody has seen, and that may go on beyond them, it is only taken
// that a library agrees with another.
static tc_status take_bars(run *r, tc_reading *reading, unsigned library) {
    tc_bars_ends ends = tc_bars_place(&r->area, reading);
    tc_blob spelled = {0};
    if (ends == TC_BARS_WITHIN) return TC_OK;
    tc_status status = tc_gs1_spell(tc_symbologies[reading->symbology].wire, reading->bytes, reading->size, &spelled);
    reading->bytes = spelled.data;
    reading->size = spelled.size;
    move(r, reading->x, reading->y);
    if (status == TC_OK && ends == TC_BARS_UNSEEN && tc_bars_is_open(reading->symbology))
        tc_finds_confirm(r->finds, reading, library);
    else if (status == TC_OK)
        status = tc_finds_add(r->finds, reading, r->number, library);
    tc_blob_clear(&spelled);
    return status;
}

static tc_status take_square(run *r, tc_reading *reading, unsigned library) {
    tc_status status = TC_OK;
    if (r->pass->reader != TC_PASS_PATTERNS) status = tc_square_place(&r->area, reading->x, reading->y);
    move(r, reading->x, reading->y);
    return status == TC_OK ? tc_finds_add(r->finds, reading, r->number, library) : status;
}

// Takes in what a library has read in a plane that was made of the area.
static tc_status take(run *r, const tc_affine *back, const tc_readings *readings, unsigned library) {
    tc_status status = TC_OK;
    for (int i = 0; i < readings->count && status == TC_OK; i++) {
        tc_reading reading = readings->items[i];
        map(back, reading.x, reading.y);
        status =
            tc_trust_is_bars(reading.symbology) ? take_bars(r, &reading, library) : take_square(r, &reading, library);
    }
    return status;
}

static tc_status read_with(run *r, tc_reader *reader, const tc_plane *plane, const tc_affine *back, uint32_t wanted) {
    tc_readings readings = {0};
    tc_status status = reader(plane, wanted, TC_READ_HARDER, &readings);
    if (status == TC_OK) status = take(r, back, &readings, reader == tc_zbar_read ? BY_ZBAR : BY_ZXING);
    tc_readings_clear(&readings);
    return status;
}

// ---- by finder patterns

// A drawn code is decoded by either library.
static tc_status decode(const tc_plane *plane, uint32_t symbologies, unsigned effort, tc_readings *readings) {
    int before = readings->count;
    tc_status status = tc_zxing_read(plane, symbologies, effort, readings);
    if (status == TC_OK && readings->count == before) status = tc_zbar_read(plane, symbologies, effort, readings);
    return status;
}

// Where QR codes are that are read already, as seen in the plane.
static int list_known(const run *r, const tc_affine *back, tc_quad *quads) {
    int count = 0;
    for (int i = 0; i < r->finds->count; i++) {
        if (tc_trust_is_bars(r->finds->items[i].reading.symbology)) continue;
        quads[count] = r->finds->items[i].place;
        from_picture(r, back, quads[count].x, quads[count].y);
        count++;
    }
    return count;
}

static tc_status read_patterns(run *r, const tc_plane *plane, const tc_affine *back) {
    tc_quad *quads = malloc(sizeof *quads * (size_t)(r->finds->count + 1));
    tc_readings readings = {0};
    tc_unread unread = {.count = 0};
    if (!quads) return TC_ERR_MEMORY;
    const tc_known known = {quads, list_known(r, back, quads)};
    tc_status status = tc_square_read(plane, r->pass->radius, &known, decode, r->squares, &readings, &unread);
    if (status == TC_OK) status = take(r, back, &readings, BY_ZXING);
    for (int i = 0; i < unread.count && r->unread->count < TC_MAX_UNREAD; i++) {
        map(back, unread.items[i].x, unread.items[i].y);
        move(r, unread.items[i].x, unread.items[i].y);
        r->unread->items[r->unread->count++] = unread.items[i];
    }
    tc_readings_clear(&readings);
    free(quads);
    return status;
}

// ---- by stripes

// Whether a bar code is known there for certain.
static bool is_known(const run *r, tc_point at) {
    for (int i = 0; i < r->finds->count; i++)
        if (tc_quad_holds(&r->finds->items[i].place, at.x + r->origin.x, at.y + r->origin.y) &&
            tc_finds_believes(r->finds, i))
            return true;
    return false;
}

// Stripes are looked for in the transformed plane, and cut out of the area as it is.
static tc_status read_stripes(run *r, const tc_plane *plane, const tc_affine *back) {
    tc_stripes stripes[TC_MAX_STRIPES];
    int count;
    tc_status status = tc_stripes_find(plane, stripes, &count);
    for (int i = 0; i < count && status == TC_OK; i++) {
        tc_stripes *s = &stripes[i];
        tc_plane cut;
        tc_affine from_cut;
        s->middle = (tc_point){back->xx * s->middle.x + back->x0, back->yy * s->middle.y + back->y0};
        s->length *= back->xx;
        s->height *= back->yy;
        if (is_known(r, s->middle) || !tc_stripes_alternate(&r->area, s)) continue;
        status = tc_stripes_cut(&r->area, s, &cut, &from_cut);
        if (status != TC_OK) break;
        status = read_with(r, tc_zxing_read, &cut, &from_cut, r->bars);
        if (status == TC_OK) status = read_with(r, tc_zbar_read, &cut, &from_cut, r->bars);
        tc_plane_free(&cut);
    }
    return status;
}

static tc_status read_plane(run *r, const tc_plane *plane, const tc_affine *back) {
    unsigned kinds = r->pass->kinds;
    uint32_t wanted = (kinds & TC_KIND_SQUARE ? r->squares : 0) | (kinds & TC_KIND_BARS ? r->bars : 0);
    switch (r->pass->reader) {
    case TC_PASS_ZXING:
        return read_with(r, tc_zxing_read, plane, back, wanted);
    case TC_PASS_ZBAR:
        return read_with(r, tc_zbar_read, plane, back, wanted);
    case TC_PASS_PATTERNS:
        return read_patterns(r, plane, back);
    case TC_PASS_STRIPES:
        return read_stripes(r, plane, back);
    }
    return TC_OK;
}

tc_status tc_pass_run(int number, const tc_plane *picture, const tc_rect *area, uint32_t squares, uint32_t bars,
                      tc_finds *finds, tc_unread *unread) {
    run r = {.number = number,
             .pass = &tc_passes[number],
             .area = *picture,
             .origin = {area->x, area->y},
             .squares = squares,
             .bars = bars,
             .finds = finds,
             .unread = unread};
    r.area.data += (size_t)area->y * picture->stride + (size_t)area->x;
    r.area.width = area->width;
    r.area.height = area->height;
    if (!r.pass->transform) return read_plane(&r, &r.area, &tc_affine_none);
    tc_plane plane;
    tc_affine back;
    tc_status status = r.pass->transform(&r.area, &plane, &back);
    if (status != TC_OK) return status == TC_ERR_ARGUMENT ? TC_OK : status; // too small for it
    status = read_plane(&r, &plane, &back);
    tc_plane_free(&plane);
    return status;
}
