// Tile sides and the tiles that clients receive.
#include "mpi_workers/tiling.h"

#include "core/assert.h"
#include "core/run.h"
#include "core/wire.h"
#include "mpi_workers/message.h"

#include <string.h>

enum {
    LARGEST_SIDE = 4096, // a tile of this side and 4 channels just fits a record
    MOST_TILES = 32768,  // of a stage: with more, a request of a few bytes would occupy the pool for minutes
};

int tc_tiling_side(const tc_plan *plan, int tile) {
    TC_ASSERT(plan->stage_count >= 1);
    TC_ASSERT(tile >= -1 && tile <= TC_MAX_SIDE);
    if (tile < 0) return tc_run_default_tile(plan->source);
    for (int i = 0; tile == 0 && i < plan->stage_count; i++) {
        tc_shape out = plan->stages[i].out;
        if ((int64_t)out.width * out.height * tc_tiling_sent_channels(plan, i) > TC_WIRE_MAX_PAYLOAD)
            tile = LARGEST_SIDE;
    }
    for (int i = 0; tile > 0 && i < plan->stage_count; i++)
        while (tc_stage_tile_count(&plan->stages[i], tile) > MOST_TILES) tile *= 2;
    return tile;
}

bool tc_tiling_is_sent(const tc_plan *plan, int stage, uint32_t want) {
    TC_ASSERT(stage >= 0 && stage < plan->stage_count);
    if (!(want & TC_WANT_TILES)) return false;
    if (stage == plan->stage_count - 1) return true;
    return (want & TC_WANT_PREVIEW) && !tc_stage_is_empty(&plan->stages[stage]);
}

int tc_tiling_sent_channels(const tc_plan *plan, int stage) {
    TC_ASSERT(stage >= 0 && stage < plan->stage_count);
    const tc_stage *s = &plan->stages[stage];
    int channels = stage == plan->stage_count - 1 ? s->out.channels : s->preview_channels;
    return channels > 4 ? 4 : channels;
}
