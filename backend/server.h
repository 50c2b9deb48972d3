// The event loop, the HTTP server and the WebSocket server, on top of libwebsockets. Everything happens on one thread:
// each callback runs to its end and must not block.
#ifndef TC_SERVER_H
#define TC_SERVER_H

#include "core/image.h"

enum { TC_SEND_MAX = 128 << 10 }; // bytes of one write, so that every connection gets its turn

typedef struct tc_server tc_server;
typedef struct tc_watch tc_watch;       // a descriptor that the loop watches
typedef struct tc_timer tc_timer;       // calls back once, later
typedef struct tc_exchange tc_exchange; // one HTTP request that has not been answered yet
typedef struct tc_peer tc_peer;         // one WebSocket connection

// A request's head. Absent headers are "".
typedef struct tc_http_request {
    const char *method; // "GET", "HEAD", …
    const char *path;   // decoded, without the query
    const char *host, *origin, *protocols, *accept_encoding, *if_none_match;
} tc_http_request;

typedef struct tc_http_reply {
    int status;                           // 0: no reply yet
    const char *type;                     // content type; static storage
    char *body;                           // on the heap, taken over; NULL with a file
    int file;                             // descriptor, taken over; used when `body` is NULL and `size` > 0
    size_t size;                          // bytes of body or file
    const char *encoding, *cache, *allow; // headers' values, static storage; NULL leaves the header out
    char etag[64];                        // "" leaves it out
} tc_http_reply;

typedef struct tc_hooks {
    void *app;
    // Fills the reply, or leaves its status 0 and calls tc_exchange_reply later, unless `gone` is called before.
    void (*request)(void *app, tc_exchange *exchange, const tc_http_request *request, tc_http_reply *reply);
    void (*gone)(void *app, tc_exchange *exchange);
    // A browser or program asks for a WebSocket. A filled reply (with a body, no file) refuses it.
    void (*upgrade)(void *app, const tc_http_request *request, tc_http_reply *reply);
    // Returns the connection's own record, handed to the callbacks below; NULL closes it at once.
    void *(*open)(void *app, tc_peer *peer);
    // Bytes of a message, in order; a message may come in pieces.
    void (*receive)(void *client, const uint8_t *bytes, size_t size, bool binary, bool first, bool last);
    // The connection takes data: at most one tc_peer_send. Asked for by tc_peer_want_write.
    void (*writable)(void *client);
    void (*close)(void *client); // the peer is gone
} tc_hooks;

// `subprotocol` is the one name that a WebSocket may ask for. NULL with a message on failure.
tc_server *tc_server_new(const tc_hooks *hooks, const char *subprotocol, tc_error *error);
// Listens on `host`:`*port`; a port of 0 receives the one chosen. `max_connections` bounds open connections of all
// kinds; one more is closed at once.
tc_status tc_server_listen(tc_server *server, const char *host, int *port, int max_connections, tc_error *error);
void tc_server_run(tc_server *server); // until tc_server_stop
void tc_server_stop(tc_server *server);
// Closes everything; hooks are still called for what was open.
void tc_server_destroy(tc_server *server);

// Takes over `fd` (closed also on failure, which gives NULL). `readable` must read until nothing is left.
tc_watch *tc_watch_new(tc_server *server, int fd, void (*readable)(void *user), void (*writable)(void *user),
                       void *user);
void tc_watch_want_write(tc_watch *watch);
void tc_watch_destroy(tc_watch *watch); // harmless on NULL

tc_timer *tc_timer_new(tc_server *server, void (*fire)(void *user), void *user);
void tc_timer_set(tc_timer *timer, int ms); // replaces an earlier time
void tc_timer_cancel(tc_timer *timer);
void tc_timer_destroy(tc_timer *timer); // harmless on NULL

void tc_exchange_reply(tc_exchange *exchange, const tc_http_reply *reply);
// A reply with a body of its own: takes over `body` (NULL gives an empty one).
tc_http_reply tc_http_reply_text(int status, const char *type, char *body);

void tc_peer_want_write(tc_peer *peer);
// Where to put what tc_peer_send sends: TC_SEND_MAX bytes, shared by all connections.
uint8_t *tc_peer_buffer(tc_peer *peer);
// Sends the first `size` bytes of the buffer, as a piece of a message; only in `writable`, once.
void tc_peer_send(tc_peer *peer, size_t size, bool binary, bool first, bool last);
// Closes with a WebSocket close code and reason, after what has been sent. Nothing is received any more.
void tc_peer_close(tc_peer *peer, int code, const char *reason);

#endif
