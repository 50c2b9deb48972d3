// Messages to clients. Nothing waits in memory but the newest of each kind: pixels and files stay in the spool until
// the connection takes them, one piece at a time, the client's jobs in turn.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/gateway.h"
#include "core/assert.h"
#include "core/version.h"

enum { MAX_SKIPS = 256 }; // previews left out in one go

void tc_reel_clear(tc_reel *reel) {
    if (reel->fd >= 0) close(reel->fd);
    *reel = (tc_reel){.fd = -1};
}

void tc_outbox_clear(tc_client *client) {
    tc_reel_clear(&client->out.piece);
    free(client->out.error);
    client->out.error = NULL;
}

static bool read_exactly(int fd, uint8_t *bytes, size_t size, uint64_t offset) {
    while (size > 0) {
        ssize_t n = pread(fd, bytes, size, (off_t)offset);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes += n, size -= (size_t)n, offset += (uint64_t)n;
    }
    return true;
}

static void send_text(tc_client *client, const char *text) {
    size_t size = strlen(text);
    TC_ASSERT(size <= TC_SEND_MAX);
    memcpy(tc_peer_buffer(client->peer), text, size);
    tc_peer_send(client->peer, size, false, true, true);
}

static void send_json(tc_client *client, tc_json *message) {
    char *text = tc_json_print(message);
    if (text) send_text(client, text);
    free(text);
    tc_json_destroy(message);
}

// ---- The client's own messages

static void send_pool(tc_client *client, bool welcome) {
    const tc_gateway *gateway = client->gateway;
    tc_pool_view pool = tc_pool_look(gateway->pool);
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", welcome ? "welcome" : "pool");
    if (welcome) {
        tc_json_set_string(message, "version", TC_VERSION);
        tc_json_set_string(message, "host", gateway->host);
    }
    tc_json_set_string(message, welcome ? "pool" : "state", tc_pool_state_name(pool.state));
    tc_json_set_number(message, "workers", pool.workers);
    if (welcome)
        tc_gateway_set_limits(gateway, message);
    else
        tc_json_set_number(message, "jobs", gateway->waiting + gateway->running_count);
    send_json(client, message);
}

static bool send_own(tc_client *client) {
    if (client->out.tell_welcome) {
        client->out.tell_welcome = false;
        send_pool(client, true);
    } else if (client->out.error) {
        send_text(client, client->out.error);
        tc_json *error = tc_json_parse(client->out.error, strlen(client->out.error), NULL);
        tc_peer_close(client->peer, client->out.error_code, tc_json_string(error, "error", ""));
        tc_json_destroy(error);
    } else if (client->out.tell_pool) {
        client->out.tell_pool = false;
        send_pool(client, false);
    } else {
        return false;
    }
    return true;
}

// ---- A job's control messages

static bool send_once(tc_client *client, char **text) {
    if (!*text) return false;
    send_text(client, *text);
    free(*text);
    *text = NULL;
    return true;
}

static bool send_found(tc_job *job) {
    if (job->found_sent == job->found_count) return false;
    char **text = &job->found[job->found_sent++];
    job->client->out.found_bytes -= strlen(*text);
    return send_once(job->client, text);
}

static void send_accepted(const tc_job *job) {
    uint64_t id = job->gateway->instance ^ (uint64_t)job->number * 0x9e3779b97f4a7c15u;
    char text[20];
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++) text[i] = digits[id >> (60 - 4 * i) & 15];
    text[16] = 0;
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "accepted");
    tc_json_set_number(message, "job", job->request.job);
    tc_json_set_string(message, "id", text);
    send_json(job->client, message);
}

static void send_credit(const tc_job *job) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "credit");
    tc_json_set_number(message, "job", job->request.job);
    tc_json_set_number(message, "offset", (double)job->credit);
    send_json(job->client, message);
}

static bool send_control(tc_job *job) {
    if (job->tell_accepted) {
        job->tell_accepted = false;
        send_accepted(job);
        return true;
    }
    if (job->tell_credit && job->state == TC_JOB_UPLOADING) {
        job->tell_credit = false;
        send_credit(job);
        return true;
    }
    return send_once(job->client, &job->picture) || send_found(job) || send_once(job->client, &job->progress);
}

// ---- Tiles and files

