// Writing, parsing, merging and sorting the blob of codes.
#include "core/codes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "core/corners.h"
#include "core/utf8.h"
#include "core/wire.h"

enum { BLOB_HEADER = 4, CODE_HEADER = 48, CODE_TERMINATORS = 2, JOINED = 0xff, NO_PARITY = 0xffff };

static bool are_corners_valid(const int x[4], const int y[4]) {
    for (int i = 0; i < 4; i++)
        if (x[i] < -TC_MAX_CODE_COORDINATE || x[i] > TC_MAX_CODE_COORDINATE || y[i] < -TC_MAX_CODE_COORDINATE ||
            y[i] > TC_MAX_CODE_COORDINATE)
            return false;
    return true;
}

static bool is_series_valid(const tc_code *code) {
    if (code->parts == 0) return code->part == 0 && code->parity == 0;
    return code->parts >= 2 && code->parts <= TC_MAX_CODE_PARTS && code->part >= -1 && code->part < code->parts &&
           code->parity >= -1 && code->parity <= 255;
}

static bool is_plain(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (text[i] < ' ' || text[i] > '~') return false;
    return true;
}

static tc_status check_code(const tc_code *code, size_t name_size, tc_error *error) {
    if (code->symbology < 0 || code->symbology >= TC_SYMBOLOGY_COUNT)
        return tc_fail(error, TC_ERR_ARGUMENT, "there is no symbology number %d", code->symbology);
    if (code->text_size > TC_MAX_CODE_TEXT)
        return tc_fail(error, TC_ERR_LIMIT, "a code's text has %zu bytes; at most %d are allowed", code->text_size,
                       TC_MAX_CODE_TEXT);
    if (code->bytes_size > TC_MAX_CODE_BYTES)
        return tc_fail(error, TC_ERR_LIMIT, "a code has %zu bytes; at most %d are allowed", code->bytes_size,
                       TC_MAX_CODE_BYTES);
    if (name_size > TC_MAX_CODE_PASS_NAME || (code->pass_name && !is_plain(code->pass_name, name_size)))
        return tc_fail(error, TC_ERR_ARGUMENT, "the name of the pass that read a code is too long or not ASCII");
    if (!tc_utf8_valid(code->text, code->text_size))
        return tc_fail(error, TC_ERR_ARGUMENT, "a code's text is not UTF-8");
    if (!are_corners_valid(code->x, code->y))
        return tc_fail(error, TC_ERR_LIMIT, "a code's corner is too far from the picture");
    if (!is_series_valid(code))
        return tc_fail(error, TC_ERR_ARGUMENT, "a code cannot be part %d of %d", code->part, code->parts);
    return TC_OK;
}

static void write_corners(uint8_t *header, const int x[4], const int y[4]) {
    for (int i = 0; i < 4; i++) {
        tc_write_u32(header + 12 + 8 * i, (uint32_t)x[i]);
        tc_write_u32(header + 16 + 8 * i, (uint32_t)y[i]);
    }
}

tc_status tc_codes_write(tc_blob *blob, const tc_code *code, tc_error *error) {
    TC_ASSERT(code->text || code->text_size == 0);
    TC_ASSERT(code->bytes || code->bytes_size == 0);
    size_t name_size = code->pass_name ? strlen(code->pass_name) : 0;
    tc_status status = check_code(code, name_size, error);
    if (status != TC_OK) return status;
    uint8_t bytes[CODE_HEADER] = {0};
    size_t size_before = blob->size;
    if (size_before == 0) status = tc_blob_append(blob, bytes, BLOB_HEADER);
    uint32_t count = size_before == 0 || status != TC_OK ? 0 : tc_read_u32(blob->data);
    if (count >= TC_MAX_CODES) return tc_fail(error, TC_ERR_LIMIT, "a picture holds more than %d codes", TC_MAX_CODES);
    tc_write_u16(bytes, (uint32_t)code->symbology);
    tc_write_u16(bytes + 2, (uint32_t)name_size);
    tc_write_u32(bytes + 4, (uint32_t)code->text_size);
    tc_write_u32(bytes + 8, (uint32_t)code->bytes_size);
    write_corners(bytes, code->x, code->y);
    bytes[44] = (uint8_t)code->parts;
    bytes[45] = code->part < 0 ? JOINED : (uint8_t)code->part;
    tc_write_u16(bytes + 46, code->parity < 0 ? NO_PARITY : (uint32_t)code->parity);
    if (status == TC_OK) status = tc_blob_append(blob, bytes, CODE_HEADER);
    if (status == TC_OK) status = tc_blob_append(blob, name_size ? code->pass_name : "", name_size);
    if (status == TC_OK) status = tc_blob_append(blob, "", 1);
    if (status == TC_OK) status = tc_blob_append(blob, code->text, code->text_size);
    if (status == TC_OK) status = tc_blob_append(blob, "", 1);
    if (status == TC_OK && code->bytes_size) status = tc_blob_append(blob, code->bytes, code->bytes_size);
    if (status != TC_OK) {
        blob->size = size_before;
        return tc_fail(error, status, "not enough memory for a code's text");
    }
    tc_write_u32(blob->data, count + 1);
    TC_ASSERT(count + 1 <= TC_MAX_CODES);
    return TC_OK;
}

