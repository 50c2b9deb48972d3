// The command `bench`: measures how long pipelines take on this machine.
#include "cli/bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/codecs.h"
#include "cli/input.h"
#include "cli/measure.h"
#include "control/json.h"
#include "core/assert.h"
#include "core/op_table.h"

enum { WIDTH = 4000, HEIGHT = 3000, MAX_RUNS = 1000 };

static uint32_t hash(uint32_t x, uint32_t y, uint32_t z) {
    uint32_t h = x * 0x9E3779B1u ^ y * 0x85EBCA77u ^ z * 0xC2B2AE3Du;
    h = (h ^ h >> 15) * 0x2C1B3C6Du;
    h = (h ^ h >> 12) * 0x297A2D39u;
    return h ^ h >> 15;
}

// Adds a row of noise to `sums`: values -amplitude..amplitude at lattice points `cell` = 2^shift apart, linear between.
static void add_noise(int *sums, int channel, int channels, int y, int shift, int amplitude, uint32_t seed) {
    int cell = 1 << shift, fy = y & (cell - 1), left = 0;
    for (int x = 0, right = 0; x < WIDTH; x++) {
        int fx = x & (cell - 1);
        if (fx == 0) {
            uint32_t column = (uint32_t)(x >> shift), row = (uint32_t)(y >> shift);
            int corners[4];
            for (uint32_t i = 0; i < 4; i++)
                corners[i] = (int)(hash(column + (i & 1), row + (i >> 1), seed) & 1023) - 512;
            left = corners[0] * (cell - fy) + corners[2] * fy;
            right = corners[1] * (cell - fy) + corners[3] * fy;
        }
        int64_t value = (int64_t)left * (cell - fx) + (int64_t)right * fx;
        sums[x * channels + channel] += (int)((value * amplitude) >> (2 * shift));
    }
}

// A picture with large soft areas, detail at every scale, grain and a few colours: as photographs are.
static tc_status make_picture(tc_image *image, tc_error *error) {
    tc_status status = tc_image_init(image, (tc_shape){WIDTH, HEIGHT, 3}, error);
    int *light = malloc(WIDTH * sizeof *light), *colour = malloc(2 * WIDTH * sizeof *colour);
    if (!status && (!light || !colour)) status = tc_fail(error, TC_ERR_MEMORY, "not enough memory for a picture");
    for (int y = 0; y < HEIGHT && !status; y++) {
        uint8_t *row = image->data + (size_t)y * image->stride;
        memset(light, 0, WIDTH * sizeof *light);
        memset(colour, 0, 2 * WIDTH * sizeof *colour);
        for (int shift = 9, amplitude = 120; shift >= 0; shift--, amplitude -= amplitude / 3)
            add_noise(light, 0, 1, y, shift, amplitude, (uint32_t)shift);
        for (int c = 0; c < 2; c++) add_noise(colour, c, 2, y, 8, 90, 20 + (uint32_t)c);
        for (int x = 0; x < WIDTH; x++) {
            int shift[3] = {colour[2 * x], -(colour[2 * x] + colour[2 * x + 1]) / 2, colour[2 * x + 1]};
            for (int c = 0; c < 3; c++) {
                int v = 128 + (light[x] + shift[c]) / 512;
                row[3 * x + c] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
            }
        }
    }
    free(light);
    free(colour);
    return status;
}

static tc_status read_picture(const char *file, tc_image *image, tc_error *error) {
    tc_blob bytes;
    tc_probe probe;
    tc_status status = tc_input_load(file, tc_codec_default_limits.max_bytes, &bytes, error);
    if (!status)
        status = tc_codec_decode(bytes.data, bytes.size, &tc_codec_default_limits, image, &probe, NULL, 0, error);
    tc_blob_clear(&bytes);
    return status;
}

