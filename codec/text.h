// The character set of a code's bytes: one rule of our own for every reader, native and in the browser.
#ifndef TC_TEXT_H
#define TC_TEXT_H

#include "core/image.h"

// Turns the raw bytes of a code into UTF-8, appended to `text`. The rule: valid UTF-8 is taken as it is (but for a byte
// order mark); else the ECI the code names (`eci`, -1 for none), else Shift-JIS when the bytes are valid in it and look
// like Japanese, else Latin-1 (windows-1252).
tc_status tc_text_decode(const uint8_t *bytes, size_t size, int eci, tc_blob *text);

#endif
