// Runs the passes one after the other, and reports candidates as soon as they are accepted.
#include "codec/scanner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codec/charset.h"
#include "codec/pass.h"
#include "codec/structured_append.h"
#include "codec/text.h"
#include "core/assert.h"

typedef struct scan {
    tc_plane grey;
    tc_codes_options options;
    const tc_codes_listener *listener;
    uint32_t matrix, linear; // masks of the wanted symbologies
    tc_candidates candidates;
    tc_undecoded undecoded;
    tc_blob *codes;
    tc_error *error;
} scan;

// Luma of one row (ITU-R BT.601, as in grayscale), composited over white.
static void grey_row(uint8_t *to, const uint8_t *from, int width, int channels) {
    bool colour = channels >= 3;
    for (int x = 0; x < width; x++, from += channels) {
        int grey = colour ? (from[0] * 77 + from[1] * 150 + from[2] * 29 + 128) >> 8 : from[0];
        int alpha = tc_has_alpha(channels) ? from[channels - 1] : 255;
        to[x] = (uint8_t)((grey * alpha + 255 * (255 - alpha) + 127) / 255);
    }
}

// A grey view of the picture. If it has more channels, `*owned` is the grey copy, which the caller frees; else NULL.
static tc_status grey_plane(const tc_tile *picture, tc_plane *plane, uint8_t **owned) {
    int width = picture->rect.width, height = picture->rect.height;
    size_t size;
    *owned = NULL;
    *plane = (tc_plane){picture->data, width, height, picture->stride};
    if (picture->channels == 1) return TC_OK;
    if (!tc_packed_size(width, height, 1, &size) || !(*owned = malloc(size))) return TC_ERR_MEMORY;
    for (int y = 0; y < height; y++)
        grey_row(*owned + (size_t)y * (size_t)width, picture->data + (size_t)y * picture->stride, width,
                 picture->channels);
    *plane = (tc_plane){*owned, width, height, (size_t)width};
    return TC_OK;
}

// ---- reporting

static int coordinate(double value) {
    return (int)lround(fmin(fmax(value, -TC_MAX_CODE_COORDINATE), TC_MAX_CODE_COORDINATE));
}

// Appends a code to the scan's result and to `fresh`.
static tc_status report(scan *s, const tc_reading *reading, const char *pass_name, tc_blob *fresh) {
    tc_blob text = {0};
    tc_code code = {.symbology = reading->symbology, .pass_name = pass_name};
    bool binary = false;
    TC_ASSERT(reading->symbology >= 0 && reading->symbology < TC_SYMBOLOGY_COUNT && pass_name);
    tc_status status = tc_text_decode(reading->bytes, reading->size, reading->eci, &text, &binary);
    code.text = text.data ? (const char *)text.data : "";
    code.text_size = text.size;
    if (binary && reading->size <= TC_MAX_CODE_BYTES) {
        code.bytes = reading->bytes;
        code.bytes_size = reading->size;
    }
    if (reading->parts > 1) {
        code.parts = reading->parts;
        code.part = reading->part;
        code.parity = reading->parity;
    }
    for (int i = 0; i < 4; i++) {
        code.x[i] = coordinate(reading->x[i]);
        code.y[i] = coordinate(reading->y[i]);
    }
    if (status == TC_OK) status = tc_codes_write(s->codes, &code, s->error);
    if (status == TC_OK) status = tc_codes_write(fresh, &code, s->error);
    tc_blob_clear(&text);
    return status;
}

// Reports a structured append series as one code, once.
static tc_status report_series(scan *s, const tc_readings *readings, const int order[], int parts, tc_blob *fresh) {
    tc_blob bytes = {0};
    tc_reading joined;
    TC_ASSERT(parts >= 2 && parts <= TC_MAX_CODE_PARTS);
    tc_status status = TC_OK;
    if (!s->candidates.items[order[0]].reported) {
        status = tc_structured_append_join(readings, order, parts, &bytes, &joined);
        if (status == TC_OK) status = report(s, &joined, tc_passes[s->candidates.items[order[0]].pass].name, fresh);
    }
    s->candidates.items[order[0]].reported = true;
    tc_blob_clear(&bytes);
    return status;
}

