#include "core/codes.h"

#include <string.h>

#include "core/utf8.h"
#include "core/wire.h"

enum { BLOB_HEADER = 4, CODE_HEADER = 40 };

const tc_symbology tc_symbologies[] = {
    {"qr", "QR-Code"},
    {"sqcode", "SQ-Code"},
    {"ean13", "EAN-13"},
    {"ean8", "EAN-8"},
    {"upca", "UPC-A"},
    {"upce", "UPC-E"},
    {"isbn10", "ISBN-10"},
    {"isbn13", "ISBN-13"},
    {"ean2", "EAN-2"},
    {"ean5", "EAN-5"},
    {"itf", "I2/5"},
    {"databar", "DataBar"},
    {"databar_exp", "DataBar-Exp"},
    {"codabar", "Codabar"},
    {"code39", "CODE-39"},
    {"code93", "CODE-93"},
    {"code128", "CODE-128"},
    {NULL, NULL},
};

static int symbology_count(void) {
    return (int)(sizeof tc_symbologies / sizeof *tc_symbologies) - 1;
}

static bool coordinates_fit(const int x[4], const int y[4]) {
    for (int i = 0; i < 4; i++)
        if (x[i] < -TC_MAX_CODE_COORDINATE || x[i] > TC_MAX_CODE_COORDINATE || y[i] < -TC_MAX_CODE_COORDINATE ||
            y[i] > TC_MAX_CODE_COORDINATE)
            return false;
    return true;
}

static tc_status check_code(int symbology, const char *text, size_t text_size, const int x[4], const int y[4],
                            tc_error *error) {
    if (symbology < 0 || symbology >= symbology_count())
        return tc_fail(error, TC_ERR_ARGUMENT, "there is no symbology number %d", symbology);
    if (text_size > TC_MAX_CODE_TEXT)
        return tc_fail(error, TC_ERR_LIMIT, "a code's text has %zu bytes; at most %d are allowed", text_size,
                       TC_MAX_CODE_TEXT);
    if (!tc_utf8_valid(text, text_size)) return tc_fail(error, TC_ERR_ARGUMENT, "a code's text is not UTF-8");
    if (!coordinates_fit(x, y)) return tc_fail(error, TC_ERR_LIMIT, "a code's corner is too far from the picture");
    return TC_OK;
}

tc_status tc_codes_write(tc_blob *blob, int symbology, const char *text, size_t text_size, const int x[4],
                         const int y[4], tc_error *error) {
    tc_status status = check_code(symbology, text, text_size, x, y, error);
    if (status != TC_OK) return status;
    uint8_t bytes[CODE_HEADER] = {0};
    size_t size_before = blob->size;
    if (size_before == 0) status = tc_blob_append(blob, bytes, BLOB_HEADER);
    uint32_t count = size_before == 0 ? 0 : tc_get_u32(blob->data);
    if (count >= TC_MAX_CODES) return tc_fail(error, TC_ERR_LIMIT, "a picture holds more than %d codes", TC_MAX_CODES);
    tc_put_u16(bytes, (uint32_t)symbology);
    tc_put_u32(bytes + 4, (uint32_t)text_size);
    for (int i = 0; i < 4; i++) {
        tc_put_u32(bytes + 8 + 8 * i, (uint32_t)x[i]);
        tc_put_u32(bytes + 12 + 8 * i, (uint32_t)y[i]);
    }
    if (status == TC_OK) status = tc_blob_append(blob, bytes, CODE_HEADER);
    if (status == TC_OK) status = tc_blob_append(blob, text, text_size);
    if (status == TC_OK) status = tc_blob_append(blob, "", 1);
    if (status != TC_OK) {
        blob->size = size_before;
        return tc_fail(error, status, "not enough memory for a code's text");
    }
    tc_put_u32(blob->data, count + 1);
    return TC_OK;
}

// Reads the code that starts at *offset, all but what its text says, and moves on to the next; false when the lengths
// do not fit the blob.
static bool read_next(const tc_blob *blob, size_t *offset, tc_code *code) {
    size_t room = blob->size - *offset;
    const uint8_t *p = blob->data + *offset;
    if (room < CODE_HEADER + 1) return false;
    uint32_t symbology = tc_get_u16(p), size = tc_get_u32(p + 4);
    if (symbology >= (uint32_t)symbology_count() || tc_get_u16(p + 2) != 0) return false;
    if (size > TC_MAX_CODE_TEXT || size > room - CODE_HEADER - 1 || p[CODE_HEADER + size] != 0) return false;
    *code = (tc_code){.type = tc_symbologies[symbology].type, .text = (const char *)p + CODE_HEADER, .text_size = size};
    for (int i = 0; i < 4; i++) {
        code->x[i] = (int)(int32_t)tc_get_u32(p + 8 + 8 * i);
        code->y[i] = (int)(int32_t)tc_get_u32(p + 12 + 8 * i);
    }
    *offset += CODE_HEADER + size + 1;
    return coordinates_fit(code->x, code->y);
}

static bool text_fits(const tc_code *code) {
    return tc_utf8_valid(code->text, code->text_size);
}

// The number of codes that the blob says it holds; -1 when that cannot be.
static int stated_count(const tc_blob *blob) {
    if (blob->size == 0) return 0;
    if (blob->size < BLOB_HEADER) return -1;
    uint32_t count = tc_get_u32(blob->data);
    return count <= TC_MAX_CODES ? (int)count : -1;
}

int tc_codes_count(const tc_blob *blob) {
    int count = stated_count(blob);
    if (blob->size == 0 || count < 0) return count;
    size_t offset = BLOB_HEADER;
    tc_code code;
    for (int i = 0; i < count; i++)
        if (!read_next(blob, &offset, &code) || !text_fits(&code)) return -1;
    return offset == blob->size ? count : -1;
}

bool tc_codes_read(const tc_blob *blob, int index, tc_code *code) {
    if (index < 0 || index >= stated_count(blob)) return false;
    size_t offset = BLOB_HEADER;
    for (int i = 0; i <= index; i++)
        if (!read_next(blob, &offset, code)) return false;
    return text_fits(code);
}
