// The gateway: starts its parts, connects them by hooks, and ends them. Calls go down only:
//
//   main, gateway
//   api                dispatcher, results        HTTP; from and to the pool
//    │                 clients                    what clients ask for
//   access, pages      jobs                       states of jobs
//    │                 session                    a client's connection
//   pool               job_outbox, job_queue, job_files, reported, number_set
//   pool_link, child   spool, file_cursor
//   server             event loop, WebSockets
//   http               HTTP requests
//
// access, job_queue, number_set, reported and job_outbox only decide: they open no file, socket or clock.
#ifndef TC_BACKEND_GATEWAY_H
#define TC_BACKEND_GATEWAY_H

#include "backend/options.h"

// Serves until a signal ends it. Returns the exit code.
int tc_gateway_run(const tc_gateway_options *options);

#endif
