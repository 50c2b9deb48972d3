// The planner and the run: stages, tiles and their input rectangles, requeued tasks, progress.
// Pictures are compared with the same pipeline run as one tile.
#include <stdlib.h>

#include "core/codes.h"
#include "core/run.h"
#include "tests/check.h"

static tc_error error;

static tc_image make_picture(int width, int height, int channels, uint32_t seed) {
    tc_image image;
    CHECK(tc_image_init(&image, (tc_shape){width, height, channels}, &error) == TC_OK);
    for (size_t i = 0; i < image.stride * (size_t)height; i++) {
        seed = seed * 1664525u + 1013904223u;
        // Blocks of 8 bytes in a row share a level, so that edges and flat parts both occur.
        image.data[i] = (uint8_t)((seed >> 24) / 8 + (i / 8 % 7) * 30);
    }
    return image;
}

typedef struct run_fault {
    unsigned lose_every; // requeue every n-th task
    bool twice;          // finish every tile twice
    bool reverse;        // finish all available tiles in reverse order
} run_fault;

enum { BATCH = 64 };

static void compute(const tc_task *task, tc_blob *partial) {
    tc_status status = tc_stage_run(task->stage, task->merged, &task->in, &task->out, partial, &error);
    CHECK(status == TC_OK);
}

static void finish(tc_run *run, const tc_task *task, const run_fault *fault, int *finished) {
    tc_blob partial = {0};
    compute(task, &partial);
    CHECK(tc_run_finish_tile(run, task, &partial, &error) == TC_OK);
    if (fault->twice) CHECK(tc_run_finish_tile(run, task, &partial, &error) == TC_OK);
    CHECK(partial.data == NULL);
    ++*finished;
}

static void finish_codes(tc_run *run, const tc_task *task) {
    tc_blob codes = {0}, fresh = {0};
    const tc_code code = {.text = "hello", .text_size = 5, .x = {2, 20, 20, 2}, .y = {2, 2, 20, 20}};
    CHECK(tc_codes_write(&codes, &code, &error) == TC_OK);
    CHECK(tc_run_add_codes(run, task, &codes, &fresh, &error) == TC_OK && tc_codes_count(&fresh) == 1);
    tc_blob_clear(&fresh);
    CHECK(tc_run_add_codes(run, task, &codes, &fresh, &error) == TC_OK && tc_codes_count(&fresh) == 0);
    CHECK(tc_run_finish_codes(run, task, &error) == TC_OK);
    tc_blob_clear(&codes);
}

// Runs the pipeline and returns the result, which the caller frees.
static tc_image run_pipeline(const char *text, tc_shape shape, int tile, run_fault fault) {
    tc_pipeline pipeline;
    tc_plan plan;
    tc_run run;
    tc_task tasks[BATCH], task;
    tc_image source = make_picture(shape.width, shape.height, shape.channels, 1), result;
    CHECK(tc_pipeline_parse(&pipeline, text, &error) == TC_OK);
    CHECK(tc_plan_init(&plan, &pipeline, shape, 0, &error) == TC_OK);
    CHECK(tc_run_init(&run, &plan, &source, tile, &error) == TC_OK);
    CHECK(source.data == NULL);
    unsigned handed = 0;
    int finished = 0, expected = 0;
    double before = 0, done, total;
    for (int i = 0; i < plan.stage_count; i++)
        if (!tc_stage_is_empty(&plan.stages[i])) expected += tc_stage_tile_count(&plan.stages[i], tile);
    for (tc_task_kind kind; (kind = tc_run_next(&run, &task)) != TC_TASK_DONE;) {
        int count = 0;
        if (kind == TC_TASK_CODES) {
            if (fault.lose_every && handed++ % fault.lose_every == 0)
                tc_run_requeue(&run, &task);
            else
                finish_codes(&run, &task);
            continue;
        }
        CHECK(kind == TC_TASK_TILE);
        for (; kind == TC_TASK_TILE && count < BATCH; kind = count < BATCH ? tc_run_next(&run, &task) : kind)
            tasks[count++] = task;
        // The task beyond the batch and the "lost" ones are requeued.
        if (kind == TC_TASK_CODES) CHECK(false);
        for (int i = 0; i < count; i++) {
            const tc_task *t = &tasks[fault.reverse ? count - 1 - i : i];
            if (fault.lose_every && handed++ % fault.lose_every == 0)
                tc_run_requeue(&run, t);
            else
                finish(&run, t, &fault, &finished);
        }
        tc_run_progress(&run, &done, &total);
        CHECK(done >= before && (done < total || tc_run_result(&run)));
        before = done;
    }
    CHECK(finished == expected);
    tc_run_progress(&run, &done, &total);
    CHECK(done == total);
    const tc_image *out = tc_run_result(&run);
    CHECK(out && memcmp(&out->shape, &plan.result, sizeof out->shape) == 0);
    result = run.out;
    run.out = (tc_image){0};
    tc_run_clear(&run);
    tc_plan_clear(&plan);
    return result;
}

