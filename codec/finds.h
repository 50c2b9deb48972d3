// What the passes have read in one picture: each code once, with what speaks for it.
#ifndef TC_CODEC_FINDS_H
#define TC_CODEC_FINDS_H

#include "codec/square.h"
#include "codec/trust.h"

typedef struct tc_find {
    tc_reading reading; // with its own bytes
    tc_quad place;
    int pass;           // that read it first
    unsigned libraries; // that have read it, a bit for each
    bool told;
} tc_find;

typedef struct tc_finds {
    tc_find *items;
    int count;
} tc_finds;

// Adds the evidence of a reading to a find that is the same code. False when there is none.
bool tc_finds_confirm(tc_finds *finds, const tc_reading *reading, unsigned library);
// Takes in a reading by a pass and a library (a bit), or adds its evidence to a find that is the same code.
tc_status tc_finds_add(tc_finds *finds, const tc_reading *reading, int pass, unsigned library);
// Whether a find is believed, and nothing stronger is at its place.
bool tc_finds_believes(const tc_finds *finds, int index);
// Whether a find waits for a second look: one that is not believed, and not for another's sake.
bool tc_finds_doubts(const tc_finds *finds, int index);
void tc_finds_clear(tc_finds *finds);

#endif
