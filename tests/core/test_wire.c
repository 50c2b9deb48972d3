// The frame header: reading what was written, and refusing invalid headers.
#include <stdlib.h>

#include "core/wire.h"
#include "tests/check.h"

static bool same(const tc_frame *a, const tc_frame *b) {
    return a->type == b->type && a->job == b->job && a->length == b->length && a->offset == b->offset &&
           memcmp(&a->rect, &b->rect, sizeof a->rect) == 0 && a->channels == b->channels && a->stage == b->stage &&
           a->worker == b->worker;
}

static void test_round_trip(void) {
    const tc_frame frames[] = {
        {.type = TC_FRAME_UPLOAD, .job = 7, .length = 65536, .offset = 1ull << 40},
        {.type = TC_FRAME_FILE, .job = UINT32_MAX, .length = 0},
        {.type = TC_FRAME_CONTROL, .length = 12},
        {.type = TC_FRAME_TILE,
         .job = 1,
         .length = 3 * 5 * 4,
         .rect = {65530, 9, 5, 4},
         .channels = 3,
         .stage = 65,
         .worker = 4},
    };
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        uint8_t header[TC_WIRE_HEADER];
        tc_frame read;
        tc_error error;
        tc_frame_write(header, &frames[i]);
        CHECK(tc_frame_read(&read, header, sizeof header, &error) == TC_OK);
        CHECK(same(&read, &frames[i]));
        CHECK(tc_frame_read(&read, header, sizeof header - 1, &error) == TC_ERR_PROTOCOL);
    }
}

// The byte table of docs/protocol.md, spelled out for one tile.
static void test_bytes(void) {
    const uint8_t expected[TC_WIRE_HEADER] = {2, 3, 1, 0, 0x78, 0x56, 0x34, 0x12, 60, 0, 0, 0, 2, 0, 0, 0,
                                              0, 1, 0, 0, 9,    0,    0,    0,    5,  0, 0, 0, 4, 0, 0, 0};
    tc_frame tile = {TC_FRAME_TILE, 0x12345678, 60, 0, {256, 9, 5, 4}, 3, 1, 2};
    uint8_t header[TC_WIRE_HEADER];
    tc_frame_write(header, &tile);
    CHECK(memcmp(header, expected, sizeof expected) == 0);
}

static bool refused(const uint8_t *header) {
    tc_frame frame;
    tc_error error;
    return tc_frame_read(&frame, header, TC_WIRE_HEADER, &error) == TC_ERR_PROTOCOL && *error.text;
}

static void test_refused(void) {
    const struct {
        int offset;
        uint32_t value;
    } breaks[] = {{0, 4},  {0, 255}, {1, 0},  {1, 5},  {3, 1},  {8, 61},
                  {14, 1}, {18, 1},  {22, 1}, {24, 0}, {24, 6}, {28, 0}};
    tc_frame tile = {TC_FRAME_TILE, 1, 60, 0, {256, 9, 5, 4}, 3, 1, 2};
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        uint8_t header[TC_WIRE_HEADER];
        tc_frame_write(header, &tile);
        header[breaks[i].offset] = (uint8_t)breaks[i].value;
        CHECK(refused(header));
    }
    uint8_t header[TC_WIRE_HEADER];
    tc_frame upload = {.type = TC_FRAME_UPLOAD, .job = 1, .length = 1};
    tc_frame_write(header, &upload);
    tc_write_u32(header + 8, TC_WIRE_MAX_PAYLOAD + 1u);
    CHECK(refused(header));
    tc_frame_write(header, &upload);
    header[24] = 1;
    CHECK(refused(header));
}

int main(void) {
    test_round_trip();
    test_bytes();
    test_refused();
    return check_result();
}
