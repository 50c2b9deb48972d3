// The gateway's command line.
#ifndef TC_BACKEND_OPTIONS_H
#define TC_BACKEND_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct tc_gateway_options {
    const char *host;
    int port;    // 0: a free one
    int workers; // worker ranks
    bool solo;
    const char *web, *static_folder; // folders served; static_folder may be NULL
    const char *spool;               // folder in which a private one is made; NULL: the system's
    const char *pool, *codec;        // programs
    const char *hostfile;            // NULL: this machine
    const char *allow_origin;        // one more origin whose pages may connect; NULL: none
    int64_t max_pixels;              // of a picture
    uint64_t max_bytes;              // of a picture's file
    uint64_t max_spool;              // of all files under way
    int max_jobs;                    // per connection
    int max_idle;                    // seconds without a byte after which uploads are given up
    char defaults[3][PATH_MAX];      // storage of web, pool and codec when not given
} tc_gateway_options;

// Returns -1 to go on, or the exit code when everything has been said (--help, --version, wrong usage).
int tc_gateway_options_parse(tc_gateway_options *options, int argc, char **argv);

#endif
