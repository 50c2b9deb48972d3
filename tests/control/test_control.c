// JSON messages, pipelines in JSON form and requests: what is accepted, what is refused, and the sentences.
#include <stdlib.h>

#include "control/catalogue.h"
#include "control/code.h"
#include "control/json.h"
#include "control/pipeline.h"
#include "control/request.h"
#include "core/op_table.h"
#include "tests/check.h"

static tc_error error;

static tc_json *parse(const char *text) {
    error = (tc_error){0};
    return tc_json_parse(text, strlen(text), &error);
}

static void test_parse(void) {
    static const char *const refused[] = {"",
                                          "{",
                                          "[]",
                                          "1",
                                          "null",
                                          "{} x",
                                          "{}}",
                                          "{\"a\":}",
                                          "{\"a\"",
                                          "\"a\"",
                                          "{a:1}",
                                          "{\"a\":\"\xff\"}",
                                          "{\"a\":\"\xed\xa0\x80\"}"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        tc_json *json = parse(refused[i]);
        CHECK(!json && error.status == TC_ERR_PROTOCOL);
        tc_json_destroy(json);
    }
    CHECK(!tc_json_parse("{\0}", 3, &error));
    tc_json *json = parse(" {\"a\":\"x\",\"n\":1.5,\"b\":true,\"l\":[1,2],\"o\":{\"k\":null}} ");
    CHECK(json != NULL);
    CHECK_TEXT(tc_json_string(json, "a", "-"), "x");
    CHECK_TEXT(tc_json_string(json, "n", "-"), "-");
    CHECK(tc_json_number(json, "n", 0) == 1.5 && tc_json_number(json, "a", 7) == 7);
    CHECK(tc_json_bool(json, "b", false) && tc_json_bool(json, "n", true));
    CHECK(tc_json_count(tc_json_member(json, "l")) == 2 && tc_json_count(json) == 0);
    CHECK(tc_json_item(tc_json_member(json, "l"), 2) == NULL && tc_json_member(json, "none") == NULL);
    tc_json_destroy(json);
}

static void test_limits(void) {
    char *text = malloc(TC_MAX_CONTROL_BYTES + 1);
    memset(text, ' ', TC_MAX_CONTROL_BYTES + 1);
    memcpy(text, "{}", 2);
    tc_json *json = tc_json_parse(text, TC_MAX_CONTROL_BYTES, &error);
    CHECK(json != NULL);
    tc_json_destroy(json);
    CHECK(!tc_json_parse(text, TC_MAX_CONTROL_BYTES + 1, &error) && error.status == TC_ERR_LIMIT);
    memset(text, '[', TC_MAX_CONTROL_BYTES);
    memcpy(text, "{\"a\":", 5);
    CHECK(!tc_json_parse(text, TC_MAX_CONTROL_BYTES, &error));
    free(text);
}

static void test_build(void) {
    tc_json *json = tc_json_new_object();
    tc_json_set_string(json, "a", "cut \xc3");
    tc_json_set_text(json, "t", "x\0y\n", 4);
    tc_json_set_number(json, "n", 1);
    tc_json_set_number(json, "n", 4294967295.0);
    tc_json_set_bool(json, "b", true);
    tc_json_add_number(tc_json_set_array(json, "l"), -1.5);
    tc_json_set_object(json, "o");
    char *text = tc_json_print(json);
    CHECK_TEXT(text, "{\"a\":\"cut \xef\xbf\xbd\",\"t\":\"x\xe2\x90\x80y\\n\",\"n\":4294967295,\"b\":true,\"l\":[-1.5],"
                     "\"o\":{}}");
    free(text);
    tc_json_destroy(json);
}

// The text form of a pipeline given as JSON, or the error.
static const char *pipeline(const char *json_text) {
    static char text[TC_MAX_PIPELINE_TEXT];
    char message[4096];
    snprintf(message, sizeof message, "{\"p\":%s}", json_text);
    tc_json *json = parse(message);
    CHECK(json != NULL);
    tc_pipeline result;
    if (tc_pipeline_from_json(tc_json_member(json, "p"), &result, &error) == TC_OK)
        CHECK(tc_pipeline_print(&result, text, sizeof text));
    else {
        CHECK(result.count == 0);
        snprintf(text, sizeof text, "%s", error.text);
    }
    tc_json_destroy(json);
    return text;
}

