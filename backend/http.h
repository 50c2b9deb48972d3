// HTTP requests and their replies on top of libwebsockets. server.c passes the events of HTTP connections on to here;
// the hooks decide what is answered.
#ifndef TC_BACKEND_HTTP_H
#define TC_BACKEND_HTTP_H

#include <stddef.h>
#include <stdint.h>

enum { TC_SEND_MAX = 128 << 10 }; // bytes of one write, so that no connection blocks the others

struct lws;
typedef struct tc_exchange tc_exchange; // one HTTP request that has not been answered completely

// A request's head. Absent headers are "". A header that is too long is "?".
typedef struct tc_http_request {
    const char *method; // "GET", "HEAD", …
    const char *path;   // decoded, without the query
    const char *host, *origin, *protocols, *accept_encoding, *if_none_match;
} tc_http_request;

typedef struct tc_http_reply {
    int status;                           // 0: no reply yet
    const char *type;                     // content type; static storage
    const char *text;                     // the body, static storage; NULL: `body` or `file`
    char *body;                           // the body on the heap, owned; NULL: `text` or `file`
    int file;                             // descriptor, owned; used when there is neither `text` nor `body`
    size_t size;                          // bytes of the body
    const char *encoding, *cache, *allow; // values of headers, static storage; NULL leaves the header out
    char etag[64];                        // "" leaves it out
} tc_http_reply;

typedef struct tc_http_hooks {
    void *user;
    // Fills the reply, or leaves its status 0 and calls tc_exchange_reply later, unless `gone` is called before.
    void (*request)(void *user, tc_exchange *exchange, const tc_http_request *request, tc_http_reply *reply);
    // The client has gone before it was answered: `exchange` becomes invalid.
    void (*gone)(void *user, tc_exchange *exchange);
    // A client asks for a WebSocket. A filled reply (no file) refuses it.
    void (*upgrade)(void *user, const tc_http_request *request, tc_http_reply *reply);
} tc_http_hooks;

typedef struct tc_http {
    tc_http_hooks hooks;
    uint8_t *buffer; // borrowed: TC_SEND_MAX bytes, and LWS_PRE before them, shared by all connections
} tc_http;

// A reply whose body is `text`, which has static storage.
tc_http_reply tc_http_reply_text(int status, const char *type, const char *text);
// A reply whose body is `body`, a heap block that the reply then owns; not NULL.
tc_http_reply tc_http_reply_body(int status, const char *type, char *body);

// Answers a request whose reply was left open. Takes ownership of the reply's body.
void tc_exchange_reply(tc_exchange *exchange, const tc_http_reply *reply);

// The callback of libwebsockets for HTTP connections: `reason` is an lws_callback_reasons, `exchange` the connection's
// session data, which holds one pointer. A return value other than 0 ends the connection (or, for an upgrade, refuses
// it).
int tc_http_callback(const tc_http *http, struct lws *wsi, int reason, tc_exchange **exchange, void *in, size_t length);

#endif
