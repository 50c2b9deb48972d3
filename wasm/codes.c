#include <stdlib.h>

#include "codec/scanner.h"
#include "wasm/page.h"

// What JavaScript is told and asked on the way (web/src/engine/local/reader.ts).
void TC_IMPORT(page_pass)(int pass);
void TC_IMPORT(page_found)(const uint8_t *codes, size_t size);
int TC_IMPORT(page_stop)(void);

static void tell_pass(void *user, int pass) {
    (void)user;
    page_pass(pass);
}

static void tell_found(void *user, const tc_blob *codes) {
    (void)user;
    page_found(codes->data, codes->size);
}

static bool ask_stop(void *user) {
    (void)user;
    return page_stop() != 0;
}

tc_blob *TC_EXPORT(tc_page_read_codes)(uint8_t *pixels, int width, int height, int channels, uint32_t symbologies,
                                       int part, double skip) {
    const tc_tile picture = {pixels, tc_row_bytes(width, channels), {0, 0, width, height}, channels, false};
    const tc_codes_options options = {.symbologies = symbologies, .skip_passes = (uint64_t)skip, .is_part = part != 0};
    const tc_codes_listener listener = {.on_pass = tell_pass, .on_codes = tell_found, .should_stop = ask_stop};
    tc_blob *codes = calloc(1, sizeof *codes);
    if (!codes) {
        tc_fail(&tc_page_fault, TC_ERR_MEMORY, "not enough memory in this browser for the codes");
        return NULL;
    }
    if (tc_codec_read_codes(&picture, &options, &listener, codes, &tc_page_fault) == TC_OK) return codes;
    tc_page_blob_destroy(codes);
    return NULL;
}
