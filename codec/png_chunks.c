// PNG files chunk by chunk (ISO/IEC 15948, 5): what both PNG decoders need before they see the bytes.
#include "codec/png_chunks.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "codec/bytes.h"
#include "core/assert.h"

tc_status tc_png_fail_truncated(size_t size, tc_error *error) {
    return tc_fail(error, TC_ERR_CORRUPT, "PNG file is cut off: it ends after %zu bytes, before its picture does",
                   size);
}

// Decoders need the critical chunks and tRNS. Bit 5 of the first letter of the type marks an ancillary chunk.
static bool is_essential(const uint8_t *type) {
    enum { ANCILLARY = 0x20 };
    return !(type[0] & ANCILLARY) || memcmp(type, "tRNS", 4) == 0;
}

uint8_t *tc_png_strip_ancillary(const uint8_t *bytes, size_t size, size_t *stripped_size) {
    enum { SIGNATURE = 8 };
    TC_ASSERT(size >= SIGNATURE);
    uint8_t *stripped = malloc(size);
    if (!stripped) return NULL;
    memcpy(stripped, bytes, SIGNATURE);
    *stripped_size = SIGNATURE;
    for (size_t at = SIGNATURE; size - at >= 12;) {
        size_t whole = 12 + (size_t)tc_be32(bytes + at);
        if (whole > size - at) break;
        if (is_essential(bytes + at + 4)) {
            memcpy(stripped + *stripped_size, bytes + at, whole);
            *stripped_size += whole;
        }
        if (memcmp(bytes + at + 4, "IEND", 4) == 0) break;
        at += whole;
    }
    return stripped;
}