// Begins a message of `size` payload bytes that stand in `reel`. What does not fit in one piece goes on later, from a
// descriptor of its own: the job may end before.
static bool begin_message(tc_client *client, uint32_t job, uint8_t *header, tc_reel *reel, size_t size) {
    uint8_t *buffer = tc_peer_buffer(client->peer);
    size_t now = size < TC_SEND_MAX - TC_WIRE_HEADER ? size : TC_SEND_MAX - TC_WIRE_HEADER;
    tc_put_u32(header + 4, job);
    memcpy(buffer, header, TC_WIRE_HEADER);
    if (!read_exactly(reel->fd, buffer + TC_WIRE_HEADER, now, reel->position)) return false;
    if (now < size) {
        int fd = fcntl(reel->fd, F_DUPFD_CLOEXEC, 0);
        if (fd < 0) return false;
        client->out.piece = (tc_reel){.fd = fd, .position = reel->position + now, .end = reel->position + size};
    }
    reel->position += size;
    tc_peer_send(client->peer, TC_WIRE_HEADER + now, true, true, now == size);
    return true;
}

static void continue_message(tc_client *client) {
    tc_reel *piece = &client->out.piece;
    uint64_t left = piece->end - piece->position;
    size_t now = left < TC_SEND_MAX ? (size_t)left : TC_SEND_MAX;
    if (!read_exactly(piece->fd, tc_peer_buffer(client->peer), now, piece->position)) {
        client->broken = true; // nothing else can follow half a message
        tc_peer_close(client->peer, 1011, "the server cannot read a result back from its store");
        return;
    }
    piece->position += now;
    bool last = piece->position == piece->end;
    tc_peer_send(client->peer, now, true, false, last);
    if (last) tc_reel_clear(piece);
}

static void fail_reading(tc_job *job) {
    tc_error error;
    tc_fail(&error, TC_ERR_IO, "the server cannot read a result back from its store");
    tc_job_fail(job, &error);
}

static bool send_tile(tc_job *job) {
    tc_reel *reel = &job->tiles;
    for (int skips = 0; reel->fd >= 0 && reel->position < reel->end; skips++) {
        uint8_t header[TC_WIRE_HEADER];
        tc_frame frame;
        uint64_t left = reel->end - reel->position;
        if (left < TC_WIRE_HEADER || !read_exactly(reel->fd, header, TC_WIRE_HEADER, reel->position) ||
            tc_frame_read(&frame, header, TC_WIRE_HEADER, NULL) || frame.type != TC_FRAME_TILE ||
            frame.length > left - TC_WIRE_HEADER) {
            fail_reading(job);
            return true;
        }
        reel->position += TC_WIRE_HEADER;
        bool preview = frame.stage < job->last_stage;
        if (!preview || (left <= TC_PREVIEW_BACKLOG && job->state == TC_JOB_RUNNING)) {
            if (!begin_message(job->client, job->request.job, header, reel, frame.length)) fail_reading(job);
            return true;
        }
        reel->position += frame.length;
        if (skips == MAX_SKIPS) return true;
    }
    return false;
}

static bool send_file(tc_job *job) {
    tc_reel *reel = &job->file;
    if (reel->fd < 0 || reel->position == reel->end) return false;
    uint64_t left = reel->end - reel->position;
    size_t size = left < TC_SEND_MAX - TC_WIRE_HEADER ? (size_t)left : TC_SEND_MAX - TC_WIRE_HEADER;
    uint8_t header[TC_WIRE_HEADER];
    tc_frame_write(header, &(tc_frame){.type = TC_FRAME_FILE, .length = (uint32_t)size, .offset = reel->position});
    if (!begin_message(job->client, job->request.job, header, reel, size)) fail_reading(job);
    return true;
}

static bool send_data(tc_job *job) {
    if (send_tile(job) || send_file(job)) return true;
    if (!job->end) return false;
    send_text(job->client, job->end);
    tc_job_destroy(job);
    return true;
}

// The job has had its turn: to the end of the line.
static void rotate(tc_client *client) {
    tc_job *job = client->jobs;
    if (!job || !job->next) return;
    client->jobs = job->next;
    client->jobs->previous = NULL;
    job->next = NULL;
    job->previous = client->last_job;
    client->last_job->next = job;
    client->last_job = job;
}

static bool send_job(tc_client *client) {
    for (tc_job *job = client->jobs; job; job = job->next)
        if (send_control(job)) return true;
    for (int i = 0, count = client->job_count; i < count; i++) {
        tc_job *job = client->jobs;
        rotate(client);
        if (send_data(job)) return true;
    }
    return false;
}

void tc_outbox_write(void *user) {
    tc_client *client = user;
    bool sent = true;
    if (client->out.piece.fd >= 0)
        continue_message(client);
    else if (!send_own(client))
        sent = !client->broken && send_job(client);
    if (sent) tc_peer_want_write(client->peer);
}
