// The image pyramid: regions of pictures of any size, corners converted to the picture, and runs whose regions are read
// in any order, twice, or requeued.
#include <math.h>
#include <stdlib.h>

#include "core/codes.h"
#include "core/corners.h"
#include "core/run.h"
#include "tests/check.h"

static tc_error error;
static uint64_t state = 11;

static int random_below(int limit) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)((state >> 33) % (uint64_t)limit);
}

static bool holds(tc_rect rect, int x, int y, int width, int height) {
    return x >= rect.x && y >= rect.y && x + width <= rect.x + rect.width && y + height <= rect.y + rect.height;
}

// The regions of one level.
typedef struct level {
    tc_shape shape;
    tc_rect rects[1024];
    int count;
} level;

static bool in_one(const level *l, int x, int y, int width, int height) {
    for (int i = 0; i < l->count; i++)
        if (holds(l->rects[i], x, y, width, height)) return true;
    return false;
}

// True when every pixel is in a region. It is enough to test where regions begin or end.
static bool covers(const level *l) {
    for (int i = 0; i < l->count; i++)
        for (int k = 0; k < l->count; k++) {
            const tc_rect a = l->rects[i], b = l->rects[k];
            const int xs[3] = {a.x, a.x + a.width - 1, a.x + a.width},
                      ys[3] = {b.y, b.y + b.height - 1, b.y + b.height};
            for (int n = 0; n < 9; n++) {
                int x = xs[n % 3], y = ys[n / 3];
                if (x < l->shape.width && y < l->shape.height && !in_one(l, x, y, 1, 1)) return false;
            }
        }
    return l->count > 0;
}

// A code as wide as the overlap is complete in a region: anywhere, and at the borders of regions.
static bool holds_codes(const level *l) {
    int width = l->shape.width < TC_PYRAMID_OVERLAP ? l->shape.width : TC_PYRAMID_OVERLAP;
    int height = l->shape.height < TC_PYRAMID_OVERLAP ? l->shape.height : TC_PYRAMID_OVERLAP;
    for (int n = 0; n < 300; n++) {
        tc_rect near = l->rects[random_below(l->count)], below = l->rects[random_below(l->count)];
        int x = random_below(l->shape.width - width + 1), y = random_below(l->shape.height - height + 1);
        if (n % 2) x = near.x + near.width - random_below(width + 1) + random_below(3) - 1;
        if (n % 3) y = below.y + below.height - random_below(height + 1) + random_below(3) - 1;
        if (x < 0 || x > l->shape.width - width) x = 0;
        if (y < 0 || y > l->shape.height - height) y = 0;
        if (!in_one(l, x, y, width, height)) return false;
    }
    return true;
}

static void check_shape(tc_shape shape) {
    static level l;
    int count = tc_pyramid_region_count(shape), before = -1;
    int64_t pixels = 0;
    tc_rect last = {0};
    bool good = count >= 1;
    for (int i = 0; i < count; i++) {
        tc_pyramid_region region = tc_pyramid_region_at(shape, i);
        tc_rect rect = region.rect;
        if (region.level != before) {
            good = good && (i == 0 || region.level == before - 1) && (i == 0 || (covers(&l) && holds_codes(&l)));
            l.shape = tc_pyramid_level_shape(shape, region.level);
            l.count = 0;
        } else {
            good = good && (rect.y > last.y || (rect.y == last.y && rect.x > last.x));
        }
        good = good && holds(tc_shape_rect(l.shape), rect.x, rect.y, rect.width, rect.height);
        good = good && rect.width > 0 && rect.height > 0 && region.level < TC_PYRAMID_MAX_LEVELS;
        if (i == 0)
            good =
                good &&
                (int64_t)rect.width * rect.height <= (count > 1 ? TC_PYRAMID_TOP_PIXELS : TC_PYRAMID_SINGLE_PIXELS) &&
                rect.width == l.shape.width;
        else
            good = good && rect.width <= TC_PYRAMID_REGION_SIDE && rect.height <= TC_PYRAMID_REGION_SIDE;
        before = region.level;
        last = rect;
        pixels += (int64_t)rect.width * rect.height;
        if (l.count < 1024) l.rects[l.count++] = rect;
    }
    good = good && before == 0 && covers(&l) && holds_codes(&l) && pixels == tc_pyramid_pixels(shape);
    CHECK(good);
    if (!good) fprintf(stderr, "of %d x %d\n", shape.width, shape.height);
}

