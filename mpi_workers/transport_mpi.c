// Messages over MPI: only point-to-point and non-blocking calls, because a collective or blocking call would hang
// forever once a rank is lost. A message is its header under one tag, then its payload in parts under another.
#include "mpi_workers/transport_mpi.h"

#include "mpi_workers/process.h"
#include "mpi_workers/wakeup.h"
#include "system/clock.h"
#include "system/errno_text.h"

#include <errno.h>
#include <mpi.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    TAG_HEADER = 1,
    TAG_PAYLOAD = 2,
    PART = 64 << 20,    // bytes; MPI counts are int
    MAX_INCOMING = 256, // messages whose payload is in transit
    POLL_US = 100,      // between two polls while something is in transit
    FAST_POLL_MS = 1,   // when a rank cannot send wake-ups: for RECENT_MS after the last message ...
    SLOW_POLL_MS = 5,   // ... and later
    RECENT_MS = 1000,
    BUSY_MS = 20, // after the last message, while something is in transit: poll every POLL_US
    DRAIN_MS = 1500,
    NO_PEER = -1, // for calls that concern no single rank
};

// A message in transit, in either direction: the requests of its payload's parts, and of the header when it is sent.
typedef struct transfer {
    struct transfer *next;
    tc_message message;
    int peer;
    uint8_t header[TC_MESSAGE_HEADER];
    int request_count;
    MPI_Request requests[];
} transfer;

typedef struct mpi_transport {
    tc_transport base;
    transfer *outgoing, *incoming, **incoming_end;
    transfer *abandoned; // of lost ranks; never freed, because MPI may still write to them
    int incoming_count;
    size_t unsent; // bytes
    int wakeup;
    int *processes; // of each rank: a process descriptor, -1 when it is not watched
    bool *lost, *is_abandoned;
    bool failure_reported; // of a call that concerns no single rank
    struct pollfd *polls;
    int64_t last_received_ms;
} mpi_transport;

// Reports a failed MPI call, once for each peer, and counts the peer as lost. True when the call succeeded.
static bool check_mpi(mpi_transport *mpi, int peer, int result, const char *call, const char *file, int line) {
    if (result == MPI_SUCCESS) return true;
    bool *reported = peer == NO_PEER ? &mpi->failure_reported : &mpi->lost[peer];
    if (!*reported) {
        char text[MPI_MAX_ERROR_STRING] = "";
        int length;
        MPI_Error_string(result, text, &length);
        fprintf(stderr, "tilecast-pool: rank %d: %s:%d: %s: %s\n", mpi->base.rank, file, line, call, text);
    }
    *reported = true;
    return false;
}

// Every MPI call goes through this macro.
#define CHECK_MPI(mpi, peer, call) check_mpi(mpi, peer, call, #call, __FILE__, __LINE__)

static int part_count(size_t size) {
    return (int)((size + PART - 1) / PART);
}

static transfer *transfer_new(int parts) {
    return calloc(1, sizeof(transfer) + (size_t)(parts + 1) * sizeof(MPI_Request));
}

// True when all requests have completed.
static bool is_complete(mpi_transport *mpi, transfer *t) {
    int done = 0;
    CHECK_MPI(mpi, t->peer, MPI_Testall(t->request_count, t->requests, &done, MPI_STATUSES_IGNORE));
    return done;
}

static void wake(mpi_transport *mpi, int rank) {
    if (mpi->processes[rank] >= 0) tc_wakeup_send(mpi->processes[rank]);
}

// Frees what has been sent.
static void free_sent(mpi_transport *mpi) {
    for (transfer **link = &mpi->outgoing; *link;) {
        transfer *t = *link;
        if (!is_complete(mpi, t)) {
            link = &t->next;
            continue;
        }
        *link = t->next;
        TC_ASSERT(mpi->unsent >= t->message.size);
        mpi->unsent -= t->message.size;
        wake(mpi, t->peer); // the receiver may have polled too early
        tc_message_clear(&t->message);
        free(t);
    }
}

