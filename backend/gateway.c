// Start, signals and end of the gateway.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "backend/gateway.h"
#include "backend/process.h"

enum {
    MAX_CONNECTIONS = TC_MAX_CLIENTS + 256, // with those that only fetch the page
    MAX_DESCRIPTORS = 65536,
    ANNOUNCE_MS = 100, // between two messages about the number of jobs
};

void tc_gateway_set_limits(const tc_gateway *gateway, tc_json *message) {
    tc_json *limits = tc_json_set_object(message, "limits");
    tc_json_set_number(limits, "file_bytes", (double)gateway->options.max_bytes);
    tc_json_set_number(limits, "pixels", (double)gateway->options.max_pixels);
    tc_json_set_number(limits, "chunk_bytes", TC_CHUNK);
    tc_json_set_number(limits, "message_bytes", TC_MAX_CONTROL_BYTES);
    tc_json_set_number(limits, "jobs", gateway->options.max_jobs);
}

// ---- The pool's state, to all clients

static void announce_now(void *user) {
    tc_gateway *gateway = user;
    gateway->announcing = false;
    for (tc_client *client = gateway->clients; client; client = client->next) {
        client->out.tell_pool = true;
        tc_peer_want_write(client->peer);
    }
}

void tc_gateway_announce(tc_gateway *gateway, bool at_once) {
    if (gateway->stopping || (gateway->announcing && !at_once)) return;
    gateway->announcing = true;
    tc_timer_set(gateway->announce, at_once ? 0 : ANNOUNCE_MS);
}

static void on_pool_changed(void *user) {
    tc_gateway *gateway = user;
    tc_gateway_announce(gateway, true);
    if (tc_pool_look(gateway->pool).state != TC_POOL_READY) return;
    if (!gateway->ready_told) {
        const char *host = gateway->options.host;
        bool anywhere = strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
        bool ipv6 = !anywhere && strchr(host, ':');
        printf("Tilecast is ready: http://%s%s%s:%d/\n", ipv6 ? "[" : "", anywhere ? gateway->host : host,
               ipv6 ? "]" : "", gateway->port);
        fflush(stdout);
        gateway->ready_told = true;
    }
    tc_jobs_feed(gateway);
}

static void on_pool_lost(void *user, bool blamed) {
    tc_jobs_lost(user, blamed);
}

static void on_pool_message(void *user, const char *type, const tc_json *message) {
    if (strcmp(type, "pong") == 0)
        tc_api_pong(user, message);
    else
        tc_jobs_message(user, type, message);
}

static void stop(tc_gateway *gateway, int exit_code) {
    if (!gateway->stopping) gateway->exit_code = exit_code;
    gateway->stopping = true;
    for (tc_client *client = gateway->clients; client; client = client->next)
        tc_peer_close(client->peer, 1001, "the server is ending");
    tc_pool_stop(gateway->pool);
}

static void on_pool_hopeless(void *user, const char *reason) {
    fprintf(stderr, "tilecastd: %s\n", reason);
    stop(user, 1);
}

static void on_pool_stopped(void *user) {
    tc_gateway *gateway = user;
    tc_server_stop(gateway->server);
}

// ---- Signals

static void on_signal(void *user) {
    tc_gateway *gateway = user;
    struct signalfd_siginfo info;
    while (read(gateway->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            tc_pool_child_ended(gateway->pool);
        else
            stop(gateway, 0);
    }
}

static tc_status watch_signals(tc_gateway *gateway, tc_error *error) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    gateway->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (gateway->signal_fd >= 0)
        gateway->signals = tc_watch_new(gateway->server, gateway->signal_fd, on_signal, NULL, gateway);
    return gateway->signals ? TC_OK : tc_fail(error, TC_ERR_MEMORY, "cannot watch signals: %s", strerror(errno));
}

// ---- Start and end

// A descriptor for each upload and each result under way.
static void raise_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max < MAX_DESCRIPTORS ? limit.rlim_max : MAX_DESCRIPTORS;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static tc_status start(tc_gateway *gateway, tc_error *error) {
    const tc_options *options = &gateway->options;
    const tc_hooks hooks = {.app = gateway,
                            .request = tc_api_request,
                            .gone = tc_api_gone,
                            .upgrade = tc_api_upgrade,
                            .open = tc_client_open,
                            .receive = tc_client_receive,
                            .writable = tc_outbox_write,
                            .close = tc_client_close};
    const tc_pool_hooks pool_hooks = {.app = gateway,
                                      .changed = on_pool_changed,
                                      .lost = on_pool_lost,
                                      .message = on_pool_message,
                                      .hopeless = on_pool_hopeless,
                                      .stopped = on_pool_stopped};
    gateway->server = tc_server_new(&hooks, "tilecast.v1", error);
    if (!gateway->server) return error->status;
    gateway->announce = tc_timer_new(gateway->server, announce_now, gateway);
    gateway->health_timer = tc_timer_new(gateway->server, tc_api_check_health, gateway);
    gateway->idle = tc_timer_new(gateway->server, tc_client_check_idle, gateway);
    if (!gateway->announce || !gateway->health_timer || !gateway->idle)
        return tc_fail(error, TC_ERR_MEMORY, "out of memory");
    tc_status status = watch_signals(gateway, error);
    if (!status) status = tc_spool_init(&gateway->spool, options->spool, options->max_spool, error);
    if (status) return status;
    const tc_launch launch = {.program = options->pool,
                              .codec = options->codec,
                              .hostfile = options->hostfile,
                              .workers = options->workers,
                              .max_pixels = options->max_pixels,
                              .max_bytes = (int64_t)options->max_bytes,
                              .solo = options->solo,
                              .memory = gateway->spool.memory[0] ? gateway->spool.memory : NULL};
    gateway->pool = tc_pool_new(gateway->server, &launch, gateway->spool.folder, &pool_hooks, error);
    if (!gateway->pool) return error->status;
    gateway->port = options->port;
    status = tc_server_listen(gateway->server, options->host, &gateway->port, MAX_CONNECTIONS, error);
    if (!status) tc_pool_start(gateway->pool);
    return status;
}

// The server closes the clients, whose jobs by then need neither the pool nor a timer.
static void clear(tc_gateway *gateway) {
    gateway->stopping = true;
    tc_jobs_lost(gateway, false);
    tc_timer_destroy(gateway->announce);
    tc_timer_destroy(gateway->health_timer);
    tc_timer_destroy(gateway->idle);
    tc_pool_destroy(gateway->pool);
    tc_watch_destroy(gateway->signals);
    tc_server_destroy(gateway->server);
    tc_spool_clear(&gateway->spool);
}

int tc_gateway_run(const tc_options *options) {
    tc_gateway *gateway = calloc(1, sizeof *gateway);
    if (!gateway) return 1;
    gateway->options = *options;
    gateway->started_us = tc_now_us();
    gethostname(gateway->host, sizeof gateway->host - 1);
    if (getrandom(&gateway->instance, sizeof gateway->instance, 0) < 0) gateway->instance = (uint64_t)getpid();
    tc_process_adopt_orphans();
    raise_descriptors();
    tc_error error;
    if (start(gateway, &error) == TC_OK) {
        tc_server_run(gateway->server);
    } else {
        fprintf(stderr, "tilecastd: %s\n", error.text);
        gateway->exit_code = 1;
    }
    int exit_code = gateway->exit_code;
    clear(gateway);
    free(gateway);
    return exit_code;
}
