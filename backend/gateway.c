// Wires the parts of the gateway; signals.
#include "backend/gateway.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "backend/api.h"
#include "backend/child.h"
#include "backend/clients.h"
#include "backend/dispatcher.h"
#include "backend/job_recovery.h"
#include "backend/results.h"
#include "backend/server_info.h"
#include "core/assert.h"
#include "system/clock.h"
#include "system/errno_text.h"

enum {
    MAX_CONNECTIONS = TC_MAX_CLIENTS + 256, // with those that only fetch the page
    MAX_DESCRIPTORS = 65536,
    ANNOUNCE_MS = 100, // between two messages about the number of jobs
    RETRY_MS = 100,    // after a lack of memory
};

typedef struct gateway {
    tc_gateway_options options;
    tc_server *server;
    tc_pool *pool;
    tc_spool spool;
    tc_store *store; // NULL: durable jobs do not outlive this process
    tc_gateway_jobs jobs;
    tc_gateway_clients clients;
    tc_api api;
    tc_watch *signals;
    int signal_fd;
    tc_timer *announce; // of the pool's state and the number of jobs to all clients
    tc_timer *dispatch; // of jobs to the pool, in the next round of the loop
    bool announce_set, dispatch_set;
    bool printed_ready, stopping;
    int64_t started_ms;
    char host[128];
    int port;
    int exit_code;
} gateway;

// ---- Information

static tc_server_info get_info(const gateway *g) {
    return (tc_server_info){.options = &g->options,
                            .host = g->host,
                            .pool = tc_pool_get_info(g->pool),
                            .jobs = g->jobs.counts,
                            .clients = g->clients.count,
                            .spool_bytes = g->spool.used,
                            .uptime_s = (tc_clock_ms() - g->started_ms) / 1000};
}

static tc_json *describe(void *user, bool welcome) {
    tc_server_info info = get_info(user);
    return welcome ? tc_server_info_welcome(&info) : tc_server_info_pool(&info);
}

static tc_json *status(void *user) {
    tc_server_info info = get_info(user);
    return tc_server_info_status(&info);
}

static bool is_full(void *user) {
    const gateway *g = user;
    return g->clients.count >= TC_MAX_CLIENTS;
}

static void announce_now(void *user) {
    gateway *g = user;
    g->announce_set = false;
    tc_gateway_clients_announce(&g->clients);
}

static void announce(gateway *g, bool at_once) {
    if (g->stopping || (g->announce_set && !at_once)) return;
    g->announce_set = true;
    tc_timer_set(g->announce, at_once ? 0 : ANNOUNCE_MS);
}

static void print_ready(gateway *g) {
    const char *host = g->options.host;
    bool anywhere = strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
    bool ipv6 = !anywhere && strchr(host, ':');
    printf("Tilecast is ready: http://%s%s%s:%d/\n", ipv6 ? "[" : "", anywhere ? g->host : host, ipv6 ? "]" : "",
           g->port);
    fflush(stdout);
    g->printed_ready = true;
}

// ---- Jobs and pool

static void dispatch_now(void *user) {
    gateway *g = user;
    g->dispatch_set = false;
    if (g->stopping || tc_dispatcher_run(&g->jobs, g->pool) == TC_OK) return;
    g->dispatch_set = true;
    tc_timer_set(g->dispatch, RETRY_MS);
}

// Not at once: the caller is in the middle of a change.
static void dispatch_soon(gateway *g) {
    if (g->stopping || g->dispatch_set) return;
    g->dispatch_set = true;
    tc_timer_set(g->dispatch, 0);
}

static void on_jobs_changed(void *user) {
    announce(user, false);
    dispatch_soon(user);
}

static void on_pool_changed(void *user) {
    gateway *g = user;
    announce(g, true);
    if (tc_pool_get_info(g->pool).state != TC_POOL_READY) return;
    if (!g->printed_ready) print_ready(g);
    dispatch_soon(g);
}

static void on_pool_lost(void *user, bool blamed) {
    gateway *g = user;
    tc_dispatcher_handle_loss(&g->jobs, blamed);
}

