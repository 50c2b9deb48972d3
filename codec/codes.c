// Codes by zbar. The only file that includes zbar.h.
#include <stdlib.h>
#include <string.h>
#include <zbar.h>

#include "codec/codec.h"
#include "codec/text.h"

// zbar numbers its symbologies up to here, and names them as tc_symbologies does.
enum { LAST_SYMBOL_TYPE = ZBAR_CODE128 };

// One code found, before sorting.
typedef struct found {
    int symbology;
    tc_blob text, bytes;
    int x[4], y[4];
    int left, top, right, bottom; // of the corners
} found;

typedef struct finds {
    found *items;
    int count;
} finds;

static int symbology_of(zbar_symbol_type_t type) {
    const char *name = zbar_get_symbol_name(type);
    for (int i = 0; tc_symbologies[i].wire; i++)
        if (strcmp(tc_symbologies[i].type, name) == 0) return i;
    return -1;
}

static bool wants(uint32_t symbologies, zbar_symbol_type_t type) {
    int index = symbology_of(type);
    return index >= 0 && (symbologies >> index & 1);
}

static void configure(zbar_image_scanner_t *scanner, uint32_t symbologies) {
    zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
    for (int type = ZBAR_PARTIAL + 1; type <= LAST_SYMBOL_TYPE; type++)
        if (wants(symbologies, (zbar_symbol_type_t)type))
            zbar_image_scanner_set_config(scanner, (zbar_symbol_type_t)type, ZBAR_CFG_ENABLE, 1);
    // An ISBN is an EAN-13 under another name: only for those who ask for nothing but it.
    if (wants(symbologies, ZBAR_EAN13)) {
        zbar_image_scanner_set_config(scanner, ZBAR_ISBN10, ZBAR_CFG_ENABLE, 0);
        zbar_image_scanner_set_config(scanner, ZBAR_ISBN13, ZBAR_CFG_ENABLE, 0);
    }
    zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_BINARY, 1);
    zbar_image_scanner_set_config(scanner, ZBAR_SQCODE, ZBAR_CFG_BINARY, 1);
}

static void take_bounds(found *f) {
    f->left = f->right = f->x[0];
    f->top = f->bottom = f->y[0];
    for (int i = 1; i < 4; i++) {
        if (f->x[i] < f->left) f->left = f->x[i];
        if (f->x[i] > f->right) f->right = f->x[i];
        if (f->y[i] < f->top) f->top = f->y[i];
        if (f->y[i] > f->bottom) f->bottom = f->y[i];
    }
}

// A QR code's polygon has its corners counter-clockwise from its own top left.
static void take_corners(found *f, const zbar_symbol_t *symbol) {
    for (int i = 0; i < 4; i++) {
        unsigned point = (unsigned)(4 - i) % 4;
        f->x[i] = zbar_symbol_get_loc_x(symbol, point);
        f->y[i] = zbar_symbol_get_loc_y(symbol, point);
    }
    take_bounds(f);
}

// A bar code has a point for each scan line that crossed it: their box, turned as the code reads.
static void take_box(found *f, const zbar_symbol_t *symbol, unsigned points) {
    int x0 = INT32_MAX, y0 = INT32_MAX, x1 = INT32_MIN, y1 = INT32_MIN;
    for (unsigned i = 0; i < points; i++) {
        int x = zbar_symbol_get_loc_x(symbol, i), y = zbar_symbol_get_loc_y(symbol, i);
        if (x < x0) x0 = x;
        if (x > x1) x1 = x;
        if (y < y0) y0 = y;
        if (y > y1) y1 = y;
    }
    int orientation = zbar_symbol_get_orientation(symbol);
    int turn = orientation == ZBAR_ORIENT_UNKNOWN ? 0 : orientation; // quarter turns, clockwise
    const int xs[4] = {x0, x1, x1, x0}, ys[4] = {y0, y0, y1, y1};
    for (int i = 0; i < 4; i++) {
        f->x[i] = xs[(i + turn) % 4];
        f->y[i] = ys[(i + turn) % 4];
    }
    take_bounds(f);
}

