// Finds out that rank 0 is stopped or hangs: asks it every second whether it runs.
#ifndef TC_BACKEND_POOL_HEARTBEAT_H
#define TC_BACKEND_POOL_HEARTBEAT_H

#include <sys/types.h>

#include "backend/pool_link.h"

typedef struct tc_pool_heartbeat tc_pool_heartbeat;

// Borrows `link`. `lost` is called once when rank 0 does not answer, with the seconds since its last answer. NULL when
// out of memory.
tc_pool_heartbeat *tc_pool_heartbeat_new(tc_server *server, tc_pool_link *link, void (*lost)(void *user, int seconds),
                                         void *user);
void tc_pool_heartbeat_destroy(tc_pool_heartbeat *heartbeat);             // harmless on NULL
void tc_pool_heartbeat_start(tc_pool_heartbeat *heartbeat, pid_t rank_0); // a process of this machine
void tc_pool_heartbeat_stop(tc_pool_heartbeat *heartbeat);                // harmless when it is not started
void tc_pool_heartbeat_answer(tc_pool_heartbeat *heartbeat);              // rank 0 has answered

#endif
