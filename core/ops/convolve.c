// A filter of the user's own: correlation with a square kernel. Weights become 16-bit fixed point where that is
// exact, as whole numbers are, or nearly so; else the sums are of floats, in the kernel's order.
#include <math.h>
#include <stdlib.h>

#include "core/kernels/rows.h"
#include "core/op.h"

enum { ARG_KERNEL, ARG_OFFSET };
enum { MAX_TAPS = TC_MAX_LIST, MAX_CHANNELS = 4, STRIP = 1024 };

// Lights every edge from the top left.
static const double emboss[] = {-2, -1, 0, -1, 1, 1, 0, 1, 2};

static const tc_param params[] = {
    {.name = "kernel",
     .title = "Kernel, row by row",
     .kind = TC_PARAM_LIST,
     .initial = 9,
     .min = -1000,
     .max = 1000,
     .unit = "",
     .counts = {9, 25, 49},
     .initial_list = emboss},
    {.name = "offset", .title = "Offset", .kind = TC_PARAM_INT, .min = -255, .max = 255, .unit = ""},
    {.name = NULL},
};

// The weights that are not 0, with their places beside the pixel.
typedef struct kernel {
    int taps;
    int8_t dx[MAX_TAPS], dy[MAX_TAPS];
    bool fixed;
    int shift;                // of fixed point
    int32_t start;            // offset and rounding, in fixed point
    int16_t weight[MAX_TAPS]; // fixed point
    float real[MAX_TAPS], real_start;
} kernel;

static int side_of(const tc_args *args) {
    return (int)sqrt(args->value[ARG_KERNEL]);
}

static int radius(const tc_args *args) {
    return side_of(args) / 2;
}

// Takes as many binary places as 16 bits allow. True when sums are exact or wrong by less than a quarter.
static bool fix(kernel *k, const double weight[], double offset) {
    double greatest = 0, total = 0, wrong = 0;
    for (int i = 0; i < k->taps; i++) {
        greatest = fmax(greatest, fabs(weight[i]));
        total += fabs(weight[i]);
    }
    // Sums, offset and rounding must stay below 2^31.
    while (k->shift < 20 && ldexp(greatest, k->shift + 1) < INT16_MAX &&
           ldexp(total * 255 + 256, k->shift + 1) < INT32_MAX)
        k->shift++;
    for (int i = 0; i < k->taps; i++) {
        double fixed = rint(ldexp(weight[i], k->shift));
        wrong += 255 * fabs(weight[i] - ldexp(fixed, -k->shift));
        k->weight[i] = (int16_t)fixed;
    }
    k->start = (int32_t)ldexp(offset + 0.5, k->shift);
    return wrong < 0.25;
}

static void *prepare(const tc_step *step) {
    kernel *k = calloc(1, sizeof *k);
    if (!k) return NULL;
    int side = side_of(&step->args);
    double weight[MAX_TAPS], offset = step->args.value[ARG_OFFSET];
    for (int i = 0; i < side * side; i++) {
        if (step->args.list[i] == 0) continue;
        k->dx[k->taps] = (int8_t)(i % side - side / 2);
        k->dy[k->taps] = (int8_t)(i / side - side / 2);
        k->real[k->taps] = (float)step->args.list[i];
        weight[k->taps++] = step->args.list[i];
    }
    k->real_start = (float)offset + 0.5f;
    k->fixed = fix(k, weight, offset);
    return k;
}

static void add_fixed(int32_t *restrict sums, const uint8_t *restrict from, int count, int16_t weight) {
    for (int i = 0; i < count; i++) sums[i] += weight * from[i];
}

static void fixed_row(uint8_t *restrict to, const uint8_t *const at[], int count, const kernel *k) {
    int32_t sums[STRIP * MAX_CHANNELS];
    for (int i = 0; i < count; i++) sums[i] = k->start;
    for (int j = 0; j < k->taps; j++) add_fixed(sums, at[j], count, k->weight[j]);
    for (int i = 0; i < count; i++) {
        int32_t v = sums[i] >> k->shift;
        v = v < 0 ? 0 : v;
        to[i] = (uint8_t)(v > 255 ? 255 : v);
    }
}

static void add_real(float *restrict sums, const uint8_t *restrict from, int count, float weight) {
    for (int i = 0; i < count; i++) sums[i] += weight * (float)from[i];
}

static void real_row(uint8_t *restrict to, const uint8_t *const at[], int count, const kernel *k) {
    float sums[STRIP * MAX_CHANNELS];
    for (int i = 0; i < count; i++) sums[i] = k->real_start;
    for (int j = 0; j < k->taps; j++) add_real(sums, at[j], count, k->real[j]);
    for (int i = 0; i < count; i++) {
        float v = sums[i] < 0 ? 0 : sums[i];
        to[i] = (uint8_t)(int32_t)(v > 255 ? 255 : v);
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    const kernel *k = step->table;
    const uint8_t *at[MAX_TAPS];
    int channels = in->channels;
    tc_rect rect = out->rect;
    for (int x = rect.x, width; x < rect.x + rect.width; x += width) {
        width = rect.x + rect.width - x < STRIP ? rect.x + rect.width - x : STRIP;
        for (int y = rect.y; y < rect.y + rect.height; y++) {
            uint8_t *to = tc_tile_at(out, x, y);
            for (int j = 0; j < k->taps; j++) at[j] = tc_tile_at(in, x + k->dx[j], y + k->dy[j]);
            (k->fixed ? fixed_row : real_row)(to, at, width * channels, k);
            tc_row_copy_alpha(to, channels, tc_tile_at(in, x, y), channels, width);
        }
    }
}

const tc_op TC_OP(convolve) = {
    .name = "convolve",
    .title = "Convolve",
    .summary = "Gives each pixel the sum of those around it, weighted by a kernel of your own.",
    .group = TC_GROUP_FILTER,
    .params = params,
    .need = TC_NEED_NEIGHBOURHOOD,
    .border = TC_BORDER_REFLECT101,
    .cost = 12,
    .radius = radius,
    .prepare = prepare,
    .run = run,
};
