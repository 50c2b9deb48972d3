// The client's side of docs/protocol.md over a socket.
#include "cli/client.h"

#include <stdlib.h>
#include <string.h>

#include "cli/socket.h"
#include "core/assert.h"

enum { WELCOME_MS = 10000, MAX_CHUNK = TC_SOCKET_MESSAGE - TC_WIRE_HEADER };
static const int64_t MAX_NUMBER = (int64_t)1 << 53; // the largest integer that JSON numbers hold exactly

typedef struct job {
    struct job *next;
    uint32_t number;
    uint64_t size, sent, credit; // bytes of the file: in total, sent, allowed by the server
    const tc_client_handler *handler;
    void *user;
} job;

// A text message in the send queue.
typedef struct outgoing {
    struct outgoing *next;
    size_t size;
    char text[];
} outgoing;

struct tc_client {
    tc_socket *socket;
    tc_client_limits limits;
    bool welcome;
    tc_error fault; // the server's `error` message or a violation of the protocol
    uint32_t last_job;
    job *jobs; // that have not ended, in the order in which they may send
    outgoing *first, **last;
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

static tc_status send_json(tc_client *client, tc_json *message) {
    char *text = message ? tc_json_print(message) : NULL;
    tc_json_destroy(message);
    size_t size = text ? strlen(text) : 0;
    outgoing *out = text ? malloc(sizeof *out + size) : NULL;
    if (out) {
        out->next = NULL;
        out->size = size;
        memcpy(out->text, text, size);
        *client->last = out;
        client->last = &out->next;
        tc_socket_want_write(client->socket);
    }
    free(text);
    return out ? TC_OK : TC_ERR_MEMORY;
}

// Ends a job after a failure of this program and cancels it on the server.
static void abandon(tc_client *client, job **at, const char *error) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "cancel");
    tc_json_set_number(message, "job", (*at)->number);
    send_json(client, message); // if out of memory, the server notices when the connection closes
    end_job(at, NULL, error);
}

static void read_welcome(tc_client *client, const tc_json *message) {
    const tc_json *limits = tc_json_member(message, "limits");
    client->limits.file_bytes = (uint64_t)tc_json_integer(limits, "file_bytes", 0, MAX_NUMBER, 256 << 20);
    client->limits.pixels = tc_json_integer(limits, "pixels", 0, MAX_NUMBER, 0);
    client->limits.chunk_bytes = (size_t)tc_json_integer(limits, "chunk_bytes", 1, MAX_CHUNK, MAX_CHUNK);
    client->limits.jobs = (int)tc_json_integer(limits, "jobs", 1, 1000, 1);
    client->limits.workers = (int)tc_json_integer(message, "workers", 0, INT32_MAX, 0);
    client->welcome = true;
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
    } else if (strcmp(type, "done") == 0) {
        end_job(at, message, NULL);
    } else if (strcmp(type, "failed") == 0) {
        end_job(at, NULL, tc_json_string(message, "error", "the server gave no reason"));
    } else if (strcmp(type, "cancelled") == 0) {
        end_job(at, NULL, "the server cancelled the job");
    } else if (j->handler->message) {
        j->handler->message(j->user, type, message);
    }
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
    if (frame->type == TC_FRAME_TILE && j->handler->tile && client->received == frame->length)
        j->handler->tile(j->user, frame);
    if (frame->type == TC_FRAME_FILE && j->handler->file && size > 0 &&
        j->handler->file(j->user, offset, bytes, size, &error))
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
    free(out);
    return size;
}

static const tc_socket_handler socket_handler = {on_text, on_binary, on_write};

tc_client *tc_client_new(const tc_url *url, tc_error *error) {
    tc_client *client = calloc(1, sizeof *client);
    if (!client) {
        tc_fail(error, TC_ERR_MEMORY, "out of memory");
        return NULL;
    }
    client->last = &client->first;
    client->socket = tc_socket_open(url, "tilecast.v1", &socket_handler, client, error);
    tc_status status = client->socket ? TC_OK : TC_ERR_UNAVAILABLE;
    while (!status && !client->welcome && !client->fault.status)
        status = tc_socket_service(client->socket, WELCOME_MS, error);
    if (!status && client->welcome) return client;
    if (client->fault.status && error) *error = client->fault;
    tc_client_destroy(client);
    return NULL;
}

void tc_client_destroy(tc_client *client) {
    if (!client) return;
    tc_socket_close(client->socket);
    while (client->jobs) {
        job *next = client->jobs->next;
        free(client->jobs);
        client->jobs = next;
    }
    while (client->first) {
        outgoing *next = client->first->next;
        free(client->first);
        client->first = next;
    }
    free(client);
}

tc_client_limits tc_client_get_limits(const tc_client *client) {
    return client->limits;
}

tc_status tc_client_submit(tc_client *client, const tc_request *request, const tc_client_handler *handler, void *user,
                           tc_error *error) {
    job *j = calloc(1, sizeof *j);
    tc_request numbered = *request;
    numbered.job = client->last_job + 1;
    if (!j || send_json(client, tc_request_to_json(&numbered))) {
        free(j);
        return tc_fail(error, TC_ERR_MEMORY, "out of memory");
    }
    *j = (job){.number = ++client->last_job, .size = request->size, .handler = handler, .user = user};
    *find_job(client, 0) = j; // at the end of the list, since no job has the number 0
    return TC_OK;
}

tc_status tc_client_service(tc_client *client, tc_error *error) {
    tc_status status = tc_socket_service(client->socket, 0, error);
    if (client->fault.status) {
        if (error) *error = client->fault;
        status = client->fault.status;
    }
    if (!status) return TC_OK;
    const char *reason = error ? error->text : "the connection to the server was lost";
    while (client->jobs) end_job(&client->jobs, NULL, reason);
    return status;
}
