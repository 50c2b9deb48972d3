// What a call prints while it works: events as JSON lines, or lines of codes and of what was found; sentences on
// standard error, and a progress bar if that is a terminal. Pictures are named by their index in options->files. Not
// thread-safe.
#ifndef TC_CLI_REPORT_H
#define TC_CLI_REPORT_H

#include "cli/options.h"
#include "control/line_batch.h"
#include "core/codes.h"

typedef struct tc_report tc_report;

// Borrows `options`. NULL when out of memory.
tc_report *tc_report_new(const tc_options *options);
// Erases the progress bar. Harmless on NULL.
void tc_report_destroy(tc_report *report);

// Work on the picture begins; its time is counted from here.
void tc_report_start(tc_report *report, int file);
// Work done of `total`; `eta_ms` is the remaining time, -1 if unknown.
void tc_report_progress(tc_report *report, int file, double done, double total, double eta_ms);
// Milliseconds since tc_report_start.
double tc_report_elapsed(const tc_report *report, int file);
void tc_report_tile(tc_report *report, int file, tc_rect rect, int worker);
// Lines of codes are printed when the picture has ended, in reading order.
void tc_report_code(tc_report *report, int file, const tc_code *code);
void tc_report_lines(tc_report *report, int file, const tc_line_batch *lines);
// The picture has ended, once, by one of the two. `out` is the result's path, "-" or NULL; `shape` the result's shape.
void tc_report_done(tc_report *report, int file, const char *out, tc_shape shape, const char *warning);
void tc_report_failed(tc_report *report, int file, const char *error);

// A sentence for people about the call, on standard error.
void tc_report_notice(tc_report *report, const char *sentence);
// The call ends for a reason that is not one picture's: prints one sentence, and an event for each picture that has not
// ended.
void tc_report_fault(tc_report *report, const char *error);

// True if nothing has failed, writing to standard output included.
bool tc_report_good(tc_report *report);

#endif
