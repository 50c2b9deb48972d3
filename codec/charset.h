// Character sets by the numbers that codes name them by: Extended Channel Interpretations, AIM ITS/04-023. The tables
// are those of iconv, which the C library brings natively (glibc) as in the page (musl); what the two read differently
// is either spelled out here or refused, so that a code has one text everywhere.
#ifndef TC_CODEC_CHARSET_H
#define TC_CODEC_CHARSET_H

#include "core/image.h"

enum {
    TC_ECI_SHIFT_JIS = 20,    // JIS X 0201, JIS X 0208, and NEC's row 13, as Windows-31J has it
    TC_ECI_WINDOWS_1252 = 23, // 1 and 3, ISO 8859-1, are read as this too, as the web does
    TC_ECI_UTF8 = 26,
    TC_ECI_BINARY = 899, // no character set
    TC_ECI_NONE = -1,    // the symbol names none
    TC_ECI_MIXED = -2,   // segments in several character sets
};

// Appends the bytes, read in the character set, to `text` as UTF-8. `*done` is false, and nothing appended, when the
// set is not known here or has no character for some of the bytes. Big5 and EUC-KR are what their standards hold
// (EUC-KR with its extension to all syllables, CP949); GB 2312 and GBK are read as GB18030, which is refused where its
// editions differ.
tc_status tc_charset_convert(int eci, const uint8_t *bytes, size_t size, tc_blob *text, bool *done);

#endif
