// A pipeline: a list of operations, each fed with the result of the one before.
//
// Text form: `gaussian_blur ksize=5 | canny low=100 high=200`. Spaces are free; an empty text is the empty pipeline,
// which gives the picture as it is. The JSON form is read in control/, through tc_pipeline_add and tc_args_set.
#ifndef TC_PIPELINE_H
#define TC_PIPELINE_H

#include "core/op.h"

enum { TC_MAX_STEPS = 32, TC_MAX_CHAIN = 4, TC_MAX_PIPELINE_TEXT = 49152 };

typedef struct tc_pipeline {
    int count;
    struct {
        const tc_op *op;
        tc_args args;
    } steps[TC_MAX_STEPS];
} tc_pipeline;

// Parses the text form. On failure the pipeline is empty and the message says what is wrong and what is allowed.
tc_status tc_pipeline_parse(tc_pipeline *pipeline, const char *text, tc_error *error);
// Appends an operation with default arguments; `args` (may be NULL) receives where to set them.
tc_status tc_pipeline_add(tc_pipeline *pipeline, const char *op, tc_args **args, tc_error *error);
// Refuses what tc_args_set cannot see in single values. tc_pipeline_parse has done it.
tc_status tc_pipeline_check(const tc_pipeline *pipeline, tc_error *error);
// Writes the text form with every parameter spelled out. False when `size` is too small;
// TC_MAX_PIPELINE_TEXT always suffices.
bool tc_pipeline_print(const tc_pipeline *pipeline, char *text, size_t size);

#endif
