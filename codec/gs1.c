#include "codec/gs1.h"

#include <string.h>

// Length of an application identifier in brackets that starts here, brackets and all; 0 when there is none.
static size_t bracketed(const uint8_t *bytes, size_t size) {
    size_t at = 1;
    if (size < 4 || bytes[0] != '(') return 0;
    while (at < size && at <= 4 && bytes[at] >= '0' && bytes[at] <= '9') at++;
    return at >= 3 && at < size && bytes[at] == ')' ? at + 1 : 0;
}

tc_status tc_gs1_spell(const char *wire, const uint8_t *bytes, size_t size, tc_blob *spelled) {
    enum { GTIN = 14 };
    bool item = strcmp(wire, "databar") == 0, message = strcmp(wire, "databar_exp") == 0;
    tc_status status = item && size == GTIN ? tc_blob_append(spelled, "01", 2) : TC_OK;
    if (strcmp(wire, "upca") == 0 && size == 13 && bytes[0] == '0') bytes++, size--;
    for (size_t i = 0; i < size && status == TC_OK;) {
        size_t brackets = item || message ? bracketed(bytes + i, size - i) : 0;
        if (brackets > 0)
            status = tc_blob_append(spelled, bytes + i + 1, brackets - 2);
        else
            status = tc_blob_append(spelled, bytes + i, 1);
        i += brackets > 0 ? brackets : 1;
    }
    return status;
}