static void test_pipelines(void) {
    CHECK_TEXT(pipeline("\"\""), "");
    CHECK_TEXT(pipeline("[]"), "");
    CHECK_TEXT(pipeline("\"invert | canny low=5\""), "invert | canny low=5 high=200");
    CHECK_TEXT(pipeline("[{\"op\":\"invert\"},{\"op\":\"canny\",\"low\":5}]"), "invert | canny low=5 high=200");
    CHECK_TEXT(pipeline("[{\"high\":7,\"op\":\"canny\",\"low\":\"5\"}]"), "canny low=5 high=7");
    CHECK(strstr(pipeline("[{\"op\":\"read_codes\",\"draw\":false,\"symbologies\":[\"qr\"]}]"), "draw=no") != NULL);
    CHECK(strstr(pipeline("[{\"op\":\"read_codes\",\"draw\":false,\"symbologies\":[\"qr\"]}]"), "=qr") != NULL);
    CHECK_TEXT(pipeline("[{\"op\":\"gaussian_blur\",\"ksize\":4}]"),
               "gaussian_blur: ksize=4 is not allowed; it must be an odd number from 1 to 99");
    CHECK_TEXT(pipeline("[{\"op\":\"canny\",\"low\":null}]"),
               "canny: low must be a number, a text or a short array of them");
    CHECK_TEXT(pipeline("[{\"op\":\"canny\",\"low\":[[1]]}]"),
               "canny: low must be a number, a text or a short array of them");
    CHECK(strstr(pipeline("[{\"op\":\"canny\",\"low\":1e999}]"), "canny: low") != NULL);
    CHECK_TEXT(pipeline("[{}]"), "step 1 of the pipeline must be an object with the operation's name in \"op\"");
    CHECK(strncmp(pipeline("[{\"op\":\"invert\"},{\"op\":7}]"), "step 2 ", 7) == 0);
    CHECK(strncmp(pipeline("[{\"op\":\"invert\"},7]"), "step 2 ", 7) == 0);
    CHECK(strstr(pipeline("{}"), "pipeline must be a text") != NULL);
    CHECK(strstr(pipeline("null"), "pipeline must be a text") != NULL);
}

static tc_status request(const char *text, tc_request *result) {
    tc_json *json = parse(text);
    CHECK(json != NULL);
    tc_status status = tc_request_from_json(json, result, &error);
    tc_json_destroy(json);
    return status;
}

static void test_requests(void) {
    tc_request r;
    CHECK(request("{\"job\":1,\"size\":5,\"pipeline\":\"\"}", &r) == TC_OK);
    CHECK(r.job == 1 && r.size == 5 && r.want_file && !r.want_tiles && !r.want_preview);
    CHECK(r.format == TC_FORMAT_PNG && r.quality == 90 && r.tile == -1);
    CHECK(request("{\"job\":4294967295,\"size\":9007199254740991,\"pipeline\":\"\",\"want\":\"both\",\"tile\":0,"
                  "\"preview\":true,\"format\":\"jpeg\",\"quality\":1,\"name\":\"a\"}",
                  &r) == TC_OK);
    CHECK(r.job == 4294967295u && r.want_file && r.want_tiles && r.want_preview && r.tile == 0 && r.quality == 1);
    CHECK(r.format == TC_FORMAT_JPEG);
    static const char *const no_job[] = {"0", "-1", "1.5", "4294967296", "\"1\"", "null", "1e999"};
    for (size_t i = 0; i < sizeof no_job / sizeof no_job[0]; i++) {
        char text[100];
        snprintf(text, sizeof text, "{\"job\":%s,\"size\":1,\"pipeline\":\"\"}", no_job[i]);
        CHECK(request(text, &r) == TC_ERR_PROTOCOL);
    }
    static const char *const wrong[] = {"\"size\":-1",      "\"size\":0.5",       "\"size\":\"1\"", "\"size\":1e300",
                                        "\"tile\":15",      "\"tile\":4097",      "\"tile\":\"a\"", "\"quality\":101",
                                        "\"quality\":null", "\"format\":\"gif\"", "\"format\":1",   "\"want\":\"\"",
                                        "\"want\":true",    "\"preview\":1",      "\"name\":1",     "\"pipeline\":0"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[200];
        bool has_size = strstr(wrong[i], "size") != NULL, has_pipeline = strstr(wrong[i], "pipeline") != NULL;
        snprintf(text, sizeof text, "{\"job\":1,%s%s%s}", wrong[i], has_size ? "" : ",\"size\":1",
                 has_pipeline ? "" : ",\"pipeline\":\"\"");
        CHECK(request(text, &r) == TC_ERR_ARGUMENT);
        CHECK(r.job == 1);
    }
    CHECK(request("{\"job\":1,\"size\":1}", &r) == TC_ERR_ARGUMENT);
    CHECK(request("{\"job\":1,\"pipeline\":\"\"}", &r) == TC_ERR_ARGUMENT);
}

