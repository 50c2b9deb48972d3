// Life of the pool:
//
//   start ──▶ STARTING ──hello──▶ READY
//     ▲           └──── ended ──────┘      ended: the process exits, or its connection closes and it is killed
//     │                   ▼
//     └─ back-off ─── clearing             clearing: every process that is left gets SIGKILL until there is none
//
// With a hostfile a start waits for the hosts' answers, and a READY pool becomes outdated when it should have other
// hosts: it finishes its jobs, gets no others, and a new one is started.
#include "backend/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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
    MAX_FAILED_STARTS = 3,   // before the first successful one
    MAX_FAILED_ON_HOSTS = 2, // in a row; then this machine is used alone
};

struct tc_pool {
    tc_pool_hooks hooks;
    tc_launch launch;
    char socket[108], host_list[116];
    char temporary[108]; // folder for the temporary files of mpirun and the ranks, which remain when they are killed
    tc_pool_link *link;
    tc_pool_heartbeat *heartbeat; // while it is ready
    tc_timer *timer;              // the next step: start, time-out, search for leftovers
    tc_pool_state state;
    pid_t pid;               // 0: none
    tc_hosts *hosts;         // NULL: this machine only
    tc_host_list used_hosts; // by the present pool
    int max_workers;
    int failed_on_hosts;    // starts in a row, with other hosts than this machine
    bool this_machine_only; // because of that, as long as the hosts are of this generation
    int generation;
    bool waiting_for_hosts; // a start is
    bool outdated;          // the pool does not have the hosts that it should have
    bool renewing;          // it is being ended for that
    tc_error error;         // why no pool can be started, or only one on this machine; "" otherwise
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
    char **argv = tc_launch_argv(&pool->launch);
    pool->starts++;
    pool->pid = argv ? tc_child_start(argv, pool->temporary, STDERR_FILENO, &error) : 0;
    free(argv);
    if (pool->pid == 0) {
        fprintf(stderr, "tilecastd: %s\n", error.text);
        tc_timer_set(pool->timer, LONGEST_PAUSE_MS);
        return;
    }
    tc_timer_set(pool->timer, HELLO_TIMEOUT_MS);
    set_state(pool, TC_POOL_STARTING);
}

// The hosts that a pool should have.
static tc_status list_hosts(const tc_pool *pool, tc_host_list *list, tc_error *error) {
    tc_status status = tc_hosts_select(pool->hosts, pool->max_workers, list, error);
    if (status == TC_OK && pool->this_machine_only) list->count = 1;
    return status;
}

// Puts the hosts that the next pool has into `used_hosts`, mpirun's list and `launch`. Without other hosts the pool is
// started as on a single machine, which needs no network.
static tc_status select_hosts(tc_pool *pool, tc_error *error) {
    tc_host_list *list = &pool->used_hosts;
    tc_host_list_clear(list);
    if (list_hosts(pool, list, error)) return error->status;
    pool->launch.workers = tc_host_list_slots(list);
    pool->launch.hosts = list->count > 1 ? pool->host_list : NULL;
    if (pool->launch.workers == 0)
        return tc_fail(error, TC_ERR_UNAVAILABLE,
                       "no host of the hostfile answers; the pool of workers is started when one does");
    return pool->launch.hosts ? tc_host_list_write(list, pool->host_list, error) : TC_OK;
}

static void start_on_hosts(tc_pool *pool) {
    tc_error error = {0};
    if (tc_hosts_is_pending(pool->hosts)) return;
    bool good = select_hosts(pool, &error) == TC_OK;
    bool reported = strcmp(pool->error.text, error.text) == 0;
    if (!pool->this_machine_only) pool->error = error;
    pool->waiting_for_hosts = !good;
    if (good) {
        start_process(pool);
    } else if (!reported) {
        fprintf(stderr, "tilecastd: %s\n", error.text);
        set_state(pool, TC_POOL_DOWN);
    }
}

static void start(tc_pool *pool) {
    pool->waiting_for_hosts = pool->hosts != NULL;
    if (pool->hosts)
        tc_hosts_start(pool->hosts);
    else
        start_process(pool);
}

// ---- Hosts

static bool is_dead(const tc_pool *pool, const char *name) {
    int count;
    const tc_host *hosts = tc_hosts_all(pool->hosts, &count);
    for (int i = 0; i < count; i++)
        if (strcmp(hosts[i].name, name) == 0) return hosts[i].state == TC_HOST_DEAD;
    return false;
}

