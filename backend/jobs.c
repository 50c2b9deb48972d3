// A job's way: upload, a place in the pool, its end. What the client is to be told is left in the job for outbox.c.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend/gateway.h"

int64_t tc_now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

tc_json *tc_job_message(const char *type, uint32_t job) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", type);
    tc_json_set_number(message, "job", job);
    return message;
}

void tc_job_set_text(char **text, const tc_json *message) {
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

void tc_job_count(const tc_job *job, int by) {
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

void tc_job_set_state(tc_job *job, tc_job_state state) {
    tc_job **link = &job->gateway->running;
    if (job->state == TC_JOB_RUNNING) {
        while (*link != job) link = &(*link)->running_next;
        *link = job->running_next;
    }
    tc_job_count(job, -1);
    job->state = state;
    tc_job_count(job, 1);
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

void tc_job_path(const tc_job *job, const char *kind, char path[TC_SPOOL_PATH]) {
    bool upload = strcmp(kind, "upload") == 0; // the same for all tries
    tc_spool_path(&job->gateway->spool, job->number, kind, upload ? 0 : job->tries, path);
}

void tc_job_remove_file(const tc_job *job, const char *kind) {
    char path[TC_SPOOL_PATH];
    tc_job_path(job, kind, path);
    unlink(path);
}

bool tc_job_take_spool(tc_job *job, uint64_t bytes) {
    if (!tc_spool_take(&job->gateway->spool, bytes)) return false;
    job->spooled += bytes;
    return true;
}

// What one try has left behind.
void tc_job_drop_results(tc_job *job) {
    if (job->tries == 0) return;
    tc_reel_clear(&job->tiles);
    tc_reel_clear(&job->file);
    tc_job_remove_file(job, "tiles");
    tc_job_remove_file(job, "out");
    uint64_t results = job->spooled - job->received; // all but the upload
    tc_spool_give(&job->gateway->spool, results);
    job->spooled -= results;
}

static void close_upload(tc_job *job) {
    if (job->upload >= 0) close(job->upload);
    job->upload = -1;
}

// ---- End

void tc_job_destroy(tc_job *job) {
    if (job->state != TC_JOB_OVER) tc_job_set_state(job, TC_JOB_OVER);
    tc_job_drop_results(job);
    close_upload(job);
    tc_job_remove_file(job, "upload");
    tc_spool_give(&job->gateway->spool, job->spooled);
    if (job->client) {
        for (int i = job->found_sent; i < job->found_count; i++) job->client->out.found_bytes -= strlen(job->found[i]);
        unlink_job(job);
    }
    for (int i = job->found_sent; i < job->found_count; i++) free(job->found[i]);
    free(job->found);
    free(job->seen_parts);
    tc_blob_clear(&job->seen_codes);
    free(job->picture);
    free(job->progress);
    free(job->end);
    free(job);
}

// The job is over with `message` for its client. Without `deliver`, what has not been sent is left out.
void tc_job_end(tc_job *job, const tc_json *message, bool deliver) {
    if (!job->client) {
        tc_job_destroy(job);
        return;
    }
    if (job->state != TC_JOB_OVER) tc_job_set_state(job, TC_JOB_OVER);
    close_upload(job);
    tc_job_remove_file(job, "upload");
    tc_job_set_text(&job->end, message);
    if (!deliver) {
        tc_job_drop_results(job);
        free(job->progress);
        job->progress = NULL;
    }
    want_write(job);
}

void tc_job_fail(tc_job *job, const tc_error *error) {
    tc_json *message = tc_job_message("failed", job->request.job);
    tc_json_set_string(message, "status", tc_status_name(error->status));
    tc_json_set_string(message, "error", error->text);
    job->gateway->failed++;
    tc_job_end(job, message, false);
    tc_json_destroy(message);
}

void tc_job_end_cancelled(tc_job *job) {
    tc_json *message = tc_job_message("cancelled", job->request.job);
    tc_job_end(job, message, false);
    tc_json_destroy(message);
}

void tc_job_tell_pool_cancel(const tc_job *job) {
    tc_json *message = tc_job_message("cancel", job->number);
    tc_pool_send(job->gateway->pool, message);
    tc_json_destroy(message);
}

void tc_job_cancel(tc_job *job) {
    if (job->cancelled) return;
    job->cancelled = true;
    if (job->state == TC_JOB_RUNNING)
        tc_job_tell_pool_cancel(job); // which answers
    else
        tc_job_end_cancelled(job);
}

void tc_job_abandon(tc_job *job) {
    if (job->state != TC_JOB_RUNNING) {
        tc_job_destroy(job);
        return;
    }
    unlink_job(job);
    job->client = NULL;
    if (!job->cancelled) tc_job_tell_pool_cancel(job);
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

tc_status tc_job_fail_full(tc_error *error) {
    return tc_fail(error, TC_ERR_LIMIT, "the server's store for pictures under way is full; try again later");
}

static tc_status check_limits(const tc_client *client, const tc_request *request, tc_error *error) {
    const tc_gateway *gateway = client->gateway;
    const tc_options *options = &gateway->options;
    if (request->size == 0) return tc_fail(error, TC_ERR_FORMAT, "the file is empty");
    if (request->size > options->max_bytes)
        return tc_fail(error, TC_ERR_LIMIT, "the file has %llu bytes; this server takes at most %llu (%.4g MiB)",
                       (unsigned long long)request->size, (unsigned long long)options->max_bytes,
                       (double)options->max_bytes / (1 << 20));
    if (client->job_count >= options->max_jobs)
        return tc_fail(error, TC_ERR_LIMIT,
                       "%d jobs are under way on this connection; no more are taken until one ends", client->job_count);
    if (gateway->active >= TC_MAX_JOBS)
        return tc_fail(error, TC_ERR_LIMIT, "%d jobs are under way on this server; try again later", gateway->active);
    if (gateway->spool.used + request->size > gateway->spool.max) return tc_job_fail_full(error);
    return TC_OK;
}

static tc_status open_upload(tc_job *job, tc_error *error) {
    char path[TC_SPOOL_PATH];
    tc_job_path(job, "upload", path);
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
    tc_job_set_state(job, TC_JOB_UPLOADING);
    if (open_upload(job, &error)) {
        tc_job_fail(job, &error);
        return;
    }
    job->credit = request->size < TC_WINDOW ? request->size : TC_WINDOW;
    job->tell_accepted = job->tell_credit = true;
    want_write(job);
}

static tc_status store(tc_job *job, const uint8_t *bytes, size_t size, tc_error *error) {
    if (!tc_job_take_spool(job, size)) return tc_job_fail_full(error);
    job->received += size;
    while (size > 0) {
        ssize_t n = write(job->upload, bytes, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return tc_fail(error, TC_ERR_IO, "the server cannot store the picture: %s", strerror(errno));
        bytes += n, size -= (size_t)n;
    }
    return TC_OK;
}

void tc_job_upload(tc_job *job, const uint8_t *bytes, size_t size) {
    tc_error error;
    if (store(job, bytes, size, &error)) {
        tc_job_fail(job, &error);
        return;
    }
    if (job->received == job->request.size) {
        close_upload(job);
        job->uploaded_us = tc_now_us();
        tc_job_set_state(job, TC_JOB_WAITING);
        tc_jobs_feed(job->gateway);
    } else if (job->credit < job->request.size && job->credit - job->received <= TC_WINDOW / 2) {
        uint64_t credit = job->received + TC_WINDOW;
        job->credit = credit < job->request.size ? credit : job->request.size;
        job->tell_credit = true;
        want_write(job);
    }
}
