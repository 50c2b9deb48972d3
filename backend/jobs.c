// A job's way: upload, a place in the pool, its end. What the client is to be told is left in the job for outbox.c.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backend/gateway.h"

int64_t tc_now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static tc_json *new_message(const char *type, uint32_t job) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", type);
    tc_json_set_number(message, "job", job);
    return message;
}

static void set_text(char **text, const tc_json *message) {
    free(*text);
    *text = tc_json_print(message);
}

// ---- Lists and counts

static void link_job(tc_client *client, tc_job *job) {
    job->previous = client->last_job;
    *(client->last_job ? &client->last_job->next : &client->jobs) = job;
    client->last_job = job;
    client->job_count++;
}

static void unlink_job(tc_job *job) {
    tc_client *client = job->client;
    *(job->previous ? &job->previous->next : &client->jobs) = job->next;
    *(job->next ? &job->next->previous : &client->last_job) = job->previous;
    job->previous = job->next = NULL;
    client->job_count--;
}

static void count_state(const tc_job *job, int by) {
    tc_gateway *gateway = job->gateway;
    if (job->state != TC_JOB_OVER) gateway->active += by;
    if (job->state == TC_JOB_RUNNING) gateway->running_count += by;
    if (job->state == TC_JOB_WAITING) {
        gateway->waiting += by;
        if (job->client) job->client->waiting += by;
    }
    bool at_pool = job->state == TC_JOB_WAITING || job->state == TC_JOB_RUNNING;
    if (at_pool && job->attempts >= TC_MAX_ATTEMPTS - 1) gateway->suspects += by;
}

static void set_state(tc_job *job, tc_job_state state) {
    tc_job **link = &job->gateway->running;
    if (job->state == TC_JOB_RUNNING) {
        while (*link != job) link = &(*link)->running_next;
        *link = job->running_next;
    }
    count_state(job, -1);
    job->state = state;
    count_state(job, 1);
    if (state == TC_JOB_RUNNING) {
        job->running_next = job->gateway->running;
        job->gateway->running = job;
    }
    tc_gateway_announce(job->gateway, false);
}

static void want_write(tc_job *job) {
    if (job->client) tc_peer_want_write(job->client->peer);
}

// ---- Files

static void job_path(const tc_job *job, const char *kind, char path[TC_SPOOL_PATH]) {
    bool upload = strcmp(kind, "upload") == 0; // the same for all tries
    tc_spool_path(&job->gateway->spool, job->number, kind, upload ? 0 : job->tries, path);
}

static void remove_file(const tc_job *job, const char *kind) {
    char path[TC_SPOOL_PATH];
    job_path(job, kind, path);
    unlink(path);
}

static bool take_spool(tc_job *job, uint64_t bytes) {
    if (!tc_spool_take(&job->gateway->spool, bytes)) return false;
    job->spooled += bytes;
    return true;
}

// What one try has left behind.
static void drop_results(tc_job *job) {
    if (job->tries == 0) return;
    tc_reel_clear(&job->tiles);
    tc_reel_clear(&job->file);
    remove_file(job, "tiles");
    remove_file(job, "out");
    uint64_t results = job->spooled - job->request.size;
    tc_spool_give(&job->gateway->spool, results);
    job->spooled -= results;
}

static void close_upload(tc_job *job) {
    if (job->upload >= 0) close(job->upload);
    job->upload = -1;
}

// ---- End

void tc_job_destroy(tc_job *job) {
    if (job->state != TC_JOB_OVER) set_state(job, TC_JOB_OVER);
    drop_results(job);
    close_upload(job);
    remove_file(job, "upload");
    tc_spool_give(&job->gateway->spool, job->spooled);
    if (job->client) {
        for (int i = job->codes_sent; i < job->code_count; i++) job->client->out.code_bytes -= strlen(job->codes[i]);
        unlink_job(job);
    }
    for (int i = job->codes_sent; i < job->code_count; i++) free(job->codes[i]);
    free(job->codes);
    free(job->seen_codes);
    free(job->picture);
    free(job->progress);
    free(job->end);
    free(job);
}

