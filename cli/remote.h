// The work done by a server: several pictures at once on one connection.
#ifndef TC_CLI_REMOTE_H
#define TC_CLI_REMOTE_H

#include "cli/options.h"
#include "cli/report.h"

// Sends all files to the server that options->url names and reports each. `names`: where results go (cli/names.h).
// Fails with a sentence when there is no such server; what fails later is reported file by file.
tc_status tc_remote_run(const tc_options *options, char **names, tc_report *report, tc_error *error);

#endif
