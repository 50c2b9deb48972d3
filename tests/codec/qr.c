// The QR code detector: codes under any homography, with exact corners, and no false ones.
#include "codec/qr.h"
#include "codec/plane.h"
#include "tests/check.h"
#include "tests/codec/paint.h"

static const uint64_t seed = 20261121;
static const char *folder;

// The pictures' margin and side, in pixels, and what they say.
static const struct code {
    const char *name;
    double margin, side;
    const char *text;
} codes[] = {{"one.png", 16, 84, "Hello, Tilecast"},
             {"controls.png", 12, 75, "line one\r\nline two\ttab\\"},
             {"utf8.png", 16, 116, "Grüße aus Zürich – 日本語 ✓"}};

static bool has_text(const tc_readings *readings, const char *text) {
    return readings->count == 1 && readings->items[0].size == strlen(text) &&
           memcmp(readings->items[0].bytes, text, strlen(text)) == 0;
}

// The largest distance of a corner of a reading from the true one.
static double corner_error(const tc_reading *reading, const struct code *code, const tc_image *image,
                           const tc_vector corner[4]) {
    double worst = 0;
    for (int i = 0; i < 4; i++) {
        double x = code->margin + (i == 1 || i == 2 ? code->side : 0), y = code->margin + (i > 1 ? code->side : 0);
        tc_vector true_corner = paint_place(image, corner, x, y);
        worst = fmax(worst, hypot(reading->x[i] - true_corner.x, reading->y[i] - true_corner.y));
    }
    return worst;
}

// Uneven light, sometimes inverted.
static void shade(tc_image *picture, uint64_t *state, bool inverted) {
    double from = random_between(state, 0.3, 1), to = random_between(state, 0.3, 1);
    for (int y = 0; y < picture->shape.height; y++)
        for (int x = 0; x < picture->shape.width; x++) {
            uint8_t *p = &picture->data[(size_t)y * picture->stride + (size_t)x];
            double light = from + (to - from) * x / picture->shape.width;
            *p = (uint8_t)((inverted ? 255 - *p : *p) * light * 0.8 + 20 + random_next(state) % 12);
        }
}

static void test_homographies(void) {
    enum { TRIES = 40 };
    uint64_t state = seed;
    for (size_t n = 0; n < sizeof codes / sizeof *codes; n++) {
        tc_image code = paint_load(folder, codes[n].name);
        for (int i = 0; i < TRIES; i++) {
            tc_image picture = random_image(420, 400, 1, &state);
            tc_vector corner[4];
            double side = random_between(&state, 190, 260);
            paint_corners(corner, (tc_vector){210, 200}, side, side, random_between(&state, 0, 360), 0.08, &state);
            paint(&picture, &code, corner);
            shade(&picture, &state, i % 5 == 4);
            const tc_plane plane = paint_plane(&picture);
            const tc_quad_list none = {NULL, 0};
            tc_readings readings = {0};
            tc_undecoded undecoded = {.count = 0};
            CHECK(tc_qr_detect(&plane, 20, &none, tc_zxing_read, 1, &readings, &undecoded) == TC_OK);
            CHECK(has_text(&readings, codes[n].text) && undecoded.count == 0);
            if (readings.count == 1) CHECK(corner_error(&readings.items[0], &codes[n], &code, corner) < 2);
            tc_readings_clear(&readings);
            tc_image_clear(&picture);
        }
        tc_image_clear(&code);
    }
}

