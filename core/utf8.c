// A table-driven UTF-8 validator.
#include "core/utf8.h"

#include "core/assert.h"

size_t tc_utf8_length(const char *text, size_t size) {
    const unsigned char *p = (const unsigned char *)text;
    if (size == 0) return 0;
    static const struct {
        unsigned char first, last, low, high; // lead byte, and the range of the second byte
        size_t length;
    } forms[] = {
        {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (p[0] < forms[i].first || p[0] > forms[i].last) continue;
        if (forms[i].length > size) return 0;
        if (forms[i].length > 1 && (p[1] < forms[i].low || p[1] > forms[i].high)) return 0;
        for (size_t k = 2; k < forms[i].length; k++)
            if (p[k] < 0x80 || p[k] > 0xbf) return 0;
        return forms[i].length;
    }
    return 0;
}

bool tc_utf8_valid(const char *text, size_t size) {
    TC_ASSERT(text != NULL || size == 0);
    for (size_t i = 0, length; i < size; i += length)
        if ((length = tc_utf8_length(text + i, size - i)) == 0) return false;
    return true;
}
