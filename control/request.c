// Reads and writes the `submit` message.
#include "control/request.h"

#include "control/pipeline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"

// A whole number from min to max; the fallback if it is absent.
static tc_status read_integer(const tc_json *message, const char *name, double fallback, double min, double max,
                              double *number, tc_error *error) {
    const tc_json *member = tc_json_member(message, name);
    TC_ASSERT(min <= max);
    *number = member ? tc_json_number_of(member) : fallback;
    bool good = !member || tc_json_kind_of(member) == TC_JSON_NUMBER;
    if (!good || !(*number >= min && *number <= max) || *number != floor(*number))
        return tc_fail(error, TC_ERR_ARGUMENT, "%s must be a whole number from %.0f to %.0f", name, min, max);
    return TC_OK;
}

static tc_status read_text(const tc_json *message, const char *name, const char *fallback, const char **text,
                           tc_error *error) {
    const tc_json *member = tc_json_member(message, name);
    *text = member ? tc_json_string_of(member) : fallback;
    if (!member || tc_json_kind_of(member) == TC_JSON_STRING) return TC_OK;
    return tc_fail(error, TC_ERR_ARGUMENT, "%s must be a text", name);
}

static tc_status read_job(const tc_json *message, tc_request *request, tc_error *error) {
    double job = tc_json_number(message, "job", 0);
    if (!(job >= 1 && job <= UINT32_MAX) || job != floor(job))
        return tc_fail(error, TC_ERR_PROTOCOL, "job must be a whole number from 1 to 4294967295");
    request->job = (uint32_t)job;
    return TC_OK;
}

static tc_status read_want(const tc_json *message, tc_request *request, tc_error *error) {
    const char *want = "";
    tc_status status = read_text(message, "want", "file", &want, error);
    if (status) return status;
    bool both = strcmp(want, "both") == 0;
    request->want_tiles = both || strcmp(want, "tiles") == 0;
    request->want_file = both || strcmp(want, "file") == 0;
    if (!request->want_tiles && !request->want_file)
        return tc_fail(error, TC_ERR_ARGUMENT, "want is \"%.40s\"; it must be \"tiles\", \"file\" or \"both\"", want);
    const tc_json *preview = tc_json_member(message, "preview");
    if (preview && tc_json_kind_of(preview) != TC_JSON_BOOL)
        return tc_fail(error, TC_ERR_ARGUMENT, "preview must be true or false");
    request->want_preview = tc_json_bool_of(preview);
    return TC_OK;
}

static tc_status read_durable(const tc_json *message, tc_request *request, tc_error *error) {
    const tc_json *durable = tc_json_member(message, "durable");
    if (durable && tc_json_kind_of(durable) != TC_JSON_BOOL)
        return tc_fail(error, TC_ERR_ARGUMENT, "durable must be true or false");
    request->durable = tc_json_bool_of(durable);
    const char *secret = "";
    if (read_text(message, "secret", "", &secret, error)) return error->status;
    size_t size = strlen(secret);
    if (size > 0 && (size != TC_REQUEST_SECRET - 1 || strspn(secret, "0123456789abcdef") != size))
        return tc_fail(error, TC_ERR_ARGUMENT, "secret must be %d hexadecimal digits, in lower case",
                       TC_REQUEST_SECRET - 1);
    memcpy(request->secret, secret, size + 1);
    return TC_OK;
}

static tc_status read_format(const tc_json *message, tc_request *request, tc_error *error) {
    const char *wire = "";
    double quality = 0;
    tc_status status = read_text(message, "format", "png", &wire, error);
    if (!status) status = read_integer(message, "quality", 90, 1, 100, &quality, error);
    if (status) return status;
    request->quality = (int)quality;
    request->format = strcmp(wire, "png") == 0                                ? TC_FORMAT_PNG
                      : strcmp(wire, "jpeg") == 0 || strcmp(wire, "jpg") == 0 ? TC_FORMAT_JPEG
                                                                              : TC_FORMAT_UNKNOWN;
    if (request->format == TC_FORMAT_UNKNOWN)
        return tc_fail(error, TC_ERR_ARGUMENT, "format is \"%.40s\"; it must be \"png\" or \"jpeg\"", wire);
    return TC_OK;
}

static tc_status read_tile(const tc_json *message, tc_request *request, tc_error *error) {
    request->tile = -1;
    if (!tc_json_member(message, "tile")) return TC_OK;
    double tile = 0;
    if (read_integer(message, "tile", 0, 0, 4096, &tile, NULL) || (tile > 0 && tile < 16))
        return tc_fail(error, TC_ERR_ARGUMENT, "tile must be a whole number from 16 to 4096, or 0 for one tile");
    request->tile = (int)tile;
    return TC_OK;
}

tc_status tc_request_from_json(const tc_json *message, tc_request *request, tc_error *error) {
    *request = (tc_request){0};
    tc_status status = read_job(message, request, error);
    if (status) return status;
    const char *name = "";
    double size = 0;
    if (!tc_json_member(message, "size")) return tc_fail(error, TC_ERR_ARGUMENT, "size is missing");
    status = read_integer(message, "size", 0, 0, 9007199254740991.0, &size, error);
    request->size = status ? 0 : (uint64_t)size;
    if (!status) status = read_text(message, "name", "", &name, error);
    snprintf(request->name, sizeof request->name, "%s", name);
    if (!status) status = read_want(message, request, error);
    if (!status) status = read_durable(message, request, error);
    if (!status) status = read_format(message, request, error);
    if (!status) status = read_tile(message, request, error);
    if (!status) status = tc_pipeline_from_json(tc_json_member(message, "pipeline"), &request->pipeline, error);
    return status;
}

tc_json *tc_request_to_json(const tc_request *request) {
    TC_ASSERT(request->want_tiles || request->want_file);
    TC_ASSERT(request->format == TC_FORMAT_PNG || request->format == TC_FORMAT_JPEG);
    TC_ASSERT(request->tile >= -1 && request->tile <= 4096);
    tc_json *message = tc_json_new_object();
    char *pipeline = malloc(TC_MAX_PIPELINE_TEXT);
    if (!pipeline || !tc_pipeline_print(&request->pipeline, pipeline, TC_MAX_PIPELINE_TEXT)) {
        free(pipeline);
        tc_json_destroy(message);
        return NULL;
    }
    tc_json_set_string(message, "type", "submit");
    tc_json_set_number(message, "job", request->job);
    tc_json_set_string(message, "name", request->name);
    tc_json_set_number(message, "size", (double)request->size);
    tc_json_set_string(message, "pipeline", pipeline);
    free(pipeline);
    tc_json_set_string(message, "want",
                       request->want_tiles && request->want_file ? "both"
                       : request->want_tiles                     ? "tiles"
                                                                 : "file");
    tc_json_set_bool(message, "preview", request->want_preview);
    tc_json_set_bool(message, "durable", request->durable);
    if (request->secret[0]) tc_json_set_string(message, "secret", request->secret);
    tc_json_set_string(message, "format", request->format == TC_FORMAT_JPEG ? "jpeg" : "png");
    tc_json_set_number(message, "quality", request->quality);
    if (request->tile >= 0) tc_json_set_number(message, "tile", request->tile);
    return message;
}
