// The thread pool, its parallel-for, and the driver of runs.
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "core/codes.h"
#include "core/pipeline.h"
#include "threads/run_driver.h"

enum { SIDE = 200, LOOPS = 20, ITERATIONS = 50 };

// ---- Parallel-for: every iteration of every loop once, from several loops at the same time.

typedef struct loop_test {
    int started, ended, helpers; // loops
    atomic_int counts[LOOPS][ITERATIONS];
} loop_test;

typedef struct loop_context {
    loop_test *test;
    int number;
} loop_context;

static void count_iteration(void *context, int index) {
    loop_context *c = context;
    atomic_fetch_add(&c->test->counts[c->number][index], 1);
}

static tc_poll_result poll_loops(tc_thread_pool *pool, void *context, int thread) {
    loop_test *t = context;
    TC_ASSERT(thread >= 1 && thread <= 8);
    if (tc_loops_run_one(&pool->loops)) {
        t->helpers++;
        return TC_POLL_WORKED;
    }
    if (t->started == LOOPS) return t->ended == LOOPS ? TC_POLL_DONE : TC_POLL_IDLE;
    loop_context c = {t, t->started++};
    tc_parallel_for(&pool->loops.parallel, c.number == 3 ? 0 : ITERATIONS, count_iteration, &c);
    t->ended++;
    return TC_POLL_WORKED;
}

static void check_loops(int threads) {
    static tc_thread_pool pool;
    loop_test *test = calloc(1, sizeof *test);
    tc_thread_pool_init(&pool, poll_loops, test);
    tc_thread_pool_run(&pool, threads);
    tc_thread_pool_clear(&pool);
    for (int i = 0; i < LOOPS; i++)
        for (int k = 0; k < ITERATIONS; k++) TC_ASSERT(atomic_load(&test->counts[i][k]) == (i == 3 ? 0 : 1));
    free(test);
}

static void check_serial_loop(void) {
    loop_test *test = calloc(1, sizeof *test);
    loop_context c = {test, 0};
    tc_parallel_for(NULL, ITERATIONS, count_iteration, &c);
    for (int k = 0; k < ITERATIONS; k++) TC_ASSERT(atomic_load(&test->counts[0][k]) == 1);
    free(test);
}

// ---- Runs

typedef struct run_test {
    tc_run_driver driver;
    tc_thread_pool pool;
    int grow_to, polls;
    int computed, finished, regions, segments, codes; // calls; `computed` under the pool's lock, too
    int fail_at;                                      // which computed tile fails; 0: none
    bool cancel;
} run_test;

static tc_status on_tile_computed(void *user, const tc_task *task, int thread, tc_error *error) {
    run_test *t = user;
    TC_ASSERT(task->out.data && thread >= 1 && thread <= 4);
    tc_thread_pool_lock(&t->pool);
    bool fails = ++t->computed == t->fail_at;
    tc_thread_pool_unlock(&t->pool);
    return fails ? tc_fail(error, TC_ERR_IO, "tile %d fails", t->fail_at) : TC_OK;
}

static tc_status on_segments(void *user, const tc_blob *segments, tc_error *error) {
    (void)segments, (void)error;
    ((run_test *)user)->segments++;
    return TC_OK;
}

static tc_status on_read_codes(void *user, const tc_task *task, tc_codes_sink *sink, tc_error *error) {
    (void)user;
    TC_ASSERT(tc_step_symbologies(task->step) == 1);
    tc_blob codes = {0};
    const tc_code code = {.text = "text", .text_size = 4, .x = {10, 20, 20, 10}, .y = {10, 10, 20, 20}};
    TC_ASSERT(tc_codes_write(&codes, &code, error) == TC_OK);
    tc_codes_sink_add(sink, &codes);
    tc_codes_sink_add(sink, &codes); // the same again is not new
    tc_blob_clear(&codes);
    return TC_OK;
}

static tc_status on_codes(void *user, const tc_blob *codes, tc_error *error) {
    (void)error;
    ((run_test *)user)->codes += tc_codes_count(codes);
    return TC_OK;
}

static void on_task_finished(void *user, const tc_task *task, int thread) {
    run_test *t = user;
    TC_ASSERT(thread >= 1);
    if (task->codes)
        t->regions++;
    else
        t->finished++;
}

static const tc_run_handler run_handler = {on_tile_computed, on_segments, on_read_codes, on_codes, on_task_finished};

