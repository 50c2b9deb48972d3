// Merges readings of the same code, and resolves readings that contradict each other.
#include "codec/candidates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codec/evidence.h"
#include "core/assert.h"
#include "core/symbology.h"

// Whether a bar code was read along one line or little more. Its height is unknown then.
static bool is_thin(const tc_quad *quad) {
    double length = hypot(quad->x[1] - quad->x[0], quad->y[1] - quad->y[0]);
    return hypot(quad->x[3] - quad->x[0], quad->y[3] - quad->y[0]) < length / 8;
}

// Scales around the centre.
static tc_quad enlarge(const tc_quad *quad, double factor) {
    tc_quad larger;
    for (int i = 0; i < 4; i++) {
        int opposite = (i + 2) % 4;
        larger.x[i] = (quad->x[i] + quad->x[opposite] + factor * (quad->x[i] - quad->x[opposite])) / 2;
        larger.y[i] = (quad->y[i] + quad->y[opposite] + factor * (quad->y[i] - quad->y[opposite])) / 2;
    }
    return larger;
}

// Whether two readings with the same payload are so close that they are of one code.
static bool is_near(const tc_quad *a, const tc_quad *b) {
    const tc_quad larger_a = enlarge(a, 1.4), larger_b = enlarge(b, 1.4);
    if (tc_quad_overlaps(&larger_a, &larger_b)) return true;
    if (!is_thin(a) && !is_thin(b)) return false;
    double length = hypot(a->x[1] - a->x[0], a->y[1] - a->y[0]), x = 0, y = 0;
    for (int i = 0; i < 4; i++) {
        x += (a->x[i] - b->x[i]) / 4;
        y += (a->y[i] - b->y[i]) / 4;
    }
    return hypot(x, y) < length / 2;
}

static bool is_same(const tc_candidate *candidate, const tc_reading *reading, const tc_quad *quad) {
    const tc_reading *known = &candidate->reading;
    return known->symbology == reading->symbology && known->size == reading->size &&
           (reading->size == 0 || memcmp(known->bytes, reading->bytes, reading->size) == 0) &&
           is_near(&candidate->quad, quad);
}

static tc_quad quad_of(const tc_reading *reading) {
    tc_quad quad;
    memcpy(quad.x, reading->x, sizeof quad.x);
    memcpy(quad.y, reading->y, sizeof quad.y);
    return quad;
}

bool tc_candidates_confirm(tc_candidates *candidates, const tc_reading *reading, unsigned library) {
    TC_ASSERT(library != 0 && (library & (library - 1)) == 0);
    TC_ASSERT(reading->symbology >= 0 && reading->symbology < TC_SYMBOLOGY_COUNT);
    const tc_quad quad = quad_of(reading);
    for (int i = 0; i < candidates->count; i++) {
        tc_candidate *candidate = &candidates->items[i];
        if (!is_same(candidate, reading, &quad)) continue;
        candidate->libraries |= library;
        if (!candidate->reported && is_thin(&candidate->quad) && !is_thin(&quad)) candidate->quad = quad;
        if (reading->lines > candidate->reading.lines) candidate->reading.lines = reading->lines;
        return true;
    }
    return false;
}

tc_status tc_candidates_add(tc_candidates *candidates, const tc_reading *reading, int pass, unsigned library) {
    TC_ASSERT(pass >= 0);
    if (tc_candidates_confirm(candidates, reading, library)) return TC_OK;
    if (candidates->count >= 2 * TC_MAX_CODES) return TC_OK;
    tc_candidate *grown = realloc(candidates->items, sizeof *grown * (size_t)(candidates->count + 1));
    if (!grown) return TC_ERR_MEMORY;
    candidates->items = grown;
    uint8_t *bytes = malloc(reading->size + 1);
    if (!bytes) return TC_ERR_MEMORY;
    if (reading->size > 0) memcpy(bytes, reading->bytes, reading->size);
    tc_candidate *candidate = &grown[candidates->count++];
    *candidate = (tc_candidate){.reading = *reading, .quad = quad_of(reading), .pass = pass, .libraries = library};
    candidate->reading.bytes = bytes;
    return TC_OK;
}

static tc_evidence evidence_of(const tc_candidate *candidate) {
    TC_ASSERT_SLOW(candidate->libraries != 0);
    int libraries = 0;
    for (unsigned bits = candidate->libraries; bits; bits &= bits - 1) libraries++;
    return (tc_evidence){candidate->reading.symbology, candidate->reading.size, candidate->reading.lines, libraries};
}

// Whether one payload is a substring of the other: a partial read of the same code.
static bool is_part(const tc_candidate *part, const tc_candidate *whole) {
    return part->reading.symbology == whole->reading.symbology && part->reading.size < whole->reading.size &&
           memmem(whole->reading.bytes, whole->reading.size, part->reading.bytes, part->reading.size) != NULL;
}

// Whether another accepted candidate at the same place is stronger. A reported candidate stays.
static bool is_superseded(const tc_candidates *candidates, int index) {
    const tc_candidate *candidate = &candidates->items[index];
    tc_evidence evidence = evidence_of(candidate);
    for (int i = 0; i < candidates->count && !candidate->reported; i++) {
        const tc_candidate *other = &candidates->items[i];
        tc_evidence against = evidence_of(other);
        if (i == index || !tc_quad_overlaps(&candidate->quad, &other->quad) || !tc_evidence_is_sufficient(&against))
            continue;
        if (other->reported || is_part(candidate, other)) return true;
        if (is_part(other, candidate) || !tc_evidence_is_stronger(&against, &evidence)) continue;
        if (i < index || !tc_evidence_is_stronger(&evidence, &against)) return true; // of equals, the first
    }
    return false;
}

// Whether a code with sufficient evidence, which is not an add-on, is beside an add-on.
static bool has_main_code(const tc_candidates *candidates, int index) {
    for (int i = 0; i < candidates->count; i++) {
        tc_evidence evidence = evidence_of(&candidates->items[i]);
        tc_quad around = enlarge(&candidates->items[i].quad, 2.5);
        bool main = tc_symbology_is_linear(evidence.symbology) && !tc_symbology_is_add_on(evidence.symbology);
        if (main && tc_evidence_is_sufficient(&evidence) &&
            tc_quad_contains(&around, tc_quad_centre(&candidates->items[index].quad)))
            return true;
    }
    return false;
}

bool tc_candidates_is_accepted(const tc_candidates *candidates, int index) {
    TC_ASSERT(index >= 0 && index < candidates->count);
    tc_evidence evidence = evidence_of(&candidates->items[index]);
    if (tc_symbology_is_add_on(evidence.symbology) && !has_main_code(candidates, index)) return false;
    return tc_evidence_is_sufficient(&evidence) && !is_superseded(candidates, index);
}

bool tc_candidates_is_uncertain(const tc_candidates *candidates, int index) {
    TC_ASSERT(index >= 0 && index < candidates->count);
    tc_evidence evidence = evidence_of(&candidates->items[index]);
    return !tc_evidence_is_sufficient(&evidence) && !tc_symbology_is_add_on(evidence.symbology) &&
           !is_superseded(candidates, index);
}

void tc_candidates_clear(tc_candidates *candidates) {
    for (int i = 0; i < candidates->count; i++) free((void *)(uintptr_t)candidates->items[i].reading.bytes);
    free(candidates->items);
    *candidates = (tc_candidates){0};
}
