// The table of code symbologies.
#include "core/symbology.h"

#include <string.h>

#include "core/assert.h"

#define ROW(id, wire, type, kind, ...) [TC_CODE_##id] = {wire, type, TC_SYMBOLOGY_##kind, __VA_ARGS__},
const tc_symbology tc_symbologies[TC_SYMBOLOGY_COUNT + 1] = {TC_SYMBOLOGIES(ROW)};
#undef ROW

_Static_assert(TC_SYMBOLOGY_COUNT < 32, "masks of symbologies have 32 bits");

int tc_symbology_find_wire(const char *wire) {
    for (int i = 0; i < TC_SYMBOLOGY_COUNT; i++)
        if (strcmp(tc_symbologies[i].wire, wire) == 0) return i;
    return -1;
}

int tc_symbology_find_type(const char *type) {
    for (int i = 0; i < TC_SYMBOLOGY_COUNT; i++)
        if (strcmp(tc_symbologies[i].type, type) == 0) return i;
    return -1;
}

bool tc_symbology_is_linear(int symbology) {
    TC_ASSERT(symbology >= 0 && symbology < TC_SYMBOLOGY_COUNT);
    return tc_symbologies[symbology].kind != TC_SYMBOLOGY_MATRIX;
}

bool tc_symbology_is_add_on(int symbology) {
    TC_ASSERT(symbology >= 0 && symbology < TC_SYMBOLOGY_COUNT);
    return tc_symbologies[symbology].kind == TC_SYMBOLOGY_ADD_ON;
}
