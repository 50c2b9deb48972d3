// What the pool reports about jobs that it has: picture, progress, codes, lines, tiles and the end.
#ifndef TC_BACKEND_RESULTS_H
#define TC_BACKEND_RESULTS_H

#include "backend/jobs.h"

// Handles a message of the pool about a job; others are ignored. The message is changed.
void tc_results_handle(tc_gateway_jobs *jobs, const char *type, tc_json *message);

#endif
