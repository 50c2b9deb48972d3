// Restores the durable jobs of an earlier gateway from the store.
#ifndef TC_BACKEND_JOB_RECOVERY_H
#define TC_BACKEND_JOB_RECOVERY_H

#include "backend/jobs.h"

// Restores all jobs of jobs->store. One that was not computed is queued again, and an upload goes on when its client
// attaches. A job whose files are missing or shorter than they were fails, and its client is told so. Removes files
// that belong to no job. TC_ERR_MEMORY or TC_ERR_IO with a message on failure.
tc_status tc_job_recovery_run(tc_gateway_jobs *jobs, tc_error *error);

#endif