static void test_regions(void) {
    static const tc_shape shapes[] = {
        {1, 1, 1},           {2048, 1536, 3},        {2048, 1537, 3}, {TC_MAX_SIDE, 1, 1},
        {1, TC_MAX_SIDE, 4}, {TC_MAX_SIDE, 3662, 3}, {5520, 3680, 3}, {4097, 769, 1},
        {2049, 2049, 1},     {10954, 10954, 3},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) check_shape(shapes[i]);
    for (int n = 0; n < 300; n++) {
        int width = 1 + random_below(n % 3 ? 14000 : TC_MAX_SIDE);
        int most = 120000000 / width < TC_MAX_SIDE ? 120000000 / width : TC_MAX_SIDE;
        check_shape((tc_shape){width, 1 + random_below(most), 3});
    }
}

static tc_image make_grey(int width, int height, int grey) {
    tc_image image;
    CHECK(tc_image_init(&image, (tc_shape){width, height, 1}, &error) == TC_OK);
    memset(image.data, grey, image.stride * (size_t)height);
    return image;
}

static tc_blob one_code(int symbology, const char *text, const int x[4], const int y[4]) {
    tc_blob blob = {0};
    tc_code code = {.symbology = symbology, .text = text, .text_size = strlen(text), .pass_name = "test"};
    memcpy(code.x, x, sizeof code.x);
    memcpy(code.y, y, sizeof code.y);
    CHECK(tc_codes_write(&blob, &code, &error) == TC_OK);
    return blob;
}

// A pixel of a level covers the pixels of the picture that it was computed from, also with odd sides; level 0 is the
// picture itself.
static void test_way_back(void) {
    static const int widths[] = {3001, 2500, 4801}, heights[] = {2003, 2501, 3333};
    for (int n = 0; n < 3; n++) {
        tc_image picture = make_grey(widths[n], heights[n], 200);
        tc_pyramid search;
        CHECK(tc_pyramid_init(&search, &picture, &error) == TC_OK);
        for (int i = 0; i < tc_pyramid_region_count(picture.shape); i++) {
            tc_pyramid_region region = tc_pyramid_region_at(picture.shape, i);
            tc_shape size = tc_pyramid_level_shape(picture.shape, region.level);
            const int width = region.rect.width, height = region.rect.height;
            const int x[4] = {0, width - 1, width - 1, random_below(width)},
                      y[4] = {0, 0, height - 1, random_below(height)};
            tc_blob codes = one_code(0, "a", x, y);
            tc_code code = {0};
            CHECK(tc_pyramid_to_picture(&search, i, &codes, &error) == TC_OK && tc_codes_read(&codes, 0, &code));
            for (int k = 0; k < 4; k++) {
                double left = (double)(region.rect.x + x[k]) * picture.shape.width / size.width;
                double top = (double)(region.rect.y + y[k]) * picture.shape.height / size.height;
                CHECK(code.x[k] >= floor(left) && code.x[k] < left + ceil((double)picture.shape.width / size.width));
                CHECK(code.y[k] >= floor(top) && code.y[k] < top + ceil((double)picture.shape.height / size.height));
                if (region.level == 0) CHECK(code.x[k] == region.rect.x + x[k] && code.y[k] == region.rect.y + y[k]);
            }
            CHECK(tc_pyramid_view(&search, i).rect.width == width);
            tc_blob_clear(&codes);
        }
        tc_pyramid_clear(&search);
        tc_image_clear(&picture);
    }
}

// ---- Corners

// Maps the square of modules to pixels.
typedef struct view {
    double a, b, c, d, e, f, g, h;
} view;

static void project(const view *v, double x, double y, double *to_x, double *to_y) {
    double z = v->g * x + v->h * y + 1;
    *to_x = (v->a * x + v->b * y + v->c) / z;
    *to_y = (v->d * x + v->e * y + v->f) / z;
}

static void unproject(const view *v, double x, double y, double *to_x, double *to_y) {
    double p = v->a - v->g * x, q = v->b - v->h * x, r = x - v->c, s = v->d - v->g * y, t = v->e - v->h * y,
           u = y - v->f;
    double turn = p * t - q * s;
    *to_x = (r * t - q * u) / turn;
    *to_y = (p * u - r * s) / turn;
}

