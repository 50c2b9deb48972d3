// The command line, parsed and checked before any file is read. Parsing, error messages and the help derive from one
// table of options.
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
    tc_url url;         // of `server`
    int retry;          // seconds for which a lost connection to the server is tried again
    int threads;        // 0: one per core
    int tile;           // side; 0: one tile; TC_TILE_AUTO
    const char *out;    // "-": standard output; NULL: neither given nor implied by the pictures
    const char *out_dir;
    tc_format format;  // of results; TC_FORMAT_UNKNOWN for a command that writes none
    int quality;       // of a JPEG, 1 to 100; 90 if not given
    const char *image; // bench: the picture; NULL: a generated one
    const char *ops;   // bench: pipelines separated by ;, checked; NULL: every operation
    tc_isa isa;        // bench
    int runs;          // bench
    uint32_t types;    // codes: symbologies to read, as bits in the order of tc_symbologies; 0: all
    // In the order given; "-": standard input. The array is on the heap; its strings are, too, if `faults` is set.
    char **files;
    // NULL, or an array on the heap: for each file NULL, or on the heap the reason why it cannot be read
    // (cli/folder.h).
    char **faults;
    int file_count;
} tc_options;

// Parses the arguments. On failure the error says what is wrong and what is allowed. The caller ends `options` with
// tc_options_clear, also after a failure.
tc_status tc_options_parse(tc_options *options, int argc, char **argv, tc_error *error);
void tc_options_clear(tc_options *options);

// Copies the next pipeline of a list separated by ; to `text`, without white space at its ends and with each other run
// of it as a single space, and moves *list behind it. False at the end of the list. `text` has TC_MAX_PIPELINE_TEXT
// bytes; a longer pipeline is cut.
bool tc_options_next_pipeline(const char **list, char *text);

// Prints the help of a command, or of the program for TC_COMMAND_NONE.
void tc_options_print_help(tc_command command, FILE *to);

#endif
