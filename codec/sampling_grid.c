// Fits the sampling grid: the version from size and version information, then the alignment patterns (ISO/IEC 18004).
#include "codec/sampling_grid.h"

#include <stdlib.h>
#include <string.h>

#include "core/assert.h"

// ---- size

// The version information of versions 7 and above: six bits of data and twelve of a BCH code (ISO/IEC 18004, 7.10).
static uint32_t version_bits(int version) {
    uint32_t remainder = (uint32_t)version << 12;
    TC_ASSERT(version >= 7 && version <= 40);
    for (int i = 17; i >= 12; i--)
        if (remainder >> i & 1) remainder ^= UINT32_C(0x1f25) << (i - 12);
    return (uint32_t)version << 12 | remainder;
}

static int count_bits(uint32_t bits) {
    int count = 0;
    for (; bits; bits &= bits - 1) count++;
    return count;
}

// Reads the version information beside the finder pattern at top right (1) or bottom left (2); 0 if it is unreadable.
static int read_version(const tc_sampling_grid *grid, int which) {
    enum { MAX_ERRORS = 3 }; // that the code corrects
    const tc_finder_quad *o = &grid->finder[which];
    tc_homography map;
    if (!tc_finder_quad_homography(o, &map)) return 0;
    uint32_t bits = 0;
    for (int i = 0; i < 18; i++) {
        int across = i % 3, along = i / 3;
        double near = across - 3.5, far = along + 0.5;
        tc_vector at = which == 1 ? tc_homography_apply(&map, near, far) : tc_homography_apply(&map, far, near);
        if (tc_sampler_at(&grid->sampler, at) < o->threshold) bits |= UINT32_C(1) << i;
    }
    for (int version = 7; version <= 40; version++)
        if (count_bits(bits ^ version_bits(version)) <= MAX_ERRORS) return version;
    return 0;
}

// How well the timing patterns alternate under a map: 1 for perfect alternation, 0 for noise.
static double timing_score(const tc_sampling_grid *grid, const tc_homography *map, int size) {
    double sum = 0, all = 0;
    for (int vertical = 0; vertical < 2; vertical++)
        for (int i = 8; i < size - 8; i++) {
            double grey[3];
            for (int k = 0; k < 3; k++) {
                double along = i + k - 0.5;
                grey[k] = tc_sampler_at(&grid->sampler, vertical ? tc_homography_apply(map, 6.5, along)
                                                                 : tc_homography_apply(map, along, 6.5));
            }
            double darker = (grey[0] + grey[2]) / 2 - grey[1]; // than its neighbours
            sum += i % 2 == 0 ? darker : -darker;
            all += fabs(darker);
        }
    return all > 0 ? sum / all : 0;
}

// Fits the map to the corners and centres of the finder patterns.
static bool fit_finders(const tc_sampling_grid *grid, int size, tc_homography *map) {
    static const tc_vector square[4] = {{0, 0}, {7, 0}, {7, 7}, {0, 7}};
    const tc_vector origin[3] = {{0, 0}, {size - 7, 0}, {0, size - 7}};
    tc_correspondences pairs = {.count = 0};
    for (int i = 0; i < 3; i++) {
        const tc_finder_quad *o = &grid->finder[i];
        for (int k = 0; k < 4; k++)
            tc_correspondences_add(&pairs, tc_vector_add(origin[i], square[k]), o->corner[k], o->located ? 1 : 0.1);
        tc_correspondences_add(&pairs, tc_vector_add(origin[i], (tc_vector){3.5, 3.5}), o->centre, 1);
    }
    return tc_homography_fit(map, &pairs);
}

