// Probes hosts in rounds: all hosts at once, then a pause. A probe ends with an exit code or at the time limit.
#include "backend/hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/child.h"
#include "core/assert.h"
#include "core/utf8.h"
#include "system/clock.h"
#include "system/errno_text.h"

enum {
    PROBE_INTERVAL_MS = 5000, // between the beginnings of two rounds
    PROBE_TIMEOUT_MS = 5000,
    MAX_PROBES = 64,      // in progress
    MAX_AGENT_WORDS = 64, // of the agent's command line, with the host and the command
    OUTPUT = 1024,        // bytes of a probe's output that are looked at
};

typedef struct probe {
    bool due;  // to be started
    bool late; // the last one exceeded its time
    pid_t pid; // 0: not in progress
    int output;
    int64_t started_ms;
} probe;

struct tc_hosts {
    tc_hosts_config config;
    tc_timer *timer;
    bool active;
    bool notify; // something has changed since the last call of the hook
    int generation;
    int64_t round_ms;
    struct stat file; // as it was read
    int count;
    tc_host *hosts; // the first is this machine
    probe *probes;
    char *agent; // a copy of the command line, cut into words
    char *argv[MAX_AGENT_WORDS];
    int host_at; // argument that is the host
    char command[PATH_MAX + 16];
};

// ---- States

static void set_state(tc_hosts *hosts, int at, tc_host_state state, const char *error) {
    tc_host *host = &hosts->hosts[at];
    if (state == TC_HOST_DEAD && host->state != TC_HOST_DEAD)
        fprintf(stderr, "tilecastd: host %s cannot be used: %s\n", host->name, error);
    if (state == TC_HOST_ALIVE && host->state == TC_HOST_DEAD) {
        fprintf(stderr, "tilecastd: host %s can be used again\n", host->name);
        hosts->generation++;
    }
    snprintf(host->error, sizeof host->error, "%s", error);
    if (host->state == state) return;
    host->state = state;
    host->since_ms = tc_clock_ms();
    hosts->notify = true;
}

// The last line of what the probe has written, which usually is the reason of a failure. "" if there is none.
static void read_output(int fd, char line[TC_HOST_ERROR]) {
    char text[2 * OUTPUT + 1];
    size_t size = 0;
    for (ssize_t n; (n = read(fd, text + size, OUTPUT)) > 0;) {
        size += (size_t)n;
        size_t excess = size > OUTPUT ? size - OUTPUT : 0;
        memmove(text, text + excess, size -= excess);
    }
    while (size > 0 && (uint8_t)text[size - 1] <= ' ') size--;
    size_t start = size;
    while (start > 0 && text[start - 1] != '\n' && text[start - 1] != '\r') start--;
    size_t length = size - start < TC_HOST_ERROR ? size - start : TC_HOST_ERROR - 1;
    bool valid = tc_utf8_valid(text + start, length);
    for (size_t i = 0; i < length; i++) {
        uint8_t c = (uint8_t)text[start + i];
        line[i] = c < ' ' || c == 127 || (c > 127 && !valid) ? '?' : (char)c;
    }
    line[length] = 0;
}

// ---- Probes

static void forget_probe(probe *p) {
    TC_ASSERT(p->pid > 0 && p->output >= 0);
    close(p->output);
    p->pid = 0;
}

static void kill_probe(probe *p) {
    kill(-p->pid, SIGKILL);
    kill(p->pid, SIGKILL); // it may not have its process group yet
    forget_probe(p);
}

static void start_probe(tc_hosts *hosts, int at) {
    probe *p = &hosts->probes[at];
    TC_ASSERT(p->pid == 0 && at > 0);
    p->due = false;
    tc_error error;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        set_state(hosts, at, TC_HOST_DEAD, tc_errno_text(errno));
        return;
    }
    hosts->argv[hosts->host_at] = hosts->hosts[at].name;
    p->output = ends[0];
    p->started_ms = tc_clock_ms();
    p->pid = tc_child_start(hosts->argv, hosts->config.folder, ends[1], &error);
    close(ends[1]);
    if (p->pid) return;
    close(ends[0]);
    set_state(hosts, at, TC_HOST_DEAD, error.text);
}

// A host that was alive may be slow because it is busy; only the second time counts.
static void handle_timeout(tc_hosts *hosts, int at) {
    probe *p = &hosts->probes[at];
    kill_probe(p);
    p->due = hosts->hosts[at].state == TC_HOST_ALIVE && !p->late;
    p->late = true;
    char error[TC_HOST_ERROR];
    snprintf(error, sizeof error, "no answer within %d seconds", PROBE_TIMEOUT_MS / 1000);
    if (!p->due) set_state(hosts, at, TC_HOST_DEAD, error);
}

