// Describes the gateway in JSON: the messages `welcome` and `pool`, and the HTTP status.
#ifndef TC_BACKEND_SERVER_INFO_H
#define TC_BACKEND_SERVER_INFO_H

#include "backend/jobs.h"
#include "backend/options.h"
#include "backend/pool.h"

typedef struct tc_server_info {
    const tc_gateway_options *options;
    const char *host; // name of this machine
    tc_pool_info pool;
    tc_gateway_job_counts jobs;
    int clients;
    uint64_t spool_bytes;
    int64_t uptime_s;
} tc_server_info;

// The caller destroys the result, which is incomplete or NULL when out of memory.
tc_json *tc_server_info_welcome(const tc_server_info *info);
tc_json *tc_server_info_pool(const tc_server_info *info);
tc_json *tc_server_info_status(const tc_server_info *info);

#endif
