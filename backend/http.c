// HTTP requests and their replies.
#include "backend/server_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT = 1024, REPLY_SECONDS = 30 };

struct tc_exchange {
    struct lws *wsi;
    tc_http_reply reply;
    size_t sent;
    bool head, close, headers_sent;
};

// The same for every reply: nothing is loaded from, sent to or framed by another origin.
static const struct {
    const char *name, *value;
} fixed_headers[] = {
    {"content-security-policy:",
     "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
     "connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
     "frame-ancestors 'self'"},
    {"x-content-type-options:", "nosniff"},
    {"referrer-policy:", "no-referrer"},
    // Isolated from others, the page may have workers with one memory.
    {"cross-origin-opener-policy:", "same-origin"},
    {"cross-origin-embedder-policy:", "require-corp"},
    {"permissions-policy:", "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"},
};

tc_http_reply tc_http_reply_text(int status, const char *type, char *body) {
    return (tc_http_reply){
        .status = status, .type = type, .body = body, .file = -1, .size = body ? strlen(body) : 0, .cache = "no-store"};
}

static void clear_reply(tc_http_reply *reply) {
    free(reply->body);
    if (reply->file >= 0) close(reply->file);
    *reply = (tc_http_reply){.file = -1};
}

// A header that is too long to be one of ours must not pass for one that is absent: who may connect depends on it.
static void copy_header(struct lws *wsi, enum lws_token_indexes token, char text[TEXT]) {
    if (lws_hdr_copy(wsi, text, TEXT, token) >= 0) return;
    text[0] = lws_hdr_total_length(wsi, token) > 0 ? '?' : 0;
    text[1] = 0;
}

// The request's path and method. lws has decoded the path and taken the query off.
static const char *read_path(struct lws *wsi, char path[TEXT]) {
    static const struct {
        enum lws_token_indexes token;
        const char *method;
    } methods[] = {
        {WSI_TOKEN_GET_URI, "GET"},     {WSI_TOKEN_HEAD_URI, "HEAD"},       {WSI_TOKEN_POST_URI, "POST"},
        {WSI_TOKEN_PUT_URI, "PUT"},     {WSI_TOKEN_DELETE_URI, "DELETE"},   {WSI_TOKEN_PATCH_URI, "PATCH"},
        {WSI_TOKEN_CONNECT, "CONNECT"}, {WSI_TOKEN_OPTIONS_URI, "OPTIONS"},
    };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (lws_hdr_total_length(wsi, methods[i].token) <= 0) continue;
        copy_header(wsi, methods[i].token, path); // "?" when it is longer than any path we have
        return methods[i].method;
    }
    path[0] = 0;
    return "";
}

typedef struct head {
    char path[TEXT], host[TEXT], origin[TEXT], protocols[TEXT], accept_encoding[TEXT], if_none_match[TEXT];
    tc_http_request request;
} head;

static void read_head(struct lws *wsi, head *h) {
    const char *method = read_path(wsi, h->path);
    copy_header(wsi, WSI_TOKEN_HOST, h->host);
    copy_header(wsi, WSI_TOKEN_ORIGIN, h->origin);
    copy_header(wsi, WSI_TOKEN_PROTOCOL, h->protocols);
    copy_header(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, h->accept_encoding);
    copy_header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, h->if_none_match);
    h->request = (tc_http_request){.method = method,
                                   .path = h->path,
                                   .host = h->host,
                                   .origin = h->origin,
                                   .protocols = h->protocols,
                                   .accept_encoding = h->accept_encoding,
                                   .if_none_match = h->if_none_match};
}

static int add_header(struct lws *wsi, const char *name, const char *value, unsigned char **p, unsigned char *end) {
    if (!value || !value[0]) return 0;
    return lws_add_http_header_by_name(wsi, (const unsigned char *)name, (const unsigned char *)value,
                                       (int)strlen(value), p, end);
}

static int write_headers(struct lws *wsi, const tc_http_reply *reply, bool closing) {
    unsigned char buffer[LWS_PRE + 4096], *start = buffer + LWS_PRE, *p = start, *end = buffer + sizeof buffer - 1;
    // A 304 has no body and tells no length.
    lws_filepos_t length = reply->status == 304 ? LWS_ILLEGAL_HTTP_CONTENT_LEN : reply->size;
    if (lws_add_http_common_headers(wsi, (unsigned)reply->status, reply->type, length, &p, end)) return -1;
    if (add_header(wsi, "content-encoding:", reply->encoding, &p, end) ||
        add_header(wsi, "cache-control:", reply->cache, &p, end) || add_header(wsi, "etag:", reply->etag, &p, end) ||
        add_header(wsi, "allow:", reply->allow, &p, end) ||
        add_header(wsi, "vary:", reply->etag[0] ? "Accept-Encoding" : NULL, &p, end) ||
        add_header(wsi, "connection:", closing ? "close" : NULL, &p, end))
        return -1;
    for (size_t i = 0; i < sizeof fixed_headers / sizeof fixed_headers[0]; i++)
        if (add_header(wsi, fixed_headers[i].name, fixed_headers[i].value, &p, end)) return -1;
    return lws_finalize_write_http_header(wsi, start, &p, end) ? -1 : 0;
}

