// The prescan: reads codes in a large JPEG before the picture is decoded in full. Native only.
#ifndef TC_CODEC_PRESCAN_H
#define TC_CODEC_PRESCAN_H

#include "codec/decoder.h"
#include "codec/scanner.h"

// Decodes a JPEG larger than TC_PYRAMID_TOP_PIXELS pixels at reduced size and runs the first pass of the scanner on it.
// Other files are only probed. `*probe` is set before `listener->on_codes` is called; corners are in pixels of the full
// picture. `listener` and its `on_codes` are required; its other callbacks are not called.
tc_status tc_codec_prescan(const uint8_t *bytes, size_t size, const tc_codec_limits *limits, uint32_t symbologies,
                           const tc_codes_listener *listener, tc_probe *probe, tc_error *error);

#endif
