// Bar codes: their corners, the evidence they need, and that each is reported once.
#include "codec/linear.h"
#include "codec/bar_region.h"
#include "codec/candidates.h"
#include "codec/evidence.h"
#include "codec/gs1.h"
#include "tests/check.h"
#include "tests/codec/paint.h"

static const uint64_t seed = 20261123;
static const char *folder;

static int symbology(const char *wire) {
    int index = tc_symbology_find_wire(wire);
    if (index < 0) abort();
    return index;
}

// An ITF code (ISO/IEC 16390), bars three modules wide or one, modules of two pixels, with a margin of 40.
static tc_image draw_itf(const char *digits, int height) {
    static const char *const widths[10] = {"nnwwn", "wnnnw", "nwnnw", "wwnnn", "nnwnw",
                                           "wnwnn", "nwwnn", "nnnww", "wnnwn", "nwnwn"};
    char runs[256] = "nnnn";
    size_t count = 4;
    for (size_t i = 0; digits[i]; i += 2)
        for (int k = 0; k < 5; k++) {
            runs[count++] = widths[digits[i] - '0'][k];
            runs[count++] = widths[digits[i + 1] - '0'][k];
        }
    runs[count++] = 'w', runs[count++] = 'n', runs[count++] = 'n';
    int width = 80;
    for (size_t i = 0; i < count; i++) width += runs[i] == 'w' ? 6 : 2;
    tc_image image;
    if (tc_image_init(&image, (tc_shape){width, height + 80, 1}, NULL) != TC_OK) abort();
    memset(image.data, 255, image.stride * (size_t)(height + 80));
    for (int y = 40; y < 40 + height; y++) {
        uint8_t *p = image.data + (size_t)y * image.stride + 40;
        for (size_t i = 0; i < count; i++) {
            int run = runs[i] == 'w' ? 6 : 2;
            if (i % 2 == 0) memset(p, 0, (size_t)run);
            p += run;
        }
    }
    return image;
}

// The largest distance of a corner of the reading from that of a code drawn with a margin.
static double corner_error(const tc_reading *r, const tc_image *code, double margin, const tc_vector corner[4]) {
    double worst = 0, right = code->shape.width - margin, bottom = code->shape.height - margin;
    const tc_vector true_corner[4] = {{margin, margin}, {right, margin}, {right, bottom}, {margin, bottom}};
    for (int i = 0; i < 4; i++) {
        tc_vector at = paint_place(code, corner, true_corner[i].x, true_corner[i].y);
        worst = fmax(worst, hypot(r->x[i] - at.x, r->y[i] - at.y));
    }
    return worst;
}

// A scan line from any point of the left side to any point of the right side is enough to locate the corners.
static void test_locate(void) {
    uint64_t state = seed;
    tc_image code = draw_itf("12345678", 90);
    for (int i = 0; i < 60; i++) {
        tc_image picture = random_image(420, 420, 1, &state);
        tc_vector corner[4];
        double degrees = random_between(&state, 0, 360);
        paint_corners(corner, (tc_vector){210, 210}, code.shape.width, code.shape.height, degrees, 0, &state);
        paint(&picture, &code, corner);
        const tc_plane plane = paint_plane(&picture);
        double width = code.shape.width;
        tc_vector from = paint_place(&code, corner, 40, 40 + random_between(&state, 25, 65));
        tc_vector to = paint_place(&code, corner, width - 40, 40 + random_between(&state, 25, 65));
        tc_reading r = {.symbology = symbology("itf"), .size = 8};
        for (int k = 0; k < 4; k++) {
            r.x[k] = k == 0 || k == 3 ? from.x : to.x;
            r.y[k] = k == 0 || k == 3 ? from.y : to.y;
        }
        CHECK(tc_linear_locate(&plane, &r) == TC_LINEAR_COMPLETE);
        CHECK(corner_error(&r, &code, 40, corner) < 2.5);
        tc_image_clear(&picture);
    }
    tc_image_clear(&code);
}

// A slanted scan line that leaves an ITF code through its upper side is a partial read.
static void test_partial_read(void) {
    tc_image code = draw_itf("1234567890123456", 60);
    const tc_plane plane = paint_plane(&code);
    double width = code.shape.width;
    tc_reading part = {.symbology = symbology("itf"), .size = 8};
    for (int k = 0; k < 4; k++) {
        part.x[k] = k == 0 || k == 3 ? 40 : width / 2;
        part.y[k] = k == 0 || k == 3 ? 90 : 42;
    }
    tc_reading other = part;
    other.symbology = symbology("code128");
    CHECK(tc_linear_locate(&plane, &part) == TC_LINEAR_PARTIAL);
    CHECK(tc_linear_locate(&plane, &other) == TC_LINEAR_COMPLETE); // has start and stop characters
    tc_image_clear(&code);
}

