// Structured append: which readings form a series, and how they are joined.
#include <stdlib.h>

#include "codec/structured_append.h"
#include "tests/check.h"

typedef struct series {
    tc_readings readings;
    tc_reading items[40];
} series;

// A code of 10 × 10 pixels at (x, y).
static void add(series *s, int part, int parts, int parity, const char *bytes, int eci, int x, int y) {
    s->readings.items = s->items;
    s->items[s->readings.count++] = (tc_reading){
        .bytes = (const uint8_t *)bytes,
        .size = strlen(bytes),
        .eci = eci,
        .part = part,
        .parts = parts,
        .parity = parity,
        .x = {x, x + 10, x + 10, x},
        .y = {y, y, y + 10, y + 10},
    };
}

static void test_whole(void) {
    series s = {0};
    int order[TC_MAX_CODE_PARTS];
    add(&s, 2, 3, 7, "three", -1, 50, 0);
    add(&s, 0, 0, 0, "alone", -1, 0, 200);
    add(&s, 0, 3, 7, "one ", 26, 0, 90);
    add(&s, 1, 3, 8, "another series", -1, 0, 300);
    CHECK(tc_structured_append_find(&s.readings, 0, order) == 0);
    add(&s, 1, 3, 7, "two ", -1, -5, 0);
    for (int of = 0; of < s.readings.count; of++)
        CHECK(tc_structured_append_find(&s.readings, of, order) == (of == 1 || of == 3 ? 0 : 3));
    CHECK(tc_structured_append_find(&s.readings, 0, order) == 3 && order[0] == 2 && order[1] == 4 && order[2] == 0);

    tc_blob bytes = {0};
    tc_reading joined;
    CHECK(tc_structured_append_join(&s.readings, order, 3, &bytes, &joined) == TC_OK);
    CHECK(joined.size == 13 && memcmp(joined.bytes, "one two three", 13) == 0 && joined.eci == 26);
    CHECK(joined.part == -1 && joined.parts == 3 && joined.parity == 7);
    const double x[] = {-5, 60, 60, -5}, y[] = {0, 0, 100, 100};
    CHECK(memcmp(joined.x, x, sizeof x) == 0 && memcmp(joined.y, y, sizeof y) == 0);
    tc_blob_clear(&bytes);
}

// A reading without parity completes a series.
static void test_parity_unknown(void) {
    series s = {0};
    int order[TC_MAX_CODE_PARTS];
    add(&s, 0, 2, 200, "a", -1, 0, 0);
    add(&s, 1, 2, -1, "b", -1, 0, 0);
    CHECK(tc_structured_append_find(&s.readings, 0, order) == 2 &&
          tc_structured_append_find(&s.readings, 1, order) == 2);
    tc_blob bytes = {0};
    tc_reading joined;
    CHECK(tc_structured_append_join(&s.readings, order, 2, &bytes, &joined) == TC_OK && joined.parity == 200);
    tc_blob_clear(&bytes);
}

static void test_copies_and_mixtures(void) {
    series s = {0};
    int order[TC_MAX_CODE_PARTS];
    add(&s, 0, 2, 1, "a", -1, 0, 0);
    add(&s, 0, 2, 1, "a", -1, 100, 0);
    add(&s, 1, 2, 1, "b", -1, 200, 0);
    CHECK(tc_structured_append_find(&s.readings, 1, order) == 2 && order[0] == 0 && order[1] == 2);
    add(&s, 1, 2, 1, "c", -1, 300, 0);
    for (int of = 0; of < s.readings.count; of++) CHECK(tc_structured_append_find(&s.readings, of, order) == 0);
}

static void test_invalid(void) {
    series s = {0};
    int order[TC_MAX_CODE_PARTS];
    add(&s, 0, 1, 1, "a", -1, 0, 0); // a series of one
    add(&s, 2, 2, 1, "b", -1, 0, 0);
    add(&s, -1, 2, 1, "c", -1, 0, 0);
    add(&s, 0, 17, 1, "d", -1, 0, 0);
    for (int of = 0; of < s.readings.count; of++) CHECK(tc_structured_append_find(&s.readings, of, order) == 0);
}

static void test_largest(void) {
    series s = {0};
    int order[TC_MAX_CODE_PARTS];
    for (int part = TC_MAX_CODE_PARTS; part-- > 0;) add(&s, part, TC_MAX_CODE_PARTS, 0, part % 2 ? "" : "x", -1, 0, 0);
    CHECK(tc_structured_append_find(&s.readings, 3, order) == TC_MAX_CODE_PARTS && order[0] == TC_MAX_CODE_PARTS - 1);
    tc_blob bytes = {0};
    tc_reading joined;
    CHECK(tc_structured_append_join(&s.readings, order, TC_MAX_CODE_PARTS, &bytes, &joined) == TC_OK);
    CHECK(joined.size == TC_MAX_CODE_PARTS / 2);
    tc_blob_clear(&bytes);
}

// A character may begin in one part and end in the next; parts may be in different character sets.
static void test_character_sets(void) {
    series s = {0};
    int order[TC_MAX_CODE_PARTS];
    tc_blob bytes = {0};
    tc_reading joined;
    add(&s, 0, 2, 1, "Gr\xc3", -1, 0, 0);
    add(&s, 1, 2, 1, "\xbc\xc3\x9f", -1, 0, 0);
    CHECK(tc_structured_append_find(&s.readings, 0, order) == 2);
    CHECK(tc_structured_append_join(&s.readings, order, 2, &bytes, &joined) == TC_OK && joined.eci == -1);
    CHECK(joined.size == 6 && memcmp(joined.bytes, "Grüß", 6) == 0);
    bytes.size = 0;
    add(&s, 0, 3, 2, "\xcf\xf0\xe8", 22, 0, 0);
    add(&s, 1, 3, 2, "\xe5\xeb", 9, 0, 0);
    add(&s, 2, 3, 2, "!", -1, 0, 0);
    CHECK(tc_structured_append_find(&s.readings, 2, order) == 3);
    CHECK(tc_structured_append_join(&s.readings, order, 3, &bytes, &joined) == TC_OK && joined.eci == 26);
    CHECK(joined.size == 11 && memcmp(joined.bytes, "Приελ!", 11) == 0);
    tc_blob_clear(&bytes);
}

int main(void) {
    test_whole();
    test_parity_unknown();
    test_copies_and_mixtures();
    test_invalid();
    test_largest();
    test_character_sets();
    return check_result();
}
