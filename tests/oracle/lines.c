// Straight lines in pictures with known lines, with any tiling, and the blob of segments, truncated at every length.
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "core/kernels/hough.h"
#include "core/kernels/walk.h"
#include "core/run.h"
#include "core/segments.h"
#include "tests/check.h"

static tc_error error;

static tc_image new_picture(int width, int height) {
    tc_image image = {0};
    CHECK(tc_image_init(&image, (tc_shape){width, height, 1}, &error) == TC_OK);
    return image;
}

static tc_status work(tc_run *run, tc_blob *found, int *lists) {
    tc_task task;
    while (tc_run_next(run, &task) == TC_TASK_TILE) {
        tc_blob partial = {0};
        tc_status status = tc_stage_run(task.stage, task.merged, &task.in, &task.out, &partial, &error);
        if (status == TC_OK) status = tc_run_finish_tile(run, &task, &partial, &error);
        tc_blob_clear(&partial);
        const tc_blob *segments = tc_run_pop_segments(run);
        if (segments) {
            ++*lists;
            status = tc_blob_append(found, segments->data, segments->size);
            CHECK(tc_run_pop_segments(run) == NULL);
        }
        if (status != TC_OK) return status;
    }
    return TC_OK;
}

// The segments that `text` finds in a picture, which stays the caller's, with tiles of this side.
static tc_blob lines_of(const tc_image *picture, const char *text, int tile) {
    tc_pipeline pipeline;
    tc_plan plan = {0};
    tc_run run = {0};
    tc_image source = new_picture(picture->shape.width, picture->shape.height);
    tc_blob found = {0};
    int lists = 0;
    memcpy(source.data, picture->data, picture->stride * (size_t)picture->shape.height);
    CHECK(tc_pipeline_parse(&pipeline, text, &error) == TC_OK);
    CHECK(tc_plan_init(&plan, &pipeline, source.shape, 0, &error) == TC_OK);
    CHECK(tc_run_init(&run, &plan, &source, tile, &error) == TC_OK);
    CHECK(work(&run, &found, &lists) == TC_OK);
    CHECK(lists == 1);
    tc_run_clear(&run);
    tc_plan_clear(&plan);
    return found;
}

static bool is_near(int a, int b) {
    return a - b <= 2 && b - a <= 2;
}

static bool holds(const tc_blob *list, int x1, int y1, int x2, int y2) {
    for (int i = 0; i < tc_segments_count(list); i++) {
        tc_segment s = tc_segments_get(list, i);
        if (is_near(s.x1, x1) && is_near(s.y1, y1) && is_near(s.x2, x2) && is_near(s.y2, y2)) return true;
    }
    return false;
}

