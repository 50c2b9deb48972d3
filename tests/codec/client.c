// The codec process through its client: results as without it, and what happens if it dies, sends invalid replies, is
// too slow, or is missing.
//
//   client PROGRAM LIAR DATA PASSES CRASHING
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codec/client.h"
#include "system/clock.h"
#include "tests/check.h"
#include "tests/codec/random.h"

static const uint64_t seed = 7;

// The only child of this process.
static pid_t child(void) {
    char path[64];
    int pid = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "r");
    if (!file) abort();
    if (fscanf(file, "%d", &pid) != 1) pid = 0;
    fclose(file);
    return pid;
}

static const tc_codes_options all_codes = {.symbologies = ~UINT32_C(0)};

// Noise takes long to encode as PNG.
static tc_status encode_long(tc_codec_client *client, tc_error *error) {
    uint64_t state = seed;
    tc_image image = random_image(4000, 3000, 3, &state);
    tc_blob file = {0};
    tc_status status = tc_codec_client_encode(client, &image, TC_FORMAT_PNG, 0, &file, error);
    tc_blob_clear(&file);
    tc_image_clear(&image);
    return status;
}

// Encodes a picture with padded rows as PNG, decodes it and compares.
static bool round_trip(tc_codec_client *client, int width, int height, int channels) {
    uint64_t state = seed;
    tc_image image = random_image(width, height, channels, &state), back = {0};
    size_t row = tc_row_bytes(width, channels);
    tc_blob file = {0};
    tc_probe probe;
    tc_error error = {0};
    char warning[100];
    bool same =
        tc_codec_client_encode(client, &image, TC_FORMAT_PNG, 0, &file, &error) == TC_OK &&
        tc_codec_client_decode(client, file.data, file.size, &back, &probe, warning, sizeof warning, &error) == TC_OK &&
        memcmp(&back.shape, &image.shape, sizeof back.shape) == 0 && probe.format == TC_FORMAT_PNG;
    for (int y = 0; same && y < height; y++)
        same = memcmp(image.data + (size_t)y * image.stride, back.data + (size_t)y * back.stride, row) == 0;
    if (!same) fprintf(stderr, "%s\n", error.text);
    tc_blob_clear(&file);
    tc_image_clear(&image);
    tc_image_clear(&back);
    return same;
}

static bool works(tc_codec_client *client) {
    return round_trip(client, 31, 17, 4);
}

// Pictures of more than one chunk, and of exactly one.
static void test_chunks(tc_codec_client *client) {
    CHECK(round_trip(client, 1024, 1024, 4) && round_trip(client, 1025, 1024, 4) && round_trip(client, 2048, 1024, 4));
    CHECK(round_trip(client, 2000, 1700, 3));
    tc_codec_client_trim(client);
    CHECK(round_trip(client, 2000, 1700, 3));
}

static void test_error(tc_codec_client *client) {
    tc_image image;
    tc_probe probe;
    tc_error error = {0};
    const uint8_t text[] = "no picture";
    CHECK(tc_codec_client_decode(client, text, sizeof text, &image, &probe, NULL, 0, &error) == TC_ERR_FORMAT);
    CHECK(error.status == TC_ERR_FORMAT && strstr(error.text, "not a picture"));
    CHECK(tc_codec_client_decode(client, NULL, 0, &image, &probe, NULL, 0, &error) == TC_ERR_FORMAT);
    CHECK_TEXT(error.text, "the file is empty");
    CHECK(!image.data);
}

// One of the pictures in DATA/codes.
static tc_image read_picture(tc_codec_client *client, const char *data, const char *name) {
    char path[4096];
    static uint8_t bytes[65536];
    tc_image image;
    tc_probe probe;
    tc_error error = {0};
    snprintf(path, sizeof path, "%s/codes/%s.png", data, name);
    FILE *file = fopen(path, "rb");
    if (!file) abort();
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    CHECK(tc_codec_client_decode(client, bytes, size, &image, &probe, NULL, 0, &error) == TC_OK);
    return image;
}

static void test_codes(tc_codec_client *client, const char *data) {
    tc_image image = read_picture(client, data, "three");
    tc_tile picture = tc_image_view(&image, tc_shape_rect(image.shape));
    tc_error error = {0};
    tc_blob codes = {0};
    tc_code code;
    CHECK(tc_codec_client_read_codes(client, &picture, &all_codes, NULL, &codes, NULL, 0, &error) == TC_OK);
    CHECK(tc_codes_count(&codes) == 3);
    CHECK(tc_codes_read(&codes, 1, &code) && strcmp(code.text, "5901234123457") == 0);
    tc_blob_clear(&codes);
    tc_image_clear(&image);
}

