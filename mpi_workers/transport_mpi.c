// Messages over MPI: point-to-point and non-blocking only, because a collective or a blocking call would hang for ever
// once a rank is lost. A message is its header under one tag, then its payload in parts under another.
#include "mpi_workers/bell.h"
#include "mpi_workers/transport.h"

#include <errno.h>
#include <mpi.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    TAG_HEADER = 1,
    TAG_PAYLOAD = 2,
    PART = 64 << 20,    // MPI counts are int
    MAX_INCOMING = 256, // messages whose payload is on the way
    NAP_US = 100,       // between two looks while something is under way
    SHORT_NAP_MS = 1,   // when a rank cannot ring: shortly after the last message ...
    LONG_NAP_MS = 5,    // ... and later
    RECENT_MS = 1000,
    DRAIN_MS = 1500,
};

// One message on its way, in either direction: its payload's parts, and the header when it is sent.
typedef struct passage {
    struct passage *next;
    tc_message message;
    int peer;
    uint8_t header[TC_MESSAGE_HEADER];
    int request_count;
    MPI_Request requests[];
} passage;

typedef struct mpi_transport {
    tc_transport base;
    passage *out, *in, **in_end;
    int in_count;
    size_t pending;
    int bell;
    int *process; // of each rank; -1 when it is not watched
    bool *gone, *dropped;
    struct pollfd *polls;
    int64_t active; // when the last message came
} mpi_transport;

static int part_count(size_t size) {
    return (int)((size + PART - 1) / PART);
}

static passage *passage_new(int parts) {
    return calloc(1, sizeof(passage) + (size_t)(parts + 1) * sizeof(MPI_Request));
}

// A failing call means that the peer cannot be reached.
static void check(mpi_transport *mpi, int peer, int result) {
    if (result != MPI_SUCCESS) mpi->gone[peer] = true;
}

// True when all parts have gone or come.
static bool is_complete(mpi_transport *mpi, passage *p) {
    int done = 0;
    check(mpi, p->peer, MPI_Testall(p->request_count, p->requests, &done, MPI_STATUSES_IGNORE));
    return done;
}

static void ring(mpi_transport *mpi, int rank) {
    if (mpi->process[rank] >= 0) tc_process_ring(mpi->process[rank]);
}

// Frees what has been sent.
static void reap(mpi_transport *mpi) {
    for (passage **link = &mpi->out; *link;) {
        passage *p = *link;
        if (!is_complete(mpi, p)) {
            link = &p->next;
            continue;
        }
        *link = p->next;
        mpi->pending -= p->message.size;
        ring(mpi, p->peer); // the receiver may have looked too early
        tc_message_clear(&p->message);
        free(p);
    }
}

static void start_parts(mpi_transport *mpi, passage *p, bool sending) {
    for (size_t at = 0; at < p->message.size; at += PART) {
        size_t left = p->message.size - at;
        int count = left < PART ? (int)left : PART;
        MPI_Request *request = &p->requests[p->request_count++];
        uint8_t *part = p->message.payload + at;
        check(mpi, p->peer,
              sending ? MPI_Isend(part, count, MPI_BYTE, p->peer, TAG_PAYLOAD, MPI_COMM_WORLD, request)
                      : MPI_Irecv(part, count, MPI_BYTE, p->peer, TAG_PAYLOAD, MPI_COMM_WORLD, request));
    }
}

static void mpi_send(tc_transport *transport, int to, tc_message *message) {
    mpi_transport *mpi = (mpi_transport *)transport;
    passage *p = mpi->dropped[to] ? NULL : passage_new(part_count(message->size));
    if (!p) {
        if (!mpi->dropped[to]) mpi->gone[to] = true; // it would miss a message
        tc_message_clear(message);
        return;
    }
    p->message = *message;
    p->peer = to;
    *message = (tc_message){0};
    tc_message_write(p->header, &p->message);
    check(mpi, to,
          MPI_Isend(p->header, TC_MESSAGE_HEADER, MPI_BYTE, to, TAG_HEADER, MPI_COMM_WORLD,
                    &p->requests[p->request_count++]));
    start_parts(mpi, p, true);
    if (p->message.kind != TC_MSG_BEAT) ring(mpi, to);
    if (is_complete(mpi, p)) {
        tc_message_clear(&p->message);
        free(p);
        return;
    }
    p->next = mpi->out;
    mpi->out = p;
    mpi->pending += p->message.size;
}

