// Decodes JPEG and PNG by stb_image, where libjpeg-turbo and libspng are not linked.
#include <stdlib.h>
#include <string.h>

#include "codec/bytes.h"
#include "codec/libraries.h"
#include "codec/png_chunks.h"
#include "core/assert.h"

tc_status tc_decode_jpeg(const tc_header *header, const uint8_t *bytes, size_t size, tc_image *image, tc_damage *damage,
                         tc_error *error) {
    TC_ASSERT(header->format == TC_FORMAT_JPEG && !image->data);
    return tc_decode_stb(header, bytes, size, image, damage, error);
}

// CRC-32 (ISO/IEC 15948, annex D), four bits at a time.
static uint32_t crc_of(const uint8_t *bytes, size_t size) {
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                       0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        crc = table[crc & 15] ^ crc >> 4;
        crc = table[crc & 15] ^ crc >> 4;
    }
    return ~crc;
}

// stb does not verify checksums. As libspng does natively, a picture with a wrong one is refused.
static bool has_valid_checksums(const uint8_t *stripped, size_t size) {
    enum { SIGNATURE = 8 };
    for (size_t at = SIGNATURE; size - at >= 12;) {
        size_t length = tc_be32(stripped + at);
        const uint8_t *type = stripped + at + 4;
        if (memcmp(type, "IEND", 4) == 0) break;
        if (crc_of(type, 4 + length) != tc_be32(type + 4 + length)) return false;
        at += 12 + length;
    }
    return true;
}

tc_status tc_decode_png(const tc_header *header, const uint8_t *bytes, size_t size, tc_image *image, tc_damage *damage,
                        tc_error *error) {
    *damage = TC_DAMAGE_NONE;
    TC_ASSERT(header->format == TC_FORMAT_PNG && !image->data);
    if (header->truncated) return tc_png_fail_truncated(size, error);
    size_t stripped_size;
    uint8_t *stripped = tc_png_strip_ancillary(bytes, size, &stripped_size);
    if (!stripped) return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the PNG picture");
    tc_status status = has_valid_checksums(stripped, stripped_size)
                           ? tc_decode_stb(header, stripped, stripped_size, image, damage, error)
                           : tc_fail(error, TC_ERR_CORRUPT, "PNG picture is damaged: invalid chunk checksum");
    free(stripped);
    return status;
}
