// Recognises codes and lines that were sent before.
#include "backend/reported.h"

#include <stdlib.h>

#include "core/assert.h"
#include "core/codes.h"

enum { HASH_DIGITS = 16 };
static const uint64_t hash_start = 14695981039346656037u;

void tc_reported_clear(tc_reported *reported) {
    tc_blob_clear(&reported->codes);
    free(reported->parts);
    *reported = (tc_reported){0};
}

// FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/
static uint64_t hash_text(uint64_t hash, const char *text) {
    for (; *text; text++) hash = (hash ^ (uint8_t)*text) * 1099511628211u;
    return hash;
}

// The code of the message with a hash of type and text in place of its text.
static tc_code read_code(const tc_json *message, char digits[HASH_DIGITS + 1]) {
    tc_code code = {.text = digits, .text_size = HASH_DIGITS};
    uint64_t hash = hash_text(hash_start, tc_json_string(message, "code_type", ""));
    hash = hash_text(hash * 31, tc_json_string(message, "text", ""));
    for (int i = 0; i < HASH_DIGITS; i++) digits[i] = (char)('a' + (hash >> 4 * i & 15));
    digits[HASH_DIGITS] = 0;
    const tc_json *points = tc_json_member(message, "points");
    for (int i = 0; i < 4; i++) {
        const tc_json *point = tc_json_item(points, i);
        code.x[i] = (int)tc_json_integer_of(tc_json_item(point, 0), -TC_MAX_CODE_COORDINATE, TC_MAX_CODE_COORDINATE);
        code.y[i] = (int)tc_json_integer_of(tc_json_item(point, 1), -TC_MAX_CODE_COORDINATE, TC_MAX_CODE_COORDINATE);
    }
    return code;
}

tc_status tc_reported_add_code(tc_reported *reported, const tc_json *message, bool *is_new, tc_error *error) {
    char digits[HASH_DIGITS + 1];
    tc_code code = read_code(message, digits);
    tc_blob one = {0}, fresh = {0};
    tc_status status = tc_codes_write(&one, &code, error);
    if (!status) status = tc_codes_merge(&reported->codes, &one, &fresh, error);
    *is_new = status == TC_OK && fresh.size > 0;
    tc_blob_clear(&one);
    tc_blob_clear(&fresh);
    return status;
}

tc_status tc_reported_add_lines(tc_reported *reported, const char *text, bool *is_new, tc_error *error) {
    TC_ASSERT(reported->part_count >= 0 && reported->part_count <= TC_MAX_REPORTED_PARTS);
    uint64_t hash = hash_text(hash_start, text);
    *is_new = false;
    for (int i = 0; i < reported->part_count; i++)
        if (reported->parts[i] == hash) return TC_OK;
    if (reported->part_count == TC_MAX_REPORTED_PARTS) return TC_OK;
    uint64_t *grown = realloc(reported->parts, (size_t)(reported->part_count + 1) * sizeof *grown);
    if (!grown) return tc_fail(error, TC_ERR_MEMORY, "the server is out of memory; try again later");
    reported->parts = grown;
    grown[reported->part_count++] = hash;
    *is_new = true;
    return TC_OK;
}
