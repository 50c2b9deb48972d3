// Normal form of GS1 and UPC payloads.
#include "codec/gs1.h"
#include "core/assert.h"

#include <string.h>

// Length of an application identifier in brackets, brackets included, at the start of `bytes`; 0 if there is none.
static size_t identifier_length(const uint8_t *bytes, size_t size) {
    size_t at = 1;
    if (size < 4 || bytes[0] != '(') return 0;
    while (at < size && at <= 4 && bytes[at] >= '0' && bytes[at] <= '9') at++;
    return at >= 3 && at < size && bytes[at] == ')' ? at + 1 : 0;
}

tc_status tc_gs1_normalize(const char *wire, const uint8_t *bytes, size_t size, tc_blob *payload) {
    enum { GTIN = 14 };
    TC_ASSERT(bytes || size == 0);
    bool databar = strcmp(wire, "databar") == 0, expanded = strcmp(wire, "databar_exp") == 0;
    tc_status status = databar && size == GTIN ? tc_blob_append(payload, "01", 2) : TC_OK;
    if (strcmp(wire, "upca") == 0 && size == 13 && bytes[0] == '0') bytes++, size--;
    for (size_t i = 0; i < size && status == TC_OK;) {
        size_t length = databar || expanded ? identifier_length(bytes + i, size - i) : 0;
        if (length > 0)
            status = tc_blob_append(payload, bytes + i + 1, length - 2);
        else
            status = tc_blob_append(payload, bytes + i, 1);
        i += length > 0 ? length : 1;
    }
    return status;
}