// Whether the same code stands there already, found in the other pass.
static bool is_known(const finds *all, const found *f) {
    int x = (f->left + f->right) / 2, y = (f->top + f->bottom) / 2;
    for (int i = 0; i < all->count; i++) {
        const found *other = &all->items[i];
        if (other->symbology == f->symbology && other->text.size == f->text.size &&
            (f->text.size == 0 || memcmp(other->text.data, f->text.data, f->text.size) == 0) && x >= other->left &&
            x <= other->right && y >= other->top && y <= other->bottom)
            return true;
    }
    return false;
}

static tc_status add_symbol(finds *all, const zbar_symbol_t *symbol) {
    found f = {.symbology = symbology_of(zbar_symbol_get_type(symbol))};
    unsigned points = zbar_symbol_get_loc_size(symbol);
    if (f.symbology < 0 || points == 0 || all->count == TC_MAX_CODES) return TC_OK;
    zbar_symbol_type_t type = zbar_symbol_get_type(symbol);
    if (points == 4 && (type == ZBAR_QRCODE || type == ZBAR_SQCODE))
        take_corners(&f, symbol);
    else
        take_box(&f, symbol, points);
    const uint8_t *bytes = (const uint8_t *)zbar_symbol_get_data(symbol);
    size_t size = zbar_symbol_get_data_length(symbol);
    bool binary;
    tc_status status = tc_text_decode(bytes, size, -1, &f.text, &binary);
    if (status == TC_OK && binary) status = tc_blob_append(&f.bytes, bytes, size);
    found *grown = NULL;
    if (status == TC_OK && !is_known(all, &f)) {
        grown = realloc(all->items, sizeof *grown * (size_t)(all->count + 1));
        if (!grown) status = TC_ERR_MEMORY;
    }
    if (!grown) {
        tc_blob_clear(&f.text);
        tc_blob_clear(&f.bytes);
        return status;
    }
    all->items = grown;
    all->items[all->count++] = f;
    return TC_OK;
}

// A bar code with an add-on is a composite of both.
static tc_status add_symbols(finds *all, const zbar_symbol_t *symbol) {
    tc_status status = TC_OK;
    for (; symbol && status == TC_OK; symbol = zbar_symbol_next(symbol))
        status = zbar_symbol_get_type(symbol) == ZBAR_COMPOSITE ? add_symbols(all, zbar_symbol_first_component(symbol))
                                                                : add_symbol(all, symbol);
    return status;
}

// Luma (ITU-R BT.601, as in grayscale) of one row; transparent pixels lie on white.
static void grey_row(uint8_t *to, const uint8_t *from, int width, int channels) {
    bool colour = channels >= 3;
    for (int x = 0; x < width; x++, from += channels) {
        int grey = colour ? (from[0] * 77 + from[1] * 150 + from[2] * 29 + 128) >> 8 : from[0];
        int alpha = tc_has_alpha(channels) ? from[channels - 1] : 255;
        to[x] = (uint8_t)((grey * alpha + 255 * (255 - alpha) + 127) / 255);
    }
}

static uint8_t *grey_plane(const tc_tile *picture, size_t size) {
    uint8_t *plane = malloc(size);
    for (int y = 0; plane && y < picture->rect.height; y++)
        grey_row(plane + (size_t)y * (size_t)picture->rect.width, picture->data + (size_t)y * picture->stride,
                 picture->rect.width, picture->channels);
    return plane;
}

static tc_status scan(finds *all, zbar_image_t *image, uint32_t symbologies) {
    zbar_image_scanner_t *scanner = zbar_image_scanner_create();
    if (!scanner) return TC_ERR_MEMORY;
    configure(scanner, symbologies);
    tc_status status = zbar_scan_image(scanner, image) < 0 ? TC_ERR_MEMORY : TC_OK;
    if (status == TC_OK) status = add_symbols(all, zbar_image_first_symbol(image));
    zbar_image_scanner_destroy(scanner);
    return status;
}

