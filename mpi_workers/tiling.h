// How a job's pictures are cut into tiles, and which tiles its client receives. Scheduler and workers must agree on it.
#ifndef TC_MPI_WORKERS_TILING_H
#define TC_MPI_WORKERS_TILING_H

#include "core/plan.h"

// The tile side, as for tc_stage_tile, for a request's `tile` (-1: the default; 0: one tile, unless that exceeds a TILE
// record). Larger than asked for where a stage would have too many tiles.
int tc_tiling_side(const tc_plan *plan, int tile);
// True when tiles of this stage are sent to the client. `want`: bits as in message.h.
bool tc_tiling_is_sent(const tc_plan *plan, int stage, uint32_t want);
// How many channels of them, 1 to 4: of an intermediate picture, the preview channels.
int tc_tiling_sent_channels(const tc_plan *plan, int stage);

#endif
