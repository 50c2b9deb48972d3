// Straight segments, drawn and listed, by a probabilistic Hough transform (Matas, Galambos, Kittler: "Robust detection
// of lines using the progressive probabilistic Hough transform", 2000) that is computed tile by tile:
//
//   1. Canny's edge map (edge_map.h); the input is retained;
//   2. the votes of all edge pixels, counted per tile and summed in the merge (hough.h);
//   3. the best angle of each edge pixel, per tile, then walks along these angles in the merge (walk.h);
//   4. the segments are drawn on the retained input.
//
// Unlike the paper's, votes do not depend on the order of the pixels, and pixels that a segment has used keep theirs.
// The order, pseudo-random as in the paper, decides only from which pixel of a segment the walk starts.
#include "core/assert.h"
#include "core/draw.h"
#include "core/kernels/colour.h"
#include "core/kernels/edge_map.h"
#include "core/kernels/hough.h"
#include "core/kernels/walk.h"
#include "core/op.h"
#include "core/segments.h"

enum { ARG_LOW, ARG_HIGH, ARG_THRESHOLD, ARG_MIN_LENGTH, ARG_MAX_GAP };

static const tc_param params[] = {
    TC_NUMBER(REAL, "low", "Lower threshold of edges", 50, 0, 1000, ""),
    TC_NUMBER(REAL, "high", "Upper threshold of edges", 150, 0, 1000, ""),
    TC_NUMBER(INT, "threshold", "Edge pixels on a line, at least", 80, 1, 10000, "px"),
    TC_NUMBER(INT, "min_length", "Shortest line", 50, 1, 10000, "px"),
    TC_NUMBER(INT, "max_gap", "Largest gap in a line", 10, 0, 1000, "px"),
    TC_PARAMS_END,
};

// ---- Step 3: angles, walks, drawing

static tc_status walk_scan(const tc_step *step, const tc_tile *in, const tc_tile *intermediate, tc_blob *partial,
                           tc_error *error) {
    (void)step;
    TC_ASSERT(in->channels == 1);
    tc_tile_copy(intermediate, in);
    return tc_walk_list(intermediate, partial, error);
}

static tc_status walk_merge(const tc_step *step, const tc_partial *partials, int count, const tc_parallel *parallel,
                            tc_blob *merged, tc_error *error) {
    return tc_walk_merge(partials, count, step->in, (int)step->args.value[ARG_MIN_LENGTH],
                         (int)step->args.value[ARG_MAX_GAP], parallel, merged, error);
}

static bool intersects(const tc_segment *s, tc_rect rect) {
    int top = s->y1 < s->y2 ? s->y1 : s->y2, bottom = s->y1 < s->y2 ? s->y2 : s->y1;
    return s->x1 < rect.x + rect.width && s->x2 >= rect.x && top < rect.y + rect.height && bottom >= rect.y;
}

static tc_status draw(const tc_step *step, const tc_blob *merged, const tc_tile *in, const tc_tile *out,
                      tc_error *error) {
    (void)step;
    static const uint8_t red[3] = {255, 0, 0};
    int count = merged ? tc_segments_count(merged) : 0;
    if (count < 0) return tc_fail(error, TC_ERR_PROTOCOL, "lines: the list of lines does not parse");
    tc_colour_tile(in, out);
    for (int i = 0; i < count; i++) {
        tc_segment s = tc_segments_get(merged, i);
        TC_ASSERT_SLOW(s.x1 <= s.x2);
        if (!intersects(&s, out->rect)) continue;
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
    .shape = tc_colour_shape,
    .intermediate_shape = tc_edge_map_intermediate,
    .scan = walk_scan,
    .merge = walk_merge,
    .apply = draw,
};

// ---- Step 2: votes

static tc_status vote_scan(const tc_step *step, const tc_tile *in, const tc_tile *intermediate, tc_blob *partial,
                           tc_error *error) {
    (void)step;
    TC_ASSERT(in->channels == 1);
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
    .shape = tc_edge_map_shape,
    .radius = tc_edge_map_radius,
    .intermediate_shape = tc_edge_map_intermediate,
    .scan = tc_edge_map_scan,
    .merge = tc_edge_map_merge,
    .apply = tc_edge_map_apply,
};
