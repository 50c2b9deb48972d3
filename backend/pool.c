// Life of the pool:
//
//   start ──▶ STARTING ──hello──▶ READY
//     ▲           └──── ended ──────┘        ended: the process exits, or its connection closes and it is killed
//     │                   ▼
//     └── backoff ── clearing: every process that is left over gets SIGKILL until none is
#include "backend/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "backend/link.h"
#include "backend/process.h"
#include "backend/spool.h"

enum {
    HELLO_MS = 60000,        // until a started pool must have said hello
    LINGER_MS = 500,         // between the end of the connection and that of the process
    CLEAR_MS = 10,           // between two looks for leftovers
    QUIT_MS = 1500,          // from `quit` to SIGTERM
    TERM_MS = 2500,          // from SIGTERM to SIGKILL
    STEADY_S = 20,           // a pool that lived so long starts with a clean record
    FREE_RESTARTS = 2,       // without a pause
    LONGEST_PAUSE_MS = 8000, // between later ones
    HOPELESS = 3,            // failed starts before the first success
};

struct tc_pool {
    tc_server *server;
    tc_pool_hooks hooks;
    tc_launch launch;
    const char *folder;
    char socket[108];
    tc_link *link;
    tc_timer *timer;
    tc_pool_state state;
    pid_t pid;
    bool clearing, stopping, was_ready, lost_worker, last_words;
    int stop_step, failures, starts;
    time_t ready_at;
    tc_pool_rank *ranks;
    int rank_count;
};

static time_t now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static void set_state(tc_pool *pool, tc_pool_state state) {
    pool->state = state;
    if (state != TC_POOL_READY) pool->rank_count = 0;
    pool->hooks.changed(pool->hooks.app);
}

// mpirun and what is in its process group; the ranks, each in a group of its own, are cleared when it is gone.
static void signal_pool(const tc_pool *pool, int number) {
    if (pool->pid == 0) return;
    kill(-pool->pid, number);
    kill(pool->pid, number);
}

// ---- Start

static void spawn(tc_pool *pool) {
    tc_error error;
    char **argv = tc_launch_argv(&pool->launch);
    pool->starts++;
    pool->pid = argv ? tc_process_start(argv, pool->folder, &error) : 0;
    free(argv);
    if (pool->pid == 0) {
        tc_timer_set(pool->timer, LONGEST_PAUSE_MS);
        return;
    }
    tc_timer_set(pool->timer, HELLO_MS);
    set_state(pool, TC_POOL_STARTING);
}

static int pause_ms(const tc_pool *pool) {
    int n = pool->failures - FREE_RESTARTS;
    if (n <= 0) return 0;
    return n > 5 ? LONGEST_PAUSE_MS : 250 << n;
}

// ---- End

static void clear_leftovers(tc_pool *pool) {
    int status;
    tc_process_reap(0, &status);
    if (tc_process_kill_all() > 0) {
        tc_timer_set(pool->timer, CLEAR_MS);
        return;
    }
    pool->clearing = false;
    if (pool->launch.memory) tc_folder_empty(pool->launch.memory);
    if (pool->stopping) {
        pool->hooks.stopped(pool->hooks.app);
    } else if (pool->failures == HOPELESS && !pool->was_ready) {
        pool->hooks.hopeless(pool->hooks.app, "the pool of workers does not start; the lines above say why");
    } else {
        int pause = pause_ms(pool);
        fprintf(stderr, "tilecastd: starting the pool of workers again%s\n", pause ? " after a pause" : "");
        tc_timer_set(pool->timer, pause);
    }
}

static void tell_end(int status) {
    if (WIFSIGNALED(status))
        fprintf(stderr, "tilecastd: the pool of workers was ended by signal %d (%s)\n", WTERMSIG(status),
                strsignal(WTERMSIG(status)));
    else
        fprintf(stderr, "tilecastd: the pool of workers ended with exit code %d\n", WEXITSTATUS(status));
}

static void ended(tc_pool *pool, int status) {
    bool steady = pool->state == TC_POOL_READY && now_s() - pool->ready_at >= STEADY_S;
    if (!pool->stopping) tell_end(status);
    pool->failures = steady ? 1 : pool->failures + 1;
    pool->pid = 0;
    pool->clearing = true;
    pool->last_words = pool->state == TC_POOL_READY;
    pool->state = TC_POOL_DOWN; // so that nothing it still says hands it another job
    tc_link_finish(pool->link);
    pool->last_words = false;
    bool told = pool->lost_worker; // and which job that counts against: the pool only wants to be started again
    set_state(pool, TC_POOL_DOWN);
    pool->hooks.lost(pool->hooks.app, !told && !pool->stopping);
    clear_leftovers(pool);
}

void tc_pool_child_ended(tc_pool *pool) {
    int status;
    if (pool->clearing)
        clear_leftovers(pool);
    else if (tc_process_reap(pool->pid, &status))
        ended(pool, status);
}

static void next_stop_step(tc_pool *pool) {
    static const struct { int signal, ms; } steps[] = {{0, QUIT_MS}, {SIGTERM, TERM_MS}, {SIGKILL, TERM_MS}};
    int step = pool->stop_step < 2 ? pool->stop_step++ : 2;
    if (steps[step].signal) signal_pool(pool, steps[step].signal);
    tc_timer_set(pool->timer, steps[step].ms);
}

