// The client's side of docs/protocol.md over a socket.
#include "cli/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "cli/socket.h"
#include "core/assert.h"
#include "system/clock.h"

enum {
    WELCOME_MS = 10000,
    MAX_CHUNK = TC_SOCKET_MESSAGE - TC_WIRE_HEADER,
    FIRST_PAUSE_MS = 100, // before a lost connection is made again; doubles each time
    LONGEST_PAUSE_MS = 5000,
    FLUSH_MS = 2000, // for the last messages, before the connection is closed
    MAX_SENT = 64
};
static const int64_t MAX_NUMBER = (int64_t)1 << 53; // the largest integer that JSON numbers hold exactly

typedef struct job {
    struct job *next;
    uint32_t number;
    uint64_t size, sent, credit; // bytes of the file: in total, sent, allowed by the server
    tc_request request;
    char id[24], secret[40];   // of a durable job, once it was accepted
    int64_t found;             // codes and lines messages received
    uint64_t file_bytes;       // of the result, received
    int attempt, tile_attempt; // of the last `picture`, and of the last tile
    tc_frame tile;             // the last one that was received
    const tc_client_handler *handler;
    void *user;
} job;

// A text message in the send queue.
typedef struct outgoing {
    struct outgoing *next;
    size_t size;
    bool lasting; // it names a job by its secret, so that it may also be sent over a later connection
    char text[];
} outgoing;

struct tc_client {
    tc_url url;
    tc_socket *socket;
    int retry_ms;
    void (*notice)(void *user, const char *sentence);
    void *notice_user;
    tc_client_limits limits;
    bool welcome;
    tc_error fault; // the server's `error` message or a violation of the protocol
    uint32_t last_job;
    job *jobs; // that have not ended, in the order in which they may send
    outgoing *first, **last;
    outgoing *sent[MAX_SENT]; // the newest lasting messages, which may have been lost with the connection; a ring
    int sent_next;
    uint8_t header[TC_WIRE_HEADER]; // of the frame that is being received
    size_t header_size;
    bool ignoring; // the frame's remaining bytes
    tc_frame frame;
    uint64_t received; // bytes of its payload
};

static job **find_job(tc_client *client, uint32_t number) {
    job **at = &client->jobs;
    while (*at && (*at)->number != number) at = &(*at)->next;
    return at;
}

// Removes a job from the list, calls its `end` and frees it.
static void end_job(job **at, const tc_json *done, const char *error) {
    job *j = *at;
    TC_ASSERT(j);
    *at = j->next;
    j->handler->end(j->user, done, error);
    free(j);
}

// ---- Messages to the server

static void push(tc_client *client, outgoing *out) {
    out->next = NULL;
    *client->last = out;
    client->last = &out->next;
    if (client->socket) tc_socket_want_write(client->socket);
}

static tc_status send_text(tc_client *client, const char *text, bool lasting) {
    size_t size = strlen(text);
    outgoing *out = malloc(sizeof *out + size);
    if (!out) return TC_ERR_MEMORY;
    *out = (outgoing){.size = size, .lasting = lasting};
    memcpy(out->text, text, size);
    push(client, out);
    return TC_OK;
}

// Stores a lasting message that was sent, and frees others.
static void put_aside(tc_client *client, outgoing *out) {
    if (out->lasting) {
        outgoing *oldest = client->sent[client->sent_next];
        client->sent[client->sent_next] = out;
        client->sent_next = (client->sent_next + 1) % MAX_SENT;
        out = oldest;
    }
    free(out);
}

// Sends once more what may have been lost with a connection.
static void push_sent(tc_client *client) {
    for (int i = 0; i < MAX_SENT; i++) {
        if (client->sent[i]) push(client, client->sent[i]);
        client->sent[i] = NULL;
    }
}

static tc_status send_json(tc_client *client, tc_json *message, bool lasting) {
    char *text = message ? tc_json_print(message) : NULL;
    tc_json_destroy(message);
    tc_status status = text ? send_text(client, text, lasting) : TC_ERR_MEMORY;
    free(text);
    return status;
}