// Reads the code at *offset without checking its text, and moves *offset to the next one. False when it does not fit
// the blob.
static bool read_next(const tc_blob *blob, size_t *offset, tc_code *code) {
    TC_ASSERT(*offset >= BLOB_HEADER && *offset <= blob->size);
    size_t remaining = blob->size - *offset;
    const uint8_t *p = blob->data + *offset;
    if (remaining < CODE_HEADER + CODE_TERMINATORS) return false;
    uint32_t symbology = tc_read_u16(p), name_size = tc_read_u16(p + 2), size = tc_read_u32(p + 4),
             more = tc_read_u32(p + 8);
    if (symbology >= TC_SYMBOLOGY_COUNT || name_size > TC_MAX_CODE_PASS_NAME || size > TC_MAX_CODE_TEXT ||
        more > TC_MAX_CODE_BYTES || name_size + size + more > remaining - CODE_HEADER - CODE_TERMINATORS)
        return false;
    const uint8_t *name = p + CODE_HEADER, *text = name + name_size + 1, *bytes = text + size + 1;
    if (text[-1] != 0 || bytes[-1] != 0 || !is_plain((const char *)name, name_size)) return false;
    *code = (tc_code){.symbology = (int)symbology,
                      .type = tc_symbologies[symbology].type,
                      .text = (const char *)text,
                      .text_size = size,
                      .bytes = more ? bytes : NULL,
                      .bytes_size = more,
                      .pass_name = (const char *)name,
                      .parts = p[44],
                      .part = p[45] == JOINED ? -1 : p[45],
                      .parity = tc_read_u16(p + 46) == NO_PARITY ? -1 : (int)tc_read_u16(p + 46)};
    for (int i = 0; i < 4; i++) {
        code->x[i] = (int)(int32_t)tc_read_u32(p + 12 + 8 * i);
        code->y[i] = (int)(int32_t)tc_read_u32(p + 16 + 8 * i);
    }
    *offset += CODE_HEADER + CODE_TERMINATORS + name_size + size + more;
    TC_ASSERT(*offset <= blob->size);
    return are_corners_valid(code->x, code->y) && is_series_valid(code);
}

static bool is_text_valid(const tc_code *code) {
    return tc_utf8_valid(code->text, code->text_size);
}

// The number of codes that the header states; -1 when it is impossible.
static int stated_count(const tc_blob *blob) {
    if (blob->size == 0) return 0;
    if (blob->size < BLOB_HEADER) return -1;
    uint32_t count = tc_read_u32(blob->data);
    return count <= TC_MAX_CODES ? (int)count : -1;
}

int tc_codes_count(const tc_blob *blob) {
    int count = stated_count(blob);
    if (blob->size == 0 || count < 0) return count;
    size_t offset = BLOB_HEADER;
    tc_code code;
    for (int i = 0; i < count; i++)
        if (!read_next(blob, &offset, &code) || !is_text_valid(&code)) return -1;
    return offset == blob->size ? count : -1;
}

