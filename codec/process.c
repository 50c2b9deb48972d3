// tilecast-codec: the process in which untrusted bytes are parsed. codec/client.c starts it; it serves one request at a
// time until its client closes the socket.
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
#include "core/assert.h"
#include "system/assert.h"

// The client's timeout is at most 80 s; a process whose client is gone must not live much longer.
enum { REQUEST_SECONDS = 90, RETAINED_BYTES = 160 << 20, IDLE_MS = 5000 };

// Writes at `*at` of the memory file OUT and advances it.
static bool write_out(const void *data, size_t size, size_t *at) {
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

static void fail_no_memory(tc_codec_reply *reply) {
    tc_fail(&reply->error, TC_ERR_MEMORY, "not enough shared memory for the result");
}

// Writes the pixels of a decoded picture, with a note after each chunk, so that the client reads it while the next is
// written.
static bool write_picture(const tc_image *image, tc_codec_reply *reply) {
    const size_t size = image->stride * (size_t)image->shape.height;
    TC_ASSERT(image->stride == tc_row_bytes(image->shape.width, image->shape.channels));
    while (size - reply->size > TC_CODEC_CHUNK_BYTES) {
        if (!write_out(image->data + reply->size, TC_CODEC_CHUNK_BYTES, &reply->size)) return false;
        tc_codec_reply note = *reply;
        note.kind = TC_CODEC_REPLY_CHUNK;
        (void)!send(TC_CODEC_FD_SOCKET, &note, sizeof note, MSG_NOSIGNAL); // a failure shows at the end of the request
    }
    return write_out(image->data + reply->size, size - reply->size, &reply->size);
}

// Reports what the header says, so that the client knows how long decoding may take. A file without a valid header is
// refused by the decoder.
static void send_header(const tc_codec_request *request, const uint8_t *bytes) {
    tc_codec_reply note;
    tc_error error;
    memset(&note, 0, sizeof note);
    note.kind = TC_CODEC_REPLY_HEADER;
    if (tc_codec_probe(bytes, request->size, &request->limits, &note.probe, &error) != TC_OK) return;
    (void)!send(TC_CODEC_FD_SOCKET, &note, sizeof note, MSG_NOSIGNAL); // a failure shows at the end of the request
    alarm(REQUEST_SECONDS);
}

static void decode(const tc_codec_request *request, const uint8_t *bytes, tc_codec_reply *reply) {
    tc_image image;
    send_header(request, bytes);
    if (tc_codec_decode(bytes, request->size, &request->limits, &image, &reply->probe, reply->warning,
                        sizeof reply->warning, &reply->error) != TC_OK)
        return;
    if (!write_picture(&image, reply)) fail_no_memory(reply);
    tc_image_clear(&image);
}

static tc_image image_of(const tc_codec_request *request, uint8_t *pixels) {
    size_t stride = tc_row_bytes(request->shape.width, request->shape.channels);
    TC_ASSERT(request->shape.height >= 1 && request->size == stride * (size_t)request->shape.height);
    return (tc_image){pixels, stride, request->shape};
}

// Writes the result of a request and clears it.
static void finish_with_blob(tc_blob *blob, tc_codec_reply *reply) {
    if (reply->error.status == TC_OK && !write_out(blob->data, blob->size, &reply->size)) fail_no_memory(reply);
    tc_blob_clear(blob);
}

static void encode(const tc_codec_request *request, uint8_t *pixels, tc_codec_reply *reply) {
    tc_blob file = {0};
    tc_image image = image_of(request, pixels);
    tc_codec_encode(&image, request->format, request->quality, &file, &reply->error);
    finish_with_blob(&file, reply);
}

// State of the listener that sends notes.
typedef struct notifier {
    const tc_probe *probe; // of a prescan, sent with each note; else NULL
    tc_error error;
} notifier;

// A failure, when the client is gone, shows at the end of the request.
static void send_note(const notifier *n, tc_codec_reply_kind kind, int pass, const tc_blob *codes) {
    tc_codec_reply note;
    memset(&note, 0, sizeof note);
    note.kind = kind;
    note.pass = pass;
    if (n->probe) note.probe = *n->probe;
    struct iovec vectors[] = {{&note, sizeof note}, {codes ? codes->data : NULL, codes ? codes->size : 0}};
    struct msghdr record = {.msg_iov = vectors, .msg_iovlen = codes ? 2 : 1};
    (void)!sendmsg(TC_CODEC_FD_SOCKET, &record, MSG_NOSIGNAL);
}

static void send_pass(void *user, int pass) {
    send_note(user, TC_CODEC_REPLY_PASS, pass, NULL);
}

// One code at a time, so that each fits into a record.
static void send_codes(void *user, const tc_blob *codes) {
    notifier *n = user;
    tc_code code;
    for (int i = 0; n->error.status == TC_OK && tc_codes_read(codes, i, &code); i++) {
        tc_blob one = {0};
        if (tc_codes_write(&one, &code, &n->error) == TC_OK) send_note(n, TC_CODEC_REPLY_CODES, 0, &one);
        tc_blob_clear(&one);
    }
}

static void read_codes(const tc_codec_request *request, uint8_t *pixels, tc_codec_reply *reply) {
    tc_blob codes = {0};
    tc_image image = image_of(request, pixels);
    tc_tile picture = tc_image_view(&image, tc_shape_rect(image.shape));
    notifier n = {0};
    const tc_codes_listener listener = {.on_pass = send_pass, .on_codes = send_codes, .user = &n};
    tc_codec_read_codes(&picture, &request->codes, &listener, &codes, &reply->error);
    if (reply->error.status == TC_OK) reply->error = n.error;
    tc_blob_clear(&codes); // the notes have sent them
}

static void prescan(const tc_codec_request *request, const uint8_t *bytes, tc_codec_reply *reply) {
    notifier n = {.probe = &reply->probe};
    const tc_codes_listener listener = {.on_codes = send_codes, .user = &n};
    tc_codec_prescan(bytes, request->size, &request->limits, request->codes.symbologies, &listener, &reply->probe,
                     &reply->error);
}

static void serve(const tc_codec_request *request, tc_codec_reply *reply) {
    // An empty file cannot be mapped; it is refused without its bytes.
    static uint8_t empty;
    uint8_t *in = &empty;
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
        prescan(request, in, reply);
        break;
    }
    if (request->size > 0) munmap(in, request->size);
}

