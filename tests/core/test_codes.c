// Lists of codes: transformed, merged, and sorted in reading order.
#include "core/codes.h"
#include "tests/check.h"

static tc_error error;

// Appends an upright code, `width` × `height`, whose own top left is the corner number `turn`.
static void add(tc_blob *codes, int symbology, const char *text, int x, int y, int width, int height, int turn) {
    const int xs[4] = {x, x + width, x + width, x}, ys[4] = {y, y, y + height, y + height};
    tc_code code = {.symbology = symbology, .text = text, .text_size = strlen(text), .pass_name = "a pass"};
    for (int k = 0; k < 4; k++) {
        code.x[k] = xs[(k + turn) % 4];
        code.y[k] = ys[(k + turn) % 4];
    }
    CHECK(tc_codes_write(codes, &code, &error) == TC_OK);
}

static const char *texts(const tc_blob *codes) {
    static char all[256];
    tc_code code;
    all[0] = 0;
    for (int i = 0; tc_codes_read(codes, i, &code); i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s ", code.text);
    return all;
}

static void test_sort(void) {
    tc_blob codes = {0};
    CHECK(tc_codes_sort(&codes, &error) == TC_OK && codes.size == 0);
    // Two lines: a line has the codes whose top is above the middle of its first code.
    add(&codes, 0, "f", 400, 149, 50, 50, 1);
    add(&codes, 0, "d", 300, 40, 50, 200, 0);
    add(&codes, 0, "b", 100, 49, 20, 20, 3);
    add(&codes, 2, "e", 10, 120, 100, 60, 2);
    add(&codes, 0, "a", 20, 0, 50, 100, 0);
    add(&codes, 0, "c", 200, 30, 50, 10, 2);
    CHECK(tc_codes_sort(&codes, &error) == TC_OK);
    CHECK_TEXT(texts(&codes), "a b c d e f ");
    tc_code code;
    CHECK(tc_codes_read(&codes, 4, &code) && code.symbology == 2 && strcmp(code.pass_name, "a pass") == 0);
    CHECK(code.x[0] == 110 && code.y[0] == 180 && code.x[2] == 10 && code.y[2] == 120);
    tc_blob_clear(&codes);
}

static void test_merge(void) {
    tc_blob all = {0}, more = {0}, fresh = {0}, again = {0};
    add(&all, 0, "a", 0, 0, 100, 100, 0);
    add(&more, 0, "a", 40, 40, 100, 100, 1);    // the centre of each in the other
    add(&more, 0, "a", 120, 0, 100, 100, 0);    // the same text, next to it
    add(&more, 2, "a", 0, 0, 100, 100, 0);      // another symbology
    add(&more, 0, "ab", 0, 0, 100, 100, 0);     // another text
    add(&more, 0, "ab", 45, 45, 10, 10, 0);     // a small one in it
    add(&more, 0, "a", 80, -10, 1000, 1000, 0); // contains the centre of the one next to it
    CHECK(tc_codes_merge(&all, &more, &fresh, &error) == TC_OK);
    CHECK_TEXT(texts(&fresh), "a a ab ");
    CHECK_TEXT(texts(&all), "a a a ab ");
    CHECK(tc_codes_merge(&all, &more, &again, &error) == TC_OK && again.size == 0 && tc_codes_count(&all) == 4);
    CHECK(tc_codes_merge(&all, &more, NULL, &error) == TC_OK);
    tc_blob_clear(&fresh);
    // A full list ignores further codes without an error.
    tc_blob many = {0};
    for (int i = 0; i < TC_MAX_CODES; i++) add(&many, 0, "x", 10 * i, 500, 5, 5, 0);
    CHECK(tc_codes_merge(&all, &many, &fresh, &error) == TC_OK);
    CHECK(tc_codes_count(&all) == TC_MAX_CODES && tc_codes_count(&fresh) == TC_MAX_CODES - 4);
    more.data[0] = 99;
    CHECK(tc_codes_merge(&all, &more, NULL, &error) == TC_ERR_PROTOCOL);
    CHECK(tc_codes_sort(&more, &error) == TC_ERR_PROTOCOL && tc_codes_transform(&more, 0, 0, 1, 1, &error) != TC_OK);
    tc_blob_clear(&all);
    tc_blob_clear(&more);
    tc_blob_clear(&fresh);
    tc_blob_clear(&many);
}

static void test_move(void) {
    tc_blob codes = {0};
    tc_code code;
    add(&codes, 0, "first", -3, 0, 10, 20, 0);
    add(&codes, 5, "second", 200000, 7, 1, 1, 0);
    CHECK(tc_codes_transform(&codes, 100, 1000, 2, 3, &error) == TC_OK && tc_codes_count(&codes) == 2);
    CHECK(tc_codes_read(&codes, 0, &code) && strcmp(code.text, "first") == 0 && strcmp(code.pass_name, "a pass") == 0);
    CHECK(code.x[0] == 195 && code.y[0] == 3001 && code.x[2] == 215 && code.y[2] == 3061);
    CHECK(tc_codes_read(&codes, 1, &code) && code.symbology == 5 && code.x[0] == TC_MAX_CODE_COORDINATE);
    tc_blob_clear(&codes);
    CHECK(tc_codes_transform(&codes, 5, 5, 1, 1, &error) == TC_OK && codes.size == 0);
}

int main(void) {
    test_sort();
    test_merge();
    test_move();
    return check_result();
}
