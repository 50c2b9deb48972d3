// Pipelines in JSON form.
#ifndef TC_CONTROL_PIPELINE_H
#define TC_CONTROL_PIPELINE_H

#include "control/json.h"
#include "core/pipeline.h"

// Reads a pipeline from a string (its text form) or an array of `{"op":NAME, PARAMETER:VALUE…}`, and checks it. On
// failure
// `*pipeline` is empty.
tc_status tc_pipeline_from_json(const tc_json *value, tc_pipeline *pipeline, tc_error *error);

#endif
