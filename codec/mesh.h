// Where the modules of a QR code lie in a picture: a mesh that is fitted to its finder, timing and alignment patterns,
// so that it follows perspective and paper that is not flat.
#ifndef TC_CODEC_MESH_H
#define TC_CODEC_MESH_H

#include "codec/finder.h"
#include "codec/outline.h"

enum { TC_MESH_NODES = 7, TC_MAX_MODULES = 177 };

typedef struct tc_mesh {
    tc_sight sight;
    tc_outline finder[3]; // top left, top right, bottom left
    int size;             // modules of a side
    tc_projection map;    // modules to pixels, but for the shifts
    // The middles of the alignment patterns are the mesh's nodes, in as many rows and columns; at three corners, where
    // there is none, the module in its place.
    int nodes, place[TC_MESH_NODES];              // along a side, in modules
    tc_point shift[TC_MESH_NODES][TC_MESH_NODES]; // how far a node is from where the map has it; [row][column]
    bool seen[TC_MESH_NODES][TC_MESH_NODES];
} tc_mesh;

// Ways to begin, from the likeliest to the least likely.
typedef enum tc_mesh_start {
    TC_MESH_TURNED,  // finders are squares that are turned
    TC_MESH_SLANTED, // finders are as wide as rows and columns cross them: strong perspective
    TC_MESH_FLAT,    // only the finders' middles count, not their outlines
    TC_MESH_STARTS
} tc_mesh_start;

// Fits a mesh to the code that three finders in `plane` (borrowed) may belong to. False when nothing like one is there.
bool tc_mesh_fit(const tc_plane *plane, const tc_triple *triple, tc_mesh_start start, tc_mesh *mesh);

// Where a place in modules lies, in pixels.
tc_point tc_mesh_at(const tc_mesh *mesh, double u, double v);

// What a module is in every code of this size: 0 dark, 1 light; -1 when it may be either.
int tc_mesh_fixed(const tc_mesh *mesh, int column, int row);

#endif
