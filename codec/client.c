// Starts and supervises the codec process, and validates everything it sends.
#include "codec/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codec/protocol.h"
#include "core/assert.h"
#include "system/clock.h"
#include "system/errno_text.h"

extern char **environ;

// Time limits. The slowest request, PNG from noise, takes 0.15 s per megapixel here; a sanitizer's build or a busy
// machine takes ten times as long.
enum {
    BASE_MS = 3000,         // of any request or pass, and besides:
    MEGAPIXEL_MS = 1500,    // for each megapixel
    MEGABYTE_MS = 100,      // for each megabyte of a file
    MAX_REQUEST_MS = 80000, // two attempts end before the scheduler's deadline of a task, 180 s
    MAX_PASS_MS = 15000,
    CODES_MS = 60000, // for all passes together
    PRESCAN_MS = 2000,
    MAX_ATTEMPTS = 2, // at decoding or encoding, each in a new process
    POLL_MS = 50,
    RETAINED_BYTES = 160 << 20, // of a memory file between two pictures
};

struct tc_codec_client {
    char *program;
    tc_codec_limits limits;
    bool (*on_wait)(void *user);
    void *user;
    pid_t pid;               // -1: not running
    int socket, in, out;     // -1 if it is not running
    int64_t waited_ms;       // when on_wait was last called
    int request_ms, pass_ms; // 0: by the picture's size
    int limit_ms;            // of the request in progress, for the message
};

tc_codec_client *tc_codec_client_new(const char *program, tc_codec_limits limits) {
    TC_ASSERT(program && limits.max_pixels >= 0);
    tc_codec_client *client = calloc(1, sizeof *client);
    if (!client) return NULL;
    client->program = strdup(program);
    client->limits = limits;
    client->pid = client->socket = client->in = client->out = -1;
    if (client->program) return client;
    free(client);
    return NULL;
}

static void close_all(tc_codec_client *client) {
    int *const files[] = {&client->socket, &client->in, &client->out};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (*files[i] >= 0) close(*files[i]);
        *files[i] = -1;
    }
}

// Kills the process and returns its wait status; 0 if it is not available.
static int end_process(tc_codec_client *client) {
    int status = 0;
    if (client->pid > 0) {
        kill(client->pid, SIGKILL);
        while (waitpid(client->pid, &status, 0) < 0)
            if (errno != EINTR) {
                status = 0;
                break;
            }
    }
    client->pid = -1;
    close_all(client);
    return status;
}

void tc_codec_client_destroy(tc_codec_client *client) {
    if (!client) return;
    end_process(client);
    free(client->program);
    free(client);
}

void tc_codec_client_on_wait(tc_codec_client *client, bool (*on_wait)(void *user), void *user) {
    client->on_wait = on_wait;
    client->user = user;
}

void tc_codec_client_set_timeouts(tc_codec_client *client, int request_ms, int pass_ms) {
    TC_ASSERT(request_ms >= 0 && pass_ms >= 0);
    client->request_ms = request_ms;
    client->pass_ms = pass_ms;
}

static int limit_by_size(int64_t pixels, size_t bytes, int max_ms) {
    TC_ASSERT(pixels >= 0);
    double ms = BASE_MS + MEGAPIXEL_MS * ((double)pixels / 1e6) + MEGABYTE_MS * ((double)bytes / 1e6);
    return ms < max_ms ? (int)ms : max_ms;
}

// Sets the limit of a request for a picture. Returns its deadline.
static int64_t begin_limit(tc_codec_client *client, int64_t pixels, size_t bytes) {
    client->limit_ms = client->request_ms ? client->request_ms : limit_by_size(pixels, bytes, MAX_REQUEST_MS);
    return tc_clock_ms() + client->limit_ms;
}

// Moves a descriptor above those that the process expects, so that dup2 does not overwrite one before it is copied.
static int move_up(int file) {
    if (file < 0 || file > TC_CODEC_FD_OUT) return file;
    int moved = fcntl(file, F_DUPFD_CLOEXEC, TC_CODEC_FD_OUT + 1);
    close(file);
    return moved;
}

// Returns 0 or an errno.
static int set_actions(const tc_codec_client *client, int process_socket, posix_spawn_file_actions_t *actions) {
    int code = posix_spawn_file_actions_adddup2(actions, process_socket, TC_CODEC_FD_SOCKET);
    if (code == 0) code = posix_spawn_file_actions_adddup2(actions, client->in, TC_CODEC_FD_IN);
    if (code == 0) code = posix_spawn_file_actions_adddup2(actions, client->out, TC_CODEC_FD_OUT);
    return code;
}