// Drops messages that are of no use on another connection.
static void drop_outgoing(tc_client *client, bool lasting_too) {
    outgoing **at = &client->first;
    while (*at) {
        outgoing *out = *at;
        if (out->lasting && !lasting_too) {
            at = &out->next;
            continue;
        }
        *at = out->next;
        free(out);
    }
    client->last = at;
}

// The server need not store the job any longer. If this is lost, the job expires there.
static void release(tc_client *client, const job *j) {
    if (!j->request.durable) return;
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "release");
    tc_json_set_string(message, "secret", j->request.secret);
    send_json(client, message, true);
}

// Cancels a job on the server.
static void cancel(tc_client *client, const job *j) {
    if (j->request.durable) {
        release(client, j);
        return;
    }
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "cancel");
    tc_json_set_number(message, "job", j->number);
    send_json(client, message, false); // if out of memory, the server notices when the connection closes
}

// Ends a job after a failure of this program and cancels it on the server.
static void abandon(tc_client *client, job **at, const char *error) {
    cancel(client, *at);
    end_job(at, NULL, error);
}

static tc_status send_attach(tc_client *client, const job *j) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "attach");
    tc_json_set_number(message, "job", j->number);
    tc_json_set_string(message, "secret", j->request.secret);
    tc_json_set_bool(message, "upload", true);
    tc_json_set_number(message, "found", (double)j->found);
    tc_json_set_number(message, "offset", (double)j->file_bytes);
    tc_json *tile = tc_json_set_object(message, "tile");
    tc_json_set_number(tile, "attempt", j->tile_attempt);
    tc_json_set_number(tile, "stage", j->tile.stage);
    tc_json_set_number(tile, "x", j->tile.rect.x);
    tc_json_set_number(tile, "y", j->tile.rect.y);
    return send_json(client, message, false);
}

// ---- Messages from the server

static void read_welcome(tc_client *client, const tc_json *message) {
    const tc_json *limits = tc_json_member(message, "limits");
    client->limits.file_bytes = (uint64_t)tc_json_integer(limits, "file_bytes", 0, MAX_NUMBER, 256 << 20);
    client->limits.pixels = tc_json_integer(limits, "pixels", 0, MAX_NUMBER, 0);
    client->limits.chunk_bytes = (size_t)tc_json_integer(limits, "chunk_bytes", 1, MAX_CHUNK, MAX_CHUNK);
    client->limits.jobs = (int)tc_json_integer(limits, "jobs", 1, 1000, 1);
    client->limits.workers = (int)tc_json_integer(message, "workers", 0, INT32_MAX, 0);
    client->welcome = true;
}

// The server does not have the job: it begins again.
static bool submit_again(tc_client *client, job *j, const tc_json *message) {
    if (strcmp(tc_json_string(message, "status", ""), "gone") != 0) return false;
    j->sent = j->credit = j->file_bytes = 0;
    j->found = 0;
    j->tile_attempt = 0;
    j->request.job = j->number = ++client->last_job; // the old number has been used on this connection
    return send_json(client, tc_request_to_json(&j->request), false) == TC_OK;
}

static void end_failed(tc_client *client, job **at, const tc_json *message) {
    if (submit_again(client, *at, message)) return;
    release(client, *at);
    end_job(at, NULL, tc_json_string(message, "error", "the server gave no reason"));
}

