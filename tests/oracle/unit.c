// A few pixels per operation, computed by hand, and the blobs that operations exchange, cut at every length.
#include <stdlib.h>

#include "core/codes.h"
#include "core/kernels/bits.h"
#include "core/kernels/components.h"
#include "core/op_table.h"
#include "core/run.h"
#include "tests/check.h"

static tc_error error;

// Completes a run whose read_codes finds `codes` (may be NULL).
static tc_status drive(tc_run *run, const tc_blob *codes) {
    tc_task task;
    for (;;) {
        tc_blob blob = {0};
        tc_task_kind kind = tc_run_next(run, &task);
        if (kind != TC_TASK_TILE && kind != TC_TASK_CODES) return TC_OK;
        tc_status status = TC_OK;
        if (kind == TC_TASK_CODES) {
            tc_blob fresh = {0};
            if (codes) tc_blob_append(&blob, codes->data, codes->size);
            status = tc_run_add_codes(run, &task, &blob, &fresh, &error);
            if (status == TC_OK) status = tc_run_finish_codes(run, &task, &error);
            tc_blob_clear(&fresh);
        } else {
            status = tc_stage_run(task.stage, task.merged, &task.in, &task.out, &blob, &error);
            if (status == TC_OK) status = tc_run_finish_tile(run, &task, &blob, &error);
        }
        tc_blob_clear(&blob);
        if (status != TC_OK) return status;
    }
}

// Runs `text` on packed pixels and compares with packed pixels of the shape expected.
static bool gives(const char *text, tc_shape shape, const uint8_t *pixels, const tc_blob *codes, tc_shape expected,
                  const uint8_t *wanted) {
    tc_pipeline pipeline;
    tc_plan plan = {0};
    tc_run run = {0};
    tc_image source = {0};
    bool same = false;
    if (tc_pipeline_parse(&pipeline, text, &error) == TC_OK &&
        tc_plan_init(&plan, &pipeline, shape, 0, &error) == TC_OK && tc_image_init(&source, shape, &error) == TC_OK) {
        memcpy(source.data, pixels, tc_row_bytes(shape.width, shape.channels) * (size_t)shape.height);
        if (tc_run_init(&run, &plan, &source, 0, &error) == TC_OK && drive(&run, codes) == TC_OK) {
            const tc_image *got = tc_run_result(&run);
            size_t size = tc_row_bytes(expected.width, expected.channels) * (size_t)expected.height;
            same = got && memcmp(&got->shape, &expected, sizeof expected) == 0 && memcmp(got->data, wanted, size) == 0;
            for (size_t i = 0; got && !same && i < size && i < 64; i++)
                fprintf(stderr, "%s byte %zu: %d, expected %d\n", text, i, got->data[i], wanted[i]);
        }
    }
    if (run.plan) tc_run_clear(&run);
    tc_plan_clear(&plan);
    return same;
}

#define PIXELS(...) ((const uint8_t[]){__VA_ARGS__})
#define SHAPE(w, h, c) ((tc_shape){w, h, c})

// Same shape in and out.
static bool maps(const char *text, tc_shape shape, const uint8_t *pixels, const uint8_t *wanted) {
    return gives(text, shape, pixels, NULL, shape, wanted);
}

static bool refuses(const char *text, tc_shape shape, const char *message) {
    tc_pipeline pipeline;
    tc_plan plan = {0};
    tc_status status = tc_pipeline_parse(&pipeline, text, &error);
    if (status == TC_OK) status = tc_plan_init(&plan, &pipeline, shape, 0, &error);
    tc_plan_clear(&plan);
    if (status != TC_OK && strcmp(error.text, message) == 0) return true;
    fprintf(stderr, "%s: \"%s\"\n", text, status == TC_OK ? "accepted" : error.text);
    return false;
}

static void test_tone(void) {
    CHECK(gives("grayscale", SHAPE(3, 1, 3), PIXELS(255, 0, 0, 0, 255, 0, 0, 0, 255), NULL, SHAPE(3, 1, 1),
                PIXELS(76, 150, 29)));
    CHECK(gives("grayscale", SHAPE(2, 1, 4), PIXELS(255, 255, 255, 9, 8, 8, 8, 0), NULL, SHAPE(2, 1, 2),
                PIXELS(255, 9, 8, 0)));
    CHECK(maps("invert", SHAPE(1, 1, 4), PIXELS(0, 1, 255, 77), PIXELS(255, 254, 0, 77)));
    CHECK(maps("invert", SHAPE(2, 1, 1), PIXELS(0, 100), PIXELS(255, 155)));
    CHECK(maps("threshold", SHAPE(3, 1, 1), PIXELS(127, 128, 129), PIXELS(0, 0, 255)));
    CHECK(maps("threshold level=127.9", SHAPE(3, 1, 1), PIXELS(127, 128, 129), PIXELS(0, 255, 255)));
    CHECK(maps("threshold method=otsu", SHAPE(2, 2, 2), PIXELS(10, 1, 11, 2, 200, 3, 201, 4),
               PIXELS(0, 1, 0, 2, 255, 3, 255, 4)));
    CHECK(maps("brightness_contrast", SHAPE(5, 1, 1), PIXELS(0, 100, 101, 143, 144), PIXELS(40, 190, 192, 254, 255)));
    CHECK(maps("brightness_contrast contrast=1 brightness=-50", SHAPE(1, 1, 2), PIXELS(30, 200), PIXELS(0, 200)));
    CHECK(maps("equalize", SHAPE(4, 1, 1), PIXELS(40, 10, 30, 20), PIXELS(255, 0, 170, 85)));
    CHECK(maps("equalize", SHAPE(2, 1, 2), PIXELS(77, 1, 77, 2), PIXELS(77, 1, 77, 2)));
}

