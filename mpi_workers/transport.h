// How messages travel between the ranks. Two implementations: MPI, and one process that plays both ranks.
//
// Nothing here blocks but tc_transport_wait. Messages from one rank arrive in the order in which it sent them.
#ifndef TC_TRANSPORT_H
#define TC_TRANSPORT_H

#include "mpi_workers/message.h"

#include <sys/types.h>

typedef struct tc_transport tc_transport;
struct tc_transport {
    int rank, size;  // of this process; ranks in all
    bool terminated; // SIGTERM has come
    void (*send)(tc_transport *transport, int to, tc_message *message);
    bool (*receive)(tc_transport *transport, tc_message *message, int *from);
    size_t (*pending)(const tc_transport *transport);
    void (*wait)(tc_transport *transport, int fd, bool writable, int ms);
    bool (*watch)(tc_transport *transport, int rank, pid_t pid, uint64_t start);
    bool (*gone)(tc_transport *transport, int rank);
    void (*drop)(tc_transport *transport, int rank);
    void (*close)(tc_transport *transport);
};

// Starts MPI. NULL, with a sentence on stderr, on failure.
tc_transport *tc_transport_mpi_new(int *argc, char ***argv);
// Both ranks of a pool in one process. The worker (rank 1) has the thread; whenever it looks for messages or waits,
// `scheduler` is called with `user` to do rank 0's part: all that there is to do, sleeping only when `may_wait`.
bool tc_transport_solo_new(tc_transport *ranks[2]);
void tc_transport_solo_pump(tc_transport *worker, void (*scheduler)(void *user, bool may_wait), void *user);

// Sends; takes over the payload. A message to a rank that was dropped goes nowhere.
static inline void tc_transport_send(tc_transport *transport, int to, tc_message *message) {
    transport->send(transport, to, message);
}
// The next message that has arrived whole, checked; the caller clears it. A rank that sends nonsense counts as gone.
static inline bool tc_transport_receive(tc_transport *transport, tc_message *message, int *from) {
    return transport->receive(transport, message, from);
}
// Bytes sent that have not left yet.
static inline size_t tc_transport_pending(const tc_transport *transport) {
    return transport->pending(transport);
}
// Sleeps until a message may have come, `fd` (-1 none) is readable (or `writable`), a watched process has ended, or
// `ms` have passed.
static inline void tc_transport_wait(tc_transport *transport, int fd, bool writable, int ms) {
    transport->wait(transport, fd, writable, ms);
}
// Names the process of a rank on this machine, so that it can be woken, watched and ended. False if that is not
// possible: then messages to and from it are found by looking for them every few milliseconds.
static inline bool tc_transport_watch(tc_transport *transport, int rank, pid_t pid, uint64_t start) {
    return transport->watch(transport, rank, pid, start);
}
// True when the rank's process is known to have ended or to talk nonsense.
static inline bool tc_transport_gone(tc_transport *transport, int rank) {
    return transport->gone(transport, rank);
}
// The rank is lost: what is under way from and to it is abandoned, and its process, if it is watched, is killed.
static inline void tc_transport_drop(tc_transport *transport, int rank) {
    transport->drop(transport, rank);
}
// Ends the transport, and MPI with it unless a rank was dropped (it would wait for the lost one for ever).
static inline void tc_transport_close(tc_transport *transport) {
    transport->close(transport);
}

#endif
