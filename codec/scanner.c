// Reading codes: the passes of the strategy, one after the other, and what is made of their readings.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codec/parts.h"
#include "codec/pass.h"
#include "codec/scanner.h"
#include "codec/text.h"

typedef struct search {
    tc_plane grey;
    tc_codes_options options;
    const tc_codes_listener *listener;
    uint32_t squares, bars; // of the wanted symbologies
    tc_finds finds;
    tc_unread unread;
    tc_blob *codes;
    tc_error *error;
} search;

// Luma (ITU-R BT.601, as in grayscale) of one row; transparent pixels lie on white.
static void grey_row(uint8_t *to, const uint8_t *from, int width, int channels) {
    bool colour = channels >= 3;
    for (int x = 0; x < width; x++, from += channels) {
        int grey = colour ? (from[0] * 77 + from[1] * 150 + from[2] * 29 + 128) >> 8 : from[0];
        int alpha = tc_has_alpha(channels) ? from[channels - 1] : 255;
        to[x] = (uint8_t)((grey * alpha + 255 * (255 - alpha) + 127) / 255);
    }
}

// Borrows a grey picture; `*own` is a grey copy of another, to be freed.
static tc_status grey_plane(const tc_tile *picture, tc_plane *plane, uint8_t **own) {
    int width = picture->rect.width, height = picture->rect.height;
    size_t size;
    *own = NULL;
    *plane = (tc_plane){picture->data, width, height, picture->stride};
    if (picture->channels == 1) return TC_OK;
    if (!tc_packed_size(width, height, 1, &size) || !(*own = malloc(size))) return TC_ERR_MEMORY;
    for (int y = 0; y < height; y++)
        grey_row(*own + (size_t)y * (size_t)width, picture->data + (size_t)y * picture->stride, width,
                 picture->channels);
    *plane = (tc_plane){*own, width, height, (size_t)width};
    return TC_OK;
}

// ---- telling

static int coordinate(double value) {
    return (int)lround(fmin(fmax(value, -TC_MAX_CODE_COORDINATE), TC_MAX_CODE_COORDINATE));
}

