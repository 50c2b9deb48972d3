// The header of a PNG file (ISO/IEC 15948).
#include <string.h>

#include "codec/bytes.h"
#include "codec/header.h"
#include "codec/orient.h"
#include "core/assert.h"

enum { GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGBA = 6 };

static bool depth_fits(int colour_type, int depth) {
    switch (colour_type) {
    case GREY:
        return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case PALETTE:
        return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case RGB:
    case GREY_ALPHA:
    case RGBA:
        return depth == 8 || depth == 16;
    default:
        return false;
    }
}

static tc_status read_ihdr(tc_header *header, const uint8_t *body, tc_error *error) {
    uint32_t width = tc_be32(body), height = tc_be32(body + 4);
    header->bit_depth = body[8];
    header->colour_type = body[9];
    if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX)
        return tc_fail(error, TC_ERR_CORRUPT, "PNG picture is damaged: its header says %u×%u pixels", width, height);
    if (!depth_fits(header->colour_type, header->bit_depth) || body[10] != 0 || body[11] != 0 || body[12] > 1)
        return tc_fail(error, TC_ERR_CORRUPT, "PNG picture is damaged: its header holds values that no PNG has");
    header->shape.width = (int)width;
    header->shape.height = (int)height;
    return TC_OK;
}

static int channels_of(const tc_header *header) {
    static const int channels[] = {[GREY] = 1, [RGB] = 3, [PALETTE] = 3, [GREY_ALPHA] = 2, [RGBA] = 4};
    return channels[header->colour_type] + (header->transparent ? 1 : 0);
}

tc_status tc_header_read_png(tc_header *header, const uint8_t *bytes, size_t size, tc_error *error) {
    enum { SIGNATURE = 8, IHDR_SIZE = 13 };
    TC_ASSERT(header->format == TC_FORMAT_PNG);
    if (size < SIGNATURE + 12 + IHDR_SIZE)
        return tc_fail(error, TC_ERR_CORRUPT, "PNG file is cut off in its header (it has %zu bytes)", size);
    if (tc_be32(bytes + 8) != IHDR_SIZE || memcmp(bytes + 12, "IHDR", 4) != 0)
        return tc_fail(error, TC_ERR_CORRUPT, "PNG picture is damaged: it does not begin with its header");
    tc_status status = read_ihdr(header, bytes + 16, error);
    if (status != TC_OK) return status;

    bool has_data = false, ended = false;
    for (size_t at = SIGNATURE; !ended && size - at >= 12;) {
        size_t length = tc_be32(bytes + at);
        const uint8_t *type = bytes + at + 4, *body = bytes + at + 8;
        if (length > size - at - 12) break;
        if (memcmp(type, "IDAT", 4) == 0) has_data = true;
        if (memcmp(type, "IEND", 4) == 0) ended = true;
        if (memcmp(type, "tRNS", 4) == 0 && !has_data && header->colour_type <= PALETTE) header->transparent = true;
        if (memcmp(type, "eXIf", 4) == 0) header->orientation = tc_exif_orientation(body, length);
        at += 12 + length;
    }
    header->truncated = !ended;
    header->shape.channels = channels_of(header);
    return TC_OK;
}
