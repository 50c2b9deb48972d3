#include "codec/mesh.h"

#include <stdlib.h>
#include <string.h>

// ---- size: how many modules

// 18 bits that versions from 7 on tell beside two of their finders: six of data, twelve of a BCH code (ISO/IEC 18004,
// 7.10).
static uint32_t version_bits(int version) {
    uint32_t rest = (uint32_t)version << 12;
    for (int i = 17; i >= 12; i--)
        if (rest >> i & 1) rest ^= UINT32_C(0x1f25) << (i - 12);
    return (uint32_t)version << 12 | rest;
}

static int count_bits(uint32_t bits) {
    int count = 0;
    for (; bits; bits &= bits - 1) count++;
    return count;
}

// The version that is told beside the finder at top right (1) or bottom left (2); 0 when that cannot be read.
static int told_version(const tc_mesh *mesh, int which) {
    enum { CORRECTED = 3 };
    const tc_outline *o = &mesh->finder[which];
    tc_projection map;
    if (!tc_outline_project(o, &map)) return 0;
    uint32_t bits = 0;
    for (int i = 0; i < 18; i++) {
        int across = i % 3, along = i / 3;
        double near = across - 3.5, far = along + 0.5;
        tc_point at = which == 1 ? tc_project(&map, near, far) : tc_project(&map, far, near);
        if (tc_sight_at(&mesh->sight, at) < o->threshold) bits |= UINT32_C(1) << i;
    }
    for (int version = 7; version <= 40; version++)
        if (count_bits(bits ^ version_bits(version)) <= CORRECTED) return version;
    return 0;
}

// How well the timing patterns alternate under a map: 1 is perfect, 0 chance.
static double timing(const tc_mesh *mesh, const tc_projection *map, int size) {
    double sum = 0, all = 0;
    for (int way = 0; way < 2; way++)
        for (int i = 8; i < size - 8; i++) {
            double grey[3];
            for (int k = 0; k < 3; k++) {
                double along = i + k - 0.5;
                grey[k] = tc_sight_at(&mesh->sight, way ? tc_project(map, 6.5, along) : tc_project(map, along, 6.5));
            }
            double darker = (grey[0] + grey[2]) / 2 - grey[1]; // than its neighbours
            sum += i % 2 == 0 ? darker : -darker;
            all += fabs(darker);
        }
    return all > 0 ? sum / all : 0;
}

// The map through the finders' outlines, and their middles.
static bool fit_outlines(const tc_mesh *mesh, int size, tc_projection *map) {
    static const tc_point square[4] = {{0, 0}, {7, 0}, {7, 7}, {0, 7}};
    const tc_point origin[3] = {{0, 0}, {size - 7, 0}, {0, size - 7}};
    tc_pairs pairs = {.count = 0};
    for (int i = 0; i < 3; i++) {
        const tc_outline *o = &mesh->finder[i];
        for (int k = 0; k < 4; k++)
            tc_pairs_add(&pairs, tc_plus(origin[i], square[k]), o->corner[k], o->good ? 1 : 0.1);
        tc_pairs_add(&pairs, tc_plus(origin[i], (tc_point){3.5, 3.5}), o->middle, 1);
    }
    return tc_projection_fit(map, &pairs);
}

// The map through the finders' middles that leaves parallels parallel.
static void fit_flat(const tc_mesh *mesh, int size, tc_projection *map) {
    const tc_outline *o = mesh->finder;
    tc_point u = tc_times(tc_minus(o[1].middle, o[0].middle), 1.0 / (size - 7));
    tc_point v = tc_times(tc_minus(o[2].middle, o[0].middle), 1.0 / (size - 7));
    tc_point origin = tc_minus(o[0].middle, tc_times(tc_plus(u, v), 3.5));
    *map = (tc_projection){{u.x, v.x, origin.x, u.y, v.y, origin.y, 0, 0}};
}

// A side's length in modules from finder to finder, by their widths along it.
static double modules_between(const tc_mesh *mesh, int from, int to, const double module[3]) {
    tc_point side = tc_minus(mesh->finder[to].middle, mesh->finder[from].middle);
    double length = tc_length(side), widths = 0;
    const int ends[2] = {from, to};
    for (int i = 0; i < 2; i++) {
        tc_point step = tc_times(side, module[ends[i]] / length);
        widths += module[ends[i]] * tc_outline_width(&mesh->sight, mesh->finder[ends[i]].middle, step) / 2;
    }
    return length / widths;
}

