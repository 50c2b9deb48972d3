// Hands queued jobs to the pool, cancels those that are to stop, and queues them again when the pool dies.
#ifndef TC_BACKEND_DISPATCHER_H
#define TC_BACKEND_DISPATCHER_H

#include "backend/jobs.h"
#include "backend/pool.h"

// Sends what can be sent now, and renews an outdated pool that has finished its jobs. To be called after each change of
// a job or of the pool. TC_ERR_MEMORY when it is to be called again later, because a message could not be sent for lack
// of memory.
tc_status tc_dispatcher_run(tc_gateway_jobs *jobs, tc_pool *pool);
// The pool has died. `blamed`: a job may have been the cause.
void tc_dispatcher_handle_loss(tc_gateway_jobs *jobs, bool blamed);

#endif