static void test_maps(void) {
    CHECK(maps("brightness", SHAPE(2, 1, 2), PIXELS(0, 7, 200, 8), PIXELS(60, 7, 255, 8)));
    CHECK(maps("brightness amount=-60", SHAPE(1, 1, 3), PIXELS(59, 61, 255), PIXELS(0, 1, 195)));
    CHECK(maps("gamma", SHAPE(3, 1, 1), PIXELS(0, 99, 255), PIXELS(0, 99, 255)));
    CHECK(maps("gamma value=2", SHAPE(3, 1, 1), PIXELS(0, 64, 255), PIXELS(0, 128, 255)));
    CHECK(maps("gamma value=0.5", SHAPE(1, 1, 4), PIXELS(128, 255, 1, 128), PIXELS(64, 255, 0, 128)));
    CHECK(maps("stretch_contrast", SHAPE(1, 1, 4), PIXELS(10, 20, 30, 9), PIXELS(0, 127, 255, 9)));
    CHECK(maps("stretch_contrast", SHAPE(2, 1, 1), PIXELS(77, 77), PIXELS(77, 77)));
}

static void test_colours(void) {
    CHECK(maps("channel keep=green", SHAPE(1, 1, 4), PIXELS(1, 2, 3, 4), PIXELS(0, 2, 0, 4)));
    CHECK(gives("channel keep=blue", SHAPE(1, 1, 1), PIXELS(9), NULL, SHAPE(1, 1, 3), PIXELS(0, 0, 9)));
    CHECK(maps("hsv", SHAPE(4, 1, 3), PIXELS(255, 0, 0, 0, 255, 0, 0, 0, 255, 100, 50, 51),
               PIXELS(255, 255, 0, 255, 255, 60, 255, 255, 120, 100, 128, 179)));
    CHECK(gives("hsv", SHAPE(1, 1, 2), PIXELS(33, 5), NULL, SHAPE(1, 1, 4), PIXELS(33, 0, 0, 5)));
    CHECK(gives("heatmap", SHAPE(2, 1, 1), PIXELS(0, 255), NULL, SHAPE(2, 1, 3), PIXELS(0, 0, 128, 128, 0, 0)));
    CHECK(maps("heatmap map=viridis", SHAPE(1, 1, 4), PIXELS(0, 0, 0, 6), PIXELS(68, 1, 84, 6)));
    CHECK(maps("heatmap map=hot", SHAPE(1, 1, 3), PIXELS(255, 255, 255), PIXELS(255, 255, 255)));
}

static void test_adaptive_threshold(void) {
    // The means are 0, 33, 67 and 100; the weighted ones 0, 25, 75 and 100.
    const uint8_t step[] = {0, 0, 100, 100};
    CHECK(maps("adaptive_threshold ksize=3 c=0", SHAPE(4, 1, 1), step, PIXELS(0, 0, 255, 0)));
    CHECK(maps("adaptive_threshold ksize=3 c=0 method=gaussian", SHAPE(4, 1, 1), step, PIXELS(0, 0, 255, 0)));
    CHECK(maps("adaptive_threshold ksize=3 c=0.1", SHAPE(4, 1, 1), step, PIXELS(255, 0, 255, 255)));
    CHECK(maps("adaptive_threshold ksize=3 c=-33", SHAPE(4, 1, 1), step, PIXELS(0, 0, 0, 0)));
    CHECK(maps("adaptive_threshold ksize=3 c=-32", SHAPE(4, 1, 1), step, PIXELS(0, 0, 255, 0)));
    CHECK(
        gives("adaptive_threshold ksize=99", SHAPE(1, 1, 4), PIXELS(1, 2, 3, 4), NULL, SHAPE(1, 1, 2), PIXELS(255, 4)));
}

