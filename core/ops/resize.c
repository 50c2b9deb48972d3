// Resize. Each axis has a table of taps for the whole picture, so an output pixel does not depend on its tile.
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arithmetic.h"
#include "core/assert.h"
#include "core/kernels/scale_rows.h"
#include "core/op.h"

enum { ARG_WIDTH, ARG_HEIGHT, ARG_SCALE, ARG_METHOD };
enum { METHOD_AREA, METHOD_LINEAR, METHOD_NEAREST };
enum { WEIGHT_BITS = 11, MAX_CHANNELS = 4, MEAN_SAMPLES = 6144 };

static const tc_param params[] = {
    TC_NUMBER(INT, "width", "Width (0: keep the aspect ratio)", 0, 0, TC_MAX_SIDE, "px"),
    TC_NUMBER(INT, "height", "Height (0: keep the aspect ratio)", 0, 0, TC_MAX_SIDE, "px"),
    TC_NUMBER(REAL, "scale", "Scale, without width and height", 0.5, 0.01, 8, "×"),
    TC_CHOICE("method", "Method", METHOD_AREA, "area", "linear", "nearest"),
    TC_PARAMS_END,
};

typedef enum scaling { SCALE_NEAREST, SCALE_LINEAR, SCALE_HALF, SCALE_MEAN, SCALE_AREA } scaling;

typedef struct scaler {
    scaling scaling;
    int block_width, block_height; // MEAN: every output pixel is the mean of this many input pixels
    tc_taps taps[];                // of the columns, then of the rows
} scaler;

static const tc_taps *column_taps(const tc_step *step) {
    return ((const scaler *)step->table)->taps;
}

static const tc_taps *row_taps(const tc_step *step) {
    return ((const scaler *)step->table)->taps + step->out.width;
}

static tc_status shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error) {
    double width = args->value[ARG_WIDTH], height = args->value[ARG_HEIGHT], scale = args->value[ARG_SCALE];
    if (width == 0 && height == 0) {
        width = fmax(1, rint(in.width * scale));
        height = fmax(1, rint(in.height * scale));
    } else if (width == 0) {
        width = fmax(1, rint(in.width * (height / in.height)));
    } else if (height == 0) {
        height = fmax(1, rint(in.height * (width / in.width)));
    }
    if (width > (double)TC_MAX_SIDE || height > (double)TC_MAX_SIDE)
        return tc_fail(error, TC_ERR_LIMIT,
                       "resize: the result would have %.0f×%.0f pixels; each side may have at most %d", width, height,
                       TC_MAX_SIDE);
    *out = (tc_shape){(int)width, (int)height, in.channels};
    return TC_OK;
}

// One axis: `in` samples become `out`, `ratio` = out / in, `scale` = 1 / ratio.
typedef struct axis {
    int in, out;
    double ratio, scale;
} axis;

static axis axis_of(int in, int out) {
    TC_ASSERT(in > 0 && out > 0);
    double ratio = (double)out / in;
    return (axis){in, out, ratio, 1 / ratio};
}

static void fill_nearest(tc_taps *taps, axis a) {
    for (int i = 0; i < a.out; i++) {
        int at = tc_clamp_int((int)floor(i * a.scale), 0, a.in - 1);
        taps[i] = (tc_taps){.first = at, .last = at};
    }
}

// `enlarging`: at the positions of OpenCV's area method when it enlarges. `edge`: beyond the outer samples only the
// outer one counts, as for columns; rows have both weights there, which can round differently.
static void fill_linear(tc_taps *taps, axis a, bool enlarging, bool edge) {
    for (int i = 0; i < a.out; i++) {
        float part;
        int at;
        if (enlarging) {
            at = (int)floor(i * a.scale);
            part = (float)((i + 1) - (at + 1) * a.ratio);
            part = part <= 0 ? 0 : part - floorf(part);
        } else {
            part = (float)((i + 0.5) * a.scale - 0.5);
            at = (int)floorf(part);
            part -= (float)at;
        }
        if (edge && (at < 0 || at >= a.in - 1)) part = 0;
        taps[i] = (tc_taps){.first = tc_clamp_int(at, 0, a.in - 1),
                            .last = tc_clamp_int(at + 1, 0, a.in - 1),
                            .near = (int)rintf((1.0f - part) * (1 << WEIGHT_BITS)),
                            .far = (int)rintf(part * (1 << WEIGHT_BITS))};
        if (edge && at < 0) taps[i].last = taps[i].first;
    }
}

// Each output sample covers `scale` input samples; those at the ends are weighted by the fraction covered. Fractions
// below a thousandth are ignored.
static void fill_area(tc_taps *taps, axis a) {
    for (int i = 0; i < a.out; i++) {
        double start = i * a.scale, end = start + a.scale, cell = fmin(a.scale, a.in - start);
        int last = (int)fmin(floor(end), a.in - 1), first = (int)fmin(ceil(start), last);
        tc_taps s = {.first = first, .last = last - 1, .middle = (float)(1 / cell)};
        s.head = s.tail = s.middle;
        if (end - last > 1e-3) {
            s.last = last;
            s.tail = (float)(fmin(fmin(end - last, 1), cell) / cell);
            if (first == last) s.head = s.tail;
        }
        if (first - start > 1e-3) {
            s.first = first - 1;
            s.head = (float)((first - start) / cell);
        }
        taps[i] = s;
    }
}