// The affine map through the centres of the finder patterns.
static void fit_affine(const tc_sampling_grid *grid, int size, tc_homography *map) {
    const tc_finder_quad *o = grid->finder;
    tc_vector u = tc_vector_scale(tc_vector_subtract(o[1].centre, o[0].centre), 1.0 / (size - 7));
    tc_vector v = tc_vector_scale(tc_vector_subtract(o[2].centre, o[0].centre), 1.0 / (size - 7));
    tc_vector origin = tc_vector_subtract(o[0].centre, tc_vector_scale(tc_vector_add(u, v), 3.5));
    *map = (tc_homography){{u.x, v.x, origin.x, u.y, v.y, origin.y, 0, 0}};
}

// The distance in modules between the centres of two finder patterns, by their widths along the line between them.
static double modules_between(const tc_sampling_grid *grid, int from, int to, const double module[3]) {
    tc_vector side = tc_vector_subtract(grid->finder[to].centre, grid->finder[from].centre);
    double length = tc_vector_length(side), widths = 0;
    const int ends[2] = {from, to};
    for (int i = 0; i < 2; i++) {
        tc_vector step = tc_vector_scale(side, module[ends[i]] / length);
        widths += module[ends[i]] * tc_finder_quad_width(&grid->sampler, grid->finder[ends[i]].centre, step) / 2;
    }
    return length / widths;
}

// The version by its version information, if one of the two copies is readable and near the guess; else 0.
static int version_of(const tc_sampling_grid *grid, int guess) {
    int a = read_version(grid, 1), b = read_version(grid, 2);
    int version = !b || a == b ? a : !a || abs(b - guess) < abs(a - guess) ? b : a;
    return abs(version - guess) <= 2 + guess / 5 ? version : 0;
}

// Real codes score 0.85 or better unless the paper is bent.
#define MIN_TIMING_SCORE 0.3

static bool find_size(tc_sampling_grid *grid, const double module[3]) {
    double side = (modules_between(grid, 0, 1, module) + modules_between(grid, 0, 2, module)) / 2 + 7;
    if (!(side < 250)) return false;
    int guess = (int)fmin(fmax(round((side - 17) / 4), 1), 40);
    int known = guess >= 5 ? version_of(grid, guess) : 0, first = known ? known : guess - 2,
        last = known ? known : guess + 2;
    double best = -INFINITY;
    for (int version = first; version <= last; version++) {
        tc_homography map;
        int size = 17 + 4 * version;
        if (version < 1 || version > 40 || !fit_finders(grid, size, &map)) continue;
        double score = timing_score(grid, &map, size) - 0.06 * abs(version - guess);
        if (score > best) best = score, grid->size = size, grid->map = map;
    }
    return best > MIN_TIMING_SCORE;
}

// ---- nodes: alignment patterns

// The positions of alignment patterns (ISO/IEC 18004, annex E): evenly spaced from the far side on, with an even step.
static void set_positions(tc_sampling_grid *grid) {
    int version = (grid->size - 17) / 4, last = version < 7 ? 1 : version / 7 + 1;
    int span = grid->size - 13, step = version == 32 ? 26 : (span + 2 * last - 1) / (2 * last) * 2;
    grid->nodes = last + 1;
    TC_ASSERT(grid->nodes >= 2 && grid->nodes <= TC_MAX_GRID_NODES && grid->size <= TC_MAX_MODULES);
    grid->position[0] = 6;
    for (int i = last, at = grid->size - 7; i > 0; i--, at -= step) grid->position[i] = at;
}

static bool is_finder(const tc_sampling_grid *grid, int column, int row) {
    int last = grid->nodes - 1;
    return (column == 0 && row == 0) || (column == last && row == 0) || (column == 0 && row == last);
}

// Correlation of the neighbourhood of `at` with an alignment pattern, -1 to 1.
static double correlate(const tc_sampler *sampler, tc_vector at, tc_vector u, tc_vector v) {
    double correlation = 0, sum = 0, squares = 0;
    for (int j = -2; j <= 2; j++)
        for (int i = -2; i <= 2; i++) {
            double grey =
                tc_sampler_at(sampler, tc_vector_add(at, tc_vector_add(tc_vector_scale(u, i), tc_vector_scale(v, j))));
            bool light = abs(i) <= 1 && abs(j) <= 1 && (i || j);
            correlation += light ? grey / 8 : -grey / 17;
            sum += grey;
            squares += grey * grey;
        }
    double deviation = sqrt(fmax(0, squares / 25 - sum * sum / 625));
    const double perfect = 0.4665; // the deviation of 8 light modules among 25, so that a perfect pattern has 1
    return deviation < 4 ? 0 : correlation * perfect / deviation;
}