static tc_status load_picture(const char *file, tc_image *image, tc_error *error) {
    tc_error why = {0};
    tc_status status = read_picture(file, image, &why);
    return status ? tc_fail(error, status, "%.200s: %s", strcmp(file, "-") == 0 ? "standard input" : file, why.text)
                  : TC_OK;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct times {
    double median, least;
} times;

// One run to warm up caches and touch pages, then the measured ones.
static tc_status measure_runs(tc_measure *measure, int runs, times *result, tc_error *error) {
    TC_ASSERT(runs >= 1 && runs <= MAX_RUNS);
    double ms[MAX_RUNS], first;
    tc_status status = tc_measure_run(measure, &first, error);
    for (int i = 0; i < runs && !status; i++) status = tc_measure_run(measure, &ms[i], error);
    if (status) return status;
    qsort(ms, (size_t)runs, sizeof *ms, by_value);
    *result = (times){(ms[runs / 2] + ms[(runs - 1) / 2]) / 2, ms[0]};
    return TC_OK;
}

typedef struct bench {
    const tc_options *options;
    FILE *to;
    tc_image picture;
    int threads, width; // of the column of pipelines
    tc_codecs *codecs;
} bench;

static tc_status read_codes(void *user, const tc_tile *picture, const tc_codes_options *options, tc_blob *codes,
                            tc_error *error) {
    const bench *b = user;
    tc_codec_client *codec = tc_codecs_acquire(b->codecs, error);
    if (!codec) return error->status;
    tc_status status = tc_codec_client_read_codes(codec, picture, options, NULL, codes, NULL, 0, error);
    tc_codecs_release(b->codecs, codec);
    return status;
}

static tc_status print_json(const bench *b, const char *text, const times *t, tc_error *error) {
    tc_json *line = tc_json_new_object();
    tc_json_set_string(line, "pipeline", text);
    tc_json_set_string(line, "isa", tc_isa_name(b->options->isa));
    tc_json_set_number(line, "threads", b->threads);
    tc_json_set_number(line, "ms_median", round(t->median * 1e4) / 1e4);
    tc_json_set_number(line, "ms_min", round(t->least * 1e4) / 1e4);
    char *printed = tc_json_print(line);
    tc_json_destroy(line);
    if (!printed) return tc_fail(error, TC_ERR_MEMORY, "out of memory");
    fprintf(b->to, "%s\n", printed);
    free(printed);
    return TC_OK;
}

static void print_line(const bench *b, const char *text, const times *t) {
    double pixels = (double)b->picture.shape.width * b->picture.shape.height;
    fprintf(b->to, "%-*s %10.2f %10.2f %14.1f\n", b->width, text, t->median, t->least, pixels / 1e3 / t->median);
}

static tc_status bench_pipeline(bench *b, const char *text, tc_error *error) {
    tc_pipeline *pipeline = malloc(sizeof *pipeline);
    if (!pipeline) return tc_fail(error, TC_ERR_MEMORY, "out of memory");
    tc_measure measure = {.threads = 0};
    times result;
    tc_status status = tc_pipeline_parse(pipeline, text, error);
    if (!status)
        status = tc_measure_init(&measure, pipeline, b->options->isa, &b->picture, b->threads,
                                 tc_codec_default_limits.max_pixels, read_codes, error);
    measure.user = b;
    free(pipeline);
    if (!status) status = measure_runs(&measure, b->options->runs, &result, error);
    tc_measure_clear(&measure);
    if (!status && b->options->json)
        status = print_json(b, text, &result, error);
    else if (!status)
        print_line(b, text, &result);
    if (status || fflush(b->to) == 0) return status;
    return tc_fail(error, TC_ERR_IO, "standard output cannot be written");
}

// The pipelines to measure: a list, or the table of operations without read_codes, which would measure the code reader.
typedef struct source {
    const char *list; // NULL: the table
    int op;
} source;

static bool next_pipeline(source *from, const tc_options *options, char *text) {
    if (options->ops) return tc_options_next_pipeline(&from->list, text);
    while (from->op < tc_op_count() && tc_op_list()[from->op]->merge_method == TC_MERGE_CODES) from->op++;
    if (from->op == tc_op_count()) return false;
    strcpy(text, tc_op_list()[from->op++]->name);
    return true;
}

static void print_head(bench *b, char *text) {
    source from = {.list = b->options->ops};
    while (next_pipeline(&from, b->options, text))
        if ((int)strlen(text) > b->width) b->width = (int)strlen(text);
    if (b->width > 60) b->width = 60;
    if (b->options->json) return;
    tc_shape shape = b->picture.shape;
    fprintf(b->to, "%d × %d pixels, %d channel%s; %s, %d thread%s\n\n", shape.width, shape.height, shape.channels,
            shape.channels == 1 ? "" : "s", tc_isa_name(b->options->isa), b->threads, b->threads == 1 ? "" : "s");
    fprintf(b->to, "%-*s %10s %10s %14s\n", b->width, "pipeline", "median ms", "min ms", "megapixels/s");
}

tc_status tc_bench_run(const tc_options *options, FILE *to, tc_error *error) {
    bench b = {.options = options, .to = to, .width = 12};
    b.threads = options->threads ? options->threads : tc_thread_pool_cores();
    char *text = malloc(TC_MAX_PIPELINE_TEXT);
    b.codecs = tc_codecs_new();
    tc_status status = text && b.codecs ? TC_OK : tc_fail(error, TC_ERR_MEMORY, "out of memory");
    if (!status)
        status = options->image ? load_picture(options->image, &b.picture, error) : make_picture(&b.picture, error);
    if (!status) print_head(&b, text);
    source from = {.list = options->ops};
    while (!status && next_pipeline(&from, options, text)) status = bench_pipeline(&b, text, error);
    tc_codecs_destroy(b.codecs);
    tc_image_clear(&b.picture);
    free(text);
    return status;
}