static void fill_mean(tc_taps *taps, int count, int size) {
    for (int i = 0; i < count; i++) taps[i] = (tc_taps){.first = i * size, .last = i * size + size - 1};
}

static bool is_whole(double scale) {
    return fabs(scale - rint(scale)) < DBL_EPSILON;
}

static scaling choose_scaling(int method, axis x, axis y) {
    if (method == METHOD_NEAREST) return SCALE_NEAREST;
    bool whole = is_whole(x.scale) && is_whole(y.scale);
    if (whole && rint(x.scale) == 2 && rint(y.scale) == 2) return SCALE_HALF;
    if (method == METHOD_LINEAR || x.scale < 1 || y.scale < 1) return SCALE_LINEAR;
    return whole ? SCALE_MEAN : SCALE_AREA;
}

static void *prepare(const tc_step *step) {
    size_t count = (size_t)step->out.width + (size_t)step->out.height;
    scaler *s = malloc(sizeof *s + count * sizeof *s->taps);
    if (!s) return NULL;
    axis x = axis_of(step->in.width, step->out.width), y = axis_of(step->in.height, step->out.height);
    int method = (int)step->args.value[ARG_METHOD];
    tc_taps *columns = s->taps, *rows = s->taps + step->out.width;
    *s = (scaler){.scaling = choose_scaling(method, x, y)};
    switch (s->scaling) {
    case SCALE_NEAREST:
        fill_nearest(columns, x);
        fill_nearest(rows, y);
        break;
    case SCALE_LINEAR:
        fill_linear(columns, x, method == METHOD_AREA, true);
        fill_linear(rows, y, method == METHOD_AREA, false);
        break;
    case SCALE_HALF:
    case SCALE_MEAN:
        s->block_width = (int)rint(x.scale);
        s->block_height = (int)rint(y.scale);
        fill_mean(columns, x.out, s->block_width);
        fill_mean(rows, y.out, s->block_height);
        break;
    case SCALE_AREA:
        fill_area(columns, x);
        fill_area(rows, y);
        break;
    }
    return s;
}

static tc_rect source(const tc_step *step, tc_rect out) {
    const tc_taps *columns = column_taps(step) + out.x, *rows = row_taps(step) + out.y;
    int x = columns[0].first, y = rows[0].first;
    TC_ASSERT(out.x + out.width <= step->out.width && out.y + out.height <= step->out.height);
    return (tc_rect){x, y, columns[out.width - 1].last - x + 1, rows[out.height - 1].last - y + 1};
}

// The address of the strip's first input column in row `y`.
static const uint8_t *strip_row(const tc_tile *in, const tc_taps *columns, int y) {
    return tc_tile_at(in, columns->first, y);
}

// Bytes that may be read from there to the end of the row.
static size_t strip_size(const tc_tile *in, const tc_taps *columns) {
    return tc_row_bytes(in->rect.x + in->rect.width - columns->first, in->channels);
}

static void scale_nearest(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    const tc_taps *columns = column_taps(step) + out->rect.x, *rows = row_taps(step);
    size_t size = strip_size(in, columns);
    tc_nearest strip;
    tc_nearest_init(&strip, columns, out->rect.width, in->channels, size);
    for (int y = out->rect.y; y < out->rect.y + out->rect.height; y++)
        tc_nearest_row(tc_tile_row(out, y), &strip, strip_row(in, columns, rows[y].first));
}

static void scale_linear(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    const tc_taps *columns = column_taps(step) + out->rect.x, *rows = row_taps(step);
    size_t size = strip_size(in, columns);
    tc_linear strip;
    tc_linear_line lines[2];
    int held[2] = {-1, -1};
    tc_linear_init(&strip, columns, out->rect.width, in->channels, size);
    for (int y = out->rect.y; y < out->rect.y + out->rect.height; y++) {
        const int wanted[2] = {rows[y].first, rows[y].last};
        // Odd and even rows have a slot each, and are reused for the next output row.
        for (int i = 0; i < 2; i++) {
            int slot = wanted[i] & 1;
            if (held[slot] == wanted[i]) continue;
            held[slot] = wanted[i];
            tc_linear_row(&lines[slot], &strip, strip_row(in, columns, wanted[i]), size);
        }
        tc_linear_mix(tc_tile_row(out, y), &strip, &lines[wanted[0] & 1], &lines[wanted[1] & 1], &rows[y]);
    }
}

