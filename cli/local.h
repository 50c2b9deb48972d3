// Computes the results in this process, on the threads of one pool, several pictures at once.
#ifndef TC_CLI_LOCAL_H
#define TC_CLI_LOCAL_H

#include "cli/options.h"
#include "cli/report.h"

// Processes all files and reports each. `outputs` holds the paths of the results (cli/output_paths.h). The failure of
// one file is reported and is no failure of the call. TC_ERR_MEMORY: there was not enough memory to go on.
tc_status tc_local_run(const tc_options *options, char **outputs, tc_report *report, tc_error *error);

#endif