// The job is over with `message` for its client. Without `deliver`, what has not been sent is left out.
static void end_job(tc_job *job, const tc_json *message, bool deliver) {
    if (!job->client) {
        tc_job_destroy(job);
        return;
    }
    if (job->state != TC_JOB_OVER) set_state(job, TC_JOB_OVER);
    close_upload(job);
    remove_file(job, "upload");
    set_text(&job->end, message);
    if (!deliver) {
        drop_results(job);
        free(job->progress);
        job->progress = NULL;
    }
    want_write(job);
}

void tc_job_fail(tc_job *job, const tc_error *error) {
    tc_json *message = new_message("failed", job->request.job);
    tc_json_set_string(message, "status", tc_status_name(error->status));
    tc_json_set_string(message, "error", error->text);
    job->gateway->failed++;
    end_job(job, message, false);
    tc_json_destroy(message);
}

static void end_cancelled(tc_job *job) {
    tc_json *message = new_message("cancelled", job->request.job);
    end_job(job, message, false);
    tc_json_destroy(message);
}

static void tell_pool_cancel(const tc_job *job) {
    tc_json *message = new_message("cancel", job->number);
    tc_pool_send(job->gateway->pool, message);
    tc_json_destroy(message);
}

void tc_job_cancel(tc_job *job) {
    if (job->cancelled) return;
    job->cancelled = true;
    if (job->state == TC_JOB_RUNNING)
        tell_pool_cancel(job); // which answers
    else
        end_cancelled(job);
}

void tc_job_abandon(tc_job *job) {
    if (job->state != TC_JOB_RUNNING) {
        tc_job_destroy(job);
        return;
    }
    unlink_job(job);
    job->client = NULL;
    if (!job->cancelled) tell_pool_cancel(job);
    job->cancelled = true;
}

// ---- Begin

static tc_job *new_job(tc_client *client, uint32_t number) {
    tc_job *job = calloc(1, sizeof *job);
    if (!job) return NULL;
    job->gateway = client->gateway;
    job->client = client;
    job->request.job = number;
    job->upload = job->tiles.fd = job->file.fd = -1;
    job->state = TC_JOB_OVER;
    link_job(client, job);
    return job;
}

void tc_job_refuse(tc_client *client, uint32_t number, const tc_error *error) {
    // A job that ends as it begins: its `failed` takes its turn among the messages of the others.
    tc_job *job = client->job_count < 2 * client->gateway->options.max_jobs ? new_job(client, number) : NULL;
    if (job)
        tc_job_fail(job, error);
    else
        tc_client_break(client, 1008, "too many jobs without reading what became of them");
}

static tc_status check_limits(const tc_client *client, const tc_request *request, tc_error *error) {
    const tc_gateway *gateway = client->gateway;
    const tc_options *options = &gateway->options;
    if (request->size == 0) return tc_fail(error, TC_ERR_FORMAT, "the file is empty; a picture is expected");
    if (request->size > options->max_bytes)
        return tc_fail(error, TC_ERR_LIMIT, "the file has %llu bytes; this server takes at most %llu (%.0f MiB)",
                       (unsigned long long)request->size, (unsigned long long)options->max_bytes,
                       (double)options->max_bytes / (1 << 20));
    if (client->job_count >= options->max_jobs)
        return tc_fail(error, TC_ERR_LIMIT,
                       "%d jobs are under way on this connection; no more are taken until one ends", client->job_count);
    if (gateway->active >= TC_MAX_JOBS)
        return tc_fail(error, TC_ERR_LIMIT, "%d jobs are under way on this server; try again later", gateway->active);
    if (gateway->spool.used + request->size > gateway->spool.max)
        return tc_fail(error, TC_ERR_LIMIT, "the server's store for pictures under way is full; try again later");
    return TC_OK;
}

