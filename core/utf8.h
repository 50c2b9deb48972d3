// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
#ifndef TC_CORE_UTF8_H
#define TC_CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

// Bytes of the well-formed sequence at the start of `text`, which has `size` bytes; 0 if there is none.
size_t tc_utf8_length(const char *text, size_t size);
bool tc_utf8_valid(const char *text, size_t size);

#endif