void tc_pool_stop(tc_pool *pool) {
    if (pool->stopping) {
        pool->stop_step = 2;
    } else {
        pool->stopping = true;
        tc_json *quit = tc_json_new_object();
        tc_json_set_string(quit, "type", "quit");
        tc_pool_send(pool, quit);
        tc_json_destroy(quit);
        if (pool->state != TC_POOL_READY) pool->stop_step = 1; // nobody there to read it
    }
    if (pool->pid) {
        next_stop_step(pool);
    } else {
        pool->clearing = true;
        tc_timer_set(pool->timer, 0);
    }
}

static void timer_fired(void *user) {
    tc_pool *pool = user;
    if (pool->clearing) {
        clear_leftovers(pool);
    } else if (pool->stopping) {
        next_stop_step(pool);
    } else if (pool->pid) { // silent since its start, or still there although its connection has ended
        signal_pool(pool, SIGKILL);
    } else {
        spawn(pool);
    }
}

// ---- Messages

static void on_hello(tc_pool *pool, const tc_json *message) {
    const tc_json *ranks = tc_json_member(message, "ranks");
    int count = tc_json_count(ranks);
    if (count > TC_POOL_MAX_RANKS) count = TC_POOL_MAX_RANKS;
    free(pool->ranks);
    pool->ranks = calloc((size_t)count + 1, sizeof *pool->ranks);
    pool->rank_count = pool->ranks ? count : 0;
    for (int i = 0; i < pool->rank_count; i++) {
        const tc_json *item = tc_json_item(ranks, i);
        pool->ranks[i].rank = (int)tc_json_number(item, "rank", i);
        pool->ranks[i].pid = (int)tc_json_number(item, "pid", 0);
        snprintf(pool->ranks[i].host, TC_POOL_HOST, "%s", tc_json_string(item, "host", ""));
    }
    pool->was_ready = true;
    pool->lost_worker = false;
    pool->ready_at = now_s();
    tc_timer_cancel(pool->timer);
    set_state(pool, TC_POOL_READY);
}

static void on_rank(tc_pool *pool, const tc_json *message) {
    int rank = (int)tc_json_number(message, "rank", -1);
    bool lost = strcmp(tc_json_string(message, "state", ""), "lost") == 0;
    for (int i = 0; i < pool->rank_count; i++)
        if (pool->ranks[i].rank == rank) pool->ranks[i].lost = lost;
    pool->lost_worker |= lost;
    pool->hooks.message(pool->hooks.app, "rank", message);
    pool->hooks.changed(pool->hooks.app);
}

static void on_message(void *user, const tc_json *message) {
    tc_pool *pool = user;
    const char *type = tc_json_string(message, "type", "");
    if (strcmp(type, "hello") == 0 && pool->state == TC_POOL_STARTING && !pool->stopping)
        on_hello(pool, message);
    else if (strcmp(type, "rank") == 0)
        on_rank(pool, message);
    else if (pool->state == TC_POOL_READY || pool->last_words)
        pool->hooks.message(pool->hooks.app, type, message);
}

static void on_closed(void *user) {
    tc_pool *pool = user;
    if (pool->pid && !pool->stopping) tc_timer_set(pool->timer, LINGER_MS);
}

void tc_pool_send(tc_pool *pool, const tc_json *message) {
    if (pool->state == TC_POOL_READY) tc_link_send(pool->link, message);
}

// ---- Record

tc_pool *tc_pool_new(tc_server *server, const tc_launch *launch, const char *folder, const tc_pool_hooks *hooks,
                     tc_error *error) {
    tc_pool *pool = calloc(1, sizeof *pool);
    if (!pool) goto fail;
    *pool = (tc_pool){.server = server, .hooks = *hooks, .launch = *launch, .folder = folder};
    snprintf(pool->socket, sizeof pool->socket, "%s/pool.sock", folder);
    pool->launch.socket = pool->socket;
    pool->timer = tc_timer_new(server, timer_fired, pool);
    if (!pool->timer) goto fail;
    tc_link_hooks link_hooks = {.user = pool, .message = on_message, .closed = on_closed};
    pool->link = tc_link_new(server, pool->socket, &link_hooks, error);
    if (pool->link) return pool;
    tc_pool_destroy(pool);
    return NULL;
fail:
    tc_fail(error, TC_ERR_MEMORY, "out of memory while setting up the pool");
    free(pool);
    return NULL;
}

void tc_pool_start(tc_pool *pool) {
    tc_timer_set(pool->timer, 0);
}

void tc_pool_destroy(tc_pool *pool) {
    if (!pool) return;
    tc_timer_destroy(pool->timer);
    tc_link_destroy(pool->link);
    free(pool->ranks);
    free(pool);
}

tc_pool_view tc_pool_look(const tc_pool *pool) {
    tc_pool_view view = {.state = pool->state,
                         .pid = (int)pool->pid,
                         .restarts = pool->starts > 1 ? pool->starts - 1 : 0,
                         .ranks = pool->ranks,
                         .rank_count = pool->rank_count};
    for (int i = 0; i < pool->rank_count; i++)
        if (pool->ranks[i].rank > 0 && !pool->ranks[i].lost) view.workers++;
    if (pool->launch.solo && pool->state == TC_POOL_READY) view.workers = 1;
    return view;
}

const char *tc_pool_state_name(tc_pool_state state) {
    static const char *const names[] = {"down", "starting", "ready"};
    return names[state];
}