// The correlation, less a penalty for the distance from the expected position in modules.
static double score_at(const tc_sampler *sampler, tc_vector guess, tc_vector at, tc_vector u, tc_vector v) {
    return correlate(sampler, at, u, v) -
           0.04 * tc_vector_length(tc_vector_subtract(at, guess)) / fmax(1, tc_vector_length(u));
}

// Searches a square of `count` steps of `step` modules around *at, moves *at to the best score and returns it.
static double search_around(const tc_sampler *sampler, tc_vector guess, tc_vector u, tc_vector v, double step,
                            int count, tc_vector *at) {
    tc_vector middle = *at;
    double best = score_at(sampler, guess, middle, u, v);
    for (int j = -count; j <= count; j++)
        for (int i = -count; i <= count; i++) {
            tc_vector q =
                tc_vector_add(middle, tc_vector_add(tc_vector_scale(u, i * step), tc_vector_scale(v, j * step)));
            double score = score_at(sampler, guess, q, u, v);
            if (score > best) best = score, *at = q;
        }
    return best;
}

// Searches for an alignment pattern within `radius` modules of *at, from coarse to fine. Moves *at there and returns
// the score.
static double find_pattern(const tc_sampler *sampler, tc_vector u, tc_vector v, double radius, tc_vector *at) {
    tc_vector guess = *at;
    double best = search_around(sampler, guess, u, v, 0.5, (int)(2 * radius), at);
    static const double steps[] = {0.25, 0.125, 0.0625};
    for (int i = 0; i < 3; i++) best = search_around(sampler, guess, u, v, steps[i], 1, at);
    return best;
}

// The steps of one module to the right and one down at a point, in pixels.
static void steps_at(const tc_sampling_grid *grid, double a, double b, tc_vector *u, tc_vector *v) {
    *u = tc_vector_subtract(tc_homography_apply(&grid->map, a + 0.5, b), tc_homography_apply(&grid->map, a - 0.5, b));
    *v = tc_vector_subtract(tc_homography_apply(&grid->map, a, b + 0.5), tc_homography_apply(&grid->map, a, b - 0.5));
}

// The shift of a node, interpolated from measured nodes by inverse fourth power of the distance.
static tc_vector interpolate_shift(const tc_sampling_grid *grid, int column, int row) {
    tc_vector sum = {0, 0};
    double weights = 0;
    for (int j = 0; j < grid->nodes; j++)
        for (int i = 0; i < grid->nodes; i++) {
            int square = (i - column) * (i - column) + (j - row) * (j - row);
            if (!grid->measured[j][i] || square == 0) continue;
            double weight = 1.0 / (square * square);
            sum = tc_vector_add(sum, tc_vector_scale(grid->shift[j][i], weight));
            weights += weight;
        }
    return weights > 0 ? tc_vector_scale(sum, 1 / weights) : sum;
}

// Measures a node by its alignment pattern, searched within `radius` modules of the interpolated place.
static void find_node(tc_sampling_grid *grid, int column, int row, double radius) {
    const double min_score = 0.55;
    TC_ASSERT_SLOW(column >= 0 && column < grid->nodes && row >= 0 && row < grid->nodes);
    double a = grid->position[column] + 0.5, b = grid->position[row] + 0.5;
    tc_vector u, v, mapped = tc_homography_apply(&grid->map, a, b), expected = interpolate_shift(grid, column, row);
    tc_vector at = tc_vector_add(mapped, expected);
    steps_at(grid, a, b, &u, &v);
    bool measured = find_pattern(&grid->sampler, u, v, radius, &at) > min_score;
    grid->measured[row][column] = measured;
    grid->shift[row][column] = measured ? tc_vector_subtract(at, mapped) : expected;
}

