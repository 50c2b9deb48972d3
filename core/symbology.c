// The table of code symbologies.
#include "core/symbology.h"

#include <string.h>

#include "core/assert.h"

#define MATRIX TC_SYMBOLOGY_MATRIX
#define LINEAR TC_SYMBOLOGY_LINEAR
#define ADD_ON TC_SYMBOLOGY_ADD_ON

// EAN, UPC and ISBN have a check digit modulo 10 and parity. Many lines are asked for, as neighbouring lines make the
// same mistake.
const tc_symbology tc_symbologies[] = {
    {"qr", "QR-Code", MATRIX, "QRCode", 0, 0, 0, 0},
    {"sqcode", "SQ-Code", MATRIX, NULL, 0, 0, 0, 0},
    {"ean13", "EAN-13", LINEAR, "EAN13", 3, 8, 1, 0},
    {"ean8", "EAN-8", LINEAR, "EAN8", 2, 16, 2, 0}, // few bars
    {"upca", "UPC-A", LINEAR, "UPCA", 3, 8, 1, 0},
    {"upce", "UPC-E", LINEAR, "UPCE", 2, 16, 2, 0},
    {"isbn10", "ISBN-10", LINEAR, NULL, 3, 8, 1, 0},
    {"isbn13", "ISBN-13", LINEAR, NULL, 3, 8, 1, 0},
    {"ean2", "EAN-2", ADD_ON, NULL, 1, 4, 2, 0}, // parity
    {"ean5", "EAN-5", ADD_ON, NULL, 1, 4, 2, 0},
    {"itf", "I2/5", LINEAR, "ITF", 0, 16, 2, 6},                           // no check
    {"databar", "DataBar", LINEAR, "DataBar", 5, 2, 1, 0},                 // two checks, modulo 79 and 211
    {"databar_exp", "DataBar-Exp", LINEAR, "DataBarExpanded", 5, 2, 1, 0}, // modulo 211
    {"codabar", "Codabar", LINEAR, "Codabar", 0, 16, 2, 6},                // self-checking characters, few of them
    {"code39", "CODE-39", LINEAR, "Code39", 1, 6, 2, 4},                   // self-checking characters
    {"code93", "CODE-93", LINEAR, "Code93", 4, 2, 1, 0},                   // twice modulo 47
    {"code128", "CODE-128", LINEAR, "Code128", 4, 2, 1, 0},                // modulo 103, and self-checking characters
    {NULL, NULL, MATRIX, NULL, 0, 0, 0, 0},
};
_Static_assert(sizeof tc_symbologies / sizeof *tc_symbologies == TC_SYMBOLOGY_COUNT + 1, "the count is the table's");
_Static_assert(TC_SYMBOLOGY_COUNT <= 32, "masks of symbologies have 32 bits");

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