static void handle_exit(tc_hosts *hosts, int at, int status) {
    probe *p = &hosts->probes[at];
    char error[TC_HOST_ERROR];
    read_output(p->output, error);
    forget_probe(p);
    p->late = false;
    bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!good && !error[0] && WIFEXITED(status))
        snprintf(error, sizeof error, "%.100s ended with exit code %d", hosts->argv[0], WEXITSTATUS(status));
    else if (!good && !error[0])
        snprintf(error, sizeof error, "%.100s was ended by a signal (%s)", hosts->argv[0],
                 tc_signal_text(WTERMSIG(status)));
    set_state(hosts, at, good ? TC_HOST_ALIVE : TC_HOST_DEAD, good ? "" : error);
}

void tc_hosts_child_ended(tc_hosts *hosts, pid_t pid, int status) {
    TC_ASSERT(pid > 0);
    for (int i = 1; i < hosts->count; i++) {
        if (hosts->probes[i].pid != pid) continue;
        handle_exit(hosts, i, status);
        tc_timer_set(hosts->timer, 0);
    }
}

// ---- The file

static const tc_host *find_host(const tc_hosts *hosts, const char *name) {
    for (int i = 0; i < hosts->count; i++)
        if (strcmp(hosts->hosts[i].name, name) == 0) return &hosts->hosts[i];
    return NULL;
}

// Replaces the hosts by those of the list; those that stay keep their state. No probe may be in progress.
static tc_status replace_hosts(tc_hosts *hosts, const tc_host_list *list, tc_error *error) {
    TC_ASSERT(list->count >= 1);
    tc_host *new_hosts = calloc((size_t)list->count, sizeof *new_hosts);
    probe *new_probes = calloc((size_t)list->count, sizeof *new_probes);
    if (!new_hosts || !new_probes) {
        free(new_hosts);
        free(new_probes);
        return tc_fail(error, TC_ERR_MEMORY, "out of memory");
    }
    for (int i = 0; i < list->count; i++) {
        tc_host *host = &new_hosts[i];
        const tc_host *old = find_host(hosts, list->hosts[i].name);
        host->since_ms = tc_clock_ms();
        if (old) *host = *old;
        snprintf(host->name, sizeof host->name, "%s", list->hosts[i].name);
        host->slots = list->hosts[i].slots;
        if (i == 0) host->state = TC_HOST_ALIVE;
    }
    free(hosts->hosts);
    free(hosts->probes);
    hosts->hosts = new_hosts;
    hosts->probes = new_probes;
    hosts->count = list->count;
    hosts->generation++;
    hosts->notify = true;
    return TC_OK;
}

static tc_status read_file(tc_hosts *hosts, tc_error *error) {
    tc_host_list list = {0};
    tc_status status = tc_host_list_read(&list, hosts->config.file, error);
    if (status == TC_OK) status = replace_hosts(hosts, &list, error);
    tc_host_list_clear(&list);
    return status;
}

static void read_changed_file(tc_hosts *hosts) {
    struct stat file = {0};
    const struct stat *old = &hosts->file;
    stat(hosts->config.file, &file); // a file that has been removed is a change, too
    if (file.st_mtim.tv_sec == old->st_mtim.tv_sec && file.st_mtim.tv_nsec == old->st_mtim.tv_nsec &&
        file.st_size == old->st_size && file.st_ino == old->st_ino)
        return;
    hosts->file = file;
    tc_error error;
    if (read_file(hosts, &error)) fprintf(stderr, "tilecastd: %s; its earlier content remains in use\n", error.text);
}

// ---- Rounds

static int count_probes(const tc_hosts *hosts, bool due) {
    int count = 0;
    for (int i = 1; i < hosts->count; i++) count += due ? hosts->probes[i].due : hosts->probes[i].pid > 0;
    return count;
}

static void begin_round(tc_hosts *hosts) {
    hosts->round_ms = tc_clock_ms();
    read_changed_file(hosts);
    for (int i = 1; i < hosts->count; i++) hosts->probes[i].due = true;
}

// Milliseconds until the next time limit or round.
static int next_ms(const tc_hosts *hosts, int64_t now) {
    bool ended = count_probes(hosts, false) == 0;
    int64_t next = ended ? hosts->round_ms + PROBE_INTERVAL_MS : now + PROBE_TIMEOUT_MS;
    for (int i = 1; i < hosts->count; i++)
        if (hosts->probes[i].pid && hosts->probes[i].started_ms + PROBE_TIMEOUT_MS < next)
            next = hosts->probes[i].started_ms + PROBE_TIMEOUT_MS;
    return next > now ? (int)(next - now) : 0;
}

