#include "mpi_workers/tiling.h"

#include "core/isa.h"
#include "core/run.h"
#include "core/search.h"
#include "core/wire.h"
#include "mpi_workers/message.h"

#include <string.h>

enum {
    LARGEST_SIDE = 4096, // a tile of this side and 4 channels just fits a record
    MOST_TILES = 32768,  // of a stage: with more, a few bytes of a request would keep the pool busy for minutes
    MOVE_COST = 1,       // measured ns for a byte packed, sent and put in its place
};

int tc_tiling_side(const tc_plan *plan, int tile) {
    if (tile < 0) return tc_run_default_tile(plan->source);
    for (int i = 0; tile == 0 && i < plan->stage_count; i++) {
        tc_shape out = plan->stages[i].out;
        if ((int64_t)out.width * out.height * tc_tiling_channels(plan, i) > TC_WIRE_MAX_PAYLOAD) tile = LARGEST_SIDE;
    }
    for (int i = 0; tile > 0 && i < plan->stage_count; i++)
        while (tc_stage_tile_count(&plan->stages[i], tile) > MOST_TILES) tile *= 2;
    return tile;
}

bool tc_tiling_shows(const tc_plan *plan, int stage, uint32_t want) {
    if (!(want & TC_WANT_TILES)) return false;
    if (stage == plan->stage_count - 1) return true;
    return (want & TC_WANT_PREVIEW) && !tc_stage_is_empty(&plan->stages[stage]);
}

int tc_tiling_channels(const tc_plan *plan, int stage) {
    const tc_stage *s = &plan->stages[stage];
    int channels = stage == plan->stage_count - 1 ? s->out.channels : s->view;
    return channels > 4 ? 4 : channels;
}

double tc_tiling_cost(const tc_plan *plan) {
    double cost = 0;
    for (int i = 0; i < plan->stage_count; i++)
        cost += plan->stages[i].cost * plan->stages[i].out.width * plan->stages[i].out.height;
    return cost;
}

static double picture_bytes(tc_shape shape) {
    return (double)shape.width * shape.height * shape.channels;
}

static bool reads_codes(const tc_stage *stage) {
    return stage->scan && stage->scan->op->merge_by == TC_MERGE_CODES;
}

double tc_tiling_codes_cost(const tc_plan *plan, int workers) {
    double cost = 0;
    for (int i = 0; i < plan->stage_count; i++) {
        tc_shape picture = plan->stages[i].out;
        if (!reads_codes(&plan->stages[i])) continue;
        int readers = tc_search_count(picture) < workers ? tc_search_count(picture) : workers;
        cost += (double)tc_search_pixels(picture) * TC_SEARCH_NS / readers;
    }
    return cost;
}

double tc_tiling_local_gain(const tc_plan *plan, int cores) {
    return tc_tiling_cost(plan) * tc_isa_pace(tc_isa_current()) * (1 - 1.0 / cores);
}

double tc_tiling_gain(const tc_plan *plan, int workers) {
    double bytes = picture_bytes(plan->source);
    for (int i = 0; i < plan->stage_count; i++)
        if (!tc_stage_is_empty(&plan->stages[i]))
            bytes += picture_bytes(plan->stages[i].in) + picture_bytes(plan->stages[i].out);
    for (int i = 0; i < plan->stage_count; i++)
        if (reads_codes(&plan->stages[i])) bytes += (double)tc_search_pixels(plan->stages[i].out);
    double codes = tc_tiling_codes_cost(plan, 1) - tc_tiling_codes_cost(plan, workers);
    return codes + tc_tiling_local_gain(plan, workers) - bytes * MOVE_COST;
}

double tc_tiling_tile_cost(const tc_plan *plan, int side) {
    double most = 0;
    for (int i = 0; i < plan->stage_count; i++) {
        const tc_stage *stage = &plan->stages[i];
        tc_rect tile = tc_stage_tile(stage, side, 0);
        double cost = stage->cost * tile.width * tile.height;
        if (cost > most) most = cost;
    }
    return most;
}

uint32_t tc_tiling_symbologies(const tc_step *step) {
    for (int i = 0; step->op->params && step->op->params[i].name; i++)
        if (strcmp(step->op->params[i].name, "symbologies") == 0) return (uint32_t)step->args.value[i];
    return UINT32_MAX;
}
