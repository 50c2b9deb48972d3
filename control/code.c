// Codes as JSON.
#include "control/code.h"

#include "core/assert.h"

// Base64 (RFC 4648, section 4).
static void set_base64(tc_json *object, const char *name, const uint8_t *bytes, size_t size) {
    TC_ASSERT(size <= TC_MAX_CODE_BYTES);
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[(TC_MAX_CODE_BYTES + 2) / 3 * 4 + 1], *to = text;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t three = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? (uint32_t)bytes[i + 2] : 0);
        *to++ = digits[three >> 18];
        *to++ = digits[three >> 12 & 63];
        *to++ = left > 1 ? digits[three >> 6 & 63] : '=';
        *to++ = left > 2 ? digits[three & 63] : '=';
    }
    *to = 0;
    tc_json_set_string(object, name, text);
}

void tc_json_set_code(tc_json *message, const char *type_name, const tc_code *code) {
    TC_ASSERT(code->type && code->text);
    tc_json_set_string(message, type_name, code->type);
    tc_json_set_text(message, "text", code->text, code->text_size);
    if (code->bytes) set_base64(message, "bytes", code->bytes, code->bytes_size);
    tc_json_set_string(message, "how", code->pass_name ? code->pass_name : "");
    tc_json *points = tc_json_set_array(message, "points");
    for (int i = 0; i < 4; i++) {
        tc_json *point = tc_json_add_array(points);
        tc_json_add_number(point, code->x[i]);
        tc_json_add_number(point, code->y[i]);
    }
}