static void scale_half(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    const tc_taps *columns = column_taps(step) + out->rect.x, *rows = row_taps(step);
    for (int y = out->rect.y; y < out->rect.y + out->rect.height; y++)
        tc_row_halve(tc_tile_row(out, y), strip_row(in, columns, rows[y].first), strip_row(in, columns, rows[y].last),
                     out->rect.width, in->channels);
}

// Sums the blocks of an output row: columns first, in 16 bits. A block wider than the buffer, whose strip is one pixel
// wide, is summed in parts.
static void add_blocks(int *sums, const tc_tile *in, const tc_tile *out, const tc_taps *columns, const tc_taps *row,
                       int block) {
    int channels = in->channels, most = MEAN_SAMPLES / channels;
    uint16_t line[MEAN_SAMPLES];
    for (int part = 0; part < block; part += most)
        for (int y = row->first; y <= row->last; y += TC_SUM_ROWS) {
            int end = y + TC_SUM_ROWS <= row->last ? y + TC_SUM_ROWS : row->last + 1;
            int wide = block - part < most ? block - part : most, count = out->rect.width * wide * channels;
            memset(line, 0, (size_t)count * sizeof *line);
            for (int i = y; i < end; i++) tc_row_add(line, strip_row(in, columns, i) + part * channels, count);
            tc_row_add_blocks(sums, line, wide, out->rect.width, channels);
        }
}

static int mean_strip(const tc_step *step) {
    if (((const scaler *)step->table)->scaling != SCALE_MEAN) return 0;
    int fit = MEAN_SAMPLES / (((const scaler *)step->table)->block_width * step->in.channels);
    return fit < 1 ? 1 : fit < TC_STRIP ? fit : TC_STRIP;
}

static void scale_mean(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    const scaler *s = step->table;
    const tc_taps *columns = column_taps(step) + out->rect.x, *rows = row_taps(step);
    int count = out->rect.width * in->channels;
    TC_ASSERT(out->rect.width <= TC_STRIP && in->channels <= MAX_CHANNELS);
    float scale = 1.0f / (float)(s->block_width * s->block_height);
    int sums[TC_STRIP * MAX_CHANNELS];
    for (int y = out->rect.y; y < out->rect.y + out->rect.height; y++) {
        uint8_t *to = tc_tile_row(out, y);
        memset(sums, 0, (size_t)count * sizeof *sums);
        add_blocks(sums, in, out, columns, &rows[y], s->block_width);
        for (int i = 0; i < count; i++) to[i] = (uint8_t)rintf((float)sums[i] * scale);
    }
}

static void scale_area(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    const tc_taps *columns = column_taps(step) + out->rect.x, *rows = row_taps(step);
    const int last = rows[out->rect.y + out->rect.height - 1].last;
    size_t size = strip_size(in, columns);
    tc_area strip = {columns, out->rect.width, in->channels};
    tc_area_line lines[TC_AREA_ROWS], sum;
    int held = 0, held_end = 0; // the input rows that `lines` holds
    for (int y = out->rect.y; y < out->rect.y + out->rect.height; y++) {
        const tc_taps *s = &rows[y];
        for (int row = s->first; row <= s->last; row++) {
            if (row < held || row >= held_end) {
                held = row;
                held_end =
                    row + tc_area_rows(lines, &strip, strip_row(in, columns, row), in->stride, size, last + 1 - row);
            }
            float weight = row == s->first ? s->head : row < s->last ? s->middle : s->tail;
            tc_area_add(&sum, &strip, &lines[row - held], weight, row == s->first);
        }
        tc_area_finish(tc_tile_row(out, y), &strip, &sum);
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    static void (*const scale[])(const tc_step *, const tc_tile *, const tc_tile *) = {
        [SCALE_NEAREST] = scale_nearest, [SCALE_LINEAR] = scale_linear, [SCALE_HALF] = scale_half,
        [SCALE_MEAN] = scale_mean,       [SCALE_AREA] = scale_area,
    };
    scaling kind = ((const scaler *)step->table)->scaling;
    const int strips[] = {
        [SCALE_NEAREST] = TC_STRIP,      [SCALE_LINEAR] = TC_STRIP,    [SCALE_HALF] = out->rect.width,
        [SCALE_MEAN] = mean_strip(step), [SCALE_AREA] = TC_AREA_STRIP,
    };
    const int most = strips[kind];
    for (int x = 0; x < out->rect.width; x += most) {
        tc_tile strip = *out;
        strip.rect.x += x;
        strip.rect.width = out->rect.width - x < most ? out->rect.width - x : most;
        strip.data += (size_t)x * (size_t)out->channels;
        scale[kind](step, in, &strip);
    }
}

const tc_op TC_OP(resize) = {
    .name = "resize",
    .title = "Resize",
    .summary = "Makes the picture smaller or larger.",
    .group = TC_GROUP_GEOMETRY,
    .params = params,
    .need = TC_NEED_GEOMETRY,
    .cost = 1.7,
    .shape = shape,
    .source = source,
    .prepare = prepare,
    .run = run,
};
