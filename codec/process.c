// tilecast-codec: the separate process in which untrusted bytes are parsed. It is started by codec/client.c and serves
// one request at a time until its client closes the socket.
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "codec/encoder.h"
#include "codec/prescan.h"
#include "codec/protocol.h"

// The client gives a request up after 60 s; a process whose client is gone must not outlive that by much.
enum { REQUEST_SECONDS = 70, KEPT_MEMORY = 160 << 20, REST_MS = 5000 };

// Puts bytes at `*at` of the memory file OUT.
static bool put(const void *data, size_t size, size_t *at) {
    const char *from = data;
    while (size > 0) {
        ssize_t count = pwrite(TC_CODEC_FD_OUT, from, size, (off_t)*at);
        if (count <= 0) return false;
        from += count;
        *at += (size_t)count;
        size -= (size_t)count;
    }
    return true;
}

static void no_shared_memory(tc_codec_reply *reply) {
    tc_fail(&reply->error, TC_ERR_MEMORY, "not enough shared memory for the result");
}

// Puts the pixels of a decoded picture, and tells of each part, so that the client takes it while the next is put.
static bool put_picture(const tc_image *image, tc_codec_reply *reply) {
    const size_t size = image->stride * (size_t)image->shape.height;
    while (size - reply->size > TC_CODEC_CHUNK_BYTES) {
        if (!put(image->data + reply->size, TC_CODEC_CHUNK_BYTES, &reply->size)) return false;
        tc_codec_reply note = *reply;
        note.kind = TC_CODEC_REPLY_CHUNK;
        (void)!send(TC_CODEC_FD_SOCKET, &note, sizeof note, MSG_NOSIGNAL); // as below
    }
    return put(image->data + reply->size, size - reply->size, &reply->size);
}

static void decode(const tc_codec_request *request, const uint8_t *bytes, tc_codec_reply *reply) {
    tc_image image;
    if (tc_codec_decode(bytes, request->size, &request->limits, &image, &reply->probe, reply->warning,
                        sizeof reply->warning, &reply->error) != TC_OK)
        return;
    if (!put_picture(&image, reply)) no_shared_memory(reply);
    tc_image_clear(&image);
}

static tc_image image_of(const tc_codec_request *request, uint8_t *pixels) {
    return (tc_image){pixels, tc_row_bytes(request->shape.width, request->shape.channels), request->shape};
}

static void finish_with_blob(tc_blob *blob, tc_codec_reply *reply) {
    if (reply->error.status == TC_OK && !put(blob->data, blob->size, &reply->size)) no_shared_memory(reply);
    tc_blob_clear(blob);
}

static void encode(const tc_codec_request *request, uint8_t *pixels, tc_codec_reply *reply) {
    tc_blob file = {0};
    tc_image image = image_of(request, pixels);
    tc_codec_encode(&image, request->format, request->quality, &file, &reply->error);
    finish_with_blob(&file, reply);
}

// What becomes of notes: those of GLANCE say what the header says.
typedef struct telling {
    const tc_probe *probe; // or NULL
    tc_error error;
} telling;

// A record that does not arrive has no reader left, which the end of the request finds out.
static void send_note(const telling *t, tc_codec_reply_kind kind, int pass, const tc_blob *codes) {
    tc_codec_reply note;
    memset(&note, 0, sizeof note);
    note.kind = kind;
    note.pass = pass;
    if (t->probe) note.probe = *t->probe;
    struct iovec parts[] = {{&note, sizeof note}, {codes ? codes->data : NULL, codes ? codes->size : 0}};
    struct msghdr record = {.msg_iov = parts, .msg_iovlen = codes ? 2 : 1};
    (void)!sendmsg(TC_CODEC_FD_SOCKET, &record, MSG_NOSIGNAL);
}

static void tell_pass(void *user, int pass) {
    send_note(user, TC_CODEC_REPLY_PASS, pass, NULL);
}

