// Acts on the messages of clients, and ends uploads that stall.
#include "backend/clients.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "system/clock.h"

enum { IDLE_CHECK_MS = 500, EXPIRY_CHECK_MS = 1000 };
static const int64_t MAX_EXACT = (int64_t)1 << 53; // the largest integer that JSON numbers hold exactly

struct tc_gateway_client {
    tc_gateway_clients *clients;
    tc_gateway_client *previous, *next;
    tc_session session;
    tc_queue_owner owner;  // of its jobs in the queue
    tc_number_set numbers; // that it has given to jobs
    int64_t active_us;     // when it last sent bytes of a picture, or waited for credit
};

static tc_gateway_job *find_job(const tc_gateway_client *client, uint32_t number) {
    const tc_job_outbox *outbox = tc_session_find(&client->session, number);
    return outbox ? outbox->job : NULL;
}

// ---- Text messages

static void check_idle_later(tc_gateway_clients *clients) {
    if (!clients->idle_set) tc_timer_set(clients->idle, IDLE_CHECK_MS);
    clients->idle_set = true;
}

// Records that the client has used the number. False when the connection fails for it.
static bool use_number(tc_gateway_client *client, uint32_t number) {
    if (tc_number_set_contains(&client->numbers, number)) {
        char sentence[160];
        snprintf(sentence, sizeof sentence, "job %u has been used before; each number may be used once", number);
        tc_session_fail(&client->session, TC_CLOSE_POLICY, sentence);
        return false;
    }
    tc_status status = tc_number_set_add(&client->numbers, number);
    if (status == TC_ERR_MEMORY)
        tc_session_fail(&client->session, TC_CLOSE_SERVER_FAULT, "the server is out of memory; try again later");
    else if (status)
        tc_session_fail(&client->session, TC_CLOSE_POLICY, "the job numbers are too scattered; count them upwards");
    return status == TC_OK;
}

static void on_submit(tc_gateway_client *client, const tc_json *message) {
    tc_error error;
    tc_request request;
    tc_status status = tc_request_from_json(message, &request, &error);
    if (status == TC_ERR_PROTOCOL) {
        tc_session_fail(&client->session, TC_CLOSE_POLICY, error.text);
        return;
    }
    if (!use_number(client, request.job)) return;
    if (status) {
        tc_gateway_jobs_refuse(client->clients->jobs, &client->session, request.job, &error);
        return;
    }
    client->active_us = tc_clock_us();
    check_idle_later(client->clients);
    tc_gateway_jobs_submit(client->clients->jobs, &client->session, &client->owner, &request);
}

static void on_cancel(tc_gateway_client *client, const tc_json *message) {
    double number = tc_json_number(message, "job", 0);
    bool valid = number >= 1 && number <= UINT32_MAX;
    if (!valid || !tc_number_set_contains(&client->numbers, (uint32_t)number)) {
        tc_session_fail(&client->session, TC_CLOSE_POLICY, "cancel names a job that was never submitted");
        return;
    }
    tc_gateway_job *job = find_job(client, (uint32_t)number);
    if (job) tc_gateway_job_cancel(job); // else it has ended already
}

// A job that was not submitted on this connection.
static void on_attach(tc_gateway_client *client, const tc_json *message) {
    double number = tc_json_number(message, "job", 0);
    const tc_json *tile = tc_json_member(message, "tile");
    if (!(number >= 1 && number <= UINT32_MAX) || number != (uint32_t)number) {
        tc_session_fail(&client->session, TC_CLOSE_POLICY, "job must be a whole number from 1 to 4294967295");
        return;
    }
    tc_job_resume resume = {.id = tc_json_string(message, "id", ""),
                            .secret = tc_json_string(message, "secret", ""),
                            .number = (uint32_t)number,
                            .upload = tc_json_bool(message, "upload", false),
                            .found = tc_json_integer(message, "found", 0, MAX_EXACT, 0),
                            .file_offset = (uint64_t)tc_json_integer(message, "offset", 0, MAX_EXACT, 0),
                            .attempt = (int)tc_json_integer(tile, "attempt", 0, INT32_MAX, 0),
                            .stage = (int)tc_json_integer(tile, "stage", 0, INT32_MAX, 0),
                            .x = (int)tc_json_integer(tile, "x", 0, INT32_MAX, 0),
                            .y = (int)tc_json_integer(tile, "y", 0, INT32_MAX, 0)};
    if (!use_number(client, resume.number)) return;
    client->active_us = tc_clock_us();
    check_idle_later(client->clients);
    tc_gateway_jobs_attach(client->clients->jobs, &client->session, &client->owner, &resume);
}