static int version_of(const tc_mesh *mesh, int guess) {
    int a = told_version(mesh, 1), b = told_version(mesh, 2);
    int told = !b || a == b ? a : !a || abs(b - guess) < abs(a - guess) ? b : a;
    return abs(told - guess) <= 2 + guess / 5 ? told : 0;
}

// Timing patterns of real codes alternate at 0.85 or better, but where the paper is bent.
#define LEAST_TIMING 0.3

static bool find_size(tc_mesh *mesh, const double module[3]) {
    double side = (modules_between(mesh, 0, 1, module) + modules_between(mesh, 0, 2, module)) / 2 + 7;
    if (!(side < 250)) return false;
    int guess = (int)fmin(fmax(round((side - 17) / 4), 1), 40);
    int told = guess >= 5 ? version_of(mesh, guess) : 0, first = told ? told : guess - 2,
        last = told ? told : guess + 2;
    double best = -INFINITY;
    for (int version = first; version <= last; version++) {
        tc_projection map;
        int size = 17 + 4 * version;
        if (version < 1 || version > 40 || !fit_outlines(mesh, size, &map)) continue;
        double score = timing(mesh, &map, size) - 0.06 * abs(version - guess);
        if (score > best) best = score, mesh->size = size, mesh->map = map;
    }
    return best > LEAST_TIMING;
}

// ---- nodes: alignment patterns

// Positions of alignment patterns (ISO/IEC 18004, annex E): evenly spaced from the far side on, by even steps.
static void place_nodes(tc_mesh *mesh) {
    int version = (mesh->size - 17) / 4, last = version < 7 ? 1 : version / 7 + 1;
    int span = mesh->size - 13, step = version == 32 ? 26 : (span + 2 * last - 1) / (2 * last) * 2;
    mesh->nodes = last + 1;
    mesh->place[0] = 6;
    for (int i = last, at = mesh->size - 7; i > 0; i--, at -= step) mesh->place[i] = at;
}

static bool is_finder(const tc_mesh *mesh, int column, int row) {
    int last = mesh->nodes - 1;
    return (column == 0 && row == 0) || (column == last && row == 0) || (column == 0 && row == last);
}

// Correlation of what is around `at` with an alignment pattern, -1 to 1.
static double likeness(const tc_sight *sight, tc_point at, tc_point u, tc_point v) {
    double likeness = 0, sum = 0, squares = 0;
    for (int j = -2; j <= 2; j++)
        for (int i = -2; i <= 2; i++) {
            double grey = tc_sight_at(sight, tc_plus(at, tc_plus(tc_times(u, i), tc_times(v, j))));
            bool light = abs(i) <= 1 && abs(j) <= 1 && (i || j);
            likeness += light ? grey / 8 : -grey / 17;
            sum += grey;
            squares += grey * grey;
        }
    double deviation = sqrt(fmax(0, squares / 25 - sum * sum / 625));
    const double full = 0.4665; // makes a perfect pattern 1: the deviation of 8 light ones among 25
    return deviation < 4 ? 0 : likeness * full / deviation;
}

// What distance from where it is thought to be, in modules, a better likeness must make up for.
static double likely(const tc_sight *sight, tc_point guess, tc_point at, tc_point u, tc_point v) {
    return likeness(sight, at, u, v) - 0.04 * tc_length(tc_minus(at, guess)) / fmax(1, tc_length(u));
}

// Looks around *at in steps of `step` modules, up to `count` steps, for the likeliest place; goes there.
static double look_around(const tc_sight *sight, tc_point guess, tc_point u, tc_point v, double step, int count,
                          tc_point *at) {
    tc_point middle = *at;
    double best = likely(sight, guess, middle, u, v);
    for (int j = -count; j <= count; j++)
        for (int i = -count; i <= count; i++) {
            tc_point q = tc_plus(middle, tc_plus(tc_times(u, i * step), tc_times(v, j * step)));
            double score = likely(sight, guess, q, u, v);
            if (score > best) best = score, *at = q;
        }
    return best;
}

// The alignment pattern within `reach` modules of *at; goes there, and returns its likeness.
static double find_pattern(const tc_sight *sight, tc_point u, tc_point v, double reach, tc_point *at) {
    tc_point guess = *at;
    double best = look_around(sight, guess, u, v, 0.5, (int)(2 * reach), at);
    for (double step = 0.25; step > 0.05; step /= 2) best = look_around(sight, guess, u, v, step, 1, at);
    return best;
}

