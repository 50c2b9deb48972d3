// Reads and writes records on a connected Unix socket.
#include "backend/pool_link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/assert.h"
#include "core/wire.h"
#include "system/errno_text.h"

enum { RETRY_MS = 100 };

struct tc_pool_link {
    tc_server *server;
    tc_pool_link_hooks hooks;
    int listen_fd, fd;
    tc_watch *listener, *connection;
    tc_timer *retry; // of a record for which there was no memory
    tc_blob out;     // records that have not been sent
    size_t in_size;
    uint8_t in[TC_WIRE_HEADER + TC_MAX_CONTROL_BYTES];
};

static void drop(tc_pool_link *link) {
    tc_watch_destroy(link->connection);
    link->connection = NULL;
    link->in_size = 0;
    tc_timer_cancel(link->retry);
    tc_blob_clear(&link->out);
}

static void lose(tc_pool_link *link) {
    drop(link);
    link->hooks.closed(link->hooks.user);
}

// Reads the first record of `size` bytes. `*message` is NULL when it is not complete yet.
static tc_status read_record(const uint8_t *bytes, size_t size, size_t *record_size, tc_json **message,
                             tc_error *error) {
    tc_frame frame;
    *message = NULL;
    if (size < TC_WIRE_HEADER) return TC_OK;
    tc_status status = tc_frame_read(&frame, bytes, TC_WIRE_HEADER, error);
    if (status) return status;
    if (frame.type != TC_FRAME_CONTROL || frame.length > TC_MAX_CONTROL_BYTES)
        return tc_fail(error, TC_ERR_PROTOCOL, "a record of type %d with %u bytes", frame.type, frame.length);
    *record_size = TC_WIRE_HEADER + frame.length;
    if (size < *record_size) return TC_OK;
    *message = tc_json_parse((const char *)bytes + TC_WIRE_HEADER, frame.length, error);
    return *message ? TC_OK : error->status;
}

// Handles the complete records among the bytes received, and removes them.
static tc_status handle_records(tc_pool_link *link, tc_error *error) {
    TC_ASSERT(link->in_size <= sizeof link->in);
    size_t at = 0, size = 0;
    tc_status status = TC_OK;
    while (link->connection) {
        tc_json *message;
        status = read_record(link->in + at, link->in_size - at, &size, &message, error);
        if (!message) break;
        at += size;
        link->hooks.message(link->hooks.user, message);
        tc_json_destroy(message);
    }
    if (!link->connection) return TC_OK; // a message has led to its end
    memmove(link->in, link->in + at, link->in_size - at);
    link->in_size -= at;
    return status;
}

static void on_readable(void *user) {
    tc_pool_link *link = user;
    while (link->connection) {
        tc_error error;
        tc_status status = handle_records(link, &error);
        if (status == TC_ERR_MEMORY) {
            tc_timer_set(link->retry, RETRY_MS);
            return;
        }
        if (status) {
            fprintf(stderr, "tilecastd: cannot read a message of the pool: %s\n", error.text);
            lose(link);
        }
        if (!link->connection) return;
        TC_ASSERT(link->in_size < sizeof link->in); // which has room for the longest record
        ssize_t n = read(link->fd, link->in + link->in_size, sizeof link->in - link->in_size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return;
        if (n > 0)
            link->in_size += (size_t)n;
        else
            lose(link);
    }
}

void tc_pool_link_finish(tc_pool_link *link) {
    on_readable(link);
    drop(link);
}

static void on_writable(void *user) {
    tc_pool_link *link = user;
    size_t sent = 0;
    while (sent < link->out.size) {
        ssize_t n = send(link->fd, link->out.data + sent, link->out.size - sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) break; // EAGAIN; another error is found when reading
        sent += (size_t)n;
    }
    if (sent > 0) memmove(link->out.data, link->out.data + sent, link->out.size - sent);
    link->out.size -= sent;
    if (link->out.size > 0)
        tc_watch_request_write(link->connection);
    else
        tc_blob_clear(&link->out);
}

static void on_connection(void *user) {
    tc_pool_link *link = user;
    for (;;) {
        int fd = accept4(link->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        if (link->connection) {
            close(fd);
            continue;
        }
        link->fd = fd;
        link->connection = tc_watch_new(link->server, fd, on_readable, on_writable, link);
    }
}

static int listen_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    TC_ASSERT(length < (int)sizeof address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 4) == 0) return fd;
    close(fd);
    return -1;
}

tc_pool_link *tc_pool_link_new(tc_server *server, const char *path, const tc_pool_link_hooks *hooks, tc_error *error) {
    tc_pool_link *link = calloc(1, sizeof *link);
    if (!link) goto fail;
    link->server = server;
    link->hooks = *hooks;
    link->retry = tc_timer_new(server, on_readable, link);
    link->listen_fd = link->retry ? listen_at(path) : -1;
    if (link->listen_fd >= 0) link->listener = tc_watch_new(server, link->listen_fd, on_connection, NULL, link);
    if (link->listener) return link;
fail:
    tc_fail(error, TC_ERR_IO, "cannot open the pool's socket %s: %s", path, tc_errno_text(errno));
    tc_pool_link_destroy(link);
    return NULL;
}

void tc_pool_link_destroy(tc_pool_link *link) {
    if (!link) return;
    if (link->retry) drop(link);
    tc_timer_destroy(link->retry);
    tc_watch_destroy(link->listener);
    free(link);
}

tc_status tc_pool_link_send(tc_pool_link *link, const tc_json *message, tc_error *error) {
    char *text = tc_json_print(message);
    if (!text) goto fail;
    if (!link->connection) {
        free(text);
        return TC_OK;
    }
    size_t length = strlen(text), before = link->out.size;
    uint8_t header[TC_WIRE_HEADER];
    tc_frame_write(header, &(tc_frame){.type = TC_FRAME_CONTROL, .length = (uint32_t)length});
    if (tc_blob_append(&link->out, header, sizeof header) || tc_blob_append(&link->out, text, length)) {
        link->out.size = before; // half a record must not be sent
        goto fail;
    }
    free(text);
    tc_watch_request_write(link->connection);
    return TC_OK;
fail:
    free(text);
    return tc_fail(error, TC_ERR_MEMORY, "the server is out of memory; try again later");
}
