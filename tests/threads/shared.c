// The scheduler of tilecast_shared.wasm, compiled natively: threads take the part of the page's instances. Every run
// must give the pixels of one thread, be it whole, stopped, or one of several after another.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "wasm/fault.h"
#include "wasm/memory.h"
#include "wasm/threads.h"

enum { WORKERS = 4, SIDE = 300 };

typedef struct instance {
    tc_page_run *run;
    int job, slot;
    bool first;
    int sent, tiles;
    int stop_after; // tiles; 0: never
} instance;

static tc_page_picture *make_picture(void) {
    tc_page_picture *picture = tc_page_picture_new(SIDE, SIDE, 3);
    TC_ASSERT(picture);
    uint32_t state = 1;
    uint8_t *pixels = tc_page_picture_pixels(picture);
    for (int i = 0; i < SIDE * SIDE * 3; i++) {
        state = state * 1664525u + 1013904223u;
        pixels[i] = (uint8_t)((i / 90 % 2 ? 200 : 40) + (int)(state >> 28));
    }
    return picture;
}

// What web/src/engine/local/shared_run.ts does with a tile.
static void compute(instance *i) {
    TC_ASSERT(tc_page_run_compute(i->run, i->slot));
    tc_page_threads_lock();
    TC_ASSERT(tc_page_run_finish(i->run, i->slot));
    int lines = tc_page_run_pop_lines(i->run);
    if (lines > 0) {
        int32_t *ends = malloc((size_t)lines * 4 * sizeof *ends);
        tc_page_run_lines(i->run, ends);
        free(ends);
    }
    TC_ASSERT(tc_page_run_done(i->run) <= tc_page_run_total(i->run));
    tc_page_threads_unlock();
    i->tiles++;
    i->sent += lines >= 0;
    tc_page_threads_finish(lines >= 0);
}

static int next(instance *i) {
    int32_t task[TC_PAGE_TASK_NUMBERS];
    return tc_page_threads_next(i->job, i->slot, i->first, task);
}

static void *work(void *argument) {
    instance *i = argument;
    char text[32];
    snprintf(text, sizeof text, "nonsense_%d", i->slot);
    TC_ASSERT(!tc_page_pipeline_check(text));
    for (int kind = next(i); kind == TC_TASK_TILE; kind = next(i)) {
        compute(i);
        if (i->stop_after && i->tiles == i->stop_after) tc_page_threads_stop(0);
    }
    TC_ASSERT(strstr(tc_page_error(), text)); // no other thread's
    return NULL;
}

// The first instance's part: tiles, and regions of codes, in which it finds none.
static int lead(instance *i) {
    for (;;) {
        int kind = next(i);
        if (kind == TC_TASK_TILE)
            compute(i);
        else if (kind == TC_TASK_CODES) {
            tc_page_threads_lock();
            TC_ASSERT(tc_page_run_finish_codes(i->run, i->slot));
            tc_page_threads_unlock();
        } else
            return kind;
    }
}

// Runs a job. Returns a checksum of the result; 0 if it was stopped.
static uint64_t run_job(int job, const char *pipeline, int workers, int stop_after) {
    tc_page_picture *picture = make_picture();
    tc_page_plan *plan = tc_page_plan_new(pipeline, SIDE, SIDE, 3);
    TC_ASSERT(plan);
    tc_page_run *run = tc_page_run_new(plan, picture, 32, workers + 1);
    TC_ASSERT(run);
    tc_page_threads_begin(job, run);
    pthread_t threads[WORKERS];
    instance instances[WORKERS + 1];
    for (int i = 0; i <= workers; i++)
        instances[i] = (instance){.run = run, .job = job, .slot = i, .stop_after = i == 0 ? stop_after : 0};
    instances[workers].first = true;
    for (int i = 0; i < workers; i++) TC_ASSERT(pthread_create(&threads[i], NULL, work, &instances[i]) == 0);
    int kind = lead(&instances[workers]);
    int sent = tc_page_threads_end();
    int expected = 0;
    for (int i = 0; i < workers; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i <= workers; i++) expected += instances[i].sent;
    TC_ASSERT(sent == expected);
    uint64_t sum = 0;
    if (kind == TC_TASK_DONE) {
        TC_ASSERT(tc_page_run_move_result(run, picture));
        int32_t shape[3];
        tc_page_picture_shape(picture, shape);
        size_t size = (size_t)shape[0] * (size_t)shape[1] * (size_t)shape[2];
        for (size_t i = 0; i < size; i++) sum = sum * 31 + tc_page_picture_pixels(picture)[i] + 1;
    } else {
        TC_ASSERT(kind == TC_PAGE_OVER && stop_after);
    }
    tc_page_run_destroy(run);
    tc_page_plan_destroy(plan);
    tc_page_picture_destroy(picture);
    return sum;
}

int main(void) {
    static const char *const pipelines[] = {"invert",
                                            "gaussian_blur ksize=9 | canny",
                                            "equalize | contours low=20",
                                            "lines threshold=20 min_length=10",
                                            "canny | lines threshold=20",
                                            "read_codes | median_blur ksize=5"};
    int job = 0;
    for (size_t i = 0; i < sizeof pipelines / sizeof *pipelines; i++) {
        uint64_t alone = run_job(++job, pipelines[i], 0, 0);
        TC_ASSERT(alone != 0);
        for (int workers = 1; workers <= WORKERS; workers++)
            for (int round = 0; round < 3; round++) TC_ASSERT(run_job(++job, pipelines[i], workers, 0) == alone);
    }
    for (int tiles = 1; tiles <= 5; tiles++) run_job(++job, "gaussian_blur | canny", WORKERS, tiles);
    uint64_t after = run_job(++job, "invert", WORKERS, 0);
    TC_ASSERT(after == run_job(++job, "invert", 0, 0));
    return 0;
}
