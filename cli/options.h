// The command line: what it asks for, checked before any file is read. One table describes every option; parsing,
// its messages and the help are made from it.
#ifndef TC_CLI_OPTIONS_H
#define TC_CLI_OPTIONS_H

#include <stdio.h>

#include "cli/url.h"
#include "codec/format.h"
#include "core/codes.h"
#include "core/isa.h"
#include "core/pipeline.h"
#include "threads/thread_pool.h"

typedef enum tc_command {
    TC_COMMAND_NONE,
    TC_COMMAND_RUN,
    TC_COMMAND_CODES,
    TC_COMMAND_OPS,
    TC_COMMAND_BENCH
} tc_command;

enum { TC_TILE_AUTO = -1 };

typedef struct tc_options {
    tc_command command;
    bool help, version, json;
    tc_pipeline pipeline;
    const char *server; // as given; NULL: in this process
    tc_url url;         // what `server` says
    int threads;        // 0: one per core
    int tile;           // side; 0: one tile; TC_TILE_AUTO
    const char *out;    // "-": standard output; NULL: not given
    const char *out_dir;
    tc_format format; // TC_FORMAT_UNKNOWN: not given
    int quality;
    const char *image; // bench: the picture; NULL: one is made
    const char *ops;   // bench: pipelines with ; between them, checked; NULL: every operation
    tc_isa isa;        // bench
    int runs;          // bench
    uint32_t types;    // codes: symbologies to read, bits in the order of tc_symbologies; 0: all
    char **files;      // in the order given; "-": standard input; the array is on the heap
    char **faults;     // NULL, or for each file NULL or why it cannot be read; then their strings are on the heap too
    int file_count;
} tc_options;

// Reads the arguments. On failure the message says in one sentence what is wrong and what is allowed.
// The caller ends `options` with tc_options_clear, also after a failure.
tc_status tc_options_parse(tc_options *options, int argc, char **argv, tc_error *error);
void tc_options_clear(tc_options *options);

// Copies the next pipeline of a list with ; between them, its white space made single spaces, and moves `list` behind
// it. False at the end. `text` has TC_MAX_PIPELINE_TEXT bytes; what is longer is cut.
bool tc_options_next_pipeline(const char **list, char *text);

// The help of a command, or of the whole program for TC_COMMAND_NONE.
void tc_options_print_help(tc_command command, FILE *to);

#endif
