// The text form of pipelines: what is accepted, what is refused with which message, and that printing and parsing
// agree.
#include <stdlib.h>

#include "core/op_table.h"
#include "core/pipeline.h"
#include "tests/check.h"

static tc_pipeline pipeline;
static tc_error error;

static const char *refused(const char *text) {
    error = (tc_error){0};
    CHECK(tc_pipeline_parse(&pipeline, text, &error) == TC_ERR_ARGUMENT);
    CHECK(pipeline.count == 0);
    return error.text;
}

static void test_accepted(void) {
    CHECK(tc_pipeline_parse(&pipeline, "", &error) == TC_OK && pipeline.count == 0);
    CHECK(tc_pipeline_parse(&pipeline, " \n ", &error) == TC_OK && pipeline.count == 0);
    CHECK(tc_pipeline_parse(&pipeline, "gaussian_blur ksize=9|canny", &error) == TC_OK && pipeline.count == 2);
    CHECK_TEXT(pipeline.steps[0].op->name, "gaussian_blur");
    CHECK(pipeline.steps[0].args.value[0] == 9);
    CHECK(pipeline.steps[1].args.value[1] == 200);
}

static void test_refused(void) {
    CHECK_TEXT(refused("gaussian_blur ksize=4"),
               "gaussian_blur: ksize=4 is not allowed; it must be an odd number from 1 to 99");
    CHECK_TEXT(refused("gaussian_blur ksize=101"),
               "gaussian_blur: ksize=101 is not allowed; it must be an odd number from 1 to 99");
    CHECK_TEXT(refused("canny low=abc"), "canny: low=abc is not allowed; it must be a number from 0 to 1000");
    CHECK_TEXT(refused("canny low=nan"), "canny: low=nan is not allowed; it must be a number from 0 to 1000");
    CHECK_TEXT(refused("canny low=0x10"), "canny: low=0x10 is not allowed; it must be a number from 0 to 1000");
    CHECK_TEXT(refused("canny low="), "canny: low= is not allowed; it must be a number from 0 to 1000");
    CHECK_TEXT(refused("canny low=1 low=2"), "canny: low is given twice");
    CHECK_TEXT(refused("canny size=1"), "canny: unknown parameter \"size\"; it takes low, high");
    CHECK_TEXT(refused("grayscale size=1"), "grayscale: unknown parameter \"size\"; it takes no parameters");
    CHECK_TEXT(refused("flip axis=diagonal"),
               "flip: axis=diagonal is not allowed; it must be one of horizontal, vertical, both");
    CHECK(strstr(refused("blurr"), "unknown operation \"blurr\"; the operations are ") != NULL);
    CHECK(strstr(error.text, tc_op_list()[0]->name) != NULL &&
          strstr(error.text, tc_op_list()[tc_op_count() - 1]->name) != NULL);
    CHECK(strstr(refused("canny invert"), "write name=value, and | between operations") != NULL);
    CHECK(strstr(refused("canny || invert"), "empty step") != NULL);
    CHECK(strstr(refused("| invert"), "empty step") != NULL);
    CHECK(strstr(refused("invert |"), "ends with |") != NULL);
    CHECK(strstr(refused("read_codes symbologies=qr,foo"), "comma-separated list of all, qr") != NULL);
    // Bytes from outside are not copied into the message.
    CHECK(strstr(refused("\x1b[31m\xff"), "\"?[31m?\"") != NULL);
}

static void test_bounds(void) {
    char text[TC_MAX_PIPELINE_TEXT + 2] = "invert";
    for (int i = 1; i < TC_MAX_STEPS; i++) strcat(text, "|invert");
    CHECK(tc_pipeline_parse(&pipeline, text, &error) == TC_OK && pipeline.count == TC_MAX_STEPS);
    strcat(text, "|invert");
    CHECK_TEXT(refused(text), "a pipeline of more than 32 operations is not allowed");
    memset(text, ' ', sizeof text - 1);
    CHECK_TEXT(refused(text), "a pipeline of 49153 characters; at most 49151 are allowed");
}