static void start_parts(mpi_transport *mpi, transfer *t, bool sending) {
    for (size_t at = 0; at < t->message.size; at += PART) {
        size_t left = t->message.size - at;
        int count = left < PART ? (int)left : PART;
        MPI_Request *request = &t->requests[t->request_count++];
        uint8_t *part = t->message.payload + at;
        if (sending)
            CHECK_MPI(mpi, t->peer, MPI_Isend(part, count, MPI_BYTE, t->peer, TAG_PAYLOAD, MPI_COMM_WORLD, request));
        else
            CHECK_MPI(mpi, t->peer, MPI_Irecv(part, count, MPI_BYTE, t->peer, TAG_PAYLOAD, MPI_COMM_WORLD, request));
    }
}

static void lose_rank(mpi_transport *mpi, int rank, const char *reason) {
    if (!mpi->lost[rank])
        fprintf(stderr, "tilecast-pool: rank %d, messages with rank %d: %s\n", mpi->base.rank, rank, reason);
    mpi->lost[rank] = true;
}

static void mpi_send(tc_transport *transport, int to, tc_message *message) {
    mpi_transport *mpi = (mpi_transport *)transport;
    transfer *t = mpi->is_abandoned[to] ? NULL : transfer_new(part_count(message->size));
    if (!t) {
        if (!mpi->is_abandoned[to]) lose_rank(mpi, to, "not enough memory");
        tc_message_clear(message);
        return;
    }
    t->message = *message;
    t->peer = to;
    *message = (tc_message){0};
    tc_message_write(t->header, &t->message);
    MPI_Request *request = &t->requests[t->request_count++];
    CHECK_MPI(mpi, to, MPI_Isend(t->header, TC_MESSAGE_HEADER, MPI_BYTE, to, TAG_HEADER, MPI_COMM_WORLD, request));
    start_parts(mpi, t, true);
    if (t->message.kind != TC_MSG_HEARTBEAT) wake(mpi, to);
    if (is_complete(mpi, t)) {
        tc_message_clear(&t->message);
        free(t);
        return;
    }
    t->next = mpi->outgoing;
    mpi->outgoing = t;
    mpi->unsent += t->message.size;
}

// Receives a header that has arrived, and starts to receive its payload.
static void receive_header(mpi_transport *mpi, MPI_Message *matched, int from) {
    uint8_t header[TC_MESSAGE_HEADER];
    tc_message message;
    tc_error error;
    TC_ASSERT(tc_transport_is_peer(&mpi->base, from));
    if (!CHECK_MPI(mpi, from, MPI_Mrecv(header, TC_MESSAGE_HEADER, MPI_BYTE, matched, MPI_STATUS_IGNORE))) return;
    if (mpi->is_abandoned[from] || mpi->lost[from]) return;
    transfer *t = NULL;
    tc_status status = tc_message_read(&message, header, &error);
    if (status == TC_OK) {
        t = transfer_new(part_count(message.size));
        if (t && message.size > 0) message.payload = malloc(message.size);
        if (!t || (message.size > 0 && !message.payload))
            status = tc_fail(&error, TC_ERR_MEMORY, "not enough memory for a message of %zu bytes", message.size);
    }
    if (status != TC_OK) {
        lose_rank(mpi, from, error.text);
        free(t);
        return;
    }
    t->message = message;
    t->peer = from;
    start_parts(mpi, t, false);
    *mpi->incoming_end = t;
    mpi->incoming_end = &t->next;
    mpi->incoming_count++;
    mpi->last_received_ms = tc_clock_ms();
}

// MPI_Improbe matches first and makes progress afterwards, so the second call finds what has arrived.
static void receive_headers(mpi_transport *mpi) {
    for (int misses = 0; misses < 2 && mpi->incoming_count < MAX_INCOMING;) {
        int found = 0;
        MPI_Message matched;
        MPI_Status status;
        if (CHECK_MPI(mpi, NO_PEER,
                      MPI_Improbe(MPI_ANY_SOURCE, TAG_HEADER, MPI_COMM_WORLD, &found, &matched, &status)) &&
            found)
            receive_header(mpi, &matched, status.MPI_SOURCE);
        else
            misses++;
    }
}

// True when no older message from the same rank is incoming.
static bool is_oldest_of_rank(const mpi_transport *mpi, const transfer *t) {
    for (const transfer *older = mpi->incoming; older != t; older = older->next)
        if (older->peer == t->peer) return false;
    return true;
}