enum { MODULES = 25 };

static bool is_dark(const bool modules[MODULES][MODULES], double x, double y) {
    int column = (int)floor(x), row = (int)floor(y);
    return column >= 0 && row >= 0 && column < MODULES && row < MODULES && modules[row][column];
}

// Something like a QR code: random modules, three corners of dark rings; each pixel a mean of nine.
static void print_code(tc_image *image, const view *v, int dark, int light) {
    bool modules[MODULES][MODULES];
    for (int y = 0; y < MODULES; y++)
        for (int x = 0; x < MODULES; x++) {
            int fx = x < MODULES / 2 ? x : MODULES - 1 - x, fy = y < MODULES / 2 ? y : MODULES - 1 - y;
            bool pattern = fx < 8 && fy < 8 && !(x > MODULES / 2 && y > MODULES / 2);
            int ring = abs(fx - 3) > abs(fy - 3) ? abs(fx - 3) : abs(fy - 3);
            modules[y][x] = pattern ? ring == 3 || ring < 2 : random_below(2) == 0;
        }
    for (int y = 0; y < image->shape.height; y++)
        for (int x = 0; x < image->shape.width; x++) {
            int sum = 0;
            for (int n = 0; n < 9; n++) {
                double mx, my;
                unproject(v, x + (n % 3 - 1) / 3.0, y + (n / 3 - 1) / 3.0, &mx, &my);
                sum += is_dark(modules, mx, my) ? dark : light;
            }
            image->data[(size_t)y * image->stride + (size_t)x] = (uint8_t)(sum / 9 + random_below(9));
        }
}

static void test_corners(void) {
    for (int n = 0; n < 40; n++) {
        double size = 4.5 + random_below(60) / 10.0, angle = random_below(628) / 100.0, reach = 0.75 * size;
        view v = {size * cos(angle),
                  -size * sin(angle),
                  0,
                  size * sin(angle),
                  size * cos(angle),
                  0,
                  (random_below(60) - 30) / 1e4,
                  (random_below(60) - 30) / 1e4};
        double x, y;
        project(&v, MODULES / 2.0, MODULES / 2.0, &x, &y);
        v.c = 250 - x, v.f = 250 - y;
        v.a += v.g * v.c, v.b += v.h * v.c, v.d += v.g * v.f, v.e += v.h * v.f;
        tc_image image = make_grey(500, 500, 0);
        print_code(&image, &v, n % 3 ? 30 : 180, n % 3 ? 150 : 60);
        double truth_x[4], truth_y[4], found_x[4], found_y[4], worst = 0;
        for (int k = 0; k < 4; k++) {
            project(&v, k == 1 || k == 2 ? MODULES : 0, k >= 2 ? MODULES : 0, &truth_x[k], &truth_y[k]);
            found_x[k] = truth_x[k] + (random_below(200) - 100) / 100.0 * reach * 0.6;
            found_y[k] = truth_y[k] + (random_below(200) - 100) / 100.0 * reach * 0.6;
        }
        tc_corners_refine(&image, reach, found_x, found_y);
        for (int k = 0; k < 4; k++) worst = fmax(worst, hypot(found_x[k] - truth_x[k], found_y[k] - truth_y[k]));
        CHECK(worst < 0.7);
        if (worst >= 0.7) fprintf(stderr, "corner off by %.2f, modules of %.1f, case %d\n", worst, size, n);
        tc_image_clear(&image);
    }
    // Without edges the corners stay; corners beyond the picture are allowed.
    tc_image flat = make_grey(50, 40, 99);
    double x[4] = {5, 30, 30, 5}, y[4] = {5, 5, 30, 30};
    tc_corners_refine(&flat, 7, x, y);
    CHECK(x[0] == 5 && x[1] == 30 && y[2] == 30 && y[3] == 30);
    double far_x[4] = {-1e5, 1e5, 1e5, NAN}, far_y[4] = {-1e5, -1e5, 1e5, 1e5}, same[4] = {3, 3, 3, 3};
    tc_corners_refine(&flat, 1e9, far_x, far_y);
    tc_corners_refine(&flat, 7, same, same);
    CHECK(same[0] == 3 && same[3] == 3);
    tc_image_clear(&flat);
}

