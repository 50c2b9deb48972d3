#include "codec/grid.h"

#include <stdlib.h>
#include <string.h>

#include "codec/transform.h"

enum { MARGIN = 4, PIXELS = 3 }; // modules around the code; sides of a module

// The mean of nine places in the middle of a module.
static uint8_t sample(const tc_mesh *mesh, double u, double v) {
    const double apart = 0.2;
    tc_point middle = tc_mesh_at(mesh, u, v);
    tc_point across = tc_minus(tc_mesh_at(mesh, u + apart, v), middle);
    tc_point down = tc_minus(tc_mesh_at(mesh, u, v + apart), middle);
    double sum = 0;
    for (int j = -1; j <= 1; j++)
        for (int i = -1; i <= 1; i++)
            sum += tc_sight_at(&mesh->sight, tc_plus(middle, tc_plus(tc_times(across, i), tc_times(down, j))));
    return (uint8_t)(sum / 9 + 0.5);
}

void tc_grid_sample(tc_grid *grid, const tc_mesh *mesh) {
    grid->size = mesh->size;
    for (int y = 0; y < grid->size; y++)
        for (int x = 0; x < grid->size; x++) grid->grey[y * grid->size + x] = sample(mesh, x + 0.5, y + 0.5);
}

// The mean of the modules at most `reach` away, and the middle of their extremes: what is between both.
static int threshold_near(const tc_grid *grid, int x, int y, int reach) {
    int n = grid->size, sum = 0, count = 0, least = 255, most = 0;
    for (int j = y - reach < 0 ? 0 : y - reach; j <= y + reach && j < n; j++)
        for (int i = x - reach < 0 ? 0 : x - reach; i <= x + reach && i < n; i++) {
            int grey = grid->grey[j * n + i];
            sum += grey;
            count++;
            if (grey < least) least = grey;
            if (grey > most) most = grey;
        }
    return (sum / count + (least + most) / 2) / 2;
}

// Otsu's threshold: the one that parts the modules into two classes as far apart as can be.
static int threshold_all(const tc_grid *grid) {
    int histogram[256] = {0}, count = grid->size * grid->size, best = 128;
    double all = 0, sum = 0, below = 0, most = -1;
    for (int i = 0; i < count; i++) {
        histogram[grid->grey[i]]++;
        all += grid->grey[i];
    }
    for (int grey = 0; grey < 255; grey++) {
        below += histogram[grey];
        sum += (double)grey * histogram[grey];
        double above = count - below;
        if (below == 0 || above == 0) continue;
        double apart = sum / below - (all - sum) / above, between = below * above * apart * apart;
        if (between > most) most = between, best = grey + 1;
    }
    return best;
}

double tc_grid_decide(tc_grid *grid, const tc_mesh *mesh, tc_grid_rule rule) {
    static const int reach[TC_GRID_RULES] = {[TC_GRID_NEAR] = 4, [TC_GRID_NEXT] = 2};
    int all = rule == TC_GRID_ALL ? threshold_all(grid) : 0, fixed = 0, right = 0;
    for (int y = 0; y < grid->size; y++)
        for (int x = 0; x < grid->size; x++) {
            int at = y * grid->size + x, must = tc_mesh_fixed(mesh, x, y);
            int threshold = rule == TC_GRID_ALL ? all : threshold_near(grid, x, y, reach[rule]);
            bool light = grid->grey[at] >= threshold;
            fixed += must >= 0;
            right += must >= 0 && light == (must == 1);
            grid->module[at] = (must >= 0 ? must == 1 : light) ? 255 : 0;
        }
    return (double)right / fixed;
}

tc_status tc_grid_draw(const tc_grid *grid, tc_plane *plane) {
    size_t side = (size_t)(grid->size + 2 * MARGIN) * PIXELS, left = MARGIN * PIXELS;
    uint8_t *pixels = malloc(side * side);
    if (!pixels) return TC_ERR_MEMORY;
    memset(pixels, 255, side * side);
    for (int y = 0; y < grid->size; y++)
        for (int j = 0; j < PIXELS; j++) {
            uint8_t *row = pixels + ((size_t)(y + MARGIN) * PIXELS + (size_t)j) * side + left;
            for (int x = 0; x < grid->size; x++) memset(row + x * PIXELS, grid->module[y * grid->size + x], PIXELS);
        }
    *plane = (tc_plane){pixels, (int)side, (int)side, side};
    return TC_OK;
}