// An ITF code needs quiet zones at both ends, wider than any space in it: at the picture's border it may be cut. If the
// reading does not contain the ends, they are unknown.
static void test_border(void) {
    tc_image code = draw_itf("12345678", 60);
    const double width = code.shape.width;
    for (int cut = 0; cut < 2; cut++)
        for (int quiet = 0; quiet <= 40; quiet += 4) {
            tc_plane plane = paint_plane(&code);
            plane.width -= 40 - quiet;
            if (cut == 0) plane.data += 40 - quiet;
            double left = cut == 0 ? quiet : 40;
            tc_reading r = {.symbology = symbology("itf"), .size = 8, .lines = 3};
            for (int k = 0; k < 4; k++) {
                r.x[k] = k == 0 || k == 3 ? left : left + width - 80;
                r.y[k] = 70;
            }
            CHECK(tc_linear_locate(&plane, &r) == (quiet < 16 ? TC_LINEAR_PARTIAL : TC_LINEAR_COMPLETE));
            for (int k = 0; k < 4; k++) r.x[k] = left + 9 * (k == 0 || k == 3);
            CHECK(tc_linear_locate(&plane, &r) == TC_LINEAR_UNKNOWN);
        }
    tc_image_clear(&code);
}

// If neighbouring rows differ there are no bars, and the number of lines becomes 0.
static void test_height(void) {
    uint64_t state = seed;
    tc_image code = paint_load(folder, "code128.png"), noise = random_image(code.shape.width, 60, 1, &state);
    const int middle = code.shape.height / 2, last = code.shape.width - 1;
    for (int tall = 0; tall < 2; tall++) {
        tc_plane plane = paint_plane(tall ? &code : &noise);
        tc_reading r = {.symbology = symbology("code128"), .size = 8, .lines = 3};
        for (int k = 0; k < 4; k++) {
            r.x[k] = k == 0 || k == 3 ? 10 : last - 10;
            r.y[k] = tall ? middle : 30;
        }
        CHECK(tc_linear_locate(&plane, &r) == TC_LINEAR_COMPLETE && r.lines == (tall ? 3 : 0));
    }
    tc_image_clear(&noise);
    tc_image_clear(&code);
}

// Regions are found in every direction, and can be read after rectification.
static void test_bar_regions(void) {
    uint64_t state = seed;
    tc_image code = paint_load(folder, "code128.png");
    for (int degrees = 0; degrees < 360; degrees += 15) {
        tc_image picture = random_image(500, 500, 1, &state);
        tc_vector corner[4];
        paint_corners(corner, (tc_vector){250, 250}, code.shape.width, code.shape.height, degrees, 0, &state);
        paint(&picture, &code, corner);
        const tc_plane plane = paint_plane(&picture);
        tc_bar_region regions[TC_MAX_BAR_REGIONS];
        int count;
        CHECK(tc_bar_regions_find(&plane, regions, &count) == TC_OK && count >= 1);
        bool read = false;
        for (int i = 0; i < count && !read; i++) {
            tc_plane upright;
            tc_affine to_plane;
            tc_readings readings = {0};
            if (!tc_bar_region_has_bars(&plane, &regions[i])) continue;
            CHECK(tc_bar_region_rectify(&plane, &regions[i], &upright, &to_plane) == TC_OK);
            CHECK(tc_zbar_read(&upright, ~UINT32_C(0), TC_READ_TRY_HARDER, &readings) == TC_OK);
            for (int k = 0; k < readings.count; k++)
                read |= readings.items[k].size == 12 && memcmp(readings.items[k].bytes, "TILECAST-128", 12) == 0;
            tc_readings_clear(&readings);
            tc_plane_clear(&upright);
        }
        CHECK(read);
        tc_image_clear(&picture);
    }
    tc_image_clear(&code);
}

static bool is_sufficient(const char *wire, size_t size, int lines, int libraries) {
    const tc_evidence evidence = {symbology(wire), size, lines, libraries};
    return tc_evidence_is_sufficient(&evidence);
}

static void test_evidence(void) {
    CHECK(is_sufficient("qr", 1, 0, 1) && !tc_symbology_is_linear(symbology("qr")) &&
          !tc_symbology_is_linear(symbology("sqcode")));
    for (int i = 0; i < TC_SYMBOLOGY_COUNT; i++) {
        if (!tc_symbology_is_linear(i)) continue;
        CHECK(!is_sufficient(tc_symbologies[i].wire, 12, 1, 1)); // one line of one library is never enough
        CHECK(is_sufficient(tc_symbologies[i].wire, 12, 20, 1) && is_sufficient(tc_symbologies[i].wire, 1, 3, 2));
    }
    CHECK(!is_sufficient("code39", 1, 20, 1) && !is_sufficient("itf", 4, 20, 1));
    CHECK(is_sufficient("code128", 1, 2, 1) && !is_sufficient("ean13", 13, 3, 1) && is_sufficient("ean13", 13, 3, 2));
}

