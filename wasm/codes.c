// Reading codes for the page.
#include "wasm/codes.h"

#include <stdlib.h>

#include "codec/scanner.h"
#include "core/assert.h"
#include "wasm/export.h"
#include "wasm/fault.h"
#include "wasm/memory.h"

// Callbacks in JavaScript (web/src/engine/local/reader.ts).
void TC_IMPORT(page_pass)(int pass);
void TC_IMPORT(page_found)(const uint8_t *codes, size_t size);
int TC_IMPORT(page_stop)(void);

static void on_pass(void *user, int pass) {
    (void)user;
    page_pass(pass);
}

static void on_codes(void *user, const tc_blob *codes) {
    (void)user;
    page_found(codes->data, codes->size);
}

static bool should_stop(void *user) {
    (void)user;
    return page_stop() != 0;
}

tc_blob *TC_EXPORT(tc_page_read_codes)(uint8_t *pixels, int width, int height, int channels, uint32_t symbologies,
                                       int part, double skip) {
    TC_ASSERT(width > 0 && height > 0 && channels >= 1 && channels <= 4);
    const tc_tile picture = {pixels, tc_row_bytes(width, channels), {0, 0, width, height}, channels, false};
    const tc_codes_options options = {.symbologies = symbologies, .skip_passes = (uint64_t)skip, .is_part = part != 0};
    const tc_codes_listener listener = {.on_pass = on_pass, .on_codes = on_codes, .should_stop = should_stop};
    tc_blob *codes = calloc(1, sizeof *codes);
    if (!codes) {
        tc_page_fail_memory("the codes");
        return NULL;
    }
    if (tc_codec_read_codes(&picture, &options, &listener, codes, tc_page_fault()) == TC_OK) return codes;
    tc_page_blob_destroy(codes);
    return NULL;
}
