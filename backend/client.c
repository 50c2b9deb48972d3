// Messages from clients.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/gateway.h"

enum { CLOSE_POLICY = 1008, CLOSE_TOO_BIG = 1009, IDLE_CHECK_MS = 500 };

void *tc_client_open(void *user, tc_peer *peer) {
    tc_gateway *gateway = user;
    tc_client *client = calloc(1, sizeof *client);
    if (!client) return NULL;
    client->gateway = gateway;
    client->peer = peer;
    client->out.piece.fd = -1;
    client->out.tell_welcome = true;
    client->previous = gateway->last_client;
    *(gateway->last_client ? &gateway->last_client->next : &gateway->clients) = client;
    gateway->last_client = client;
    gateway->client_count++;
    tc_peer_want_write(peer);
    return client;
}

void tc_client_close(void *user) {
    tc_client *client = user;
    tc_gateway *gateway = client->gateway;
    while (client->jobs) tc_job_abandon(client->jobs);
    tc_outbox_clear(client);
    free(client->in.text);
    free(client->spans);
    *(client->previous ? &client->previous->next : &gateway->clients) = client->next;
    *(client->next ? &client->next->previous : &gateway->last_client) = client->previous;
    gateway->client_count--;
    free(client);
    tc_jobs_feed(gateway);
}

void tc_client_break(tc_client *client, int code, const char *sentence) {
    if (client->broken) return;
    client->broken = true;
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "error");
    tc_json_set_string(message, "error", sentence);
    client->out.error = tc_json_print(message);
    client->out.error_code = code;
    tc_json_destroy(message);
    tc_peer_want_write(client->peer);
}

// ---- Job numbers

tc_job *tc_client_find(const tc_client *client, uint32_t number) {
    for (tc_job *job = client->jobs; job; job = job->next)
        if (job->request.job == number) return job;
    return NULL;
}

