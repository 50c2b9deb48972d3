// The event loop: watched descriptors, timers, the listening socket and WebSockets.
#include "backend/server.h"

#include <errno.h>
#include <libwebsockets.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/assert.h"
#include "system/errno_text.h"

struct tc_server {
    tc_server_hooks hooks;
    tc_http http;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct lws_protocols protocols[4];
    tc_watch *listener;
    tc_timer *resume; // accepting again after a failure
    int listen_fd, connections, max_connections;
    bool stopping;
    uint8_t buffer[LWS_PRE + TC_SEND_MAX];
};

struct tc_watch {
    tc_server *server;
    struct lws *wsi; // NULL once lws has closed it
    int fd;
    void (*readable)(void *user);
    void (*writable)(void *user);
    void *user;
};

struct tc_timer {
    lws_sorted_usec_list_t list; // first, so that its address is the timer's
    tc_server *server;
    void (*fire)(void *user);
    void *user;
};

struct tc_peer {
    tc_server *server;
    struct lws *wsi;
    void *session;
    bool in_message, closing, failed;
    bool may_send; // inside `writable`, and nothing has been sent there yet
    int close_code;
    char close_reason[124]; // a close frame holds 123 bytes
};

// The opaque user pointer of a client's connection in libwebsockets; that of a watch is the watch, or NULL.
static const char connection_mark;

enum { RESUME_MS = 100 };

static tc_server *server_of(struct lws *wsi) {
    return lws_context_user(lws_get_context(wsi));
}

// ---- Watches

static int watch_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length) {
    (void)user, (void)in, (void)length;
    tc_watch *watch = lws_get_opaque_user_data(wsi);
    switch (reason) {
    case LWS_CALLBACK_RAW_RX_FILE:
        if (!watch) return -1; // destroyed: lws closes the descriptor
        watch->readable(watch->user);
        return 0;
    case LWS_CALLBACK_RAW_WRITEABLE_FILE:
        if (!watch) return -1;
        if (watch->writable) watch->writable(watch->user);
        return 0;
    case LWS_CALLBACK_RAW_CLOSE_FILE:
        if (watch) watch->wsi = NULL;
        return 0;
    default:
        return 0;
    }
}

tc_watch *tc_watch_new(tc_server *server, int fd, void (*readable)(void *user), void (*writable)(void *user),
                       void *user) {
    TC_ASSERT(fd >= 0 && readable);
    tc_watch *watch = malloc(sizeof *watch);
    if (!watch) {
        close(fd);
        return NULL;
    }
    *watch = (tc_watch){.server = server, .fd = fd, .readable = readable, .writable = writable, .user = user};
    lws_adopt_desc_t descriptor = {.vh = server->vhost,
                                   .type = LWS_ADOPT_RAW_FILE_DESC,
                                   .fd = {.filefd = fd},
                                   .vh_prot_name = "watch",
                                   .opaque = watch};
    watch->wsi = lws_adopt_descriptor_vhost_via_info(&descriptor);
    if (watch->wsi) return watch;
    free(watch);
    return NULL;
}

void tc_watch_request_write(tc_watch *watch) {
    if (watch->wsi) lws_callback_on_writable(watch->wsi);
}

void tc_watch_destroy(tc_watch *watch) {
    if (!watch) return;
    if (watch->wsi) {
        lws_set_opaque_user_data(watch->wsi, NULL);
        lws_set_timeout(watch->wsi, PENDING_TIMEOUT_CLOSE_ACK, LWS_TO_KILL_ASYNC);
    }
    free(watch);
}

// ---- Timers

static void timer_fired(lws_sorted_usec_list_t *list) {
    tc_timer *timer = (tc_timer *)(void *)list;
    timer->fire(timer->user);
}

tc_timer *tc_timer_new(tc_server *server, void (*fire)(void *user), void *user) {
    tc_timer *timer = calloc(1, sizeof *timer);
    if (timer) timer->server = server, timer->fire = fire, timer->user = user;
    return timer;
}

void tc_timer_set(tc_timer *timer, int ms) {
    TC_ASSERT(ms >= 0);
    lws_sul_schedule(timer->server->context, 0, &timer->list, timer_fired, (lws_usec_t)ms * 1000);
}

