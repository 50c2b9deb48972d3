// Compares the evidence for a reading with what its symbology requires (core/symbology.h).
#include "codec/evidence.h"

#include "core/assert.h"
#include "core/symbology.h"

bool tc_evidence_is_sufficient(const tc_evidence *evidence) {
    TC_ASSERT(evidence->libraries >= 1);
    if (!tc_symbology_is_linear(evidence->symbology)) return true;
    const tc_symbology *required = &tc_symbologies[evidence->symbology];
    if (evidence->libraries > 1) return evidence->lines >= required->lines_both;
    return evidence->lines >= required->lines && evidence->characters >= required->min_characters;
}

bool tc_evidence_is_stronger(const tc_evidence *first, const tc_evidence *second) {
    TC_ASSERT(first->libraries >= 1 && second->libraries >= 1);
    if (!tc_symbology_is_linear(first->symbology)) return true;
    if (!tc_symbology_is_linear(second->symbology)) return false;
    if (first->libraries != second->libraries) return first->libraries > second->libraries;
    int rank = tc_symbologies[first->symbology].rank, other = tc_symbologies[second->symbology].rank;
    return rank != other ? rank > other : first->lines >= second->lines;
}
