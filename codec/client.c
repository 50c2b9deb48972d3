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
#include <time.h>
#include <unistd.h>

#include "codec/protocol.h"

extern char **environ;

enum { DEADLINE_MS = 60000, PASS_MS = 15000, GLANCE_MS = 2000, WAIT_MS = 50, KEPT_MEMORY = 160 << 20 };

struct tc_codec_client {
    char *program;
    tc_codec_limits limits;
    bool (*on_wait)(void *user);
    void *user;
    pid_t pid;           // -1: none is running
    int socket, in, out; // -1 without a process
    int64_t asked;       // when on_wait was last called
    int request_ms, pass_ms;
};

tc_codec_client *tc_codec_client_new(const char *program, tc_codec_limits limits) {
    tc_codec_client *client = calloc(1, sizeof *client);
    if (!client) return NULL;
    client->program = strdup(program);
    client->limits = limits;
    client->request_ms = DEADLINE_MS;
    client->pass_ms = PASS_MS;
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

// Ends the process and returns its wait status; 0 when it had been reaped by somebody else.
static int end_process(tc_codec_client *client, bool kill_it) {
    int status = 0;
    if (client->pid > 0) {
        if (kill_it) kill(client->pid, SIGKILL);
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
    end_process(client, true);
    free(client->program);
    free(client);
}

void tc_codec_client_on_wait(tc_codec_client *client, bool (*on_wait)(void *user), void *user) {
    client->on_wait = on_wait;
    client->user = user;
}

void tc_codec_client_set_timeouts(tc_codec_client *client, int request_ms, int pass_ms) {
    client->request_ms = request_ms;
    client->pass_ms = pass_ms;
}

// Moves a descriptor above those that the process expects, so that none of them is overwritten before it is copied.
static int move_up(int file) {
    if (file < 0 || file > TC_CODEC_FD_OUT) return file;
    int moved = fcntl(file, F_DUPFD_CLOEXEC, TC_CODEC_FD_OUT + 1);
    close(file);
    return moved;
}

static int spawn(tc_codec_client *client, int their_socket) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    char *const argv[] = {client->program, NULL};
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, their_socket, TC_CODEC_FD_SOCKET);
    posix_spawn_file_actions_adddup2(&actions, client->in, TC_CODEC_FD_IN);
    posix_spawn_file_actions_adddup2(&actions, client->out, TC_CODEC_FD_OUT);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int code = posix_spawn(&client->pid, client->program, &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return code;
}

static tc_status start(tc_codec_client *client, tc_error *error) {
    int pair[2] = {-1, -1};
    int code = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 ? 0 : errno;
    client->socket = move_up(pair[0]);
    int theirs = move_up(pair[1]);
    client->in = move_up(memfd_create("tilecast-in", MFD_CLOEXEC));
    client->out = move_up(memfd_create("tilecast-out", MFD_CLOEXEC));
    if (code == 0 && (client->socket < 0 || theirs < 0 || client->in < 0 || client->out < 0)) code = errno;
    if (code == 0) code = spawn(client, theirs);
    if (theirs >= 0) close(theirs);
    if (code == 0) return TC_OK;
    client->pid = -1;
    close_all(client);
    return tc_fail(error, TC_ERR_UNAVAILABLE, "the codec process %s cannot be started: %s", client->program,
                   strerror(code));
}

// A process that died since the last request is replaced without ado.
static tc_status ensure_running(tc_codec_client *client, tc_error *error) {
    if (client->pid > 0 && waitpid(client->pid, NULL, WNOHANG) != 0) {
        client->pid = -1;
        close_all(client);
    }
    return client->pid > 0 ? TC_OK : start(client, error);
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static tc_status fail_dead(tc_codec_client *client, tc_error *error) {
    int status = end_process(client, true);
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        return tc_fail(error, TC_ERR_CORRUPT, "the codec process crashed on this picture (%s)",
                       strsignal(WTERMSIG(status)));
    return tc_fail(error, TC_ERR_CORRUPT, "the codec process ended in the middle of this picture");
}

// Ends a process that talks nonsense.
static tc_status fail_nonsense(tc_codec_client *client, tc_error *error) {
    end_process(client, true);
    return tc_fail(error, TC_ERR_CORRUPT, "the codec process gave a result that makes no sense");
}

// Calls on_wait when it is time to; what it says.
static bool is_given_up(tc_codec_client *client) {
    if (!client->on_wait || now_ms() - client->asked < WAIT_MS) return false;
    bool given_up = client->on_wait(client->user);
    client->asked = now_ms();
    return given_up;
}

// Waits until a record is there.
static tc_status wait_for_record(tc_codec_client *client, int64_t deadline, tc_error *error) {
    while (now_ms() < deadline) {
        struct pollfd wait = {client->socket, POLLIN, 0};
        int ready = poll(&wait, 1, WAIT_MS);
        if (is_given_up(client)) {
            end_process(client, true);
            return tc_fail(error, TC_ERR_CANCELLED, "cancelled");
        }
        if (ready > 0) return TC_OK;
    }
    end_process(client, true);
    return tc_fail(error, TC_ERR_CORRUPT, "the codec process was ended: this picture took it over %d s",
                   client->request_ms / 1000);
}

static tc_status send_request(tc_codec_client *client, const tc_codec_request *request, tc_error *error) {
    client->asked = now_ms();
    if (send(client->socket, request, sizeof *request, MSG_NOSIGNAL) == sizeof *request) return TC_OK;
    return fail_dead(client, error);
}

// A reply or note, and as many bytes as follow it in `more` (NULL: none may). Their numbers are unchecked.
static tc_status receive(tc_codec_client *client, int64_t deadline, tc_codec_reply *reply, tc_blob *more,
                         tc_error *error) {
    tc_status status = wait_for_record(client, deadline, error);
    if (status != TC_OK) return status;
    struct iovec parts[] = {{reply, sizeof *reply}, {more ? more->data : NULL, more ? TC_CODEC_MAX_PAYLOAD : 0}};
    struct msghdr record = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t size = recvmsg(client->socket, &record, 0);
    if (size < (ssize_t)sizeof *reply) return fail_dead(client, error);
    if (record.msg_flags & MSG_TRUNC) return fail_nonsense(client, error);
    if (more) more->size = (size_t)size - sizeof *reply;
    reply->warning[sizeof reply->warning - 1] = 0;
    reply->error.text[sizeof reply->error.text - 1] = 0;
    return TC_OK;
}

// The error that a reply tells of.
static tc_status take_error(const tc_codec_reply *reply, tc_error *error) {
    if (reply->error.status == TC_OK) return TC_OK;
    tc_status status = tc_status_find(tc_status_name(reply->error.status)); // one of ours, whatever it says
    return tc_fail(error, status, "%s", reply->error.text);
}

// Sends the request whose bytes lie in shared memory already.
static tc_status exchange(tc_codec_client *client, const tc_codec_request *request, tc_codec_reply *reply,
                          tc_error *error) {
    tc_status status = send_request(client, request, error);
    if (status == TC_OK) status = receive(client, now_ms() + client->request_ms, reply, NULL, error);
    if (status == TC_OK && reply->kind != TC_CODEC_REPLY_END) status = fail_nonsense(client, error);
    return status == TC_OK ? take_error(reply, error) : status;
}

static tc_status put(tc_codec_client *client, const uint8_t *data, size_t size, size_t at, tc_error *error) {
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

// Reads bytes at..size, never maps what the process has written: it could shrink the file under a mapping.
static tc_status take(tc_codec_client *client, uint8_t *data, size_t at, size_t size, tc_error *error) {
    while (at < size) {
        ssize_t count = pread(client->out, data + at, size - at, (off_t)at);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return tc_fail(error, TC_ERR_CORRUPT, "the codec process broke off its result");
        at += (size_t)count;
    }
    return TC_OK;
}

void tc_codec_client_trim(tc_codec_client *client) {
    if (client->pid > 0 && (ftruncate(client->in, 0) != 0 || ftruncate(client->out, 0) != 0)) end_process(client, true);
}

// Gives the memory of a very large picture back; that of others is used again.
static void trim(tc_codec_client *client, size_t in_size, size_t out_size) {
    if (client->pid < 0) return;
    if (in_size > KEPT_MEMORY && ftruncate(client->in, 0) != 0) end_process(client, true);
    if (out_size > KEPT_MEMORY && client->pid > 0 && ftruncate(client->out, 0) != 0) end_process(client, true);
}

static bool is_sound(const tc_codec_client *client, const tc_probe *probe) {
    tc_shape shape = probe->shape;
    return shape.width >= 1 && shape.width <= TC_MAX_SIDE && shape.height >= 1 && shape.height <= TC_MAX_SIDE &&
           shape.channels >= 1 && shape.channels <= 4 &&
           (int64_t)shape.width * shape.height <= client->limits.max_pixels && probe->orientation >= 1 &&
           probe->orientation <= 8;
}

// A decoded picture on its way.
typedef struct arrival {
    tc_image image;
    size_t size, taken; // bytes in all; of these are here
} arrival;

// Takes the bytes that a note or the reply tells of; the last has all.
static tc_status take_pixels(tc_codec_client *client, const tc_codec_reply *reply, arrival *a, tc_error *error) {
    tc_shape shape = reply->probe.shape;
    bool last = reply->kind == TC_CODEC_REPLY_END, sound = is_sound(client, &reply->probe);
    if (sound && !a->image.data) {
        sound = tc_packed_size(shape.width, shape.height, shape.channels, &a->size);
        tc_status status = sound ? tc_image_init_raw(&a->image, shape, error) : TC_OK;
        if (status != TC_OK) return status;
    }
    sound = sound && memcmp(&shape, &a->image.shape, sizeof shape) == 0;
    if (!sound || (last ? reply->size != a->size : reply->size <= a->taken || reply->size >= a->size))
        return fail_nonsense(client, error);
    tc_status status = take(client, a->image.data, a->taken, reply->size, error);
    a->taken = reply->size;
    return status;
}

// Takes the parts of a picture until it is there.
static tc_status take_picture(tc_codec_client *client, tc_codec_reply *reply, arrival *a, tc_error *error) {
    const int64_t deadline = now_ms() + client->request_ms;
    tc_status status;
    do {
        status = receive(client, deadline, reply, NULL, error);
        if (status == TC_OK && reply->kind != TC_CODEC_REPLY_CHUNK && reply->kind != TC_CODEC_REPLY_END)
            status = fail_nonsense(client, error);
        if (status == TC_OK && reply->kind == TC_CODEC_REPLY_END) status = take_error(reply, error);
        if (status == TC_OK) status = take_pixels(client, reply, a, error);
    } while (status == TC_OK && reply->kind != TC_CODEC_REPLY_END);
    if (reply->kind != TC_CODEC_REPLY_END) end_process(client, true); // which has more to say, for nobody
    return status;
}

tc_status tc_codec_client_decode(tc_codec_client *client, const uint8_t *bytes, size_t size, tc_image *image,
                                 tc_probe *probe, char *warning, size_t warning_size, tc_error *error) {
    tc_codec_request request = {.kind = TC_CODEC_REQUEST_DECODE, .size = size, .limits = client->limits};
    tc_codec_reply reply = {0};
    arrival a = {.size = 0};
    *image = (tc_image){0};
    *probe = (tc_probe){.orientation = 1};
    if (warning && warning_size > 0) warning[0] = 0;
    // What is too long is refused without its bytes.
    size_t sent = size <= client->limits.max_bytes ? size : 0;
    tc_status status = ensure_running(client, error);
    if (status == TC_OK) status = put(client, bytes, sent, 0, error);
    if (status == TC_OK) status = send_request(client, &request, error);
    if (status == TC_OK) status = take_picture(client, &reply, &a, error);
    trim(client, sent, reply.size);
    if (status != TC_OK) {
        tc_image_clear(&a.image);
        return status;
    }
    *image = a.image;
    *probe = reply.probe;
    if (warning && warning_size > 0) snprintf(warning, warning_size, "%s", reply.warning);
    return TC_OK;
}

// Puts the pixels of a request into shared memory.
static tc_status put_pixels(tc_codec_client *client, tc_codec_request *request, const tc_tile *picture,
                            tc_error *error) {
    size_t row = tc_row_bytes(picture->rect.width, picture->channels);
    request->shape = (tc_shape){picture->rect.width, picture->rect.height, picture->channels};
    request->size = row * (size_t)picture->rect.height;
    tc_status status = TC_OK;
    if (picture->stride == row) return put(client, picture->data, request->size, 0, error);
    for (int y = 0; y < picture->rect.height && status == TC_OK; y++)
        status = put(client, picture->data + (size_t)y * picture->stride, row, (size_t)y * row, error);
    return status;
}

tc_status tc_codec_client_encode(tc_codec_client *client, const tc_image *image, tc_format format, int quality,
                                 tc_blob *file, tc_error *error) {
    tc_codec_request request = {.kind = TC_CODEC_REQUEST_ENCODE, .format = format, .quality = quality};
    tc_codec_reply reply = {0};
    tc_tile picture = tc_image_view(image, tc_shape_rect(image->shape));
    // No file is much larger than its pixels.
    size_t most = 2 * image->stride * (size_t)image->shape.height + (1 << 16);
    tc_status status = ensure_running(client, error);
    if (status == TC_OK) status = put_pixels(client, &request, &picture, error);
    if (status == TC_OK) status = exchange(client, &request, &reply, error);
    if (status == TC_OK && reply.size > most)
        status = tc_fail(error, TC_ERR_CORRUPT, "the codec process gave a result that makes no sense");
    uint8_t *bytes = status == TC_OK ? malloc(reply.size + 1) : NULL;
    if (status == TC_OK && !bytes) status = tc_fail(error, TC_ERR_MEMORY, "not enough memory for the result");
    if (status == TC_OK) status = take(client, bytes, 0, reply.size, error);
    if (status == TC_OK && tc_blob_append(file, bytes, reply.size) != TC_OK)
        status = tc_fail(error, TC_ERR_MEMORY, "not enough memory for the result");
    free(bytes);
    trim(client, request.size, reply.size);
    return status;
}

// The codes of one picture being read, by one process after another if need be.
typedef struct reading {
    tc_codec_client *client;
    const tc_codes_listener *listener; // or NULL
    tc_blob *codes;                    // told already
    uint64_t skip;                     // passes that are left out
    int pass;                          // under way; -1: none, or none that can be left out
    int64_t deadline;                  // of all
    bool stopped;
    tc_probe *probe; // of a glance, else NULL
} reading;

static tc_status take_pass(reading *r, int pass, tc_error *error) {
    r->pass = -1;
    if (pass < 0 || pass >= 64 || (r->skip >> pass & 1)) return fail_nonsense(r->client, error);
    r->pass = pass;
    if (r->listener && r->listener->on_pass) r->listener->on_pass(r->listener->user, pass);
    if (r->listener && r->listener->should_stop) r->stopped = r->listener->should_stop(r->listener->user);
    return TC_OK;
}

static tc_status take_found(reading *r, const tc_codec_reply *reply, const tc_blob *codes, tc_error *error) {
    tc_blob fresh = {0};
    bool sound = tc_codes_count(codes) >= 1 && (!r->probe || is_sound(r->client, &reply->probe));
    if (!sound) return fail_nonsense(r->client, error);
    if (r->probe) *r->probe = reply->probe;
    tc_status status = tc_codes_merge(r->codes, codes, &fresh, error);
    if (status == TC_OK && fresh.size > 0 && r->listener && r->listener->on_codes)
        r->listener->on_codes(r->listener->user, &fresh);
    tc_blob_clear(&fresh);
    return status;
}

// Takes what the process says until it has done, or is not wanted any more.
static tc_status listen_to(reading *r, tc_error *error) {
    uint8_t bytes[TC_CODEC_MAX_PAYLOAD];
    for (int64_t deadline = r->deadline;;) {
        tc_codec_reply reply = {0};
        tc_blob more = {bytes, 0};
        tc_status status = receive(r->client, deadline, &reply, &more, error);
        if (status != TC_OK) return status;
        switch (reply.kind) {
        case TC_CODEC_REPLY_END:
            return take_error(&reply, error);
        case TC_CODEC_REPLY_PASS:
            status = take_pass(r, reply.pass, error);
            deadline = now_ms() + r->client->pass_ms;
            if (deadline > r->deadline) deadline = r->deadline;
            break;
        case TC_CODEC_REPLY_CODES:
            status = take_found(r, &reply, &more, error);
            break;
        default:
            status = fail_nonsense(r->client, error);
        }
        if (status != TC_OK) return status;
        if (r->stopped) {
            end_process(r->client, true);
            return TC_OK;
        }
    }
}

// Has a process read the picture, but for the passes in r->skip.
static tc_status read_once(reading *r, const tc_tile *picture, const tc_codes_options *options, tc_error *error) {
    tc_codec_request request = {.kind = TC_CODEC_REQUEST_CODES, .codes = *options};
    request.codes.skip_passes = r->skip;
    r->pass = -1;
    tc_status status = ensure_running(r->client, error);
    if (status == TC_OK) status = put_pixels(r->client, &request, picture, error);
    if (status == TC_OK) status = send_request(r->client, &request, error);
    if (status == TC_OK) status = listen_to(r, error);
    trim(r->client, request.size, 0);
    return status;
}

tc_status tc_codec_client_read_codes(tc_codec_client *client, const tc_tile *picture, const tc_codes_options *options,
                                     const tc_codes_listener *listener, tc_blob *codes, char *warning,
                                     size_t warning_size, tc_error *error) {
    enum { MAX_UNNAMED = 2 }; // failures of no pass in particular
    reading r = {client, listener, codes, options->skip_passes, -1, now_ms() + client->request_ms, false, NULL};
    tc_status status = TC_OK;
    bool failed = false;
    for (int unnamed = 0; unnamed < MAX_UNNAMED && now_ms() < r.deadline;) {
        status = read_once(&r, picture, options, error);
        // All that the process itself can do wrong ends it so.
        if (status != TC_ERR_CORRUPT || client->pid > 0) break;
        failed = true;
        status = TC_OK;
        if (r.pass < 0) unnamed++;
        if (r.pass >= 0) r.skip |= UINT64_C(1) << r.pass;
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
    reading r = {client, listener, &codes, 0, -1, now_ms() + GLANCE_MS, false, probe};
    tc_error error;
    *probe = (tc_probe){.orientation = 1};
    if (size > client->limits.max_bytes || ensure_running(client, &error) != TC_OK) return;
    tc_status status = put(client, bytes, size, 0, &error);
    if (status == TC_OK) status = send_request(client, &request, &error);
    if (status == TC_OK) listen_to(&r, &error);
    trim(client, size, 0);
    tc_blob_clear(&codes);
}