// A node in a corner of the grid is a module of a finder pattern, located by its outline.
static void find_corner(tc_sampling_grid *grid, int which) {
    static const tc_vector module[3] = {{6.5, 6.5}, {0.5, 6.5}, {6.5, 0.5}};
    int last = grid->nodes - 1, column = which == 1 ? last : 0, row = which == 2 ? last : 0;
    tc_homography map;
    grid->measured[row][column] = true;
    grid->shift[row][column] = (tc_vector){0, 0};
    if (!grid->finder[which].located || !tc_finder_quad_homography(&grid->finder[which], &map)) return;
    tc_vector mapped = tc_homography_apply(&grid->map, grid->position[column] + 0.5, grid->position[row] + 0.5);
    grid->shift[row][column] = tc_vector_subtract(tc_homography_apply(&map, module[which].x, module[which].y), mapped);
}

// Refines the map of a code with a single alignment pattern, which is far from all finder patterns.
static void fit_single_pattern(tc_sampling_grid *grid) {
    const double radius = 3.5, min_score = 0.45;
    double far = grid->size - 3.5, place = grid->size - 6.5;
    tc_vector u, v, at = tc_homography_apply(&grid->map, place, place);
    steps_at(grid, place, place, &u, &v);
    if (find_pattern(&grid->sampler, u, v, radius, &at) < min_score) return;
    tc_homography map;
    tc_correspondences pairs = {.count = 0};
    tc_correspondences_add(&pairs, (tc_vector){3.5, 3.5}, grid->finder[0].centre, 1);
    tc_correspondences_add(&pairs, (tc_vector){far, 3.5}, grid->finder[1].centre, 1);
    tc_correspondences_add(&pairs, (tc_vector){3.5, far}, grid->finder[2].centre, 1);
    tc_correspondences_add(&pairs, (tc_vector){place, place}, at, 1);
    if (tc_homography_fit(&map, &pairs)) grid->map = map;
}

// The distance of a node from the nearest finder pattern, in nodes.
static int distance(const tc_sampling_grid *grid, int column, int row) {
    int last = grid->nodes - 1, a = column + row, b = last - column + row, c = column + last - row;
    return a < b ? (a < c ? a : c) : (b < c ? b : c);
}

// Starts at the finder patterns, so that the neighbours of each node are measured before it.
static void find_nodes(tc_sampling_grid *grid) {
    const double radius = 2, second_radius = 1.5;
    for (int d = 1; d < 2 * grid->nodes; d++)
        for (int j = 0; j < grid->nodes; j++)
            for (int i = 0; i < grid->nodes; i++)
                if (distance(grid, i, j) == d && !is_finder(grid, i, j)) find_node(grid, i, j, radius);
    // A second search, now between all neighbours.
    for (int j = 0; j < grid->nodes; j++)
        for (int i = 0; i < grid->nodes; i++)
            if (!grid->measured[j][i]) find_node(grid, i, j, second_radius);
}

