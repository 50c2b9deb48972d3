// PNG files chunk by chunk, for the PNG decoders (png.c, stb_formats.c).
#ifndef TC_CODEC_PNG_CHUNKS_H
#define TC_CODEC_PNG_CHUNKS_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

// Fails with TC_ERR_CORRUPT and the sentence for a PNG that ends before its IEND chunk. `size` is the file's.
tc_status tc_png_fail_truncated(size_t size, tc_error *error);

// Copies the chunks that make up the pixels (critical chunks and tRNS), so that no decoder parses text, profiles and
// unknown chunks. `bytes` must be a complete PNG. Returns the heap copy of `*stripped_size` bytes, which the caller
// frees; NULL if memory runs out.
uint8_t *tc_png_strip_ancillary(const uint8_t *bytes, size_t size, size_t *stripped_size);

#endif
