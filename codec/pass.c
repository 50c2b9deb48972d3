// Runs a pass: transforms the area, reads it, and maps what was read back to the picture.
#include "codec/pass.h"

#include <stdlib.h>
#include <string.h>

#include "codec/bar_region.h"
#include "codec/gs1.h"
#include "codec/linear.h"
#include "core/assert.h"
#include "core/symbology.h"

enum { BY_ZXING = 1, BY_ZBAR = 2 };

typedef struct run {
    int number;
    const tc_pass *pass;
    tc_plane area;    // a view of the picture
    tc_vector origin; // of the area in the picture
    uint32_t matrix, linear;
    tc_candidates *candidates;
    tc_undecoded *undecoded;
} run;

// From a plane that was made of the area to the area.
static void map_to_area(const tc_affine *to_area, double x[4], double y[4]) {
    for (int i = 0; i < 4; i++) {
        double u = x[i], v = y[i];
        x[i] = to_area->xx * u + to_area->xy * v + to_area->x0;
        y[i] = to_area->yx * u + to_area->yy * v + to_area->y0;
    }
}

static void map_to_picture(const run *r, double x[4], double y[4]) {
    for (int i = 0; i < 4; i++) {
        x[i] += r->origin.x;
        y[i] += r->origin.y;
    }
}

// The inverse of map_to_area and map_to_picture.
static void map_from_picture(const run *r, const tc_affine *to_area, double x[4], double y[4]) {
    const tc_affine *m = to_area;
    double determinant = m->xx * m->yy - m->xy * m->yx;
    TC_ASSERT(determinant != 0);
    for (int i = 0; i < 4; i++) {
        double u = x[i] - r->origin.x - m->x0, v = y[i] - r->origin.y - m->y0;
        x[i] = (m->yy * u - m->xy * v) / determinant;
        y[i] = (m->xx * v - m->yx * u) / determinant;
    }
}

// A bar code with corners in the area. If its extent is unknown and it could be a partial read, it only confirms
// another reading.
static tc_status add_linear(run *r, tc_reading *reading, unsigned library) {
    tc_linear_extent extent = tc_linear_locate(&r->area, reading);
    tc_blob payload = {0};
    if (extent == TC_LINEAR_PARTIAL) return TC_OK;
    tc_status status =
        tc_gs1_normalize(tc_symbologies[reading->symbology].wire, reading->bytes, reading->size, &payload);
    reading->bytes = payload.data;
    reading->size = payload.size;
    map_to_picture(r, reading->x, reading->y);
    if (status == TC_OK && extent == TC_LINEAR_UNKNOWN && tc_linear_allows_partial_reads(reading->symbology))
        tc_candidates_confirm(r->candidates, reading, library);
    else if (status == TC_OK)
        status = tc_candidates_add(r->candidates, reading, r->number, library);
    tc_blob_clear(&payload);
    return status;
}

static tc_status add_matrix(run *r, tc_reading *reading, unsigned library) {
    tc_status status = TC_OK;
    if (r->pass->method != TC_PASS_FINDER_PATTERNS) status = tc_qr_refine_corners(&r->area, reading->x, reading->y);
    map_to_picture(r, reading->x, reading->y);
    return status == TC_OK ? tc_candidates_add(r->candidates, reading, r->number, library) : status;
}

// Adds the readings in a plane that was made of the area.
static tc_status add_readings(run *r, const tc_affine *to_area, const tc_readings *readings, unsigned library) {
    tc_status status = TC_OK;
    for (int i = 0; i < readings->count && status == TC_OK; i++) {
        tc_reading reading = readings->items[i];
        map_to_area(to_area, reading.x, reading.y);
        status = tc_symbology_is_linear(reading.symbology) ? add_linear(r, &reading, library)
                                                           : add_matrix(r, &reading, library);
    }
    return status;
}

static tc_status read_with(run *r, tc_reader *reader, const tc_plane *plane, const tc_affine *to_area,
                           uint32_t wanted) {
    tc_readings readings = {0};
    tc_status status = reader(plane, wanted, TC_READ_TRY_HARDER, &readings);
    if (status == TC_OK) status = add_readings(r, to_area, &readings, reader == tc_zbar_read ? BY_ZBAR : BY_ZXING);
    tc_readings_clear(&readings);
    return status;
}

// ---- TC_PASS_FINDER_PATTERNS

// A QR code that was rendered anew can be decoded by either library.
static tc_status decode_rendered(const tc_plane *plane, uint32_t symbologies, unsigned effort, tc_readings *readings) {
    int before = readings->count;
    tc_status status = tc_zxing_read(plane, symbologies, effort, readings);
    if (status == TC_OK && readings->count == before) status = tc_zbar_read(plane, symbologies, effort, readings);
    return status;
}

// Writes the places of the matrix codes read so far, in pixels of the plane, to `quads`. Returns their number.
static int list_known(const run *r, const tc_affine *to_area, tc_quad *quads) {
    int count = 0;
    for (int i = 0; i < r->candidates->count; i++) {
        const tc_candidate *candidate = &r->candidates->items[i];
        if (tc_symbology_is_linear(candidate->reading.symbology)) continue;
        quads[count] = candidate->quad;
        map_from_picture(r, to_area, quads[count].x, quads[count].y);
        count++;
    }
    return count;
}

