// The codec process seen through its client: the same results as without it, and what happens when it dies, lies, is
// too slow, or is not there.
//
//   client PROGRAM LIAR DATA
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codec/client.h"
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

// Noise keeps zbar busy for long.
static tc_status read_long(tc_codec_client *client, tc_error *error) {
    uint64_t state = seed;
    tc_image image = random_image(3000, 3000, 1, &state);
    tc_tile picture = tc_image_view(&image, tc_shape_rect(image.shape));
    tc_blob codes = {0};
    tc_status status = tc_codec_client_read_codes(client, &picture, &all_codes, NULL, &codes, error);
    tc_blob_clear(&codes);
    tc_image_clear(&image);
    return status;
}

// PNG there and back, of a picture with padded rows.
static bool works(tc_codec_client *client) {
    uint64_t state = seed;
    tc_image image = random_image(31, 17, 4, &state), back = {0};
    tc_blob file = {0};
    tc_probe probe;
    tc_error error = {0};
    char warning[100];
    bool same =
        tc_codec_client_encode(client, &image, TC_FORMAT_PNG, 0, &file, &error) == TC_OK &&
        tc_codec_client_decode(client, file.data, file.size, &back, &probe, warning, sizeof warning, &error) == TC_OK &&
        memcmp(&back.shape, &image.shape, sizeof back.shape) == 0 && probe.format == TC_FORMAT_PNG;
    for (int y = 0; same && y < 17; y++)
        same = memcmp(image.data + (size_t)y * image.stride, back.data + (size_t)y * back.stride, 31 * 4) == 0;
    if (!same) fprintf(stderr, "%s\n", error.text);
    tc_blob_clear(&file);
    tc_image_clear(&image);
    tc_image_clear(&back);
    return same;
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

static void test_codes(tc_codec_client *client, const char *data) {
    char path[4096];
    static uint8_t bytes[65536];
    tc_image image;
    tc_probe probe;
    tc_error error = {0};
    tc_blob codes = {0};
    tc_code code;
    snprintf(path, sizeof path, "%s/codes/three.png", data);
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    if (!file) return;
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    CHECK(tc_codec_client_decode(client, bytes, size, &image, &probe, NULL, 0, &error) == TC_OK);
    tc_tile picture = tc_image_view(&image, tc_shape_rect(image.shape));
    CHECK(tc_codec_client_read_codes(client, &picture, &all_codes, NULL, &codes, &error) == TC_OK);
    CHECK(tc_codes_count(&codes) == 3);
    CHECK(tc_codes_read(&codes, 1, &code) && strcmp(code.text, "5901234123457") == 0);
    tc_blob_clear(&codes);
    tc_image_clear(&image);
}

static bool kill_it(void *signal_number) {
    CHECK(child() > 0);
    kill(child(), *(int *)signal_number);
    return false;
}
static bool give_up(void *user) {
    (void)user;
    return true;
}

static void test_death(tc_codec_client *client) {
    int signals[] = {SIGKILL, SIGSEGV};
    for (int i = 0; i < 2; i++) {
        tc_error error = {0};
        tc_codec_client_on_wait(client, kill_it, &signals[i]);
        CHECK(read_long(client, &error) == TC_ERR_CORRUPT);
        CHECK(strstr(error.text, "codec process") != NULL);
        tc_codec_client_on_wait(client, NULL, NULL);
        CHECK(works(client));
    }
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
    tc_codec_client_on_wait(client, give_up, NULL);
    CHECK(read_long(client, &error) == TC_ERR_CANCELLED && error.status == TC_ERR_CANCELLED);
    tc_codec_client_on_wait(client, NULL, NULL);
    CHECK(child() == 0);
    CHECK(works(client));
}

static void test_missing(void) {
    tc_error error = {0};
    tc_codec_client *client = tc_codec_client_new("/nowhere/tilecast-codec", tc_codec_default_limits);
    CHECK(read_long(client, &error) == TC_ERR_UNAVAILABLE);
    CHECK(strstr(error.text, "/nowhere/tilecast-codec") != NULL);
    tc_codec_client_destroy(client);
}

static void test_liar(const char *program) {
    tc_codec_client *client = tc_codec_client_new(program, tc_codec_default_limits);
    for (uint8_t lie = 0; lie < 6; lie++) {
        tc_image image;
        tc_probe probe;
        tc_error error = {0};
        CHECK(tc_codec_client_decode(client, &lie, 1, &image, &probe, NULL, 0, &error) == TC_ERR_CORRUPT);
        CHECK(!image.data && strstr(error.text, "codec process") != NULL);
    }
    tc_codec_client_destroy(client);
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    tc_codec_client *client = tc_codec_client_new(argv[1], tc_codec_default_limits);
    CHECK(client != NULL && child() == 0);
    CHECK(works(client));
    test_error(client);
    test_codes(client, argv[3]);
    test_death(client);
    test_death_between_requests(client);
    test_cancel(client);
    tc_codec_client_destroy(client);
    CHECK(child() == 0);
    test_missing();
    test_liar(argv[2]);
    CHECK(child() == 0);
    tc_codec_client_destroy(NULL);
    return check_result();
}