static void on_pool_message(void *user, const char *type, tc_json *message) {
    gateway *g = user;
    if (strcmp(type, "pong") == 0)
        tc_api_pong(&g->api, message);
    else
        tc_results_handle(&g->jobs, type, message);
}

// ---- Stop

static void stop(gateway *g, int exit_code) {
    if (!g->stopping) g->exit_code = exit_code;
    g->stopping = true;
    tc_gateway_clients_close_all(&g->clients, TC_CLOSE_LEAVING, "the server is ending");
    tc_pool_stop(g->pool);
}

static void on_pool_failed_to_start(void *user, const char *reason) {
    fprintf(stderr, "tilecastd: %s\n", reason);
    stop(user, 1);
}

static void on_pool_stopped(void *user) {
    gateway *g = user;
    TC_ASSERT(g->stopping);
    tc_server_stop(g->server);
}

static void on_signal(void *user) {
    gateway *g = user;
    struct signalfd_siginfo info;
    while (read(g->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            tc_pool_child_ended(g->pool);
        else
            stop(g, 0);
    }
}

// ---- Start

static tc_status watch_signals(gateway *g, tc_error *error) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    g->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (g->signal_fd >= 0) g->signals = tc_watch_new(g->server, g->signal_fd, on_signal, NULL, g);
    return g->signals ? TC_OK : tc_fail(error, TC_ERR_MEMORY, "cannot watch signals: %s", tc_errno_text(errno));
}

// Each upload and each result under way needs a descriptor.
static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max < MAX_DESCRIPTORS ? limit.rlim_max : MAX_DESCRIPTORS;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void *open_session(void *user, tc_peer *peer) {
    gateway *g = user;
    return tc_gateway_clients_open(&g->clients, peer);
}

static tc_status start_server(gateway *g, tc_error *error) {
    const tc_server_hooks hooks = {.user = g,
                                   .open = open_session,
                                   .receive = tc_session_receive,
                                   .writable = tc_session_write,
                                   .close = tc_gateway_clients_close};
    const tc_http_hooks http_hooks = {
        .user = &g->api, .request = tc_api_request, .gone = tc_api_gone, .upgrade = tc_api_upgrade};
    g->server = tc_server_new(&hooks, &http_hooks, TC_SUBPROTOCOL, error);
    if (!g->server) return error->status;
    g->announce = tc_timer_new(g->server, announce_now, g);
    g->dispatch = tc_timer_new(g->server, dispatch_now, g);
    return g->announce && g->dispatch ? TC_OK : tc_fail(error, TC_ERR_MEMORY, "out of memory while starting");
}

// The path of the store for this port. False if there is none.
static bool default_store(int port, char *path, size_t size) {
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME"); // NOLINT(concurrency-mt-unsafe): no threads
    if (port == 0) return false;                                          // the next start gets another port
    if (state && state[0] == '/') return (size_t)snprintf(path, size, "%s/tilecast/%d", state, port) < size;
    if (home && home[0] == '/') return (size_t)snprintf(path, size, "%s/.local/state/tilecast/%d", home, port) < size;
    return false;
}

static tc_status open_store(gateway *g, tc_error *error) {
    const tc_gateway_options *options = &g->options;
    char path[TC_SPOOL_FOLDER];
    const char *folder = options->store;
    if (folder && strcmp(folder, "none") == 0) return TC_OK;
    if (!folder && default_store(options->port, path, sizeof path)) folder = path;
    if (!folder) return TC_OK;
    g->store = tc_store_open(folder, error);
    if (g->store) return tc_spool_use_store(&g->spool, folder, error);
    if (options->store) return error->status;
    fprintf(stderr, "tilecastd: jobs will not outlive this process: %s\n", error->text);
    return TC_OK;
}