static tc_status open_upload(tc_job *job, tc_error *error) {
    char path[TC_SPOOL_PATH];
    job_path(job, "upload", path);
    job->upload = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (job->upload >= 0) return TC_OK;
    return tc_fail(error, TC_ERR_IO, "the server cannot store the picture: %s", strerror(errno));
}

void tc_job_submit(tc_client *client, const tc_request *request) {
    tc_error error;
    if (check_limits(client, request, &error)) {
        tc_job_refuse(client, request->job, &error);
        return;
    }
    tc_job *job = new_job(client, request->job);
    if (!job) {
        tc_client_break(client, 1008, "the server is out of memory");
        return;
    }
    job->request = *request;
    job->number = ++client->gateway->next_number;
    take_spool(job, request->size);
    set_state(job, TC_JOB_UPLOADING);
    if (open_upload(job, &error)) {
        tc_job_fail(job, &error);
        return;
    }
    job->credit = request->size < TC_WINDOW ? request->size : TC_WINDOW;
    job->tell_accepted = job->tell_credit = true;
    want_write(job);
}

void tc_job_upload(tc_job *job, const uint8_t *bytes, size_t size) {
    while (size > 0) {
        ssize_t n = write(job->upload, bytes, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            tc_error error;
            tc_fail(&error, TC_ERR_IO, "the server cannot store the picture: %s", strerror(errno));
            tc_job_fail(job, &error);
            return;
        }
        bytes += n, size -= (size_t)n;
        job->received += (uint64_t)n;
    }
    if (job->received == job->request.size) {
        close_upload(job);
        job->uploaded_us = tc_now_us();
        set_state(job, TC_JOB_WAITING);
        tc_jobs_feed(job->gateway);
    } else if (job->credit < job->request.size && job->credit - job->received <= TC_WINDOW / 2) {
        uint64_t credit = job->received + TC_WINDOW;
        job->credit = credit < job->request.size ? credit : job->request.size;
        job->tell_credit = true;
        want_write(job);
    }
}

// ---- To the pool