void tc_timer_cancel(tc_timer *timer) {
    lws_sul_schedule(timer->server->context, 0, &timer->list, timer_fired, LWS_SET_TIMER_USEC_CANCEL);
}

void tc_timer_destroy(tc_timer *timer) {
    if (timer) tc_timer_cancel(timer);
    free(timer);
}

// ---- WebSockets

void tc_peer_request_write(tc_peer *peer) {
    lws_callback_on_writable(peer->wsi);
}

uint8_t *tc_peer_buffer(tc_peer *peer) {
    return peer->server->buffer + LWS_PRE;
}

void tc_peer_send(tc_peer *peer, size_t size, bool binary, bool first, bool last) {
    TC_ASSERT(peer->may_send && size <= TC_SEND_MAX);
    peer->may_send = false;
    int kind = !first ? LWS_WRITE_CONTINUATION : binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
    if (!last) kind |= LWS_WRITE_NO_FIN;
    // lws buffers what the kernel does not accept, and reports no writable socket until that is sent.
    if (lws_write(peer->wsi, tc_peer_buffer(peer), size, (enum lws_write_protocol)kind) < (int)size)
        peer->failed = true;
}

void tc_peer_close(tc_peer *peer, int code, const char *reason) {
    TC_ASSERT(code >= 1000 && code < 5000);
    if (peer->closing) return;
    peer->closing = true;
    peer->close_code = code;
    snprintf(peer->close_reason, sizeof peer->close_reason, "%s", reason);
    lws_callback_on_writable(peer->wsi);
}

static int on_open(struct lws *wsi, tc_peer *peer) {
    tc_server *server = server_of(wsi);
    *peer = (tc_peer){.server = server, .wsi = wsi};
    peer->session = server->hooks.open(server->hooks.user, peer);
    return peer->session ? 0 : -1;
}

static int on_writable(struct lws *wsi, tc_peer *peer) {
    if (peer->closing) {
        lws_close_reason(wsi, (enum lws_close_status)peer->close_code, (unsigned char *)peer->close_reason,
                         strlen(peer->close_reason));
        return -1;
    }
    peer->may_send = true;
    peer->server->hooks.writable(peer->session);
    peer->may_send = false;
    return peer->failed ? -1 : 0;
}

static int peer_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length) {
    tc_peer *peer = user;
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        return on_open(wsi, peer);
    case LWS_CALLBACK_RECEIVE: {
        bool first = !peer->in_message, last = lws_is_final_fragment(wsi) != 0;
        peer->in_message = !last;
        if (!peer->closing)
            peer->server->hooks.receive(peer->session, in, length, lws_frame_is_binary(wsi) != 0, first, last);
        return 0;
    }
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return on_writable(wsi, peer);
    case LWS_CALLBACK_CLOSED:
        if (peer->session) peer->server->hooks.close(peer->session);
        peer->session = NULL;
        return 0;
    default:
        return 0;
    }
}

// ---- Server

static void accept_connections(void *user) {
    tc_server *server = user;
    for (;;) {
        int fd = accept4(server->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
        if (fd < 0) {
            if (errno != EAGAIN) { // out of descriptors or memory: the socket stays readable and would wake the loop
                lws_rx_flow_control(server->listener->wsi, 0);
                tc_timer_set(server->resume, RESUME_MS);
            }
            return;
        }
        if (server->connections >= server->max_connections) {
            close(fd);
            continue;
        }
        TC_ASSERT(server->connections >= 0);
        int one = 1, before = server->connections++;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        lws_adopt_desc_t descriptor = {.vh = server->vhost,
                                       .type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP,
                                       .fd = {.sockfd = fd},
                                       .opaque = (void *)&connection_mark};
        if (!lws_adopt_descriptor_vhost_via_info(&descriptor)) server->connections = before;
    }
}

static void resume_accepting(void *user) {
    tc_server *server = user;
    lws_rx_flow_control(server->listener->wsi, 1);
}

static int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length) {
    tc_server *server = server_of(wsi);
    if (reason != LWS_CALLBACK_WSI_DESTROY) return tc_http_callback(&server->http, wsi, (int)reason, user, in, length);
    // Called for every kind of connection, watches included.
    if (lws_get_opaque_user_data(wsi) == &connection_mark) server->connections--;
    TC_ASSERT(server->connections >= 0);
    return 0;
}

