// What both modules have: memory, blobs, and the last failure.
#include <stdlib.h>

#include "wasm/page.h"

tc_error tc_page_fault;

int TC_EXPORT(tc_page_status)(void) {
    return (int)tc_page_fault.status;
}

const char *TC_EXPORT(tc_page_error)(void) {
    return tc_page_fault.text;
}

void *TC_EXPORT(tc_page_alloc)(size_t size) {
    void *memory = malloc(size > 0 ? size : 1);
    if (!memory) tc_fail(&tc_page_fault, TC_ERR_MEMORY, "not enough memory in this browser for the picture");
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
