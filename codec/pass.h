// One pass over one area of a picture.
#ifndef TC_CODEC_PASS_H
#define TC_CODEC_PASS_H

#include "codec/candidates.h"
#include "codec/pass_table.h"
#include "codec/qr.h"
#include "core/image.h"

// Runs pass `number` of tc_passes on `area`, a rectangle inside the grey picture, for the symbologies in the masks
// `matrix` and `linear`. Adds what it reads to `candidates` and QR codes that it locates but cannot decode to
// `undecoded`, both in pixels of the picture. Fails only with TC_ERR_MEMORY.
tc_status tc_pass_run(int number, const tc_plane *picture, const tc_rect *area, uint32_t matrix, uint32_t linear,
                      tc_candidates *candidates, tc_undecoded *undecoded);

#endif
