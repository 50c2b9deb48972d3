// The sampling grid of a QR code: maps modules to pixels. A homography through the finder patterns is corrected by the
// measured positions of the alignment patterns, so that the grid follows perspective and paper that is not flat.
#ifndef TC_CODEC_SAMPLING_GRID_H
#define TC_CODEC_SAMPLING_GRID_H

#include "codec/finder_pattern.h"
#include "codec/finder_quad.h"

enum { TC_MAX_GRID_NODES = 7, TC_MAX_MODULES = 177 }; // along a side, in version 40

typedef struct tc_sampling_grid {
    tc_sampler sampler;
    tc_finder_quad finder[3]; // top left, top right, bottom left
    int size;                 // modules of a side
    tc_homography map;        // modules to pixels, without the shifts
    // The nodes are the centres of the alignment patterns, in as many rows as columns. In three corners, which have
    // finder patterns instead, a node is the module in its place.
    int nodes, position[TC_MAX_GRID_NODES];                // nodes along a side, and their coordinates in modules
    tc_vector shift[TC_MAX_GRID_NODES][TC_MAX_GRID_NODES]; // of a node from where the map has it; [row][column]
    bool measured[TC_MAX_GRID_NODES][TC_MAX_GRID_NODES];   // else the shift is interpolated
} tc_sampling_grid;

// How the first homography is made, from the most to the least probable.
typedef enum tc_grid_start {
    TC_GRID_ROTATED,     // finder patterns are rotated squares
    TC_GRID_PERSPECTIVE, // finder patterns are as wide as rows and columns cross them: strong perspective
    TC_GRID_AFFINE,      // only the centres of the finder patterns count, not their outlines
    TC_GRID_STARTS
} tc_grid_start;

// Fits a grid to the code in `plane` (borrowed) that three finder patterns may belong to. False if the timing patterns
// do not match.
bool tc_sampling_grid_fit(const tc_plane *plane, const tc_finder_triple *triple, tc_grid_start start,
                          tc_sampling_grid *grid);

// The pixel coordinates of a point in modules.
tc_vector tc_sampling_grid_at(const tc_sampling_grid *grid, double u, double v);

// The value of a module in the function patterns that every code of this size has: 0 dark, 1 light; -1 for a data
// module.
int tc_sampling_grid_function_module(const tc_sampling_grid *grid, int column, int row);

#endif
