// Reads one code at a time out of a blob of codes (core/codes.h).
#ifndef TC_WASM_CODE_BLOB_H
#define TC_WASM_CODE_BLOB_H

#include <stddef.h>
#include <stdint.h>

// 1 and the corners x0 y0 … y3 of code number `index`, or 0 if there is none. The other functions return the parts of
// this code, which are valid as long as the blob; `bytes` is empty for a code that is text.
int tc_page_code(const uint8_t *codes, size_t size, int index, int32_t points[8]);
const char *tc_page_code_type(void);
const char *tc_page_code_pass(void);
const uint8_t *tc_page_code_bytes(void);
size_t tc_page_code_bytes_size(void);
const char *tc_page_code_text(void);
size_t tc_page_code_text_size(void);

#endif