bool tc_codes_read(const tc_blob *blob, int index, tc_code *code) {
    if (index < 0 || index >= stated_count(blob)) return false;
    size_t offset = BLOB_HEADER;
    for (int i = 0; i <= index; i++)
        if (!read_next(blob, &offset, code)) return false;
    return is_text_valid(code);
}

// Calls `move` for each code and writes its new corners.
static tc_status move_all(tc_blob *codes, void (*move)(const void *context, tc_code *code), const void *context,
                          tc_error *error) {
    int count = tc_codes_count(codes);
    if (count < 0) return tc_fail(error, TC_ERR_PROTOCOL, "the list of codes does not parse");
    size_t offset = BLOB_HEADER;
    for (int i = 0; i < count; i++) {
        uint8_t *header = codes->data + offset;
        tc_code code;
        if (!read_next(codes, &offset, &code)) break;
        move(context, &code);
        write_corners(header, code.x, code.y);
    }
    return TC_OK;
}

static int clamp_coordinate(double v) {
    return (int)fmax(-TC_MAX_CODE_COORDINATE, fmin(TC_MAX_CODE_COORDINATE, floor(v)));
}

typedef struct scaling {
    int x, y;
    double scale_x, scale_y;
} scaling;

static void scale_code(const void *context, tc_code *code) {
    const scaling *s = context;
    for (int k = 0; k < 4; k++) {
        code->x[k] = clamp_coordinate((code->x[k] + s->x + 0.5) * s->scale_x);
        code->y[k] = clamp_coordinate((code->y[k] + s->y + 0.5) * s->scale_y);
    }
}

tc_status tc_codes_transform(tc_blob *codes, int x, int y, double scale_x, double scale_y, tc_error *error) {
    TC_ASSERT(scale_x > 0 && scale_y > 0);
    return move_all(codes, scale_code, &(scaling){x, y, scale_x, scale_y}, error);
}

typedef struct refinement {
    const tc_image *grey;
    double scale_x, scale_y, max_distance;
} refinement;

static void refine_code(const void *context, tc_code *code) {
    const refinement *r = context;
    double x[4], y[4];
    if (code->symbology != TC_CODE_QR || code->part < 0) return; // a joined message has no outline
    for (int k = 0; k < 4; k++) {
        x[k] = (code->x[k] + 0.5) / r->scale_x - 0.5;
        y[k] = (code->y[k] + 0.5) / r->scale_y - 0.5;
    }
    tc_corners_refine(r->grey, r->max_distance, x, y);
    for (int k = 0; k < 4; k++) {
        code->x[k] = clamp_coordinate((x[k] + 0.5) * r->scale_x);
        code->y[k] = clamp_coordinate((y[k] + 0.5) * r->scale_y);
    }
}

tc_status tc_codes_refine(tc_blob *codes, const tc_image *grey, double scale_x, double scale_y, double max_distance,
                          tc_error *error) {
    TC_ASSERT(grey->shape.channels == 1 && scale_x > 0 && scale_y > 0);
    return move_all(codes, refine_code, &(refinement){grey, scale_x, scale_y, max_distance}, error);
}

typedef struct bounds {
    int left, top, right, bottom;
} bounds;

static bounds bounds_of(const tc_code *code) {
    bounds b = {code->x[0], code->y[0], code->x[0], code->y[0]};
    for (int i = 1; i < 4; i++) {
        if (code->x[i] < b.left) b.left = code->x[i];
        if (code->x[i] > b.right) b.right = code->x[i];
        if (code->y[i] < b.top) b.top = code->y[i];
        if (code->y[i] > b.bottom) b.bottom = code->y[i];
    }
    return b;
}

static bool contains_centre(bounds outer, bounds inner) {
    int x = inner.left + (inner.right - inner.left) / 2, y = inner.top + (inner.bottom - inner.top) / 2;
    return x >= outer.left && x <= outer.right && y >= outer.top && y <= outer.bottom;
}

bool tc_codes_same(const tc_code *a, const tc_code *b) {
    if (a->symbology != b->symbology || a->text_size != b->text_size || memcmp(a->text, b->text, a->text_size) != 0)
        return false;
    bounds one = bounds_of(a), other = bounds_of(b);
    return contains_centre(one, other) || contains_centre(other, one);
}