static void on_release(tc_gateway_client *client, const tc_json *message) {
    tc_gateway_jobs_release(client->clients->jobs, tc_json_string(message, "id", ""),
                            tc_json_string(message, "secret", ""));
}

// From a browser, whose WebSocket has no PING of its own.
static void on_ping(tc_gateway_client *client, const tc_json *message) {
    (void)message;
    tc_session_pong(&client->session);
}

static void on_message(void *user, const tc_json *message) {
    static const struct {
        const char *type;
        void (*handle)(tc_gateway_client *client, const tc_json *message);
    } messages[] = {{"submit", on_submit},
                    {"cancel", on_cancel},
                    {"attach", on_attach},
                    {"release", on_release},
                    {"ping", on_ping}};
    tc_gateway_client *client = user;
    const char *type = tc_json_string(message, "type", "");
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        if (strcmp(messages[i].type, type) != 0) continue;
        messages[i].handle(client, message);
        return;
    }
    char sentence[160];
    snprintf(sentence, sizeof sentence,
             "a message has the type \"%.40s\"; a client may send \"submit\", \"cancel\", \"attach\", \"release\" and "
             "\"ping\"",
             type);
    tc_session_fail(&client->session, TC_CLOSE_POLICY, sentence);
}

// ---- Uploads

static void on_frame(void *user, const tc_frame *frame) {
    tc_gateway_client *client = user;
    const tc_gateway_job *job = find_job(client, frame->job);
    // Not if the upload goes on from another connection.
    bool under_way = job && job->state != TC_GATEWAY_JOB_ENDED && job->uploader == &client->session;
    char sentence[200];
    int code = TC_CLOSE_POLICY;
    if (frame->type != TC_FRAME_UPLOAD) {
        snprintf(sentence, sizeof sentence, "a binary message has the type %d; a client may send UPLOAD (1)",
                 frame->type);
    } else if (!tc_number_set_contains(&client->numbers, frame->job)) {
        snprintf(sentence, sizeof sentence, "an upload is for job %u, which was never submitted", frame->job);
    } else if (frame->length > TC_MAX_UPLOAD_CHUNK) {
        code = TC_CLOSE_TOO_BIG;
        snprintf(sentence, sizeof sentence, "an upload has %u bytes; at most %d are allowed in one message",
                 frame->length, TC_MAX_UPLOAD_CHUNK);
    } else if (under_way && frame->offset != job->files.uploaded) {
        snprintf(sentence, sizeof sentence, "an upload for job %u is at offset %llu; %llu comes next", frame->job,
                 (unsigned long long)frame->offset, (unsigned long long)job->files.uploaded);
    } else if (under_way && frame->length > job->log.credit - job->files.uploaded) {
        snprintf(sentence, sizeof sentence, "an upload for job %u goes beyond offset %llu, where its credit ends",
                 frame->job, (unsigned long long)job->log.credit);
    } else {
        return; // also when the client could not know yet that the job has ended
    }
    tc_session_fail(&client->session, code, sentence);
}

static void on_payload(void *user, const tc_frame *frame, const uint8_t *bytes, size_t size) {
    tc_gateway_client *client = user;
    TC_ASSERT(frame->type == TC_FRAME_UPLOAD && size > 0 && size <= frame->length);
    tc_gateway_job *job = find_job(client, frame->job);
    if (!job || job->state != TC_GATEWAY_JOB_UPLOADING || job->uploader != &client->session) return;
    client->active_us = tc_clock_us();
    tc_gateway_job_upload(job, bytes, size);
}

// ---- Uploads that stall

// An upload that fails when its client is silent. A durable one waits for another connection.
static bool may_stall(const tc_gateway_job *job) {
    return job->state == TC_GATEWAY_JOB_UPLOADING && !job->log.durable;
}

static bool is_uploading(const tc_gateway_client *client) {
    for (const tc_job_outbox *outbox = client->session.first; outbox; outbox = outbox->next)
        if (may_stall(outbox->job)) return true;
    return false;
}

// Whether the client may be waiting for a credit message, which long frames can delay.
static bool waits_for_credit(const tc_gateway_client *client) {
    for (const tc_job_outbox *outbox = client->session.first; outbox; outbox = outbox->next)
        if (outbox->send_credit) return true;
    return client->session.remainder.fd >= 0;
}

// All uploads of a silent client fail: it may send them one after the other, so the time is not counted for each.
static void end_uploads(tc_gateway_client *client) {
    tc_error error;
    tc_fail(&error, TC_ERR_IO, "no more bytes of the picture came for %d s, so its upload was ended",
            client->clients->max_idle_s);
    for (tc_job_outbox *outbox = client->session.first; outbox; outbox = outbox->next) {
        tc_gateway_job *job = outbox->job;
        if (may_stall(job)) tc_gateway_job_fail(job, &error);
    }
}

