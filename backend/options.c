// Parses the command line with getopt_long.
#include "backend/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/assert.h"
#include "core/version.h"

enum { MAX_WORKERS = 4096 };

static const char usage[] =
    "Usage: tilecastd [OPTION]…\n"
    "Serves the Tilecast page and computes pictures for it on a pool of MPI workers.\n"
    "\n"
    "  --host ADDR         address to listen on (default 127.0.0.1: this machine only)\n"
    "  --port N            port (default 8080; 0: a free one)\n"
    "  --workers N         workers (default: one for each core, with --hosts one for each slot)\n"
    "  --hosts FILE        hosts of the workers: Open MPI's hostfile, with lines such as \"node2 slots=4\"\n"
    "  --launch-agent CMD  starts a command on a host, called as CMD HOST COMMAND… (default: ssh, without questions)\n"
    "  --solo              one worker without MPI\n"
    "  --web DIR           folder of the built page\n"
    "  --static DIR        another folder of files to serve\n"
    "  --store DIR         folder of jobs, which outlive this process, or none (default:\n"
    "                      $XDG_STATE_HOME/tilecast/PORT or ~/.local/state/tilecast/PORT)\n"
    "  --spool DIR         folder for temporary files (default: $TMPDIR or /tmp)\n"
    "  --pool FILE         program of the pool (default: tilecast-pool beside tilecastd)\n"
    "  --codec FILE        program of the codec (default: tilecast-codec beside tilecastd)\n"
    "  --allow-origin URL  also accept pages of this origin, e.g. https://example.org, and without --host\n"
    "                      requests for its host\n"
    "  --max-pixels N      largest picture (default 120000000)\n"
    "  --max-bytes N       largest file of a picture (default 268435456)\n"
    "  --max-jobs N        jobs under way on one connection (default 64)\n"
    "  --max-idle N        seconds without a byte after which uploads fail (default 60)\n"
    "  --keep N            seconds for which results of jobs are stored until they are fetched (default 3600)\n"
    "  --max-spool N       bytes of all files under way (default 8589934592)\n"
    "  --version, --help\n";

typedef struct number {
    const char *name;
    int64_t min, max, *value;
} number;

static bool parse_number(const number *n, const char *text) {
    TC_ASSERT(n->min <= n->max);
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || end == text || *end || value < n->min || value > n->max) {
        fprintf(stderr, "tilecastd: --%s must be a whole number from %lld to %lld, not \"%s\"\n", n->name,
                (long long)n->min, (long long)n->max, text);
        return false;
    }
    *n->value = value;
    return true;
}

// The path of `name` in the folder of this program.
static const char *beside(char *path, const char *name) {
    ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
    path[n > 0 ? n : 0] = 0;
    char *slash = strrchr(path, '/');
    size_t room = PATH_MAX - (size_t)(slash ? slash + 1 - path : 0);
    snprintf(slash ? slash + 1 : path, room, "%s", name);
    return path;
}

static void set_defaults(tc_gateway_options *options) {
    options->host = "127.0.0.1";
    options->web = beside(options->defaults[0], "../web");
    options->pool = beside(options->defaults[1], "tilecast-pool");
    options->codec = beside(options->defaults[2], "tilecast-codec");
    // A host that asks for a password, or does not answer, must not hold up the others.
    options->launch_agent = "ssh -o BatchMode=yes -o ConnectTimeout=3";
}

int tc_gateway_options_parse(tc_gateway_options *options, int argc, char **argv) {
    *options = (tc_gateway_options){0};
    set_defaults(options);
    int64_t port = 8080, workers = 0, max_bytes = 256 << 20, max_spool = 8LL << 30;
    int64_t max_jobs = 64, max_pixels = 120000000, max_idle = 60, keep = 3600;
    int solo = 0, help = 0, version = 0;
    const struct {
        const char *name;
        const char **value;
    } texts[] = {
        {"host", &options->host},
        {"web", &options->web},
        {"static", &options->static_folder},
        {"store", &options->store},
        {"spool", &options->spool},
        {"pool", &options->pool},
        {"codec", &options->codec},
        {"hosts", &options->hosts},
        {"hostfile", &options->hosts}, // as mpirun calls it
        {"launch-agent", &options->launch_agent},
        {"allow-origin", &options->allow_origin},
    };
    const number numbers[] = {
        {"port", 0, 65535, &port},
        {"workers", 1, MAX_WORKERS, &workers},
        {"max-pixels", 1, 65535LL * 65535, &max_pixels},
        {"max-bytes", 1, 1LL << 40, &max_bytes},
        {"max-jobs", 1, 10000, &max_jobs},
        {"max-idle", 1, 86400, &max_idle},
        {"keep", 1, 365 * 86400, &keep},
        {"max-spool", 1 << 20, 1LL << 50, &max_spool},
    };
    enum { TEXTS = sizeof texts / sizeof texts[0], NUMBERS = sizeof numbers / sizeof numbers[0] };
    struct option list[TEXTS + NUMBERS + 4] = {
        {"solo", no_argument, &solo, 1}, {"help", no_argument, &help, 1}, {"version", no_argument, &version, 1}};
    for (int i = 0; i < TEXTS; i++) list[3 + i] = (struct option){texts[i].name, required_argument, NULL, 'A' + i};
    for (int i = 0; i < NUMBERS; i++)
        list[3 + TEXTS + i] = (struct option){numbers[i].name, required_argument, NULL, 'a' + i};

    int c;
    while ((c = getopt_long(argc, argv, "", list, NULL)) != -1) { // NOLINT(concurrency-mt-unsafe): no threads yet
        if (c >= 'A' && c < 'A' + TEXTS) *texts[c - 'A'].value = optarg;
        if (c >= 'a' && c < 'a' + NUMBERS && !parse_number(&numbers[c - 'a'], optarg)) return 2;
        if (c == '?') {
            fprintf(stderr, "tilecastd --help lists the options.\n");
            return 2;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "tilecastd: \"%s\" is not an option; tilecastd --help lists them\n", argv[optind]);
        return 2;
    }
    if (help) fputs(usage, stdout);
    if (version) puts("tilecastd " TC_VERSION);
    TC_ASSERT(max_bytes > 0 && max_pixels > 0 && max_spool > 0);
    options->port = (int)port;
    if (workers < 1) workers = options->hosts ? MAX_WORKERS : sysconf(_SC_NPROCESSORS_ONLN);
    options->workers = (int)(workers < 1 ? 1 : workers);
    options->solo = solo != 0;
    options->max_pixels = max_pixels;
    options->max_bytes = (uint64_t)max_bytes;
    options->max_spool = (uint64_t)max_spool;
    options->max_jobs = (int)max_jobs;
    options->max_idle = (int)max_idle;
    options->keep = (int)keep;
    return help || version ? 0 : -1;
}
