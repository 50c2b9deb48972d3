// Life of the pool:
//
//   start ──▶ STARTING ──hello──▶ READY
//     ▲           └──── ended ──────┘      ended: the process exits, or its connection closes and it is killed
//     │                   ▼
//     └─ back-off ─── clearing             clearing: every process that is left gets SIGKILL until there is none
#include "backend/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "backend/child.h"
#include "backend/pool_heartbeat.h"
#include "backend/pool_link.h"
#include "backend/spool.h"
#include "core/assert.h"
#include "system/clock.h"
#include "system/errno_text.h"

enum {
    HELLO_TIMEOUT_MS = 60000, // from the start to `hello`
    EXIT_TIMEOUT_MS = 500,    // from the end of the connection to that of the process
    CLEAR_INTERVAL_MS = 10,   // between two searches for leftover processes
    QUIT_TIMEOUT_MS = 1500,   // from `quit` to SIGTERM
    TERM_TIMEOUT_MS = 2500,   // from SIGTERM to SIGKILL
    STEADY_MS = 20000,        // a pool that was ready for so long counts as one that works
    FREE_RESTARTS = 2,        // without a pause
    FIRST_PAUSE_MS = 500,     // before the next restart; doubles each time
    LONGEST_PAUSE_MS = 8000,
    MAX_FAILED_STARTS = 3, // before the first successful one
};

struct tc_pool {
    tc_pool_hooks hooks;
    tc_launch launch;
    char socket[108], hosts[116];
    char temporary[108]; // folder for the temporary files of mpirun and the ranks, which remain when they are killed
    tc_pool_link *link;
    tc_pool_heartbeat *heartbeat; // while it is ready
    tc_timer *timer;              // the next step: start, time-out, search for leftovers
    tc_pool_state state;
    pid_t pid; // 0: none
    bool clearing, stopping;
    bool was_ready;   // some pool was
    bool lost_worker; // this pool has reported which job that counts against
    bool draining;    // the pool has ended, and its last messages are being read
    int stop_step, failures, starts;
    int64_t ready_ms;
    tc_pool_rank *ranks;
    int rank_count, max_ranks;
};

static void set_state(tc_pool *pool, tc_pool_state state) {
    pool->state = state;
    if (state != TC_POOL_READY) pool->rank_count = 0;
    if (state != TC_POOL_READY) tc_pool_heartbeat_stop(pool->heartbeat);
    pool->hooks.changed(pool->hooks.user);
}

// Signals mpirun and its process group. The ranks have groups of their own; they are killed when mpirun has ended.
static void signal_pool(const tc_pool *pool, int number) {
    if (pool->pid == 0) return;
    kill(-pool->pid, number);
    kill(pool->pid, number);
}

// ---- Start

static void start_process(tc_pool *pool) {
    TC_ASSERT(pool->pid == 0 && !pool->stopping && !pool->clearing);
    tc_error error = {.text = "cannot start the pool of workers: out of memory"};
    char **argv = tc_launch_write_hosts(&pool->launch, &error) == TC_OK ? tc_launch_argv(&pool->launch) : NULL;
    pool->starts++;
    pool->pid = argv ? tc_child_start(argv, pool->temporary, &error) : 0;
    free(argv);
    if (pool->pid == 0) {
        fprintf(stderr, "tilecastd: %s\n", error.text);
        tc_timer_set(pool->timer, LONGEST_PAUSE_MS);
        return;
    }
    tc_timer_set(pool->timer, HELLO_TIMEOUT_MS);
    set_state(pool, TC_POOL_STARTING);
}

static int pause_ms(const tc_pool *pool) {
    int n = pool->failures - FREE_RESTARTS;
    if (n <= 0) return 0;
    return n > 5 ? LONGEST_PAUSE_MS : FIRST_PAUSE_MS << (n - 1);
}

// ---- End

static void clear_leftovers(tc_pool *pool) {
    TC_ASSERT(pool->clearing && pool->pid == 0);
    int status;
    tc_child_reap(0, &status);
    if (tc_child_kill_all() != 0) {
        tc_timer_set(pool->timer, CLEAR_INTERVAL_MS);
        return;
    }
    pool->clearing = false;
    tc_folder_empty(pool->temporary);
    if (pool->launch.memory) tc_folder_empty(pool->launch.memory);
    if (pool->stopping) {
        pool->hooks.stopped(pool->hooks.user);
    } else if (pool->failures == MAX_FAILED_STARTS && !pool->was_ready) {
        pool->hooks.failed_to_start(pool->hooks.user, "the pool of workers does not start; the lines above say why");
    } else {
        int pause = pause_ms(pool);
        fprintf(stderr, "tilecastd: starting the pool of workers again%s\n", pause ? " after a pause" : "");
        tc_timer_set(pool->timer, pause);
    }
}