// The candidates as readings with corners in the picture. Bytes are borrowed; the caller frees only the items.
static tc_status list_readings(const scan *s, tc_readings *readings) {
    readings->items = malloc(sizeof *readings->items * (size_t)(s->candidates.count + 1));
    if (!readings->items) return TC_ERR_MEMORY;
    readings->count = s->candidates.count;
    for (int i = 0; i < s->candidates.count; i++) {
        readings->items[i] = s->candidates.items[i].reading;
        memcpy(readings->items[i].x, s->candidates.items[i].quad.x, sizeof readings->items[i].x);
        memcpy(readings->items[i].y, s->candidates.items[i].quad.y, sizeof readings->items[i].y);
    }
    return TC_OK;
}

// Reports candidates that have been accepted. A part of a structured append series waits for the others until the last
// pass.
static tc_status report_accepted(scan *s, bool last) {
    tc_blob fresh = {0};
    tc_readings readings = {0};
    tc_status status = list_readings(s, &readings);
    for (int i = 0; i < s->candidates.count && status == TC_OK; i++) {
        tc_candidate *candidate = &s->candidates.items[i];
        int order[TC_MAX_CODE_PARTS];
        if (candidate->reported || !tc_candidates_is_accepted(&s->candidates, i)) continue;
        int parts = tc_structured_append_find(&readings, i, order);
        if (parts == 0 && candidate->reading.parts > 1 && !last) continue;
        status = parts > 0 ? report_series(s, &readings, order, parts, &fresh)
                           : report(s, &readings.items[i], tc_passes[candidate->pass].name, &fresh);
        candidate->reported = true;
    }
    if (status == TC_OK && fresh.size > 0 && s->listener && s->listener->on_codes)
        s->listener->on_codes(s->listener->user, &fresh);
    tc_blob_clear(&fresh);
    free(readings.items);
    return status;
}

// ---- areas of a pass

// The bounding box of a quad with half its size as margin, cut to the picture.
static tc_rect area_around(const scan *s, const tc_quad *quad) {
    tc_bounds b = tc_quad_bounds(quad);
    double margin = fmax(fmax(b.right - b.left, b.bottom - b.top) / 4, 16);
    tc_rect rect = {(int)(fmax(b.left, 0) - fmin(margin, fmax(b.left, 0))),
                    (int)(fmax(b.top, 0) - fmin(margin, fmax(b.top, 0))), 0, 0};
    rect.width = (int)fmin(b.right + margin, s->grey.width) - rect.x;
    rect.height = (int)fmin(b.bottom + margin, s->grey.height) - rect.y;
    return rect;
}

static bool is_read(const scan *s, const tc_quad *quad) {
    const tc_vector centre = tc_quad_centre(quad);
    for (int i = 0; i < s->candidates.count; i++)
        if (tc_quad_contains(&s->candidates.items[i].quad, centre)) return true;
    return false;
}

enum { MAX_AREAS = 16 };

// Adds the area around a quad, unless another contains it. Returns the new count.
static int add_area(const scan *s, const tc_quad *quad, tc_rect areas[MAX_AREAS], int count) {
    TC_ASSERT(count >= 0 && count <= MAX_AREAS);
    if (count == MAX_AREAS) return count;
    tc_rect rect = area_around(s, quad);
    for (int i = 0; i < count; i++)
        if (tc_rect_contains(areas[i], rect)) return count;
    if (!tc_rect_empty(rect)) areas[count++] = rect;
    return count;
}

static bool has_one_bit(unsigned mask) {
    return mask != 0 && (mask & (mask - 1)) == 0;
}

