// From the payload of a code to text: one rule for every reader, natively and in the browser.
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

// Decodes the payload of a code and appends UTF-8 without a byte order mark to `text`. The character set `eci` that the
// code names (codec/charset.h) is used if the bytes are valid in it. Else they are decoded as UTF-8 if valid; else as
// Shift-JIS if valid and probably Japanese; else as windows-1252.
//
// If the bytes are not text, `*binary` is true and their hexadecimal form is appended, as in "00 ff 3a"; the caller
// also returns them as tc_code.bytes. They are not text if none of these character sets can decode them, if `eci` is
// TC_ECI_BINARY, or if the code names no character set and they contain control characters other than white space (HT,
// LF, FF, CR) and the separators of ISO/IEC 15434 (EOT, FS, GS, RS, US), of which GS1 uses GS. An empty payload is an
// empty text.
//
// Text longer than TC_MAX_CODE_TEXT is cut between two characters and ends in an ellipsis. The caller clears `text`,
// also after TC_ERR_MEMORY.
tc_status tc_text_decode(const uint8_t *bytes, size_t size, int eci, tc_blob *text, bool *binary);

#endif
