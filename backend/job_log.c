// Stores the messages of a job: the newest ones in memory, codes and lines in a file.
#include "backend/job_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/assert.h"
#include "core/wire.h"

enum { LENGTH_BYTES = 4 };

void tc_job_log_init(tc_job_log *log, tc_job_files *files) {
    *log = (tc_job_log){.files = files};
}

void tc_job_log_clear(tc_job_log *log) {
    free(log->picture);
    free(log->progress);
    free(log->end);
    *log = (tc_job_log){0};
}

static void print_hex(char *text, size_t size) {
    uint8_t bytes[TC_JOB_SECRET / 2];
    size_t count = size / 2;
    TC_ASSERT(count <= sizeof bytes);
    // getrandom does not fail for so few bytes once the system has started.
    while (getrandom(bytes, count, 0) != (ssize_t)count) continue;
    for (size_t i = 0; i < count; i++) snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

void tc_job_log_set_name(tc_job_log *log, const char *secret) {
    print_hex(log->id, sizeof log->id);
    if (secret[0])
        snprintf(log->secret, sizeof log->secret, "%s", secret);
    else
        print_hex(log->secret, sizeof log->secret);
}

// Compares all characters, so that the time does not tell how many are right.
bool tc_job_log_is_secret(const tc_job_log *log, const char *given) {
    unsigned difference = strlen(given) != TC_JOB_SECRET - 1;
    for (int i = 0; i < TC_JOB_SECRET - 1 && given[i]; i++) difference |= (unsigned)(log->secret[i] ^ given[i]);
    return difference == 0;
}

static tc_status replace_text(char **text, const tc_json *message, tc_error *error) {
    free(*text);
    *text = tc_json_print(message);
    return *text ? TC_OK : tc_fail(error, TC_ERR_MEMORY, "the server is out of memory; try again later");
}

tc_status tc_job_log_set_picture(tc_job_log *log, const tc_json *message, tc_error *error) {
    TC_ASSERT(!log->ended);
    log->pictures++;
    return replace_text(&log->picture, message, error);
}

tc_status tc_job_log_set_progress(tc_job_log *log, const tc_json *message, tc_error *error) {
    TC_ASSERT(!log->ended);
    log->progresses++;
    return replace_text(&log->progress, message, error);
}

void tc_job_log_set_end(tc_job_log *log, const tc_json *message) {
    log->ended = true;
    replace_text(&log->end, message, NULL);
}

const char *tc_job_log_end(const tc_job_log *log) {
    TC_ASSERT(log->ended);
    return log->end ? log->end
                    : "{\"type\":\"failed\",\"status\":\"out_of_memory\",\"error\":\"the server is out of memory; try "
                      "again later\"}";
}

// ---- Codes and lines

tc_status tc_job_log_push_found(tc_job_log *log, const char *text, tc_error *error) {
    TC_ASSERT(!log->ended);
    size_t size = strlen(text);
    uint8_t length[LENGTH_BYTES];
    TC_ASSERT(size > 0 && size <= TC_MAX_CONTROL_BYTES);
    tc_write_u32(length, (uint32_t)size);
    tc_status status = tc_job_files_append_found(log->files, length, sizeof length, (const uint8_t *)text, size, error);
    if (!status) log->found_size += sizeof length + size;
    return status;
}

// The length of the record at `position`; 0 if there is none, or it cannot be read.
static uint32_t record_length(const tc_job_log *log, uint64_t position) {
    uint8_t bytes[LENGTH_BYTES];
    if (log->found_size - position <= sizeof bytes ||
        !tc_job_files_read_found(log->files, position, bytes, sizeof bytes))
        return 0;
    uint32_t length = tc_read_u32(bytes);
    bool fits = length <= TC_MAX_CONTROL_BYTES && length <= log->found_size - position - sizeof bytes;
    return fits ? length : 0;
}

char *tc_job_log_read_found(const tc_job_log *log, uint64_t *position, tc_error *error) {
    TC_ASSERT(*position < log->found_size);
    uint32_t length = record_length(log, *position);
    char *text = length > 0 ? malloc((size_t)length + 1) : NULL;
    if (length > 0 && !text) {
        tc_fail(error, TC_ERR_MEMORY, "the server is out of memory; try again later");
        return NULL;
    }
    if (!text || !tc_job_files_read_found(log->files, *position + LENGTH_BYTES, text, length)) {
        tc_fail(error, TC_ERR_IO, "the server cannot read what it has found in a picture");
        free(text);
        return NULL;
    }
    text[length] = 0;
    *position += LENGTH_BYTES + (uint64_t)length;
    return text;
}

uint64_t tc_job_log_skip_found(const tc_job_log *log, int64_t count) {
    uint64_t position = 0;
    for (; count > 0 && position < log->found_size; count--) {
        uint32_t length = record_length(log, position);
        if (length == 0) break;
        position += LENGTH_BYTES + (uint64_t)length;
    }
    return position;
}

void tc_job_log_restore_found(tc_job_log *log) {
    tc_job_files_recount_found(log->files);
    log->found_size = log->files->codes;
    log->found_size = tc_job_log_skip_found(log, INT64_MAX);
    tc_job_files_cut_found(log->files, log->found_size);
}

char *tc_job_log_address(const char *text, uint32_t number) {
    TC_ASSERT(text[0] == '{' && number > 0);
    size_t size = strlen(text) + sizeof "{\"job\":4294967295,";
    char *addressed = malloc(size);
    if (addressed) snprintf(addressed, size, "{\"job\":%u%s%s", number, text[1] == '}' ? "" : ",", text + 1);
    return addressed;
}
