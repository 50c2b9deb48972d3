// The header of a JPEG file (ITU-T T.81): frame, scans and EXIF orientation.
#include <string.h>

#include "codec/bytes.h"
#include "codec/header.h"
#include "codec/orient.h"
#include "core/assert.h"

// Markers (ITU-T T.81, table B.1).
enum {
    TEM = 0x01,
    SOF0 = 0xc0,
    SOF2 = 0xc2,
    DHT = 0xc4,
    SOF6 = 0xc6,
    JPG = 0xc8,
    SOF10 = 0xca,
    DAC = 0xcc,
    SOF14 = 0xce,
    SOF15 = 0xcf,
    RST0 = 0xd0,
    RST7 = 0xd7,
    SOI = 0xd8,
    EOI = 0xd9,
    SOS = 0xda,
    APP1 = 0xe1,
};

static bool is_frame(int marker) {
    return marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC;
}

static tc_status read_frame(tc_header *header, int marker, const uint8_t *body, size_t size, tc_error *error) {
    if (header->shape.width > 0) return TC_OK; // the first frame counts
    if (size < 6) return tc_fail(error, TC_ERR_CORRUPT, "JPEG picture is damaged: its frame header is too short");
    int depth = body[0], components = body[5];
    header->shape.height = (int)tc_be16(body + 1);
    header->shape.width = (int)tc_be16(body + 3);
    header->progressive = marker == SOF2 || marker == SOF6 || marker == SOF10 || marker == SOF14;
    if (depth != 8)
        return tc_fail(error, TC_ERR_FORMAT, "JPEG picture has %d bits per sample; Tilecast reads JPEG with 8", depth);
    if (components != 1 && components != 3 && components != 4)
        return tc_fail(error, TC_ERR_FORMAT, "JPEG picture has %d colour components; Tilecast reads 1, 3 or 4",
                       components);
    if (header->shape.width == 0 || header->shape.height == 0)
        return tc_fail(error, TC_ERR_CORRUPT, "JPEG picture is damaged: its header says %d×%d pixels",
                       header->shape.width, header->shape.height);
    header->shape.channels = components == 1 ? 1 : 3;
    return TC_OK;
}

static void read_app1(tc_header *header, const uint8_t *body, size_t size) {
    if (size > 6 && memcmp(body, "Exif\0\0", 6) == 0) header->orientation = tc_exif_orientation(body + 6, size - 6);
}

// The offset of the next marker's 0xff at or after `at`; `size` if there is none. Entropy-coded data are skipped: in
// them 0xff 0x00 is a data byte, and restart markers may occur.
static size_t next_marker(const uint8_t *bytes, size_t size, size_t at) {
    while (at < size) {
        const uint8_t *found = memchr(bytes + at, 0xff, size - at);
        if (!found) return size;
        at = (size_t)(found - bytes);
        if (at + 1 >= size) return size;
        int code = bytes[at + 1];
        if (code != 0x00 && code != 0xff && !(code >= RST0 && code <= RST7)) return at;
        at++;
    }
    return size;
}

// Parses the whole file: scans are counted, and the end marker is searched for, before anything is decoded.
tc_status tc_header_read_jpeg(tc_header *header, const uint8_t *bytes, size_t size, tc_error *error) {
    TC_ASSERT(header->format == TC_FORMAT_JPEG && size >= 3);
    bool ended = false;
    size_t at = 2;
    while (!ended && (at = next_marker(bytes, size, at)) < size) {
        int marker = bytes[at + 1];
        if (marker == EOI) ended = true;
        if (marker == SOI || marker == EOI || marker == TEM) {
            at += 2;
            continue;
        }
        size_t length = size - at >= 4 ? tc_be16(bytes + at + 2) : 0; // counts its own two bytes
        if (length < 2 || length > size - at - 2) {
            if (length < 2 && size - at >= 4) { // an invalid length in a damaged file: continue at the next marker
                at += 2;
                continue;
            }
            break;
        }
        const uint8_t *body = bytes + at + 4;
        if (is_frame(marker)) {
            tc_status status = read_frame(header, marker, body, length - 2, error);
            if (status != TC_OK) return status;
        }
        if (marker == APP1 && header->scans == 0) read_app1(header, body, length - 2);
        at += 2 + length;
        if (marker == SOS) {
            header->scans++;
            header->scan_end = at = next_marker(bytes, size, at);
        }
    }
    header->truncated = !ended;
    if (header->shape.width == 0 || header->scans == 0)
        return tc_fail(error, TC_ERR_CORRUPT,
                       header->truncated ? "JPEG file is cut off before its picture begins (it has %zu bytes)"
                                         : "JPEG file holds no picture (it has %zu bytes)",
                       size);
    return TC_OK;
}
