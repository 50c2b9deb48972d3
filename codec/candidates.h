// The candidates of one picture: each code that a pass has read, once, with the evidence for it.
#ifndef TC_CODEC_CANDIDATES_H
#define TC_CODEC_CANDIDATES_H

#include "codec/quad.h"
#include "codec/reader.h"

typedef struct tc_candidate {
    tc_reading reading; // owns its bytes
    tc_quad quad;       // in pixels of the picture
    int pass;           // that read it first
    unsigned libraries; // that have read it, a bit for each
    bool reported;      // to the listener
} tc_candidate;

typedef struct tc_candidates {
    tc_candidate *items;
    int count;
} tc_candidates;

// Adds the evidence of a reading to the candidate that is the same code: the same symbology and payload at the same
// place. `library` is one bit. Returns false if there is none.
bool tc_candidates_confirm(tc_candidates *candidates, const tc_reading *reading, unsigned library);

// Confirms a candidate, or adds a copy of the reading as a new one. What exceeds 2 × TC_MAX_CODES is dropped. On
// TC_ERR_MEMORY the list is unchanged.
tc_status tc_candidates_add(tc_candidates *candidates, const tc_reading *reading, int pass, unsigned library);

// Whether the evidence for a candidate is sufficient and nothing stronger is at its place. An add-on also needs an
// accepted code beside it.
bool tc_candidates_is_accepted(const tc_candidates *candidates, int index);

// Whether a candidate needs more evidence: it is not sufficient yet, and nothing stronger is at its place.
bool tc_candidates_is_uncertain(const tc_candidates *candidates, int index);

void tc_candidates_clear(tc_candidates *candidates);

#endif
