// How messages travel between ranks: an interface with two implementations, MPI (transport_mpi.h) and one process that
// runs both ranks (transport_solo.h).
//
// Only tc_transport_wait blocks. Messages from one rank arrive in the order in which it sent them. One thread of a
// process uses its transport.
#ifndef TC_MPI_WORKERS_TRANSPORT_H
#define TC_MPI_WORKERS_TRANSPORT_H

#include "core/assert.h"
#include "mpi_workers/message.h"

#include <sys/types.h>

typedef struct tc_transport tc_transport;

// What an implementation defines; see the functions below.
typedef struct tc_transport_ops {
    void (*send)(tc_transport *transport, int to, tc_message *message);
    bool (*receive)(tc_transport *transport, tc_message *message, int *from);
    size_t (*unsent)(const tc_transport *transport);
    void (*wait)(tc_transport *transport, int fd, bool writable, int ms);
    bool (*watch)(tc_transport *transport, int rank, pid_t pid, uint64_t start_time);
    bool (*is_lost)(const tc_transport *transport, int rank);
    void (*abandon)(tc_transport *transport, int rank);
    void (*destroy)(tc_transport *transport);
} tc_transport_ops;

struct tc_transport {
    const tc_transport_ops *ops;
    int rank, size;  // this process's rank; the number of ranks
    bool terminated; // SIGTERM has come
};

static inline bool tc_transport_is_peer(const tc_transport *transport, int rank) {
    return rank >= 0 && rank < transport->size && rank != transport->rank;
}
// Sends; takes ownership of the payload and zeroes the message. A message to an abandoned rank is discarded. On lack of
// memory the rank counts as lost, because a message would be missing.
static inline void tc_transport_send(tc_transport *transport, int to, tc_message *message) {
    TC_ASSERT(tc_transport_is_peer(transport, to));
    TC_ASSERT(message->kind != TC_MSG_NONE);
    transport->ops->send(transport, to, message);
}
// The next message that has arrived completely and passed tc_message_read; the caller clears it. False when there is
// none. A rank that sends an invalid message counts as lost.
static inline bool tc_transport_receive(tc_transport *transport, tc_message *message, int *from) {
    return transport->ops->receive(transport, message, from);
}
// Payload bytes passed to tc_transport_send that have not left yet.
static inline size_t tc_transport_unsent(const tc_transport *transport) {
    return transport->ops->unsent(transport);
}
// Sleeps until a message may have arrived, `fd` (-1: none) is readable (or, with `writable`, writable), a watched
// process has ended, or `ms` have passed.
static inline void tc_transport_wait(tc_transport *transport, int fd, bool writable, int ms) {
    TC_ASSERT(ms >= 0);
    transport->ops->wait(transport, fd, writable, ms);
}
// Names the process of a rank on this machine, so that it can be woken, watched and killed. False if that is not
// possible: then messages from it are polled for every few milliseconds.
static inline bool tc_transport_watch(tc_transport *transport, int rank, pid_t pid, uint64_t start_time) {
    TC_ASSERT(tc_transport_is_peer(transport, rank));
    return transport->ops->watch(transport, rank, pid, start_time);
}
// True when the rank's process has ended, cannot be reached, or has sent an invalid message.
static inline bool tc_transport_is_lost(const tc_transport *transport, int rank) {
    TC_ASSERT(tc_transport_is_peer(transport, rank));
    return transport->ops->is_lost(transport, rank);
}
// Gives up a lost rank: messages in transit from and to it are abandoned, and its process, if watched, is killed.
static inline void tc_transport_abandon(tc_transport *transport, int rank) {
    TC_ASSERT(tc_transport_is_peer(transport, rank));
    transport->ops->abandon(transport, rank);
}
// Ends the transport, and MPI with it unless a rank was lost (MPI_Finalize would wait for it forever).
static inline void tc_transport_destroy(tc_transport *transport) {
    transport->ops->destroy(transport);
}

#endif
