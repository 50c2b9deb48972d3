// Both ranks of a pool in one process and one thread: two queues, and a call back into the scheduler whenever the
// worker looks for messages. Every message goes through its encoded header, as it would between processes.
#include "core/assert.h"
#include "mpi_workers/bell.h"
#include "mpi_workers/transport.h"

#include <poll.h>
#include <stdlib.h>

typedef struct letter {
    struct letter *next;
    tc_message message;
} letter;

typedef struct solo_transport {
    tc_transport base;
    struct solo_transport *peer;
    letter *first, **end; // messages to this rank
    size_t bytes;
    int bell;
    void (*scheduler)(void *user, bool may_wait); // of the worker's end only
    void *user;
} solo_transport;

static void solo_send(tc_transport *transport, int to, tc_message *message) {
    solo_transport *solo = (solo_transport *)transport, *peer = solo->peer;
    TC_ASSERT(to == peer->base.rank);
    (void)to;
    uint8_t header[TC_MESSAGE_HEADER];
    tc_error error;
    letter *l = calloc(1, sizeof *l);
    tc_message_write(header, message);
    if (!l || tc_message_read(&l->message, header, &error) != TC_OK) abort(); // nobody could go on without it
    l->message.payload = message->payload;
    *message = (tc_message){0};
    peer->bytes += l->message.size;
    *peer->end = l;
    peer->end = &l->next;
}

static bool solo_receive(tc_transport *transport, tc_message *message, int *from) {
    solo_transport *solo = (solo_transport *)transport;
    if (solo->scheduler) solo->scheduler(solo->user, false);
    if (tc_bell_clear(solo->bell)) transport->terminated = solo->peer->base.terminated = true;
    letter *l = solo->first;
    if (!l) return false;
    solo->first = l->next;
    if (!solo->first) solo->end = &solo->first;
    solo->bytes -= l->message.size;
    *message = l->message;
    *from = solo->peer->base.rank;
    free(l);
    return true;
}

static size_t solo_pending(const tc_transport *transport) {
    return ((const solo_transport *)transport)->peer->bytes;
}

static void solo_wait(tc_transport *transport, int fd, bool writable, int ms) {
    solo_transport *solo = (solo_transport *)transport;
    if (solo->scheduler) {
        solo->scheduler(solo->user, true);
        return;
    }
    if (solo->first || solo->peer->first) return;
    struct pollfd polls[2] = {{.fd = solo->bell, .events = POLLIN},
                              {.fd = fd, .events = (short)(POLLIN | (writable ? POLLOUT : 0))}};
    poll(polls, 2, ms);
}

static bool solo_watch(tc_transport *transport, int rank, pid_t pid, uint64_t start) {
    (void)transport, (void)rank, (void)pid, (void)start;
    return true;
}

static bool solo_gone(tc_transport *transport, int rank) {
    (void)transport, (void)rank;
    return false;
}

static void solo_drop(tc_transport *transport, int rank) {
    (void)transport, (void)rank;
}

static void solo_close(tc_transport *transport) {
    solo_transport *solo = (solo_transport *)transport;
    while (solo->first) {
        letter *l = solo->first;
        solo->first = l->next;
        tc_message_clear(&l->message);
        free(l);
    }
    free(solo);
}

bool tc_transport_solo_new(tc_transport *ranks[2]) {
    solo_transport *ends[2] = {calloc(1, sizeof *ends[0]), calloc(1, sizeof *ends[1])};
    int bell = tc_bell_open();
    if (!ends[0] || !ends[1] || bell < 0) {
        free(ends[0]);
        free(ends[1]);
        return false;
    }
    for (int i = 0; i < 2; i++) {
        ends[i]->base = (tc_transport){i,         2,          false,     solo_send, solo_receive, solo_pending,
                                       solo_wait, solo_watch, solo_gone, solo_drop, solo_close};
        ends[i]->peer = ends[1 - i];
        ends[i]->end = &ends[i]->first;
        ends[i]->bell = bell;
        ranks[i] = &ends[i]->base;
    }
    return true;
}

void tc_transport_solo_pump(tc_transport *worker, void (*scheduler)(void *user, bool may_wait), void *user) {
    solo_transport *solo = (solo_transport *)worker;
    solo->scheduler = scheduler;
    solo->user = user;
}
