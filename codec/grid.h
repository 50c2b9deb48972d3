// The modules of a QR code as sampled through a mesh, to be drawn cleanly for a reader that only has to decode them.
#ifndef TC_CODEC_GRID_H
#define TC_CODEC_GRID_H

#include "codec/mesh.h"

typedef struct tc_grid {
    int size;
    uint8_t grey[TC_MAX_MODULES * TC_MAX_MODULES];   // of each module, `size` to a row
    uint8_t module[TC_MAX_MODULES * TC_MAX_MODULES]; // 0 dark, 255 light
} tc_grid;

// How dark is told from light.
typedef enum tc_grid_rule {
    TC_GRID_NEAR, // by the modules around
    TC_GRID_ALL,  // by one threshold for all
    TC_GRID_NEXT, // by the modules next to it
    TC_GRID_RULES
} tc_grid_rule;

// Samples the picture that the mesh was fitted to.
void tc_grid_sample(tc_grid *grid, const tc_mesh *mesh);
// Tells dark from light. Returns the share of those modules that are as every code of this size has them, which it
// then puts right. Of codes that can be read it is above TC_GRID_SURE, of anything else below.
double tc_grid_decide(tc_grid *grid, const tc_mesh *mesh, tc_grid_rule rule);

#define TC_GRID_SURE 0.75

// Draws the modules with a margin, for readers. The caller frees the pixels of `plane` with tc_plane_free.
tc_status tc_grid_draw(const tc_grid *grid, tc_plane *plane);

#endif
