// Bar codes: where they stand, what is believed of them, and that each is told once.
#include "codec/bars.h"
#include "codec/finds.h"
#include "codec/gs1.h"
#include "codec/stripes.h"
#include "codec/trust.h"
#include "tests/check.h"
#include "tests/codec/paint.h"

static const uint64_t seed = 20261123;
static const char *folder;

static int symbology(const char *wire) {
    for (int i = 0; tc_symbologies[i].wire; i++)
        if (strcmp(tc_symbologies[i].wire, wire) == 0) return i;
    abort();
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

// Where the code of a picture with a margin of `margin` stands.
static double place_off(const tc_reading *r, const tc_image *code, double margin, const tc_point corner[4]) {
    double worst = 0, right = code->shape.width - margin, bottom = code->shape.height - margin;
    const tc_point true_corner[4] = {{margin, margin}, {right, margin}, {right, bottom}, {margin, bottom}};
    for (int i = 0; i < 4; i++) {
        tc_point at = paint_place(code, corner, true_corner[i].x, true_corner[i].y);
        worst = fmax(worst, hypot(r->x[i] - at.x, r->y[i] - at.y));
    }
    return worst;
}

// A line across the code, from a place on its left side to one on its right, is enough to find its corners.
static void test_place(void) {
    uint64_t state = seed;
    tc_image code = draw_itf("12345678", 90);
    for (int i = 0; i < 60; i++) {
        tc_image picture = random_image(420, 420, 1, &state);
        tc_point corner[4];
        double degrees = random_between(&state, 0, 360);
        paint_corners(corner, (tc_point){210, 210}, code.shape.width, code.shape.height, degrees, 0, &state);
        paint(&picture, &code, corner);
        const tc_plane plane = paint_plane(&picture);
        double width = code.shape.width;
        tc_point from = paint_place(&code, corner, 40, 40 + random_between(&state, 25, 65));
        tc_point to = paint_place(&code, corner, width - 40, 40 + random_between(&state, 25, 65));
        tc_reading r = {.symbology = symbology("itf"), .size = 8};
        for (int k = 0; k < 4; k++) {
            r.x[k] = k == 0 || k == 3 ? from.x : to.x;
            r.y[k] = k == 0 || k == 3 ? from.y : to.y;
        }
        CHECK(tc_bars_place(&plane, &r) == TC_BARS_SEEN);
        CHECK(place_off(&r, &code, 40, corner) < 2.5);
        tc_image_clear(&picture);
    }
    tc_image_clear(&code);
}

// A line that leaves an ITF code through its upper side has read a part of it: it is none, if it is slanted enough for
// more bars to follow.
static void test_part(void) {
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
    CHECK(tc_bars_place(&plane, &part) == TC_BARS_WITHIN);
    CHECK(tc_bars_place(&plane, &other) == TC_BARS_SEEN); // it has characters of its own at both ends
    tc_image_clear(&code);
}

// Beyond both ends of an ITF code as much paper must be seen as is nowhere within it: what begins at the picture's edge
// may go on there. A reading that does not say where the ends are is no reason to look there.
static void test_edge(void) {
    tc_image code = draw_itf("12345678", 60);
    const double width = code.shape.width;
    for (int cut = 0; cut < 2; cut++)
        for (int paper = 0; paper <= 40; paper += 4) {
            tc_plane plane = paint_plane(&code);
            plane.width -= 40 - paper;
            if (cut == 0) plane.data += 40 - paper;
            double left = cut == 0 ? paper : 40;
            tc_reading r = {.symbology = symbology("itf"), .size = 8, .lines = 3};
            for (int k = 0; k < 4; k++) {
                r.x[k] = k == 0 || k == 3 ? left : left + width - 80;
                r.y[k] = 70;
            }
            CHECK(tc_bars_place(&plane, &r) == (paper < 16 ? TC_BARS_WITHIN : TC_BARS_SEEN));
            for (int k = 0; k < 4; k++) r.x[k] = left + 9 * (k == 0 || k == 3);
            CHECK(tc_bars_place(&plane, &r) == TC_BARS_UNSEEN);
        }
    tc_image_clear(&code);
}

// Bars are alike on lines beside one another. Where that is not so, several lines have seen no more than one.
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
        CHECK(tc_bars_place(&plane, &r) == TC_BARS_SEEN && r.lines == (tall ? 3 : 0));
    }
    tc_image_clear(&noise);
    tc_image_clear(&code);
}

