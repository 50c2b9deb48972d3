// Uploads pictures to a server and saves the results.
#include "cli/remote.h"

#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/folder.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/socket.h"
#include "codec/decoder.h"
#include "control/json.h"
#include "control/line_batch.h"
#include "control/request.h"
#include "core/assert.h"

enum { MAX_JOBS = 8 }; // running at a time

typedef struct sender {
    const tc_options *options;
    char **outputs;
    tc_report *report;
    int running;
} sender;

// The job of a picture.
typedef struct transfer {
    sender *sender;
    int file;
    tc_input input;
    tc_output output; // not open before the first byte of the result
    tc_shape source;
} transfer;

static tc_status on_read(void *user, uint64_t offset, void *bytes, size_t size, tc_error *error) {
    transfer *t = user;
    return tc_input_read(&t->input, offset, bytes, size, error);
}

static void report_code(transfer *t, const tc_json *message) {
    uint8_t bytes[TC_MAX_CODE_BYTES];
    tc_code code = {.type = tc_json_string(message, "code_type", ""),
                    .text = tc_json_string(message, "text", ""),
                    .pass_name = tc_json_string(message, "how", "")};
    code.text_size = strlen(code.text);
    code.bytes_size = tc_socket_base64(tc_json_string(message, "bytes", ""), bytes, sizeof bytes);
    if (code.bytes_size > 0) code.bytes = bytes;
    const tc_json *points = tc_json_member(message, "points");
    for (int i = 0; i < 4; i++) {
        const tc_json *point = tc_json_item(points, i);
        code.x[i] = (int)tc_json_integer_of(tc_json_item(point, 0), INT32_MIN, INT32_MAX);
        code.y[i] = (int)tc_json_integer_of(tc_json_item(point, 1), INT32_MIN, INT32_MAX);
    }
    tc_report_code(t->sender->report, t->file, &code);
}

static void report_lines(transfer *t, const tc_json *message) {
    tc_line_batch lines;
    tc_json_get_line_batch(message, &lines);
    tc_report_lines(t->sender->report, t->file, &lines);
}

static tc_shape read_shape(const tc_json *message) {
    return (tc_shape){.width = (int)tc_json_integer(message, "width", 0, TC_MAX_SIDE, 0),
                      .height = (int)tc_json_integer(message, "height", 0, TC_MAX_SIDE, 0)};
}

static void on_message(void *user, const char *type, const tc_json *message) {
    transfer *t = user;
    if (strcmp(type, "progress") == 0) {
        tc_report_progress(t->sender->report, t->file, tc_json_number(message, "done", 0),
                           tc_json_number(message, "total", 1), tc_json_number(message, "eta_ms", -1));
    } else if (strcmp(type, "code") == 0) {
        report_code(t, message);
    } else if (strcmp(type, "lines") == 0) {
        report_lines(t, message);
    } else if (strcmp(type, "picture") == 0) {
        t->source = read_shape(message);
    }
}

static void on_tile(void *user, const tc_frame *frame) {
    transfer *t = user;
    tc_report_tile(t->sender->report, t->file, frame->rect, frame->worker);
}

static tc_status on_file(void *user, uint64_t offset, const uint8_t *bytes, size_t size, tc_error *error) {
    transfer *t = user;
    const char *name = t->sender->outputs[t->file];
    if (!name) return TC_OK;
    TC_ASSERT(t->output.fd >= 0 || t->output.size == 0);
    tc_status status = TC_OK;
    if (t->output.fd < 0)
        status = tc_output_open(&t->output, name, error);
    else if (offset == 0 && t->output.size > 0)
        status = tc_output_restart(&t->output, error);
    if (!status && offset != t->output.size)
        status = tc_fail(error, TC_ERR_PROTOCOL, "the server sent parts of the result in the wrong order");
    return status ? status : tc_output_write(&t->output, bytes, size, error);
}

