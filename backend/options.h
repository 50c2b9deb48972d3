// The gateway's command line.
#ifndef TC_BACKEND_OPTIONS_H
#define TC_BACKEND_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct tc_gateway_options {
    const char *host;
    int port;    // 0: the system chooses
    int workers; // worker ranks; with `hosts`: at most
    bool solo;
    const char *web, *static_folder; // folders that are served; static_folder may be NULL
    const char *spool;               // folder in which a private one is made; NULL: $TMPDIR or /tmp
    const char *store;               // folder of jobs that outlive this process; "none"; NULL: one for the port
    const char *pool, *codec;        // programs
    const char *hosts;               // Open MPI's hostfile; NULL: this machine
    const char *launch_agent;        // starts commands on them
    const char *allow_origin;        // one more origin whose pages may connect; NULL: none
    int64_t max_pixels;              // of a picture
    uint64_t max_bytes;              // of a picture's file
    uint64_t max_spool;              // of all files under way
    int max_jobs;                    // per connection
    int max_idle;                    // seconds without a byte after which uploads fail
    int keep;                        // seconds for which a durable job is stored that nobody watches
    char defaults[3][PATH_MAX];      // storage of web, pool and codec when they are not given
} tc_gateway_options;

// Parses the command line; strings are borrowed from `argv`. Returns -1 to go on, or the exit code after --help,
// --version or a wrong argument, for which it has printed a sentence.
int tc_gateway_options_parse(tc_gateway_options *options, int argc, char **argv);

#endif