static void test_filters(void) {
    CHECK(maps("gaussian_blur ksize=3", SHAPE(3, 1, 1), PIXELS(0, 255, 0), PIXELS(128, 128, 128)));
    CHECK(maps("gaussian_blur ksize=3", SHAPE(4, 1, 2), PIXELS(0, 1, 0, 2, 0, 3, 200, 4),
               PIXELS(0, 1, 0, 2, 50, 3, 100, 4)));
    CHECK(maps("gaussian_blur ksize=1 sigma=9", SHAPE(2, 1, 1), PIXELS(3, 250), PIXELS(3, 250)));
    CHECK(maps("gaussian_blur ksize=99", SHAPE(1, 1, 3), PIXELS(1, 128, 254), PIXELS(1, 128, 254)));
    CHECK(maps("sharpen", SHAPE(3, 3, 1), PIXELS(50, 50, 50, 50, 100, 50, 50, 50, 50),
               PIXELS(50, 0, 50, 0, 255, 0, 50, 0, 50)));
    CHECK(maps("box_blur ksize=3", SHAPE(3, 1, 1), PIXELS(0, 255, 1), PIXELS(170, 85, 170)));
    CHECK(maps("box_blur ksize=99", SHAPE(1, 1, 4), PIXELS(1, 128, 255, 77), PIXELS(1, 128, 255, 77)));
    CHECK(maps("box_blur ksize=1", SHAPE(2, 1, 2), PIXELS(9, 1, 8, 2), PIXELS(9, 1, 8, 2)));
    CHECK(maps("detail", SHAPE(1, 1, 2), PIXELS(200, 3), PIXELS(200, 3)));
    // Blurred to 32, 64, 96, 64, 32, with equal rows above and below.
    CHECK(maps("detail", SHAPE(5, 1, 1), PIXELS(0, 0, 255, 0, 0), PIXELS(0, 64, 255, 64, 0)));
}

static void test_ranks(void) {
    CHECK(maps("dilate ksize=3 iterations=1", SHAPE(5, 1, 1), PIXELS(0, 9, 0, 0, 5), PIXELS(9, 9, 9, 5, 5)));
    CHECK(maps("dilate ksize=31 iterations=10", SHAPE(2, 1, 2), PIXELS(1, 200, 3, 100), PIXELS(3, 200, 3, 100)));
    CHECK(maps("erode ksize=3", SHAPE(7, 1, 1), PIXELS(5, 7, 9, 9, 9, 7, 6), PIXELS(5, 5, 5, 7, 6, 6, 6)));
    CHECK(maps("erode", SHAPE(1, 2, 3), PIXELS(1, 2, 3, 3, 2, 1), PIXELS(1, 2, 1, 1, 2, 1)));
    CHECK(maps("median_blur ksize=3", SHAPE(3, 1, 1), PIXELS(0, 255, 7), PIXELS(0, 7, 7)));
    CHECK(maps("median_blur", SHAPE(5, 1, 2), PIXELS(9, 1, 9, 2, 0, 3, 4, 4, 5, 5),
               PIXELS(9, 1, 9, 2, 5, 3, 5, 4, 5, 5)));
    CHECK(maps("median_blur ksize=7", SHAPE(3, 1, 1), PIXELS(10, 20, 30), PIXELS(10, 20, 30)));
    CHECK(maps("median_blur ksize=31", SHAPE(1, 1, 3), PIXELS(0, 128, 255), PIXELS(0, 128, 255)));
    // Three samples of equal colour, at distance 0 and 1, and two with the weight e^(-255^2 / 2 / 200^2).
    CHECK(
        maps("bilateral d=3 sigma_color=200 sigma_space=200", SHAPE(3, 1, 1), PIXELS(0, 255, 0), PIXELS(58, 197, 58)));
    CHECK(maps("bilateral sigma_color=1", SHAPE(2, 1, 4), PIXELS(0, 0, 255, 7, 0, 255, 255, 8),
               PIXELS(0, 0, 255, 7, 0, 255, 255, 8)));
}

static void test_convolve(void) {
    const uint8_t row[] = {10, 20, 40, 80};
    // Correlation: the kernel's right column weighs the right neighbour. Outside lies the reflected picture.
    CHECK(maps("convolve kernel=0,0,0,0,0,1,0,0,0", SHAPE(4, 1, 1), row, PIXELS(20, 40, 80, 40)));
    CHECK(maps("convolve kernel=0,0,0,-1,0,1,0,0,0 offset=30", SHAPE(4, 1, 1), row, PIXELS(30, 60, 90, 30)));
    CHECK(maps("convolve kernel=0,0,0,0,0,0,0,0,0 offset=255", SHAPE(2, 1, 2), row, PIXELS(255, 20, 255, 80)));
    CHECK(maps("convolve kernel=0,0,0,0,999.9,0,0,0,0 offset=-255", SHAPE(4, 1, 1), PIXELS(0, 1, 0, 2),
               PIXELS(0, 255, 0, 255)));
    CHECK(maps("convolve kernel=0,0,0,.25,.5,.25,0,0,0", SHAPE(4, 1, 1), row, PIXELS(15, 23, 45, 60)));
    CHECK(refuses("convolve kernel=1,2,3", SHAPE(4, 1, 1), "convolve: kernel has 3 numbers; it must have 9, 25 or 49"));
}

