// Colour maps: a colour for every shade of grey.
#ifndef TC_CORE_COLOUR_MAPS_H
#define TC_CORE_COLOUR_MAPS_H

#include <stdint.h>

// In the order of the choices of the operation `heatmap`.
typedef enum tc_colour_map_name {
    TC_MAP_JET,
    TC_MAP_VIRIDIS,
    TC_MAP_TURBO,
    TC_MAP_INFERNO,
    TC_MAP_HOT
} tc_colour_map_name;

typedef struct tc_colour_map {
    uint8_t red[256], green[256], blue[256];
} tc_colour_map;

// Fills the caller's map.
void tc_colour_map_init(tc_colour_map *map, tc_colour_map_name name);

#endif
