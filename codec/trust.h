// Which readings of bar codes are believed. A library's check digit alone is not enough: in a large picture there is
// always something that looks like a few bars.
#ifndef TC_CODEC_TRUST_H
#define TC_CODEC_TRUST_H

#include "codec/reader.h"

// What speaks for a reading.
typedef struct tc_evidence {
    int symbology;
    size_t size;   // characters
    int lines;     // scan lines that agreed, of the reader that saw most
    int libraries; // that read the same
} tc_evidence;

// Square codes correct errors and are always believed.
bool tc_trust_believes(const tc_evidence *evidence);
// Of two that are at the same place and say different things: whether the first is the stronger one.
bool tc_trust_prefers(const tc_evidence *first, const tc_evidence *second);
// Whether codes of this symbology are made of bars.
bool tc_trust_is_bars(int symbology);

// Whether it only stands beside another: a few bars that an EAN or UPC is followed by.
bool tc_trust_is_add_on(int symbology);

#endif