// Removes a transfer from the incoming list.
static transfer *unlink_incoming(mpi_transport *mpi, transfer **link) {
    transfer *t = *link;
    *link = t->next;
    if (mpi->incoming_end == &t->next) mpi->incoming_end = link;
    TC_ASSERT(mpi->incoming_count > 0);
    mpi->incoming_count--;
    return t;
}

static bool mpi_receive(tc_transport *transport, tc_message *message, int *from) {
    mpi_transport *mpi = (mpi_transport *)transport;
    if (tc_wakeup_clear(mpi->wakeup)) transport->terminated = true;
    receive_headers(mpi);
    free_sent(mpi);
    for (transfer **link = &mpi->incoming; *link; link = &(*link)->next) {
        transfer *t = *link;
        if (!is_oldest_of_rank(mpi, t) || !is_complete(mpi, t)) continue;
        unlink_incoming(mpi, link);
        *message = t->message;
        *from = t->peer;
        free(t);
        return true;
    }
    return false;
}

static size_t mpi_unsent(const tc_transport *transport) {
    return ((const mpi_transport *)transport)->unsent;
}

// True for ranks that this one exchanges messages with: workers do so only with the scheduler.
static bool is_partner(const mpi_transport *mpi, int rank) {
    return tc_transport_is_peer(&mpi->base, rank) && (rank == 0 || mpi->base.rank == 0);
}

// How long to sleep at most, in microseconds: all of `ms` only when nothing is in transit and every partner can send
// wake-ups.
static int64_t sleep_us(const mpi_transport *mpi, int ms) {
    int64_t age = tc_clock_ms() - mpi->last_received_ms, wanted = (int64_t)ms * 1000, limit = wanted;
    bool silent_rank = false; // a partner that cannot send wake-ups
    for (int i = 0; i < mpi->base.size; i++)
        if (is_partner(mpi, i) && mpi->processes[i] < 0 && !mpi->is_abandoned[i]) silent_rank = true;
    if (silent_rank) limit = 1000 * (age < RECENT_MS ? FAST_POLL_MS : SLOW_POLL_MS);
    if (mpi->outgoing || mpi->incoming) limit = age < BUSY_MS ? POLL_US : 1000 * FAST_POLL_MS;
    return limit < wanted ? limit : wanted;
}

static void mpi_wait(tc_transport *transport, int fd, bool writable, int ms) {
    mpi_transport *mpi = (mpi_transport *)transport;
    struct pollfd *polls = mpi->polls;
    nfds_t count = 0;
    polls[count++] = (struct pollfd){.fd = mpi->wakeup, .events = POLLIN};
    polls[count++] = (struct pollfd){.fd = fd, .events = (short)(POLLIN | (writable ? POLLOUT : 0))};
    for (int i = 0; i < transport->size; i++)
        polls[count++] = (struct pollfd){.fd = mpi->lost[i] ? -1 : mpi->processes[i], .events = POLLIN};
    int64_t us = sleep_us(mpi, ms);
    struct timespec length = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    if (ppoll(polls, count, &length, NULL) <= 0) return;
    for (int i = 0; i < transport->size; i++)
        if (polls[i + 2].revents) mpi->lost[i] = true;
}

static bool mpi_watch(tc_transport *transport, int rank, pid_t pid, uint64_t start_time) {
    mpi_transport *mpi = (mpi_transport *)transport;
    TC_ASSERT(mpi->processes[rank] < 0);
    mpi->processes[rank] = tc_process_open(pid, start_time);
    return mpi->processes[rank] >= 0;
}

static bool mpi_is_lost(const tc_transport *transport, int rank) {
    return ((const mpi_transport *)transport)->lost[rank];
}

static void abandon_transfer(mpi_transport *mpi, transfer *t) {
    t->next = mpi->abandoned;
    mpi->abandoned = t;
}

