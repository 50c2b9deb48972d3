// Linked in place of the scanner: a codec process whose passes do what the pixels of the picture say, one pixel per
// pass (the names are client.c's).
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "codec/scanner.h"

enum { IDLE, FIND, CRASH, HANG, FIND_THEN_CRASH, FIND_AGAIN, BAD_PASS, SKIPPED_PASS };

static void find(const tc_codes_listener *listener, int number, int x, tc_blob *codes, tc_error *error) {
    char text[16];
    tc_code code = {.text = text, .pass_name = "test", .x = {x, x + 9, x + 9, x}, .y = {0, 0, 9, 9}};
    tc_blob one = {0};
    code.text_size = (size_t)snprintf(text, sizeof text, "%d", number);
    tc_codes_write(&one, &code, error);
    listener->on_codes(listener->user, &one);
    tc_codes_write(codes, &code, error);
    tc_blob_clear(&one);
}

static void crash(void) {
    signal(SIGSEGV, SIG_DFL); // without a sanitizer's report
    raise(SIGSEGV);
}

tc_status tc_codec_read_codes(const tc_tile *picture, const tc_codes_options *options,
                              const tc_codes_listener *listener, tc_blob *codes, tc_error *error) {
    for (int i = 0; i < picture->rect.width && i < 64; i++) {
        int what = *tc_tile_at(picture, i, 0);
        if (options->skip_passes >> i & 1) continue;
        listener->on_pass(listener->user, what == BAD_PASS ? 1000 : i);
        if (what == FIND || what == FIND_THEN_CRASH) find(listener, i, 10 * i, codes, error);
        if (what == FIND_AGAIN) find(listener, 0, 2, codes, error);
        if (what == CRASH || what == FIND_THEN_CRASH) crash();
        if (what == HANG) pause();
        if (what == SKIPPED_PASS) listener->on_pass(listener->user, i - 1);
    }
    return TC_OK;
}
