// Where each result goes.
#ifndef TC_CLI_NAMES_H
#define TC_CLI_NAMES_H

#include "cli/options.h"

// The path of the result of each of options->files, in their order: "-" is standard output, NULL no result is kept.
// No two are the same, and none that is made up here is a picture of this call. Makes options->out_dir if it is
// missing. NULL on failure. The caller frees it with tc_names_destroy.
char **tc_names_new(const tc_options *options, tc_error *error);
void tc_names_destroy(char **names, int count);

#endif
