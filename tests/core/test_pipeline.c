// The text form: what it takes, what it refuses and in which words, and that printing it and reading it again agree.
#include <stdlib.h>

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
    CHECK(strstr(error.text, tc_op_list()[0]->name) != NULL && strstr(error.text, tc_op_list()[tc_op_count() - 1]->name) != NULL);
    CHECK(strstr(refused("canny invert"), "write name=value, and | between operations") != NULL);
    CHECK(strstr(refused("canny || invert"), "empty step") != NULL);
    CHECK(strstr(refused("| invert"), "empty step") != NULL);
    CHECK(strstr(refused("invert |"), "ends with |") != NULL);
    CHECK(strstr(refused("read_codes symbologies=qr,foo"), "comma-separated list of all, qr") != NULL);
    // Somebody else's bytes never reach the message as they are.
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

int main(void) {
    test_accepted();
    test_refused();
    test_bounds();
    test_round_trip();
    return check_result();
}
