// Character sets by their ECI assignment numbers (Extended Channel Interpretation, AIM ITS/04-023). The tables are
// those of iconv, which is part of the C library natively (glibc) and in the page (musl). Where the two differ, the
// characters are decoded here or refused, so that a code has the same text everywhere.
#ifndef TC_CODEC_CHARSET_H
#define TC_CODEC_CHARSET_H

#include "core/image.h"

enum {
    TC_ECI_SHIFT_JIS = 20,    // JIS X 0201, JIS X 0208, and NEC's row 13, as in Windows-31J
    TC_ECI_WINDOWS_1252 = 23, // also used for 1 and 3 (ISO 8859-1), as on the web
    TC_ECI_UTF8 = 26,
    TC_ECI_BINARY = 899, // no character set
    TC_ECI_NONE = -1,    // the symbol has no ECI
    TC_ECI_MIXED = -2,   // segments in several character sets
};

// Decodes the bytes in a character set and appends UTF-8 to `text`. `*done` is false, and nothing is appended, if the
// character set is unknown or some of the bytes are not characters in it. Big5 is decoded as standardised; EUC-KR
// includes its extension to all syllables (CP949). GB 2312 and GBK are decoded as GB18030, without the characters that
// its editions define differently. Fails only with TC_ERR_MEMORY.
tc_status tc_charset_convert(int eci, const uint8_t *bytes, size_t size, tc_blob *text, bool *done);

#endif
