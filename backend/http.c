// Reads the heads of HTTP requests and writes replies, a body in pieces as fast as the client reads.
#include "backend/http.h"

#include <libwebsockets.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/assert.h"

enum { MAX_HEADER = 1024, REPLY_SECONDS = 30 };

struct tc_exchange {
    struct lws *wsi;
    tc_http_reply reply;
    size_t sent; // bytes of the body
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
    // SharedArrayBuffer, which the page's threads need, exists in isolated pages only.
    {"cross-origin-opener-policy:", "same-origin"},
    {"cross-origin-embedder-policy:", "require-corp"},
    {"permissions-policy:", "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"},
};

tc_http_reply tc_http_reply_text(int status, const char *type, const char *text) {
    TC_ASSERT(status >= 100 && status < 600 && text);
    return (tc_http_reply){
        .status = status, .type = type, .text = text, .file = -1, .size = strlen(text), .cache = "no-store"};
}

tc_http_reply tc_http_reply_body(int status, const char *type, char *body) {
    TC_ASSERT(status >= 100 && status < 600 && body);
    return (tc_http_reply){
        .status = status, .type = type, .body = body, .file = -1, .size = strlen(body), .cache = "no-store"};
}

static void clear_reply(tc_http_reply *reply) {
    free(reply->body);
    if (reply->file >= 0) close(reply->file);
    *reply = (tc_http_reply){.file = -1};
}

// ---- The head of a request

// A header that is too long becomes "?", not "": access control must not take it for an absent one.
static void copy_header(struct lws *wsi, enum lws_token_indexes token, char text[MAX_HEADER]) {
    if (lws_hdr_copy(wsi, text, MAX_HEADER, token) >= 0) return;
    text[0] = lws_hdr_total_length(wsi, token) > 0 ? '?' : 0;
    text[1] = 0;
}

// Copies the path and returns the method. libwebsockets has decoded the path and removed the query.
static const char *read_path(struct lws *wsi, char path[MAX_HEADER]) {
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
        copy_header(wsi, methods[i].token, path);
        return methods[i].method;
    }
    path[0] = 0;
    return "";
}