static void read_job_message(tc_client *client, const char *type, const tc_json *message) {
    job **at = find_job(client, (uint32_t)tc_json_integer(message, "job", 0, UINT32_MAX, 0));
    job *j = *at;
    if (!j) return; // abandoned
    if (strcmp(type, "credit") == 0) {
        uint64_t offset = (uint64_t)tc_json_integer(message, "offset", 0, MAX_NUMBER, 0);
        if (offset > j->size) offset = j->size;
        if (offset > j->credit) j->credit = offset;
        tc_socket_want_write(client->socket);
        return;
    }
    if (strcmp(type, "attached") == 0) {
        j->sent = (uint64_t)tc_json_integer(message, "offset", 0, (int64_t)j->size, 0);
        return;
    }
    if (strcmp(type, "done") == 0) {
        release(client, j);
        end_job(at, message, NULL);
        return;
    }
    if (strcmp(type, "failed") == 0) {
        end_failed(client, at, message);
        return;
    }
    if (strcmp(type, "cancelled") == 0) {
        release(client, j);
        end_job(at, NULL, "the server cancelled the job");
        return;
    }
    if (strcmp(type, "picture") == 0) j->attempt = (int)tc_json_integer(message, "attempt", 0, INT32_MAX, 0);
    if (strcmp(type, "code") == 0 || strcmp(type, "lines") == 0) j->found++;
    if (j->handler->message) j->handler->message(j->user, type, message);
}

static void on_text(void *user, const char *text, size_t size) {
    tc_client *client = user;
    tc_error error = {0};
    tc_json *message = tc_json_parse(text, size, &error);
    if (!message) {
        tc_fail(&client->fault, TC_ERR_PROTOCOL, "the server sent an invalid message: %.400s", error.text);
        return;
    }
    const char *type = tc_json_string(message, "type", "");
    if (strcmp(type, "welcome") == 0)
        read_welcome(client, message);
    else if (strcmp(type, "error") == 0)
        tc_fail(&client->fault, TC_ERR_PROTOCOL, "the server closed the connection: %.500s",
                tc_json_string(message, "error", "no reason given"));
    else if (tc_json_member(message, "job"))
        read_job_message(client, type, message);
    tc_json_destroy(message);
}

// Adds bytes to the frame's header. Returns how many.
static size_t receive_header(tc_client *client, const uint8_t *bytes, size_t size) {
    size_t count = TC_WIRE_HEADER - client->header_size;
    if (count > size) count = size;
    memcpy(client->header + client->header_size, bytes, count);
    client->header_size += count;
    if (client->header_size < TC_WIRE_HEADER) return count;
    tc_error error = {0};
    if (tc_frame_read(&client->frame, client->header, TC_WIRE_HEADER, &error)) {
        tc_fail(&client->fault, TC_ERR_PROTOCOL, "the server sent an invalid frame: %.400s", error.text);
        client->ignoring = true;
    }
    client->received = 0;
    return count;
}

static void receive_payload(tc_client *client, const uint8_t *bytes, size_t size) {
    const tc_frame *frame = &client->frame;
    if (client->received + size > frame->length) {
        tc_fail(&client->fault, TC_ERR_PROTOCOL, "the server sent a frame that is longer than its header says");
        client->ignoring = true;
        return;
    }
    uint64_t offset = frame->offset + client->received;
    client->received += size;
    job **at = find_job(client, frame->job);
    job *j = *at;
    if (!j) return;
    tc_error error = {0};
    if (frame->type == TC_FRAME_TILE && client->received == frame->length) {
        j->tile = *frame;
        j->tile_attempt = j->attempt;
        if (j->handler->tile) j->handler->tile(j->user, frame);
    }
    if (frame->type != TC_FRAME_FILE) return;
    j->file_bytes = offset + size;
    if (j->handler->file && size > 0 && j->handler->file(j->user, offset, bytes, size, &error))
        abandon(client, at, error.text);
}

static void on_binary(void *user, const uint8_t *bytes, size_t size, bool first, bool last) {
    tc_client *client = user;
    if (first) {
        client->header_size = 0;
        client->ignoring = false;
    }
    if (client->header_size < TC_WIRE_HEADER) {
        size_t count = receive_header(client, bytes, size);
        bytes += count;
        size -= count;
    }
    bool whole = client->header_size == TC_WIRE_HEADER;
    if (whole && size > 0 && !client->ignoring) receive_payload(client, bytes, size);
    if (last && !client->ignoring && (!whole || client->received != client->frame.length))
        tc_fail(&client->fault, TC_ERR_PROTOCOL, "the server sent a frame that is shorter than its header says");
}

