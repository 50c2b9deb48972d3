// A WebSocket connection on top of libwebsockets.
#include "cli/socket.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"

enum { HANDSHAKE_MS = 10000, MAX_TEXT = 1 << 20, RECEIVE_BYTES = 64 << 10 };

struct tc_socket {
    struct lws_context *context;
    struct lws *wsi; // NULL: not connected
    const tc_socket_handler *handler;
    void *user;
    bool open, in_message, timed_out;
    char *text; // received so far of a text message
    size_t text_size;
    char reason[200]; // of the connection's end
    char address[320];
    lws_sorted_usec_list_t timer;
    uint8_t buffer[LWS_PRE + TC_SOCKET_MESSAGE];
};

// Records the connection's end with the first reason; later ones are consequences. lws_service would continue to wait
// after a timer has called this or on_timer, so it is cancelled.
static void end(tc_socket *socket, const char *reason, size_t size) {
    socket->wsi = NULL;
    socket->open = false;
    lws_cancel_service(socket->context);
    if (socket->reason[0] || !reason) return;
    snprintf(socket->reason, sizeof socket->reason, "%.*s", (int)size, reason);
}

// Appends a fragment of a text message. False if the message is too long or memory runs out.
static bool receive_text(tc_socket *socket, const char *bytes, size_t size, bool last) {
    if (size > MAX_TEXT - socket->text_size) return false;
    char *grown = realloc(socket->text, socket->text_size + size + 1);
    if (!grown) return false;
    socket->text = grown;
    memcpy(grown + socket->text_size, bytes, size);
    socket->text_size += size;
    if (!last) return true;
    size_t length = socket->text_size;
    socket->text_size = 0;
    socket->handler->text(socket->user, grown, length);
    return true;
}

static int receive(tc_socket *socket, const void *bytes, size_t size) {
    bool first = !socket->in_message;
    bool last = lws_is_final_fragment(socket->wsi) != 0;
    socket->in_message = !last;
    if (lws_frame_is_binary(socket->wsi)) {
        socket->handler->binary(socket->user, bytes, size, first, last);
        return 0;
    }
    if (receive_text(socket, bytes, size, last)) return 0;
    static const char reason[] = "its message is too long";
    end(socket, reason, sizeof reason);
    return -1;
}

static int transmit(tc_socket *socket) {
    bool binary = false;
    uint8_t *message = socket->buffer + LWS_PRE;
    size_t size = socket->handler->write(socket->user, message, TC_SOCKET_MESSAGE, &binary);
    TC_ASSERT(size <= TC_SOCKET_MESSAGE);
    if (size == 0) return 0;
    if (lws_write(socket->wsi, message, size, binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT) < (int)size) return -1;
    lws_callback_on_writable(socket->wsi);
    return 0;
}

// Translates the reasons of libwebsockets, which name its internals.
static void end_unconnected(tc_socket *socket, struct lws *wsi, const char *what) {
    char reason[160] = "the connection was refused";
    int status = (int)lws_http_client_http_response(wsi);
    if (what && (strstr(what, "SSL") || strstr(what, "ssl") || strstr(what, "tls") || strstr(what, "cert")))
        snprintf(reason, sizeof reason, "TLS failed: the server takes ws:// only, or its certificate is not trusted");
    else if (what && strncmp(what, "HS:", 3) == 0 && status >= 300)
        snprintf(reason, sizeof reason, "the WebSocket was refused with HTTP status %d", status);
    else if (what && strncmp(what, "HS:", 3) == 0)
        snprintf(reason, sizeof reason, "another program answers there");
    end(socket, reason, strlen(reason));
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *unused, void *in, size_t size) {
    (void)unused;
    tc_socket *socket = lws_context_user(lws_get_context(wsi));
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        socket->open = true;
        break;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return receive(socket, in, size);
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return transmit(socket);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        end_unconnected(socket, wsi, in);
        break;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        if (size > 2) end(socket, (const char *)in + 2, size - 2); // behind the status code of two bytes
        break;
    case LWS_CALLBACK_CLIENT_CLOSED:
        end(socket, NULL, 0);
        break;
    default:
        break;
    }
    return 0;
}

static void on_timer(lws_sorted_usec_list_t *timer) {
    tc_socket *socket = lws_container_of(timer, tc_socket, timer);
    socket->timed_out = true;
    lws_cancel_service(socket->context);
}

static const struct lws_protocols protocols[] = {
    {.name = "tilecast", .callback = on_event, .rx_buffer_size = RECEIVE_BYTES},
    {0},
};

