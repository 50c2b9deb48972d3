// A client's text message as the gateway handles it: parsed, read as a request, written and read again.
#include <stdlib.h>
#include <string.h>

#include "control/json.h"
#include "control/pipeline.h"
#include "control/request.h"

#define MUST(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_request(const tc_json *message) {
    tc_request request, again;
    tc_error error = {0};
    if (tc_request_from_json(message, &request, &error)) {
        MUST(error.status != TC_OK && error.text[0]);
        return;
    }
    MUST(request.job > 0 && (request.want_tiles || request.want_file));
    tc_json *written = tc_request_to_json(&request);
    MUST(written && tc_request_from_json(written, &again, &error) == TC_OK);
    MUST(again.job == request.job && again.size == request.size && again.tile == request.tile);
    MUST(again.pipeline.count == request.pipeline.count);
    tc_json_destroy(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    tc_error error = {0};
    tc_json *message = tc_json_parse((const char *)data, size, &error);
    if (!message) {
        MUST(error.status != TC_OK && error.text[0]);
        return 0;
    }
    read_request(message);
    tc_pipeline pipeline;
    tc_pipeline_from_json(tc_json_member(message, "pipeline"), &pipeline, &error);
    // An answer that quotes the message is a valid message.
    tc_json *answer = tc_json_new_object();
    tc_json_set_string(answer, "error", error.text);
    char *text = tc_json_print(answer), *copy = tc_json_print(message);
    MUST(text && copy);
    tc_json *parsed = tc_json_parse(text, strlen(text), NULL);
    MUST(parsed != NULL);
    tc_json_destroy(parsed);
    tc_json_destroy(answer);
    tc_json_destroy(message);
    free(text);
    free(copy);
    return 0;
}
