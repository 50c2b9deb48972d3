// One client's connection: splits what it sends into messages and frames, and sends the contents of its jobs' outboxes
// in turn. What the messages mean is decided by the hooks.
#ifndef TC_BACKEND_SESSION_H
#define TC_BACKEND_SESSION_H

#include "backend/job_outbox.h"
#include "backend/server.h"

enum {
    TC_CLOSE_LEAVING = 1001, // WebSocket close codes (RFC 6455, 7.4.1)
    TC_CLOSE_POLICY = 1008,
    TC_CLOSE_TOO_BIG = 1009,
    TC_CLOSE_SERVER_FAULT = 1011,
    TC_SESSION_SENTENCE = 640,
};

// What the owner of a session does on its events; `client` is the owner.
typedef struct tc_session_hooks {
    // Builds the message `welcome`, or `pool`; the session destroys it. NULL when out of memory.
    tc_json *(*describe)(void *client, bool welcome);
    void (*message)(void *client, const tc_json *message);
    // A binary message begins; its payload follows in pieces.
    void (*frame)(void *client, const tc_frame *frame);
    void (*payload)(void *client, const tc_frame *frame, const uint8_t *bytes, size_t size);
    // All messages of a job have been sent. The hook removes the outbox.
    void (*sent)(void *client, tc_job_outbox *outbox);
    // A job's tiles or file cannot be read.
    void (*unreadable)(void *client, tc_job_outbox *outbox);
} tc_session_hooks;

typedef struct tc_session {
    tc_peer *peer;
    const tc_session_hooks *hooks;
    void *client;
    tc_job_outbox *first, *last; // outboxes of its jobs; the first one may send next
    int outbox_count;
    bool failed; // nothing more is received, and nothing sent but `sentence`
    struct {
        uint8_t header[TC_WIRE_HEADER];
        tc_frame frame;
        size_t header_size;
        uint64_t payload_size; // received so far
        char *text;            // of a text message; NULL between two
        size_t text_size;
    } in;
    tc_file_cursor remainder; // of a frame of which a part has been sent
    bool send_welcome, send_pool, send_pong, send_error;
    int close_code;
    char sentence[TC_SESSION_SENTENCE]; // of the `error` message
} tc_session;

// Borrows the hooks.
void tc_session_init(tc_session *session, tc_peer *peer, const tc_session_hooks *hooks, void *client);
void tc_session_clear(tc_session *session); // it must have no outboxes

// Hooks of the server; `session` is a tc_session.
void tc_session_receive(void *session, const uint8_t *bytes, size_t size, bool binary, bool first, bool last);
void tc_session_write(void *session);

// The client broke the protocol, or cannot be served: an `error` message, then the connection is closed. Without effect
// after a first failure.
void tc_session_fail(tc_session *session, int close_code, const char *sentence);
void tc_session_notify(const tc_session *session); // there is something to send
void tc_session_announce(tc_session *session);     // sends a `pool` message
void tc_session_pong(tc_session *session);         // answers a `ping` message

// Outboxes of jobs. The session borrows them.
void tc_session_add(tc_session *session, tc_job_outbox *outbox);
void tc_session_remove(tc_session *session, tc_job_outbox *outbox);
tc_job_outbox *tc_session_find(const tc_session *session, uint32_t number); // by the client's number; NULL if none

#endif
