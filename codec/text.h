// The character set of a code's bytes: one rule of our own for every reader, native and in the browser.
#ifndef TC_CODEC_TEXT_H
#define TC_CODEC_TEXT_H

#include "core/codes.h"

// What a library returns for one symbol, from which the character set of its bytes follows.
typedef struct tc_text_source {
    const uint8_t *bytes; // the payload
    size_t size;
    // The payload with ECI designators as they are transmitted (AIM ITS/04-001): "\000026" before what is in UTF-8, and
    // every backslash in the data doubled. Empty if the symbol has no designator.
    const uint8_t *designated;
    size_t designated_size;
    // The library's text in UTF-8, with ISO 8859-1 as the character set of segments without a designator. NULL for a
    // symbology whose segments cannot imply a character set; QR codes have modes for kanji and hanzi.
    const uint8_t *latin1;
    size_t latin1_size;
} tc_text_source;

// The one character set of a symbol as an ECI number (codec/charset.h): TC_ECI_NONE if it names none, TC_ECI_BINARY if
// any segment is binary, TC_ECI_MIXED if there are several, or one that a segment's mode implies. Only the library,
// which has read the segments, can decode a mixed symbol: its text is then handed over as bytes in TC_ECI_UTF8.
int tc_text_eci(const tc_text_source *source);

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