static tc_status make_tile_file(tc_job *job, tc_error *error) {
    char path[TC_SPOOL_PATH];
    job_path(job, "tiles", path);
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
    tc_json *message = tc_control_submit(&job->request);
    tc_json_set_string(message, "type", "run");
    tc_json_set_number(message, "job", job->number);
    static const char *const kinds[] = {"upload", "tiles", "out"};
    for (int i = 0; i < 3; i++) {
        char path[TC_SPOOL_PATH];
        job_path(job, kinds[i], path);
        tc_json_set_string(message, kinds[i], path);
    }
    set_state(job, TC_JOB_RUNNING);
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
    drop_results(job);
    if (job->cancelled) {
        end_cancelled(job);
        return;
    }
    set_state(job, TC_JOB_WAITING);
    count_state(job, -1);
    job->attempts += blamed;
    count_state(job, 1);
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

static void fail_internal(tc_job *job, const char *sentence) {
    tc_error error;
    tc_fail(&error, TC_ERR_INTERNAL, "%s", sentence);
    if (job->state == TC_JOB_RUNNING) tell_pool_cancel(job);
    tc_job_fail(job, &error);
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
    set_text(&job->picture, copy);
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
    set_text(&job->progress, copy);
    tc_json_destroy(copy);
}

static uint64_t hash_text(const char *text) { // FNV-1a
    uint64_t hash = 14695981039346656037u;
    for (; *text; text++) hash = (hash ^ (uint8_t)*text) * 1099511628211u;
    return hash;
}

// False when the same code has been passed on, by an earlier try, or when there are too many.
static bool is_new_code(tc_job *job, const char *text) {
    uint64_t hash = hash_text(text);
    for (int i = 0; i < job->seen_code_count; i++)
        if (job->seen_codes[i] == hash) return false;
    if (job->seen_code_count == TC_MAX_JOB_CODES) return false;
    uint64_t *grown = realloc(job->seen_codes, (size_t)(job->seen_code_count + 1) * sizeof *grown);
    if (!grown) return false;
    job->seen_codes = grown;
    grown[job->seen_code_count++] = hash;
    return true;
}

static void on_code(tc_job *job, const tc_json *message) {
    tc_json *copy = copy_message(job, message);
    char *text = tc_json_print(copy);
    tc_json_destroy(copy);
    char **grown = NULL;
    if (text && is_new_code(job, text)) grown = realloc(job->codes, (size_t)(job->code_count + 1) * sizeof *grown);
    if (!grown) {
        free(text);
        return;
    }
    job->codes = grown;
    grown[job->code_count++] = text;
    job->client->out.code_bytes += strlen(text);
    if (job->client->out.code_bytes > TC_MAX_CODE_BACKLOG)
        tc_client_break(job->client, 1008, "the client does not read what it asked for");
}

static void on_tile(tc_job *job, const tc_json *message) {
    double offset = tc_json_number(message, "offset", -1), length = tc_json_number(message, "length", -1);
    if (offset != (double)job->tiles.end || !(length >= TC_WIRE_HEADER && length < 1e12)) {
        fail_internal(job, "the pool has given tiles in a wrong order");
    } else if (!take_spool(job, (uint64_t)length)) {
        fail_internal(job, "the server's store for pictures under way is full; try again later");
    } else {
        job->tiles.end += (uint64_t)length;
    }
}

static void on_done(tc_job *job, const tc_json *message) {
    tc_json *copy = copy_message(job, message);
    tc_json_set_number(copy, "ms", (double)((tc_now_us() - job->uploaded_us) / 1000));
    tc_json_set_number(copy, "bytes", 0);
    if (job->request.want_file) {
        char path[TC_SPOOL_PATH];
        struct stat info;
        job_path(job, "out", path);
        job->file = (tc_reel){.fd = open(path, O_RDONLY | O_CLOEXEC)};
        if (job->file.fd < 0 || fstat(job->file.fd, &info) != 0) {
            tc_json_destroy(copy);
            fail_internal(job, "the pool's result cannot be read");
            return;
        }
        job->file.end = (uint64_t)info.st_size;
        job->spooled += job->file.end; // it is there already; the bound holds for what comes next
        job->gateway->spool.used += job->file.end;
        tc_json_set_number(copy, "bytes", (double)job->file.end);
    }
    remove_file(job, "tiles");
    remove_file(job, "out");
    job->gateway->done++;
    end_job(job, copy, true);
    tc_json_destroy(copy);
}

static void on_failed(tc_job *job, const tc_json *message) {
    tc_error error;
    tc_fail(&error, tc_status_find(tc_json_string(message, "status", "")), "%s",
            tc_json_string(message, "error", "the pool has given the picture up"));
    tc_job_fail(job, &error);
}

static void on_cancelled(tc_job *job, const tc_json *message) {
    (void)message;
    end_cancelled(job);
}

void tc_jobs_message(tc_gateway *gateway, const char *type, const tc_json *message) {
    static const struct {
        const char *type;
        void (*take)(tc_job *job, const tc_json *message);
        bool ends;
    } kinds[] = {
        {"picture", on_picture, false},    {"progress", on_progress, false}, {"code", on_code, false},
        {"tile", on_tile, false},          {"done", on_done, true},          {"failed", on_failed, true},
        {"cancelled", on_cancelled, true},
    };
    double number = tc_json_number(message, "job", 0);
    tc_job *job = gateway->running;
    while (job && job->number != number) job = job->running_next;
    if (!job) return;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].type, type) != 0) continue;
        if (!job->cancelled) {
            kinds[i].take(job, message);
            want_write(job);
        } else if (kinds[i].ends) {
            end_cancelled(job);
        }
        break;
    }
    tc_jobs_feed(gateway);
}