// Index of the first span that does not end before `number`.
static int find_span(const tc_client *client, uint32_t number) {
    int low = 0, high = client->span_count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (client->spans[middle].last < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool tc_client_knows(const tc_client *client, uint32_t number) {
    int i = find_span(client, number);
    return i < client->span_count && client->spans[i].first <= number;
}

tc_status tc_client_take_number(tc_client *client, uint32_t number, bool *used) {
    *used = tc_client_knows(client, number);
    if (*used) return TC_OK;
    int i = find_span(client, number);
    tc_span *spans = client->spans;
    bool after = i > 0 && spans[i - 1].last == number - 1;
    bool before = i < client->span_count && spans[i].first == number + 1;
    if (after && before) {
        spans[i - 1].last = spans[i].last;
        client->span_count--;
        memmove(spans + i, spans + i + 1, (size_t)(client->span_count - i) * sizeof *spans);
    } else if (after) {
        spans[i - 1].last = number;
    } else if (before) {
        spans[i].first = number;
    } else {
        if (client->span_count == TC_MAX_SPANS) return TC_ERR_LIMIT;
        spans = realloc(spans, (size_t)(client->span_count + 1) * sizeof *spans);
        if (!spans) return TC_ERR_MEMORY;
        client->spans = spans;
        memmove(spans + i + 1, spans + i, (size_t)(client->span_count - i) * sizeof *spans);
        spans[i] = (tc_span){number, number};
        client->span_count++;
    }
    return TC_OK;
}

// ---- Text messages

static void check_idle_later(tc_gateway *gateway) {
    if (!gateway->idle_set) tc_timer_set(gateway->idle, IDLE_CHECK_MS);
    gateway->idle_set = true;
}

static void on_submit(tc_client *client, const tc_json *message) {
    tc_error error;
    tc_request request;
    tc_status status = tc_request_from_json(message, &request, &error);
    if (status == TC_ERR_PROTOCOL) {
        tc_client_break(client, CLOSE_POLICY, error.text);
        return;
    }
    bool used;
    char sentence[160];
    if (tc_client_take_number(client, request.job, &used)) {
        snprintf(sentence, sizeof sentence, "the job numbers are too scattered; count them upwards");
        tc_client_break(client, CLOSE_POLICY, sentence);
    } else if (used) {
        snprintf(sentence, sizeof sentence, "job %u has been used before; each number may be used once", request.job);
        tc_client_break(client, CLOSE_POLICY, sentence);
    } else if (status) {
        tc_job_refuse(client, request.job, &error);
    } else {
        client->heard_us = tc_now_us();
        check_idle_later(client->gateway);
        tc_job_submit(client, &request);
    }
}

static void on_cancel(tc_client *client, const tc_json *message) {
    double number = tc_json_number(message, "job", 0);
    bool valid = number >= 1 && number <= UINT32_MAX;
    if (!valid || !tc_client_knows(client, (uint32_t)number)) {
        tc_client_break(client, CLOSE_POLICY, "cancel names a job that was never submitted");
        return;
    }
    tc_job *job = tc_client_find(client, (uint32_t)number);
    if (job) tc_job_cancel(job); // else it was faster
}

static void on_text(tc_client *client, const char *text, size_t size) {
    tc_error error;
    tc_json *message = tc_json_parse(text, size, &error);
    if (!message) {
        tc_client_break(client, CLOSE_POLICY, error.text);
        return;
    }
    const char *type = tc_json_string(message, "type", "");
    if (strcmp(type, "submit") == 0) {
        on_submit(client, message);
    } else if (strcmp(type, "cancel") == 0) {
        on_cancel(client, message);
    } else {
        char sentence[160];
        snprintf(sentence, sizeof sentence,
                 "a message has the type \"%.40s\"; a client may send \"submit\" and \"cancel\"", type);
        tc_client_break(client, CLOSE_POLICY, sentence);
    }
    tc_json_destroy(message);
}

static void receive_text(tc_client *client, const uint8_t *bytes, size_t size, bool last) {
    if (size > TC_MAX_CONTROL_BYTES - client->in.text_size) {
        char sentence[120];
        snprintf(sentence, sizeof sentence, "a text message is larger than the limit of %d bytes",
                 TC_MAX_CONTROL_BYTES);
        tc_client_break(client, CLOSE_TOO_BIG, sentence);
        return;
    }
    if (!client->in.text) client->in.text = malloc(TC_MAX_CONTROL_BYTES);
    if (!client->in.text) {
        tc_client_break(client, CLOSE_POLICY, "the server is out of memory");
        return;
    }
    if (size > 0) memcpy(client->in.text + client->in.text_size, bytes, size);
    client->in.text_size += size;
    if (!last) return;
    on_text(client, client->in.text, client->in.text_size);
    free(client->in.text);
    client->in.text = NULL;
    client->in.text_size = 0;
}

// ---- Uploads

static void check_upload(tc_client *client) {
    const tc_frame *frame = &client->in.frame;
    const tc_job *job = tc_client_find(client, frame->job);
    char sentence[200];
    int code = CLOSE_POLICY;
    if (frame->type != TC_FRAME_UPLOAD) {
        snprintf(sentence, sizeof sentence, "a binary message of type %d; a client may send UPLOAD (1)", frame->type);
    } else if (!tc_client_knows(client, frame->job)) {
        snprintf(sentence, sizeof sentence, "an upload for job %u, which was never submitted", frame->job);
    } else if (frame->length > TC_CHUNK) {
        code = CLOSE_TOO_BIG;
        snprintf(sentence, sizeof sentence, "an upload of %u bytes; at most %d are allowed in one message",
                 frame->length, TC_CHUNK);
    } else if (!job || job->state == TC_JOB_OVER) {
        return; // was under way when the job ended
    } else if (frame->offset != job->received) {
        snprintf(sentence, sizeof sentence, "an upload for job %u at offset %llu; %llu comes next", frame->job,
                 (unsigned long long)frame->offset, (unsigned long long)job->received);
    } else if (frame->length > job->credit - job->received) {
        snprintf(sentence, sizeof sentence, "an upload for job %u beyond offset %llu, up to which there is credit",
                 frame->job, (unsigned long long)job->credit);
    } else {
        return;
    }
    tc_client_break(client, code, sentence);
}

static void receive_binary(tc_client *client, const uint8_t *bytes, size_t size, bool last) {
    size_t missing = TC_WIRE_HEADER - client->in.header_size;
    size_t n = size < missing ? size : missing;
    if (n > 0) {
        memcpy(client->in.header + client->in.header_size, bytes, n);
        client->in.header_size += n;
        bytes += n, size -= n;
        tc_error error;
        if (n == missing || last) {
            if (tc_frame_read(&client->in.frame, client->in.header, client->in.header_size, &error)) {
                tc_client_break(client, CLOSE_POLICY, error.text);
                return;
            }
            check_upload(client);
        }
    }
    if (client->broken) return;
    if (size > client->in.frame.length - client->in.done ||
        (last && size != client->in.frame.length - client->in.done)) {
        tc_client_break(client, CLOSE_POLICY, "a binary message whose size is not what its header says");
        return;
    }
    client->in.done += size;
    tc_job *job = size > 0 ? tc_client_find(client, client->in.frame.job) : NULL;
    if (!job || job->state != TC_JOB_UPLOADING) return;
    client->heard_us = tc_now_us();
    tc_job_upload(job, bytes, size);
}

void tc_client_receive(void *user, const uint8_t *bytes, size_t size, bool binary, bool first, bool last) {
    tc_client *client = user;
    if (client->broken) return;
    if (first) client->in.header_size = 0, client->in.done = 0;
    if (binary)
        receive_binary(client, bytes, size, last);
    else
        receive_text(client, bytes, size, last);
}

// ---- Clients that stall

static bool is_uploading(const tc_client *client) {
    for (const tc_job *job = client->jobs; job; job = job->next)
        if (job->state == TC_JOB_UPLOADING) return true;
    return false;
}

// Whether the client may still be waiting for credit that it has not been sent. Long messages hold it up.
static bool waits_for_credit(const tc_client *client) {
    for (const tc_job *job = client->jobs; job; job = job->next)
        if (job->state == TC_JOB_UPLOADING && job->tell_credit) return true;
    return client->out.piece.fd >= 0;
}

// One silence counts for all uploads of a client: it may send them one after the other.
static void end_uploads(tc_client *client) {
    tc_error error;
    tc_fail(&error, TC_ERR_IO, "nothing more of the picture came for %d s, so its upload was given up",
            client->gateway->options.max_idle);
    for (tc_job *job = client->jobs; job; job = job->next)
        if (job->state == TC_JOB_UPLOADING) tc_job_fail(job, &error);
}

void tc_client_check_idle(void *user) {
    tc_gateway *gateway = user;
    int64_t now = tc_now_us();
    bool more = false;
    for (tc_client *client = gateway->clients; client; client = client->next) {
        if (!is_uploading(client)) continue;
        if (waits_for_credit(client)) client->heard_us = now;
        if (now - client->heard_us >= (int64_t)gateway->options.max_idle * 1000000)
            end_uploads(client);
        else
            more = true;
    }
    gateway->idle_set = false;
    if (more) check_idle_later(gateway);
}
