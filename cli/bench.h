// `tilecast bench`: how long pipelines take on this machine.
#ifndef TC_CLI_BENCH_H
#define TC_CLI_BENCH_H

#include "cli/options.h"

// Measures what the options ask for and prints a line for each pipeline as soon as it is known. On failure the error
// says why in one sentence; lines before it are good.
tc_status tc_bench_run(const tc_options *options, FILE *to, tc_error *error);

#endif