// What tc_request_to_json writes, tc_request_from_json reads.
static void test_round_trip(void) {
    tc_request a = {.job = 9,
                    .name = "b\xc3\xa4.png",
                    .size = 77,
                    .want_tiles = true,
                    .format = TC_FORMAT_JPEG,
                    .quality = 33,
                    .tile = 128},
               b;
    CHECK(tc_pipeline_parse(&a.pipeline, "gaussian_blur ksize=9 | canny", &error) == TC_OK);
    tc_json *message = tc_request_to_json(&a);
    CHECK_TEXT(tc_json_string(message, "type", ""), "submit");
    CHECK(tc_request_from_json(message, &b, &error) == TC_OK);
    CHECK(b.job == 9 && b.size == 77 && b.want_tiles && !b.want_file && b.format == TC_FORMAT_JPEG);
    CHECK(b.quality == 33 && b.tile == 128 && b.pipeline.count == 2);
    CHECK_TEXT(b.name, a.name);
    tc_json_destroy(message);
}

static void test_catalogue(void) {
    tc_json *catalogue = tc_catalogue_to_json();
    const tc_json *operations = tc_json_member(catalogue, "operations");
    CHECK(tc_json_count(operations) == tc_op_count());
    for (int i = 0; i < tc_json_count(operations); i++) {
        const tc_json *op = tc_json_item(operations, i);
        CHECK_TEXT(tc_json_string(op, "name", ""), tc_op_list()[i]->name);
        const tc_json *params = tc_json_member(op, "params");
        for (int k = 0; k < tc_json_count(params); k++) {
            const tc_json *param = tc_json_item(params, k);
            CHECK_TEXT(tc_json_string(param, "name", ""), tc_op_list()[i]->params[k].name);
            CHECK(tc_json_member(param, "default") != NULL);
            bool list = tc_op_list()[i]->params[k].kind == TC_PARAM_LIST;
            CHECK(list == (tc_json_count(tc_json_member(param, "counts")) > 0));
            if (list) CHECK(strchr(tc_json_string(param, "default", ""), ',') != NULL);
        }
    }
    tc_json_destroy(catalogue);
    tc_json *message = tc_json_new_object();
    const tc_code code = {.type = "QR-Code", .text = "a\0b", .text_size = 3, .pass_name = "zxing", .x = {1}, .y = {-2}};
    tc_json_set_code(message, "code_type", &code);
    char *text = tc_json_print(message);
    CHECK_TEXT(text, "{\"code_type\":\"QR-Code\",\"text\":\"a\xe2\x90\x80"
                     "b\",\"how\":\"zxing\",\"points\":[[1,-2],[0,0],[0,0],[0,0]]}");
    free(text);
    tc_json_destroy(message);
}

int main(void) {
    test_parse();
    test_limits();
    test_build();
    test_pipelines();
    test_requests();
    test_round_trip();
    test_catalogue();
    return check_result();
}