static void test_edges(void) {
    const uint8_t dot[] = {0, 0, 0, 0, 30, 0, 0, 0, 0};
    CHECK(maps("laplacian", SHAPE(3, 3, 1), dot, PIXELS(0, 60, 0, 60, 120, 60, 0, 60, 0)));
    CHECK(gives("laplacian", SHAPE(2, 1, 4), PIXELS(255, 255, 255, 7, 0, 0, 0, 8), NULL, SHAPE(2, 1, 2),
                PIXELS(255, 7, 255, 8)));
    CHECK(maps("sobel", SHAPE(3, 3, 1), PIXELS(1, 2, 4, 1, 2, 4, 1, 2, 4), PIXELS(0, 12, 0, 0, 12, 0, 0, 12, 0)));
    CHECK(maps("sobel", SHAPE(3, 3, 1), PIXELS(1, 1, 1, 2, 2, 2, 4, 4, 4), PIXELS(0, 0, 0, 12, 12, 12, 0, 0, 0)));
    CHECK(maps("sobel", SHAPE(3, 3, 1), dot, PIXELS(0, 0, 0, 0, 0, 0, 0, 0, 0)));
}

static void test_canny(void) {
    // A step: both columns beside it have the same gradient, the left one is the edge.
    const uint8_t step[] = {0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 255, 255};
    const uint8_t edge[] = {0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0};
    CHECK(maps("canny", SHAPE(4, 3, 1), step, edge));
    CHECK(maps("canny low=200 high=100", SHAPE(4, 3, 1), step, edge));
    CHECK(maps("canny low=1000 high=1000 | invert | invert", SHAPE(4, 3, 1), step, edge));
    CHECK(gives("canny", SHAPE(2, 1, 4), PIXELS(0, 0, 0, 5, 255, 255, 255, 6), NULL, SHAPE(2, 1, 2),
                PIXELS(255, 5, 0, 6)));
}

static void test_contours(void) {
    // The edges of the step above; the grey picture becomes a coloured one, and what is drawn is opaque.
    const uint8_t step[] = {0, 1, 255, 2, 255, 3};
    CHECK(gives("contours", SHAPE(3, 1, 2), step, NULL, SHAPE(3, 1, 4),
                PIXELS(0, 255, 0, 255, 255, 255, 255, 2, 255, 255, 255, 3)));
    CHECK(gives("contours low=1000 high=1000", SHAPE(1, 2, 1), PIXELS(0, 255), NULL, SHAPE(1, 2, 3),
                PIXELS(0, 255, 0, 255, 255, 255)));
    CHECK(gives("contours", SHAPE(1, 1, 3), PIXELS(7, 8, 9), NULL, SHAPE(1, 1, 3), PIXELS(7, 8, 9)));
    // A bright square on black, with a black dot in its middle: the dot has edges, but no outer contour.
    enum { SIDE = 15 };
    uint8_t square[SIDE * SIDE] = {0}, drawn[3 * SIDE * SIDE];
    for (int y = 2; y < SIDE - 2; y++)
        for (int x = 2; x < SIDE - 2; x++) square[y * SIDE + x] = x == 7 && y == 7 ? 0 : 255;
    for (int i = 0; i < SIDE * SIDE; i++) memset(drawn + 3 * i, square[i], 3);
    // Of the two equal gradients across a side the first in reading order is the edge: outside on the left and above,
    // inside on the right and below. At three corners the edge cuts across.
    for (int i = 3; i < SIDE - 3; i++) {
        const int places[4] = {SIDE + i, (SIDE - 3) * SIDE + i, i * SIDE + 1, i * SIDE + SIDE - 3};
        for (int k = 0; k < 4; k++) memcpy(drawn + 3 * places[k], PIXELS(0, 255, 0), 3);
    }
    const int corners[4] = {2 * SIDE + 2, 2 * SIDE + SIDE - 3, (SIDE - 3) * SIDE + 2, (SIDE - 3) * SIDE + SIDE - 3};
    for (int k = 0; k < 4; k++) memcpy(drawn + 3 * corners[k], PIXELS(0, 255, 0), 3);
    CHECK(gives("contours", SHAPE(SIDE, SIDE, 1), square, NULL, SHAPE(SIDE, SIDE, 3), drawn));
}

