// PNG's row filters, for the page to compress what they leave.
#ifndef TC_WASM_FILTER_H
#define TC_WASM_FILTER_H

#include "wasm/picture.h"

// Filters `rows` rows from `y` on; each is written to `to` after the byte that names its filter. 1, or 0 and a fault.
int tc_page_picture_filter(const tc_page_picture *picture, int y, int rows, uint8_t *to);

#endif
