// Receives and sends the messages of a connection.
#include "backend/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"

static const char out_of_memory[] = "the server is out of memory; try again later";

void tc_session_init(tc_session *session, tc_peer *peer, const tc_session_hooks *hooks, void *client) {
    *session = (tc_session){.peer = peer, .hooks = hooks, .client = client, .remainder.fd = -1, .send_welcome = true};
    tc_session_notify(session);
}

void tc_session_clear(tc_session *session) {
    TC_ASSERT(!session->first && session->outbox_count == 0);
    tc_file_cursor_clear(&session->remainder);
    free(session->in.text);
    session->in.text = NULL;
}

void tc_session_notify(const tc_session *session) {
    tc_peer_request_write(session->peer);
}

void tc_session_announce(tc_session *session) {
    session->send_pool = true;
    tc_session_notify(session);
}

void tc_session_pong(tc_session *session) {
    session->send_pong = true;
    tc_session_notify(session);
}

void tc_session_fail(tc_session *session, int close_code, const char *sentence) {
    if (session->failed) return;
    session->failed = session->send_error = true;
    session->close_code = close_code;
    snprintf(session->sentence, sizeof session->sentence, "%s", sentence);
    tc_session_notify(session);
}

// Closes without an `error` message: there is no memory for it, or it cannot follow half a message.
static void abort_session(tc_session *session, const char *sentence) {
    session->failed = true;
    tc_peer_close(session->peer, TC_CLOSE_SERVER_FAULT, sentence);
}

// ---- Outboxes

void tc_session_add(tc_session *session, tc_job_outbox *outbox) {
    TC_ASSERT(!outbox->previous && !outbox->next && session->first != outbox);
    TC_ASSERT_SLOW(!tc_session_find(session, outbox->number));
    outbox->previous = session->last;
    *(session->last ? &session->last->next : &session->first) = outbox;
    session->last = outbox;
    session->outbox_count++;
}

void tc_session_remove(tc_session *session, tc_job_outbox *outbox) {
    TC_ASSERT(session->outbox_count > 0 && (outbox->previous || session->first == outbox));
    *(outbox->previous ? &outbox->previous->next : &session->first) = outbox->next;
    *(outbox->next ? &outbox->next->previous : &session->last) = outbox->previous;
    outbox->previous = outbox->next = NULL;
    session->outbox_count--;
}

tc_job_outbox *tc_session_find(const tc_session *session, uint32_t number) {
    for (tc_job_outbox *outbox = session->first; outbox; outbox = outbox->next)
        if (outbox->number == number) return outbox;
    return NULL;
}

// ---- In

static void receive_text(tc_session *session, const uint8_t *bytes, size_t size, bool last) {
    TC_ASSERT(session->in.text_size <= TC_MAX_CONTROL_BYTES);
    if (size > TC_MAX_CONTROL_BYTES - session->in.text_size) {
        char sentence[120];
        snprintf(sentence, sizeof sentence, "a text message is larger than the limit of %d bytes",
                 TC_MAX_CONTROL_BYTES);
        tc_session_fail(session, TC_CLOSE_TOO_BIG, sentence);
        return;
    }
    if (!session->in.text) session->in.text = malloc(TC_MAX_CONTROL_BYTES);
    if (!session->in.text) {
        tc_session_fail(session, TC_CLOSE_SERVER_FAULT, out_of_memory);
        return;
    }
    if (size > 0) memcpy(session->in.text + session->in.text_size, bytes, size);
    session->in.text_size += size;
    if (!last) return;
    tc_error error;
    tc_json *message = tc_json_parse(session->in.text, session->in.text_size, &error);
    free(session->in.text);
    session->in.text = NULL;
    session->in.text_size = 0;
    if (message)
        session->hooks->message(session->client, message);
    else if (error.status == TC_ERR_MEMORY)
        tc_session_fail(session, TC_CLOSE_SERVER_FAULT, out_of_memory);
    else
        tc_session_fail(session, TC_CLOSE_POLICY, error.text);
    tc_json_destroy(message);
}

static void receive_binary(tc_session *session, const uint8_t *bytes, size_t size, bool last) {
    TC_ASSERT(session->in.header_size <= TC_WIRE_HEADER);
    size_t missing = TC_WIRE_HEADER - session->in.header_size;
    size_t n = size < missing ? size : missing;
    if (n > 0) {
        memcpy(session->in.header + session->in.header_size, bytes, n);
        session->in.header_size += n;
        bytes += n, size -= n;
        tc_error error;
        if (n == missing || last) {
            if (tc_frame_read(&session->in.frame, session->in.header, session->in.header_size, &error)) {
                tc_session_fail(session, TC_CLOSE_POLICY, error.text);
                return;
            }
            session->hooks->frame(session->client, &session->in.frame);
        }
    }
    if (session->failed) return;
    TC_ASSERT(session->in.payload_size <= session->in.frame.length);
    uint64_t remaining = session->in.frame.length - session->in.payload_size;
    if (size > remaining || (last && size != remaining)) {
        tc_session_fail(session, TC_CLOSE_POLICY, "a binary message does not have the size that its header says");
        return;
    }
    session->in.payload_size += size;
    if (size > 0) session->hooks->payload(session->client, &session->in.frame, bytes, size);
}

void tc_session_receive(void *user, const uint8_t *bytes, size_t size, bool binary, bool first, bool last) {
    tc_session *session = user;
    if (session->failed) return;
    if (first) session->in.header_size = 0, session->in.payload_size = 0;
    if (binary)
        receive_binary(session, bytes, size, last);
    else
        receive_text(session, bytes, size, last);
}

