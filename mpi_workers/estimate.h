// Estimated times of a job's parts, in nanoseconds, and what sharing a picture among workers or cores saves.
#ifndef TC_MPI_WORKERS_ESTIMATE_H
#define TC_MPI_WORKERS_ESTIMATE_H

#include "codec/format.h"
#include "core/plan.h"

double tc_estimate_decode(tc_format format, tc_shape shape);
double tc_estimate_encode(tc_format format, tc_shape shape);
// Of computing all tiles on one core at the scalar level.
double tc_estimate_run(const tc_plan *plan);
// Of computing the most expensive tile.
double tc_estimate_tile(const tc_plan *plan, int tile_side);
// Of reading the codes, when `workers` share the regions (core/pyramid.h).
double tc_estimate_codes(const tc_plan *plan, int workers);
// What is saved when `workers` share the tiles and regions: their time, less that for moving the pixels.
double tc_estimate_distributed_gain(const tc_plan *plan, int workers);
// What is saved when `cores` of one machine share the tiles without moving pixels. One core reads the codes.
double tc_estimate_local_gain(const tc_plan *plan, int cores);

#endif