static void test_geometry(void) {
    CHECK(maps("flip", SHAPE(3, 1, 1), PIXELS(1, 2, 3), PIXELS(3, 2, 1)));
    CHECK(maps("flip axis=vertical", SHAPE(1, 3, 1), PIXELS(1, 2, 3), PIXELS(3, 2, 1)));
    CHECK(maps("flip axis=both", SHAPE(2, 2, 1), PIXELS(1, 2, 3, 4), PIXELS(4, 3, 2, 1)));
    CHECK(gives("crop x=1 y=1 width=9", SHAPE(3, 2, 1), PIXELS(1, 2, 3, 4, 5, 6), NULL, SHAPE(2, 1, 1), PIXELS(5, 6)));
    CHECK(refuses("crop x=3", SHAPE(3, 2, 1),
                  "crop: x=3 y=0 lies outside the picture of 3×2 pixels; x must be below 3 and y below 2"));
    CHECK(gives("resize", SHAPE(2, 2, 1), PIXELS(1, 2, 3, 4), NULL, SHAPE(1, 1, 1), PIXELS(3)));
    CHECK(gives("resize width=2 height=1", SHAPE(3, 1, 1), PIXELS(0, 90, 180), NULL, SHAPE(2, 1, 1), PIXELS(30, 150)));
    CHECK(gives("resize scale=0.5 method=nearest", SHAPE(4, 1, 1), PIXELS(1, 2, 3, 4), NULL, SHAPE(2, 1, 1),
                PIXELS(1, 3)));
    CHECK(gives("resize width=4 height=1 method=linear", SHAPE(2, 1, 1), PIXELS(0, 255), NULL, SHAPE(4, 1, 1),
                PIXELS(0, 64, 191, 255)));
    CHECK(
        gives("resize width=4 height=1", SHAPE(2, 1, 1), PIXELS(0, 255), NULL, SHAPE(4, 1, 1), PIXELS(0, 0, 255, 255)));
    CHECK(gives("resize width=1", SHAPE(5, 1, 1), PIXELS(7, 7, 7, 7, 7), NULL, SHAPE(1, 1, 1), PIXELS(7)));
    CHECK(gives("rotate expand=yes", SHAPE(3, 2, 1), PIXELS(1, 2, 3, 4, 5, 6), NULL, SHAPE(2, 3, 1),
                PIXELS(3, 6, 2, 5, 1, 4)));
    CHECK(gives("rotate angle=-90 expand=yes", SHAPE(2, 1, 4), PIXELS(1, 2, 3, 4, 5, 6, 7, 8), NULL, SHAPE(1, 2, 4),
                PIXELS(1, 2, 3, 4, 5, 6, 7, 8)));
    CHECK(maps("rotate angle=180 expand=yes", SHAPE(3, 1, 1), PIXELS(1, 2, 3), PIXELS(3, 2, 1)));
    CHECK(maps("rotate angle=-360", SHAPE(3, 1, 2), PIXELS(1, 2, 3, 4, 5, 6), PIXELS(1, 2, 3, 4, 5, 6)));
    // The point (1, 1) stays where it is, as with OpenCV; what comes from outside is 0.
    CHECK(maps("rotate", SHAPE(2, 2, 1), PIXELS(1, 2, 3, 4), PIXELS(0, 0, 2, 4)));
    CHECK(maps("rotate angle=180", SHAPE(2, 2, 2), PIXELS(1, 2, 3, 4, 5, 6, 7, 8), PIXELS(0, 0, 0, 0, 0, 0, 7, 8)));
    // (1, 0.5) stays: each pixel comes from between one pixel and three outside.
    CHECK(maps("rotate", SHAPE(2, 1, 1), PIXELS(0, 100), PIXELS(25, 25)));
    // All four are sqrt(1/2) from the pixel's centre, 23/32 when rounded, straight above, below or beside it.
    CHECK(
        gives("rotate angle=45 expand=yes", SHAPE(1, 1, 1), PIXELS(255), NULL, SHAPE(2, 2, 1), PIXELS(72, 72, 72, 72)));
    CHECK(refuses("resize scale=8", SHAPE(10000, 10, 3),
                  "resize: the result would have 80000×80 pixels; each side may have at most 65535"));
    CHECK(refuses("resize width=65535", SHAPE(1, 65535, 3),
                  "resize: the result would have 65535×4294836225 pixels; each side may have at most 65535"));
}