tc_server *tc_server_new(const tc_server_hooks *hooks, const tc_http_hooks *http_hooks, const char *subprotocol,
                         tc_error *error) {
    // A PING finds peers that have vanished without closing; a slow one has time to answer.
    static const lws_retry_bo_t idle = {.secs_since_valid_ping = 60, .secs_since_valid_hangup = 240};
    tc_server *server = calloc(1, sizeof *server);
    if (!server) goto fail;
    server->hooks = *hooks;
    server->http = (tc_http){.hooks = *http_hooks, .buffer = server->buffer + LWS_PRE};
    server->protocols[0] = (struct lws_protocols){
        .name = "http", .callback = http_callback, .per_session_data_size = sizeof(tc_exchange *)};
    server->protocols[1] = (struct lws_protocols){.name = subprotocol,
                                                  .callback = peer_callback,
                                                  .per_session_data_size = sizeof(tc_peer),
                                                  .rx_buffer_size = TC_SEND_MAX};
    server->protocols[2] = (struct lws_protocols){.name = "watch", .callback = watch_callback};
    // Without permessage-deflate: pixels and encoded files hardly shrink, and compression would block the loop.
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = server->protocols,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .server_string = "tilecast",
        .max_http_header_data = 16384,
        .pt_serv_buf_size = TC_SEND_MAX,
        .timeout_secs = 20,
        .keepalive_timeout = 60,
        .retry_and_idle_policy = &idle,
        .user = server,
    };
    lws_set_log_level(0, NULL); // it logs errors of clients, so that any client could fill the log
    info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    server->context = lws_create_context(&info);
    if (server->context) server->vhost = lws_create_vhost(server->context, &info);
    if (server->vhost) server->resume = tc_timer_new(server, resume_accepting, server);
    if (server->resume) return server;
fail:
    tc_fail(error, TC_ERR_MEMORY, "the server cannot start: it is out of memory or file descriptors");
    tc_server_destroy(server);
    return NULL;
}

static int bind_first(const struct addrinfo *list) {
    int fd = -1, problem = EADDRNOTAVAIL;
    for (const struct addrinfo *a = list; a; a = a->ai_next) {
        fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0) {
            problem = errno;
            continue;
        }
        int one = 1;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 512) == 0) return fd;
        problem = errno;
        close(fd);
        fd = -1;
    }
    errno = problem;
    return -1;
}

static int bound_port(int fd) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0) return 0;
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&address)->sin6_port
                                               : ((struct sockaddr_in *)(void *)&address)->sin_port);
}

tc_status tc_server_listen(tc_server *server, const char *host, int *port, int max_connections, tc_error *error) {
    TC_ASSERT(!server->listener && *port >= 0 && *port < 65536 && max_connections > 0);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *list;
    char service[16];
    snprintf(service, sizeof service, "%d", *port);
    int problem = getaddrinfo(host, service, &hints, &list);
    if (problem == EAI_MEMORY)
        return tc_fail(error, TC_ERR_MEMORY, "out of memory while looking up --host %.100s", host);
    if (problem)
        return tc_fail(error, TC_ERR_ARGUMENT, "--host %.100s is not an address of this machine: %s", host,
                       gai_strerror(problem));
    int fd = bind_first(list);
    freeaddrinfo(list);
    if (fd < 0 && errno == EADDRINUSE)
        return tc_fail(error, TC_ERR_IO, "port %d is in use by another program; choose another with --port", *port);
    if (fd < 0)
        return tc_fail(error, TC_ERR_IO, "cannot listen on %.100s port %d: %s", host, *port, tc_errno_text(errno));
    *port = bound_port(fd);
    server->listen_fd = fd;
    server->max_connections = max_connections;
    server->listener = tc_watch_new(server, fd, accept_connections, NULL, server);
    return server->listener ? TC_OK : tc_fail(error, TC_ERR_MEMORY, "out of memory while opening port %d", *port);
}

void tc_server_run(tc_server *server) {
    while (!server->stopping && lws_service(server->context, 0) >= 0) {
    }
}

void tc_server_stop(tc_server *server) {
    server->stopping = true;
    lws_cancel_service(server->context);
}

void tc_server_destroy(tc_server *server) {
    if (!server) return;
    tc_timer_destroy(server->resume);
    tc_watch_destroy(server->listener);
    if (server->context) lws_context_destroy(server->context);
    free(server);
}
