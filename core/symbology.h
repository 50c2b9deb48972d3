// The table of code symbologies, from which every list of them derives: the options of read_codes, the mappings to the
// reader libraries and the evidence that a bar code needs.
#ifndef TC_CORE_SYMBOLOGY_H
#define TC_CORE_SYMBOLOGY_H

#include <stdbool.h>
#include <stddef.h>

typedef enum tc_symbology_kind {
    TC_SYMBOLOGY_MATRIX, // corrects errors
    TC_SYMBOLOGY_LINEAR, // a bar code: has a check digit, or only self-checking characters
    TC_SYMBOLOGY_ADD_ON, // a bar code that only stands beside an EAN or UPC
} tc_symbology_kind;

typedef struct tc_symbology {
    const char *wire; // value of the parameter `symbologies` of read_codes
    const char *type; // what results show; also zbar's name
    tc_symbology_kind kind;
    const char *zxing; // zxing-cpp's name; NULL if only zbar reads it, which reads all of them
    // How much evidence a bar code needs (codec/evidence.h); zeros for a matrix code.
    int rank;              // strength of its own check, larger is stronger
    int lines, lines_both; // scan lines that must agree if one library has read it, and if both have
    size_t min_characters; // of a code that only one library has read
} tc_symbology;

// Ends with a NULL wire. The index is the bit in masks of symbologies and the number in a blob of codes.
extern const tc_symbology tc_symbologies[];
enum { TC_SYMBOLOGY_COUNT = 17 };

// The index of a symbology by one of its names; -1 if there is none.
int tc_symbology_find_wire(const char *wire);
int tc_symbology_find_type(const char *type);

// Whether a symbology, given by its index, is a bar code, add-ons included.
bool tc_symbology_is_linear(int symbology);
bool tc_symbology_is_add_on(int symbology);

#endif