static void on_timer(void *user) {
    tc_hosts *hosts = user;
    if (!hosts->active) return;
    int64_t now = tc_clock_ms();
    for (int i = 1; i < hosts->count; i++)
        if (hosts->probes[i].pid && now - hosts->probes[i].started_ms >= PROBE_TIMEOUT_MS) handle_timeout(hosts, i);
    int in_progress = count_probes(hosts, false);
    if (in_progress == 0 && count_probes(hosts, true) == 0 && now - hosts->round_ms >= PROBE_INTERVAL_MS)
        begin_round(hosts);
    for (int i = 1; i < hosts->count && in_progress < MAX_PROBES; i++) {
        if (!hosts->probes[i].due) continue;
        start_probe(hosts, i);
        in_progress++;
    }
    tc_timer_set(hosts->timer, next_ms(hosts, tc_clock_ms()));
    bool notify = hosts->notify;
    hosts->notify = false;
    if (notify) hosts->config.changed(hosts->config.user); // last of all: it may stop the probes
}

void tc_hosts_start(tc_hosts *hosts) {
    tc_hosts_stop(hosts);
    hosts->active = hosts->notify = true;
    begin_round(hosts);
    for (int i = 1; i < hosts->count; i++)
        if (hosts->hosts[i].state == TC_HOST_ALIVE) set_state(hosts, i, TC_HOST_UNKNOWN, "");
    tc_timer_set(hosts->timer, 0);
}

void tc_hosts_stop(tc_hosts *hosts) {
    hosts->active = false;
    tc_timer_cancel(hosts->timer);
    for (int i = 1; i < hosts->count; i++) {
        hosts->probes[i].due = hosts->probes[i].late = false;
        if (hosts->probes[i].pid) kill_probe(&hosts->probes[i]);
    }
}

// ---- Record

static tc_status split_agent(tc_hosts *hosts, tc_error *error) {
    int count = 0;
    char *remaining;
    hosts->agent = strdup(hosts->config.agent);
    if (!hosts->agent) return tc_fail(error, TC_ERR_MEMORY, "out of memory while starting");
    for (char *word = strtok_r(hosts->agent, " ", &remaining); word; word = strtok_r(NULL, " ", &remaining)) {
        if (count == MAX_AGENT_WORDS - 3)
            return tc_fail(error, TC_ERR_LIMIT, "--launch-agent has more than %d words", MAX_AGENT_WORDS - 3);
        hosts->argv[count++] = word;
    }
    if (count == 0) return tc_fail(error, TC_ERR_ARGUMENT, "--launch-agent is empty; it must be a command");
    hosts->host_at = count;
    hosts->argv[count + 1] = hosts->command;
    // A shell on the host parses the command. A relative path would be looked for in another folder.
    const char *program = hosts->config.program;
    if (program[0] == '/' && !strchr(program, '\''))
        snprintf(hosts->command, sizeof hosts->command, "'%s' --version", program);
    else
        snprintf(hosts->command, sizeof hosts->command, "true");
    return TC_OK;
}

tc_hosts *tc_hosts_new(tc_server *server, const tc_hosts_config *config, tc_error *error) {
    TC_ASSERT(config->file && config->agent && config->program && config->changed);
    tc_hosts *hosts = calloc(1, sizeof *hosts);
    if (!hosts) {
        tc_fail(error, TC_ERR_MEMORY, "out of memory while starting");
        return NULL;
    }
    hosts->config = *config;
    hosts->timer = tc_timer_new(server, on_timer, hosts);
    if (!hosts->timer) tc_fail(error, TC_ERR_MEMORY, "out of memory while starting");
    stat(config->file, &hosts->file);
    if (hosts->timer && split_agent(hosts, error) == TC_OK && read_file(hosts, error) == TC_OK) return hosts;
    tc_hosts_destroy(hosts);
    return NULL;
}

void tc_hosts_destroy(tc_hosts *hosts) {
    if (!hosts) return;
    if (hosts->timer) tc_hosts_stop(hosts);
    tc_timer_destroy(hosts->timer);
    free(hosts->hosts);
    free(hosts->probes);
    free(hosts->agent);
    free(hosts);
}

bool tc_hosts_is_pending(const tc_hosts *hosts) {
    for (int i = 1; i < hosts->count; i++)
        if (hosts->hosts[i].state == TC_HOST_UNKNOWN) return true;
    return false;
}

tc_status tc_hosts_select(const tc_hosts *hosts, int max_slots, tc_host_list *list, tc_error *error) {
    TC_ASSERT(hosts->count >= 1 && max_slots >= 1 && list->count == 0);
    int left = max_slots;
    for (int i = 0; i < hosts->count && (i == 0 || left > 0); i++) {
        const tc_host *host = &hosts->hosts[i];
        if (host->state != TC_HOST_ALIVE) continue;
        int slots = host->slots < left ? host->slots : left;
        if (tc_host_list_push(list, host->name, slots, error)) return error->status;
        left -= slots;
    }
    return TC_OK;
}

int tc_hosts_generation(const tc_hosts *hosts) {
    return hosts->generation;
}

const tc_host *tc_hosts_all(const tc_hosts *hosts, int *count) {
    *count = hosts->count;
    return hosts->hosts;
}

const char *tc_host_state_name(tc_host_state state) {
    static const char *const names[] = {"unknown", "alive", "dead"};
    return names[state];
}
