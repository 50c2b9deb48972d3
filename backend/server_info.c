// Builds the JSON objects; docs/protocol.md lists their members.
#include "backend/server_info.h"

#include <math.h>

#include "core/version.h"
#include "system/clock.h"

static void set_limits(const tc_server_info *info, tc_json *message) {
    tc_json *limits = tc_json_set_object(message, "limits");
    tc_json_set_number(limits, "file_bytes", (double)info->options->max_bytes);
    tc_json_set_number(limits, "pixels", (double)info->options->max_pixels);
    tc_json_set_number(limits, "chunk_bytes", TC_MAX_UPLOAD_CHUNK);
    tc_json_set_number(limits, "message_bytes", TC_MAX_CONTROL_BYTES);
    tc_json_set_number(limits, "jobs", info->options->max_jobs);
}

tc_json *tc_server_info_welcome(const tc_server_info *info) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "welcome");
    tc_json_set_string(message, "version", TC_VERSION);
    tc_json_set_string(message, "host", info->host);
    tc_json_set_string(message, "pool", tc_pool_state_name(info->pool.state));
    tc_json_set_number(message, "workers", info->pool.workers);
    set_limits(info, message);
    return message;
}

tc_json *tc_server_info_pool(const tc_server_info *info) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "pool");
    tc_json_set_string(message, "state", tc_pool_state_name(info->pool.state));
    tc_json_set_number(message, "workers", info->pool.workers);
    tc_json_set_number(message, "jobs", info->jobs.queued + info->jobs.running);
    return message;
}

static void add_ranks(tc_json *pool, const tc_pool_info *info) {
    tc_json *ranks = tc_json_set_array(pool, "ranks");
    for (int i = 0; i < info->rank_count; i++) {
        tc_json *rank = tc_json_add_object(ranks);
        tc_json_set_number(rank, "rank", info->ranks[i].rank);
        tc_json_set_number(rank, "pid", info->ranks[i].pid);
        tc_json_set_string(rank, "host", info->ranks[i].host);
        tc_json_set_string(rank, "state", info->ranks[i].lost ? "lost" : "alive");
    }
}

// This machine is left out if it has no slots, and has the name that its ranks have.
static void add_hosts(tc_json *pool, const tc_server_info *info) {
    tc_json *hosts = tc_json_set_array(pool, "hosts");
    for (int i = 0; i < info->pool.host_count; i++) {
        const tc_host *host = &info->pool.hosts[i];
        if (host->slots == 0) continue;
        tc_json *item = tc_json_add_object(hosts);
        tc_json_set_string(item, "host", i == 0 ? info->host : host->name);
        tc_json_set_number(item, "slots", host->slots);
        tc_json_set_string(item, "state", tc_host_state_name(host->state));
        tc_json_set_number(item, "since_s", floor((double)(tc_clock_ms() - host->since_ms) / 1000));
        tc_json_set_string(item, "error", host->error);
    }
}

tc_json *tc_server_info_status(const tc_server_info *info) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "version", TC_VERSION);
    tc_json_set_number(message, "uptime_s", (double)info->uptime_s);
    tc_json *pool = tc_json_set_object(message, "pool");
    tc_json_set_string(pool, "state", tc_pool_state_name(info->pool.state));
    tc_json_set_number(pool, "pid", info->pool.pid);
    tc_json_set_number(pool, "restarts", info->pool.restarts);
    tc_json_set_number(pool, "workers", info->pool.workers);
    tc_json_set_string(pool, "error", info->pool.error);
    add_ranks(pool, &info->pool);
    add_hosts(pool, info);
    tc_json *jobs = tc_json_set_object(message, "jobs");
    tc_json_set_number(jobs, "waiting", info->jobs.queued);
    tc_json_set_number(jobs, "running", info->jobs.running);
    tc_json_set_number(jobs, "done", (double)info->jobs.done);
    tc_json_set_number(jobs, "failed", (double)info->jobs.failed);
    tc_json_set_number(message, "clients", info->clients);
    tc_json_set_number(message, "spool_bytes", (double)info->spool_bytes);
    set_limits(info, message);
    return message;
}