// One module to the right and one down, in pixels.
static void steps_at(const tc_mesh *mesh, double a, double b, tc_point *u, tc_point *v) {
    *u = tc_minus(tc_project(&mesh->map, a + 0.5, b), tc_project(&mesh->map, a - 0.5, b));
    *v = tc_minus(tc_project(&mesh->map, a, b + 0.5), tc_project(&mesh->map, a, b - 0.5));
}

// What the nodes around a node tell of its shift.
static tc_point shift_near(const tc_mesh *mesh, int column, int row) {
    tc_point sum = {0, 0};
    double weights = 0;
    for (int j = 0; j < mesh->nodes; j++)
        for (int i = 0; i < mesh->nodes; i++) {
            int square = (i - column) * (i - column) + (j - row) * (j - row);
            if (!mesh->seen[j][i] || square == 0) continue;
            double weight = 1.0 / (square * square);
            sum = tc_plus(sum, tc_times(mesh->shift[j][i], weight));
            weights += weight;
        }
    return weights > 0 ? tc_times(sum, 1 / weights) : sum;
}

static void find_node(tc_mesh *mesh, int column, int row, double reach) {
    const double least = 0.55;
    double a = mesh->place[column] + 0.5, b = mesh->place[row] + 0.5;
    tc_point u, v, mapped = tc_project(&mesh->map, a, b), near = shift_near(mesh, column, row);
    tc_point at = tc_plus(mapped, near);
    steps_at(mesh, a, b, &u, &v);
    bool seen = find_pattern(&mesh->sight, u, v, reach, &at) > least;
    mesh->seen[row][column] = seen;
    mesh->shift[row][column] = seen ? tc_minus(at, mapped) : near;
}

// The three corners of the mesh are modules of finders: where their outlines have them.
static void find_corner(tc_mesh *mesh, int which) {
    static const tc_point module[3] = {{6.5, 6.5}, {0.5, 6.5}, {6.5, 0.5}};
    int last = mesh->nodes - 1, column = which == 1 ? last : 0, row = which == 2 ? last : 0;
    tc_projection map;
    mesh->seen[row][column] = true;
    mesh->shift[row][column] = (tc_point){0, 0};
    if (!mesh->finder[which].good || !tc_outline_project(&mesh->finder[which], &map)) return;
    tc_point mapped = tc_project(&mesh->map, mesh->place[column] + 0.5, mesh->place[row] + 0.5);
    mesh->shift[row][column] = tc_minus(tc_project(&map, module[which].x, module[which].y), mapped);
}

// A small code has one alignment pattern, far from all finders: it makes a better map.
static void fit_last(tc_mesh *mesh) {
    const double reach = 3.5, least = 0.45;
    double far = mesh->size - 3.5, place = mesh->size - 6.5;
    tc_point u, v, at = tc_project(&mesh->map, place, place);
    steps_at(mesh, place, place, &u, &v);
    if (find_pattern(&mesh->sight, u, v, reach, &at) < least) return;
    tc_projection map;
    tc_pairs pairs = {.count = 0};
    tc_pairs_add(&pairs, (tc_point){3.5, 3.5}, mesh->finder[0].middle, 1);
    tc_pairs_add(&pairs, (tc_point){far, 3.5}, mesh->finder[1].middle, 1);
    tc_pairs_add(&pairs, (tc_point){3.5, far}, mesh->finder[2].middle, 1);
    tc_pairs_add(&pairs, (tc_point){place, place}, at, 1);
    if (tc_projection_fit(&map, &pairs)) mesh->map = map;
}

// How many nodes a node is from the nearest finder.
static int distance(const tc_mesh *mesh, int column, int row) {
    int last = mesh->nodes - 1, a = column + row, b = last - column + row, c = column + last - row;
    return a < b ? (a < c ? a : c) : (b < c ? b : c);
}

// From the finders on, so that each node is looked for where the ones before it are.
static void find_nodes(tc_mesh *mesh) {
    const double reach = 2, again = 1.5;
    for (int d = 1; d < 2 * mesh->nodes; d++)
        for (int j = 0; j < mesh->nodes; j++)
            for (int i = 0; i < mesh->nodes; i++)
                if (distance(mesh, i, j) == d && !is_finder(mesh, i, j)) find_node(mesh, i, j, reach);
    // What was not seen lies between its neighbours, and all of them are known by now.
    for (int j = 0; j < mesh->nodes; j++)
        for (int i = 0; i < mesh->nodes; i++)
            if (!mesh->seen[j][i]) find_node(mesh, i, j, again);
}

