// Rank 0's end of the Unix socket to the gateway: JSON messages in CONTROL records (docs/protocol.md).
#ifndef TC_MPI_WORKERS_SCHED_LINK_H
#define TC_MPI_WORKERS_SCHED_LINK_H

#include "control/json.h"

typedef struct tc_sched_link tc_sched_link;

// Connects to the gateway's socket. NULL, with a sentence on stderr, on failure.
tc_sched_link *tc_sched_link_new(const char *path);
void tc_sched_link_destroy(tc_sched_link *link); // harmless on NULL
// The descriptor to poll; -1 when the link is closed.
int tc_sched_link_fd(const tc_sched_link *link);
// The next message; NULL when none has arrived completely. The caller destroys it.
tc_json *tc_sched_link_receive(tc_sched_link *link);
// True when the gateway has closed its end or sent an invalid message, or tc_sched_link_close has been called.
bool tc_sched_link_is_closed(const tc_sched_link *link);
// Closes the link, with the reason on stderr.
void tc_sched_link_close(tc_sched_link *link, const char *reason);
// Queues a message and destroys it. Blocks while too much is queued. False when out of memory, for which NULL stands
// too: the message is lost.
bool tc_sched_link_send(tc_sched_link *link, tc_json *message);
// Writes what is queued without blocking. True when something is left.
bool tc_sched_link_flush(tc_sched_link *link);

#endif
