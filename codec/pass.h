// One pass over one area of a picture.
#ifndef TC_CODEC_PASS_H
#define TC_CODEC_PASS_H

#include "codec/finds.h"
#include "codec/strategy.h"

// Runs pass `number` of tc_passes on `area` of a picture; adds what it reads of the wanted symbologies (bit masks of
// those that are square and those that are made of bars) to `finds`, and what it sees but cannot read to `unread`, in
// the picture's pixels.
tc_status tc_pass_run(int number, const tc_plane *picture, const tc_rect *area, uint32_t squares, uint32_t bars,
                      tc_finds *finds, tc_unread *unread);

#endif
