// The parts of the code that was read last.
#include "wasm/code_blob.h"

#include "core/codes.h"
#include "wasm/export.h"

static tc_code code; // of the first instance, which alone reads codes

int TC_EXPORT(tc_page_code)(const uint8_t *codes, size_t size, int index, int32_t points[8]) {
    const tc_blob blob = {(uint8_t *)(uintptr_t)codes, size};
    if (!tc_codes_read(&blob, index, &code)) return 0;
    for (int i = 0; i < 4; i++) {
        points[2 * i] = code.x[i];
        points[2 * i + 1] = code.y[i];
    }
    return 1;
}

const char *TC_EXPORT(tc_page_code_type)(void) {
    return code.type;
}

const char *TC_EXPORT(tc_page_code_pass)(void) {
    return code.pass_name;
}

const uint8_t *TC_EXPORT(tc_page_code_bytes)(void) {
    return code.bytes;
}

size_t TC_EXPORT(tc_page_code_bytes_size)(void) {
    return code.bytes_size;
}

const char *TC_EXPORT(tc_page_code_text)(void) {
    return code.text;
}

size_t TC_EXPORT(tc_page_code_text_size)(void) {
    return code.text_size;
}