static void mpi_abandon(tc_transport *transport, int rank) {
    mpi_transport *mpi = (mpi_transport *)transport;
    mpi->is_abandoned[rank] = mpi->lost[rank] = true;
    if (mpi->processes[rank] >= 0) tc_process_signal(mpi->processes[rank], SIGKILL);
    for (transfer **link = &mpi->outgoing; *link;) {
        transfer *t = *link;
        if (t->peer == rank) {
            TC_ASSERT(mpi->unsent >= t->message.size);
            mpi->unsent -= t->message.size;
            *link = t->next;
            abandon_transfer(mpi, t);
        } else {
            link = &t->next;
        }
    }
    for (transfer **link = &mpi->incoming; *link;) {
        if ((*link)->peer == rank)
            abandon_transfer(mpi, unlink_incoming(mpi, link));
        else
            link = &(*link)->next;
    }
}

// Completes what is in transit, so that MPI_Finalize finds nothing to wait for. False when it takes too long.
static bool drain(mpi_transport *mpi) {
    int64_t end = tc_clock_ms() + DRAIN_MS;
    tc_message message;
    int from;
    while (tc_clock_ms() < end) {
        while (mpi_receive(&mpi->base, &message, &from)) tc_message_clear(&message);
        if (!mpi->outgoing && !mpi->incoming) return true;
        usleep(POLL_US);
    }
    return false;
}

static void free_transport(mpi_transport *mpi) {
    if (!mpi) return;
    free(mpi->processes);
    free(mpi->lost);
    free(mpi->is_abandoned);
    free(mpi->polls);
    free(mpi);
}

static void mpi_destroy(tc_transport *transport) {
    mpi_transport *mpi = (mpi_transport *)transport;
    for (int i = 0; i < transport->size; i++)
        if (is_partner(mpi, i) && mpi->lost[i]) return;
    if (!drain(mpi)) return;
    CHECK_MPI(mpi, NO_PEER, MPI_Finalize());
    for (int i = 0; i < transport->size; i++)
        if (mpi->processes[i] >= 0) close(mpi->processes[i]);
    close(mpi->wakeup);
    free_transport(mpi);
}

static const tc_transport_ops mpi_ops = {
    .send = mpi_send,
    .receive = mpi_receive,
    .unsent = mpi_unsent,
    .wait = mpi_wait,
    .watch = mpi_watch,
    .is_lost = mpi_is_lost,
    .abandon = mpi_abandon,
    .destroy = mpi_destroy,
};

// The tables with an entry for each rank.
static bool alloc_tables(mpi_transport *mpi) {
    size_t size = (size_t)mpi->base.size;
    mpi->processes = malloc(size * sizeof *mpi->processes);
    mpi->lost = calloc(size, sizeof *mpi->lost);
    mpi->is_abandoned = calloc(size, sizeof *mpi->is_abandoned);
    mpi->polls = calloc(size + 2, sizeof *mpi->polls);
    if (!mpi->processes || !mpi->lost || !mpi->is_abandoned || !mpi->polls) return false;
    for (size_t i = 0; i < size; i++) mpi->processes[i] = -1;
    return true;
}

tc_transport *tc_transport_mpi_new(int *argc, char ***argv) {
    int wakeup = tc_wakeup_open(), threads; // before MPI starts threads
    mpi_transport *mpi = calloc(1, sizeof *mpi);
    if (!mpi || wakeup < 0) {
        fprintf(stderr, "tilecast-pool: MPI cannot be started: %s\n", tc_errno_text(errno));
        if (wakeup >= 0) close(wakeup);
        free(mpi);
        return NULL;
    }
    mpi->base.ops = &mpi_ops;
    mpi->wakeup = wakeup;
    mpi->incoming_end = &mpi->incoming;
    bool good = CHECK_MPI(mpi, NO_PEER, MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &threads)) &&
                CHECK_MPI(mpi, NO_PEER, MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN)) &&
                CHECK_MPI(mpi, NO_PEER, MPI_Comm_rank(MPI_COMM_WORLD, &mpi->base.rank)) &&
                CHECK_MPI(mpi, NO_PEER, MPI_Comm_size(MPI_COMM_WORLD, &mpi->base.size));
    if (good && !alloc_tables(mpi)) {
        fprintf(stderr, "tilecast-pool: not enough memory to start\n");
        good = false;
    }
    if (good) return &mpi->base;
    close(wakeup);
    free_transport(mpi);
    return NULL;
}
