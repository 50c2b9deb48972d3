// The event loop and the WebSocket server on top of libwebsockets. Everything happens on one thread: each callback runs
// to its end and must not block.
#ifndef TC_BACKEND_SERVER_H
#define TC_BACKEND_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/http.h"
#include "core/status.h"

typedef struct tc_server tc_server;
typedef struct tc_watch tc_watch; // a descriptor that the loop watches
typedef struct tc_timer tc_timer; // calls back once, later
typedef struct tc_peer tc_peer;   // one WebSocket connection

typedef struct tc_server_hooks {
    void *user;
    // A WebSocket was opened. Returns the session of the connection, which the hooks below receive; NULL closes the
    // connection at once.
    void *(*open)(void *user, tc_peer *peer);
    // Bytes of a message, in order. `first` and `last` mark the pieces with which the message begins and ends.
    void (*receive)(void *session, const uint8_t *bytes, size_t size, bool binary, bool first, bool last);
    // The connection can send: at most one tc_peer_send. Requested by tc_peer_request_write.
    void (*writable)(void *session);
    // The connection is closed; the session's peer becomes invalid.
    void (*close)(void *session);
} tc_server_hooks;

// `subprotocol` (static storage) is the only one that a WebSocket may have. NULL with a message on failure.
tc_server *tc_server_new(const tc_server_hooks *hooks, const tc_http_hooks *http_hooks, const char *subprotocol,
                         tc_error *error);
// Listens on `host`:`*port`, once; a port of 0 is replaced by the one that the system chose. `max_connections` limits
// open connections of all kinds; a further one is closed at once.
tc_status tc_server_listen(tc_server *server, const char *host, int *port, int max_connections, tc_error *error);
void tc_server_run(tc_server *server); // until tc_server_stop
void tc_server_stop(tc_server *server);
// Closes everything, with calls of the hooks `close` and `gone`. Harmless on NULL.
void tc_server_destroy(tc_server *server);

// Takes ownership of `fd`, also on failure, which gives NULL. `readable` must read until nothing is left; `writable`
// may be NULL.
tc_watch *tc_watch_new(tc_server *server, int fd, void (*readable)(void *user), void (*writable)(void *user),
                       void *user);
void tc_watch_request_write(tc_watch *watch); // one call of `writable`, when the descriptor can be written
void tc_watch_destroy(tc_watch *watch);       // closes the descriptor; harmless on NULL

// NULL when out of memory.
tc_timer *tc_timer_new(tc_server *server, void (*fire)(void *user), void *user);
void tc_timer_set(tc_timer *timer, int ms); // replaces an earlier time; 0: in the next round of the loop
void tc_timer_cancel(tc_timer *timer);
void tc_timer_destroy(tc_timer *timer); // harmless on NULL

void tc_peer_request_write(tc_peer *peer); // one call of `writable`, when the connection can send
// Where the bytes for tc_peer_send are written: TC_SEND_MAX bytes, shared by all connections.
uint8_t *tc_peer_buffer(tc_peer *peer);
// Sends the first `size` bytes of the buffer as a piece of a message; only inside `writable`, once.
void tc_peer_send(tc_peer *peer, size_t size, bool binary, bool first, bool last);
// Closes with a WebSocket close code and a reason, of which 123 bytes are sent, after what has been sent before.
// Nothing is received any more.
void tc_peer_close(tc_peer *peer, int code, const char *reason);

#endif