static void log_end(int status) {
    if (WIFSIGNALED(status))
        fprintf(stderr, "tilecastd: the pool of workers was ended by signal %d (%s)\n", WTERMSIG(status),
                tc_signal_text(WTERMSIG(status)));
    else
        fprintf(stderr, "tilecastd: the pool of workers ended with exit code %d\n", WEXITSTATUS(status));
}

static void handle_end(tc_pool *pool, int status) {
    bool steady = pool->state == TC_POOL_READY && tc_clock_ms() - pool->ready_ms >= STEADY_MS;
    if (!pool->stopping) log_end(status);
    pool->failures = steady ? 1 : pool->failures + 1;
    pool->pid = 0;
    pool->clearing = true;
    pool->draining = pool->state == TC_POOL_READY;
    pool->state = TC_POOL_DOWN; // first of all: its last messages must not lead to another job for it
    tc_pool_link_finish(pool->link);
    pool->draining = false;
    set_state(pool, TC_POOL_DOWN);
    pool->hooks.lost(pool->hooks.user, !pool->lost_worker && !pool->stopping);
    clear_leftovers(pool);
}

void tc_pool_child_ended(tc_pool *pool) {
    int status;
    if (pool->clearing)
        clear_leftovers(pool);
    else if (tc_child_reap(pool->pid, &status))
        handle_end(pool, status);
}

static void next_stop_step(tc_pool *pool) {
    static const struct {
        int signal, ms;
    } steps[] = {{0, QUIT_TIMEOUT_MS}, {SIGTERM, TERM_TIMEOUT_MS}, {SIGKILL, TERM_TIMEOUT_MS}};
    int step = pool->stop_step < 2 ? pool->stop_step++ : 2;
    if (steps[step].signal) signal_pool(pool, steps[step].signal);
    tc_timer_set(pool->timer, steps[step].ms);
}

void tc_pool_stop(tc_pool *pool) {
    if (pool->stopping) {
        pool->stop_step = 2;
    } else {
        pool->stopping = true;
        tc_pool_heartbeat_stop(pool->heartbeat);
        tc_json *quit = tc_json_new_object();
        tc_json_set_string(quit, "type", "quit");
        if (pool->state != TC_POOL_READY || tc_pool_send(pool, quit, NULL)) pool->stop_step = 1; // without `quit`
        tc_json_destroy(quit);
    }
    if (pool->pid) {
        next_stop_step(pool);
    } else {
        pool->clearing = true;
        tc_timer_set(pool->timer, 0);
    }
}

// Rank 0 is stopped or hangs. Its job may be the cause, so this counts as any other death.
static void on_silence(void *user, int seconds) {
    tc_pool *pool = user;
    fprintf(stderr, "tilecastd: rank 0 of the pool has not answered for %d s; the pool is killed\n", seconds);
    signal_pool(pool, SIGKILL);
}

static void on_timer(void *user) {
    tc_pool *pool = user;
    if (pool->clearing)
        clear_leftovers(pool);
    else if (pool->stopping)
        next_stop_step(pool);
    else if (pool->pid)
        signal_pool(pool, SIGKILL); // no `hello` in time, or still alive although its connection has ended
    else
        start_process(pool);
}

// ---- Messages

static void on_hello(tc_pool *pool, const tc_json *message) {
    const tc_json *ranks = tc_json_member(message, "ranks");
    int count = tc_json_count(ranks);
    pool->rank_count = count < pool->max_ranks ? count : pool->max_ranks;
    for (int i = 0; i < pool->rank_count; i++) {
        const tc_json *item = tc_json_item(ranks, i);
        pool->ranks[i].rank = (int)tc_json_integer(item, "rank", 0, INT32_MAX, i);
        pool->ranks[i].pid = (int)tc_json_integer(item, "pid", 0, INT32_MAX, 0);
        pool->ranks[i].lost = false;
        snprintf(pool->ranks[i].host, TC_POOL_HOST, "%s", tc_json_string(item, "host", ""));
    }
    pool->was_ready = true;
    pool->lost_worker = false;
    pool->ready_ms = tc_clock_ms();
    tc_timer_cancel(pool->timer);
    if (pool->rank_count > 0 && pool->ranks[0].pid > 0) tc_pool_heartbeat_start(pool->heartbeat, pool->ranks[0].pid);
    set_state(pool, TC_POOL_READY);
}

static void on_rank(tc_pool *pool, tc_json *message) {
    int rank = (int)tc_json_integer(message, "rank", -1, INT32_MAX, -1);
    bool lost = strcmp(tc_json_string(message, "state", ""), "lost") == 0;
    for (int i = 0; i < pool->rank_count; i++)
        if (pool->ranks[i].rank == rank) pool->ranks[i].lost = lost;
    pool->lost_worker |= lost;
    pool->hooks.message(pool->hooks.user, "rank", message);
    pool->hooks.changed(pool->hooks.user);
}

