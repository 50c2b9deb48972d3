// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
#ifndef TC_UTF8_H
#define TC_UTF8_H

#include <stdbool.h>
#include <stddef.h>

// Bytes of the well-formed sequence at `text`, of which `size` bytes may be read; 0 if there is none.
size_t tc_utf8_length(const char *text, size_t size);
bool tc_utf8_valid(const char *text, size_t size);

#endif
