// Big- and little-endian integers in file formats. The caller has checked that the bytes exist.
#ifndef TC_CODEC_BYTES_H
#define TC_CODEC_BYTES_H

#include <stdint.h>

static inline uint32_t tc_be16(const uint8_t *p) {
    return (uint32_t)p[0] << 8 | p[1];
}
static inline uint32_t tc_be32(const uint8_t *p) {
    return tc_be16(p) << 16 | tc_be16(p + 2);
}
static inline uint32_t tc_le16(const uint8_t *p) {
    return (uint32_t)p[1] << 8 | p[0];
}
static inline uint32_t tc_le32(const uint8_t *p) {
    return tc_le16(p + 2) << 16 | tc_le16(p);
}

#endif
