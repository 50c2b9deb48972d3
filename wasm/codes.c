#include <stdlib.h>

#include "wasm/page.h"

tc_blob *TC_EXPORT(tc_page_read_codes)(uint8_t *pixels, int width, int height, int channels, uint32_t symbologies) {
    const tc_tile picture = {pixels, tc_row_bytes(width, channels), {0, 0, width, height}, channels};
    tc_blob *codes = calloc(1, sizeof *codes);
    if (!codes) {
        tc_fail(&tc_page_fault, TC_ERR_MEMORY, "not enough memory in this browser for the codes");
        return NULL;
    }
    const tc_codes_options options = {.symbologies = symbologies};
    if (tc_codec_read_codes(&picture, &options, NULL, codes, &tc_page_fault) == TC_OK) return codes;
    tc_page_blob_destroy(codes);
    return NULL;
}
