// The planner: a pipeline and a picture's shape become stages. Browser, command line and pool use the same planner, so
// a result cannot depend on where it was computed.
//
// Inside a stage operations are fused: the input rectangle of a tile is computed backwards through the steps, then all
// steps run on that tile while it is in cache.
#ifndef TC_CORE_PLAN_H
#define TC_CORE_PLAN_H

#include "core/pipeline.h"
#include "core/stage.h"

typedef struct tc_plan {
    tc_shape source, result;
    int stage_count; // at least 1
    tc_stage *stages;
    tc_step *steps;
    int step_count;
} tc_plan;

// Plans `pipeline` for a source picture. `max_pixels` limits every intermediate picture and the result (0: only
// TC_MAX_SIDE does). Fails when an operation refuses its input or a picture is too large.
// The caller calls tc_plan_clear in any case.
tc_status tc_plan_init(tc_plan *plan, const tc_pipeline *pipeline, tc_shape source, int64_t max_pixels,
                       tc_error *error);
void tc_plan_clear(tc_plan *plan);

#endif
