// Has a server compute the results: several pictures at once over one connection.
#ifndef TC_CLI_REMOTE_H
#define TC_CLI_REMOTE_H

#include "cli/options.h"
#include "cli/report.h"

// Sends all files to the server at options->url and reports each. `outputs` holds the paths of the results
// (cli/output_paths.h). Fails if the server cannot be reached; later failures are reported for each file.
tc_status tc_remote_run(const tc_options *options, char **outputs, tc_report *report, tc_error *error);

#endif
