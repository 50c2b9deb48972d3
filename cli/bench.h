// `tilecast bench`: measures pipelines on this machine.
#ifndef TC_CLI_BENCH_H
#define TC_CLI_BENCH_H

#include "cli/options.h"

// Measures the pipelines of the options and prints a line for each as soon as it is measured. Lines printed before a
// failure are valid.
tc_status tc_bench_run(const tc_options *options, FILE *to, tc_error *error);

#endif
