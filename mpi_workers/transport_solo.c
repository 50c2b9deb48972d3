// Two message queues, and a call into the scheduler whenever the worker receives or waits. Every message passes through
// its encoded header, as it does between processes.
#include "mpi_workers/transport_solo.h"

#include "mpi_workers/message_queue.h"
#include "mpi_workers/wakeup.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct solo_transport {
    tc_transport base;
    struct solo_transport *peer;                  // NULL when it has been destroyed
    tc_message_queue received;                    // messages to this rank
    int wakeup;                                   // shared; closed with the last end
    bool peer_lost;                               // a message to it was lost for lack of memory
    void (*scheduler)(void *user, bool may_wait); // only at the worker's end
    void *user;
} solo_transport;

static void solo_send(tc_transport *transport, int to, tc_message *message) {
    solo_transport *solo = (solo_transport *)transport, *peer = solo->peer;
    TC_ASSERT(to == peer->base.rank);
    if (solo->peer_lost) { // what follows a lost message would be misunderstood
        tc_message_clear(message);
        return;
    }
    uint8_t header[TC_MESSAGE_HEADER];
    tc_message received;
    tc_error error;
    tc_message_write(header, message);
    tc_status status = tc_message_read(&received, header, &error);
    TC_ASSERT(status == TC_OK); // tc_message_write has checked the same
    received.payload = message->payload;
    *message = (tc_message){0};
    if (status == TC_OK) status = tc_message_queue_push(&peer->received, &received, &error);
    if (status == TC_OK) return;
    fprintf(stderr, "tilecast-pool: rank %d to rank %d: %s\n", transport->rank, to, error.text);
    solo->peer_lost = true;
}

static bool solo_receive(tc_transport *transport, tc_message *message, int *from) {
    solo_transport *solo = (solo_transport *)transport;
    if (solo->scheduler) solo->scheduler(solo->user, false);
    if (tc_wakeup_clear(solo->wakeup)) transport->terminated = solo->peer->base.terminated = true;
    *from = 1 - transport->rank;
    return tc_message_queue_pop(&solo->received, message);
}

static size_t solo_unsent(const tc_transport *transport) {
    return ((const solo_transport *)transport)->peer->received.bytes;
}

static void solo_wait(tc_transport *transport, int fd, bool writable, int ms) {
    solo_transport *solo = (solo_transport *)transport;
    if (solo->scheduler) {
        solo->scheduler(solo->user, true);
        return;
    }
    if (solo->received.first || solo->peer->received.first) return;
    struct pollfd polls[2] = {{.fd = solo->wakeup, .events = POLLIN},
                              {.fd = fd, .events = (short)(POLLIN | (writable ? POLLOUT : 0))}};
    poll(polls, 2, ms);
}

static bool solo_watch(tc_transport *transport, int rank, pid_t pid, uint64_t start_time) {
    (void)transport, (void)rank, (void)pid, (void)start_time;
    return true;
}

static bool solo_is_lost(const tc_transport *transport, int rank) {
    (void)rank;
    return ((const solo_transport *)transport)->peer_lost;
}

static void solo_abandon(tc_transport *transport, int rank) {
    (void)transport, (void)rank;
}

static void solo_destroy(tc_transport *transport) {
    solo_transport *solo = (solo_transport *)transport;
    tc_message_queue_clear(&solo->received);
    if (solo->peer)
        solo->peer->peer = NULL;
    else
        close(solo->wakeup);
    free(solo);
}

static const tc_transport_ops solo_ops = {
    .send = solo_send,
    .receive = solo_receive,
    .unsent = solo_unsent,
    .wait = solo_wait,
    .watch = solo_watch,
    .is_lost = solo_is_lost,
    .abandon = solo_abandon,
    .destroy = solo_destroy,
};

bool tc_transport_solo_new(tc_transport *ranks[2]) {
    solo_transport *ends[2] = {calloc(1, sizeof *ends[0]), calloc(1, sizeof *ends[1])};
    int wakeup = tc_wakeup_open();
    if (!ends[0] || !ends[1] || wakeup < 0) {
        free(ends[0]);
        free(ends[1]);
        if (wakeup >= 0) close(wakeup);
        return false;
    }
    for (int i = 0; i < 2; i++) {
        *ends[i] =
            (solo_transport){.base = {.ops = &solo_ops, .rank = i, .size = 2}, .peer = ends[1 - i], .wakeup = wakeup};
        ranks[i] = &ends[i]->base;
    }
    return true;
}

void tc_transport_solo_set_scheduler(tc_transport *worker, void (*scheduler)(void *user, bool may_wait), void *user) {
    solo_transport *solo = (solo_transport *)worker;
    TC_ASSERT(worker->ops == &solo_ops && worker->rank == 1);
    TC_ASSERT(!solo->scheduler);
    solo->scheduler = scheduler;
    solo->user = user;
}
