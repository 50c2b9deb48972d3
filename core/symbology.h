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

/* One row per symbology, in the order of the bits of read_codes' `symbologies` and of the numbers in a blob of codes:
 *
 *   X(id, wire, type, kind, zxing, rank, lines, lines_both, min_characters)
 *
 * The fields are those of tc_symbology. EAN, UPC and ISBN have a check digit modulo 10 and parity. They need many
 * lines, as neighbouring lines make the same mistake.
 */
#define TC_SYMBOLOGIES(X)                                                                                              \
    X(QR, "qr", "QR-Code", MATRIX, "QRCode", 0, 0, 0, 0)                                                               \
    X(SQCODE, "sqcode", "SQ-Code", MATRIX, NULL, 0, 0, 0, 0)                                                           \
    X(EAN13, "ean13", "EAN-13", LINEAR, "EAN13", 3, 8, 1, 0)                                                           \
    X(EAN8, "ean8", "EAN-8", LINEAR, "EAN8", 2, 16, 2, 0) /* few bars */                                               \
    X(UPCA, "upca", "UPC-A", LINEAR, "UPCA", 3, 8, 1, 0)                                                               \
    X(UPCE, "upce", "UPC-E", LINEAR, "UPCE", 2, 16, 2, 0)                                                              \
    X(ISBN10, "isbn10", "ISBN-10", LINEAR, NULL, 3, 8, 1, 0)                                                           \
    X(ISBN13, "isbn13", "ISBN-13", LINEAR, NULL, 3, 8, 1, 0)                                                           \
    X(EAN2, "ean2", "EAN-2", ADD_ON, NULL, 1, 4, 2, 0) /* parity */                                                    \
    X(EAN5, "ean5", "EAN-5", ADD_ON, NULL, 1, 4, 2, 0)                                                                 \
    X(ITF, "itf", "I2/5", LINEAR, "ITF", 0, 16, 2, 6)                                   /* no check */                 \
    X(DATABAR, "databar", "DataBar", LINEAR, "DataBar", 5, 2, 1, 0)                     /* modulo 79 and 211 */        \
    X(DATABAR_EXP, "databar_exp", "DataBar-Exp", LINEAR, "DataBarExpanded", 5, 2, 1, 0) /* modulo 211 */               \
    X(CODABAR, "codabar", "Codabar", LINEAR, "Codabar", 0, 16, 2, 6) /* self-checking characters, few of them */       \
    X(CODE39, "code39", "CODE-39", LINEAR, "Code39", 1, 6, 2, 4)     /* self-checking characters */                    \
    X(CODE93, "code93", "CODE-93", LINEAR, "Code93", 4, 2, 1, 0)     /* twice modulo 47 */                             \
    X(CODE128, "code128", "CODE-128", LINEAR, "Code128", 4, 2, 1, 0) /* modulo 103, and self-checking characters */

#define TC_SYMBOLOGY_ENUMERATOR(id, ...) TC_CODE_##id,
typedef enum tc_symbology_id { TC_SYMBOLOGIES(TC_SYMBOLOGY_ENUMERATOR) TC_SYMBOLOGY_COUNT } tc_symbology_id;
#undef TC_SYMBOLOGY_ENUMERATOR

enum { TC_ALL_SYMBOLOGIES = (1 << TC_SYMBOLOGY_COUNT) - 1 }; // as a mask

typedef struct tc_symbology {
    const char *wire; // value of the parameter `symbologies` of read_codes
    const char *type; // name in results; also zbar's name
    tc_symbology_kind kind;
    const char *zxing; // zxing-cpp's name; NULL if only zbar reads it, which reads all of them
    // How much evidence a bar code needs (codec/evidence.h); zeros for a matrix code.
    int rank;              // strength of its own check, larger is stronger
    int lines, lines_both; // scan lines that must agree if one library has read it, and if both have
    size_t min_characters; // of a code that only one library has read
} tc_symbology;

// By tc_symbology_id, the bit in masks of symbologies. Ends with a NULL wire.
extern const tc_symbology tc_symbologies[TC_SYMBOLOGY_COUNT + 1];

// The index of a symbology by one of its names; -1 if there is none.
int tc_symbology_find_wire(const char *wire);
int tc_symbology_find_type(const char *type);

// Whether a symbology, given by its index, is a bar code, add-ons included.
bool tc_symbology_is_linear(int symbology);
bool tc_symbology_is_add_on(int symbology);

#endif