bool tc_mesh_fit(const tc_plane *plane, const tc_triple *triple, tc_mesh_start start, tc_mesh *mesh) {
    const tc_finder *f = triple->corner;
    *mesh = (tc_mesh){.sight = {plane, f[0].light}};
    tc_point middle[3], side[2];
    for (int i = 0; i < 3; i++) middle[i] = (tc_point){f[i].x, f[i].y};
    double module[3] = {f[0].module, f[1].module, f[2].module};
    for (int k = 0; k < 2; k++) {
        side[k] = tc_minus(middle[k + 1], middle[0]);
        side[k] = tc_times(side[k], 1 / tc_length(side[k]));
    }
    // A row crosses a square that is turned by t in 1 / cos t of its side.
    double turned[2] = {fmax(fabs(side[0].x), fabs(side[0].y)), fmax(fabs(side[1].x), fabs(side[1].y))};
    for (int k = 0; k < 2 && start == TC_MESH_SLANTED; k++) turned[k] = 1;
    for (int i = 0; i < 3; i++) {
        tc_outline_find(&mesh->sight, middle[i], tc_times(side[0], module[i] * turned[0]),
                        tc_times(side[1], module[i] * turned[1]), &mesh->finder[i]);
        module[i] *= (turned[0] + turned[1]) / 2;
    }
    if (!find_size(mesh, module)) return false;
    if (start == TC_MESH_FLAT) fit_flat(mesh, mesh->size, &mesh->map);
    place_nodes(mesh);
    if (mesh->nodes == 2 && mesh->size > 21) fit_last(mesh);
    for (int i = 0; i < 3; i++) find_corner(mesh, i);
    mesh->shift[mesh->nodes - 1][mesh->nodes - 1] = shift_near(mesh, mesh->nodes - 1, mesh->nodes - 1);
    if (mesh->size > 21) find_nodes(mesh);
    return true;
}

// ---- use

// The cell of the mesh that a place lies in, or is nearest to, and how far in.
static int cell_of(const tc_mesh *mesh, double at, double *part) {
    int i = 0;
    while (i < mesh->nodes - 2 && at > mesh->place[i + 1] + 0.5) i++;
    *part = fmin(fmax((at - mesh->place[i] - 0.5) / (mesh->place[i + 1] - mesh->place[i]), 0), 1);
    return i;
}

tc_point tc_mesh_at(const tc_mesh *mesh, double u, double v) {
    double a, b;
    int i = cell_of(mesh, u, &a), j = cell_of(mesh, v, &b);
    const tc_point *upper = &mesh->shift[j][i], *lower = &mesh->shift[j + 1][i];
    tc_point top = tc_plus(tc_times(upper[0], 1 - a), tc_times(upper[1], a));
    tc_point bottom = tc_plus(tc_times(lower[0], 1 - a), tc_times(lower[1], a));
    return tc_plus(tc_project(&mesh->map, u, v), tc_plus(tc_times(top, 1 - b), tc_times(bottom, b)));
}

// Rings around a middle: how many modules out.
static int ring(int dx, int dy) {
    return abs(dx) > abs(dy) ? abs(dx) : abs(dy);
}

// A place on an axis counted from the nearer end, if one of eight modules there; else -1.
static int near_end(int at, int size) {
    return at < 8 ? at : at >= size - 8 ? size - 1 - at : -1;
}

int tc_mesh_fixed(const tc_mesh *mesh, int column, int row) {
    int size = mesh->size, x = near_end(column, size), y = near_end(row, size);
    if (x >= 0 && y >= 0 && (column < 8 || row < 8)) return ring(x - 3, y - 3) == 2 || ring(x - 3, y - 3) == 4;
    if (column == 6 || row == 6) return (column + row) % 2;
    for (int j = 0; j < mesh->nodes && size > 21; j++)
        for (int i = 0; i < mesh->nodes; i++) {
            int d = ring(column - mesh->place[i], row - mesh->place[j]);
            if (d <= 2 && !is_finder(mesh, i, j)) return d == 1;
        }
    return -1;
}
