// The work done in this process: threads that drive core/run.h for several pictures at once.
#ifndef TC_CLI_LOCAL_H
#define TC_CLI_LOCAL_H

#include "cli/options.h"
#include "cli/report.h"

// Works through all files and reports each. `names`: where results go (cli/names.h). False on lack of memory, with a
// sentence; what fails for a single file is reported and not a failure of the whole.
tc_status tc_local_run(const tc_options *options, char **names, tc_report *report, tc_error *error);

#endif