static tc_poll_result poll_run(tc_thread_pool *pool, void *context, int thread) {
    run_test *t = context;
    if (t->grow_to) tc_thread_pool_grow(pool, t->grow_to);
    if (t->cancel && ++t->polls == 5) {
        tc_error error;
        tc_fail(&error, TC_ERR_CANCELLED, "cancelled");
        tc_run_driver_fail(&t->driver, &error);
    }
    return tc_run_driver_poll(&t->driver, thread, thread == 1);
}

static void fill(tc_image *picture) {
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            picture->data[(size_t)y * picture->stride + (size_t)x] =
                (uint8_t)((x / 20 + y / 30) % 2 * 200 + (x * y) % 7);
}

// Runs the pipeline and returns a checksum of its result.
static uint32_t run(const char *text, int threads, run_test *test) {
    tc_pipeline *pipeline = calloc(1, sizeof *pipeline);
    tc_plan plan;
    tc_image picture;
    tc_run r;
    tc_error error;
    TC_ASSERT(tc_pipeline_parse(pipeline, text, &error) == TC_OK);
    TC_ASSERT(tc_image_init(&picture, (tc_shape){SIDE, SIDE, 1}, &error) == TC_OK);
    fill(&picture);
    TC_ASSERT(tc_plan_init(&plan, pipeline, picture.shape, 0, &error) == TC_OK);
    TC_ASSERT(tc_run_init(&r, &plan, &picture, 32, &error) == TC_OK);
    tc_thread_pool_init(&test->pool, poll_run, test);
    tc_run_driver_init(&test->driver, &r, &test->pool, &run_handler, test, 7);
    tc_thread_pool_run(&test->pool, threads);
    tc_thread_pool_clear(&test->pool);
    TC_ASSERT(test->driver.tasks == 0);
    uint32_t sum = 0;
    const tc_image *result = tc_run_result(&r);
    TC_ASSERT(!result == (test->driver.error.status != TC_OK));
    for (int y = 0; result && y < result->shape.height; y++)
        for (int x = 0; x < result->shape.width * result->shape.channels; x++)
            sum = sum * 31 + result->data[(size_t)y * result->stride + (size_t)x] + 1;
    tc_run_clear(&r);
    tc_plan_clear(&plan);
    tc_image_clear(&picture);
    free(pipeline);
    return sum;
}

static void check_runs(void) {
    static const char *const pipelines[] = {"invert", "gaussian_blur ksize=7 | canny", "equalize | contours low=20",
                                            "canny | lines threshold=20", "read_codes symbologies=qr | median_blur"};
    run_test *test = malloc(sizeof *test);
    for (size_t i = 0; i < sizeof pipelines / sizeof *pipelines; i++) {
        *test = (run_test){.grow_to = 0};
        uint32_t alone = run(pipelines[i], 1, test);
        TC_ASSERT(test->computed == test->finished && test->computed > 0);
        TC_ASSERT(test->segments == (strstr(pipelines[i], "lines") != NULL));
        TC_ASSERT(test->codes == (strstr(pipelines[i], "codes") != NULL) && test->regions == test->codes);
        for (int threads = 2; threads <= 4; threads++) {
            *test = (run_test){.grow_to = threads == 3 ? 4 : 0};
            TC_ASSERT(run(pipelines[i], threads, test) == alone);
            TC_ASSERT(test->computed == test->finished);
        }
    }
    for (int fail_at = 1; fail_at <= 40; fail_at += 13) {
        *test = (run_test){.fail_at = fail_at};
        TC_ASSERT(run("gaussian_blur | canny", 4, test) == 0);
        TC_ASSERT(test->driver.error.status == TC_ERR_IO && strncmp(test->driver.error.text, "tile", 4) == 0);
    }
    *test = (run_test){.cancel = true};
    run("gaussian_blur | canny", 4, test);
    TC_ASSERT(test->driver.error.status == TC_ERR_CANCELLED);
    free(test);
}

int main(void) {
    TC_ASSERT(tc_thread_pool_cores() >= 1 && tc_thread_pool_cores() <= TC_MAX_THREADS);
    check_serial_loop();
    for (int threads = 1; threads <= 8; threads *= 2)
        for (int round = 0; round < 10; round++) check_loops(threads);
    check_runs();
    return 0;
}