// Writes the next chunk of the first job that has data and credit, and moves that job to the end of the list.
static size_t write_chunk(tc_client *client, uint8_t *buffer, size_t capacity) {
    job **at = &client->jobs;
    while (*at && (*at)->sent >= (*at)->credit) at = &(*at)->next;
    job *j = *at;
    if (!j) return 0;
    TC_ASSERT(capacity > TC_WIRE_HEADER && j->sent < j->size && j->credit <= j->size);
    size_t size = client->limits.chunk_bytes;
    if (size > capacity - TC_WIRE_HEADER) size = capacity - TC_WIRE_HEADER;
    if (size > j->credit - j->sent) size = (size_t)(j->credit - j->sent);
    tc_error error = {0};
    if (j->handler->read(j->user, j->sent, buffer + TC_WIRE_HEADER, size, &error)) {
        abandon(client, at, error.text); // the socket calls again for the `cancel` message
        return 0;
    }
    tc_frame frame = {.type = TC_FRAME_UPLOAD, .job = j->number, .length = (uint32_t)size, .offset = j->sent};
    tc_frame_write(buffer, &frame);
    j->sent += size;
    *at = j->next;
    j->next = NULL;
    while (*at) at = &(*at)->next;
    *at = j;
    if (j->sent == j->size && j->handler->uploaded) j->handler->uploaded(j->user);
    return TC_WIRE_HEADER + size;
}

static size_t on_write(void *user, uint8_t *buffer, size_t capacity, bool *binary) {
    tc_client *client = user;
    outgoing *out = client->first;
    *binary = out == NULL;
    if (!out) return write_chunk(client, buffer, capacity);
    size_t size = out->size;
    TC_ASSERT(size <= capacity); // the largest message, `submit`, is far smaller
    memcpy(buffer, out->text, size);
    client->first = out->next;
    if (!client->first) client->last = &client->first;
    put_aside(client, out);
    return size;
}

static const tc_socket_handler socket_handler = {on_text, on_binary, on_write};

// ---- Connections

// Connects and waits for `welcome`. On failure there is no socket.
static tc_status connect_to_server(tc_client *client, tc_error *error) {
    client->welcome = client->ignoring = false;
    client->header_size = 0;
    client->socket = tc_socket_open(&client->url, "tilecast.v1", &socket_handler, client, error);
    tc_status status = client->socket ? TC_OK : TC_ERR_UNAVAILABLE;
    while (!status && !client->welcome && !client->fault.status)
        status = tc_socket_service(client->socket, WELCOME_MS, error);
    if (!status && client->welcome) return TC_OK;
    if (client->fault.status && error) *error = client->fault;
    tc_socket_close(client->socket);
    client->socket = NULL;
    return client->fault.status ? client->fault.status : TC_ERR_UNAVAILABLE;
}

tc_client *tc_client_new(const tc_url *url, tc_error *error) {
    tc_client *client = calloc(1, sizeof *client);
    if (!client) {
        tc_fail(error, TC_ERR_MEMORY, "out of memory");
        return NULL;
    }
    client->url = *url;
    client->last = &client->first;
    if (!connect_to_server(client, error)) return client;
    tc_client_destroy(client);
    return NULL;
}

void tc_client_set_retry(tc_client *client, int retry_ms, void (*notice)(void *user, const char *sentence),
                         void *user) {
    TC_ASSERT(retry_ms >= 0);
    client->retry_ms = retry_ms;
    client->notice = notice;
    client->notice_user = user;
}

static void report_notice(const tc_client *client, const char *sentence) {
    if (client->notice) client->notice(client->notice_user, sentence);
}