// If a library crashes, its passes are skipped, and the other library reads the code.
static void test_crashing_library(const char *program, const char *data) {
    tc_codec_client *client = tc_codec_client_new(program, tc_codec_default_limits);
    tc_image image = read_picture(client, data, "one");
    tc_tile picture = tc_image_view(&image, tc_shape_rect(image.shape));
    tc_error error = {0};
    tc_blob codes = {0};
    tc_code code = {0};
    char warning[100] = "";
    CHECK(tc_codec_client_read_codes(client, &picture, &all_codes, NULL, &codes, warning, 100, &error) == TC_OK);
    CHECK(tc_codes_count(&codes) == 1 && tc_codes_read(&codes, 0, &code));
    CHECK(code.text && strcmp(code.text, "Hello, Tilecast") == 0 && strstr(code.pass_name, "zbar"));
    CHECK(strstr(warning, "reader") != NULL);
    tc_blob_clear(&codes);
    tc_image_clear(&image);
    tc_codec_client_destroy(client);
}

// What a prescan has reported.
typedef struct prescanned {
    tc_blob codes;
    tc_probe probe;
} prescanned;

static void collect_codes(void *user, const tc_blob *codes) {
    prescanned *p = user;
    tc_error error = {0};
    CHECK(p->probe.format == TC_FORMAT_JPEG);
    CHECK(tc_codes_merge(&p->codes, codes, NULL, &error) == TC_OK);
}

// A large JPEG with a code and an EXIF orientation.
static tc_blob large_jpeg(tc_codec_client *client, const char *data, uint8_t orientation) {
    enum { WIDTH = 2600, HEIGHT = 1900, TIMES = 4 };
    uint8_t exif[] = {0xff, 0xd8, 0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0,           'I', 'I', 42, 0, 8, 0, 0,
                      0,    1,    0,    0x12, 1, 3,  0,   1,   0,   0,   0, orientation, 0,   0,   0,  0, 0, 0, 0};
    tc_image code = read_picture(client, data, "one"), large;
    tc_error error = {0};
    tc_blob file = {0}, encoded = {0};
    CHECK(tc_image_init(&large, (tc_shape){WIDTH, HEIGHT, 3}, &error) == TC_OK);
    memset(large.data, 255, large.stride * HEIGHT);
    for (int y = 0; y < TIMES * code.shape.height && y + 300 < HEIGHT; y++)
        for (int x = 0; x < TIMES * code.shape.width && x + 900 < WIDTH; x++)
            memset(large.data + (size_t)(y + 300) * large.stride + (size_t)(x + 900) * 3,
                   code.data[(size_t)(y / TIMES) * code.stride + (size_t)(x / TIMES * code.shape.channels)], 3);
    CHECK(tc_codec_client_encode(client, &large, TC_FORMAT_JPEG, 90, &encoded, &error) == TC_OK);
    CHECK(tc_blob_append(&file, exif, sizeof exif) == TC_OK);
    CHECK(tc_blob_append(&file, encoded.data + 2, encoded.size - 2) == TC_OK);
    tc_blob_clear(&encoded);
    tc_image_clear(&code);
    tc_image_clear(&large);
    return file;
}

// The prescan reports the code that the scan of the whole picture reads, at the same place.
static void test_prescan(tc_codec_client *client, const char *data) {
    for (uint8_t orientation = 1; orientation <= 8; orientation++) {
        tc_blob file = large_jpeg(client, data, orientation), codes = {0};
        prescanned p = {0};
        const tc_codes_listener listener = {.on_codes = collect_codes, .user = &p};
        tc_image image;
        tc_probe probe;
        tc_error error = {0};
        tc_code early = {0}, late = {0};
        tc_codec_client_prescan(client, file.data, file.size, all_codes.symbologies, &listener, &p.probe);
        CHECK(tc_codec_client_decode(client, file.data, file.size, &image, &probe, NULL, 0, &error) == TC_OK);
        CHECK(memcmp(&probe, &p.probe, sizeof probe) == 0 && probe.orientation == orientation);
        tc_tile picture = tc_image_view(&image, tc_shape_rect(image.shape));
        CHECK(tc_codec_client_read_codes(client, &picture, &all_codes, NULL, &codes, NULL, 0, &error) == TC_OK);
        CHECK(tc_codes_count(&p.codes) == 1 && tc_codes_read(&p.codes, 0, &early) && tc_codes_read(&codes, 0, &late));
        CHECK(early.text && late.text && strcmp(early.text, late.text) == 0);
        for (int k = 0; k < 4; k++) CHECK(abs(early.x[k] - late.x[k]) <= 2 && abs(early.y[k] - late.y[k]) <= 2);
        tc_blob_clear(&codes);
        tc_blob_clear(&p.codes);
        tc_blob_clear(&file);
        tc_image_clear(&image);
    }
}