static void test_resize_shape(void) {
    const tc_op *resize = tc_op_find("resize");
    static const struct {
        double width, height, scale;
        tc_shape in, out;
    } cases[] = {
        {0, 0, 0.5, {257, 129, 3}, {128, 64, 3}},  // halves to even: 128.5, 64.5
        {0, 0, 0.01, {10, 10, 1}, {1, 1, 1}},      // never less than a pixel
        {100, 0, 0.5, {200, 75, 1}, {100, 38, 1}}, // 37.5 to even
        {0, 100, 0.5, {300, 200, 1}, {150, 100, 1}}, {7, 9, 0.5, {300, 200, 1}, {7, 9, 1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tc_args args = {.value = {cases[i].width, cases[i].height, cases[i].scale}};
        tc_shape out;
        CHECK(resize->shape(&args, cases[i].in, &out, &error) == TC_OK);
        CHECK(memcmp(&out, &cases[i].out, sizeof out) == 0);
    }
}

// The set of pixels of a one-row tile of three.
static tc_bits row_of_three(int first, int second, int third) {
    tc_bits bits;
    if (!tc_bits_init(&bits, 3, 1)) abort();
    *bits.word = (uint64_t)(first | second << 1 | third << 2);
    return bits;
}

// Tile A ends with a confirmed pixel, tile B begins with two undecided ones, which are connected to it. Tile C's is
// not.
static void test_components(void) {
    tc_bits field[3] = {row_of_three(0, 1, 1), row_of_three(1, 1, 0), row_of_three(0, 1, 0)};
    tc_bits confirmed[3] = {row_of_three(0, 0, 1), row_of_three(0, 0, 0), row_of_three(0, 0, 0)}, undecided[3];
    tc_partial partials[3] = {{.rect = {0, 0, 3, 1}}, {.rect = {3, 0, 3, 1}}, {.rect = {6, 0, 3, 1}}};
    tc_blob merged = {0};
    for (int i = 0; i < 3; i++) {
        undecided[i] = row_of_three(0, 0, 0);
        CHECK(tc_components_scan(&field[i], &confirmed[i], &undecided[i], partials[i].rect, SHAPE(9, 1, 1),
                                 TC_CONNECTIVITY_8, &partials[i].blob, &error) == TC_OK);
    }
    CHECK(*confirmed[0].word == 6 && *confirmed[1].word == 0 && *confirmed[2].word == 0);
    CHECK(*undecided[0].word == 0 && *undecided[1].word == 3 && *undecided[2].word == 0);
    CHECK(tc_components_merge(partials, 3, TC_CONNECTIVITY_8, TC_COMPONENTS_SEEDS, NULL, &merged, &error) == TC_OK);
    for (size_t size = 0; size < merged.size; size++) {
        tc_blob cut = {malloc(size + 1), size}; // in a block of its own, so that a sanitizer sees reads beyond it
        memcpy(cut.data, merged.data, size);
        CHECK(tc_components_flood(&cut, partials[1].rect, &undecided[1], TC_CONNECTIVITY_8, &confirmed[1], NULL,
                                  &error) == TC_ERR_PROTOCOL);
        tc_blob_clear(&cut);
    }
    for (int i = 0; i < 3; i++)
        CHECK(tc_components_flood(&merged, partials[i].rect, &undecided[i], TC_CONNECTIVITY_8, &confirmed[i], NULL,
                                  &error) == TC_OK);
    CHECK(*confirmed[0].word == 6 && *confirmed[1].word == 3 && *confirmed[2].word == 0);
    tc_rect stranger = {3, 0, 2, 1};
    CHECK(tc_components_flood(&merged, stranger, &undecided[1], TC_CONNECTIVITY_8, &confirmed[1], NULL, &error) ==
          TC_ERR_PROTOCOL);
    // A seed that is not undecided, which would be a mark.
    CHECK(tc_components_flood(&merged, partials[1].rect, &undecided[0], TC_CONNECTIVITY_8, &confirmed[1], NULL,
                              &error) == TC_ERR_PROTOCOL);
    tc_blob_clear(&merged);
    // Tile C has no marks, as its pixels are not connected to another tile.
    CHECK(tc_components_merge(partials, 3, TC_CONNECTIVITY_4, TC_COMPONENTS_SEEDS_AND_MARKS, NULL, &merged, &error) ==
          TC_OK);
    tc_blob_clear(&merged);
    partials[1].rect.width = 2; // no grid
    CHECK(tc_components_merge(partials, 3, TC_CONNECTIVITY_8, TC_COMPONENTS_SEEDS, NULL, &merged, &error) ==
          TC_ERR_PROTOCOL);
    partials[1].rect.width = 3;
    partials[1].blob.size--;
    CHECK(tc_components_merge(partials, 3, TC_CONNECTIVITY_8, TC_COMPONENTS_SEEDS, NULL, &merged, &error) ==
          TC_ERR_PROTOCOL);
    partials[1].blob.size++;
    for (size_t at = 0; at < partials[1].blob.size; at++) {
        uint8_t byte = partials[1].blob.data[at];
        partials[1].blob.data[at] = 0xFF;
        CHECK(tc_components_merge(partials, 3, TC_CONNECTIVITY_8, TC_COMPONENTS_SEEDS, NULL, &merged, &error) ==
              TC_ERR_PROTOCOL);
        partials[1].blob.data[at] = byte;
    }
    for (int i = 0; i < 3; i++) {
        tc_blob_clear(&partials[i].blob);
        tc_bits_clear(&field[i]);
        tc_bits_clear(&confirmed[i]);
        tc_bits_clear(&undecided[i]);
    }
}

// Operations with a merge refuse partial and merged results that do not parse.
static void test_foreign_results(void) {
    uint8_t pixel[4] = {0}, bytes[300] = {0};
    tc_tile tile = {pixel, 4, {0, 0, 1, 1}, 1, false};
    for (int i = 0; i < tc_op_count(); i++) {
        const tc_op *op = tc_op_list()[i];
        if (!op->apply) continue;
        tc_step step = {.op = op, .in = {1, 1, 1}, .out = {1, 1, 1}};
        tc_args_init(&step.args, op);
        for (size_t size = 2; size < sizeof bytes; size++) {
            tc_blob blob = {bytes, size};
            if (size == 256) continue; // any 256 bytes are a map
            if (op->merge_method == TC_MERGE_CODES && size == 4) continue;
            CHECK(op->apply(&step, &blob, &tile, &tile, &error) == TC_ERR_PROTOCOL);
        }
        if (!op->merge) continue;
        tc_partial partial = {tile.rect, {bytes, 7}};
        tc_blob merged = {0};
        CHECK(op->merge(&step, &partial, 1, NULL, &merged, &error) == TC_ERR_PROTOCOL);
        tc_blob_clear(&merged);
    }
}

static tc_status write_code(tc_blob *blob, int symbology, const char *text, size_t size, const int x[4],
                            const int y[4]) {
    tc_code code = {.symbology = symbology, .text = text, .text_size = size, .pass_name = "zbar"};
    memcpy(code.x, x, sizeof code.x);
    memcpy(code.y, y, sizeof code.y);
    return tc_codes_write(blob, &code, &error);
}

static void test_codes_blob(void) {
    const int x[4] = {1, -2, 3, 100000}, y[4] = {5, 6, -7, 8};
    tc_blob blob = {0}, none = {0};
    tc_code code;
    CHECK(tc_codes_count(&none) == 0 && !tc_codes_read(&none, 0, &code));
    CHECK(write_code(&blob, 0, "a\0ü", 4, x, y) == TC_OK);
    CHECK(write_code(&blob, 10, "", 0, y, x) == TC_OK);
    CHECK(tc_codes_count(&blob) == 2);
    CHECK(tc_codes_read(&blob, 0, &code) && code.text_size == 4 && memcmp(code.text, "a\0ü", 5) == 0);
    CHECK_TEXT(code.type, "QR-Code");
    CHECK_TEXT(code.pass_name, "zbar");
    CHECK(!code.bytes && code.bytes_size == 0);
    CHECK(memcmp(code.x, x, sizeof x) == 0 && memcmp(code.y, y, sizeof y) == 0);
    CHECK(tc_codes_read(&blob, 1, &code) && code.text_size == 0 && code.x[3] == 8);
    CHECK_TEXT(code.type, "I2/5");
    CHECK(!tc_codes_read(&blob, 2, &code) && !tc_codes_read(&blob, -1, &code));
    for (size_t size = 1; size < blob.size; size++) {
        tc_blob cut = {malloc(size), size};
        memcpy(cut.data, blob.data, size);
        CHECK(tc_codes_count(&cut) == -1 && !tc_codes_read(&cut, 1, &code));
        tc_blob_clear(&cut);
    }
    for (size_t at = 0; at < blob.size; at++)
        for (int bit = 0; bit < 8; bit++) {
            blob.data[at] ^= (uint8_t)(1 << bit);
            int count = tc_codes_count(&blob);
            CHECK(count == -1 || count == 2);
            for (int i = 0; i < 4; i++) tc_codes_read(&blob, i, &code);
            blob.data[at] ^= (uint8_t)(1 << bit);
        }
    CHECK(tc_blob_append(&blob, "", 1) == TC_OK && tc_codes_count(&blob) == -1);
    tc_blob_clear(&blob);
}

// A joined message replaces its parts, in either order; other codes stay.
static void test_codes_series(void) {
    tc_code part = {.text = "a", .text_size = 1, .x = {0, 9, 9, 0}, .y = {0, 0, 9, 9}, .parts = 2, .parity = 9};
    tc_code joined = {
        .text = "ab", .text_size = 2, .x = {0, 40, 40, 0}, .y = {0, 0, 9, 9}, .parts = 2, .part = -1, .parity = -1};
    tc_code alone = {.text = "a", .text_size = 1, .x = {20, 29, 29, 20}, .y = {0, 0, 9, 9}}, other = part, code;
    tc_blob parts = {0}, all = {0}, merged = {0}, fresh = {0};
    other.parts = 3;
    other.text = "c";
    CHECK(tc_codes_write(&parts, &part, &error) == TC_OK && tc_codes_write(&parts, &alone, &error) == TC_OK);
    CHECK(tc_codes_write(&parts, &other, &error) == TC_OK && tc_codes_write(&all, &joined, &error) == TC_OK);
    CHECK(tc_codes_read(&parts, 0, &code) && code.parts == 2 && code.part == 0 && code.parity == 9);
    CHECK(tc_codes_read(&all, 0, &code) && code.parts == 2 && code.part == -1 && code.parity == -1);
    for (int first = 0; first < 2; first++) {
        merged.size = fresh.size = 0;
        CHECK(tc_codes_merge(&merged, first ? &all : &parts, NULL, &error) == TC_OK);
        CHECK(tc_codes_merge(&merged, first ? &parts : &all, &fresh, &error) == TC_OK);
        CHECK(tc_codes_count(&merged) == 3 && tc_codes_count(&fresh) == (first ? 2 : 1));
        for (int i = 0; i < 3; i++) CHECK(tc_codes_read(&merged, i, &code) && (code.parts != 2 || code.part == -1));
    }
    static const int wrong[][3] = {{1, 0, 0}, {17, 0, 0}, {2, 2, 0}, {2, -2, 0}, {2, 0, 256}, {0, 1, 0}, {0, 0, 1}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        part.parts = wrong[i][0], part.part = wrong[i][1], part.parity = wrong[i][2];
        CHECK(tc_codes_write(&parts, &part, &error) == TC_ERR_ARGUMENT);
    }
    tc_blob_clear(&parts);
    tc_blob_clear(&all);
    tc_blob_clear(&merged);
    tc_blob_clear(&fresh);
}

static void test_codes_limits(void) {
    static const char *const broken[] = {"\x80",     "\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                         "\xE2\x82", "a\xFF"};
    static char text[TC_MAX_CODE_TEXT + 1];
    const int near[4] = {0}, far[4] = {0, 0, 0, TC_MAX_CODE_COORDINATE + 1};
    tc_blob blob = {0};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        CHECK(write_code(&blob, 0, broken[i], strlen(broken[i]), near, near) == TC_ERR_ARGUMENT);
    CHECK(write_code(&blob, 17, "x", 1, near, near) == TC_ERR_ARGUMENT);
    CHECK(write_code(&blob, -1, "x", 1, near, near) == TC_ERR_ARGUMENT);
    CHECK(write_code(&blob, 0, text, sizeof text, near, near) == TC_ERR_LIMIT);
    CHECK(write_code(&blob, 0, "x", 1, near, far) == TC_ERR_LIMIT);
    CHECK(blob.size == 0);
    CHECK(write_code(&blob, 16, text, sizeof text - 1, near, near) == TC_OK);
    for (int i = 1; i < TC_MAX_CODES; i++) CHECK(write_code(&blob, 2, "x", 1, near, near) == TC_OK);
    CHECK(write_code(&blob, 2, "x", 1, near, near) == TC_ERR_LIMIT);
    CHECK(tc_codes_count(&blob) == TC_MAX_CODES);
    tc_blob_clear(&blob);
}

static void test_read_codes(void) {
    // The names of the operation's choices are the table's.
    const tc_op *op = tc_op_find("read_codes");
    int count = 0;
    for (; tc_symbologies[count].wire; count++) CHECK_TEXT(op->params[0].choices[count], tc_symbologies[count].wire);
    CHECK(!op->params[0].choices[count] && op->params[0].initial == (1 << count) - 1);

    // A horizontal line is the two rows above and at its corners' y. Too narrow for a letter, so there is no label.
    const int x[4] = {1, 3, 3, 1}, y[4] = {1, 1, 1, 1};
    tc_blob blob = {0};
    CHECK(write_code(&blob, 0, "hi", 2, x, y) == TC_OK);
    const uint8_t grey[15] = {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9};
    CHECK(gives("read_codes draw=no", SHAPE(5, 3, 1), grey, &blob, SHAPE(5, 3, 1), grey));
    uint8_t drawn[45];
    memset(drawn, 9, sizeof drawn);
    for (int row = 0; row < 2; row++)
        for (int column = 0; column < 4; column++) memcpy(drawn + (row * 5 + column) * 3, PIXELS(0, 255, 0), 3);
    CHECK(gives("read_codes", SHAPE(5, 3, 1), grey, &blob, SHAPE(5, 3, 3), drawn));
    CHECK(gives("read_codes", SHAPE(1, 1, 2), PIXELS(4, 5), NULL, SHAPE(1, 1, 4), PIXELS(4, 4, 4, 5)));
    tc_blob_clear(&blob);
}

// What the page, the command line and the planner rely on for every operation.
static void test_table(void) {
    for (int i = 0; i < tc_op_count(); i++) {
        const tc_op *op = tc_op_list()[i];
        CHECK(tc_op_find(op->name) == op && *op->title && op->summary[strlen(op->summary) - 1] == '.' && op->cost > 0);
        CHECK(i == 0 || strcmp(tc_op_list()[i - 1]->name, op->name) < 0);
        for (int p = 0; op->params && op->params[p].name; p++) {
            const tc_param *param = &op->params[p];
            bool number = param->kind <= TC_PARAM_REAL, list = param->kind == TC_PARAM_LIST;
            CHECK(*param->title && param->unit);
            CHECK(number || list ? param->min < param->max : param->choices[0] != NULL);
            CHECK(!list || (param->initial_list && param->initial == param->counts[0]));
            CHECK(!number || (param->initial >= param->min && param->initial <= param->max));
        }
        bool whole = op->need == TC_NEED_WHOLE || op->scan;
        CHECK(whole ? op->apply != NULL : op->run != NULL);
        CHECK(!op->scan || op->merge);
        CHECK(op->need != TC_NEED_GEOMETRY || op->source);
        CHECK(op->need != TC_NEED_NEIGHBOURHOOD || op->radius);
    }
}

int main(void) {
    test_table();
    test_tone();
    test_maps();
    test_colours();
    test_adaptive_threshold();
    test_filters();
    test_ranks();
    test_convolve();
    test_edges();
    test_canny();
    test_contours();
    test_geometry();
    test_resize_shape();
    test_components();
    test_foreign_results();
    test_codes_blob();
    test_codes_series();
    test_codes_limits();
    test_read_codes();
    return check_result();
}