// Continues the jobs over a new connection.
static tc_status resume_jobs(tc_client *client) {
    drop_outgoing(client, false);
    push_sent(client);
    tc_status status = TC_OK;
    for (job *j = client->jobs; j && !status; j = j->next) {
        j->sent = j->credit = 0;
        status =
            j->request.durable ? send_attach(client, j) : send_json(client, tc_request_to_json(&j->request), false);
    }
    return status;
}

static void pause_for(int ms) {
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

// Makes the connection again. A server that violates the protocol is not tried again.
static tc_status reconnect(tc_client *client, tc_error *error) {
    tc_error last;
    char sentence[sizeof last.text + 80];
    int64_t deadline = tc_clock_ms() + client->retry_ms;
    snprintf(sentence, sizeof sentence, "%s; trying again for up to %d s", error->text, client->retry_ms / 1000);
    report_notice(client, sentence);
    tc_socket_close(client->socket);
    client->socket = NULL;
    for (int ms = FIRST_PAUSE_MS; tc_clock_ms() + ms < deadline;
         ms = ms < LONGEST_PAUSE_MS / 2 ? 2 * ms : LONGEST_PAUSE_MS) {
        pause_for(ms);
        tc_status status = connect_to_server(client, &last);
        if (status == TC_OK) {
            report_notice(client, "connected again");
            return resume_jobs(client);
        }
        if (status != TC_ERR_UNAVAILABLE) {
            *error = last;
            return status;
        }
    }
    return TC_ERR_UNAVAILABLE;
}

// Sends what tells the server that jobs need not be stored any longer.
static void flush(tc_client *client) {
    int64_t deadline = tc_clock_ms() + FLUSH_MS;
    while (client->socket && client->first && !client->fault.status && tc_clock_ms() < deadline)
        if (tc_socket_service(client->socket, FLUSH_MS, NULL)) return;
}

void tc_client_destroy(tc_client *client) {
    if (!client) return;
    for (job *j = client->jobs; j; j = j->next) cancel(client, j);
    flush(client);
    tc_socket_close(client->socket);
    client->socket = NULL;
    while (client->jobs) {
        job *next = client->jobs->next;
        free(client->jobs);
        client->jobs = next;
    }
    push_sent(client);
    drop_outgoing(client, true);
    free(client);
}

tc_client_limits tc_client_get_limits(const tc_client *client) {
    return client->limits;
}

// The client chooses the secret, so that it can attach to a job whose acceptance it has not been told of.
static void make_secret(char secret[TC_REQUEST_SECRET]) {
    uint8_t bytes[TC_REQUEST_SECRET / 2];
    while (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) continue;
    for (size_t i = 0; i < sizeof bytes; i++) snprintf(secret + 2 * i, 3, "%02x", bytes[i]);
}

tc_status tc_client_submit(tc_client *client, const tc_request *request, const tc_client_handler *handler, void *user,
                           tc_error *error) {
    job *j = calloc(1, sizeof *j);
    if (j) {
        *j = (job){.number = client->last_job + 1,
                   .size = request->size,
                   .request = *request,
                   .handler = handler,
                   .user = user};
        j->request.job = j->number;
        if (request->durable) make_secret(j->request.secret);
    }
    if (!j || send_json(client, tc_request_to_json(&j->request), false)) {
        free(j);
        return tc_fail(error, TC_ERR_MEMORY, "out of memory");
    }
    client->last_job++;
    *find_job(client, 0) = j; // at the end of the list, since no job has the number 0
    return TC_OK;
}

tc_status tc_client_service(tc_client *client, tc_error *error) {
    tc_error reason = {.text = "the connection to the server was lost"};
    tc_status status = client->socket ? tc_socket_service(client->socket, 0, &reason) : TC_ERR_UNAVAILABLE;
    if (client->fault.status) {
        reason = client->fault;
        status = client->fault.status;
    } else if (status == TC_ERR_UNAVAILABLE && client->retry_ms > 0) {
        status = reconnect(client, &reason);
    }
    if (!status) return TC_OK;
    while (client->jobs) end_job(&client->jobs, NULL, reason.text);
    if (error) *error = reason;
    return status;
}
