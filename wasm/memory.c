// Memory and blobs.
#include "wasm/memory.h"

#include <stdlib.h>

#include "wasm/export.h"
#include "wasm/fault.h"

void *TC_EXPORT(tc_page_alloc)(size_t size) {
    void *memory = malloc(size > 0 ? size : 1);
    if (!memory) tc_page_fail_memory("the picture");
    return memory;
}

void TC_EXPORT(tc_page_free)(void *memory) {
    free(memory);
}

const uint8_t *TC_EXPORT(tc_page_blob_data)(const tc_blob *blob) {
    return blob->data;
}

size_t TC_EXPORT(tc_page_blob_size)(const tc_blob *blob) {
    return blob->size;
}

void TC_EXPORT(tc_page_blob_destroy)(tc_blob *blob) {
    if (blob) tc_blob_clear(blob);
    free(blob);
}
