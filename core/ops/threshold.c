// Threshold of the grey, at a given level or at Otsu's.
#include <float.h>
#include <math.h>

#include "core/assert.h"
#include "core/kernels/grey.h"
#include "core/kernels/histogram.h"
#include "core/kernels/luma.h"
#include "core/kernels/rows.h"
#include "core/op.h"

enum { ARG_LEVEL, ARG_METHOD };
enum { BINARY, OTSU };

static const tc_param params[] = {
    TC_NUMBER(REAL, "level", "Level", 128, 0, 255, ""),
    TC_CHOICE("method", "Method", BINARY, "binary", "otsu"),
    TC_PARAMS_END,
};

static tc_need need_of(const tc_args *args) {
    return (int)args->value[ARG_METHOD] == OTSU ? TC_NEED_WHOLE : TC_NEED_POINT;
}

#if TC_LANES
// Needs rows of at least TC_LANES pixels. `to` may be `from`: pixels that are compared twice, where the last vector
// overlaps, give the same.
static int threshold_vectors(uint8_t *to, const uint8_t *from, int width, int channels, int level) {
    if (width < TC_LANES || tc_has_alpha(channels)) return 0;
    tc_vec least = v_set8(level);
    for (int x = 0; x < width; x += TC_LANES) {
        int at = v_start(x, width);
        if (channels == 3) {
            v_store(to + at, v_gt_u8(tc_luma_rgb(from + 3 * at), least));
        } else {
            v_store(to + at, v_gt_u8(v_load(from + at), least));
        }
    }
    return width;
}
#else
static int threshold_vectors(uint8_t *to, const uint8_t *from, int width, int channels, int level) {
    (void)to, (void)from, (void)width, (void)channels, (void)level;
    return 0;
}
#endif

static void threshold_row(uint8_t *to, const uint8_t *from, int width, int channels, int level) {
    int done = threshold_vectors(to, from, width, channels, level), to_channels = tc_grey_channels(channels);
    if (done == width) return;
    tc_row_grey(to, from, width, channels);
    for (int x = 0; x < width; x++) to[to_channels * x] = to[to_channels * x] > level ? 255 : 0;
}

static void threshold_tile(const tc_tile *in, const tc_tile *out, int level) {
    TC_ASSERT(level >= 0 && level <= 255 && out->channels == tc_grey_channels(in->channels));
    tc_rect rect = out->rect;
    for (int y = rect.y; y < rect.y + rect.height; y++)
        threshold_row(tc_tile_row(out, y), tc_tile_at(in, rect.x, y), rect.width, in->channels, level);
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    threshold_tile(in, out, (int)floor(step->args.value[ARG_LEVEL]));
}

// Otsu's level: the lowest of those with the greatest variance between the two classes. The order of floating-point
// operations is OpenCV's; it decides between nearly equal levels.
static int otsu_level(const tc_histogram *histogram) {
    double scale = 1.0 / (double)tc_histogram_total(histogram), mean = 0;
    for (int i = 0; i < 256; i++) mean += i * (double)histogram->count[i];
    mean *= scale;
    double mean_below = 0, below = 0, best = 0;
    int level = 0;
    for (int i = 0; i < 256; i++) {
        double probability = (double)histogram->count[i] * scale;
        mean_below *= below;
        below += probability;
        double above = 1 - below;
        if (fmin(below, above) < (double)FLT_EPSILON || fmax(below, above) > 1 - (double)FLT_EPSILON) continue;
        mean_below = (mean_below + i * probability) / below;
        double mean_above = (mean - below * mean_below) / above;
        double variance = below * above * (mean_below - mean_above) * (mean_below - mean_above);
        if (variance > best) {
            best = variance;
            level = i;
        }
    }
    return level;
}

// The merged result is one byte, the level.
static tc_status merge(const tc_step *step, const tc_partial *partials, int count, const tc_parallel *parallel,
                       tc_blob *merged, tc_error *error) {
    (void)parallel;
    tc_histogram histogram;
    tc_status status = tc_histogram_merge(&histogram, step->op, partials, count, error);
    if (status != TC_OK) return status;
    uint8_t level = (uint8_t)otsu_level(&histogram);
    status = tc_blob_append(merged, &level, 1);
    return status == TC_OK ? TC_OK : tc_fail(error, status, "threshold: not enough memory for the level");
}

static tc_status apply(const tc_step *step, const tc_blob *merged, const tc_tile *in, const tc_tile *out,
                       tc_error *error) {
    (void)step;
    if (!merged || merged->size != 1)
        return tc_fail(error, TC_ERR_PROTOCOL, "threshold: the merged result is not a level");
    threshold_tile(in, out, merged->data[0]);
    return TC_OK;
}

const tc_op TC_OP(threshold) = {
    .name = "threshold",
    .title = "Threshold",
    .summary = "Makes pixels brighter than a level white and the others black; Otsu's method chooses the level.",
    .group = TC_GROUP_TONE,
    .params = params,
    .need = TC_NEED_POINT,
    .need_of = need_of,
    .cost = 1.1,
    .shape = tc_grey_shape,
    .run = run,
    .intermediate_shape = tc_grey_intermediate,
    .scan = tc_histogram_scan,
    .merge = merge,
    .apply = apply,
};
