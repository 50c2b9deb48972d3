// What the files of the server share: server.c (loop, WebSockets) and http.c (requests). They are the only ones that
// include libwebsockets.
#ifndef TC_SERVER_PARTS_H
#define TC_SERVER_PARTS_H

#include <libwebsockets.h>

#include "backend/server.h"

struct tc_server {
    tc_hooks hooks;
    const char *subprotocol;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct lws_protocols protocols[4];
    tc_watch *listener;
    tc_timer *accept_again;
    int listen_fd, connections, max_connections;
    bool stopping;
    uint8_t buffer[LWS_PRE + TC_SEND_MAX];
};

// libwebsockets' session record of an HTTP connection.
typedef struct tc_http_session {
    tc_exchange *exchange;
} tc_http_session;

tc_server *tc_server_of(struct lws *wsi);
void tc_server_left(struct lws *wsi); // a connection, or a watch, is no more
int tc_http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length);

#endif
