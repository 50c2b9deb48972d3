// libFuzzer: bytes as a picture, read by TC_FUZZ_READER, or by the scanner if that is not defined. The first byte says
// what the others are: grey pixels, or modules of one bit, rendered at some size with a quiet zone, so that symbols are
// a few mutations away. The second byte is the width.
#include <stdlib.h>
#include <string.h>

#include "codec/reader.h"
#include "codec/scanner.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
const char *__lsan_default_suppressions(void);

// zbar 0.23.92 leaks memory when it rejects an SQ code.
const char *__lsan_default_suppressions(void) {
    return "leak:_zbar_sq_decode";
}

enum { MODULES = 1, INVERTED = 2, QUIET = 4, MAX_SIDE = 800 };

typedef struct source {
    const uint8_t *bytes;
    int width, height, module; // in cells; pixels of a cell
    bool modules, inverted;
} source;

static int cell(const source *s, int x, int y) {
    if (x < 0 || x >= s->width || y < 0 || y >= s->height) return s->inverted ? 0 : 255;
    int at = y * s->width + x;
    int value = s->modules ? (s->bytes[at / 8] >> at % 8 & 1 ? 0 : 255) : s->bytes[at];
    return s->inverted ? 255 - value : value;
}

static bool read_source(source *s, const uint8_t *bytes, size_t size) {
    if (size < 3) return false;
    *s = (source){.bytes = bytes + 2, .width = bytes[1] + 1, .module = (bytes[0] >> 2 & 7) + 1};
    s->modules = bytes[0] & MODULES;
    s->inverted = bytes[0] & INVERTED;
    size_t cells = (size - 2) * (s->modules ? 8 : 1), rows = cells / (size_t)s->width;
    s->height = (int)(rows < MAX_SIDE ? rows : MAX_SIDE);
    int side = s->width > s->height ? s->width : s->height;
    return s->height > 0 && (side + 2 * QUIET) * s->module <= MAX_SIDE;
}

static uint8_t *draw(const source *s, int width, int height) {
    uint8_t *pixels = malloc((size_t)width * (size_t)height);
    if (!pixels) abort();
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            pixels[y * width + x] = (uint8_t)cell(s, x / s->module - QUIET, y / s->module - QUIET);
    return pixels;
}

#ifdef TC_FUZZ_READER
static void read_all(const uint8_t *pixels, int width, int height) {
    tc_readings readings = {0};
    const tc_plane plane = {pixels, width, height, (size_t)width};
    TC_FUZZ_READER(&plane, ~UINT32_C(0), TC_READ_TRY_HARDER | TC_READ_INVERTED, &readings);
    tc_readings_clear(&readings);
}
#else
static void read_all(uint8_t *pixels, int width, int height) {
    const tc_codes_options options = {.symbologies = ~UINT32_C(0)};
    const tc_tile picture = {pixels, (size_t)width, {0, 0, width, height}, 1, false};
    tc_blob codes = {0};
    tc_error error;
    if (tc_codec_read_codes(&picture, &options, NULL, &codes, &error) == TC_OK && tc_codes_count(&codes) < 0) abort();
    tc_blob_clear(&codes);
}
#endif

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    source s;
    if (!read_source(&s, bytes, size)) return 0;
    int width = (s.width + 2 * QUIET) * s.module, height = (s.height + 2 * QUIET) * s.module;
    uint8_t *pixels = draw(&s, width, height);
    read_all(pixels, width, height);
    free(pixels);
    return 0;
}
