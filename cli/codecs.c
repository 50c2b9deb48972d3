// A list of clients of codec processes. Each is used by at most one thread at a time.
#include "cli/codecs.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/assert.h"

typedef struct codec {
    tc_codec_client *client;
    bool acquired;
    struct codec *next;
} codec;

struct tc_codecs {
    char program[PATH_MAX];
    pthread_mutex_t lock; // of the list
    codec *first;
};

tc_codecs *tc_codecs_new(void) {
    static const char name[] = "tilecast-codec"; // in the folder of the running program
    tc_codecs *codecs = calloc(1, sizeof *codecs);
    if (!codecs) return NULL;
    pthread_mutex_init(&codecs->lock, NULL);
    ssize_t size = readlink("/proc/self/exe", codecs->program, sizeof codecs->program - sizeof name);
    codecs->program[size > 0 ? size : 0] = 0;
    char *slash = strrchr(codecs->program, '/');
    memcpy(slash ? slash + 1 : codecs->program, name, sizeof name);
    return codecs;
}

void tc_codecs_destroy(tc_codecs *codecs) {
    if (!codecs) return;
    for (codec *c = codecs->first, *next; c; c = next) {
        TC_ASSERT(!c->acquired);
        next = c->next;
        tc_codec_client_destroy(c->client);
        free(c);
    }
    pthread_mutex_destroy(&codecs->lock);
    free(codecs);
}

// Adds a client; called with the lock held. NULL when out of memory.
static codec *add(tc_codecs *codecs) {
    codec *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->client = tc_codec_client_new(codecs->program, tc_codec_default_limits);
    if (!c->client) {
        free(c);
        return NULL;
    }
    c->next = codecs->first;
    codecs->first = c;
    return c;
}

tc_codec_client *tc_codecs_acquire(tc_codecs *codecs, tc_error *error) {
    pthread_mutex_lock(&codecs->lock);
    codec *c = codecs->first;
    while (c && c->acquired) c = c->next;
    if (!c) c = add(codecs);
    if (c) c->acquired = true;
    pthread_mutex_unlock(&codecs->lock);
    if (!c) tc_fail(error, TC_ERR_MEMORY, "out of memory");
    return c ? c->client : NULL;
}

void tc_codecs_release(tc_codecs *codecs, tc_codec_client *client) {
    pthread_mutex_lock(&codecs->lock);
    codec *c = codecs->first;
    while (c && c->client != client) c = c->next;
    TC_ASSERT(c && c->acquired);
    c->acquired = false;
    pthread_mutex_unlock(&codecs->lock);
}