static void check_idle(void *user) {
    tc_gateway_clients *clients = user;
    int64_t now = tc_clock_us();
    bool more = false;
    for (tc_gateway_client *client = clients->first; client; client = client->next) {
        if (!is_uploading(client)) continue;
        if (waits_for_credit(client)) client->active_us = now;
        if (now - client->active_us >= (int64_t)clients->max_idle_s * 1000000)
            end_uploads(client);
        else
            more = true;
    }
    clients->idle_set = false;
    if (more) check_idle_later(clients);
}

// ---- Sending

static tc_json *describe(void *user, bool welcome) {
    const tc_gateway_clients_hooks *hooks = &((tc_gateway_client *)user)->clients->hooks;
    return hooks->describe(hooks->user, welcome);
}

static void on_sent(void *user, tc_job_outbox *outbox) {
    (void)user;
    tc_gateway_job_delivered((tc_job_watcher *)outbox);
}

static void on_unreadable(void *user, tc_job_outbox *outbox) {
    (void)user;
    tc_error error;
    tc_fail(&error, TC_ERR_IO, "the server cannot read a result from its store");
    tc_gateway_job_fail(outbox->job, &error);
}

// ---- Durable jobs that expire

static void check_expiry_later(tc_gateway_clients *clients) {
    if (!clients->expiry_set && clients->expiry) tc_timer_set(clients->expiry, EXPIRY_CHECK_MS);
    clients->expiry_set = true;
}

static void check_expiry(void *user) {
    tc_gateway_clients *clients = user;
    clients->expiry_set = false;
    if (tc_gateway_jobs_expire(clients->jobs)) check_expiry_later(clients);
}

// ---- Connections

tc_status tc_gateway_clients_init(tc_gateway_clients *clients, tc_server *server, tc_gateway_jobs *jobs, int max_idle_s,
                                  const tc_gateway_clients_hooks *hooks, tc_error *error) {
    TC_ASSERT(max_idle_s > 0);
    *clients = (tc_gateway_clients){.hooks = *hooks, .jobs = jobs, .max_idle_s = max_idle_s};
    clients->idle = tc_timer_new(server, check_idle, clients);
    clients->expiry = tc_timer_new(server, check_expiry, clients);
    check_expiry_later(clients); // of jobs of an earlier process
    return clients->idle && clients->expiry ? TC_OK : tc_fail(error, TC_ERR_MEMORY, "out of memory while starting");
}

void tc_gateway_clients_clear(tc_gateway_clients *clients) {
    tc_timer_destroy(clients->idle);
    tc_timer_destroy(clients->expiry);
    clients->idle = clients->expiry = NULL;
}

tc_session *tc_gateway_clients_open(tc_gateway_clients *clients, tc_peer *peer) {
    static const tc_session_hooks hooks = {.describe = describe,
                                           .message = on_message,
                                           .frame = on_frame,
                                           .payload = on_payload,
                                           .sent = on_sent,
                                           .unreadable = on_unreadable};
    tc_gateway_client *client = calloc(1, sizeof *client);
    if (!client) return NULL;
    client->clients = clients;
    client->next = clients->first;
    if (client->next) client->next->previous = client;
    clients->first = client;
    clients->count++;
    tc_job_queue_add_owner(&clients->jobs->queue, &client->owner);
    tc_session_init(&client->session, peer, &hooks, client);
    return &client->session;
}

void tc_gateway_clients_close(void *user) {
    tc_session *session = user;
    tc_gateway_client *client = session->client;
    tc_gateway_clients *clients = client->clients;
    TC_ASSERT(clients->count > 0);
    while (session->first) tc_gateway_job_leave((tc_job_watcher *)session->first);
    tc_session_clear(session);
    tc_gateway_jobs_disown(clients->jobs, &client->owner);
    check_expiry_later(clients);
    tc_job_queue_remove_owner(&clients->jobs->queue, &client->owner);
    tc_number_set_clear(&client->numbers);
    *(client->previous ? &client->previous->next : &clients->first) = client->next;
    if (client->next) client->next->previous = client->previous;
    clients->count--;
    free(client);
}

void tc_gateway_clients_announce(tc_gateway_clients *clients) {
    for (tc_gateway_client *client = clients->first; client; client = client->next)
        tc_session_announce(&client->session);
}

void tc_gateway_clients_close_all(tc_gateway_clients *clients, int close_code, const char *reason) {
    for (tc_gateway_client *client = clients->first; client; client = client->next)
        tc_peer_close(client->session.peer, close_code, reason);
}