// Every operation with its defaults, and the whole table at once, survives printing and parsing.
static void test_round_trip(void) {
    char text[TC_MAX_PIPELINE_TEXT], again[TC_MAX_PIPELINE_TEXT];
    for (int i = 0; tc_op_list()[i]; i++) {
        CHECK(i == 0 || strcmp(tc_op_list()[i - 1]->name, tc_op_list()[i]->name) < 0);
        CHECK(tc_op_find(tc_op_list()[i]->name) == tc_op_list()[i]);
        CHECK(tc_pipeline_parse(&pipeline, tc_op_list()[i]->name, &error) == TC_OK);
        CHECK(tc_pipeline_print(&pipeline, text, sizeof text));
        CHECK(tc_pipeline_parse(&pipeline, text, &error) == TC_OK);
        CHECK(tc_pipeline_print(&pipeline, again, sizeof again));
        CHECK_TEXT(again, text);
        CHECK(!tc_pipeline_print(&pipeline, again, strlen(text)));
    }
    CHECK(tc_pipeline_parse(&pipeline, "brightness_contrast contrast=0.1 brightness=-7", &error) == TC_OK);
    CHECK(tc_pipeline_print(&pipeline, text, sizeof text));
    CHECK_TEXT(text, "brightness_contrast contrast=0.1 brightness=-7");
}

static const double nine[] = {0, -1, 0, -1, 5, -1, 0, -1, 0};
static const tc_param list_params[] = {
    {.name = "kernel",
     .title = "Kernel",
     .kind = TC_PARAM_LIST,
     .initial = 9,
     .initial_list = nine,
     .min = -1e6,
     .max = 1e6,
     .counts = {9, 25, 49}},
    {.name = "offset", .title = "Offset", .kind = TC_PARAM_REAL, .min = -255, .max = 255},
    {0}};
static const tc_op list_op = {.name = "weigh", .params = list_params};

// How the list is printed after it was set to `value`, or the error message.
static const char *list(const char *value) {
    static char text[TC_MAX_VALUE_TEXT];
    tc_args args, before;
    tc_args_init(&args, &list_op);
    before = args;
    error = (tc_error){0};
    if (tc_args_set(&args, &list_op, "kernel", value, &error) != TC_OK) {
        CHECK(memcmp(&args, &before, sizeof args) == 0);
        return error.text;
    }
    tc_args_print(&args, &list_op, 0, text, sizeof text);
    return text;
}

static void test_lists(void) {
    char text[TC_MAX_VALUE_TEXT], counts[64];
    tc_args args;
    tc_args_init(&args, &list_op);
    tc_args_print(&args, &list_op, 0, text, sizeof text);
    CHECK_TEXT(text, "0,-1,0,-1,5,-1,0,-1,0");
    CHECK_TEXT(list("1,2,3,4,5,6,7,8,9"), "1,2,3,4,5,6,7,8,9");
    CHECK_TEXT(list("+1,.5,-2.50,1e3,0,0,0,0,0.1"), "1,0.5,-2.5,1000,0,0,0,0,0.1");
    CHECK_TEXT(list("1,2"), "weigh: kernel has 2 numbers; it must have 9, 25 or 49");
    CHECK_TEXT(
        list("1,2,3,4,5,6,7,8,9,"),
        "weigh: number 10 of kernel=1,2,3,4,5,6,7,8,9, is not allowed; it must be 9, 25 or 49 numbers from -1e+06 "
        "to 1e+06 with commas between them");
    CHECK(strstr(list(""), "number 1 of kernel= is not allowed") != NULL);
    CHECK(strstr(list("1,,3"), "number 2 of kernel=1,,3 is not allowed") != NULL);
    CHECK(strstr(list("1,x"), "number 2 of kernel=1,x is not allowed") != NULL);
    CHECK(strstr(list("1,2;3"), "number 2 of ") != NULL && strstr(list("nan"), "number 1 of ") != NULL);
    CHECK(strstr(list("1,2000000"), "number 2 of ") != NULL && strstr(list("1e999"), "number 1 of ") != NULL);
    tc_param_print_counts(&list_params[0], counts, sizeof counts);
    CHECK_TEXT(counts, "9, 25 or 49");

    // The longest list of the longest numbers is printed and parsed unchanged; a far longer one is refused.
    text[0] = 0;
    for (int i = 0; i < 49; i++) strcat(text, i ? ",-0.00012345678901234567" : "-0.00012345678901234567");
    CHECK(strlen(list(text)) < TC_MAX_VALUE_TEXT && strncmp(list(text), "-0.000123456789012345", 21) == 0);
    char ones[200] = "1";
    for (int i = 1; i < 99; i++) strcat(ones, ",1");
    CHECK_TEXT(list(ones), "weigh: kernel has 99 numbers; it must have 9, 25 or 49");
}

int main(void) {
    test_lists();
    test_accepted();
    test_refused();
    test_bounds();
    test_round_trip();
    return check_result();
}
