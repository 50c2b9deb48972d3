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

// A message that cannot be read may only lack memory: it is tried again after a while, so many times in all.
enum { MAX_TRIES = 5, RETRY_MS = 20 };

struct tc_pool_link {
    tc_server *server;
    tc_pool_link_hooks hooks;
    int listen_fd, fd;
    tc_watch *listener, *connection;
    tc_timer *retry;
    int tries;   // of the first record in `in`
    tc_blob out; // records that have not been sent
    size_t in_size;
    uint8_t in[TC_WIRE_HEADER + TC_MAX_CONTROL_BYTES];
};

static void drop(tc_pool_link *link) {
    tc_watch_destroy(link->connection);
    link->connection = NULL;
    tc_timer_cancel(link->retry);
    link->in_size = 0;
    link->tries = 0;
    tc_blob_clear(&link->out);
}

static void lose(tc_pool_link *link) {
    drop(link);
    link->hooks.closed(link->hooks.user);
}

// Removes the records before offset `at`, which have been handled.
static void keep_from(tc_pool_link *link, size_t at) {
    TC_ASSERT(at <= link->in_size);
    memmove(link->in, link->in + at, link->in_size - at);
    link->in_size -= at;
}

// Handles the records that are complete. Fails when the bytes are not records.
static tc_status read_records(tc_pool_link *link, tc_error *error) {
    TC_ASSERT(link->in_size <= sizeof link->in);
    size_t at = 0;
    while (link->connection && link->in_size - at >= TC_WIRE_HEADER) {
        tc_frame frame;
        if (tc_frame_read(&frame, link->in + at, TC_WIRE_HEADER, error)) return error->status;
        if (frame.type != TC_FRAME_CONTROL || frame.length > TC_MAX_CONTROL_BYTES)
            return tc_fail(error, TC_ERR_PROTOCOL, "a record of type %d with %u bytes", frame.type, frame.length);
        if (link->in_size - at < TC_WIRE_HEADER + frame.length) break;
        tc_json *message = tc_json_parse((const char *)link->in + at + TC_WIRE_HEADER, frame.length, error);
        if (!message) {
            keep_from(link, at);
            return error->status;
        }
        link->tries = 0;
        link->hooks.message(link->hooks.user, message);
        tc_json_destroy(message);
        at += TC_WIRE_HEADER + frame.length;
    }
    if (link->connection) keep_from(link, at); // else a message has closed it
    return TC_OK;
}

// Handles what has come. False if nothing more can be read now: the connection is lost, or a record is to be retried.
static bool handle_records(tc_pool_link *link) {
    tc_error error;
    if (!read_records(link, &error)) return true;
    if (++link->tries < MAX_TRIES) {
        tc_timer_set(link->retry, RETRY_MS);
        return false;
    }
    fprintf(stderr, "tilecastd: cannot read a message of the pool: %s\n", error.text);
    lose(link);
    return false;
}

static void on_readable(void *user) {
    tc_pool_link *link = user;
    while (link->connection) {
        if (link->in_size == sizeof link->in && !handle_records(link)) return;
        ssize_t n = read(link->fd, link->in + link->in_size, sizeof link->in - link->in_size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) {
            lose(link);
            return;
        }
        link->in_size += (size_t)n;
        if (!handle_records(link)) return;
    }
}

static void on_retry(void *user) {
    tc_pool_link *link = user;
    if (link->connection && handle_records(link)) on_readable(link);
}

void tc_pool_link_finish(tc_pool_link *link) {
    on_readable(link);
    while (link->connection && link->tries > 0) handle_records(link);
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

tc_pool_link *tc_pool_link_new(tc_server *server, const char *path, const tc_pool_link_hooks *hooks, tc_error *error) {
    tc_pool_link *link = calloc(1, sizeof *link);
    if (!link) {
        tc_fail(error, TC_ERR_MEMORY, "out of memory while opening the pool's socket");
        return NULL;
    }
    link->server = server;
    link->hooks = *hooks;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (length < (int)sizeof address.sun_path && fd >= 0 &&
        bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 4) == 0) {
        link->listen_fd = fd;
        link->retry = tc_timer_new(server, on_retry, link);
        link->listener = tc_watch_new(server, fd, on_connection, NULL, link);
        if (link->retry && link->listener) return link;
        tc_watch_destroy(link->listener);
        fd = -1;
    }
    tc_fail(error, TC_ERR_IO, "cannot open the pool's socket %s: %s", path, tc_errno_text(errno));
    if (fd >= 0) close(fd);
    tc_timer_destroy(link->retry);
    free(link);
    return NULL;
}

void tc_pool_link_destroy(tc_pool_link *link) {
    if (!link) return;
    drop(link);
    tc_watch_destroy(link->listener);
    tc_timer_destroy(link->retry);
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
