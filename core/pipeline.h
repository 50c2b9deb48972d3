// A pipeline: a list of operations, each of which gets the result of the one before.
//
// Text form: `gaussian_blur ksize=5 | canny low=100 high=200`. White space separates words. An empty text is the empty
// pipeline, whose result is its input. control/ reads the JSON form through tc_pipeline_add and tc_args_set.
#ifndef TC_CORE_PIPELINE_H
#define TC_CORE_PIPELINE_H

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
// Appends an operation with default arguments; `args` (may be NULL) receives a pointer to them, borrowed. Refuses an
// unknown name and more than TC_MAX_STEPS operations.
tc_status tc_pipeline_add(tc_pipeline *pipeline, const char *op, tc_args **args, tc_error *error);
// Refuses arguments that contradict each other, which tc_args_set cannot detect. tc_pipeline_parse includes it.
tc_status tc_pipeline_check(const tc_pipeline *pipeline, tc_error *error);
// Writes the text form with the values of all parameters. False when `size` is too small; TC_MAX_PIPELINE_TEXT always
// suffices.
bool tc_pipeline_print(const tc_pipeline *pipeline, char *text, size_t size);

#endif