// Appends the ranks on hosts that are dead to `ranks` (may be NULL), and returns how many there are. Ranks are numbered
// slot by slot in the order of the hosts; rank 0 has a slot of its own on the first.
static int list_dead_ranks(const tc_pool *pool, tc_json *ranks) {
    int count = 0, rank = 1;
    for (int i = 0; i < pool->used_hosts.count; i++) {
        const tc_listed_host *host = &pool->used_hosts.hosts[i];
        bool dead = is_dead(pool, host->name);
        for (int k = 0; k < host->slots; k++, rank++) {
            count += dead;
            if (dead && ranks) tc_json_add_number(ranks, rank);
        }
    }
    return count;
}

// The tasks of workers on dead hosts go to others at once, not when the workers have been silent for too long.
static void send_dead_ranks(tc_pool *pool) {
    if (list_dead_ranks(pool, NULL) == 0) return;
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "lose");
    list_dead_ranks(pool, tc_json_set_array(message, "ranks"));
    tc_pool_send(pool, message, NULL); // without memory for it they are lost later
    tc_json_destroy(message);
}

static bool has_other_hosts(const tc_pool *pool) {
    tc_host_list wanted = {0};
    bool known = list_hosts(pool, &wanted, NULL) == TC_OK;
    bool differs = known && !tc_host_list_equals(&wanted, &pool->used_hosts);
    tc_host_list_clear(&wanted);
    return differs;
}

static void end_for_renewal(tc_pool *pool, int ms) {
    pool->renewing = true;
    tc_timer_set(pool->timer, ms); // for SIGKILL
}

static void review_hosts(tc_pool *pool) {
    if (!pool->pid || pool->stopping || pool->renewing || tc_hosts_is_pending(pool->hosts)) return;
    if (pool->state == TC_POOL_STARTING && list_dead_ranks(pool, NULL) > 0)
        end_for_renewal(pool, 0); // it would wait for them
    send_dead_ranks(pool);
    bool outdated = pool->state == TC_POOL_READY && has_other_hosts(pool);
    if (outdated == pool->outdated) return;
    pool->outdated = outdated;
    if (outdated) fprintf(stderr, "tilecastd: the pool of workers is started on other hosts after its present jobs\n");
    pool->hooks.changed(pool->hooks.user);
}

// A pool has not started. A host that answers can still be one on which mpirun fails; it must not stop this machine.
static void count_failed_start(tc_pool *pool) {
    int count;
    if (!pool->hosts || pool->used_hosts.count < 2 || tc_hosts_all(pool->hosts, &count)[0].slots == 0) return;
    if (++pool->failed_on_hosts < MAX_FAILED_ON_HOSTS) return;
    pool->failed_on_hosts = 0;
    pool->this_machine_only = true;
    pool->generation = tc_hosts_generation(pool->hosts);
    tc_fail(
        &pool->error, TC_ERR_UNAVAILABLE,
        "the pool of workers does not start on other hosts, the log says why; it uses this machine only until a host "
        "or the hostfile changes");
    fprintf(stderr, "tilecastd: %s\n", pool->error.text);
}

static void on_hosts_changed(void *user) {
    tc_pool *pool = user;
    if (pool->this_machine_only && tc_hosts_generation(pool->hosts) != pool->generation) {
        pool->this_machine_only = false;
        pool->error = (tc_error){0};
    }
    if (pool->waiting_for_hosts)
        start_on_hosts(pool);
    else
        review_hosts(pool);
}

void tc_pool_renew(tc_pool *pool) {
    if (!pool->outdated || pool->renewing || pool->stopping) return;
    TC_ASSERT(pool->state == TC_POOL_READY && pool->pid);
    tc_json *quit = tc_json_new_object();
    tc_json_set_string(quit, "type", "quit");
    end_for_renewal(pool, tc_pool_send(pool, quit, NULL) == TC_OK ? QUIT_TIMEOUT_MS : 0);
    tc_json_destroy(quit);
}

static int pause_ms(const tc_pool *pool) {
    int n = pool->failures - FREE_RESTARTS;
    if (n <= 0) return 0;
    return n > 5 ? LONGEST_PAUSE_MS : FIRST_PAUSE_MS << (n - 1);
}

// ---- End

// Reaps all children that have ended. True when the pool's process is one of them.
static bool reap_children(tc_pool *pool, int *status) {
    bool found = false;
    int code;
    for (pid_t pid; (pid = tc_child_reap(&code)) > 0;) {
        if (pool->hosts) tc_hosts_child_ended(pool->hosts, pid, code);
        if (pid != pool->pid) continue;
        *status = code;
        found = true;
    }
    return found;
}

