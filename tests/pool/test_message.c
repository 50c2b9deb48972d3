// Messages between ranks: a written header is read back; an invalid one is refused.
#include "mpi_workers/message.h"
#include "tests/check.h"

#include <stdlib.h>

static const tc_message sample = {.kind = TC_MSG_TILE,
                                  .job = 7,
                                  .task = 0xfffffff0u,
                                  .stage = 3,
                                  .channels = 3,
                                  .in = {10, 20, 30, 40},
                                  .out = {12, 22, 26, 36},
                                  .option = 0x12345678,
                                  .format = TC_FORMAT_JPEG,
                                  .quality = 91,
                                  .tile_side = -1,
                                  .client_job = 4000000001u,
                                  .min_gain = UINT64_MAX,
                                  .total = 1ull << 40,
                                  .size = 30 * 40 * 3 + 5,
                                  .tail = 5};

static void check_round_trip(void) {
    uint8_t header[TC_MESSAGE_HEADER];
    tc_message got;
    tc_message_write(header, &sample);
    CHECK(tc_message_read(&got, header, NULL) == TC_OK);
    CHECK(got.kind == sample.kind && got.job == sample.job && got.task == sample.task && got.stage == sample.stage);
    CHECK(got.channels == 3 && memcmp(&got.in, &sample.in, sizeof got.in) == 0);
    CHECK(memcmp(&got.out, &sample.out, sizeof got.out) == 0 && got.option == sample.option);
    CHECK(got.format == sample.format && got.quality == 91 && got.tile_side == -1 && got.min_gain == UINT64_MAX);
    CHECK(got.client_job == sample.client_job);
    CHECK(got.total == sample.total && got.size == sample.size && got.tail == 5 && got.payload == NULL);
}

// Each change makes the header invalid.
static void check_invalid(void) {
    static const struct {
        int at;
        uint8_t value;
    } changes[] = {
        {0, 0},    {2, 0},  {2, 200},  {14, 9}, {14, 0}, {16, 1},
        {24, 255}, {31, 1}, {35, 128}, {40, 0}, {46, 1}, {48, 0xff},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        uint8_t header[TC_MESSAGE_HEADER];
        tc_message got;
        tc_message_write(header, &sample);
        header[changes[i].at] = changes[i].value;
        if (changes[i].at == 48) header[51] = 0xff; // a negative coordinate
        CHECK(tc_message_read(&got, header, NULL) == TC_ERR_PROTOCOL);
    }
    // Random bytes: refused, or within the limits.
    unsigned seed = 1;
    for (int n = 0; n < 20000; n++) {
        uint8_t header[TC_MESSAGE_HEADER];
        tc_message got;
        tc_message_write(header, &sample);
        for (int k = 0; k < 3; k++) {
            seed = seed * 1103515245u + 12345u;
            header[(seed >> 8) % TC_MESSAGE_HEADER] = (uint8_t)(seed >> 20);
        }
        if (tc_message_read(&got, header, NULL) != TC_OK) continue;
        CHECK(got.tail <= got.size && got.kind > TC_MSG_NONE && got.kind < TC_MSG_COUNT);
    }
}

static void check_pixels(void) {
    uint8_t pixels[4 * 6 * 4];
    for (int i = 0; i < (int)sizeof pixels; i++) pixels[i] = (uint8_t)i;
    tc_image image = {pixels, 6 * 4, {6, 4, 4}};
    tc_tile tile = tc_image_view(&image, (tc_rect){1, 1, 3, 2});
    tc_message message = {.kind = TC_MSG_CLIENT_TILE};
    CHECK(tc_message_pack(&message, &tile, 2, "tail", 4) == TC_OK);
    CHECK(message.channels == 2 && message.size == 3 * 2 * 2 + 4);
    static const uint8_t expected[] = {28, 29, 32, 33, 36, 37, 52, 53, 56, 57, 60, 61};
    CHECK(memcmp(message.payload, expected, sizeof expected) == 0);
    char text[3];
    tc_message_text(&message, text, sizeof text);
    CHECK_TEXT(text, "ta");
    tc_message_clear(&message);
}

int main(void) {
    check_round_trip();
    check_invalid();
    check_pixels();
    return check_result();
}
