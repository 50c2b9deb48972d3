// The character set of a code's bytes: one rule of our own for every reader, native and in the browser.
#ifndef TC_CODEC_TEXT_H
#define TC_CODEC_TEXT_H

#include "core/codes.h"

// Turns the raw bytes of a code into what is shown of them, UTF-8 appended to `text`, without a byte order mark. The
// rule: the character set that the code names is obeyed where the bytes are valid in it (`eci`, codec/charset.h; -1 for
// none). Else valid UTF-8 is taken as it is; else Shift-JIS when the bytes are valid in it and look like Japanese; else
// windows-1252. Of a code with several character sets its reader makes UTF-8.
//
// Bytes that are no text are spelled in hexadecimal instead, as in "00 ff 3a", and `*binary` is true: they are then the
// code's payload (tc_code.bytes). Without a character set that the code names, no text has control characters but white
// space (HT, LF, FF, CR) and the separators that data in codes is built with (EOT, FS, GS, RS and US of ISO/IEC 15434,
// of which GS1 uses GS); nor bytes that none of these character sets knows; nor what ECI 899 says to be binary. Nothing
// at all is an empty text.
//
// What is longer than TC_MAX_CODE_TEXT is cut between two characters and ends in an ellipsis.
tc_status tc_text_decode(const uint8_t *bytes, size_t size, int eci, tc_blob *text, bool *binary);

#endif