static void on_message(void *user, tc_json *message) {
    tc_pool *pool = user;
    const char *type = tc_json_string(message, "type", "");
    if (strcmp(type, "hello") == 0 && pool->state == TC_POOL_STARTING && !pool->stopping)
        on_hello(pool, message);
    else if (strcmp(type, "alive") == 0)
        tc_pool_heartbeat_answer(pool->heartbeat);
    else if (strcmp(type, "rank") == 0)
        on_rank(pool, message);
    else if (pool->state == TC_POOL_READY || pool->draining)
        pool->hooks.message(pool->hooks.user, type, message);
}

static void on_closed(void *user) {
    tc_pool *pool = user;
    if (pool->pid && !pool->stopping) tc_timer_set(pool->timer, EXIT_TIMEOUT_MS);
}

tc_status tc_pool_send(tc_pool *pool, const tc_json *message, tc_error *error) {
    return pool->state == TC_POOL_READY ? tc_pool_link_send(pool->link, message, error) : TC_OK;
}

tc_status tc_pool_send_number(tc_pool *pool, const char *type, const char *name, uint32_t number, tc_error *error) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", type);
    tc_json_set_number(message, name, number);
    tc_status status = tc_pool_send(pool, message, error);
    tc_json_destroy(message);
    return status;
}

// ---- Record

tc_pool *tc_pool_new(tc_server *server, const tc_launch *launch, const char *folder, const tc_pool_hooks *hooks,
                     tc_error *error) {
    TC_ASSERT(launch->workers >= 1 && folder[0]);
    tc_pool *pool = calloc(1, sizeof *pool);
    if (!pool) goto fail;
    *pool = (tc_pool){.hooks = *hooks, .launch = *launch, .max_ranks = launch->workers + 1};
    snprintf(pool->socket, sizeof pool->socket, "%s/pool.sock", folder);
    pool->launch.socket = pool->socket;
    snprintf(pool->hosts, sizeof pool->hosts, "%s/pool.hosts", folder);
    if (launch->hostfile) pool->launch.hosts = pool->hosts;
    snprintf(pool->temporary, sizeof pool->temporary, "%s/tmp", folder);
    if (mkdir(pool->temporary, 0700) != 0) {
        tc_fail(error, TC_ERR_IO, "cannot make the folder %s: %s", pool->temporary, tc_errno_text(errno));
        tc_pool_destroy(pool);
        return NULL;
    }
    pool->ranks = calloc((size_t)pool->max_ranks, sizeof *pool->ranks);
    pool->timer = tc_timer_new(server, on_timer, pool);
    if (!pool->ranks || !pool->timer) goto fail;
    tc_pool_link_hooks link_hooks = {.user = pool, .message = on_message, .closed = on_closed};
    pool->link = tc_pool_link_new(server, pool->socket, &link_hooks, error);
    if (!pool->link) {
        tc_pool_destroy(pool);
        return NULL;
    }
    pool->heartbeat = tc_pool_heartbeat_new(server, pool->link, on_silence, pool);
    if (pool->heartbeat) return pool;
fail:
    tc_fail(error, TC_ERR_MEMORY, "out of memory while starting");
    tc_pool_destroy(pool);
    return NULL;
}

void tc_pool_start(tc_pool *pool) {
    TC_ASSERT(pool->starts == 0);
    tc_timer_set(pool->timer, 0);
}

void tc_pool_destroy(tc_pool *pool) {
    if (!pool) return;
    tc_timer_destroy(pool->timer);
    tc_pool_heartbeat_destroy(pool->heartbeat);
    tc_pool_link_destroy(pool->link);
    free(pool->ranks);
    free(pool);
}

tc_pool_info tc_pool_get_info(const tc_pool *pool) {
    TC_ASSERT(pool->rank_count >= 0 && pool->rank_count <= pool->max_ranks);
    tc_pool_info info = {.state = pool->state,
                         .pid = (int)pool->pid,
                         .restarts = pool->starts > 1 ? pool->starts - 1 : 0,
                         .ranks = pool->ranks,
                         .rank_count = pool->rank_count};
    for (int i = 0; i < pool->rank_count; i++)
        if (pool->ranks[i].rank > 0 && !pool->ranks[i].lost) info.workers++;
    if (pool->launch.solo && pool->state == TC_POOL_READY) info.workers = 1;
    return info;
}

const char *tc_pool_state_name(tc_pool_state state) {
    static const char *const names[] = {"down", "starting", "ready"};
    return names[state];
}
