// tilecast: the command line.
#include <signal.h>
#include <stdio.h>

#include "cli/bench.h"
#include "cli/catalogue.h"
#include "cli/file.h"
#include "cli/folder.h"
#include "cli/local.h"
#include "cli/names.h"
#include "cli/options.h"
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
    char **names = report ? tc_names_new(options, &error) : NULL;
    if (!names) {
        fprintf(stderr, "tilecast: %s\n", report ? error.text : "out of memory");
        tc_report_destroy(report);
        return EXIT_FAILED;
    }
    tc_output_catch_signals();
    tc_status status =
        options->server ? tc_remote_run(options, names, report, &error) : tc_local_run(options, names, report, &error);
    if (status) tc_report_fault(report, error.text);
    bool good = tc_report_good(report);
    tc_report_destroy(report);
    tc_names_destroy(names, options->file_count);
    return good ? EXIT_DONE : EXIT_FAILED;
}

static int run_bench(const tc_options *options) {
    tc_error error = {0};
    if (tc_bench_run(options, stdout, &error) == TC_OK) return EXIT_DONE;
    fprintf(stderr, "tilecast: %s\n", error.text);
    return EXIT_FAILED;
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
    if (options->command == TC_COMMAND_OPS) return tc_catalogue_print(options->json) ? EXIT_DONE : EXIT_FAILED;
    if (options->command == TC_COMMAND_BENCH) return run_bench(options);
    return run_files(options);
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
