#include "core/kernels/edged.h"

#include <math.h>

#include "core/kernels/edges.h"
#include "core/kernels/hysteresis.h"

tc_shape tc_edged_mid(const tc_args *args, tc_shape in) {
    (void)args;
    return (tc_shape){in.width, in.height, in.channels + 1};
}

tc_status tc_edged_shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error) {
    (void)error;
    *out = tc_edged_mid(args, in);
    return TC_OK;
}

int tc_edged_radius(const tc_args *args) {
    (void)args;
    return TC_EDGES_RADIUS;
}

static void keep_row(uint8_t *restrict to, const uint8_t *restrict from, int width, int channels) {
    for (int x = 0; x < width; x++, to += channels + 1, from += channels)
        for (int c = 0; c < channels; c++) to[c + 1] = from[c];
}

tc_status tc_edged_scan_of(const tc_step *step, const tc_tile *in, const tc_tile *seen, const tc_tile *mid,
                           tc_blob *partial, tc_error *error) {
    double a = step->args.value[0], b = step->args.value[1];
    int low = (int)floor(fmin(a, b)), high = (int)floor(fmax(a, b));
    tc_status status = tc_edges_classify(seen, mid, step->in, low, high, error);
    if (status != TC_OK) return status;
    tc_rect rect = mid->rect;
    for (int y = rect.y; y < rect.y + rect.height; y++)
        keep_row(tc_tile_row(mid, y), tc_tile_at(in, rect.x, y), rect.width, in->channels);
    return tc_hysteresis_scan(mid, step->in, partial, error);
}

tc_status tc_edged_scan(const tc_step *step, const tc_tile *in, const tc_tile *mid, tc_blob *partial, tc_error *error) {
    return tc_edged_scan_of(step, in, in, mid, partial, error);
}

tc_status tc_edged_merge(const tc_step *step, const tc_partial *partials, int count, tc_blob *merged, tc_error *error) {
    (void)step;
    return tc_hysteresis_merge(partials, count, merged, error);
}

tc_status tc_edged_apply(const tc_step *step, const tc_blob *merged, const tc_tile *mid, const tc_tile *out,
                         tc_error *error) {
    (void)step;
    tc_tile_copy(out, mid);
    return tc_hysteresis_apply(merged, out, error);
}
