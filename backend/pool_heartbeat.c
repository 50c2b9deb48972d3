// A timer that sends `alive` and counts how often no answer has come. It does not compare times: after a pause of the
// gateway itself, or of the whole machine, the answer may be there but unread.
#include "backend/pool_heartbeat.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/assert.h"

enum {
    INTERVAL_MS = 1000,
    STOPPED_SECONDS = 3, // without an answer, until a process that the system calls stopped counts as lost
    // The same for one that runs: it may merge a large picture, or wait for a slow disk. A pool in one process
    // (`--solo`) does not answer while it computes a tile.
    RUNNING_SECONDS = 60,
};

struct tc_pool_heartbeat {
    tc_pool_link *link;
    void (*lost)(void *user, int seconds);
    void *user;
    tc_timer *timer;
    pid_t rank_0;   // the process of the pool's rank 0
    int unanswered; // messages since the last answer; as there is one a second, also seconds
};

// The state of a process as in /proc/PID/stat, e.g. 'T': stopped by a signal, 't': by a debugger. 0: unknown.
static char state_of(pid_t pid) {
    char path[32], text[256];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    text[size > 0 ? size : 0] = 0;
    const char *name_end = strrchr(text, ')');
    return name_end && name_end[1] == ' ' ? name_end[2] : 0;
}

// A process under a debugger is left alone.
static bool is_lost(const tc_pool_heartbeat *heartbeat) {
    if (heartbeat->unanswered < STOPPED_SECONDS) return false;
    char state = state_of(heartbeat->rank_0);
    return state == 'T' || (state != 't' && heartbeat->unanswered >= RUNNING_SECONDS);
}

static void on_timer(void *user) {
    tc_pool_heartbeat *heartbeat = user;
    TC_ASSERT(heartbeat->rank_0 > 0 && heartbeat->unanswered >= 0);
    if (is_lost(heartbeat)) {
        heartbeat->lost(heartbeat->user, heartbeat->unanswered);
        return;
    }
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "alive");
    if (tc_pool_link_send(heartbeat->link, message, NULL) == TC_OK) heartbeat->unanswered++;
    tc_json_destroy(message);
    tc_timer_set(heartbeat->timer, INTERVAL_MS);
}

tc_pool_heartbeat *tc_pool_heartbeat_new(tc_server *server, tc_pool_link *link, void (*lost)(void *user, int seconds),
                                         void *user) {
    TC_ASSERT(link && lost);
    tc_pool_heartbeat *heartbeat = calloc(1, sizeof *heartbeat);
    if (!heartbeat) return NULL;
    *heartbeat = (tc_pool_heartbeat){.link = link, .lost = lost, .user = user};
    heartbeat->timer = tc_timer_new(server, on_timer, heartbeat);
    if (heartbeat->timer) return heartbeat;
    free(heartbeat);
    return NULL;
}

void tc_pool_heartbeat_destroy(tc_pool_heartbeat *heartbeat) {
    if (!heartbeat) return;
    tc_timer_destroy(heartbeat->timer);
    free(heartbeat);
}

void tc_pool_heartbeat_start(tc_pool_heartbeat *heartbeat, pid_t rank_0) {
    TC_ASSERT(rank_0 > 0);
    heartbeat->rank_0 = rank_0;
    heartbeat->unanswered = 0;
    tc_timer_set(heartbeat->timer, INTERVAL_MS);
}

void tc_pool_heartbeat_stop(tc_pool_heartbeat *heartbeat) {
    tc_timer_cancel(heartbeat->timer);
}

void tc_pool_heartbeat_answer(tc_pool_heartbeat *heartbeat) {
    heartbeat->unanswered = 0;
}