// Stripes are found in every direction, and their upright cut can be read where the picture cannot.
static void test_stripes(void) {
    uint64_t state = seed;
    tc_image code = paint_load(folder, "code128.png");
    for (int degrees = 0; degrees < 360; degrees += 15) {
        tc_image picture = random_image(500, 500, 1, &state);
        tc_point corner[4];
        paint_corners(corner, (tc_point){250, 250}, code.shape.width, code.shape.height, degrees, 0, &state);
        paint(&picture, &code, corner);
        const tc_plane plane = paint_plane(&picture);
        tc_stripes found[TC_MAX_STRIPES];
        int count;
        CHECK(tc_stripes_find(&plane, found, &count) == TC_OK && count >= 1);
        bool read = false;
        for (int i = 0; i < count && !read; i++) {
            tc_plane cut;
            tc_affine back;
            tc_readings readings = {0};
            if (!tc_stripes_alternate(&plane, &found[i])) continue;
            CHECK(tc_stripes_cut(&plane, &found[i], &cut, &back) == TC_OK);
            CHECK(tc_zbar_read(&cut, ~UINT32_C(0), TC_READ_HARDER, &readings) == TC_OK);
            for (int k = 0; k < readings.count; k++)
                read |= readings.items[k].size == 12 && memcmp(readings.items[k].bytes, "TILECAST-128", 12) == 0;
            tc_readings_clear(&readings);
            tc_plane_free(&cut);
        }
        CHECK(read);
        tc_image_clear(&picture);
    }
    tc_image_clear(&code);
}

static bool believes(const char *wire, size_t size, int lines, int libraries) {
    const tc_evidence evidence = {symbology(wire), size, lines, libraries};
    return tc_trust_believes(&evidence);
}

static void test_trust(void) {
    CHECK(believes("qr", 1, 0, 1) && !tc_trust_is_bars(symbology("qr")) && !tc_trust_is_bars(symbology("sqcode")));
    for (int i = 0; tc_symbologies[i].wire; i++) {
        if (!tc_trust_is_bars(i)) continue;
        CHECK(!believes(tc_symbologies[i].wire, 12, 1, 1)); // one line of one library never is enough
        CHECK(believes(tc_symbologies[i].wire, 12, 20, 1) && believes(tc_symbologies[i].wire, 1, 3, 2));
    }
    CHECK(!believes("code39", 1, 20, 1) && !believes("itf", 4, 20, 1));
    CHECK(believes("code128", 1, 2, 1) && !believes("ean13", 13, 3, 1) && believes("ean13", 13, 3, 2));
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

static void test_finds(void) {
    enum { ZXING = 1, ZBAR = 2 };
    tc_finds finds = {0};
    const tc_reading first = reading_at("ean13", "5901234123457", 3, 100, 100, 200, 80);
    const tc_reading again = reading_at("ean13", "5901234123457", 2, 105, 110, 190, 60);
    const tc_reading beside = reading_at("ean13", "5901234123457", 9, 400, 100, 200, 80);
    const tc_reading inside = reading_at("itf", "123456", 2, 150, 110, 60, 60);
    const tc_reading part = reading_at("code128", "BCD", 2, 100, 300, 60, 40);
    const tc_reading all = reading_at("code128", "ABCDE", 2, 90, 300, 120, 40);
    CHECK(tc_finds_add(&finds, &first, 0, ZXING) == TC_OK);
    CHECK(finds.count == 1 && !tc_finds_believes(&finds, 0) && tc_finds_doubts(&finds, 0));
    CHECK(tc_finds_add(&finds, &again, 1, ZBAR) == TC_OK);
    CHECK(finds.count == 1 && tc_finds_believes(&finds, 0) && finds.items[0].reading.lines == 3);
    CHECK(tc_finds_add(&finds, &beside, 1, ZBAR) == TC_OK && finds.count == 2 && tc_finds_believes(&finds, 1));
    CHECK(tc_finds_add(&finds, &inside, 1, ZBAR) == TC_OK && tc_finds_add(&finds, &inside, 1, ZXING) == TC_OK);
    CHECK(finds.count == 3 && !tc_finds_believes(&finds, 2) && !tc_finds_doubts(&finds, 2));
    CHECK(tc_finds_add(&finds, &part, 1, ZBAR) == TC_OK && tc_finds_believes(&finds, 3));
    CHECK(tc_finds_add(&finds, &all, 1, ZBAR) == TC_OK && tc_finds_believes(&finds, 4));
    CHECK(!tc_finds_believes(&finds, 3));
    // An add-on is believed beside its code only.
    const tc_reading add_on = reading_at("ean2", "30", 40, 320, 110, 30, 60);
    const tc_reading alone = reading_at("ean2", "30", 40, 320, 510, 30, 60);
    CHECK(tc_finds_confirm(&finds, &add_on, ZBAR) == false);
    CHECK(tc_finds_add(&finds, &add_on, 1, ZBAR) == TC_OK && tc_finds_believes(&finds, 5));
    CHECK(tc_finds_add(&finds, &alone, 1, ZBAR) == TC_OK && !tc_finds_believes(&finds, 6));
    tc_finds_clear(&finds);
}

static void test_spelling(void) {
    static const char *const spelled[][3] = {
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
    for (size_t i = 0; i < sizeof spelled / sizeof *spelled; i++) {
        tc_blob blob = {0};
        CHECK(tc_gs1_spell(spelled[i][0], (const uint8_t *)spelled[i][1], strlen(spelled[i][1]), &blob) == TC_OK);
        CHECK(tc_blob_append(&blob, "", 1) == TC_OK);
        CHECK_TEXT((const char *)blob.data, spelled[i][2]);
        tc_blob_clear(&blob);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    folder = argv[1];
    printf("seed %llu\n", (unsigned long long)seed);
    test_place();
    test_part();
    test_edge();
    test_height();
    test_stripes();
    test_trust();
    test_finds();
    test_spelling();
    return check_result();
}
