// Straight segments, drawn and listed, by a probabilistic Hough transform (Matas, Galambos, Kittler: "Robust detection
// of lines using the progressive probabilistic Hough transform", 2000) that can be computed in parts:
//
//   1. Canny's edges (edged.h); the picture is retained until the end;
//   2. votes of every edge pixel, not only of those drawn so far, counted per tile and added up in the merge (hough.h);
//   3. each edge pixel's best angle, found per tile, and then walks along these angles in the merge (walk.h);
//   4. the segments found are drawn.
//
// So the votes do not depend on the order of the pixels, and used-up pixels keep theirs; the order, pseudo-random as in
// the paper, only decides which pixel of a segment its walk starts from.
#include "core/draw.h"
#include "core/kernels/edge_map.h"
#include "core/kernels/hough.h"
#include "core/kernels/walk.h"
#include "core/op.h"
#include "core/segments.h"

enum { ARG_LOW, ARG_HIGH, ARG_THRESHOLD, ARG_MIN_LENGTH, ARG_MAX_GAP };

static const tc_param params[] = {
    {.name = "low",
     .title = "Lower threshold of edges",
     .kind = TC_PARAM_REAL,
     .initial = 50,
     .min = 0,
     .max = 1000,
     .unit = ""},
    {.name = "high",
     .title = "Upper threshold of edges",
     .kind = TC_PARAM_REAL,
     .initial = 150,
     .min = 0,
     .max = 1000,
     .unit = ""},
    {.name = "threshold",
     .title = "Edge pixels on a line, at least",
     .kind = TC_PARAM_INT,
     .initial = 80,
     .min = 1,
     .max = 10000,
     .unit = "px"},
    {.name = "min_length",
     .title = "Shortest line",
     .kind = TC_PARAM_INT,
     .initial = 50,
     .min = 1,
     .max = 10000,
     .unit = "px"},
    {.name = "max_gap",
     .title = "Largest gap in a line",
     .kind = TC_PARAM_INT,
     .initial = 10,
     .min = 0,
     .max = 1000,
     .unit = "px"},
    {.name = NULL},
};

// The map that the steps before the drawing work on: one channel.
static tc_shape map_intermediate(const tc_args *args, tc_shape in) {
    (void)args;
    return (tc_shape){in.width, in.height, 1};
}

static tc_status map_shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error) {
    (void)error;
    *out = map_intermediate(args, in);
    return TC_OK;
}

// ---- Step 3: angles, walks, drawing

// Drawing is in red, so a grey picture becomes a coloured one.
static tc_status drawn_shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error) {
    (void)args;
    (void)error;
    *out = (tc_shape){in.width, in.height, tc_has_alpha(in.channels) ? 4 : 3};
    return TC_OK;
}

static tc_status walk_scan(const tc_step *step, const tc_tile *in, const tc_tile *intermediate, tc_blob *partial,
                           tc_error *error) {
    (void)step;
    tc_tile_copy(intermediate, in);
    return tc_walk_list(intermediate, partial, error);
}

static tc_status walk_merge(const tc_step *step, const tc_partial *partials, int count, const tc_parallel *parallel,
                            tc_blob *merged, tc_error *error) {
    return tc_walk_merge(partials, count, step->in, (int)step->args.value[ARG_MIN_LENGTH],
                         (int)step->args.value[ARG_MAX_GAP], parallel, merged, error);
}

static void colour_row(uint8_t *to, const uint8_t *from, int width, int channels) {
    bool alpha = tc_has_alpha(channels);
    for (int x = 0; x < width; x++, from += channels) {
        for (int c = 0; c < 3; c++) *to++ = from[0];
        if (alpha) *to++ = from[1];
    }
}

static bool meets(const tc_segment *s, tc_rect rect) {
    int top = s->y1 < s->y2 ? s->y1 : s->y2, bottom = s->y1 < s->y2 ? s->y2 : s->y1;
    return s->x1 < rect.x + rect.width && s->x2 >= rect.x && top < rect.y + rect.height && bottom >= rect.y;
}

static tc_status draw(const tc_step *step, const tc_blob *merged, const tc_tile *in, const tc_tile *out,
                      tc_error *error) {
    (void)step;
    static const uint8_t red[3] = {255, 0, 0};
    int count = merged ? tc_segments_count(merged) : 0;
    if (count < 0) return tc_fail(error, TC_ERR_PROTOCOL, "lines: the list of lines does not parse");
    tc_rect rect = out->rect;
    if (in->channels == out->channels)
        tc_tile_copy(out, in);
    else
        for (int y = rect.y; y < rect.y + rect.height; y++)
            colour_row(tc_tile_row(out, y), tc_tile_at(in, rect.x, y), rect.width, in->channels);
    for (int i = 0; i < count; i++) {
        tc_segment s = tc_segments_get(merged, i);
        if (!meets(&s, rect)) continue;
        tc_draw_thin_line(out, (tc_point){s.x1, s.y1}, (tc_point){s.x2, s.y2}, red);
    }
    return TC_OK;
}

static const tc_op walks = {
    .name = "lines",
    .group = TC_GROUP_ANALYSIS,
    .need = TC_NEED_WHOLE,
    .square_tiles = true,
    .merged_list = TC_LIST_SEGMENTS,
    .cost = 3,
    .shape = drawn_shape,
    .intermediate_shape = map_intermediate,
    .scan = walk_scan,
    .merge = walk_merge,
    .apply = draw,
};

// ---- Step 2: votes

static tc_status vote_scan(const tc_step *step, const tc_tile *in, const tc_tile *intermediate, tc_blob *partial,
                           tc_error *error) {
    (void)step;
    tc_tile_copy(intermediate, in);
    return tc_hough_vote(intermediate, partial, error);
}

static tc_status vote_merge(const tc_step *step, const tc_partial *partials, int count, const tc_parallel *parallel,
                            tc_blob *merged, tc_error *error) {
    return tc_hough_merge(partials, count, step->in, parallel, merged, error);
}

static tc_status choose(const tc_step *step, const tc_blob *merged, const tc_tile *intermediate, const tc_tile *out,
                        tc_error *error) {
    tc_tile_copy(out, intermediate);
    return tc_hough_choose(merged, out, step->in, (int)step->args.value[ARG_THRESHOLD], error);
}

static const tc_op votes = {
    .name = "lines",
    .group = TC_GROUP_ANALYSIS,
    .need = TC_NEED_WHOLE,
    .square_tiles = true,
    .cost = 12,
    .next_op = &walks,
    .scan = vote_scan,
    .merge = vote_merge,
    .apply = choose,
};

// ---- Step 1: edges

const tc_op TC_OP(lines) = {
    .name = "lines",
    .title = "Straight lines",
    .summary = "Finds straight lines, draws them in red on the picture and lists their ends.",
    .group = TC_GROUP_ANALYSIS,
    .params = params,
    .need = TC_NEED_WHOLE,
    .border = TC_BORDER_REPLICATE,
    .grid_bound = true,
    .square_tiles = true,
    .cost = 5,
    .next_op = &votes,
    .retains_input = true,
    .shape = map_shape,
    .radius = tc_edge_map_radius,
    .intermediate_shape = map_intermediate,
    .scan = tc_edge_map_scan,
    .merge = tc_edge_map_merge,
    .apply = tc_edge_map_apply,
};
