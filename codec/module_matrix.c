// Samples, binarises and renders the modules of a QR code.
#include "codec/module_matrix.h"

#include <stdlib.h>
#include <string.h>

#include "core/assert.h"

enum { QUIET_ZONE = 4, MODULE_PIXELS = 3 }; // quiet zone in modules; side of a module in pixels

// The mean of 3 × 3 samples in the centre of a module.
static uint8_t sample(const tc_sampling_grid *grid, double u, double v) {
    const double spacing = 0.2;
    tc_vector centre = tc_sampling_grid_at(grid, u, v);
    tc_vector across = tc_vector_subtract(tc_sampling_grid_at(grid, u + spacing, v), centre);
    tc_vector down = tc_vector_subtract(tc_sampling_grid_at(grid, u, v + spacing), centre);
    double sum = 0;
    for (int j = -1; j <= 1; j++)
        for (int i = -1; i <= 1; i++)
            sum += tc_sampler_at(&grid->sampler, tc_vector_add(centre, tc_vector_add(tc_vector_scale(across, i),
                                                                                     tc_vector_scale(down, j))));
    return (uint8_t)(sum / 9 + 0.5);
}

void tc_module_matrix_sample(tc_module_matrix *matrix, const tc_sampling_grid *grid) {
    TC_ASSERT(grid->size >= 21 && grid->size <= TC_MAX_MODULES);
    matrix->size = grid->size;
    for (int y = 0; y < matrix->size; y++)
        for (int x = 0; x < matrix->size; x++) matrix->grey[y * matrix->size + x] = sample(grid, x + 0.5, y + 0.5);
}

// The threshold of a window: half-way between its mean and the centre of its range.
static int local_threshold(const tc_module_matrix *matrix, int x, int y, int radius) {
    int n = matrix->size, sum = 0, count = 0, min = 255, max = 0;
    for (int j = y - radius < 0 ? 0 : y - radius; j <= y + radius && j < n; j++)
        for (int i = x - radius < 0 ? 0 : x - radius; i <= x + radius && i < n; i++) {
            int grey = matrix->grey[j * n + i];
            sum += grey;
            count++;
            if (grey < min) min = grey;
            if (grey > max) max = grey;
        }
    return (sum / count + (min + max) / 2) / 2;
}

// Otsu's threshold, which maximises the variance between the two classes.
static int otsu_threshold(const tc_module_matrix *matrix) {
    int histogram[256] = {0}, count = matrix->size * matrix->size, best = 128;
    double all = 0, sum = 0, below = 0, largest = -1;
    for (int i = 0; i < count; i++) {
        histogram[matrix->grey[i]]++;
        all += matrix->grey[i];
    }
    for (int grey = 0; grey < 255; grey++) {
        below += histogram[grey];
        sum += (double)grey * histogram[grey];
        double above = count - below;
        if (below == 0 || above == 0) continue;
        double distance = sum / below - (all - sum) / above, variance = below * above * distance * distance;
        if (variance > largest) largest = variance, best = grey + 1;
    }
    return best;
}

double tc_module_matrix_binarize(tc_module_matrix *matrix, const tc_sampling_grid *grid, tc_threshold_rule rule) {
    TC_ASSERT(matrix->size == grid->size && rule < TC_THRESHOLD_RULES);
    static const int radius[TC_THRESHOLD_RULES] = {[TC_THRESHOLD_LOCAL] = 4, [TC_THRESHOLD_ADJACENT] = 2};
    int global = rule == TC_THRESHOLD_GLOBAL ? otsu_threshold(matrix) : 0, function_modules = 0, matching = 0;
    for (int y = 0; y < matrix->size; y++)
        for (int x = 0; x < matrix->size; x++) {
            int at = y * matrix->size + x, expected = tc_sampling_grid_function_module(grid, x, y);
            int threshold = rule == TC_THRESHOLD_GLOBAL ? global : local_threshold(matrix, x, y, radius[rule]);
            bool light = matrix->grey[at] >= threshold;
            function_modules += expected >= 0;
            matching += expected >= 0 && light == (expected == 1);
            matrix->module[at] = (expected >= 0 ? expected == 1 : light) ? 255 : 0;
        }
    TC_ASSERT(function_modules > 0);
    return (double)matching / function_modules;
}

tc_status tc_module_matrix_render(const tc_module_matrix *matrix, tc_plane *plane) {
    TC_ASSERT(matrix->size >= 21 && matrix->size <= TC_MAX_MODULES);
    size_t side = (size_t)(matrix->size + 2 * QUIET_ZONE) * MODULE_PIXELS, left = QUIET_ZONE * MODULE_PIXELS;
    uint8_t *pixels = malloc(side * side);
    if (!pixels) return TC_ERR_MEMORY;
    memset(pixels, 255, side * side);
    for (int y = 0; y < matrix->size; y++)
        for (int j = 0; j < MODULE_PIXELS; j++) {
            uint8_t *row = pixels + ((size_t)(y + QUIET_ZONE) * MODULE_PIXELS + (size_t)j) * side + left;
            for (int x = 0; x < matrix->size; x++)
                memset(row + x * MODULE_PIXELS, matrix->module[y * matrix->size + x], MODULE_PIXELS);
        }
    *plane = (tc_plane){pixels, (int)side, (int)side, side};
    return TC_OK;
}