static bool equal(const tc_blob *a, const tc_blob *b) {
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

static void test_rectangle(void) {
    tc_image picture = new_picture(200, 150);
    for (int y = 30; y < 120; y++)
        for (int x = 40; x < 160; x++) picture.data[y * 200 + x] = 255;
    static const int tiles[] = {16, 64, 0, -24};
    for (int i = 0; i < 4; i++) {
        tc_blob list = lines_of(&picture, "lines", tiles[i]);
        CHECK(tc_segments_count(&list) == 4);
        CHECK(holds(&list, 40, 30, 159, 30) && holds(&list, 40, 119, 159, 119));
        CHECK(holds(&list, 40, 30, 40, 119) && holds(&list, 159, 30, 159, 119));
        tc_segment first = tc_segments_get(&list, 0), last = tc_segments_get(&list, 3);
        CHECK(first.x2 - first.x1 > last.y2 - last.y1); // the longest first
        tc_blob_clear(&list);
    }
    tc_blob list = lines_of(&picture, "lines min_length=100", 32);
    CHECK(tc_segments_count(&list) == 2);
    tc_blob_clear(&list);
    list = lines_of(&picture, "lines threshold=200", 32);
    CHECK(tc_segments_count(&list) == 0);
    tc_blob_clear(&list);
    tc_image_clear(&picture);
}

// One line over many tiles is one line.
static void test_across(void) {
    tc_image picture = new_picture(300, 300);
    for (int y = 0; y < 300; y++)
        for (int x = 0; x < 300; x++) picture.data[y * 300 + x] = x > y ? 255 : 0;
    tc_blob first = lines_of(&picture, "lines", 0);
    CHECK(holds(&first, 1, 1, 298, 298));
    static const int tiles[] = {16, 17, 64, -20};
    for (int i = 0; i < 4; i++) {
        tc_blob list = lines_of(&picture, "lines", tiles[i]);
        CHECK(equal(&first, &list));
        tc_blob_clear(&list);
    }
    tc_blob_clear(&first);
    tc_image_clear(&picture);
}

// The walk alone, over a map of angles; `tile` as for tc_stage_tile, in squares.
static tc_blob walk_with(const tc_image *map, int tile, int min_length, int max_gap, const tc_parallel *parallel) {
    tc_partial partials[64] = {{.rect = {0}}};
    tc_blob merged = {0};
    int count = 0;
    for (int y = 0; y < map->shape.height; y += tile)
        for (int x = 0; x < map->shape.width; x += tile) {
            tc_rect rect = tc_rect_intersect((tc_rect){x, y, tile, tile}, tc_shape_rect(map->shape));
            tc_tile view = tc_image_view(map, rect);
            partials[count].rect = rect;
            CHECK(tc_walk_list(&view, &partials[count++].blob, &error) == TC_OK);
        }
    CHECK(tc_walk_merge(partials, count, map->shape, min_length, max_gap, parallel, &merged, &error) == TC_OK);
    for (int i = 0; i < count; i++) tc_blob_clear(&partials[i].blob);
    return merged;
}

static tc_blob walk(const tc_image *map, int tile, int min_length, int max_gap) {
    return walk_with(map, tile, min_length, max_gap, NULL);
}

// A level line of 200 pixels with a gap in the middle.
static void test_gap(void) {
    for (int gap = 0; gap <= 12; gap++) {
        tc_image map = new_picture(210, 9);
        for (int x = 5; x < 205; x++)
            if (x < 100 || x >= 100 + gap) map.data[4 * 210 + x] = 90 + 1;
        tc_blob one = walk(&map, 210, 50, 10), many = walk(&map, 30, 50, 10), close = walk(&map, 30, 50, 0);
        CHECK(equal(&one, &many));
        CHECK(tc_segments_count(&one) == (gap <= 10 ? 1 : 2));
        CHECK(tc_segments_count(&close) == (gap == 0 ? 1 : 2));
        tc_segment longest = tc_segments_get(&one, 0);
        CHECK(longest.x1 == 5 && longest.y1 == 4 && longest.y2 == 4);
        CHECK(longest.x2 == (gap <= 10 ? 204 : 99));
        tc_blob_clear(&one);
        tc_blob_clear(&many);
        tc_blob_clear(&close);
        tc_image_clear(&map);
    }
}

// Walks cross pixels without an angle, but do not start there; walks that are too short give no segment.
static void test_walk(void) {
    tc_image map = new_picture(100, 100);
    for (int i = 20; i < 80; i++) map.data[i * 100 + i] = i == 50 ? 135 + 1 : TC_HOUGH_NO_ANGLE;
    tc_blob list = walk(&map, 16, 59, 0);
    CHECK(tc_segments_count(&list) == 1);
    tc_segment s = tc_segments_get(&list, 0);
    CHECK(s.x1 == 20 && s.y1 == 20 && s.x2 == 79 && s.y2 == 79);
    tc_blob_clear(&list);
    list = walk(&map, 16, 60, 0);
    CHECK(tc_segments_count(&list) == 0);
    tc_blob_clear(&list);
    tc_image_clear(&map);
}

static void each_backwards(void *user, int count, tc_parallel_body *part, void *context) {
    (void)user;
    for (int i = count - 1; i >= 0; i--) part(context, i);
}

// In the order of `*user` threads of which the last one is the fastest.
static void run_interleaved(void *user, int count, tc_parallel_body *part, void *context) {
    int threads = *(int *)user;
    for (int t = threads - 1; t >= 0; t--)
        for (int i = t; i < count; i += threads) part(context, i);
}

// On threads, in order.
enum { THREADS = 2 };

typedef struct thread_work {
    int count, next, started;
    tc_parallel_body *part;
    void *context;
} thread_work;

static void *work_on(void *argument) {
    thread_work *c = argument;
    __atomic_fetch_add(&c->started, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(&c->started, __ATOMIC_RELAXED) < THREADS) sched_yield();
    for (int i; (i = __atomic_fetch_add(&c->next, 1, __ATOMIC_RELAXED)) < c->count;) c->part(c->context, i);
    return NULL;
}

static void each_by_threads(void *user, int count, tc_parallel_body *part, void *context) {
    pthread_t others[THREADS - 1];
    thread_work c = {count, 0, 0, part, context};
    (void)user;
    for (int i = 0; i < THREADS - 1; i++) CHECK(pthread_create(&others[i], NULL, work_on, &c) == 0);
    work_on(&c);
    for (int i = 0; i < THREADS - 1; i++) pthread_join(others[i], NULL);
}

// Long lines with many starts each: threads often reach the same edge pixels.
static void test_threads(void) {
    enum { SIDE = 200, LINES = 4 };
    const tc_parallel parallel = {each_by_threads, NULL};
    tc_image map = new_picture(SIDE, SIDE);
    for (int y = 0; y < SIDE; y++)
        for (int k = 0; k < LINES; k++) map.data[y * SIDE + 20 + 50 * k] = 0 + 1; // upright ones
    for (int i = 0; i < 2000; i++) {
        tc_blob list = walk_with(&map, SIDE, 0, 10, &parallel);
        CHECK(tc_segments_count(&list) == LINES);
        tc_blob_clear(&list);
    }
    tc_image_clear(&map);
}

// The walks do not depend on the order in which parts of the work are done, though many of them cross.
static void test_order(void) {
    const int side = 800;
    tc_image map = new_picture(side, side);
    uint32_t random = 1;
    for (int i = 0; i < side * side; i++) {
        random = random * 1664525u + 1013904223u;
        bool edge = random >> 30 == 0, angled = random >> 29 & 1;
        if (edge) map.data[i] = angled ? (uint8_t)(1 + (random >> 16 & 0xFFF) % TC_HOUGH_ANGLES) : TC_HOUGH_NO_ANGLE;
    }
    int threads[] = {2, 3, 100};
    const tc_parallel teams[] = {{each_backwards, NULL},
                                 {run_interleaved, &threads[0]},
                                 {run_interleaved, &threads[1]},
                                 {run_interleaved, &threads[2]}};
    tc_blob alone = walk(&map, 100, 30, 6);
    CHECK(tc_segments_count(&alone) > 100);
    for (int i = 0; i < 4; i++) {
        tc_blob list = walk_with(&map, 100, 30, 6, &teams[i]);
        CHECK(equal(&alone, &list));
        tc_blob_clear(&list);
    }
    tc_blob_clear(&alone);
    // So many segments that the limit is reached.
    for (int i = 0; i < side * side; i++)
        if (map.data[i]) map.data[i] = 90 + 1;
    alone = walk(&map, 100, 0, 0);
    CHECK(tc_segments_count(&alone) == TC_MAX_SEGMENTS);
    tc_blob list = walk_with(&map, 100, 0, 0, &teams[1]);
    CHECK(equal(&alone, &list));
    tc_blob_clear(&alone);
    tc_blob_clear(&list);
    tc_image_clear(&map);
}

static void test_segments(void) {
    static const tc_segment segments[2] = {{1, 2, 3, 0}, {7, 5, 7, 65534}};
    tc_blob blob = {0};
    CHECK(tc_segments_count(&blob) == 0);
    CHECK(tc_segments_write(&blob, segments, 2, &error) == TC_OK && tc_segments_count(&blob) == 2);
    tc_segment s = tc_segments_get(&blob, 1);
    CHECK(memcmp(&s, &segments[1], sizeof s) == 0);
    for (size_t size = 1; size < blob.size; size++) {
        uint8_t *cut = malloc(size);
        memcpy(cut, blob.data, size);
        CHECK(tc_segments_count(&(tc_blob){cut, size}) == -1);
        free(cut);
    }
    blob.data[4] = 4; // x1 beyond x2
    CHECK(tc_segments_count(&blob) == -1);
    blob.data[4] = 1;
    blob.data[10] = blob.data[11] = 255; // y2 = 65535
    blob.data[18] = blob.data[19] = 255;
    CHECK(tc_segments_count(&blob) == -1);
    tc_blob_clear(&blob);
}

// Truncated partial results are refused.
static void test_partials(void) {
    tc_image map = new_picture(20, 20);
    for (int i = 0; i < 20; i += 3) map.data[i * 20 + i] = 255;
    tc_tile tile = tc_image_view(&map, tc_shape_rect(map.shape));
    tc_blob votes = {0}, angles = {0}, merged = {0};
    CHECK(tc_hough_vote(&tile, &votes, &error) == TC_OK && votes.size > 0);
    for (size_t size = 1; size < votes.size; size++) {
        uint8_t *cut = malloc(size);
        memcpy(cut, votes.data, size);
        const tc_partial partial = {tile.rect, {cut, size}};
        CHECK(tc_hough_merge(&partial, 1, map.shape, NULL, &merged, &error) == TC_ERR_PROTOCOL && merged.size == 0);
        free(cut);
    }
    CHECK(tc_hough_merge(&(tc_partial){tile.rect, votes}, 1, map.shape, NULL, &merged, &error) == TC_OK);
    merged.size--;
    CHECK(tc_hough_choose(&merged, &tile, map.shape, 1, &error) == TC_ERR_PROTOCOL);
    merged.size++;
    CHECK(tc_hough_choose(&merged, &tile, map.shape, 7, &error) == TC_OK);
    // All seven lie on the diagonal, and on lines a little flatter or steeper.
    CHECK(map.data[0] >= 125 + 1 && map.data[0] <= 135 + 1 && map.data[0] == map.data[63] && map.data[1] == 0);
    tc_blob_clear(&merged);
    CHECK(tc_walk_list(&tile, &angles, &error) == TC_OK && angles.size == 3 * 20 + 7);
    for (size_t size = 1; size < angles.size; size++) {
        uint8_t *cut = malloc(size);
        memcpy(cut, angles.data, size);
        const tc_partial partial = {tile.rect, {cut, size}};
        CHECK(tc_walk_merge(&partial, 1, map.shape, 1, 1, NULL, &merged, &error) == TC_ERR_PROTOCOL);
        free(cut);
    }
    angles.data[3 * 20] = 180; // no angle
    CHECK(tc_walk_merge(&(tc_partial){tile.rect, angles}, 1, map.shape, 1, 1, NULL, &merged, &error) ==
          TC_ERR_PROTOCOL);
    tc_blob_clear(&votes);
    tc_blob_clear(&angles);
    tc_image_clear(&map);
}

int main(void) {
    test_rectangle();
    test_across();
    test_gap();
    test_walk();
    test_order();
    test_threads();
    test_segments();
    test_partials();
    return check_result();
}