static bool start(tc_socket *socket, const tc_url *url, const char *subprotocol) {
    static const lws_retry_bo_t alive = {.secs_since_valid_ping = 3, .secs_since_valid_hangup = 9};
    lws_set_log_level(0, NULL);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN, .protocols = protocols, .gid = -1, .uid = -1, .user = socket};
    if (url->tls) info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.retry_and_idle_policy = &alive;
    info.connect_timeout_secs = info.timeout_secs = 2 * HANDSHAKE_MS / 1000; // longer than this program's own timer
    socket->context = lws_create_context(&info);
    if (!socket->context) return false;
    char host[sizeof url->host + 16];
    bool bare = strchr(url->host, ':') != NULL; // an IPv6 address
    snprintf(host, sizeof host, "%s%s%s:%d", bare ? "[" : "", url->host, bare ? "]" : "", url->port);
    struct lws_client_connect_info connect = {
        .context = socket->context,
        .address = url->host,
        .port = url->port,
        .path = url->path,
        .host = host,
        .protocol = subprotocol,
        .local_protocol_name = protocols[0].name,
        .ssl_connection = url->tls ? LCCSCF_USE_SSL : 0,
        .retry_and_idle_policy = &alive,
        .pwsi = &socket->wsi,
        .ietf_version_or_minus_one = -1,
    };
    return lws_client_connect_via_info(&connect) != NULL;
}

tc_socket *tc_socket_open(const tc_url *url, const char *subprotocol, const tc_socket_handler *handler, void *user,
                          tc_error *error) {
    tc_socket *socket = calloc(1, sizeof *socket);
    if (!socket) {
        tc_fail(error, TC_ERR_MEMORY, "out of memory");
        return NULL;
    }
    socket->handler = handler;
    socket->user = user;
    bool bare = strchr(url->host, ':') != NULL;
    snprintf(socket->address, sizeof socket->address, "%s://%s%s%s:%d", url->tls ? "wss" : "ws", bare ? "[" : "",
             url->host, bare ? "]" : "", url->port);
    if (start(socket, url, subprotocol)) {
        lws_sul_schedule(socket->context, 0, &socket->timer, on_timer, HANDSHAKE_MS * (lws_usec_t)LWS_US_PER_MS);
        while (socket->wsi && !socket->open && !socket->timed_out) lws_service(socket->context, 0);
        lws_sul_schedule(socket->context, 0, &socket->timer, on_timer, LWS_SET_TIMER_USEC_CANCEL);
    }
    if (socket->open) return socket;
    const char *reason = socket->timed_out   ? "no answer within 10 s"
                         : socket->reason[0] ? socket->reason
                                             : "the host is unknown or unreachable";
    tc_fail(error, TC_ERR_UNAVAILABLE, "there is no Tilecast server at %s (%s)", socket->address, reason);
    tc_socket_close(socket);
    return NULL;
}

void tc_socket_close(tc_socket *socket) {
    if (!socket) return;
    if (socket->context) lws_context_destroy(socket->context);
    free(socket->text);
    free(socket);
}

void tc_socket_want_write(tc_socket *socket) {
    if (socket->wsi) lws_callback_on_writable(socket->wsi);
}

tc_status tc_socket_service(tc_socket *socket, int limit_ms, tc_error *error) {
    socket->timed_out = false;
    if (limit_ms > 0)
        lws_sul_schedule(socket->context, 0, &socket->timer, on_timer, limit_ms * (lws_usec_t)LWS_US_PER_MS);
    if (socket->open) lws_service(socket->context, 0);
    if (limit_ms > 0) lws_sul_schedule(socket->context, 0, &socket->timer, on_timer, LWS_SET_TIMER_USEC_CANCEL);
    if (socket->open) return TC_OK;
    return tc_fail(error, TC_ERR_UNAVAILABLE, "the connection to the server at %s was lost%s%s%s", socket->address,
                   socket->reason[0] ? " (" : "", socket->reason, socket->reason[0] ? ")" : "");
}

size_t tc_socket_base64(const char *text, uint8_t *to, size_t room) {
    uint8_t bytes[1 << 16]; // libwebsockets also writes a NUL
    size_t length = strlen(text);
    int size = length / 4 * 3 < sizeof bytes ? lws_b64_decode_string(text, (char *)bytes, (int)sizeof bytes) : -1;
    if (size <= 0 || (size_t)size > room) return 0;
    memcpy(to, bytes, (size_t)size);
    return (size_t)size;
}
