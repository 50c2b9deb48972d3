// Reads codes by zbar. The only file that includes its header.
#include <stdlib.h>
#include <string.h>
#include <zbar.h>

#include "codec/charset.h"
#include "codec/reader.h"
#include "core/assert.h"

// The last symbology by number. zbar's names are the types in tc_symbologies.
enum { LAST_SYMBOL_TYPE = ZBAR_CODE128 };

static int symbology_of(zbar_symbol_type_t type) {
    return tc_symbology_find_type(zbar_get_symbol_name(type));
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
    // An ISBN is an EAN-13 under another name. It is read as such only if EAN-13 is not wanted.
    if (wants(symbologies, ZBAR_EAN13)) {
        zbar_image_scanner_set_config(scanner, ZBAR_ISBN10, ZBAR_CFG_ENABLE, 0);
        zbar_image_scanner_set_config(scanner, ZBAR_ISBN13, ZBAR_CFG_ENABLE, 0);
    }
    zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_BINARY, 1);
    zbar_image_scanner_set_config(scanner, ZBAR_SQCODE, ZBAR_CFG_BINARY, 1);
}

// The polygon of a matrix code has its corners counter-clockwise from its own top left.
static void set_corners(tc_reading *r, const zbar_symbol_t *symbol) {
    for (int i = 0; i < 4; i++) {
        unsigned point = (unsigned)(4 - i) % 4;
        r->x[i] = zbar_symbol_get_loc_x(symbol, point);
        r->y[i] = zbar_symbol_get_loc_y(symbol, point);
    }
}

// A bar code has a point for each scan line that crossed it: the corners are their bounding box, rotated by the reading
// direction.
static void set_bounding_box(tc_reading *r, const zbar_symbol_t *symbol, unsigned points) {
    TC_ASSERT(points > 0);
    int x0 = INT32_MAX, y0 = INT32_MAX, x1 = INT32_MIN, y1 = INT32_MIN;
    for (unsigned i = 0; i < points; i++) {
        int x = zbar_symbol_get_loc_x(symbol, i), y = zbar_symbol_get_loc_y(symbol, i);
        if (x < x0) x0 = x;
        if (x > x1) x1 = x;
        if (y < y0) y0 = y;
        if (y > y1) y1 = y;
    }
    int orientation = zbar_symbol_get_orientation(symbol);
    int rotation = orientation == ZBAR_ORIENT_UNKNOWN ? 0 : orientation; // quarter turns, clockwise
    const int xs[4] = {x0, x1, x1, x0}, ys[4] = {y0, y0, y1, y1};
    for (int i = 0; i < 4; i++) {
        r->x[i] = xs[(i + rotation) % 4];
        r->y[i] = ys[(i + rotation) % 4];
    }
}

static tc_status add_symbol(tc_readings *readings, const zbar_symbol_t *symbol, tc_reading *r) {
    zbar_symbol_type_t type = zbar_symbol_get_type(symbol);
    unsigned points = zbar_symbol_get_loc_size(symbol);
    r->symbology = symbology_of(type);
    r->eci = TC_ECI_NONE;
    r->lines = zbar_symbol_get_quality(symbol);
    if (r->symbology < 0 || points == 0) return TC_OK;
    if (type == ZBAR_QRCODE || type == ZBAR_SQCODE) r->lines = 0;
    if (points == 4 && r->lines == 0)
        set_corners(r, symbol);
    else
        set_bounding_box(r, symbol, points);
    return tc_readings_add(readings, r);
}

static tc_status add_single(tc_readings *readings, const zbar_symbol_t *symbol) {
    tc_reading r = {.bytes = (const uint8_t *)zbar_symbol_get_data(symbol),
                    .size = zbar_symbol_get_data_length(symbol)};
    return add_symbol(readings, symbol, &r);
}

// zbar returns a complete structured append series as one symbol, whose bytes are the concatenated bytes of its
// components. They are added one by one, as structured_append.h joins them for all readers. An incomplete series has
// the type ZBAR_PARTIAL and does not say which parts it has: it is left to the other reader.
static tc_status add_parts(tc_readings *readings, const zbar_symbol_t *series) {
    const uint8_t *all = (const uint8_t *)zbar_symbol_get_data(series);
    const uint8_t *end = all + zbar_symbol_get_data_length(series);
    tc_reading r = {.parity = -1};
    for (const zbar_symbol_t *s = zbar_symbol_first_component(series); s; s = zbar_symbol_next(s)) r.parts++;
    tc_status status = TC_OK;
    for (const zbar_symbol_t *s = zbar_symbol_first_component(series); s && status == TC_OK; s = zbar_symbol_next(s)) {
        const zbar_symbol_t *next = zbar_symbol_next(s);
        r.bytes = (const uint8_t *)zbar_symbol_get_data(s);
        const uint8_t *stop = next ? (const uint8_t *)zbar_symbol_get_data(next) : end;
        if (r.bytes < all || stop < r.bytes || end < stop) return TC_OK;
        r.size = (size_t)(stop - r.bytes); // the component's own length lacks its last byte
        status = add_symbol(readings, s, &r);
        r.part++;
    }
    return status;
}

// A bar code with an add-on is a composite of two symbols.
static tc_status add_symbols(tc_readings *readings, const zbar_symbol_t *symbol) {
    tc_status status = TC_OK;
    for (; symbol && status == TC_OK; symbol = zbar_symbol_next(symbol)) {
        const zbar_symbol_t *component = zbar_symbol_first_component(symbol);
        zbar_symbol_type_t type = zbar_symbol_get_type(symbol);
        if (type == ZBAR_COMPOSITE)
            status = add_symbols(readings, component);
        else if (type == ZBAR_QRCODE && component)
            status = add_parts(readings, symbol);
        else
            status = add_single(readings, symbol);
    }
    return status;
}

static tc_status scan(const uint8_t *pixels, const tc_plane *plane, uint32_t symbologies, tc_readings *readings) {
    zbar_image_scanner_t *scanner = zbar_image_scanner_create();
    zbar_image_t *image = zbar_image_create();
    tc_status status = TC_ERR_MEMORY;
    if (scanner && image) {
        configure(scanner, symbologies);
        zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
        zbar_image_set_size(image, (unsigned)plane->width, (unsigned)plane->height);
        zbar_image_set_data(image, pixels, (size_t)plane->width * (size_t)plane->height, NULL);
        status = TC_OK;
        if (zbar_scan_image(scanner, image) > 0) status = add_symbols(readings, zbar_image_first_symbol(image));
    }
    if (image) zbar_image_destroy(image);
    if (scanner) zbar_image_scanner_destroy(scanner);
    return status;
}

// zbar requires rows without padding.
tc_status tc_zbar_read(const tc_plane *plane, uint32_t symbologies, unsigned options, tc_readings *readings) {
    (void)options; // zbar scans every row and column
    TC_ASSERT(plane->width >= 1 && plane->height >= 1 && plane->stride >= (size_t)plane->width);
    size_t width = (size_t)plane->width, height = (size_t)plane->height;
    if (plane->stride == width) return scan(plane->data, plane, symbologies, readings);
    uint8_t *packed = malloc(width * height);
    if (!packed) return TC_ERR_MEMORY;
    for (size_t y = 0; y < height; y++) memcpy(packed + y * width, plane->data + y * plane->stride, width);
    tc_status status = scan(packed, plane, symbologies, readings);
    free(packed);
    return status;
}
