// Between jobs and the pool: which job is handed over next, and what the pool says of those it has.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/gateway.h"
#include "control/json.h"
#include "control/request.h"
#include "core/codes.h"

// ---- To the pool

static tc_status make_tile_file(tc_job *job, tc_error *error) {
    char path[TC_SPOOL_PATH];
    tc_job_path(job, "tiles", path);
    job->tiles = (tc_reel){.fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (job->tiles.fd >= 0) return TC_OK;
    return tc_fail(error, TC_ERR_IO, "the server cannot store tiles: %s", strerror(errno));
}

static void run_job(tc_job *job) {
    tc_error error;
    job->tries++;
    if (make_tile_file(job, &error)) {
        tc_job_fail(job, &error);
        return;
    }
    tc_json *message = tc_request_to_json(&job->request);
    tc_json_set_string(message, "type", "run");
    tc_json_set_number(message, "job", job->number);
    tc_json_set_number(message, "losses", job->losses);
    static const char *const kinds[] = {"upload", "tiles", "out"};
    for (int i = 0; i < 3; i++) {
        char path[TC_SPOOL_PATH];
        tc_job_path(job, kinds[i], path);
        tc_json_set_string(message, kinds[i], path);
    }
    tc_job_set_state(job, TC_JOB_RUNNING);
    tc_pool_send(job->gateway->pool, message);
    tc_json_destroy(message);
}

// The oldest waiting job of a client; with `suspect`, of those that saw the pool die twice.
static tc_job *find_waiting(const tc_client *client, bool suspect) {
    tc_job *oldest = NULL;
    for (tc_job *job = client->waiting ? client->jobs : NULL; job; job = job->next) {
        bool fits = job->state == TC_JOB_WAITING && (!suspect || job->attempts >= TC_MAX_ATTEMPTS - 1);
        if (fits && (!oldest || job->number < oldest->number)) oldest = job;
    }
    return oldest;
}

// The first client with a waiting job, put at the end of the line.
static tc_job *next_waiting(tc_gateway *gateway, bool suspect) {
    for (tc_client *client = gateway->clients; client; client = client->next) {
        tc_job *job = find_waiting(client, suspect);
        if (!job) continue;
        if (client->next) {
            *(client->previous ? &client->previous->next : &gateway->clients) = client->next;
            client->next->previous = client->previous;
            client->previous = gateway->last_client;
            gateway->last_client->next = client;
            gateway->last_client = client;
            client->next = NULL;
        }
        return job;
    }
    return NULL;
}

void tc_jobs_feed(tc_gateway *gateway) {
    if (gateway->stopping) return;
    tc_pool_view pool = tc_pool_look(gateway->pool);
    if (pool.state != TC_POOL_READY) return;
    // Enough for the pool to see that jobs queue, no more than it can work on: a late client need not wait for all
    // that an early one has sent. A suspect runs alone, so that nobody else is blamed for the next death.
    while (gateway->waiting > 0) {
        bool suspect = gateway->suspects > 0;
        int places = suspect ? 1 : 2 * pool.workers + 2;
        if (gateway->running_count >= places) return;
        tc_job *job = next_waiting(gateway, suspect);
        if (!job) return;
        run_job(job);
    }
}

static void retry(tc_job *job, bool blamed) {
    tc_job_drop_results(job);
    if (job->cancelled) {
        tc_job_end_cancelled(job);
        return;
    }
    tc_job_set_state(job, TC_JOB_WAITING);
    tc_job_count(job, -1);
    job->attempts += blamed;
    tc_job_count(job, 1);
    if (job->attempts < TC_MAX_ATTEMPTS) return;
    tc_error error;
    tc_fail(&error, TC_ERR_INTERNAL,
            "the pool of workers died %d times while it computed this picture; it is not tried again", job->attempts);
    tc_job_fail(job, &error);
}

void tc_jobs_lost(tc_gateway *gateway, bool blamed) {
    while (gateway->running) retry(gateway->running, blamed);
}

// ---- From the pool

// Fails a job that the pool still works on, or has just done.
static void fail_running(tc_job *job, const tc_error *error) {
    tc_job_tell_pool_cancel(job);
    tc_job_fail(job, error);
}

// The pool's message as the client's, with the client's number.
static tc_json *copy_message(const tc_job *job, const tc_json *message) {
    char *text = tc_json_print(message);
    tc_json *copy = text ? tc_json_parse(text, strlen(text), NULL) : NULL;
    free(text);
    tc_json_set_number(copy, "job", job->request.job);
    return copy;
}

static void on_picture(tc_job *job, const tc_json *message) {
    tc_json *copy = copy_message(job, message);
    tc_job_set_text(&job->picture, copy);
    tc_json_destroy(copy);
    job->last_stage = tc_json_count(tc_json_member(message, "stages")) - 1;
}

static void on_progress(tc_job *job, const tc_json *message) {
    double done = tc_json_number(message, "done", 0), total = tc_json_number(message, "total", 0);
    if (!(total > 0) || !(done >= 0 && done < total)) return;
    tc_json *copy = copy_message(job, message);
    if (done / total < job->best) { // a new pool has begun again
        tc_json_set_number(copy, "done", job->best * total);
        tc_json_set_number(copy, "eta_ms", -1);
    } else {
        job->best = done / total;
    }
    tc_job_set_text(&job->progress, copy);
    tc_json_destroy(copy);
}

enum { HASH_DIGITS = 16 };
static const uint64_t hash_start = 14695981039346656037u;

static uint64_t hash_text(uint64_t hash, const char *text) { // FNV-1a
    for (; *text; text++) hash = (hash ^ (uint8_t)*text) * 1099511628211u;
    return hash;
}

// Keeps a message that the client must have.
static void keep_found(tc_job *job, char *text) {
    char **grown = realloc(job->found, (size_t)(job->found_count + 1) * sizeof *grown);
    if (!grown) {
        free(text);
        return;
    }
    job->found = grown;
    grown[job->found_count++] = text;
    job->client->out.found_bytes += strlen(text);
    if (job->client->out.found_bytes > TC_MAX_FOUND_BACKLOG)
        tc_client_break(job->client, 1008, "the client does not read what it asked for");
}

static char *print_copy(const tc_job *job, const tc_json *message) {
    tc_json *copy = copy_message(job, message);
    char *text = tc_json_print(copy);
    tc_json_destroy(copy);
    return text;
}

// False when the same code has been passed on, by an earlier try that may have seen it a little elsewhere. Of the texts
// only a hash is kept.
static bool is_new_code(tc_job *job, const tc_json *message) {
    char digits[HASH_DIGITS + 1];
    tc_code code = {.text = digits, .text_size = HASH_DIGITS};
    uint64_t hash = hash_text(hash_start, tc_json_string(message, "code_type", ""));
    hash = hash_text(hash * 31, tc_json_string(message, "text", ""));
    for (int i = 0; i < HASH_DIGITS; i++) digits[i] = (char)('a' + (hash >> 4 * i & 15));
    digits[HASH_DIGITS] = 0;
    const tc_json *points = tc_json_member(message, "points");
    for (int i = 0; i < 4; i++) {
        const tc_json *point = tc_json_item(points, i);
        code.x[i] = (int)tc_json_integer_of(tc_json_item(point, 0), -TC_MAX_CODE_COORDINATE, TC_MAX_CODE_COORDINATE);
        code.y[i] = (int)tc_json_integer_of(tc_json_item(point, 1), -TC_MAX_CODE_COORDINATE, TC_MAX_CODE_COORDINATE);
    }
    tc_blob one = {0}, fresh = {0};
    tc_error error;
    bool is_new = tc_codes_write(&one, &code, &error) == TC_OK &&
                  tc_codes_merge(&job->seen_codes, &one, &fresh, &error) == TC_OK && fresh.size > 0;
    tc_blob_clear(&one);
    tc_blob_clear(&fresh);
    return is_new;
}

static void on_code(tc_job *job, const tc_json *message) {
    char *text = is_new_code(job, message) ? print_copy(job, message) : NULL;
    if (text) keep_found(job, text);
}

// False when the same part has been passed on, by an earlier try, or when there are too many.
static bool is_new_part(tc_job *job, const char *text) {
    uint64_t hash = hash_text(hash_start, text);
    for (int i = 0; i < job->seen_part_count; i++)
        if (job->seen_parts[i] == hash) return false;
    if (job->seen_part_count == TC_MAX_JOB_PARTS) return false;
    uint64_t *grown = realloc(job->seen_parts, (size_t)(job->seen_part_count + 1) * sizeof *grown);
    if (!grown) return false;
    job->seen_parts = grown;
    grown[job->seen_part_count++] = hash;
    return true;
}

// A part of a list of lines.
static void on_lines(tc_job *job, const tc_json *message) {
    char *text = print_copy(job, message);
    if (text && is_new_part(job, text))
        keep_found(job, text);
    else
        free(text);
}

static void on_tile(tc_job *job, const tc_json *message) {
    double offset = tc_json_number(message, "offset", -1), length = tc_json_number(message, "length", -1);
    tc_error error = {.status = TC_OK};
    if (offset != (double)job->tiles.end || !(length >= TC_WIRE_HEADER && length < 1e12))
        tc_fail(&error, TC_ERR_INTERNAL, "the pool has given tiles in a wrong order");
    else if (!tc_job_take_spool(job, (uint64_t)length))
        tc_job_fail_full(&error);
    else
        job->tiles.end += (uint64_t)length;
    if (error.status) fail_running(job, &error);
}

static void on_done(tc_job *job, const tc_json *message) {
    tc_json *copy = copy_message(job, message);
    tc_json_set_number(copy, "ms", (double)((tc_now_us() - job->uploaded_us) / 1000));
    tc_json_set_number(copy, "bytes", 0);
    if (job->request.want_file) {
        char path[TC_SPOOL_PATH];
        struct stat info;
        tc_job_path(job, "out", path);
        job->file = (tc_reel){.fd = open(path, O_RDONLY | O_CLOEXEC)};
        if (job->file.fd < 0 || fstat(job->file.fd, &info) != 0) {
            tc_error error;
            tc_json_destroy(copy);
            tc_fail(&error, TC_ERR_IO, "the pool's result cannot be read: %s", strerror(errno));
            fail_running(job, &error);
            return;
        }
        job->file.end = (uint64_t)info.st_size;
        job->spooled += job->file.end; // it is there already; the bound holds for what comes next
        job->gateway->spool.used += job->file.end;
        tc_json_set_number(copy, "bytes", (double)job->file.end);
    }
    tc_job_remove_file(job, "tiles");
    tc_job_remove_file(job, "out");
    job->gateway->done++;
    tc_job_end(job, copy, true);
    tc_json_destroy(copy);
}

static void on_failed(tc_job *job, const tc_json *message) {
    tc_error error;
    tc_fail(&error, tc_status_find(tc_json_string(message, "status", "")), "%s",
            tc_json_string(message, "error", "the pool has given the picture up"));
    tc_job_fail(job, &error);
}

// A worker was lost at this job. The pool refuses a job that has cost too many.
static void on_rank(tc_job *job, const tc_json *message) {
    (void)message;
    job->losses++;
}

static void on_cancelled(tc_job *job, const tc_json *message) {
    (void)message;
    tc_job_end_cancelled(job);
}

void tc_jobs_message(tc_gateway *gateway, const char *type, const tc_json *message) {
    static const struct {
        const char *type;
        void (*take)(tc_job *job, const tc_json *message);
        bool ends;
    } kinds[] = {
        {"picture", on_picture, false}, {"progress", on_progress, false},  {"code", on_code, false},
        {"lines", on_lines, false},     {"tile", on_tile, false},          {"done", on_done, true},
        {"failed", on_failed, true},    {"cancelled", on_cancelled, true}, {"rank", on_rank, false},
    };
    double number = tc_json_number(message, "job", 0);
    tc_job *job = gateway->running;
    while (job && job->number != number) job = job->running_next;
    if (!job) return;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].type, type) != 0) continue;
        if (!job->cancelled) {
            kinds[i].take(job, message);
            tc_peer_want_write(job->client->peer);
        } else if (kinds[i].ends) {
            tc_job_end_cancelled(job);
        }
        break;
    }
    tc_jobs_feed(gateway);
}