// True when `part` is a part of the message `joined`.
static bool includes_part(const tc_code *joined, const tc_code *part) {
    return joined->parts > 0 && joined->part < 0 && part->part >= 0 && part->parts == joined->parts &&
           part->symbology == joined->symbology &&
           (part->parity == joined->parity || part->parity < 0 || joined->parity < 0) &&
           contains_centre(bounds_of(joined), bounds_of(part));
}

// Removes the parts of the message `joined`.
static tc_status remove_parts(tc_blob *all, const tc_code *joined, tc_error *error) {
    tc_blob others = {0};
    tc_code code;
    tc_status status = TC_OK;
    for (int i = 0; status == TC_OK && tc_codes_read(all, i, &code); i++)
        if (!includes_part(joined, &code)) status = tc_codes_write(&others, &code, error);
    tc_blob_clear(status == TC_OK ? all : &others);
    if (status == TC_OK) *all = others;
    return status;
}

static bool contains_code(const tc_blob *all, const tc_code *code) {
    tc_code other;
    size_t offset = BLOB_HEADER;
    for (int i = stated_count(all); i > 0 && read_next(all, &offset, &other); i--)
        if (tc_codes_same(&other, code) || includes_part(&other, code)) return true;
    return false;
}

tc_status tc_codes_merge(tc_blob *all, const tc_blob *more, tc_blob *fresh, tc_error *error) {
    int count = tc_codes_count(more);
    tc_status status = TC_OK;
    if (count < 0) return tc_fail(error, TC_ERR_PROTOCOL, "the list of codes does not parse");
    tc_code code;
    for (int i = 0; status == TC_OK && i < count && tc_codes_read(more, i, &code); i++) {
        if (contains_code(all, &code)) continue;
        if (code.part < 0) status = remove_parts(all, &code, error);
        if (status != TC_OK || stated_count(all) == TC_MAX_CODES) continue;
        status = tc_codes_write(all, &code, error);
        if (status == TC_OK && fresh) status = tc_codes_write(fresh, &code, error);
    }
    return status;
}

typedef struct bounded_code {
    bounds at;
    tc_code code;
} bounded_code;

static int compare_tops(const void *a, const void *b) {
    const bounds *f = &((const bounded_code *)a)->at, *g = &((const bounded_code *)b)->at;
    return f->top != g->top ? (f->top < g->top ? -1 : 1) : f->left - g->left;
}
static int compare_lefts(const void *a, const void *b) {
    const bounds *f = &((const bounded_code *)a)->at, *g = &((const bounded_code *)b)->at;
    return f->left != g->left ? (f->left < g->left ? -1 : 1) : f->top - g->top;
}

// A line contains the codes whose top is above the middle of its first code.
static void sort_by_position(bounded_code *all, int count) {
    qsort(all, (size_t)count, sizeof *all, compare_tops);
    for (int first = 0, end; first < count; first = end) {
        int middle = all[first].at.top + (all[first].at.bottom - all[first].at.top) / 2;
        for (end = first + 1; end < count && all[end].at.top <= middle;) end++;
        qsort(all + first, (size_t)(end - first), sizeof *all, compare_lefts);
    }
}

tc_status tc_codes_sort(tc_blob *codes, tc_error *error) {
    int count = tc_codes_count(codes);
    if (count < 0) return tc_fail(error, TC_ERR_PROTOCOL, "the list of codes does not parse");
    if (count < 2) return TC_OK;
    bounded_code *all = malloc((size_t)count * sizeof *all);
    tc_blob sorted = {0};
    if (!all) return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the list of codes");
    for (int i = 0; i < count && tc_codes_read(codes, i, &all[i].code); i++) all[i].at = bounds_of(&all[i].code);
    sort_by_position(all, count);
    tc_status status = TC_OK;
    for (int i = 0; i < count && status == TC_OK; i++) status = tc_codes_write(&sorted, &all[i].code, error);
    free(all);
    if (status == TC_OK) {
        TC_ASSERT(sorted.size == codes->size);
        tc_blob_clear(codes);
        *codes = sorted;
    } else {
        tc_blob_clear(&sorted);
    }
    return status;
}