typedef struct head {
    char path[MAX_HEADER], host[MAX_HEADER], origin[MAX_HEADER], protocols[MAX_HEADER];
    char accept_encoding[MAX_HEADER], if_none_match[MAX_HEADER];
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

static bool has_body(struct lws *wsi) {
    char length[24] = "0";
    lws_hdr_copy(wsi, length, sizeof length, WSI_TOKEN_HTTP_CONTENT_LENGTH);
    return strspn(length, "0") != strlen(length) || lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
}

// ---- Replies

static int add_header(struct lws *wsi, const char *name, const char *value, unsigned char **p, unsigned char *end) {
    if (!value || !value[0]) return 0;
    return lws_add_http_header_by_name(wsi, (const unsigned char *)name, (const unsigned char *)value,
                                       (int)strlen(value), p, end);
}

static int write_headers(struct lws *wsi, const tc_http_reply *reply, bool closing) {
    unsigned char buffer[LWS_PRE + 4096], *start = buffer + LWS_PRE, *p = start, *end = buffer + sizeof buffer - 1;
    // A 304 has neither a body nor a content-length.
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

// Copies the next `size` bytes of the body to `buffer`. False when a file has become shorter.
static bool read_body(const tc_http_reply *reply, size_t offset, uint8_t *buffer, size_t size) {
    TC_ASSERT(size <= TC_SEND_MAX && offset + size <= reply->size);
    const char *body = reply->body ? reply->body : reply->text;
    if (!body) return pread(reply->file, buffer, size, (off_t)offset) == (ssize_t)size;
    memcpy(buffer, body + offset, size);
    return true;
}

static void destroy_exchange(tc_exchange **exchange) {
    if (*exchange) clear_reply(&(*exchange)->reply);
    free(*exchange);
    *exchange = NULL;
}

static int finish(struct lws *wsi, tc_exchange **exchange) {
    bool closing = (*exchange)->close;
    destroy_exchange(exchange);
    return lws_http_transaction_completed(wsi) || closing ? -1 : 0;
}

static int send_body(const tc_http *http, struct lws *wsi, tc_exchange **owner) {
    tc_exchange *exchange = *owner;
    size_t remaining = exchange->reply.size - exchange->sent;
    size_t n = remaining < TC_SEND_MAX ? remaining : TC_SEND_MAX;
    // A file that was cut cannot fill the length that has been sent already.
    if (!read_body(&exchange->reply, exchange->sent, http->buffer, n)) return -1;
    exchange->sent += n;
    bool last = n == remaining;
    if (lws_write(wsi, http->buffer, n, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < (int)n) return -1;
    if (last) return finish(wsi, owner);
    lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, REPLY_SECONDS);
    lws_callback_on_writable(wsi);
    return 0;
}

static int send_headers(const tc_http *http, struct lws *wsi, tc_exchange **owner) {
    tc_exchange *exchange = *owner;
    TC_ASSERT(exchange->reply.status && !exchange->headers_sent);
    exchange->headers_sent = true;
    if (write_headers(wsi, &exchange->reply, exchange->close)) return -1;
    if (exchange->head || exchange->reply.size == 0) return finish(wsi, owner);
    // While lws waits for the request's body it reports no writable socket.
    if (exchange->close) return send_body(http, wsi, owner);
    lws_callback_on_writable(wsi);
    return 0;
}

void tc_exchange_reply(tc_exchange *exchange, const tc_http_reply *reply) {
    TC_ASSERT(exchange->reply.status == 0 && reply->status != 0);
    exchange->reply = *reply;
    lws_callback_on_writable(exchange->wsi);
}

// ---- Events

static int on_request(const tc_http *http, struct lws *wsi, tc_exchange **owner) {
    head h;
    read_head(wsi, &h);
    destroy_exchange(owner);
    tc_exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange) return -1;
    *owner = exchange;
    exchange->wsi = wsi;
    exchange->reply.file = -1;
    exchange->head = strcmp(h.request.method, "HEAD") == 0;
    bool body = has_body(wsi), get = exchange->head || strcmp(h.request.method, "GET") == 0;
    exchange->close = body || !get; // a body, which other methods may have, is not read
    lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, REPLY_SECONDS);
    tc_http_reply reply = {.file = -1};
    if (body && get)
        reply = tc_http_reply_text(400, "text/plain; charset=utf-8", "GET and HEAD requests must not have a body.\n");
    else
        http->hooks.request(http->hooks.user, exchange, &h.request, &reply);
    if (reply.status == 0) return 0;
    exchange->reply = reply;
    return send_headers(http, wsi, owner);
}

// Returns 1 when the upgrade was refused and the refusal has been written.
static int on_upgrade(const tc_http *http, struct lws *wsi) {
    head h;
    read_head(wsi, &h);
    tc_http_reply reply = {.file = -1};
    http->hooks.upgrade(http->hooks.user, &h.request, &reply);
    if (reply.status == 0) return 0;
    TC_ASSERT(reply.file < 0);
    int result = write_headers(wsi, &reply, true) ? -1 : 1;
    if (result > 0 && reply.size > 0) {
        size_t n = reply.size < TC_SEND_MAX ? reply.size : TC_SEND_MAX;
        read_body(&reply, 0, http->buffer, n);
        if (lws_write(wsi, http->buffer, n, LWS_WRITE_HTTP_FINAL) < (int)n) result = -1;
    }
    clear_reply(&reply);
    return result;
}

static int on_writable(const tc_http *http, struct lws *wsi, tc_exchange **owner) {
    if (!*owner || (*owner)->reply.status == 0) return 0;
    return (*owner)->headers_sent ? send_body(http, wsi, owner) : send_headers(http, wsi, owner);
}

int tc_http_callback(const tc_http *http, struct lws *wsi, int reason, tc_exchange **exchange, void *in,
                     size_t length) {
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        return on_request(http, wsi, exchange);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return on_upgrade(http, wsi);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return exchange ? on_writable(http, wsi, exchange) : 0;
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
    case LWS_CALLBACK_CLOSED_HTTP:
        if (exchange && *exchange) {
            if ((*exchange)->reply.status == 0) http->hooks.gone(http->hooks.user, *exchange);
            destroy_exchange(exchange);
        }
        return 0;
    default:
        return lws_callback_http_dummy(wsi, (enum lws_callback_reasons)reason, exchange, in, length);
    }
}
