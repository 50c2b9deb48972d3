// What scheduler and workers must agree on: how a job's pictures are cut, and which tiles its client sees.
#ifndef TC_TILING_H
#define TC_TILING_H

#include "core/plan.h"

// The tile side for a request's `tile` (-1: the default; 0: one tile, unless no record could hold it).
int tc_tiling_side(const tc_plan *plan, int tile);
// True when tiles of this stage go to the client. `want`: bits as in message.h.
bool tc_tiling_shows(const tc_plan *plan, int stage, uint32_t want);
// How many channels of them: of an intermediate picture, only those that are a viewable picture.
int tc_tiling_channels(const tc_plan *plan, int stage);
// Estimated ns of computing all tiles, or the most expensive one.
double tc_tiling_cost(const tc_plan *plan);
// Estimated ns of reading the codes, when so many workers share the regions (core/search.h).
double tc_tiling_codes_cost(const tc_plan *plan, int workers);
// Estimated ns that are saved when `workers` share the tiles: their time, less that for moving all those pixels.
double tc_tiling_gain(const tc_plan *plan, int workers);
// The same for so many cores that get at the pixels where they are; codes are read by one.
double tc_tiling_local_gain(const tc_plan *plan, int cores);
double tc_tiling_tile_cost(const tc_plan *plan, int side);
// The set of symbologies that a read_codes step looks for, as tc_codec_read_codes takes it.
uint32_t tc_tiling_symbologies(const tc_step *step);

#endif
