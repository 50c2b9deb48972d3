// Memory and blobs that the page handles. The page passes addresses in the module's memory, and numbers that JavaScript
// has (double where 32 bits do not do).
#ifndef TC_WASM_MEMORY_H
#define TC_WASM_MEMORY_H

#include "core/image.h"

void *tc_page_alloc(size_t size); // NULL and a fault when out of memory
void tc_page_free(void *memory);

const uint8_t *tc_page_blob_data(const tc_blob *blob);
size_t tc_page_blob_size(const tc_blob *blob);
void tc_page_blob_destroy(tc_blob *blob); // harmless on NULL

#endif