// One code at a time, so that each fits into a record.
static void tell_found(void *user, const tc_blob *codes) {
    telling *t = user;
    tc_code code;
    for (int i = 0; t->error.status == TC_OK && tc_codes_read(codes, i, &code); i++) {
        tc_blob one = {0};
        if (tc_codes_write(&one, &code, &t->error) == TC_OK) send_note(t, TC_CODEC_REPLY_CODES, 0, &one);
        tc_blob_clear(&one);
    }
}

static void read_codes(const tc_codec_request *request, uint8_t *pixels, tc_codec_reply *reply) {
    tc_blob codes = {0};
    tc_image image = image_of(request, pixels);
    tc_tile picture = tc_image_view(&image, tc_shape_rect(image.shape));
    telling t = {0};
    const tc_codes_listener listener = {.on_pass = tell_pass, .on_codes = tell_found, .user = &t};
    tc_codec_read_codes(&picture, &request->codes, &listener, &codes, &reply->error);
    if (reply->error.status == TC_OK) reply->error = t.error;
    tc_blob_clear(&codes); // which have been told
}

static void glance(const tc_codec_request *request, const uint8_t *bytes, tc_codec_reply *reply) {
    telling t = {.probe = &reply->probe};
    const tc_codes_listener listener = {.on_codes = tell_found, .user = &t};
    tc_codec_prescan(bytes, request->size, &request->limits, request->codes.symbologies, &listener, &reply->probe,
                     &reply->error);
}

static void serve(const tc_codec_request *request, tc_codec_reply *reply) {
    // An empty file cannot be mapped, and needs no bytes to be refused.
    static uint8_t none;
    uint8_t *in = &none;
    if (request->size > 0) in = mmap(NULL, request->size, PROT_READ, MAP_SHARED, TC_CODEC_FD_IN, 0);
    if (in == MAP_FAILED) {
        tc_fail(&reply->error, TC_ERR_MEMORY, "not enough memory for the request");
        return;
    }
    switch (request->kind) {
    case TC_CODEC_REQUEST_DECODE:
        decode(request, in, reply);
        break;
    case TC_CODEC_REQUEST_ENCODE:
        encode(request, in, reply);
        break;
    case TC_CODEC_REQUEST_CODES:
        read_codes(request, in, reply);
        break;
    case TC_CODEC_REQUEST_PRESCAN:
        glance(request, in, reply);
        break;
    }
    if (request->size > 0) munmap(in, request->size);
}

// Fresh pages take as long to come as half of a picture's decoding, so the memory of one picture is kept for the next,
// for a moment.
static void keep_memory(void) {
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, KEPT_MEMORY);
}

static bool next_request(tc_codec_request *request) {
    struct pollfd wait = {TC_CODEC_FD_SOCKET, POLLIN, 0};
    if (poll(&wait, 1, REST_MS) == 0) malloc_trim(0);
    return recv(TC_CODEC_FD_SOCKET, request, sizeof *request, 0) == sizeof *request;
}

int main(int argc, char **argv) {
    int kind;
    socklen_t kind_size = sizeof kind;
    tc_codec_request request;
    tc_codec_reply reply;
    (void)argv;
    if (argc != 1 || getsockopt(TC_CODEC_FD_SOCKET, SOL_SOCKET, SO_TYPE, &kind, &kind_size) != 0 ||
        kind != SOCK_SEQPACKET) {
        fprintf(stderr, "tilecast-codec is started by Tilecast's other programs, not by hand.\n");
        return 2;
    }
    close_range(TC_CODEC_FD_OUT + 1, ~0U, 0);
    // zbar tells on standard error which of its assumptions a picture does not keep to; nobody wants to read that. What
    // the system or a sanitizer has to tell goes past this stream.
    FILE *nowhere = fopen("/dev/null", "w");
    if (nowhere) stderr = nowhere;
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    keep_memory();
    while (next_request(&request)) {
        memset(&reply, 0, sizeof reply);
        alarm(REQUEST_SECONDS);
        serve(&request, &reply);
        alarm(0);
        if (send(TC_CODEC_FD_SOCKET, &reply, sizeof reply, MSG_NOSIGNAL) != sizeof reply) break;
    }
    return 0;
}