// The corners of a code from a smaller level are refined in the picture.
static void test_corners_of_picture(void) {
    const view v = {10, 3, 100, -2, 12, 120, 1e-4, 2e-4};
    tc_image small = make_grey(500, 500, 0), picture = make_grey(2600, 2500, 150);
    tc_pyramid search;
    int x[4], y[4];
    print_code(&small, &v, 20, 150);
    for (int row = 0; row < 500; row++)
        memcpy(picture.data + (size_t)(row + 300) * picture.stride + 600, small.data + (size_t)row * small.stride, 500);
    CHECK(tc_pyramid_init(&search, &picture, &error) == TC_OK && tc_pyramid_region_at(picture.shape, 0).level == 1);
    double truth_x[4], truth_y[4];
    for (int k = 0; k < 4; k++) {
        project(&v, k == 1 || k == 2 ? MODULES : 0, k >= 2 ? MODULES : 0, &truth_x[k], &truth_y[k]);
        x[k] = (int)floor((truth_x[k] + 600.5) / 2) + random_below(3) - 1;
        y[k] = (int)floor((truth_y[k] + 300.5) / 2) + random_below(3) - 1;
    }
    tc_blob codes = one_code(0, "a", x, y);
    tc_code code = {0};
    CHECK(tc_pyramid_to_picture(&search, 0, &codes, &error) == TC_OK && tc_codes_read(&codes, 0, &code));
    for (int k = 0; k < 4; k++) CHECK(fabs(code.x[k] - truth_x[k] - 600) < 1 && fabs(code.y[k] - truth_y[k] - 300) < 1);
    tc_blob_clear(&codes);
    tc_pyramid_clear(&search);
    tc_image_clear(&small);
    tc_image_clear(&picture);
}

// ---- Runs

enum { CODES = 40, TEXT = 8 };

static const tc_shape picture_shape = {4400, 3100, 1};
static tc_rect places[CODES];

// Disjoint codes of all sizes, some with the same text.
static void place_codes(void) {
    for (int i = 0; i < CODES; i++) {
        for (bool free = false; !free;) {
            int side = 20 + random_below(i % 4 ? 300 : 1200);
            places[i] = (tc_rect){random_below(picture_shape.width - side), random_below(picture_shape.height - side),
                                  side, side};
            free = true;
            for (int k = 0; k < i; k++) free = free && tc_rect_empty(tc_rect_intersect(places[i], places[k]));
        }
    }
}

static void name_code(int i, char text[TEXT]) {
    snprintf(text, TEXT, "%d", i % 7);
}

// A simulated reader: finds the codes that are completely in the region and neither too small nor too large, slightly
// displaced at each level.
static void read_region(const tc_task *task, int from, int step, tc_blob *codes) {
    tc_pyramid_region region = tc_pyramid_region_at(picture_shape, task->tile);
    for (int i = from; i < CODES; i += step) {
        char text[TEXT];
        tc_rect p = places[i];
        int scale = 1 << region.level;
        tc_rect r = {p.x / scale - region.rect.x, p.y / scale - region.rect.y, p.width / scale, p.height / scale};
        if (r.width < 15 || r.width > TC_PYRAMID_OVERLAP ||
            !holds(task->in.rect, r.x + task->in.rect.x, r.y + task->in.rect.y, r.width, r.height))
            continue;
        tc_code code = {.symbology = 2,
                        .text = text,
                        .pass_name = "test",
                        .x = {r.x, r.x + r.width, r.x + r.width, r.x},
                        .y = {r.y, r.y, r.y + r.height, r.y + r.height}};
        name_code(i, text);
        code.text_size = strlen(text);
        CHECK(tc_codes_write(codes, &code, &error) == TC_OK);
    }
}

static int told[CODES];

static void tell(const tc_blob *fresh) {
    tc_code code;
    for (int n = 0; tc_codes_read(fresh, n, &code); n++) {
        int which = -1;
        for (int i = 0; i < CODES; i++) {
            char text[TEXT];
            name_code(i, text);
            bool near = abs(code.x[0] - places[i].x) <= 8 && abs(code.y[2] - places[i].y - places[i].height) <= 8;
            if (near && strcmp(text, code.text) == 0) which = i;
        }
        CHECK(which >= 0);
        if (which >= 0) told[which]++;
    }
}

