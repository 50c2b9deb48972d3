#include "backend/link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/wire.h"

struct tc_link {
    tc_server *server;
    tc_link_hooks hooks;
    int listen_fd, fd;
    tc_watch *listener, *connection;
    tc_blob out; // not sent yet
    size_t in_size;
    uint8_t in[TC_WIRE_HEADER + TC_MAX_CONTROL_BYTES];
};

void tc_link_drop(tc_link *link) {
    tc_watch_destroy(link->connection);
    link->connection = NULL;
    link->in_size = 0;
    tc_blob_clear(&link->out);
}

static void lose(tc_link *link) {
    tc_link_drop(link);
    link->hooks.closed(link->hooks.user);
}

// Hands on the records that are complete. False when the bytes are no records.
static bool read_records(tc_link *link) {
    size_t at = 0;
    while (link->connection && link->in_size - at >= TC_WIRE_HEADER) {
        tc_frame frame;
        if (tc_frame_read(&frame, link->in + at, TC_WIRE_HEADER, NULL) || frame.type != TC_FRAME_CONTROL ||
            frame.length > TC_MAX_CONTROL_BYTES)
            return false;
        if (link->in_size - at < TC_WIRE_HEADER + frame.length) break;
        tc_json *message = tc_json_parse((const char *)link->in + at + TC_WIRE_HEADER, frame.length, NULL);
        if (!message) return false;
        link->hooks.message(link->hooks.user, message);
        tc_json_destroy(message);
        at += TC_WIRE_HEADER + frame.length;
    }
    if (!link->connection) return true; // dropped by what a message led to
    memmove(link->in, link->in + at, link->in_size - at);
    link->in_size -= at;
    return true;
}

static void on_readable(void *user) {
    tc_link *link = user;
    while (link->connection) {
        ssize_t n = read(link->fd, link->in + link->in_size, sizeof link->in - link->in_size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) {
            lose(link);
            return;
        }
        link->in_size += (size_t)n;
        if (!read_records(link)) {
            fprintf(stderr, "tilecastd: the pool sent what is no message\n");
            lose(link);
            return;
        }
    }
}

void tc_link_finish(tc_link *link) {
    on_readable(link);
    tc_link_drop(link);
}

static void on_writable(void *user) {
    tc_link *link = user;
    size_t sent = 0;
    while (sent < link->out.size) {
        ssize_t n = send(link->fd, link->out.data + sent, link->out.size - sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) break; // EAGAIN; an error shows on reading
        sent += (size_t)n;
    }
    if (sent > 0) memmove(link->out.data, link->out.data + sent, link->out.size - sent);
    link->out.size -= sent;
    if (link->out.size > 0)
        tc_watch_want_write(link->connection);
    else
        tc_blob_clear(&link->out);
}

static void on_connection(void *user) {
    tc_link *link = user;
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

tc_link *tc_link_new(tc_server *server, const char *path, const tc_link_hooks *hooks, tc_error *error) {
    tc_link *link = calloc(1, sizeof *link);
    if (!link) {
        tc_fail(error, TC_ERR_MEMORY, "out of memory while setting up the pool's socket");
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
        link->listener = tc_watch_new(server, fd, on_connection, NULL, link);
        if (link->listener) return link;
        fd = -1;
    }
    tc_fail(error, TC_ERR_IO, "cannot make the pool's socket %s: %s", path, strerror(errno));
    if (fd >= 0) close(fd);
    free(link);
    return NULL;
}

void tc_link_destroy(tc_link *link) {
    if (!link) return;
    tc_link_drop(link);
    tc_watch_destroy(link->listener);
    free(link);
}

void tc_link_send(tc_link *link, const tc_json *message) {
    char *text = link->connection ? tc_json_print(message) : NULL;
    if (!text) return;
    size_t length = strlen(text);
    uint8_t header[TC_WIRE_HEADER];
    tc_frame_write(header, &(tc_frame){.type = TC_FRAME_CONTROL, .length = (uint32_t)length});
    size_t before = link->out.size;
    if (tc_blob_append(&link->out, header, sizeof header) || tc_blob_append(&link->out, text, length))
        link->out.size = before; // no memory: the message is lost, the stream is not
    free(text);
    tc_watch_want_write(link->connection);
}