bool tc_sampling_grid_fit(const tc_plane *plane, const tc_finder_triple *triple, tc_grid_start start,
                          tc_sampling_grid *grid) {
    const tc_finder_pattern *f = triple->corner;
    TC_ASSERT(start < TC_GRID_STARTS);
    TC_ASSERT(f[0].module > 0 && f[1].module > 0 && f[2].module > 0);
    *grid = (tc_sampling_grid){.sampler = {plane, f[0].inverted}};
    tc_vector centre[3], side[2];
    for (int i = 0; i < 3; i++) centre[i] = (tc_vector){f[i].x, f[i].y};
    double module[3] = {f[0].module, f[1].module, f[2].module};
    for (int k = 0; k < 2; k++) {
        side[k] = tc_vector_subtract(centre[k + 1], centre[0]);
        side[k] = tc_vector_scale(side[k], 1 / tc_vector_length(side[k]));
    }
    // A row crosses a square rotated by t over 1 / cos t of its side.
    double rotation[2] = {fmax(fabs(side[0].x), fabs(side[0].y)), fmax(fabs(side[1].x), fabs(side[1].y))};
    for (int k = 0; k < 2 && start == TC_GRID_PERSPECTIVE; k++) rotation[k] = 1;
    for (int i = 0; i < 3; i++) {
        tc_finder_quad_locate(&grid->sampler, centre[i], tc_vector_scale(side[0], module[i] * rotation[0]),
                              tc_vector_scale(side[1], module[i] * rotation[1]), &grid->finder[i]);
        module[i] *= (rotation[0] + rotation[1]) / 2;
    }
    if (!find_size(grid, module)) return false;
    if (start == TC_GRID_AFFINE) fit_affine(grid, grid->size, &grid->map);
    set_positions(grid);
    if (grid->nodes == 2 && grid->size > 21) fit_single_pattern(grid);
    for (int i = 0; i < 3; i++) find_corner(grid, i);
    grid->shift[grid->nodes - 1][grid->nodes - 1] = interpolate_shift(grid, grid->nodes - 1, grid->nodes - 1);
    if (grid->size > 21) find_nodes(grid);
    return true;
}

// ---- mapping

// The cell of the grid that contains a coordinate or is nearest to it, and the fraction of the cell before it.
static int cell_of(const tc_sampling_grid *grid, double at, double *fraction) {
    int i = 0;
    while (i < grid->nodes - 2 && at > grid->position[i + 1] + 0.5) i++;
    *fraction = fmin(fmax((at - grid->position[i] - 0.5) / (grid->position[i + 1] - grid->position[i]), 0), 1);
    return i;
}

tc_vector tc_sampling_grid_at(const tc_sampling_grid *grid, double u, double v) {
    TC_ASSERT_SLOW(grid->nodes >= 2 && grid->nodes <= TC_MAX_GRID_NODES);
    double a, b;
    int i = cell_of(grid, u, &a), j = cell_of(grid, v, &b);
    const tc_vector *upper = &grid->shift[j][i], *lower = &grid->shift[j + 1][i];
    tc_vector top = tc_vector_add(tc_vector_scale(upper[0], 1 - a), tc_vector_scale(upper[1], a));
    tc_vector bottom = tc_vector_add(tc_vector_scale(lower[0], 1 - a), tc_vector_scale(lower[1], a));
    return tc_vector_add(tc_homography_apply(&grid->map, u, v),
                         tc_vector_add(tc_vector_scale(top, 1 - b), tc_vector_scale(bottom, b)));
}

// Chebyshev distance from a centre: the ring of modules.
static int ring(int dx, int dy) {
    return abs(dx) > abs(dy) ? abs(dx) : abs(dy);
}

// A coordinate counted from the nearer end if it is one of the eight modules there; else -1.
static int near_end(int at, int size) {
    return at < 8 ? at : at >= size - 8 ? size - 1 - at : -1;
}

int tc_sampling_grid_function_module(const tc_sampling_grid *grid, int column, int row) {
    TC_ASSERT_SLOW(column >= 0 && column < grid->size && row >= 0 && row < grid->size);
    int size = grid->size, x = near_end(column, size), y = near_end(row, size);
    if (x >= 0 && y >= 0 && (column < 8 || row < 8)) return ring(x - 3, y - 3) == 2 || ring(x - 3, y - 3) == 4;
    if (column == 6 || row == 6) return (column + row) % 2;
    for (int j = 0; j < grid->nodes && size > 21; j++)
        for (int i = 0; i < grid->nodes; i++) {
            int d = ring(column - grid->position[i], row - grid->position[j]);
            if (d <= 2 && !is_finder(grid, i, j)) return d == 1;
        }
    return -1;
}