static void clear_leftovers(tc_pool *pool) {
    TC_ASSERT(pool->clearing && pool->pid == 0);
    int status;
    reap_children(pool, &status);
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
    bool planned = pool->renewing || pool->outdated;
    if (!pool->stopping && !planned) log_end(status);
    pool->failures = planned ? 0 : steady ? 1 : pool->failures + 1;
    if (pool->state == TC_POOL_STARTING && !planned && !pool->stopping) count_failed_start(pool);
    if (pool->hosts) tc_hosts_stop(pool->hosts); // clearing would kill the probes
    pool->outdated = pool->renewing = false;
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
    else if (reap_children(pool, &status))
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
    if (pool->hosts) tc_hosts_stop(pool->hosts);
    pool->waiting_for_hosts = false;
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

// The pool has not sent `hello` in time, or is still alive although its connection or its use has ended.
static void kill_late(const tc_pool *pool) {
    if (pool->state == TC_POOL_STARTING && !pool->renewing)
        fprintf(stderr, "tilecastd: the pool of workers has not started within %d seconds\n", HELLO_TIMEOUT_MS / 1000);
    signal_pool(pool, SIGKILL);
}

static void on_timer(void *user) {
    tc_pool *pool = user;
    if (pool->clearing)
        clear_leftovers(pool);
    else if (pool->stopping)
        next_stop_step(pool);
    else if (pool->pid)
        kill_late(pool);
    else
        start(pool);
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
    pool->failed_on_hosts = 0;
    pool->lost_worker = false;
    pool->ready_ms = tc_clock_ms();
    tc_timer_cancel(pool->timer);
    if (pool->rank_count > 0 && pool->ranks[0].pid > 0) tc_pool_heartbeat_start(pool->heartbeat, pool->ranks[0].pid);
    set_state(pool, TC_POOL_READY);
    if (pool->hosts) review_hosts(pool);
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

static tc_status add_hosts(tc_pool *pool, tc_server *server, const char *folder, const char *hostfile,
                           tc_error *error) {
    snprintf(pool->host_list, sizeof pool->host_list, "%s/pool.hosts", folder);
    const tc_hosts_config config = {.file = hostfile,
                                    .agent = pool->launch.launch_agent,
                                    .program = pool->launch.program,
                                    .folder = folder,
                                    .user = pool,
                                    .changed = on_hosts_changed};
    pool->hosts = tc_hosts_new(server, &config, error);
    return pool->hosts ? TC_OK : error->status;
}

tc_pool *tc_pool_new(tc_server *server, const tc_launch *launch, const char *hostfile, const char *folder,
                     const tc_pool_hooks *hooks, tc_error *error) {
    TC_ASSERT(launch->workers >= 1 && folder[0]);
    TC_ASSERT(!hostfile || launch->launch_agent);
    tc_pool *pool = calloc(1, sizeof *pool);
    if (!pool) goto fail;
    *pool = (tc_pool){.hooks = *hooks, .launch = *launch, .max_ranks = launch->workers + 1};
    pool->max_workers = launch->workers;
    snprintf(pool->socket, sizeof pool->socket, "%s/pool.sock", folder);
    pool->launch.socket = pool->socket;
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
    if (pool->link) pool->heartbeat = tc_pool_heartbeat_new(server, pool->link, on_silence, pool);
    if (pool->link && !pool->heartbeat) goto fail;
    if (pool->link && (!hostfile || add_hosts(pool, server, folder, hostfile, error) == TC_OK)) return pool;
    tc_pool_destroy(pool);
    return NULL;
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
    tc_hosts_destroy(pool->hosts);
    tc_host_list_clear(&pool->used_hosts);
    free(pool->ranks);
    free(pool);
}

tc_pool_info tc_pool_get_info(const tc_pool *pool) {
    TC_ASSERT(pool->rank_count >= 0 && pool->rank_count <= pool->max_ranks);
    tc_pool_info info = {.state = pool->state,
                         .pid = (int)pool->pid,
                         .restarts = pool->starts > 1 ? pool->starts - 1 : 0,
                         .ranks = pool->ranks,
                         .rank_count = pool->rank_count,
                         .outdated = pool->outdated,
                         .error = pool->error.text};
    if (pool->hosts) info.hosts = tc_hosts_all(pool->hosts, &info.host_count);
    for (int i = 0; i < pool->rank_count; i++)
        if (pool->ranks[i].rank > 0 && !pool->ranks[i].lost) info.workers++;
    if (pool->launch.solo && pool->state == TC_POOL_READY) info.workers = 1;
    return info;
}

const char *tc_pool_state_name(tc_pool_state state) {
    static const char *const names[] = {"down", "starting", "ready"};
    return names[state];
}