// Tells what has been read, at its place in the picture.
static tc_status tell(search *s, const tc_reading *reading, const char *how, tc_blob *fresh) {
    tc_blob text = {0};
    tc_code code = {.symbology = reading->symbology, .how = how};
    bool binary = false;
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

// Tells a series of codes that hold one message, once.
static tc_status tell_joined(search *s, const tc_readings *readings, const int order[], int parts, tc_blob *fresh) {
    tc_blob bytes = {0};
    tc_reading joined;
    tc_status status = TC_OK;
    if (!s->finds.items[order[0]].told) {
        status = tc_parts_join(readings, order, parts, &bytes, &joined);
        if (status == TC_OK) status = tell(s, &joined, tc_passes[s->finds.items[order[0]].pass].how, fresh);
    }
    s->finds.items[order[0]].told = true;
    tc_blob_clear(&bytes);
    return status;
}

// The finds as readings at their places; their bytes stay the finds'. The caller frees the items.
static tc_status list_finds(const search *s, tc_readings *readings) {
    readings->items = malloc(sizeof *readings->items * (size_t)(s->finds.count + 1));
    if (!readings->items) return TC_ERR_MEMORY;
    readings->count = s->finds.count;
    for (int i = 0; i < s->finds.count; i++) {
        readings->items[i] = s->finds.items[i].reading;
        memcpy(readings->items[i].x, s->finds.items[i].place.x, sizeof readings->items[i].x);
        memcpy(readings->items[i].y, s->finds.items[i].place.y, sizeof readings->items[i].y);
    }
    return TC_OK;
}

// Tells what has become certain. A part of a message waits for the others until the last pass has looked for them.
static tc_status tell_all(search *s, bool last) {
    tc_blob fresh = {0};
    tc_readings readings = {0};
    tc_status status = list_finds(s, &readings);
    for (int i = 0; i < s->finds.count && status == TC_OK; i++) {
        tc_find *find = &s->finds.items[i];
        int order[TC_MAX_CODE_PARTS];
        if (find->told || !tc_finds_believes(&s->finds, i)) continue;
        int parts = tc_parts_find(&readings, i, order);
        if (parts == 0 && find->reading.parts > 1 && !last) continue;
        status = parts > 0 ? tell_joined(s, &readings, order, parts, &fresh)
                           : tell(s, &readings.items[i], tc_passes[find->pass].how, &fresh);
        find->told = true;
    }
    if (status == TC_OK && fresh.size > 0 && s->listener && s->listener->on_codes)
        s->listener->on_codes(s->listener->user, &fresh);
    tc_blob_clear(&fresh);
    free(readings.items);
    return status;
}

// ---- where a pass looks

// The rectangle around a quad, half as wide again, inside the picture.
static tc_rect around(const search *s, const tc_quad *quad) {
    double left = quad->x[0], right = left, top = quad->y[0], bottom = top;
    for (int i = 1; i < 4; i++) {
        left = fmin(left, quad->x[i]);
        right = fmax(right, quad->x[i]);
        top = fmin(top, quad->y[i]);
        bottom = fmax(bottom, quad->y[i]);
    }
    double margin = fmax(fmax(right - left, bottom - top) / 4, 16);
    tc_rect rect = {(int)(fmax(left, 0) - fmin(margin, fmax(left, 0))),
                    (int)(fmax(top, 0) - fmin(margin, fmax(top, 0))), 0, 0};
    rect.width = (int)fmin(right + margin, s->grey.width) - rect.x;
    rect.height = (int)fmin(bottom + margin, s->grey.height) - rect.y;
    return rect;
}

static bool is_read(const search *s, const tc_quad *quad) {
    double x = 0, y = 0;
    for (int i = 0; i < 4; i++) {
        x += quad->x[i] / 4;
        y += quad->y[i] / 4;
    }
    for (int i = 0; i < s->finds.count; i++)
        if (tc_quad_holds(&s->finds.items[i].place, x, y)) return true;
    return false;
}

enum { MAX_AREAS = 16 };

static int add_area(const search *s, const tc_quad *quad, tc_rect areas[MAX_AREAS], int count) {
    if (count == MAX_AREAS) return count;
    tc_rect rect = around(s, quad);
    for (int i = 0; i < count; i++)
        if (tc_rect_contains(areas[i], rect)) return count;
    if (!tc_rect_empty(rect)) areas[count++] = rect;
    return count;
}

// The places around which a pass has a reason to look.
static int find_areas(const search *s, const tc_pass *pass, tc_rect areas[MAX_AREAS]) {
    int count = 0;
    for (int i = 0; i < s->unread.count && pass->kinds & TC_KIND_SQUARE; i++)
        if (!is_read(s, &s->unread.items[i])) count = add_area(s, &s->unread.items[i], areas, count);
    for (int i = 0; i < s->finds.count && pass->kinds & TC_KIND_BARS; i++) {
        const tc_find *find = &s->finds.items[i];
        bool one = (find->libraries & (find->libraries - 1)) == 0 && tc_trust_is_bars(find->reading.symbology);
        if (tc_finds_doubts(&s->finds, i) || (one && pass->when == TC_WHEN_SECOND))
            count = add_area(s, &find->place, areas, count);
    }
    return count;
}

static bool has_told(const search *s) {
    for (int i = 0; i < s->finds.count; i++)
        if (s->finds.items[i].told) return true;
    return false;
}

static int choose_areas(const search *s, const tc_pass *pass, tc_rect areas[MAX_AREAS]) {
    uint32_t wanted = (pass->kinds & TC_KIND_SQUARE ? s->squares : 0) | (pass->kinds & TC_KIND_BARS ? s->bars : 0);
    bool fits = (int64_t)s->grey.width * s->grey.height <= (int64_t)pass->most * 1000;
    int count = find_areas(s, pass, areas);
    // Where something is known to stand it is looked for there, and not elsewhere.
    bool whole = pass->when == TC_WHEN_ALWAYS || (!has_told(s) && (count == 0 || pass->when == TC_WHEN_SECOND));
    if (!wanted) return 0;
    if (!whole || !fits || (s->options.is_part && !pass->parts)) return count;
    areas[0] = (tc_rect){0, 0, s->grey.width, s->grey.height};
    return 1;
}

static tc_status run(search *s, int number) {
    tc_rect areas[MAX_AREAS];
    int count = choose_areas(s, &tc_passes[number], areas);
    if (count == 0) return TC_OK;
    if (s->listener && s->listener->on_pass) s->listener->on_pass(s->listener->user, number);
    tc_status status = TC_OK;
    for (int i = 0; i < count && status == TC_OK; i++)
        status = tc_pass_run(number, &s->grey, &areas[i], s->squares, s->bars, &s->finds, &s->unread);
    return status == TC_OK ? tell_all(s, false) : status;
}

static void choose_symbologies(search *s) {
    for (int i = 0; tc_symbologies[i].wire; i++) {
        uint32_t bit = s->options.symbologies & UINT32_C(1) << i;
        *(tc_trust_is_bars(i) ? &s->bars : &s->squares) |= bit;
    }
}

tc_status tc_codec_read_codes(const tc_tile *picture, const tc_codes_options *options,
                              const tc_codes_listener *listener, tc_blob *codes, tc_error *error) {
    search s = {.options = *options, .listener = listener, .codes = codes, .error = error};
    uint8_t *own;
    tc_status status = grey_plane(picture, &s.grey, &own);
    choose_symbologies(&s);
    for (int i = 0; tc_passes[i].how && status == TC_OK; i++) {
        if (options->skip_passes >> i & 1) continue;
        if (i > 0 && listener && listener->should_stop && listener->should_stop(listener->user)) break;
        status = run(&s, i);
    }
    if (status == TC_OK) status = tell_all(&s, true);
    tc_finds_clear(&s.finds);
    free(own);
    if (status == TC_ERR_MEMORY) return tc_fail(error, status, "not enough memory to read codes");
    return status == TC_OK ? tc_codes_sort(codes, error) : status;
}
