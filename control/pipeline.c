// Pipelines in JSON form.
#include "control/pipeline.h"

#include <stdio.h>
#include <string.h>

#include "core/assert.h"

// Writes a JSON value in the text form of a parameter: numbers and strings unchanged, true and false as yes and no.
// False if it is of another kind or does not fit.
static bool print_value(const tc_json *value, char *text, size_t size) {
    int n = -1;
    switch (tc_json_kind_of(value)) {
    case TC_JSON_NUMBER:
        n = snprintf(text, size, "%.17g", tc_json_number_of(value));
        break;
    case TC_JSON_STRING:
        n = snprintf(text, size, "%s", tc_json_string_of(value));
        break;
    case TC_JSON_BOOL:
        n = snprintf(text, size, "%s", tc_json_bool_of(value) ? "yes" : "no");
        break;
    default:
        break;
    }
    return n >= 0 && (size_t)n < size;
}

// An array in the text form: its items with commas between them.
static bool print_array(const tc_json *array, char *text, size_t size) {
    size_t length = 0;
    TC_ASSERT(size > 0);
    text[0] = 0;
    for (const tc_json *item = tc_json_first(array); item; item = tc_json_next(item)) {
        if (length > 0) {
            if (length + 2 > size) return false;
            text[length++] = ',';
            text[length] = 0;
        }
        if (!print_value(item, text + length, size - length)) return false;
        length += strlen(text + length);
    }
    return true;
}

static tc_status add_step(const tc_json *step, int number, tc_pipeline *pipeline, tc_error *error) {
    const char *name = tc_json_string(step, "op", NULL);
    if (!name)
        return tc_fail(error, TC_ERR_ARGUMENT,
                       "step %d of the pipeline must be an object with the operation's name in \"op\"", number);
    tc_args *args;
    tc_status status = tc_pipeline_add(pipeline, name, &args, error);
    if (status) return status;
    const tc_op *op = pipeline->steps[pipeline->count - 1].op;
    for (const tc_json *member = tc_json_first(step); member; member = tc_json_next(member)) {
        if (strcmp(tc_json_name(member), "op") == 0) continue;
        char text[2048];
        bool is_array = tc_json_kind_of(member) == TC_JSON_ARRAY;
        if (!(is_array ? print_array(member, text, sizeof text) : print_value(member, text, sizeof text)))
            return tc_fail(error, TC_ERR_ARGUMENT, "%s: %.64s must be a number, a text or a short array of them",
                           op->name, tc_json_name(member));
        status = tc_args_set(args, op, tc_json_name(member), text, error);
        if (status) return status;
    }
    return TC_OK;
}

tc_status tc_pipeline_from_json(const tc_json *value, tc_pipeline *pipeline, tc_error *error) {
    *pipeline = (tc_pipeline){0};
    if (tc_json_kind_of(value) == TC_JSON_STRING) return tc_pipeline_parse(pipeline, tc_json_string_of(value), error);
    if (tc_json_kind_of(value) != TC_JSON_ARRAY)
        return tc_fail(error, TC_ERR_ARGUMENT,
                       "pipeline must be a text such as \"gaussian_blur ksize=5 | canny\" or an array of operations");
    int number = 1;
    tc_status status = TC_OK;
    for (const tc_json *step = tc_json_first(value); step && !status; step = tc_json_next(step))
        status = add_step(step, number++, pipeline, error);
    if (!status) status = tc_pipeline_check(pipeline, error);
    if (status) *pipeline = (tc_pipeline){0};
    return status;
}
