// The headers of all formats but JPEG and PNG.

#include "codec/bytes.h"
#include "codec/libraries.h"
#include "core/assert.h"

// The offset behind the sub-blocks of a GIF that begin at `at`; `size` if the file ends before.
static size_t skip_sub_blocks(const uint8_t *bytes, size_t size, size_t at) {
    while (at < size && bytes[at] != 0) at += 1 + (size_t)bytes[at];
    return at < size ? at + 1 : size;
}

// GIF89a. The blocks of the first frame say whether it has transparent pixels.
static tc_status read_gif(tc_header *header, const uint8_t *bytes, size_t size, tc_error *error) {
    enum { SCREEN = 13, EXTENSION = 0x21, CONTROL = 0xf9, IMAGE = 0x2c };
    size_t at = SCREEN;
    bool transparent = false;
    if (size >= SCREEN && bytes[10] & 0x80) at += (size_t)6 << (bytes[10] & 7);
    while (at + 10 <= size && bytes[at] == EXTENSION) {
        if (bytes[at + 1] == CONTROL && bytes[at + 2] == 4) transparent = bytes[at + 3] & 1;
        at = skip_sub_blocks(bytes, size, at + 2);
    }
    if (at + 10 > size) return tc_fail(error, TC_ERR_CORRUPT, "GIF file is cut off before its picture begins");
    if (bytes[at] != IMAGE) return tc_fail(error, TC_ERR_CORRUPT, "GIF file is damaged or holds no picture");
    int width = (int)tc_le16(bytes + 6), height = (int)tc_le16(bytes + 8);
    const uint8_t *frame = bytes + at + 1;
    bool covers = tc_le16(frame) == 0 && tc_le16(frame + 2) == 0 && (int)tc_le16(frame + 4) >= width &&
                  (int)tc_le16(frame + 6) >= height;
    header->shape = (tc_shape){width, height, transparent || !covers ? 4 : 3};
    return TC_OK;
}

// The variants of each format that stb reads, for the error about others.
static const char *readable_kinds(tc_format format) {
    switch (format) {
    case TC_FORMAT_BMP:
        return "without compression, 1 to 32 bits";
    case TC_FORMAT_PSD:
        return "RGB with 8 or 16 bits";
    case TC_FORMAT_HDR:
        return "RGBE with the first row on top";
    case TC_FORMAT_PNM:
        return "binary, P5 or P6, up to 16 bits";
    case TC_FORMAT_TGA:
        return "colour, grey or palette of 8 bits";
    default:
        return "87a or 89a";
    }
}

tc_status tc_header_read_other(tc_header *header, const uint8_t *bytes, size_t size, tc_error *error) {
    TC_ASSERT(header->format > TC_FORMAT_PNG && header->format <= TC_FORMAT_PNM);
    tc_shape *shape = &header->shape;
    const char *name = tc_format_name(header->format);
    if (header->format == TC_FORMAT_GIF) {
        tc_status status = read_gif(header, bytes, size, error);
        if (status != TC_OK) return status;
    } else if (!tc_stb_info(bytes, size, shape))
        return tc_fail(error, TC_ERR_FORMAT,
                       "%s picture is of a kind that Tilecast does not read (it reads %s %s), or its header is damaged",
                       name, name, readable_kinds(header->format));
    if (header->format == TC_FORMAT_BMP && shape->height < 0 && shape->height > -INT32_MAX)
        shape->height = -shape->height; // rows stored from the top
    if (header->format == TC_FORMAT_PSD) shape->channels = tc_be16(bytes + 12) >= 4 ? 4 : 3;
    if (shape->width < 1 || shape->height < 1)
        return tc_fail(error, TC_ERR_CORRUPT, "%s picture is damaged: its header says %d×%d pixels",
                       tc_format_name(header->format), shape->width, shape->height);
    return TC_OK;
}
