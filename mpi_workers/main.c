// tilecast-pool: rank 0 is the scheduler, the others are workers; or one of each in a single process (--solo).
// mpi_workers/launch.c has the command line that starts it.
#include "core/isa.h"
#include "core/version.h"
#include "mpi_workers/scheduler.h"
#include "mpi_workers/transport_mpi.h"
#include "mpi_workers/transport_solo.h"
#include "mpi_workers/worker_loop.h"
#include "system/assert.h"

#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { FINALIZE_SECONDS = 3 }; // for MPI_Finalize

typedef struct pool_options {
    const char *socket, *codec, *memory;
    long long max_pixels, max_bytes;
    bool solo;
} pool_options;

static const char usage[] = "usage: tilecast-pool --socket PATH --codec PATH [--max-pixels N] [--max-bytes N]\n"
                            "                     [--memory DIR | --solo]\n"
                            "It is started by tilecastd, under mpirun unless --solo is given.\n";

// Returns the exit status to end with, or -1 to go on.
static int read_options(int argc, char **argv, pool_options *options) {
    static const struct option known[] = {{"socket", required_argument, NULL, 's'},
                                          {"codec", required_argument, NULL, 'c'},
                                          {"max-pixels", required_argument, NULL, 'p'},
                                          {"max-bytes", required_argument, NULL, 'b'},
                                          {"memory", required_argument, NULL, 'm'},
                                          {"solo", no_argument, NULL, 'o'},
                                          {"version", no_argument, NULL, 'v'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    // At start, before there are threads. NOLINTNEXTLINE(concurrency-mt-unsafe)
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case 's':
            options->socket = optarg;
            break;
        case 'c':
            options->codec = optarg;
            break;
        case 'p':
            options->max_pixels = strtoll(optarg, NULL, 10);
            break;
        case 'b':
            options->max_bytes = strtoll(optarg, NULL, 10);
            break;
        case 'm':
            options->memory = optarg;
            break;
        case 'o':
            options->solo = true;
            break;
        case 'v':
            puts("tilecast-pool " TC_VERSION);
            return 0;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs(usage, stderr);
            return 2;
        }
    }
    bool limited = options->max_pixels > 0 && options->max_bytes > 0;
    if (options->socket && options->codec && limited && optind == argc) return -1;
    fputs(usage, stderr);
    return 2;
}

// Page faults on fresh memory take longer than copying a tile's pixels, so freed memory of messages is retained for the
// next ones. By default malloc would return it to the system.
static void retain_message_memory(void) {
    enum { LARGEST_TILE = 4 << 20, RETAINED = 64 << 20 };
    // shared by all threads; set before MPI starts some
    mallopt(M_ARENA_MAX, 1);                 // NOLINT(concurrency-mt-unsafe): no threads yet
    mallopt(M_MMAP_THRESHOLD, LARGEST_TILE); // NOLINT(concurrency-mt-unsafe): no threads yet
    mallopt(M_TRIM_THRESHOLD, RETAINED);     // NOLINT(concurrency-mt-unsafe): no threads yet
}

// The same for a worker's pictures. The worker trims its memory itself when it is idle.
static void retain_picture_memory(void) {
    enum { RETAINED = 512 << 20 };
    mallopt(M_MMAP_MAX, 0);              // NOLINT(concurrency-mt-unsafe): no threads yet
    mallopt(M_TRIM_THRESHOLD, RETAINED); // NOLINT(concurrency-mt-unsafe): no threads yet
}

// Open MPI's shared memory files go to a folder of the gateway, which removes them when ranks are killed. Each rank
// sets this for itself: a rank on another host does not have the folder. The names of the variables are those of
// releases 4 and 5. To be called before MPI starts.
static void set_memory_folder(const char *folder) {
    if (!folder || access(folder, W_OK | X_OK) != 0) return;
    bool set = setenv("OMPI_MCA_btl_vader_backing_directory", folder, 1) == 0 && // NOLINT(concurrency-mt-unsafe)
               setenv("OMPI_MCA_btl_sm_backing_directory", folder, 1) == 0;      // NOLINT(concurrency-mt-unsafe)
    if (!set) fprintf(stderr, "tilecast-pool: not enough memory to set MPI's folder\n");
}

// Both ranks in one process.
typedef struct solo_pool {
    tc_transport *ranks[2];
    tc_scheduler *scheduler;
} solo_pool;

static void step_scheduler(void *user, bool may_wait) {
    solo_pool *pool = user;
    tc_scheduler_step(pool->scheduler, may_wait);
    if (tc_scheduler_has_ended(pool->scheduler)) pool->ranks[1]->terminated = true; // even if QUIT was lost
}

static int run_solo(const pool_options *options, tc_codec_limits limits) {
    solo_pool pool;
    if (!tc_transport_solo_new(pool.ranks)) {
        fprintf(stderr, "tilecast-pool: not enough memory or file descriptors to start\n");
        return 1;
    }
    pool.scheduler = tc_scheduler_new(pool.ranks[0], options->socket, limits.max_pixels, limits.max_bytes);
    int status = 1;
    if (pool.scheduler) {
        tc_transport_solo_set_scheduler(pool.ranks[1], step_scheduler, &pool);
        retain_picture_memory();
        status = tc_worker_run(pool.ranks[1], options->codec, limits);
        if (status == 0) status = tc_scheduler_status(pool.scheduler);
    }
    tc_scheduler_destroy(pool.scheduler);
    tc_transport_destroy(pool.ranks[0]);
    tc_transport_destroy(pool.ranks[1]);
    return status;
}

static int run_scheduler(tc_transport *transport, const pool_options *options, tc_codec_limits limits) {
    tc_scheduler *scheduler = tc_scheduler_new(transport, options->socket, limits.max_pixels, limits.max_bytes);
    if (!scheduler) return 1;
    while (!tc_scheduler_has_ended(scheduler)) tc_scheduler_step(scheduler, true);
    int status = tc_scheduler_status(scheduler);
    tc_scheduler_destroy(scheduler);
    return status;
}

int main(int argc, char **argv) {
    tc_assert_set_program("tilecast-pool");
    // A pool must not outlive the mpirun (or the gateway) that started it.
    pid_t parent = getppid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) return 1;
    signal(SIGPIPE, SIG_IGN);
    retain_message_memory();

    tc_codec_limits limits = tc_codec_default_limits;
    pool_options options = {.max_pixels = limits.max_pixels, .max_bytes = (long long)limits.max_bytes};
    int status = read_options(argc, argv, &options);
    if (status >= 0) return status;
    tc_error error = {0};
    if (tc_isa_check(&error)) {
        fprintf(stderr, "tilecast-pool: %s\n", error.text);
        return 2;
    }
    limits.max_pixels = options.max_pixels;
    limits.max_bytes = (size_t)options.max_bytes;
    if (options.solo) return run_solo(&options, limits);

    set_memory_folder(options.memory);
    tc_transport *transport = tc_transport_mpi_new(&argc, &argv);
    if (!transport) return 1;
    if (transport->size < 2) {
        fprintf(stderr, "tilecast-pool: at least two ranks are needed, or --solo\n");
        status = 2;
    } else if (transport->rank == 0) {
        status = run_scheduler(transport, &options, limits);
    } else {
        retain_picture_memory();
        status = tc_worker_run(transport, options.codec, limits);
    }
    alarm(FINALIZE_SECONDS); // in case another rank does not finalize
    tc_transport_destroy(transport);
    _exit(status); // without MPI's exit handlers, which would wait for lost ranks
}