// Dark on light, then light on dark: zbar by itself would try the second only where the first finds nothing at all. Bar
// codes are not printed light on dark.
static tc_status scan_both(finds *all, zbar_image_t *image, uint8_t *plane, size_t size, uint32_t symbologies) {
    tc_status status = scan(all, image, symbologies);
    uint32_t square = 0;
    for (int i = 0; tc_symbologies[i].wire; i++)
        if (i == symbology_of(ZBAR_QRCODE) || i == symbology_of(ZBAR_SQCODE)) square |= UINT32_C(1) << i;
    if (status != TC_OK || !(symbologies & square)) return status;
    for (size_t i = 0; i < size; i++) plane[i] = (uint8_t)~plane[i];
    return scan(all, image, symbologies & square);
}

static tc_status find_codes(finds *all, const tc_tile *picture, uint32_t symbologies) {
    size_t size;
    if (!tc_packed_size(picture->rect.width, picture->rect.height, 1, &size)) return TC_ERR_MEMORY;
    uint8_t *plane = grey_plane(picture, size);
    zbar_image_t *image = zbar_image_create();
    tc_status status = TC_ERR_MEMORY;
    if (plane && image) {
        zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
        zbar_image_set_size(image, (unsigned)picture->rect.width, (unsigned)picture->rect.height);
        zbar_image_set_data(image, plane, size, NULL);
        status = scan_both(all, image, plane, size, symbologies);
    }
    if (image) zbar_image_destroy(image);
    free(plane);
    return status;
}

static int compare_tops(const void *a, const void *b) {
    const found *f = a, *g = b;
    return f->top != g->top ? (f->top < g->top ? -1 : 1) : f->left - g->left;
}
static int compare_lefts(const void *a, const void *b) {
    const found *f = a, *g = b;
    return f->left != g->left ? (f->left < g->left ? -1 : 1) : f->top - g->top;
}

// Lines from top to bottom, each from left to right. To a line belongs what begins above the middle of its first code.
static void sort_as_read(finds *all) {
    if (all->count == 0) return;
    qsort(all->items, (size_t)all->count, sizeof *all->items, compare_tops);
    for (int first = 0, end; first < all->count; first = end) {
        const found *head = &all->items[first];
        int middle = head->top + (head->bottom - head->top) / 2;
        for (end = first + 1; end < all->count && all->items[end].top <= middle;) end++;
        qsort(all->items + first, (size_t)(end - first), sizeof *all->items, compare_lefts);
    }
}

tc_status tc_codec_read_codes(const tc_tile *picture, const tc_codes_options *options,
                              const tc_codes_listener *listener, tc_blob *codes, tc_error *error) {
    finds all = {0};
    tc_status status = find_codes(&all, picture, options->symbologies);
    if (status == TC_OK) sort_as_read(&all);
    for (int i = 0; i < all.count && status == TC_OK; i++) {
        const found *f = &all.items[i];
        tc_code code = {.symbology = f->symbology,
                        .text = (const char *)f->text.data,
                        .text_size = f->text.size,
                        .bytes = f->bytes.data,
                        .bytes_size = f->bytes.size,
                        .how = "zbar"};
        memcpy(code.x, f->x, sizeof code.x);
        memcpy(code.y, f->y, sizeof code.y);
        status = tc_codes_write(codes, &code, error);
    }
    for (int i = 0; i < all.count; i++) {
        tc_blob_clear(&all.items[i].text);
        tc_blob_clear(&all.items[i].bytes);
    }
    free(all.items);
    if (status == TC_ERR_MEMORY) return tc_fail(error, status, "not enough memory to read codes");
    if (status == TC_OK && codes->size > 0 && listener && listener->found) listener->found(listener->user, codes);
    return status;
}
