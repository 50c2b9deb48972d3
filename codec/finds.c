#include "codec/finds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool holds_middle(const tc_quad *outer, const tc_quad *inner) {
    double x = 0, y = 0;
    for (int i = 0; i < 4; i++) {
        x += inner->x[i] / 4;
        y += inner->y[i] / 4;
    }
    return tc_quad_holds(outer, x, y);
}

static bool meet(const tc_quad *a, const tc_quad *b) {
    return holds_middle(a, b) || holds_middle(b, a);
}

// Whether a bar code was seen along one line, or little more: where it really ends is not known then.
static bool is_thin(const tc_quad *quad) {
    double length = hypot(quad->x[1] - quad->x[0], quad->y[1] - quad->y[0]);
    return hypot(quad->x[3] - quad->x[0], quad->y[3] - quad->y[0]) < length / 8;
}

static tc_quad enlarge(const tc_quad *quad, double factor) {
    tc_quad larger;
    for (int i = 0; i < 4; i++) {
        int facing = (i + 2) % 4;
        larger.x[i] = (quad->x[i] + quad->x[facing] + factor * (quad->x[i] - quad->x[facing])) / 2;
        larger.y[i] = (quad->y[i] + quad->y[facing] + factor * (quad->y[i] - quad->y[facing])) / 2;
    }
    return larger;
}

// Whether two that say the same stand so close that they are one.
static bool is_near(const tc_quad *a, const tc_quad *b) {
    const tc_quad larger_a = enlarge(a, 1.4), larger_b = enlarge(b, 1.4);
    if (meet(&larger_a, &larger_b)) return true;
    if (!is_thin(a) && !is_thin(b)) return false;
    double x = 0, y = 0, length = hypot(a->x[1] - a->x[0], a->y[1] - a->y[0]);
    for (int i = 0; i < 4; i++) {
        x += (a->x[i] - b->x[i]) / 4;
        y += (a->y[i] - b->y[i]) / 4;
    }
    return hypot(x, y) < length / 2;
}

static bool is_same(const tc_find *find, const tc_reading *reading, const tc_quad *place) {
    const tc_reading *known = &find->reading;
    return known->symbology == reading->symbology && known->size == reading->size &&
           memcmp(known->bytes, reading->bytes, reading->size) == 0 && is_near(&find->place, place);
}

static tc_quad place_of(const tc_reading *reading) {
    tc_quad place;
    memcpy(place.x, reading->x, sizeof place.x);
    memcpy(place.y, reading->y, sizeof place.y);
    return place;
}

bool tc_finds_confirm(tc_finds *finds, const tc_reading *reading, unsigned library) {
    const tc_quad place = place_of(reading);
    for (int i = 0; i < finds->count; i++) {
        tc_find *find = &finds->items[i];
        if (!is_same(find, reading, &place)) continue;
        find->libraries |= library;
        if (!find->told && is_thin(&find->place) && !is_thin(&place)) find->place = place;
        if (reading->lines > find->reading.lines) find->reading.lines = reading->lines;
        return true;
    }
    return false;
}

tc_status tc_finds_add(tc_finds *finds, const tc_reading *reading, int pass, unsigned library) {
    if (tc_finds_confirm(finds, reading, library)) return TC_OK;
    if (finds->count >= 2 * TC_MAX_CODES) return TC_OK;
    tc_find *grown = realloc(finds->items, sizeof *grown * (size_t)(finds->count + 1));
    if (!grown) return TC_ERR_MEMORY;
    finds->items = grown;
    uint8_t *bytes = malloc(reading->size + 1);
    if (!bytes) return TC_ERR_MEMORY;
    memcpy(bytes, reading->bytes, reading->size);
    tc_find *find = &grown[finds->count++];
    *find = (tc_find){.reading = *reading, .place = place_of(reading), .pass = pass, .libraries = library};
    find->reading.bytes = bytes;
    return TC_OK;
}

static tc_evidence evidence_of(const tc_find *find) {
    int libraries = 0;
    for (unsigned bits = find->libraries; bits; bits &= bits - 1) libraries++;
    return (tc_evidence){find->reading.symbology, find->reading.size, find->reading.lines, libraries};
}

// Whether one says a part of what the other says: half a code, where it says all.
static bool is_part(const tc_find *find, const tc_find *of) {
    return find->reading.symbology == of->reading.symbology && find->reading.size < of->reading.size &&
           memmem(of->reading.bytes, of->reading.size, find->reading.bytes, find->reading.size) != NULL;
}

// Whether another find, at the same place, is the stronger one. What has been told stays.
static bool is_beaten(const tc_finds *finds, int index) {
    const tc_find *find = &finds->items[index];
    tc_evidence evidence = evidence_of(find);
    for (int i = 0; i < finds->count && !find->told; i++) {
        const tc_find *other = &finds->items[i];
        tc_evidence against = evidence_of(other);
        if (i == index || !meet(&find->place, &other->place) || !tc_trust_believes(&against)) continue;
        if (other->told || is_part(find, other)) return true;
        if (is_part(other, find) || !tc_trust_prefers(&against, &evidence)) continue;
        if (i < index || !tc_trust_prefers(&evidence, &against)) return true; // of equals, the first
    }
    return false;
}

// Whether an add-on stands beside a believed code that is none.
static bool has_main(const tc_finds *finds, int index) {
    for (int i = 0; i < finds->count; i++) {
        tc_evidence evidence = evidence_of(&finds->items[i]);
        tc_quad around = enlarge(&finds->items[i].place, 2.5);
        bool bars = tc_trust_is_bars(evidence.symbology) && !tc_trust_is_add_on(evidence.symbology);
        if (bars && tc_trust_believes(&evidence) && holds_middle(&around, &finds->items[index].place)) return true;
    }
    return false;
}

bool tc_finds_believes(const tc_finds *finds, int index) {
    tc_evidence evidence = evidence_of(&finds->items[index]);
    if (tc_trust_is_add_on(evidence.symbology) && !has_main(finds, index)) return false;
    return tc_trust_believes(&evidence) && !is_beaten(finds, index);
}

bool tc_finds_doubts(const tc_finds *finds, int index) {
    tc_evidence evidence = evidence_of(&finds->items[index]);
    return !tc_trust_believes(&evidence) && !tc_trust_is_add_on(evidence.symbology) && !is_beaten(finds, index);
}

void tc_finds_clear(tc_finds *finds) {
    for (int i = 0; i < finds->count; i++) free((void *)(uintptr_t)finds->items[i].reading.bytes);
    free(finds->items);
    *finds = (tc_finds){0};
}
