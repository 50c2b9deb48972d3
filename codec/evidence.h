// How much evidence a reading of a bar code needs before it is accepted. The check of one library is not enough: a
// large picture always contains something that looks like a few bars.
#ifndef TC_CODEC_EVIDENCE_H
#define TC_CODEC_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tc_evidence {
    int symbology;     // index in tc_symbologies
    size_t characters; // of the payload
    int lines;         // scan lines that agreed, the largest number that any reader reported
    int libraries;     // that read the same payload
} tc_evidence;

// Whether a reading may be accepted, by the requirements in tc_symbologies. Matrix codes correct errors: always true.
bool tc_evidence_is_sufficient(const tc_evidence *evidence);

// Of two readings with different payloads at the same place: whether the first is at least as strong as the second. A
// matrix code is stronger than a bar code; then the number of libraries counts, then the symbology's rank, then lines.
bool tc_evidence_is_stronger(const tc_evidence *first, const tc_evidence *second);

#endif
