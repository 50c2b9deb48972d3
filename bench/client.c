// tilecast-bench: sends pictures to a server and measures when its answers come. One run, one JSON object; bench/run
// makes the pictures, repeats the runs and takes the medians.
//
//   tilecast-bench URL PIPELINE WANT FORMAT PARALLEL COUNT FILE…
//
// Sends COUNT pictures, the files in turn, PARALLEL at a time. WANT is tiles (previews, too, as
// the page asks for them), file or both; FORMAT is png or jpeg. Prints
//   {"seconds":S,"bytes_out":N,"jobs":[{"first_tile_ms":T,"first_result_tile_ms":T,"done_ms":T,"tiles":N}…]}
// with S from the first submit to the last answer and T from a job's last uploaded byte, -1 without a tile.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/input.h"
#include "codec/decoder.h"
#include "system/clock.h"

typedef struct bench {
    tc_client *client;
    tc_request request; // but for the size
    const tc_blob *files;
    int file_count, count, submitted, ended;
    bool failed;
    double bytes_out;
} bench;

typedef struct sample {
    bench *bench;
    const tc_blob *file;
    int stages, tiles;
    double uploaded, first_tile, first_result_tile, done; // ms; 0: not yet
} sample;

static double now_ms(void) {
    return (double)tc_clock_us() / 1000;
}

static tc_status on_read(void *user, uint64_t offset, void *bytes, size_t size, tc_error *error) {
    (void)error;
    const sample *s = user;
    memcpy(bytes, s->file->data + offset, size);
    return TC_OK;
}

static void on_uploaded(void *user) {
    sample *s = user;
    s->uploaded = now_ms();
}

static void on_message(void *user, const char *type, const tc_json *message) {
    sample *s = user;
    if (strcmp(type, "picture") == 0) s->stages = tc_json_count(tc_json_member(message, "stages"));
}

static void on_tile(void *user, const tc_frame *frame) {
    sample *s = user;
    if (s->tiles++ == 0) s->first_tile = now_ms();
    if (frame->stage == s->stages - 1 && s->first_result_tile == 0) s->first_result_tile = now_ms();
}

static tc_status on_file(void *user, uint64_t offset, const uint8_t *bytes, size_t size, tc_error *error) {
    (void)offset, (void)bytes, (void)error;
    sample *s = user;
    s->bench->bytes_out += (double)size;
    return TC_OK;
}

static void on_end(void *user, const tc_json *done, const char *error) {
    sample *s = user;
    s->done = now_ms();
    s->bench->ended++;
    if (done) return;
    fprintf(stderr, "tilecast-bench: %s\n", error);
    s->bench->failed = true;
}

static const tc_client_handler handler = {
    .read = on_read,
    .uploaded = on_uploaded,
    .message = on_message,
    .tile = on_tile,
    .file = on_file,
    .end = on_end,
};

static bool run(bench *b, sample *samples, int parallel, tc_error *error) {
    while (b->ended < b->count && !b->failed) {
        if (b->submitted < b->count && b->submitted - b->ended < parallel) {
            sample *s = &samples[b->submitted];
            s->bench = b;
            s->file = &b->files[b->submitted++ % b->file_count];
            b->request.size = s->file->size;
            if (tc_client_submit(b->client, &b->request, &handler, s, error)) return false;
        } else if (tc_client_service(b->client, error)) {
            return false;
        }
    }
    return !b->failed;
}

static void print_result(const bench *b, const sample *samples, double ms) {
    printf("{\"seconds\":%.4f,\"bytes_out\":%.0f,\"jobs\":[", ms / 1000, b->bytes_out);
    for (int i = 0; i < b->count; i++) {
        const sample *s = &samples[i];
        printf("%s{\"first_tile_ms\":%.2f,\"first_result_tile_ms\":%.2f,\"done_ms\":%.2f,\"tiles\":%d}", i ? "," : "",
               s->tiles ? s->first_tile - s->uploaded : -1,
               s->first_result_tile > 0 ? s->first_result_tile - s->uploaded : -1, s->done - s->uploaded, s->tiles);
    }
    puts("]}");
}

static bool measure(bench *b, const tc_url *url, int parallel, tc_error *error) {
    sample *samples = calloc((size_t)b->count, sizeof *samples);
    b->client = samples ? tc_client_new(url, error) : NULL;
    double start = now_ms();
    bool good = b->client && run(b, samples, parallel, error);
    if (good) print_result(b, samples, now_ms() - start);
    tc_client_destroy(b->client);
    free(samples);
    return good;
}

int main(int argc, char **argv) {
    if (argc < 8) {
        fprintf(stderr, "Usage: tilecast-bench URL PIPELINE WANT FORMAT PARALLEL COUNT FILE…\n");
        return 2;
    }
    bench b = {.request = {.durable = true, // as the command line's and the page's jobs are
                           .want_tiles = strcmp(argv[3], "file") != 0,
                           .want_file = strcmp(argv[3], "tiles") != 0,
                           .want_preview = strcmp(argv[3], "file") != 0,
                           .format = tc_format_find(argv[4]),
                           .quality = 90,
                           .tile = -1},
               .count = atoi(argv[6]),
               .file_count = argc - 7};
    tc_url url;
    tc_error error = {0};
    bool good = !tc_url_parse(&url, argv[1], &error) && !tc_pipeline_parse(&b.request.pipeline, argv[2], &error);
    tc_blob *files = calloc((size_t)b.file_count, sizeof *files);
    for (int i = 0; files && good && i < b.file_count; i++)
        good = !tc_input_load(argv[7 + i], tc_codec_default_limits.max_bytes, &files[i], &error);
    b.files = files;
    good = files && good && b.count > 0 && measure(&b, &url, atoi(argv[5]), &error);
    for (int i = 0; files && i < b.file_count; i++) tc_blob_clear(&files[i]);
    free(files);
    if (!good && error.text[0]) fprintf(stderr, "tilecast-bench: %s\n", error.text);
    return good ? 0 : 1;
}