// Takes one header that has arrived, and starts to receive its payload.
static void accept_header(mpi_transport *mpi, MPI_Message *handle, int from) {
    uint8_t header[TC_MESSAGE_HEADER];
    tc_message message;
    tc_error error;
    check(mpi, from, MPI_Mrecv(header, TC_MESSAGE_HEADER, MPI_BYTE, handle, MPI_STATUS_IGNORE));
    if (mpi->dropped[from] || mpi->gone[from]) return;
    passage *p = NULL;
    tc_status status = tc_message_read(&message, header, &error);
    if (status == TC_OK) {
        p = passage_new(part_count(message.size));
        if (p && message.size > 0) message.payload = malloc(message.size);
        if (!p || (message.size > 0 && !message.payload))
            status = tc_fail(&error, TC_ERR_MEMORY, "not enough memory for a message of %zu bytes", message.size);
    }
    if (status != TC_OK) {
        fprintf(stderr, "tilecast-pool: rank %d from rank %d: %s\n", mpi->base.rank, from, error.text);
        mpi->gone[from] = true;
        free(p);
        return;
    }
    p->message = message;
    p->peer = from;
    start_parts(mpi, p, false);
    *mpi->in_end = p;
    mpi->in_end = &p->next;
    mpi->in_count++;
    mpi->active = tc_now_ms();
}

// Open MPI looks first and makes progress afterwards, so what has arrived is found by the second look at the latest.
static void look_for_headers(mpi_transport *mpi) {
    for (int misses = 0; misses < 2 && mpi->in_count < MAX_INCOMING;) {
        int found = 0;
        MPI_Message handle;
        MPI_Status status;
        int result = MPI_Improbe(MPI_ANY_SOURCE, TAG_HEADER, MPI_COMM_WORLD, &found, &handle, &status);
        if (result == MPI_SUCCESS && found)
            accept_header(mpi, &handle, status.MPI_SOURCE);
        else
            misses++;
    }
}

static bool is_first_of_its_rank(const mpi_transport *mpi, const passage *p) {
    for (const passage *q = mpi->in; q != p; q = q->next)
        if (q->peer == p->peer) return false;
    return true;
}

// Takes a passage out of the list; it may be abandoned but not freed while MPI might write to it.
static void unlink_incoming(mpi_transport *mpi, passage **link) {
    passage *p = *link;
    *link = p->next;
    if (mpi->in_end == &p->next) mpi->in_end = link;
    mpi->in_count--;
}

static bool mpi_receive(tc_transport *transport, tc_message *message, int *from) {
    mpi_transport *mpi = (mpi_transport *)transport;
    if (tc_bell_clear(mpi->bell)) transport->terminated = true;
    look_for_headers(mpi);
    reap(mpi);
    for (passage **link = &mpi->in; *link; link = &(*link)->next) {
        passage *p = *link;
        if (!is_first_of_its_rank(mpi, p) || !is_complete(mpi, p)) continue;
        unlink_incoming(mpi, link);
        *message = p->message;
        *from = p->peer;
        free(p);
        return true;
    }
    return false;
}

static size_t mpi_pending(const tc_transport *transport) {
    return ((const mpi_transport *)transport)->pending;
}

// How long to sleep at most, in microseconds: all of `ms` only when nothing is under way and everybody can ring.
static int64_t nap_length(const mpi_transport *mpi, int ms) {
    int64_t age = tc_now_ms() - mpi->active, length = (int64_t)ms * 1000;
    int64_t limit = length;
    bool silent_rank = false; // one that this rank hears from and that cannot ring
    for (int i = 0; i < mpi->base.size; i++)
        if (i != mpi->base.rank && (i == 0 || mpi->base.rank == 0) && mpi->process[i] < 0 && !mpi->dropped[i])
            silent_rank = true;
    if (silent_rank) limit = 1000 * (age < RECENT_MS ? SHORT_NAP_MS : LONG_NAP_MS);
    if (mpi->out || mpi->in) limit = age < 20 ? NAP_US : 1000 * SHORT_NAP_MS;
    return limit < length ? limit : length;
}