// The areas of interest of a pass.
static int find_areas(const scan *s, const tc_pass *pass, tc_rect areas[MAX_AREAS]) {
    int count = 0;
    for (int i = 0; i < s->undecoded.count && pass->kinds & TC_PASS_MATRIX; i++)
        if (!is_read(s, &s->undecoded.items[i])) count = add_area(s, &s->undecoded.items[i], areas, count);
    for (int i = 0; i < s->candidates.count && pass->kinds & TC_PASS_LINEAR; i++) {
        const tc_candidate *candidate = &s->candidates.items[i];
        bool unconfirmed = has_one_bit(candidate->libraries) && tc_symbology_is_linear(candidate->reading.symbology);
        if (tc_candidates_is_uncertain(&s->candidates, i) || (unconfirmed && pass->condition == TC_PASS_CONFIRM))
            count = add_area(s, &candidate->quad, areas, count);
    }
    return count;
}

static bool has_reported(const scan *s) {
    for (int i = 0; i < s->candidates.count; i++)
        if (s->candidates.items[i].reported) return true;
    return false;
}

// The areas that a pass searches: areas of interest, or the whole picture.
static int choose_areas(const scan *s, const tc_pass *pass, tc_rect areas[MAX_AREAS]) {
    uint32_t wanted = (pass->kinds & TC_PASS_MATRIX ? s->matrix : 0) | (pass->kinds & TC_PASS_LINEAR ? s->linear : 0);
    bool fits = (int64_t)s->grey.width * s->grey.height <= (int64_t)pass->max_pixels * 1000;
    int count = find_areas(s, pass, areas);
    bool whole =
        pass->condition == TC_PASS_ALWAYS || (!has_reported(s) && (count == 0 || pass->condition == TC_PASS_CONFIRM));
    if (!wanted) return 0;
    if (!whole || !fits || (s->options.is_part && !pass->on_parts)) return count;
    areas[0] = (tc_rect){0, 0, s->grey.width, s->grey.height};
    return 1;
}

static tc_status run_pass(scan *s, int number) {
    TC_ASSERT(number >= 0 && number < TC_MAX_PASSES);
    tc_rect areas[MAX_AREAS];
    int count = choose_areas(s, &tc_passes[number], areas);
    if (count == 0) return TC_OK;
    if (s->listener && s->listener->on_pass) s->listener->on_pass(s->listener->user, number);
    tc_status status = TC_OK;
    for (int i = 0; i < count && status == TC_OK; i++)
        status = tc_pass_run(number, &s->grey, &areas[i], s->matrix, s->linear, &s->candidates, &s->undecoded);
    return status == TC_OK ? report_accepted(s, false) : status;
}

static void split_symbologies(scan *s) {
    for (int i = 0; i < TC_SYMBOLOGY_COUNT; i++)
        *(tc_symbology_is_linear(i) ? &s->linear : &s->matrix) |= s->options.symbologies & UINT32_C(1) << i;
}

tc_status tc_codec_read_codes(const tc_tile *picture, const tc_codes_options *options,
                              const tc_codes_listener *listener, tc_blob *codes, tc_error *error) {
    TC_ASSERT(codes->size == 0 && picture->channels >= 1 && picture->channels <= 4);
    TC_ASSERT(picture->rect.width >= 1 && picture->rect.height >= 1);
    scan s = {.options = *options, .listener = listener, .codes = codes, .error = error};
    uint8_t *owned;
    tc_status status = grey_plane(picture, &s.grey, &owned);
    split_symbologies(&s);
    for (int i = 0; tc_passes[i].name && status == TC_OK; i++) {
        if (options->skip_passes >> i & 1) continue;
        if (i > 0 && listener && listener->should_stop && listener->should_stop(listener->user)) break;
        status = run_pass(&s, i);
    }
    if (status == TC_OK) status = report_accepted(&s, true);
    tc_candidates_clear(&s.candidates);
    free(owned);
    if (status == TC_ERR_MEMORY) return tc_fail(error, status, "not enough memory to read codes");
    return status == TC_OK ? tc_codes_sort(codes, error) : status;
}