// Starts the process with no signal blocked and all with their default action. Returns 0 or an errno.
static int spawn(tc_codec_client *client, int process_socket) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    char *const argv[] = {client->program, NULL};
    sigemptyset(&none);
    sigfillset(&all);
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0) return code;
    code = posix_spawnattr_init(&attributes);
    if (code == 0) {
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        code = set_actions(client, process_socket, &actions);
        if (code == 0) code = posix_spawn(&client->pid, client->program, &actions, &attributes, argv, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

static tc_status start(tc_codec_client *client, tc_error *error) {
    TC_ASSERT(client->pid < 0 && client->socket < 0);
    int pair[2] = {-1, -1};
    int code = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 ? 0 : errno;
    client->socket = move_up(pair[0]);
    int process_socket = move_up(pair[1]);
    client->in = move_up(memfd_create("tilecast-in", MFD_CLOEXEC));
    client->out = move_up(memfd_create("tilecast-out", MFD_CLOEXEC));
    if (code == 0 && (client->socket < 0 || process_socket < 0 || client->in < 0 || client->out < 0)) code = errno;
    if (code == 0) code = spawn(client, process_socket);
    if (process_socket >= 0) close(process_socket);
    if (code == 0) return TC_OK;
    client->pid = -1;
    close_all(client);
    return tc_fail(error, TC_ERR_UNAVAILABLE, "the codec process %s cannot be started: %s", client->program,
                   tc_errno_text(code));
}

// A process that died since the last request is replaced.
static tc_status ensure_running(tc_codec_client *client, tc_error *error) {
    if (client->pid > 0 && waitpid(client->pid, NULL, WNOHANG) != 0) {
        client->pid = -1;
        close_all(client);
    }
    return client->pid > 0 ? TC_OK : start(client, error);
}

static tc_status fail_dead(tc_codec_client *client, tc_error *error) {
    int status = end_process(client);
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        return tc_fail(error, TC_ERR_CORRUPT, "the codec process crashed on this picture (%s)",
                       tc_signal_text(WTERMSIG(status)));
    return tc_fail(error, TC_ERR_CORRUPT, "the codec process ended in the middle of this picture");
}

// Ends a process that has sent an invalid reply.
static tc_status fail_invalid(tc_codec_client *client, tc_error *error) {
    end_process(client);
    return tc_fail(error, TC_ERR_CORRUPT, "the codec process sent an invalid result");
}

// Calls on_wait if it is due. True if the request is cancelled.
static bool is_cancelled(tc_codec_client *client) {
    if (!client->on_wait || tc_clock_ms() - client->waited_ms < POLL_MS) return false;
    bool cancelled = client->on_wait(client->user);
    client->waited_ms = tc_clock_ms();
    return cancelled;
}

// Waits for a record.
static tc_status wait_for_record(tc_codec_client *client, int64_t deadline, tc_error *error) {
    TC_ASSERT(client->pid > 0 && client->socket >= 0);
    while (tc_clock_ms() < deadline) {
        struct pollfd wait = {client->socket, POLLIN, 0};
        int ready = poll(&wait, 1, POLL_MS);
        if (is_cancelled(client)) {
            end_process(client);
            return tc_fail(error, TC_ERR_CANCELLED, "cancelled");
        }
        if (ready > 0) return TC_OK;
    }
    end_process(client);
    return tc_fail(error, TC_ERR_CORRUPT, "the codec process was ended: this picture took it over %d s",
                   client->limit_ms / 1000);
}

static tc_status send_request(tc_codec_client *client, const tc_codec_request *request, tc_error *error) {
    TC_ASSERT(client->pid > 0 && client->socket >= 0);
    client->waited_ms = tc_clock_ms();
    if (send(client->socket, request, sizeof *request, MSG_NOSIGNAL) == sizeof *request) return TC_OK;
    return fail_dead(client, error);
}

// Receives a reply or note, and the payload behind it into `payload`, which has room for TC_CODEC_MAX_PAYLOAD bytes
// (NULL: no payload is allowed). Fields are not validated yet.
static tc_status receive(tc_codec_client *client, int64_t deadline, tc_codec_reply *reply, tc_blob *payload,
                         tc_error *error) {
    tc_status status = wait_for_record(client, deadline, error);
    if (status != TC_OK) return status;
    struct iovec vectors[] = {{reply, sizeof *reply},
                              {payload ? payload->data : NULL, payload ? TC_CODEC_MAX_PAYLOAD : 0}};
    struct msghdr record = {.msg_iov = vectors, .msg_iovlen = 2};
    ssize_t size = recvmsg(client->socket, &record, 0);
    if (size < (ssize_t)sizeof *reply) return fail_dead(client, error);
    if (record.msg_flags & MSG_TRUNC) return fail_invalid(client, error);
    if (payload) payload->size = (size_t)size - sizeof *reply;
    reply->warning[sizeof reply->warning - 1] = 0;
    reply->error.text[sizeof reply->error.text - 1] = 0;
    return TC_OK;
}

// The error in a reply.
static tc_status error_of(const tc_codec_reply *reply, tc_error *error) {
    if (reply->error.status == TC_OK) return TC_OK;
    tc_status status = tc_status_find(tc_status_name(reply->error.status)); // maps an invalid status to a valid one
    return tc_fail(error, status, "%s", reply->error.text);
}

// Sends a request with a picture in shared memory, and receives its reply.
static tc_status exchange(tc_codec_client *client, const tc_codec_request *request, tc_codec_reply *reply,
                          tc_error *error) {
    const int64_t pixels = (int64_t)request->shape.width * request->shape.height;
    tc_status status = send_request(client, request, error);
    if (status == TC_OK) status = receive(client, begin_limit(client, pixels, 0), reply, NULL, error);
    if (status == TC_OK && reply->kind != TC_CODEC_REPLY_END) status = fail_invalid(client, error);
    return status == TC_OK ? error_of(reply, error) : status;
}

static tc_status write_in(tc_codec_client *client, const uint8_t *data, size_t size, size_t at, tc_error *error) {
    TC_ASSERT(client->in >= 0 && (data || size == 0));
    while (size > 0) {
        ssize_t count = pwrite(client->in, data, size, (off_t)at);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return tc_fail(error, TC_ERR_MEMORY, "not enough shared memory for the picture");
        data += count;
        at += (size_t)count;
        size -= (size_t)count;
    }
    return TC_OK;
}

// Reads bytes at..size. The file is not mapped, as the process could shrink it under a mapping.
static tc_status read_out(tc_codec_client *client, uint8_t *data, size_t at, size_t size, tc_error *error) {
    TC_ASSERT(client->out >= 0 && at <= size);
    while (at < size) {
        ssize_t count = pread(client->out, data + at, size - at, (off_t)at);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return tc_fail(error, TC_ERR_CORRUPT, "the codec process sent an incomplete result");
        at += (size_t)count;
    }
    return TC_OK;
}

void tc_codec_client_trim(tc_codec_client *client) {
    if (client->pid > 0 && (ftruncate(client->in, 0) != 0 || ftruncate(client->out, 0) != 0)) end_process(client);
}

// Returns the memory of a very large picture to the system. Less is retained for the next picture.
static void trim_large(tc_codec_client *client, size_t in_size, size_t out_size) {
    if (client->pid < 0) return;
    if (in_size > RETAINED_BYTES && ftruncate(client->in, 0) != 0) end_process(client);
    if (out_size > RETAINED_BYTES && client->pid > 0 && ftruncate(client->out, 0) != 0) end_process(client);
}

static bool is_valid_probe(const tc_codec_client *client, const tc_probe *probe) {
    tc_shape shape = probe->shape;
    return shape.width >= 1 && shape.width <= TC_MAX_SIDE && shape.height >= 1 && shape.height <= TC_MAX_SIDE &&
           shape.channels >= 1 && shape.channels <= 4 &&
           (int64_t)shape.width * shape.height <= client->limits.max_pixels && probe->orientation >= 1 &&
           probe->orientation <= 8;
}

// A picture that is being decoded and received.
typedef struct transfer {
    size_t file_size;
    tc_image image;
    size_t size, received; // bytes in all, and so far
    bool has_header;
    int64_t deadline_ms;
} transfer;

// The picture's size is known: the time limit follows from it.
static tc_status handle_header(tc_codec_client *client, const tc_codec_reply *reply, transfer *t, tc_error *error) {
    if (t->has_header || t->image.data || !is_valid_probe(client, &reply->probe)) return fail_invalid(client, error);
    t->has_header = true;
    t->deadline_ms = begin_limit(client, (int64_t)reply->probe.shape.width * reply->probe.shape.height, t->file_size);
    return TC_OK;
}

// Reads the bytes that a note or the reply announces; the reply announces all of them.
static tc_status receive_pixels(tc_codec_client *client, const tc_codec_reply *reply, transfer *t, tc_error *error) {
    tc_shape shape = reply->probe.shape;
    bool last = reply->kind == TC_CODEC_REPLY_END, valid = is_valid_probe(client, &reply->probe);
    if (valid && !t->image.data) {
        valid = tc_packed_size(shape.width, shape.height, shape.channels, &t->size);
        tc_status status = valid ? tc_image_init_uninitialized(&t->image, shape, error) : TC_OK;
        if (status != TC_OK) return status;
    }
    valid = valid && memcmp(&shape, &t->image.shape, sizeof shape) == 0;
    if (!valid || (last ? reply->size != t->size : reply->size <= t->received || reply->size >= t->size))
        return fail_invalid(client, error);
    tc_status status = read_out(client, t->image.data, t->received, reply->size, error);
    t->received = reply->size;
    return status;
}

// Handles the note or the reply that has been received.
static tc_status handle_reply(tc_codec_client *client, const tc_codec_reply *reply, transfer *t, tc_error *error) {
    tc_status status = TC_OK;
    switch (reply->kind) {
    case TC_CODEC_REPLY_HEADER:
        return handle_header(client, reply, t, error);
    case TC_CODEC_REPLY_END:
        status = error_of(reply, error);
        break;
    case TC_CODEC_REPLY_CHUNK:
        break;
    default:
        return fail_invalid(client, error);
    }
    return status == TC_OK ? receive_pixels(client, reply, t, error) : status;
}

static tc_status receive_picture(tc_codec_client *client, tc_codec_reply *reply, transfer *t, tc_error *error) {
    t->deadline_ms = begin_limit(client, 0, t->file_size);
    tc_status status;
    do {
        status = receive(client, t->deadline_ms, reply, NULL, error);
        if (status == TC_OK) status = handle_reply(client, reply, t, error);
    } while (status == TC_OK && reply->kind != TC_CODEC_REPLY_END);
    if (reply->kind != TC_CODEC_REPLY_END) end_process(client); // it would send more notes
    return status;
}

// True if the process failed, not the picture, so that another process may succeed: each fault of the process has ended
// it with this status.
static bool is_process_fault(const tc_codec_client *client, tc_status status) {
    return status == TC_ERR_CORRUPT && client->pid < 0;
}

// Decodes the file in one process.
static tc_status decode_once(tc_codec_client *client, const uint8_t *bytes, size_t size, tc_codec_reply *reply,
                             tc_image *image, tc_error *error) {
    tc_codec_request request = {.kind = TC_CODEC_REQUEST_DECODE, .size = size, .limits = client->limits};
    // A file that is too large is refused by its size alone.
    size_t sent = size <= client->limits.max_bytes ? size : 0;
    transfer t = {.file_size = sent};
    *reply = (tc_codec_reply){0};
    tc_status status = ensure_running(client, error);
    if (status == TC_OK) status = write_in(client, bytes, sent, 0, error);
    if (status == TC_OK) status = send_request(client, &request, error);
    if (status == TC_OK) status = receive_picture(client, reply, &t, error);
    trim_large(client, sent, reply->size);
    if (status == TC_OK)
        *image = t.image;
    else
        tc_image_clear(&t.image);
    return status;
}

tc_status tc_codec_client_decode(tc_codec_client *client, const uint8_t *bytes, size_t size, tc_image *image,
                                 tc_probe *probe, char *warning, size_t warning_size, tc_error *error) {
    TC_ASSERT(bytes || size == 0);
    tc_codec_reply reply;
    *image = (tc_image){0};
    *probe = (tc_probe){.orientation = 1};
    if (warning && warning_size > 0) warning[0] = 0;
    tc_status status;
    int attempts = 0;
    do {
        status = decode_once(client, bytes, size, &reply, image, error);
    } while (is_process_fault(client, status) && ++attempts < MAX_ATTEMPTS);
    if (status != TC_OK) return status;
    *probe = reply.probe;
    if (warning && warning_size > 0) snprintf(warning, warning_size, "%s", reply.warning);
    return TC_OK;
}

// Writes the pixels of a request into shared memory.
static tc_status write_pixels(tc_codec_client *client, tc_codec_request *request, const tc_tile *picture,
                              tc_error *error) {
    size_t row = tc_row_bytes(picture->rect.width, picture->channels);
    TC_ASSERT(picture->rect.width >= 1 && picture->rect.height >= 1 && picture->stride >= row);
    request->shape = (tc_shape){picture->rect.width, picture->rect.height, picture->channels};
    request->size = row * (size_t)picture->rect.height;
    tc_status status = TC_OK;
    if (picture->stride == row) return write_in(client, picture->data, request->size, 0, error);
    for (int y = 0; y < picture->rect.height && status == TC_OK; y++)
        status = write_in(client, picture->data + (size_t)y * picture->stride, row, (size_t)y * row, error);
    return status;
}

// Encodes the picture in one process.
static tc_status encode_once(tc_codec_client *client, const tc_tile *picture, tc_codec_request *request,
                             tc_codec_reply *reply, tc_error *error) {
    *reply = (tc_codec_reply){0};
    // A valid file is not much larger than its pixels.
    size_t max_size = 2 * picture->stride * (size_t)picture->rect.height + (1 << 16);
    tc_status status = ensure_running(client, error);
    if (status == TC_OK) status = write_pixels(client, request, picture, error);
    if (status == TC_OK) status = exchange(client, request, reply, error);
    if (status == TC_OK && reply->size > max_size) status = fail_invalid(client, error);
    return status;
}

tc_status tc_codec_client_encode(tc_codec_client *client, const tc_image *image, tc_format format, int quality,
                                 tc_blob *file, tc_error *error) {
    tc_codec_request request = {.kind = TC_CODEC_REQUEST_ENCODE, .format = format, .quality = quality};
    tc_codec_reply reply;
    tc_tile picture = tc_image_view(image, tc_shape_rect(image->shape));
    tc_status status;
    int attempts = 0;
    do {
        status = encode_once(client, &picture, &request, &reply, error);
    } while (is_process_fault(client, status) && ++attempts < MAX_ATTEMPTS);
    uint8_t *bytes = status == TC_OK ? malloc(reply.size + 1) : NULL;
    if (status == TC_OK && !bytes) status = tc_fail(error, TC_ERR_MEMORY, "not enough memory for the result");
    if (status == TC_OK) status = read_out(client, bytes, 0, reply.size, error);
    if (status == TC_OK && tc_blob_append(file, bytes, reply.size) != TC_OK)
        status = tc_fail(error, TC_ERR_MEMORY, "not enough memory for the result");
    free(bytes);
    trim_large(client, request.size, reply.size);
    return status;
}

// Codes being read in one picture, by several processes if one dies.
typedef struct scan {
    tc_codec_client *client;
    const tc_codes_listener *listener; // or NULL
    tc_blob *codes;                    // reported so far
    uint64_t skip;                     // passes to skip
    int pass;                          // running; -1: none, or one that cannot be skipped
    int64_t deadline_ms;               // of the request
    int pass_ms;                       // limit of a pass, and of what precedes the first one
    bool stopped;
    tc_probe *probe; // receives what the file's header says (decoder.h); NULL: not a prescan
} scan;

static tc_status handle_pass(scan *s, int pass, tc_error *error) {
    s->pass = -1;
    if (pass < 0 || pass >= 64 || (s->skip >> pass & 1)) return fail_invalid(s->client, error);
    s->pass = pass;
    if (s->listener && s->listener->on_pass) s->listener->on_pass(s->listener->user, pass);
    if (s->listener && s->listener->should_stop) s->stopped = s->listener->should_stop(s->listener->user);
    return TC_OK;
}

// Codes that the process has read. In a prescan they come with what the header of the file says.
static tc_status handle_codes(scan *s, const tc_codec_reply *reply, const tc_blob *codes, tc_error *error) {
    tc_blob fresh = {0};
    bool valid = tc_codes_count(codes) >= 1 && (!s->probe || is_valid_probe(s->client, &reply->probe));
    if (!valid) return fail_invalid(s->client, error);
    if (s->probe) *s->probe = reply->probe;
    tc_status status = tc_codes_merge(s->codes, codes, &fresh, error);
    if (status == TC_OK && fresh.size > 0 && s->listener && s->listener->on_codes)
        s->listener->on_codes(s->listener->user, &fresh);
    tc_blob_clear(&fresh);
    return status;
}

static int64_t pass_deadline(const scan *s) {
    int64_t deadline = tc_clock_ms() + s->pass_ms;
    return deadline < s->deadline_ms ? deadline : s->deadline_ms;
}

// Handles records until the reply, or until the listener stops the scan.
static tc_status run_scan(scan *s, tc_error *error) {
    TC_ASSERT(s->client->pid > 0);
    uint8_t bytes[TC_CODEC_MAX_PAYLOAD];
    for (int64_t deadline = pass_deadline(s);;) {
        tc_codec_reply reply = {0};
        tc_blob payload = {bytes, 0};
        tc_status status = receive(s->client, deadline, &reply, &payload, error);
        if (status != TC_OK) return status;
        switch (reply.kind) {
        case TC_CODEC_REPLY_END:
            return error_of(&reply, error);
        case TC_CODEC_REPLY_PASS:
            status = handle_pass(s, reply.pass, error);
            deadline = pass_deadline(s);
            break;
        case TC_CODEC_REPLY_CODES:
            status = handle_codes(s, &reply, &payload, error);
            break;
        default:
            status = fail_invalid(s->client, error);
        }
        if (status != TC_OK || s->stopped) {
            end_process(s->client); // it would send more notes
            return status;
        }
    }
}

// Reads the picture in one process, without the passes in s->skip.
static tc_status read_once(scan *s, const tc_tile *picture, const tc_codes_options *options, tc_error *error) {
    tc_codec_request request = {.kind = TC_CODEC_REQUEST_CODES, .codes = *options};
    request.codes.skip_passes = s->skip;
    s->pass = -1;
    tc_status status = ensure_running(s->client, error);
    if (status == TC_OK) status = write_pixels(s->client, &request, picture, error);
    if (status == TC_OK) status = send_request(s->client, &request, error);
    if (status == TC_OK) status = run_scan(s, error);
    trim_large(s->client, request.size, 0);
    return status;
}

tc_status tc_codec_client_read_codes(tc_codec_client *client, const tc_tile *picture, const tc_codes_options *options,
                                     const tc_codes_listener *listener, tc_blob *codes, char *warning,
                                     size_t warning_size, tc_error *error) {
    enum { MAX_FAILURES = 2 }; // outside a pass
    TC_ASSERT(codes->size == 0);
    const int64_t pixels = (int64_t)picture->rect.width * picture->rect.height;
    scan s = {.client = client,
              .listener = listener,
              .codes = codes,
              .skip = options->skip_passes,
              .pass = -1,
              .deadline_ms = tc_clock_ms() + (client->request_ms ? client->request_ms : CODES_MS),
              .pass_ms = client->pass_ms ? client->pass_ms : limit_by_size(pixels, 0, MAX_PASS_MS)};
    tc_status status = TC_OK;
    bool failed = false;
    for (int failures = 0; failures < MAX_FAILURES && tc_clock_ms() < s.deadline_ms;) {
        status = read_once(&s, picture, options, error);
        if (!is_process_fault(client, status)) break;
        failed = true;
        status = TC_OK;
        if (s.pass < 0) failures++;
        if (s.pass >= 0) s.skip |= UINT64_C(1) << s.pass;
    }
    if (warning && warning_size > 0)
        snprintf(warning, warning_size, "%s",
                 failed ? "a reader of codes failed on this picture, so codes may be missing" : "");
    return status == TC_OK ? tc_codes_sort(codes, error) : status;
}

void tc_codec_client_prescan(tc_codec_client *client, const uint8_t *bytes, size_t size, uint32_t symbologies,
                             const tc_codes_listener *listener, tc_probe *probe) {
    tc_codec_request request = {
        .kind = TC_CODEC_REQUEST_PRESCAN, .size = size, .limits = client->limits, .codes.symbologies = symbologies};
    tc_blob codes = {0};
    scan s = {.client = client,
              .listener = listener,
              .codes = &codes,
              .pass = -1,
              .deadline_ms = tc_clock_ms() + PRESCAN_MS,
              .pass_ms = PRESCAN_MS,
              .probe = probe};
    tc_error error;
    *probe = (tc_probe){.orientation = 1};
    if (size > client->limits.max_bytes || ensure_running(client, &error) != TC_OK) return;
    tc_status status = write_in(client, bytes, size, 0, &error);
    if (status == TC_OK) status = send_request(client, &request, &error);
    if (status == TC_OK) run_scan(&s, &error);
    trim_large(client, size, 0);
    tc_blob_clear(&codes);
}
