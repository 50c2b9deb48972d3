// Time estimates from measured costs per pixel.
#include "mpi_workers/estimate.h"

#include "core/assert.h"
#include "core/isa.h"
#include "core/pyramid.h"

enum { MOVE_COST = 1 }; // measured ns for a byte packed, sent and copied into place

// Measured ns per pixel of a photograph, in the codec process.
double tc_estimate_decode(tc_format format, tc_shape shape) {
    return (format == TC_FORMAT_JPEG ? 12.0 : 30.0) * shape.width * shape.height;
}

// Measured ns per byte of pixels of a photograph, in the codec process.
double tc_estimate_encode(tc_format format, tc_shape shape) {
    return (format == TC_FORMAT_JPEG ? 3.0 : 45.0) * shape.width * shape.height * shape.channels;
}

double tc_estimate_run(const tc_plan *plan) {
    double cost = 0;
    for (int i = 0; i < plan->stage_count; i++)
        cost += plan->stages[i].cost * plan->stages[i].out.width * plan->stages[i].out.height;
    return cost;
}

double tc_estimate_tile(const tc_plan *plan, int tile_side) {
    double most = 0;
    for (int i = 0; i < plan->stage_count; i++) {
        const tc_stage *stage = &plan->stages[i];
        tc_rect tile = tc_stage_tile(stage, tile_side, 0);
        double cost = stage->cost * tile.width * tile.height;
        if (cost > most) most = cost;
    }
    return most;
}

static double picture_bytes(tc_shape shape) {
    return (double)shape.width * shape.height * shape.channels;
}

static bool reads_codes(const tc_stage *stage) {
    return stage->scan && stage->scan->op->merge_method == TC_MERGE_CODES;
}

double tc_estimate_codes(const tc_plan *plan, int workers) {
    TC_ASSERT(workers >= 1);
    double cost = 0;
    for (int i = 0; i < plan->stage_count; i++) {
        tc_shape picture = plan->stages[i].out;
        if (!reads_codes(&plan->stages[i])) continue;
        int readers = tc_pyramid_region_count(picture) < workers ? tc_pyramid_region_count(picture) : workers;
        cost += (double)tc_pyramid_pixels(picture) * TC_CODES_NS_PER_PIXEL / readers;
    }
    return cost;
}

double tc_estimate_local_gain(const tc_plan *plan, int cores) {
    TC_ASSERT(cores >= 1);
    return tc_estimate_run(plan) * tc_isa_cost_factor(tc_isa_current()) * (1 - 1.0 / cores);
}

double tc_estimate_distributed_gain(const tc_plan *plan, int workers) {
    TC_ASSERT(workers >= 1);
    double bytes = picture_bytes(plan->source);
    for (int i = 0; i < plan->stage_count; i++)
        if (!tc_stage_is_empty(&plan->stages[i]))
            bytes += picture_bytes(plan->stages[i].in) + picture_bytes(plan->stages[i].out);
    for (int i = 0; i < plan->stage_count; i++)
        if (reads_codes(&plan->stages[i])) bytes += (double)tc_pyramid_pixels(plan->stages[i].out);
    double codes = tc_estimate_codes(plan, 1) - tc_estimate_codes(plan, workers);
    return codes + tc_estimate_local_gain(plan, workers) - bytes * MOVE_COST;
}
