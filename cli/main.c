// tilecast: the command line.
#include <signal.h>
#include <stdio.h>

#include "cli/bench.h"
#include "cli/catalogue.h"
#include "cli/folder.h"
#include "cli/local.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/output_paths.h"
#include "cli/remote.h"
#include "cli/report.h"
#include "core/isa.h"
#include "core/version.h"
#include "system/assert.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static int run_files(tc_options *options) {
    tc_error error = {0};
    if (options->command == TC_COMMAND_CODES && tc_folder_expand(options, &error)) {
        fprintf(stderr, "tilecast: %s\n", error.text);
        return EXIT_FAILED;
    }
    tc_report *report = tc_report_new(options);
    char **outputs = report ? tc_output_paths_new(options, &error) : NULL;
    if (!outputs) {
        fprintf(stderr, "tilecast: %s\n", report ? error.text : "out of memory");
        tc_report_destroy(report);
        return EXIT_FAILED;
    }
    tc_output_catch_signals();
    tc_status status = options->server ? tc_remote_run(options, outputs, report, &error)
                                       : tc_local_run(options, outputs, report, &error);
    if (status) tc_report_fault(report, error.text);
    bool good = tc_report_good(report);
    tc_report_destroy(report);
    tc_output_paths_destroy(outputs, options->file_count);
    return good ? EXIT_DONE : EXIT_FAILED;
}

static int run(tc_options *options) {
    if (options->help) {
        tc_options_print_help(options->command, stdout);
        return EXIT_DONE;
    }
    if (options->version) {
        puts("tilecast " TC_VERSION);
        return EXIT_DONE;
    }
    tc_error error = {0};
    if (options->command != TC_COMMAND_OPS && options->command != TC_COMMAND_BENCH) return run_files(options);
    tc_status status = options->command == TC_COMMAND_OPS ? tc_catalogue_print(options->json, &error)
                                                          : tc_bench_run(options, stdout, &error);
    if (status) fprintf(stderr, "tilecast: %s\n", error.text);
    return status ? EXIT_FAILED : EXIT_DONE;
}

int main(int argc, char **argv) {
    tc_assert_set_program("tilecast");
    signal(SIGPIPE, SIG_IGN); // writing to a closed pipe fails, and temporary files are removed
    tc_options options;
    tc_error error = {0};
    int result = EXIT_USAGE;
    if (tc_options_parse(&options, argc, argv, &error) || tc_isa_check(&error))
        fprintf(stderr, "tilecast: %s\n", error.text);
    else
        result = run(&options);
    tc_options_clear(&options);
    return result;
}