// Known codes are left out; a code that cannot be decoded is reported as undecoded.
static void test_known_and_unread(void) {
    uint64_t state = seed;
    tc_image code = paint_load(folder, codes[2].name), picture = random_image(320, 320, 1, &state);
    const tc_vector corner[4] = {{10, 10}, {310, 10}, {310, 310}, {10, 310}};
    paint(&picture, &code, corner);
    const tc_plane plane = paint_plane(&picture);
    const tc_quad place = {{30, 290, 290, 30}, {30, 30, 290, 290}};
    const tc_quad_list known = {&place, 1}, none = {NULL, 0};
    tc_readings readings = {0};
    tc_undecoded undecoded = {.count = 0};
    CHECK(tc_qr_detect(&plane, 20, &known, tc_zxing_read, 1, &readings, &undecoded) == TC_OK);
    CHECK(readings.count == 0 && undecoded.count == 0);
    // Noise instead of data: all function patterns are intact, and nothing can be decoded.
    for (int y = 115; y < 225; y++)
        for (int x = 115; x < 225; x++)
            picture.data[(size_t)y * picture.stride + (size_t)x] = (uint8_t)(random_next(&state) % 2 * 255);
    CHECK(tc_qr_detect(&plane, 20, &none, tc_zxing_read, 1, &readings, &undecoded) == TC_OK);
    CHECK(readings.count == 0 && undecoded.count == 1);
    if (undecoded.count == 1)
        CHECK(tc_quad_contains(&undecoded.items[0], (tc_vector){160, 160}) &&
              !tc_quad_contains(&undecoded.items[0], (tc_vector){20, 20}));
    tc_readings_clear(&readings);
    tc_image_clear(&picture);
    tc_image_clear(&code);
}

// Corners that are some pixels off are corrected; without a code nearby they stay.
static void test_refine_corners(void) {
    uint64_t state = seed;
    tc_image code = paint_load(folder, codes[2].name), picture = random_image(420, 400, 1, &state);
    tc_vector corner[4];
    paint_corners(corner, (tc_vector){210, 200}, 250, 250, 30, 0.05, &state);
    paint(&picture, &code, corner);
    const tc_plane plane = paint_plane(&picture);
    tc_reading reading = {.x = {0}, .y = {0}};
    for (int i = 0; i < 4; i++) {
        double x = codes[2].margin + (i == 1 || i == 2 ? codes[2].side : 0);
        double y = codes[2].margin + (i > 1 ? codes[2].side : 0);
        tc_vector at = paint_place(&code, corner, x, y);
        reading.x[i] = at.x + random_between(&state, -6, 6);
        reading.y[i] = at.y + random_between(&state, -6, 6);
    }
    CHECK(corner_error(&reading, &codes[2], &code, corner) > 3);
    CHECK(tc_qr_refine_corners(&plane, reading.x, reading.y) == TC_OK);
    CHECK(corner_error(&reading, &codes[2], &code, corner) < 1);
    double x[4] = {5, 60, 60, 5}, y[4] = {5, 5, 60, 60};
    CHECK(tc_qr_refine_corners(&plane, x, y) == TC_OK && x[0] == 5 && y[2] == 60);
    double far_x[4] = {900, 960, 960, 900};
    CHECK(tc_qr_refine_corners(&plane, far_x, y) == TC_OK && far_x[0] == 900);
    tc_image_clear(&picture);
    tc_image_clear(&code);
}

// Noise of pixels and of blocks as large as modules has no codes. Pictures may be tiny.
static void test_noise(void) {
    uint64_t state = seed;
    const tc_quad_list none = {NULL, 0};
    for (int i = 0; i < 60; i++) {
        int width = 1 + (int)(random_next(&state) % 300), height = 1 + (int)(random_next(&state) % 300),
            block = i % 6 + 1;
        tc_image picture = random_image(width, height, 1, &state);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                picture.data[(size_t)y * picture.stride + (size_t)x] =
                    picture.data[(size_t)(y / block) * picture.stride + (size_t)(x / block)] & 1 ? 255 : 0;
        const tc_plane plane = paint_plane(&picture);
        tc_readings readings = {0};
        tc_undecoded undecoded = {.count = 0};
        CHECK(tc_qr_detect(&plane, 20, &none, tc_zxing_read, 1, &readings, &undecoded) == TC_OK);
        CHECK(readings.count == 0 && undecoded.count == 0);
        tc_readings_clear(&readings);
        tc_image_clear(&picture);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    folder = argv[1];
    printf("seed %llu\n", (unsigned long long)seed);
    test_homographies();
    test_known_and_unread();
    test_refine_corners();
    test_noise();
    return check_result();
}
