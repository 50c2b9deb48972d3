#include "codec/trust.h"

#include <string.h>

// How much is asked of a symbology.
typedef struct rule {
    const char *wire; // as in tc_symbologies
    int rank;         // how strong its own check is
    int lines;        // asked when one library has read it
    int lines_both;   // and when both have
    size_t least;     // characters of a code that one library's reading may be believed of
} rule;

static const rule rules[] = {
    {"databar", 5, 2, 1, 0},     // two checks modulo 79 and 211
    {"databar_exp", 5, 2, 1, 0}, // modulo 211
    {"code128", 4, 2, 1, 0},     // modulo 103, and self-checking characters
    {"code93", 4, 2, 1, 0},      // twice modulo 47
    // Modulo 10, and parity. Lines beside one another make the same mistake.
    {"ean13", 3, 8, 1, 0},
    {"upca", 3, 8, 1, 0},
    {"isbn13", 3, 8, 1, 0},
    {"isbn10", 3, 8, 1, 0},
    {"ean8", 2, 16, 2, 0}, // the same, with few bars
    {"upce", 2, 16, 2, 0},
    {"ean5", 1, 4, 2, 0}, // parity; zbar gives them only beside an EAN
    {"ean2", 1, 4, 2, 0},
    {"code39", 1, 6, 2, 4},   // self-checking characters only
    {"codabar", 0, 16, 2, 6}, // the same, and fewer
    {"itf", 0, 16, 2, 6},     // nothing
};

static const rule *rule_of(int symbology) {
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(rules[i].wire, tc_symbologies[symbology].wire) == 0) return &rules[i];
    return NULL;
}

bool tc_trust_is_bars(int symbology) {
    return rule_of(symbology) != NULL;
}

bool tc_trust_believes(const tc_evidence *evidence) {
    const rule *r = rule_of(evidence->symbology);
    if (!r) return true;
    if (evidence->libraries > 1) return evidence->lines >= r->lines_both;
    return evidence->lines >= r->lines && evidence->size >= r->least;
}

bool tc_trust_prefers(const tc_evidence *first, const tc_evidence *second) {
    const rule *a = rule_of(first->symbology), *b = rule_of(second->symbology);
    if (!a || !b) return !a;
    if (first->libraries != second->libraries) return first->libraries > second->libraries;
    if (a->rank != b->rank) return a->rank > b->rank;
    return first->lines >= second->lines;
}

bool tc_trust_is_add_on(int symbology) {
    const char *wire = tc_symbologies[symbology].wire;
    return strcmp(wire, "ean2") == 0 || strcmp(wire, "ean5") == 0;
}