static tc_reading reading_at(const char *wire, const char *text, int lines, double x, double y, double width,
                             double height) {
    return (tc_reading){.symbology = symbology(wire),
                        .bytes = (const uint8_t *)text,
                        .size = strlen(text),
                        .lines = lines,
                        .x = {x, x + width, x + width, x},
                        .y = {y, y, y + height, y + height}};
}

static void test_candidates(void) {
    enum { ZXING = 1, ZBAR = 2 };
    tc_candidates candidates = {0};
    const tc_reading first = reading_at("ean13", "5901234123457", 3, 100, 100, 200, 80);
    const tc_reading again = reading_at("ean13", "5901234123457", 2, 105, 110, 190, 60);
    const tc_reading beside = reading_at("ean13", "5901234123457", 9, 400, 100, 200, 80);
    const tc_reading inside = reading_at("itf", "123456", 2, 150, 110, 60, 60);
    const tc_reading part = reading_at("code128", "BCD", 2, 100, 300, 60, 40);
    const tc_reading all = reading_at("code128", "ABCDE", 2, 90, 300, 120, 40);
    CHECK(tc_candidates_add(&candidates, &first, 0, ZXING) == TC_OK);
    CHECK(candidates.count == 1 && !tc_candidates_is_accepted(&candidates, 0) &&
          tc_candidates_is_uncertain(&candidates, 0));
    CHECK(tc_candidates_add(&candidates, &again, 1, ZBAR) == TC_OK);
    CHECK(candidates.count == 1 && tc_candidates_is_accepted(&candidates, 0) && candidates.items[0].reading.lines == 3);
    CHECK(tc_candidates_add(&candidates, &beside, 1, ZBAR) == TC_OK && candidates.count == 2 &&
          tc_candidates_is_accepted(&candidates, 1));
    CHECK(tc_candidates_add(&candidates, &inside, 1, ZBAR) == TC_OK &&
          tc_candidates_add(&candidates, &inside, 1, ZXING) == TC_OK);
    CHECK(candidates.count == 3 && !tc_candidates_is_accepted(&candidates, 2) &&
          !tc_candidates_is_uncertain(&candidates, 2));
    CHECK(tc_candidates_add(&candidates, &part, 1, ZBAR) == TC_OK && tc_candidates_is_accepted(&candidates, 3));
    CHECK(tc_candidates_add(&candidates, &all, 1, ZBAR) == TC_OK && tc_candidates_is_accepted(&candidates, 4));
    CHECK(!tc_candidates_is_accepted(&candidates, 3));
    // An add-on is accepted only beside its code.
    const tc_reading add_on = reading_at("ean2", "30", 40, 320, 110, 30, 60);
    const tc_reading alone = reading_at("ean2", "30", 40, 320, 510, 30, 60);
    CHECK(tc_candidates_confirm(&candidates, &add_on, ZBAR) == false);
    CHECK(tc_candidates_add(&candidates, &add_on, 1, ZBAR) == TC_OK && tc_candidates_is_accepted(&candidates, 5));
    CHECK(tc_candidates_add(&candidates, &alone, 1, ZBAR) == TC_OK && !tc_candidates_is_accepted(&candidates, 6));
    tc_candidates_clear(&candidates);
}

static void test_normalize(void) {
    static const char *const cases[][3] = {
        {"databar", "20963399449888", "0120963399449888"},
        {"databar", "(01)20963399449888", "0120963399449888"},
        {"databar", "0120963399449888", "0120963399449888"},
        {"databar_exp", "(01)9063(3103)00",
         "0190633103"
         "00"},
        {"databar_exp", "(10)A(b)(12", "10A(b)(12"},
        {"upca", "0012345678905", "012345678905"},
        {"upca", "012345678905", "012345678905"},
        {"ean13", "0012345678905", "0012345678905"},
        {"code128", "(01)x", "(01)x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tc_blob blob = {0};
        CHECK(tc_gs1_normalize(cases[i][0], (const uint8_t *)cases[i][1], strlen(cases[i][1]), &blob) == TC_OK);
        CHECK(tc_blob_append(&blob, "", 1) == TC_OK);
        CHECK_TEXT((const char *)blob.data, cases[i][2]);
        tc_blob_clear(&blob);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    folder = argv[1];
    printf("seed %llu\n", (unsigned long long)seed);
    test_locate();
    test_partial_read();
    test_border();
    test_height();
    test_bar_regions();
    test_evidence();
    test_candidates();
    test_normalize();
    return check_result();
}
