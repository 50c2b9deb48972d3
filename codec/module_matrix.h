// The modules of a QR code: sampled through the grid, binarised, and rendered cleanly for a library to decode.
#ifndef TC_CODEC_MODULE_MATRIX_H
#define TC_CODEC_MODULE_MATRIX_H

#include "codec/sampling_grid.h"

typedef struct tc_module_matrix {
    int size;                                        // modules of a side
    uint8_t grey[TC_MAX_MODULES * TC_MAX_MODULES];   // sampled, `size` to a row
    uint8_t module[TC_MAX_MODULES * TC_MAX_MODULES]; // binarised: 0 dark, 255 light
} tc_module_matrix;

// The threshold by which a module is dark or light.
typedef enum tc_threshold_rule {
    TC_THRESHOLD_LOCAL,    // of the modules within 4
    TC_THRESHOLD_GLOBAL,   // Otsu's, of all modules
    TC_THRESHOLD_ADJACENT, // of the modules within 2
    TC_THRESHOLD_RULES
} tc_threshold_rule;

// Samples the picture that the grid was fitted to.
void tc_module_matrix_sample(tc_module_matrix *matrix, const tc_sampling_grid *grid);

// Binarises the samples. Returns the share of function modules (finder, timing and alignment patterns) that have the
// value the standard gives them, and sets them to it. It is over TC_MIN_FUNCTION_MATCH if and only if there is a code.
double tc_module_matrix_binarize(tc_module_matrix *matrix, const tc_sampling_grid *grid, tc_threshold_rule rule);

#define TC_MIN_FUNCTION_MATCH 0.75

// Renders the modules with a quiet zone to the new plane, which the caller ends with tc_plane_clear. Fails only with
// TC_ERR_MEMORY.
tc_status tc_module_matrix_render(const tc_module_matrix *matrix, tc_plane *plane);

#endif