static tc_status read_finder_patterns(run *r, const tc_plane *plane, const tc_affine *to_area) {
    tc_quad *quads = malloc(sizeof *quads * (size_t)(r->candidates->count + 1));
    tc_readings readings = {0};
    tc_undecoded undecoded = {.count = 0};
    if (!quads) return TC_ERR_MEMORY;
    const tc_quad_list known = {quads, list_known(r, to_area, quads)};
    tc_status status = tc_qr_detect(plane, r->pass->radius, &known, decode_rendered, r->matrix, &readings, &undecoded);
    if (status == TC_OK) status = add_readings(r, to_area, &readings, BY_ZXING);
    for (int i = 0; i < undecoded.count && r->undecoded->count < TC_MAX_UNDECODED; i++) {
        tc_quad *quad = &undecoded.items[i];
        map_to_area(to_area, quad->x, quad->y);
        map_to_picture(r, quad->x, quad->y);
        r->undecoded->items[r->undecoded->count++] = *quad;
    }
    tc_readings_clear(&readings);
    free(quads);
    return status;
}

// ---- TC_PASS_BAR_REGIONS

// Whether an accepted candidate contains a point of the area.
static bool is_known(const run *r, tc_vector at) {
    const tc_vector point = tc_vector_add(at, r->origin);
    for (int i = 0; i < r->candidates->count; i++)
        if (tc_quad_contains(&r->candidates->items[i].quad, point) && tc_candidates_is_accepted(r->candidates, i))
            return true;
    return false;
}

// Regions are located in the reduced plane, and rectified from the area at full resolution.
static tc_status read_bar_regions(run *r, const tc_plane *plane, const tc_affine *to_area) {
    tc_bar_region regions[TC_MAX_BAR_REGIONS];
    int count;
    tc_status status = tc_bar_regions_find(plane, regions, &count);
    for (int i = 0; i < count && status == TC_OK; i++) {
        tc_bar_region *region = &regions[i];
        tc_plane upright;
        tc_affine from_upright;
        region->centre =
            (tc_vector){to_area->xx * region->centre.x + to_area->x0, to_area->yy * region->centre.y + to_area->y0};
        region->length *= to_area->xx;
        region->height *= to_area->yy;
        if (is_known(r, region->centre) || !tc_bar_region_has_bars(&r->area, region)) continue;
        status = tc_bar_region_rectify(&r->area, region, &upright, &from_upright);
        if (status != TC_OK) break;
        status = read_with(r, tc_zxing_read, &upright, &from_upright, r->linear);
        if (status == TC_OK) status = read_with(r, tc_zbar_read, &upright, &from_upright, r->linear);
        tc_plane_clear(&upright);
    }
    return status;
}

static tc_status read_plane(run *r, const tc_plane *plane, const tc_affine *to_area) {
    unsigned kinds = r->pass->kinds;
    uint32_t wanted = (kinds & TC_PASS_MATRIX ? r->matrix : 0) | (kinds & TC_PASS_LINEAR ? r->linear : 0);
    switch (r->pass->method) {
    case TC_PASS_ZXING:
        return read_with(r, tc_zxing_read, plane, to_area, wanted);
    case TC_PASS_ZBAR:
        return read_with(r, tc_zbar_read, plane, to_area, wanted);
    case TC_PASS_FINDER_PATTERNS:
        return read_finder_patterns(r, plane, to_area);
    case TC_PASS_BAR_REGIONS:
        return read_bar_regions(r, plane, to_area);
    }
    return TC_OK;
}

tc_status tc_pass_run(int number, const tc_plane *picture, const tc_rect *area, uint32_t matrix, uint32_t linear,
                      tc_candidates *candidates, tc_undecoded *undecoded) {
    TC_ASSERT(number >= 0 && number < TC_MAX_PASSES && tc_passes[number].name);
    TC_ASSERT(area->x >= 0 && area->y >= 0 && area->width > 0 && area->height > 0);
    TC_ASSERT(area->x + area->width <= picture->width && area->y + area->height <= picture->height);
    run r = {.number = number,
             .pass = &tc_passes[number],
             .area = *picture,
             .origin = {area->x, area->y},
             .matrix = matrix,
             .linear = linear,
             .candidates = candidates,
             .undecoded = undecoded};
    r.area.data += (size_t)area->y * picture->stride + (size_t)area->x;
    r.area.width = area->width;
    r.area.height = area->height;
    if (!r.pass->transform) return read_plane(&r, &r.area, &tc_affine_identity);
    tc_plane plane;
    tc_affine to_area;
    tc_status status = r.pass->transform(&r.area, &plane, &to_area);
    if (status == TC_ERR_ARGUMENT) return TC_OK; // too small for this transform
    if (status != TC_OK) return status;
    status = read_plane(&r, &plane, &to_area);
    tc_plane_clear(&plane);
    return status;
}