// Checks that the result is complete and renames it.
static tc_status commit_result(transfer *t, const tc_json *done, tc_error *error) {
    if (!t->sender->outputs[t->file]) return TC_OK;
    if (t->output.fd < 0 || (double)t->output.size != tc_json_number(done, "bytes", 0))
        return tc_fail(error, TC_ERR_PROTOCOL, "the server sent only %llu of the result's %.0f bytes",
                       (unsigned long long)t->output.size, tc_json_number(done, "bytes", 0));
    return tc_output_commit(&t->output, error);
}

static void on_end(void *user, const tc_json *done, const char *why) {
    transfer *t = user;
    sender *s = t->sender;
    tc_error error = {0};
    const char *name = s->outputs[t->file];
    if (!done) {
        tc_report_failed(s->report, t->file, why);
    } else if (commit_result(t, done, &error)) {
        tc_report_failed(s->report, t->file, error.text);
    } else {
        tc_shape shape = t->source;
        if (name) shape = read_shape(done);
        tc_report_done(s->report, t->file, name, shape, tc_json_string(done, "warning", ""));
    }
    tc_input_close(&t->input);
    tc_output_discard(&t->output);
    free(t);
    TC_ASSERT(s->running > 0);
    s->running--;
}

static const tc_client_handler job_handler = {
    .read = on_read, .message = on_message, .tile = on_tile, .file = on_file, .end = on_end};

// Opens the file and submits a job. An empty file is refused here, with the same error as without a server.
static tc_status submit(transfer *t, tc_client *client, tc_error *error) {
    const tc_options *options = t->sender->options;
    const char *file = options->files[t->file], *slash = strrchr(file, '/');
    tc_status status = tc_folder_check(options, t->file, error);
    if (!status) status = tc_input_open(&t->input, file, tc_client_get_limits(client).file_bytes, error);
    if (status) return status;
    tc_request request = {.size = t->input.size,
                          .pipeline = options->pipeline,
                          .durable = true,
                          .want_file = true,
                          .want_tiles = options->json && options->command == TC_COMMAND_RUN,
                          .format = options->format ? options->format : TC_FORMAT_PNG,
                          .quality = options->quality,
                          .tile = options->tile};
    snprintf(request.name, sizeof request.name, "%s", slash ? slash + 1 : file);
    tc_probe probe;
    uint8_t nothing = 0;
    if (request.size == 0) status = tc_codec_probe(&nothing, 0, &tc_codec_default_limits, &probe, error);
    return status ? status : tc_client_submit(client, &request, &job_handler, t, error);
}

static void start(sender *s, tc_client *client, int file) {
    tc_error error = {0};
    tc_report_start(s->report, file);
    transfer *t = calloc(1, sizeof *t);
    if (t) *t = (transfer){.sender = s, .file = file, .input = {.fd = -1}, .output = {.fd = -1}};
    if (t && !submit(t, client, &error)) {
        s->running++;
        return;
    }
    tc_report_failed(s->report, file, t ? error.text : "out of memory");
    if (t) tc_input_close(&t->input);
    free(t);
}

static void on_notice(void *user, const char *sentence) {
    tc_report_notice(user, sentence);
}

tc_status tc_remote_run(const tc_options *options, char **outputs, tc_report *report, tc_error *error) {
    tc_client *client = tc_client_new(&options->url, error);
    if (!client) return error->status;
    tc_client_set_retry(client, options->retry * 1000, on_notice, report);
    sender s = {.options = options, .outputs = outputs, .report = report};
    int limit = tc_client_get_limits(client).jobs, next = 0;
    if (limit > MAX_JOBS) limit = MAX_JOBS;
    tc_status status = TC_OK;
    while (!status && (s.running > 0 || next < options->file_count)) {
        if (s.running < limit && next < options->file_count)
            start(&s, client, next++);
        else
            status = tc_client_service(client, error);
    }
    for (; next < options->file_count; next++) {
        tc_report_start(report, next);
        tc_report_failed(report, next, error->text);
    }
    tc_client_destroy(client);
    return TC_OK;
}