static void mpi_wait(tc_transport *transport, int fd, bool writable, int ms) {
    mpi_transport *mpi = (mpi_transport *)transport;
    struct pollfd *polls = mpi->polls;
    nfds_t count = 0;
    polls[count++] = (struct pollfd){.fd = mpi->bell, .events = POLLIN};
    polls[count++] = (struct pollfd){.fd = fd, .events = (short)(POLLIN | (writable ? POLLOUT : 0))};
    for (int i = 0; i < transport->size; i++)
        polls[count++] = (struct pollfd){.fd = mpi->gone[i] ? -1 : mpi->process[i], .events = POLLIN};
    int64_t us = nap_length(mpi, ms);
    struct timespec length = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    if (ppoll(polls, count, &length, NULL) <= 0) return;
    for (int i = 0; i < transport->size; i++)
        if (polls[i + 2].revents) mpi->gone[i] = true;
}

static bool mpi_watch(tc_transport *transport, int rank, pid_t pid, uint64_t start) {
    mpi_transport *mpi = (mpi_transport *)transport;
    mpi->process[rank] = tc_process_open(pid, start);
    return mpi->process[rank] >= 0;
}

static bool mpi_gone(tc_transport *transport, int rank) {
    return ((mpi_transport *)transport)->gone[rank];
}

static void mpi_drop(tc_transport *transport, int rank) {
    mpi_transport *mpi = (mpi_transport *)transport;
    mpi->dropped[rank] = mpi->gone[rank] = true;
    if (mpi->process[rank] >= 0) tc_process_kill(mpi->process[rank]);
    for (passage **link = &mpi->out; *link;) {
        passage *p = *link;
        if (p->peer == rank) {
            mpi->pending -= p->message.size;
            *link = p->next;
        } else {
            link = &p->next;
        }
    }
    for (passage **link = &mpi->in; *link;) {
        if ((*link)->peer == rank)
            unlink_incoming(mpi, link);
        else
            link = &(*link)->next;
    }
}

// Lets what is under way come to its end, so that MPI_Finalize finds nothing to wait for.
static bool drain(mpi_transport *mpi) {
    int64_t end = tc_now_ms() + DRAIN_MS;
    tc_message message;
    int from;
    while (tc_now_ms() < end) {
        while (mpi_receive(&mpi->base, &message, &from)) tc_message_clear(&message);
        if (!mpi->out && !mpi->in) return true;
        usleep(NAP_US);
    }
    return false;
}

static void mpi_close(tc_transport *transport) {
    mpi_transport *mpi = (mpi_transport *)transport;
    for (int i = 0; i < transport->size; i++)
        if (mpi->gone[i] && i != transport->rank && (i == 0 || transport->rank == 0)) return;
    if (drain(mpi)) MPI_Finalize();
}

tc_transport *tc_transport_mpi_new(int *argc, char ***argv) {
    int bell = tc_bell_open(), threads; // before MPI starts threads
    mpi_transport *mpi = calloc(1, sizeof *mpi);
    if (!mpi || bell < 0 || MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &threads) != MPI_SUCCESS) {
        fprintf(stderr, "tilecast-pool: MPI cannot be started: %s\n", strerror(errno));
        free(mpi);
        return NULL;
    }
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    mpi->base = (tc_transport){0,        0,         false,    mpi_send, mpi_receive, mpi_pending,
                               mpi_wait, mpi_watch, mpi_gone, mpi_drop, mpi_close};
    MPI_Comm_rank(MPI_COMM_WORLD, &mpi->base.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &mpi->base.size);
    size_t size = (size_t)mpi->base.size;
    mpi->bell = bell;
    mpi->in_end = &mpi->in;
    mpi->process = malloc(size * sizeof *mpi->process);
    mpi->gone = calloc(size, sizeof *mpi->gone);
    mpi->dropped = calloc(size, sizeof *mpi->dropped);
    mpi->polls = calloc(size + 2, sizeof *mpi->polls);
    if (!mpi->process || !mpi->gone || !mpi->dropped || !mpi->polls) {
        fprintf(stderr, "tilecast-pool: not enough memory\n");
        return NULL;
    }
    for (size_t i = 0; i < size; i++) mpi->process[i] = -1;
    return &mpi->base;
}