// The prescan of anything but a large JPEG reports nothing and leaves the process usable.
static void test_prescan_of_others(tc_codec_client *client, const char *liar) {
    prescanned p = {0};
    const tc_codes_listener listener = {.on_codes = collect_codes, .user = &p};
    const uint8_t text[] = "no picture", soi[] = {0xff, 0xd8, 0xff};
    tc_codec_client_prescan(client, text, sizeof text, ~UINT32_C(0), &listener, &p.probe);
    tc_codec_client_prescan(client, soi, sizeof soi, ~UINT32_C(0), &listener, &p.probe);
    tc_codec_client_prescan(client, NULL, 0, ~UINT32_C(0), &listener, &p.probe);
    CHECK(works(client));
    tc_codec_client *faulty = tc_codec_client_new(liar, tc_codec_default_limits);
    tc_codec_client_prescan(faulty, text, sizeof text, ~UINT32_C(0), &listener, &p.probe);
    tc_codec_client_destroy(faulty);
    CHECK(p.codes.size == 0 && p.probe.shape.width == 0);
}

static bool kill_it(void *signal_number) {
    CHECK(child() > 0);
    kill(child(), *(int *)signal_number);
    return false;
}
static bool cancel(void *user) {
    (void)user;
    return true;
}

static void test_death(tc_codec_client *client) {
    int signals[] = {SIGKILL, SIGSEGV};
    for (int i = 0; i < 2; i++) {
        tc_error error = {0};
        tc_codec_client_on_wait(client, kill_it, &signals[i]);
        CHECK(encode_long(client, &error) == TC_ERR_CORRUPT);
        CHECK(strstr(error.text, "codec process") != NULL);
        tc_codec_client_on_wait(client, NULL, NULL);
        CHECK(works(client));
    }
}

// Sends a signal to the process of the first attempt only.
static bool signal_once(void *signal_number) {
    int number = *(int *)signal_number;
    *(int *)signal_number = 0;
    if (number) kill_it(&number);
    return false;
}

// Death costs one retry, for decoding as for encoding.
static void test_retry(tc_codec_client *client) {
    uint64_t state = seed;
    tc_image image = random_image(4000, 3000, 3, &state);
    tc_blob file = {0};
    tc_error error = {0};
    CHECK(tc_codec_client_encode(client, &image, TC_FORMAT_JPEG, 100, &file, &error) == TC_OK);
    int signals[] = {SIGKILL, SIGSEGV};
    for (int i = 0; i < 2; i++) {
        int encoding = signals[i], decoding = signals[i];
        tc_image back;
        tc_probe probe;
        tc_codec_client_on_wait(client, signal_once, &encoding);
        CHECK(encode_long(client, &error) == TC_OK && encoding == 0);
        tc_codec_client_on_wait(client, signal_once, &decoding);
        CHECK(tc_codec_client_decode(client, file.data, file.size, &back, &probe, NULL, 0, &error) == TC_OK);
        CHECK(decoding == 0 && back.shape.width == 4000);
        tc_image_clear(&back);
    }
    tc_codec_client_on_wait(client, NULL, NULL);
    tc_blob_clear(&file);
    tc_image_clear(&image);
}

// A stopped process is found after the time that the picture's size allows.
static void test_stop(tc_codec_client *client) {
    tc_error error = {0};
    uint8_t pixel[3] = {0};
    const tc_tile picture = {pixel, 3, {0, 0, 1, 1}, 3, false};
    tc_blob codes = {0};
    CHECK(works(client) && kill(child(), SIGSTOP) == 0);
    int64_t began = tc_clock_ms();
    CHECK(works(client));
    printf("a stopped process was replaced after %d ms\n", (int)(tc_clock_ms() - began));
    CHECK(tc_clock_ms() - began < 20000);
    CHECK(kill(child(), SIGSTOP) == 0);
    began = tc_clock_ms();
    CHECK(tc_codec_client_read_codes(client, &picture, &all_codes, NULL, &codes, NULL, 0, &error) == TC_OK);
    CHECK(tc_clock_ms() - began < 20000);
    tc_blob_clear(&codes);
}

