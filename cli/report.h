// What a call tells while it works: events as JSON lines, or lines of codes and of what was found, sentences on
// standard error, and a progress bar when standard error is a terminal. Pictures are named by their index in
// options->files. Not thread-safe: callers hold a lock.
#ifndef TC_CLI_REPORT_H
#define TC_CLI_REPORT_H

#include "cli/options.h"
#include "control/line_batch.h"
#include "core/codes.h"

typedef struct tc_report tc_report;

// Borrows `options`. NULL on lack of memory.
tc_report *tc_report_new(const tc_options *options);
// Takes the progress bar away. Harmless on NULL.
void tc_report_destroy(tc_report *report);

// The picture is being worked on from now on; its time counts from here.
void tc_report_start(tc_report *report, int file);
// Work done of `total`; `eta_ms` is the time left, -1 unknown.
void tc_report_progress(tc_report *report, int file, double done, double total, double eta_ms);
// Milliseconds since tc_report_start.
double tc_report_elapsed(const tc_report *report, int file);
void tc_report_tile(tc_report *report, int file, tc_rect rect, int worker);
void tc_report_code(tc_report *report, int file, const tc_code *code);
void tc_report_lines(tc_report *report, int file, const tc_line_batch *lines);
// The end of a picture. `out` is the result's path, "-" or NULL; `shape` the result's shape.
void tc_report_done(tc_report *report, int file, const char *out, tc_shape shape, const char *warning);
void tc_report_failed(tc_report *report, int file, const char *error);

// The call ends here for a reason that is not a single file's: one sentence, and an event for each file not ended.
void tc_report_fault(tc_report *report, const char *error);

// True when nothing has failed, standard output included.
bool tc_report_good(tc_report *report);

#endif