// ---- Out: text messages

// Sends a JSON text on the heap and frees it. NULL: there was no memory for it.
static void send_text(tc_session *session, char *text) {
    if (!text) {
        abort_session(session, out_of_memory);
        return;
    }
    size_t size = strlen(text);
    TC_ASSERT(size <= TC_SEND_MAX);
    memcpy(tc_peer_buffer(session->peer), text, size);
    tc_peer_send(session->peer, size, false, true, true);
    free(text);
}

static void send_json(tc_session *session, tc_json *message) {
    send_text(session, tc_json_print(message));
    tc_json_destroy(message);
}

static void send_error(tc_session *session) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "error");
    tc_json_set_string(message, "error", session->sentence);
    char *text = tc_json_print(message);
    tc_json_destroy(message);
    if (text) send_text(session, text); // else the close frame alone carries the sentence
    tc_peer_close(session->peer, session->close_code, session->sentence);
}

// The messages that belong to no job.
static bool send_own(tc_session *session) {
    if (session->send_welcome) {
        session->send_welcome = false;
        send_json(session, session->hooks->describe(session->client, true));
    } else if (session->send_error) {
        session->send_error = false;
        send_error(session);
    } else if (session->send_pong) {
        session->send_pong = false;
        tc_json *pong = tc_json_new_object();
        tc_json_set_string(pong, "type", "pong");
        send_json(session, pong);
    } else if (session->send_pool) {
        session->send_pool = false;
        send_json(session, session->hooks->describe(session->client, false));
    } else {
        return false;
    }
    return true;
}

static bool send_control(tc_session *session, tc_job_outbox *outbox) {
    char *text;
    if (!tc_job_outbox_pop_control(outbox, &text)) return false;
    send_text(session, text);
    return true;
}

// ---- Out: frames

// Sends a frame's header and as much of its payload as fits in one piece. The rest follows from a descriptor of its
// own: the job may end before that.
static bool send_frame(tc_session *session, const uint8_t header[TC_WIRE_HEADER], tc_file_cursor *payload,
                       size_t size) {
    uint8_t *buffer = tc_peer_buffer(session->peer);
    size_t fits = TC_SEND_MAX - TC_WIRE_HEADER, now = size < fits ? size : fits;
    memcpy(buffer, header, TC_WIRE_HEADER);
    if (!tc_file_cursor_peek(payload, buffer + TC_WIRE_HEADER, now)) return false;
    tc_file_cursor_skip(payload, now);
    if (now < size && !tc_file_cursor_split(payload, size - now, &session->remainder)) return false;
    tc_peer_send(session->peer, TC_WIRE_HEADER + now, true, true, now == size);
    return true;
}

static void send_remainder(tc_session *session) {
    tc_file_cursor *remainder = &session->remainder;
    uint64_t remaining = tc_file_cursor_remaining(remainder);
    size_t now = remaining < TC_SEND_MAX ? (size_t)remaining : TC_SEND_MAX;
    if (!tc_file_cursor_peek(remainder, tc_peer_buffer(session->peer), now)) {
        abort_session(session, "the server cannot read a result from its store");
        return;
    }
    tc_file_cursor_skip(remainder, now);
    tc_peer_send(session->peer, now, true, false, now == remaining);
    if (now == remaining) tc_file_cursor_clear(remainder);
}

static bool send_data(tc_session *session, tc_job_outbox *outbox) {
    _Static_assert(TC_MAX_FILE_FRAME + TC_WIRE_HEADER <= TC_SEND_MAX, "a FILE frame is sent in one piece");
    uint8_t header[TC_WIRE_HEADER];
    tc_file_cursor *payload;
    size_t size;
    switch (tc_job_outbox_next_frame(outbox, header, &payload, &size)) {
    case TC_OUTBOX_NOTHING:
        return false;
    case TC_OUTBOX_FRAME:
        if (send_frame(session, header, payload, size)) return true;
        break;
    case TC_OUTBOX_SKIPPED:
        return true;
    case TC_OUTBOX_END:
        outbox->end_sent = true;
        send_text(session, tc_job_log_address(tc_job_log_end(outbox->log), outbox->number));
        session->hooks->sent(session->client, outbox);
        return true;
    case TC_OUTBOX_UNREADABLE:
        break;
    }
    session->hooks->unreadable(session->client, outbox);
    return true;
}

// Moves the first outbox to the end of the line.
static void rotate(tc_session *session) {
    tc_job_outbox *outbox = session->first;
    TC_ASSERT((session->outbox_count == 0) == !outbox && (!outbox || !outbox->previous));
    if (!outbox || !outbox->next) return;
    session->first = outbox->next;
    session->first->previous = NULL;
    outbox->next = NULL;
    outbox->previous = session->last;
    session->last->next = outbox;
    session->last = outbox;
}

// Control messages of all jobs first, then one frame of the next job that has one.
static bool send_job(tc_session *session) {
    for (tc_job_outbox *outbox = session->first; outbox; outbox = outbox->next)
        if (send_control(session, outbox)) return true;
    for (int i = 0, count = session->outbox_count; i < count; i++) {
        tc_job_outbox *outbox = session->first;
        rotate(session);
        if (send_data(session, outbox)) return true;
    }
    return false;
}

void tc_session_write(void *user) {
    tc_session *session = user;
    bool sent = true;
    if (session->remainder.fd >= 0)
        send_remainder(session);
    else if (!send_own(session))
        sent = !session->failed && send_job(session);
    if (sent) tc_session_notify(session);
}