static bool equal(const tc_image *a, const tc_image *b) {
    if (memcmp(&a->shape, &b->shape, sizeof a->shape) != 0) return false;
    return memcmp(a->data, b->data, a->stride * (size_t)a->shape.height) == 0;
}

static void test_pipelines(void) {
    static const char *const pipelines[] = {
        "",
        "invert",
        "gaussian_blur ksize=9 | canny low=20 high=60",
        "canny low=20 high=60 | gaussian_blur ksize=5 | canny low=30 high=80 | invert",
        "equalize | gaussian_blur ksize=31 | sharpen",
        "flip axis=both | crop x=5 y=7 width=60 height=40 | resize scale=1.7 method=linear | equalize",
        "threshold method=otsu | resize width=33 | flip",
        "read_codes | sharpen",
        "sharpen | read_codes draw=no | equalize | read_codes",
    };
    static const tc_shape shapes[] = {{97, 61, 3}, {64, 64, 1}, {131, 50, 4}, {70, 90, 2}};
    for (size_t p = 0; p < sizeof pipelines / sizeof *pipelines; p++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            tc_image one = run_pipeline(pipelines[p], shapes[s], 0, (run_fault){0});
            const int tiles[] = {16, 33, 64};
            for (size_t t = 0; t < sizeof tiles / sizeof *tiles; t++) {
                tc_image tiled = run_pipeline(pipelines[p], shapes[s], tiles[t],
                                              (run_fault){.lose_every = 3, .twice = t == 1, .reverse = t == 2});
                CHECK(equal(&one, &tiled));
                tc_image_clear(&tiled);
            }
            tc_image_clear(&one);
        }
}

// Fused neighbourhoods add their radii; a whole-picture operation ends a stage; after a grid-bound one a stage begins.
static void test_plan(void) {
    tc_pipeline pipeline;
    tc_plan plan;
    CHECK(tc_pipeline_parse(&pipeline, "gaussian_blur ksize=9 | sharpen | canny | invert | sharpen", &error) == TC_OK);
    CHECK(tc_plan_init(&plan, &pipeline, (tc_shape){1000, 800, 3}, 0, &error) == TC_OK);
    CHECK(plan.stage_count == 3 && plan.result.channels == 1);
    CHECK(plan.stages[0].scan && plan.stages[0].step_count == 2 && plan.stages[1].step_count == 1);
    CHECK(plan.stages[1].apply == plan.stages[0].scan && !plan.stages[2].apply);
    tc_rect need = tc_stage_source(&plan.stages[0], (tc_rect){100, 100, 50, 60}); // 4 + 1 + 2 on each side
    CHECK(need.x == 93 && need.y == 93 && need.width == 64 && need.height == 74);
    need = tc_stage_source(&plan.stages[0], (tc_rect){0, 790, 1000, 10});
    CHECK(need.x == 0 && need.y == 783 && need.width == 1000 && need.height == 17);
    tc_plan_clear(&plan);
    CHECK(tc_pipeline_parse(&pipeline, "resize scale=8", &error) == TC_OK);
    CHECK(tc_plan_init(&plan, &pipeline, (tc_shape){5000, 4000, 3}, 120000000, &error) == TC_ERR_LIMIT);
    CHECK_TEXT(error.text,
               "resize: the result would have 40000×32000 = 1280.0 megapixels; at most 120.0 megapixels are "
               "allowed");
    tc_plan_clear(&plan);
    CHECK(tc_plan_init(&plan, &pipeline, (tc_shape){50000, 400, 3}, 0, &error) == TC_ERR_LIMIT);
    tc_plan_clear(&plan);
}

int main(void) {
    test_plan();
    test_pipelines();
    return check_result();
}
