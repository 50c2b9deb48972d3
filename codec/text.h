// The character set of a code's bytes: one rule of our own for every reader, native and in the browser.
#ifndef TC_TEXT_H
#define TC_TEXT_H

#include "core/codes.h"

// Turns the raw bytes of a code into what is shown of them, UTF-8 appended to `text`. The rule: valid UTF-8 is taken as
// it is (but for a byte order mark); else the ECI the code names (`eci`, -1 for none), else Shift-JIS when the bytes
// are valid in it and look like Japanese, else Latin-1 (windows-1252).
//
// Bytes that are no text (ECI 899, or with control characters that no text has) are spelled in hexadecimal instead, as
// in "00 ff 3a", and `*binary` is true: they are then the code's payload (tc_code.bytes). What is longer than a blob of
// codes can hold is cut between two characters and ends in an ellipsis.
tc_status tc_text_decode(const uint8_t *bytes, size_t size, int eci, tc_blob *text, bool *binary);

#endif