// Page faults of fresh memory take as long as half of a picture's decoding. So malloc retains the memory of one picture
// for the next, until the process is idle.
static void retain_memory(void) {
    mallopt(M_MMAP_MAX, 0);                    // NOLINT(concurrency-mt-unsafe): no threads yet
    mallopt(M_TRIM_THRESHOLD, RETAINED_BYTES); // NOLINT(concurrency-mt-unsafe): no threads yet
}

static bool next_request(tc_codec_request *request) {
    struct pollfd wait = {TC_CODEC_FD_SOCKET, POLLIN, 0};
    if (poll(&wait, 1, IDLE_MS) == 0) malloc_trim(0);
    return recv(TC_CODEC_FD_SOCKET, request, sizeof *request, 0) == sizeof *request;
}

int main(int argc, char **argv) {
    int kind;
    socklen_t kind_size = sizeof kind;
    tc_codec_request request;
    tc_codec_reply reply;
    (void)argv;
    tc_assert_set_program("tilecast-codec");
    if (argc != 1 || getsockopt(TC_CODEC_FD_SOCKET, SOL_SOCKET, SO_TYPE, &kind, &kind_size) != 0 ||
        kind != SOCK_SEQPACKET) {
        fprintf(stderr, "tilecast-codec is started by Tilecast's other programs; it cannot be run by hand.\n");
        return 2;
    }
    close_range(TC_CODEC_FD_OUT + 1, ~0U, 0);
    // zbar reports on stderr which of its assumptions a picture violates. Sanitizers and the C library do not use this
    // stream.
    FILE *null_device = fopen("/dev/null", "w");
    if (null_device) stderr = null_device;
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    retain_memory();
    while (next_request(&request)) {
        memset(&reply, 0, sizeof reply);
        alarm(REQUEST_SECONDS);
        serve(&request, &reply);
        alarm(0);
        if (send(TC_CODEC_FD_SOCKET, &reply, sizeof reply, MSG_NOSIGNAL) != sizeof reply) break;
    }
    return 0;
}
