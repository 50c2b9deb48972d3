// Rank 0's end of the socket to the gateway: JSON records, in and out.
#ifndef TC_LINK_H
#define TC_LINK_H

#include "control/json.h"

typedef struct tc_link tc_link;

// Connects to the gateway's socket. NULL, with a sentence on stderr, on failure.
tc_link *tc_link_new(const char *path);
void tc_link_destroy(tc_link *link);
int tc_link_fd(const tc_link *link);
// The next message; NULL when there is none yet. The caller destroys it.
tc_json *tc_link_receive(tc_link *link);
// True when the gateway has gone or talks nonsense.
bool tc_link_is_closed(const tc_link *link);
// Queues a message and destroys it. Waits while the gateway is far behind.
void tc_link_send(tc_link *link, tc_json *message);
// Writes what is queued as far as the gateway takes it. True when something is left.
bool tc_link_flush(tc_link *link);

#endif
