#include "cli/codecs.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct member {
    tc_codec_client *client;
    bool lent;
    struct member *next;
} member;

struct tc_codecs {
    char program[PATH_MAX];
    member *members;
};

tc_codecs *tc_codecs_new(void) {
    static const char name[] = "tilecast-codec"; // beside the running program
    tc_codecs *codecs = calloc(1, sizeof *codecs);
    if (!codecs) return NULL;
    ssize_t size = readlink("/proc/self/exe", codecs->program, sizeof codecs->program - sizeof name);
    codecs->program[size > 0 ? size : 0] = 0;
    char *slash = strrchr(codecs->program, '/');
    memcpy(slash ? slash + 1 : codecs->program, name, sizeof name);
    return codecs;
}

void tc_codecs_destroy(tc_codecs *codecs) {
    for (member *m = codecs ? codecs->members : NULL, *next; m; m = next) {
        next = m->next;
        tc_codec_client_destroy(m->client);
        free(m);
    }
    free(codecs);
}

tc_codec_client *tc_codecs_take(tc_codecs *codecs) {
    for (member *m = codecs->members; m; m = m->next)
        if (!m->lent) {
            m->lent = true;
            return m->client;
        }
    member *m = calloc(1, sizeof *m);
    tc_codec_client *client = tc_codec_client_new(codecs->program, tc_codec_default_limits);
    if (!m || !client) {
        tc_codec_client_destroy(client);
        free(m);
        return NULL;
    }
    *m = (member){client, true, codecs->members};
    codecs->members = m;
    return client;
}

void tc_codecs_give(tc_codecs *codecs, tc_codec_client *client) {
    for (member *m = codecs->members; m; m = m->next)
        if (m->client == client) m->lent = false;
}
