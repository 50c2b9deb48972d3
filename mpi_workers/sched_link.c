// A socket with a buffer in each direction.
#include "mpi_workers/sched_link.h"

#include "core/assert.h"
#include "core/wire.h"
#include "system/errno_text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_QUEUED = 1 << 20 }; // bytes queued for a slow gateway

struct tc_sched_link {
    int fd;
    bool closed;
    size_t in_size;
    tc_blob out; // queued; the first out_at bytes have been written
    size_t out_at;
    uint8_t in[TC_WIRE_HEADER + TC_MAX_CONTROL_BYTES];
};

tc_sched_link *tc_sched_link_new(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    tc_sched_link *link = calloc(1, sizeof *link);
    if (!link || strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "tilecast-pool: %s: %s\n", path,
                link ? "the path of the socket is too long" : "not enough memory to connect");
        free(link);
        return NULL;
    }
    strcpy(address.sun_path, path);
    link->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (link->fd < 0 || connect(link->fd, (struct sockaddr *)&address, sizeof address) != 0) {
        fprintf(stderr, "tilecast-pool: %s: %s\n", path, tc_errno_text(errno));
        tc_sched_link_destroy(link);
        return NULL;
    }
    return link;
}

void tc_sched_link_destroy(tc_sched_link *link) {
    if (!link) return;
    if (link->fd >= 0) close(link->fd);
    tc_blob_clear(&link->out);
    free(link);
}

int tc_sched_link_fd(const tc_sched_link *link) {
    return link->closed ? -1 : link->fd;
}

bool tc_sched_link_is_closed(const tc_sched_link *link) {
    return link->closed;
}

void tc_sched_link_close(tc_sched_link *link, const char *reason) {
    if (link->closed) return;
    fprintf(stderr, "tilecast-pool: the connection to the gateway ended: %s\n", reason);
    link->closed = true;
}

// Removes the first record from the buffer. NULL when it has not arrived completely.
static tc_json *pop_record(tc_sched_link *link) {
    tc_frame frame;
    tc_error error;
    if (link->in_size < TC_WIRE_HEADER) return NULL;
    if (tc_frame_read(&frame, link->in, TC_WIRE_HEADER, &error) != TC_OK || frame.type != TC_FRAME_CONTROL ||
        frame.length > TC_MAX_CONTROL_BYTES) {
        tc_sched_link_close(link, "the gateway sent an invalid record");
        return NULL;
    }
    size_t size = TC_WIRE_HEADER + (size_t)frame.length;
    TC_ASSERT(size <= sizeof link->in);
    if (link->in_size < size) return NULL;
    tc_json *message = tc_json_parse((const char *)link->in + TC_WIRE_HEADER, frame.length, &error);
    if (!message) tc_sched_link_close(link, error.text);
    memmove(link->in, link->in + size, link->in_size - size);
    link->in_size -= size;
    return message;
}

tc_json *tc_sched_link_receive(tc_sched_link *link) {
    while (!link->closed) {
        tc_json *message = pop_record(link);
        if (message || link->closed) return message;
        ssize_t got = recv(link->fd, link->in + link->in_size, sizeof link->in - link->in_size, MSG_DONTWAIT);
        if (got > 0)
            link->in_size += (size_t)got;
        else if (got == 0 || (errno != EAGAIN && errno != EINTR))
            link->closed = true;
        else if (errno == EAGAIN)
            return NULL;
    }
    return NULL;
}

bool tc_sched_link_flush(tc_sched_link *link) {
    TC_ASSERT(link->out_at <= link->out.size);
    while (!link->closed && link->out_at < link->out.size) {
        ssize_t sent =
            send(link->fd, link->out.data + link->out_at, link->out.size - link->out_at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0)
            link->out_at += (size_t)sent;
        else if (errno == EAGAIN)
            return true;
        else if (errno != EINTR)
            link->closed = true;
    }
    tc_blob_clear(&link->out);
    link->out_at = 0;
    return false;
}

bool tc_sched_link_send(tc_sched_link *link, tc_json *message) {
    char *text = tc_json_print(message);
    tc_json_destroy(message);
    uint8_t header[TC_WIRE_HEADER];
    size_t size = text ? strlen(text) : 0, before = link->out.size;
    TC_ASSERT(size <= UINT32_MAX);
    tc_frame_write(header, &(tc_frame){.type = TC_FRAME_CONTROL, .length = (uint32_t)size});
    bool queued = text && tc_blob_append(&link->out, header, sizeof header) == TC_OK &&
                  tc_blob_append(&link->out, text, size) == TC_OK;
    if (!queued) link->out.size = before;
    free(text);
    while (link->out.size - link->out_at > MAX_QUEUED && tc_sched_link_flush(link)) {
        struct pollfd wait = {.fd = link->fd, .events = POLLOUT};
        poll(&wait, 1, 1000);
    }
    return queued;
}