static tc_status start_pool(gateway *g, tc_error *error) {
    const tc_gateway_options *options = &g->options;
    const tc_launch launch = {.program = options->pool,
                              .codec = options->codec,
                              .launch_agent = options->launch_agent,
                              .workers = options->workers,
                              .max_pixels = options->max_pixels,
                              .max_bytes = (int64_t)options->max_bytes,
                              .solo = options->solo,
                              .memory = g->spool.memory[0] ? g->spool.memory : NULL};
    const tc_pool_hooks hooks = {.user = g,
                                 .changed = on_pool_changed,
                                 .lost = on_pool_lost,
                                 .message = on_pool_message,
                                 .failed_to_start = on_pool_failed_to_start,
                                 .stopped = on_pool_stopped};
    const char *hosts = options->solo ? NULL : options->hosts;
    if (tc_spool_check_room(&g->spool, tc_launch_temporary_bytes(&launch), tc_launch_memory_bytes(&launch), error))
        return error->status;
    g->pool = tc_pool_new(g->server, &launch, hosts, g->spool.folder, &hooks, error);
    return g->pool ? TC_OK : error->status;
}

static tc_status start_clients(gateway *g, tc_error *error) {
    const tc_gateway_options *options = &g->options;
    const tc_gateway_job_limits limits = {
        .file_bytes = options->max_bytes, .jobs_per_client = options->max_jobs, .keep_s = options->keep};
    tc_gateway_jobs_init(&g->jobs, &g->spool, g->store, &limits, on_jobs_changed, g);
    const tc_gateway_clients_hooks hooks = {.user = g, .describe = describe};
    tc_status status_of = tc_gateway_clients_init(&g->clients, g->server, &g->jobs, options->max_idle, &hooks, error);
    if (status_of) return status_of;
    const tc_access access = {.host = options->host, .allow_origin = options->allow_origin};
    const tc_api_hooks api_hooks = {.user = g, .status = status, .is_full = is_full};
    return tc_api_init(&g->api, g->server, g->pool, &access, options->web, options->static_folder, &api_hooks, error);
}

static tc_status start(gateway *g, tc_error *error) {
    const tc_gateway_options *options = &g->options;
    if (start_server(g, error) || watch_signals(g, error) ||
        tc_spool_init(&g->spool, options->spool, options->max_spool, error) || open_store(g, error) ||
        start_pool(g, error) || start_clients(g, error) || (g->store && tc_job_recovery_run(&g->jobs, error)))
        return error->status;
    g->port = options->port;
    if (tc_server_listen(g->server, options->host, &g->port, MAX_CONNECTIONS, error)) return error->status;
    tc_pool_start(g->pool);
    return TC_OK;
}

// ---- End

// Also after a start that failed. The server closes the clients last: their jobs then need neither pool nor timers.
static void clear(gateway *g) {
    g->stopping = true;
    tc_dispatcher_handle_loss(&g->jobs, false);
    tc_timer_destroy(g->announce);
    tc_timer_destroy(g->dispatch);
    tc_gateway_clients_clear(&g->clients);
    tc_api_clear(&g->api);
    tc_pool_destroy(g->pool);
    tc_watch_destroy(g->signals);
    tc_server_destroy(g->server);
    tc_gateway_jobs_clear(&g->jobs);
    TC_ASSERT(g->jobs.counts.active == 0 && g->spool.used == 0);
    tc_store_close(g->store);
    tc_spool_clear(&g->spool);
}

int tc_gateway_run(const tc_gateway_options *options) {
    gateway *g = calloc(1, sizeof *g);
    if (!g) {
        fprintf(stderr, "tilecastd: out of memory while starting\n");
        return 1;
    }
    g->options = *options;
    g->started_ms = tc_clock_ms();
    gethostname(g->host, sizeof g->host - 1);
    tc_child_adopt_orphans();
    raise_descriptor_limit();
    tc_error error;
    if (start(g, &error) == TC_OK) {
        tc_server_run(g->server);
    } else {
        fprintf(stderr, "tilecastd: %s\n", error.text);
        g->exit_code = 1;
    }
    int exit_code = g->exit_code;
    clear(g);
    free(g);
    return exit_code;
}