static void test_death_between_requests(tc_codec_client *client) {
    siginfo_t info;
    CHECK(works(client));
    pid_t pid = child();
    CHECK(kill(pid, SIGKILL) == 0 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
    CHECK(works(client) && child() != pid);
}

static void test_cancel(tc_codec_client *client) {
    tc_error error = {0};
    tc_codec_client_on_wait(client, cancel, NULL);
    CHECK(encode_long(client, &error) == TC_ERR_CANCELLED && error.status == TC_ERR_CANCELLED);
    tc_codec_client_on_wait(client, NULL, NULL);
    CHECK(child() == 0);
    CHECK(works(client));
}

static void test_missing(void) {
    tc_error error = {0};
    tc_codec_client *client = tc_codec_client_new("/nowhere/tilecast-codec", tc_codec_default_limits);
    CHECK(encode_long(client, &error) == TC_ERR_UNAVAILABLE);
    CHECK(strstr(error.text, "/nowhere/tilecast-codec") != NULL);
    tc_codec_client_destroy(client);
}

static void test_liar(const char *program) {
    enum { SILENCE = 13 }; // after the header
    tc_codec_client *client = tc_codec_client_new(program, tc_codec_default_limits);
    for (uint8_t lie = 0; lie < 14; lie++) {
        tc_image image;
        tc_probe probe;
        tc_error error = {0};
        CHECK(tc_codec_client_decode(client, &lie, 1, &image, &probe, NULL, 0, &error) == TC_ERR_CORRUPT);
        CHECK(!image.data && strstr(error.text, "codec process") != NULL);
        if (lie == SILENCE) CHECK_TEXT(error.text, "the codec process was ended: this picture took it over 3 s");
    }
    tc_codec_client_destroy(client);
}

// After two invalid replies outside a pass the scan ends with a warning; the request succeeds.
static void test_liar_about_codes(const char *program) {
    tc_codec_client *client = tc_codec_client_new(program, tc_codec_default_limits);
    for (uint8_t lie = 0; lie < 9; lie++) {
        tc_blob codes = {0};
        tc_error error = {0};
        char warning[100] = "";
        const tc_tile picture = {&lie, 1, {0, 0, 1, 1}, 1, false};
        tc_codec_client_set_timeouts(client, 500, 500);
        CHECK(tc_codec_client_read_codes(client, &picture, &all_codes, NULL, &codes, warning, 100, &error) == TC_OK);
        CHECK(codes.size == 0 && strstr(warning, "reader") != NULL);
        if (codes.size > 0 || !warning[0]) fprintf(stderr, "lie %d\n", lie);
        tc_blob_clear(&codes);
    }
    tc_codec_client_destroy(client);
}

// What passes.c does in a pass, by the value of the pixel with its number.
enum { IDLE, FIND, CRASH, HANG, FIND_THEN_CRASH, FIND_AGAIN, BAD_PASS, SKIPPED_PASS };

typedef struct events {
    int passes[64], pass_count;
    char texts[64][16];
    int text_count, stop_at;
} events;

static void record_pass(void *user, int pass) {
    events *e = user;
    if (e->pass_count < 64) e->passes[e->pass_count++] = pass;
}
static void record_codes(void *user, const tc_blob *codes) {
    events *e = user;
    tc_code code;
    for (int i = 0; tc_codes_read(codes, i, &code) && e->text_count < 64; i++)
        snprintf(e->texts[e->text_count++], sizeof e->texts[0], "%s", code.text);
}
static bool should_stop(void *user) {
    const events *e = user;
    return e->pass_count == e->stop_at;
}

// Reads a row of such pixels. Returns the texts read, in order, in one string.
static const char *read_passes(tc_codec_client *client, const uint8_t *passes, int count, uint64_t skip, events *e,
                               char *warning) {
    static char all[256];
    uint8_t pixels[64];
    memcpy(pixels, passes, (size_t)count);
    const tc_tile picture = {pixels, (size_t)count, {0, 0, count, 1}, 1, false};
    const tc_codes_options options = {.symbologies = 1, .skip_passes = skip, .is_part = true};
    const tc_codes_listener listener = {record_pass, record_codes, should_stop, e};
    tc_blob codes = {0};
    tc_error error = {0};
    tc_code code;
    all[0] = 0;
    tc_status status = tc_codec_client_read_codes(client, &picture, &options, &listener, &codes, warning, 100, &error);
    CHECK(status == TC_OK);
    for (int i = 0; tc_codes_read(&codes, i, &code); i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s ", code.text);
    CHECK(tc_codes_count(&codes) == e->text_count);
    tc_blob_clear(&codes);
    return all;
}

static void test_passes(const char *program) {
    static const struct {
        uint8_t passes[8];
        int count;
        const char *texts;
        int reported, begun; // number of codes, and of passes that began
        bool fails;
    } cases[] = {
        {{IDLE, FIND, FIND}, 3, "1 2 ", 2, 3, false},
        {{FIND, FIND_AGAIN}, 2, "0 ", 1, 2, false},
        {{CRASH}, 1, "", 0, 1, true},
        {{FIND, CRASH, FIND}, 3, "0 2 ", 2, 2 + 2, true},
        {{FIND, FIND_THEN_CRASH, FIND}, 3, "0 1 2 ", 3, 2 + 2, true},
        {{FIND, HANG, FIND, CRASH}, 4, "0 2 ", 2, 2 + 3 + 2, true},
        {{CRASH, CRASH, CRASH, HANG, CRASH, CRASH, CRASH, CRASH}, 8, "", 0, 8, true},
        {{FIND, BAD_PASS, FIND}, 3, "0 ", 1, 1 + 1, true},
        {{FIND, CRASH, SKIPPED_PASS, FIND}, 4, "0 ", 1, 2 + 2 + 2, true},
    };
    tc_codec_client *client = tc_codec_client_new(program, tc_codec_default_limits);
    tc_codec_client_set_timeouts(client, 60000, 300);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        events e = {.stop_at = -1};
        char warning[100] = "?";
        CHECK_TEXT(read_passes(client, cases[i].passes, cases[i].count, 0, &e, warning), cases[i].texts);
        CHECK(e.text_count == cases[i].reported && e.pass_count == cases[i].begun);
        CHECK(cases[i].fails == (strstr(warning, "reader") != NULL) && (cases[i].fails || warning[0] == 0));
        if (check_failed) fprintf(stderr, "case %zu: %d codes, %d passes\n", i, e.text_count, e.pass_count);
    }
    const uint8_t finds[4] = {FIND, CRASH, FIND, FIND}, hangs[3] = {HANG, HANG, FIND};
    char warning[100];
    CHECK_TEXT(read_passes(client, finds, 4, 2, &(events){.stop_at = -1}, warning), "0 2 3 ");
    CHECK_TEXT(warning, "");
    events stops = {.stop_at = 2};
    CHECK_TEXT(read_passes(client, finds, 4, 2, &stops, warning), "0 ");
    CHECK_TEXT(warning, "");
    CHECK(child() == 0);
    // The timeout of the request ends all passes.
    tc_codec_client_set_timeouts(client, 500, 300);
    CHECK_TEXT(read_passes(client, hangs, 3, 0, &(events){.stop_at = -1}, warning), "");
    CHECK(strstr(warning, "reader") != NULL);
    // A cancelled request is not a failure of a reader.
    tc_codec_client_on_wait(client, cancel, NULL);
    tc_codec_client_set_timeouts(client, 60000, 60000);
    tc_error error = {0};
    tc_blob codes = {0};
    uint8_t pixel = HANG;
    const tc_tile picture = {&pixel, 1, {0, 0, 1, 1}, 1, false};
    CHECK(tc_codec_client_read_codes(client, &picture, &all_codes, NULL, &codes, warning, 100, &error) ==
          TC_ERR_CANCELLED);
    tc_codec_client_destroy(client);
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    tc_codec_client *client = tc_codec_client_new(argv[1], tc_codec_default_limits);
    CHECK(client != NULL && child() == 0);
    CHECK(works(client));
    test_chunks(client);
    test_error(client);
    test_codes(client, argv[3]);
    test_prescan(client, argv[3]);
    test_prescan_of_others(client, argv[2]);
    test_death(client);
    test_retry(client);
    test_stop(client);
    test_death_between_requests(client);
    test_cancel(client);
    tc_codec_client_destroy(client);
    CHECK(child() == 0);
    test_missing();
    test_liar(argv[2]);
    test_liar_about_codes(argv[2]);
    test_passes(argv[4]);
    test_crashing_library(argv[5], argv[3]);
    CHECK(child() == 0);
    tc_codec_client_destroy(NULL);
    return check_result();
}
