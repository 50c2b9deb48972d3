// The paths of the results.
#ifndef TC_CLI_OUTPUT_PATHS_H
#define TC_CLI_OUTPUT_PATHS_H

#include "cli/options.h"

// The path of the result of each of options->files, in their order: "-" is standard output, NULL is no result. No two
// are the same, and none that is derived here is a picture of this call. Makes options->out_dir if it is missing. NULL
// on failure. The caller ends it with tc_output_paths_destroy.
char **tc_output_paths_new(const tc_options *options, tc_error *error);
void tc_output_paths_destroy(char **paths, int count); // harmless on NULL

#endif
