// Filters rows for PNG (ISO/IEC 15948, clause 9). The page compresses the filtered bytes with its CompressionStream.
#ifndef TC_WASM_FILTER_H
#define TC_WASM_FILTER_H

#include "wasm/picture.h"

// Filters `rows` rows from row `y` on and writes each to `to`, after a byte with the number of its filter. Returns 1; 0
// on failure (wasm/fault.h).
int tc_page_picture_filter(const tc_page_picture *picture, int y, int rows, uint8_t *to);

#endif
