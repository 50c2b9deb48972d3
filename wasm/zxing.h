// In zbar.wasm: the results of zxing-wasm, which JavaScript calls.
#ifndef TC_WASM_ZXING_H
#define TC_WASM_ZXING_H

#include <stdint.h>

typedef struct tc_page_zxing_batch tc_page_zxing_batch;

// For the import page_zxing: adds one code to the batch. `format`: its symbology as zxing-wasm names it. `numbers`: its
// part, parts and parity (structured append; 0 for none), the scan lines that agreed, and the sizes of its bytes, its
// bytes with ECI designators and its text, which follow each other in `bytes`. `corners`: x0 y0 … y3. 0 on lack of
// memory.
int tc_page_zxing_add(tc_page_zxing_batch *batch, const char *format, const int32_t numbers[7], const double corners[8],
                      const uint8_t *bytes);

#endif
