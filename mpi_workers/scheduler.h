// Rank 0: takes the gateway's jobs, hands their work to the workers, puts the results together, watches the workers.
#ifndef TC_SCHEDULER_H
#define TC_SCHEDULER_H

#include "mpi_workers/transport.h"

enum { TC_POOL_AGAIN = 75 }; // exit status: workers were lost, start the pool anew

typedef struct tc_scheduler tc_scheduler;

// Connects to the gateway's socket. NULL, with a sentence on stderr, on failure.
tc_scheduler *tc_scheduler_new(tc_transport *transport, const char *socket, int64_t max_pixels, size_t max_bytes);
void tc_scheduler_destroy(tc_scheduler *scheduler);
// Does all that there is to do; sleeps a while when there is nothing and it may.
void tc_scheduler_step(tc_scheduler *scheduler, bool may_wait);
// True when the pool is to end and every worker that is left knows.
bool tc_scheduler_is_over(const tc_scheduler *scheduler);
// The exit status of rank 0: 0 or TC_POOL_AGAIN.
int tc_scheduler_status(const tc_scheduler *scheduler);

#endif