static void find_some(tc_run *run, const tc_task *task, int from, int step) {
    tc_blob codes = {0}, fresh = {0};
    read_region(task, from, step, &codes);
    CHECK(tc_run_add_codes(run, task, &codes, &fresh, &error) == TC_OK);
    tell(&fresh);
    tc_blob_clear(&codes);
    tc_blob_clear(&fresh);
}

// Reads a region: at once, or first as a worker that is lost half-way, then as the next one.
static void do_region(tc_run *run, const tc_task *task, bool lose) {
    double before, after, total;
    if (lose) {
        find_some(run, task, 1, 2);
        tc_run_requeue(run, task);
        return;
    }
    if (random_below(3) == 0) find_some(run, task, 0, 3);
    find_some(run, task, 0, 1);
    tc_run_progress(run, &before, &total);
    CHECK(tc_run_finish_codes(run, task, &error) == TC_OK);
    tc_run_progress(run, &after, &total);
    CHECK(after > before && (after < total || tc_run_result(run)));
    if (random_below(3) == 0) {
        find_some(run, task, 0, 1); // too late
        CHECK(tc_run_finish_codes(run, task, &error) == TC_OK);
    }
}

// Reads all regions, `batch` of them at a time, in random order. Returns the merged list.
static tc_blob read_all(const tc_plan *plan, tc_image *picture, int batch, int lose_every) {
    tc_run run;
    tc_task tasks[64], task;
    tc_blob merged = {0};
    int count = 0, handed = 0;
    memset(told, 0, sizeof told);
    tc_image source = make_grey(picture->shape.width, picture->shape.height, 128);
    CHECK(tc_run_init(&run, plan, &source, 0, &error) == TC_OK);
    for (tc_task_kind kind; (kind = tc_run_next(&run, &task)) == TC_TASK_CODES || count > 0;) {
        if (kind == TC_TASK_CODES) {
            CHECK(task.is_part);
            tasks[count++] = task;
        }
        if (kind == TC_TASK_CODES && count < batch) continue;
        int which = random_below(count);
        do_region(&run, &tasks[which], lose_every && ++handed % lose_every == 0);
        tasks[which] = tasks[--count];
    }
    CHECK(tc_run_next(&run, &task) == TC_TASK_WAIT && tc_codes_count(task.merged) > 0);
    CHECK(tc_blob_append(&merged, task.merged->data, task.merged->size) == TC_OK);
    tc_run_clear(&run);
    return merged;
}

// Every code once, with the corners of the finest level that contains it, in reading order.
static void check_merged(const tc_blob *merged) {
    tc_code code;
    int count = tc_codes_count(merged), found = 0;
    for (int i = 0; i < CODES; i++)
        for (int n = 0; n < count && tc_codes_read(merged, n, &code); n++) {
            bool exact =
                code.x[0] == places[i].x && code.y[0] == places[i].y && code.x[2] == places[i].x + places[i].width;
            found += places[i].width <= TC_PYRAMID_OVERLAP && exact;
        }
    int small = 0;
    for (int i = 0; i < CODES; i++) small += places[i].width <= TC_PYRAMID_OVERLAP;
    CHECK(count == CODES && found == small);
    for (int i = 0; i < CODES; i++) CHECK(told[i] == 1);
}

static void test_runs(void) {
    tc_pipeline pipeline;
    tc_plan plan;
    place_codes();
    CHECK(tc_pipeline_parse(&pipeline, "read_codes draw=no | invert", &error) == TC_OK);
    CHECK(tc_plan_init(&plan, &pipeline, picture_shape, 0, &error) == TC_OK);
    tc_image picture = {.shape = picture_shape};
    tc_blob first = read_all(&plan, &picture, 1, 0);
    check_merged(&first);
    static const struct {
        int batch;
        int lose_every;
    } ways[] = {{1, 3}, {3, 0}, {4, 2}, {20, 0}, {20, 3}, {64, 5}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        tc_blob merged = read_all(&plan, &picture, ways[i].batch, ways[i].lose_every);
        check_merged(&merged);
        CHECK(merged.size == first.size && memcmp(merged.data, first.data, first.size) == 0);
        tc_blob_clear(&merged);
    }
    tc_blob_clear(&first);
    tc_plan_clear(&plan);
}

int main(void) {
    test_regions();
    test_way_back();
    test_corners();
    test_corners_of_picture();
    test_runs();
    return check_result();
}