static void drop_exchange(tc_http_session *session) {
    tc_exchange *exchange = session->exchange;
    if (!exchange) return;
    session->exchange = NULL;
    clear_reply(&exchange->reply);
    free(exchange);
}

static int finish(struct lws *wsi, tc_http_session *session) {
    bool closing = session->exchange->close;
    drop_exchange(session);
    return lws_http_transaction_completed(wsi) || closing ? -1 : 0;
}

static int send_body(struct lws *wsi, tc_http_session *session) {
    tc_exchange *exchange = session->exchange;
    const tc_http_reply *reply = &exchange->reply;
    uint8_t *buffer = tc_server_of(wsi)->buffer + LWS_PRE;
    size_t n = reply->size - exchange->sent;
    if (n > TC_SEND_MAX) n = TC_SEND_MAX;
    if (reply->body)
        memcpy(buffer, reply->body + exchange->sent, n);
    else if (pread(reply->file, buffer, n, (off_t)exchange->sent) != (ssize_t)n)
        return -1; // the file was cut meanwhile: the promised length cannot be kept
    exchange->sent += n;
    bool last = exchange->sent == reply->size;
    if (lws_write(wsi, buffer, n, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < (int)n) return -1;
    if (last) return finish(wsi, session);
    lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, REPLY_SECONDS);
    lws_callback_on_writable(wsi);
    return 0;
}

static int send_headers(struct lws *wsi, tc_http_session *session) {
    tc_exchange *exchange = session->exchange;
    exchange->headers_sent = true;
    if (write_headers(wsi, &exchange->reply, exchange->close)) return -1;
    if (exchange->head || exchange->reply.size == 0) return finish(wsi, session);
    if (exchange->close) return send_body(wsi, session); // lws waits for the request's body and asks for nothing
    lws_callback_on_writable(wsi);
    return 0;
}

static bool has_body(struct lws *wsi) {
    char length[24] = "0";
    lws_hdr_copy(wsi, length, sizeof length, WSI_TOKEN_HTTP_CONTENT_LENGTH);
    return strspn(length, "0") != strlen(length) || lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
}

static int on_request(struct lws *wsi, tc_http_session *session) {
    tc_server *server = tc_server_of(wsi);
    head h;
    read_head(wsi, &h);
    drop_exchange(session);
    tc_exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange) return -1;
    session->exchange = exchange;
    exchange->wsi = wsi;
    exchange->reply.file = -1;
    exchange->head = strcmp(h.request.method, "HEAD") == 0;
    bool body = has_body(wsi), get = exchange->head || strcmp(h.request.method, "GET") == 0;
    exchange->close = body || !get; // what is in it stays unread
    lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, REPLY_SECONDS);
    tc_http_reply reply = {.file = -1};
    if (body && get)
        reply = tc_http_reply_text(400, "text/plain; charset=utf-8", strdup("GET and HEAD take no body here.\n"));
    else
        server->hooks.request(server->hooks.app, exchange, &h.request, &reply);
    if (reply.status == 0) return 0;
    exchange->reply = reply;
    return send_headers(wsi, session);
}

void tc_exchange_reply(tc_exchange *exchange, const tc_http_reply *reply) {
    exchange->reply = *reply;
    lws_callback_on_writable(exchange->wsi);
}

// 1: refused, and the refusal has been written.
static int on_upgrade(struct lws *wsi) {
    tc_server *server = tc_server_of(wsi);
    head h;
    read_head(wsi, &h);
    tc_http_reply reply = {.file = -1};
    server->hooks.upgrade(server->hooks.app, &h.request, &reply);
    if (reply.status == 0) return 0;
    int result = write_headers(wsi, &reply, true) ? -1 : 1;
    if (result > 0 && reply.size > 0) {
        size_t n = reply.size < TC_SEND_MAX ? reply.size : TC_SEND_MAX;
        memcpy(server->buffer + LWS_PRE, reply.body, n);
        if (lws_write(wsi, server->buffer + LWS_PRE, n, LWS_WRITE_HTTP_FINAL) < (int)n) result = -1;
    }
    clear_reply(&reply);
    return result;
}

int tc_http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length) {
    tc_http_session *session = user;
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        return on_request(wsi, session);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return on_upgrade(wsi);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        if (!session || !session->exchange || session->exchange->reply.status == 0) return 0;
        return session->exchange->headers_sent ? send_body(wsi, session) : send_headers(wsi, session);
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
    case LWS_CALLBACK_CLOSED_HTTP:
        if (session && session->exchange) {
            tc_server *server = tc_server_of(wsi);
            if (session->exchange->reply.status == 0) server->hooks.gone(server->hooks.app, session->exchange);
            drop_exchange(session);
        }
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        tc_server_left(wsi);
        return 0;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, length);
    }
}
