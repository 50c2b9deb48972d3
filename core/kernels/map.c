// Mapping samples through a lookup table: as saturated arithmetic where the table is a ramp, else by table look-ups.
#include "core/kernels/map.h"

#include <string.h>

#include "core/assert.h"
#include "core/kernels/vector.h"

#if TC_LANES
// A table that is a saturated sum, optionally complemented, needs no look-ups: ((v + up) - down) ^ flip.
typedef struct ramp {
    bool fits;
    uint8_t up, down, flip;
} ramp;

static ramp find_ramp(const uint8_t map[256]) {
    ramp r = {.flip = map[0] > map[255] ? 255 : 0};
    int inner = 0; // the first value that is not saturated
    while (inner < 255 && (map[inner] == 0 || map[inner] == 255)) inner++;
    int shift = (map[inner] ^ r.flip) - inner;
    r.up = (uint8_t)(shift > 0 ? shift : 0);
    r.down = (uint8_t)(shift < 0 ? -shift : 0);
    int wrong = 0;
    for (int v = 0; v < 256; v++) {
        int sum = v + r.up > 255 ? 255 : v + r.up;
        sum = sum < r.down ? 0 : sum - r.down;
        wrong |= (sum ^ r.flip) ^ map[v];
    }
    r.fits = wrong == 0;
    return r;
}

static tc_vec alpha_mask(int channels) {
    return channels == 4 ? v_set32((int)0xFF000000) : channels == 2 ? v_set16((int)0xFF00) : v_set8(0);
}

// Maps bytes through `table`, or through the ramp if it is NULL. Bytes where `alpha` is set stay.
static inline tc_vec map_vector(tc_vec v, const ramp *r, const tc_vec_table *table, tc_vec alpha, bool has_alpha) {
    tc_vec mapped =
        table ? v_lookup(table, v) : v_xor(v_subs_u8(v_adds_u8(v, v_set8(r->up)), v_set8(r->down)), v_set8(r->flip));
    return has_alpha ? v_select(alpha, v, mapped) : mapped;
}

// Maps a row of at least one vector. The vectors between the first and the last are aligned to whole vectors and
// overlap these two. As `to` may be `from`, first and last are loaded before anything is stored. Inlined for each kind.
static inline void map_vectors(uint8_t *to, const uint8_t *from, size_t size, const ramp *r, const tc_vec_table *table,
                               tc_vec alpha, bool has_alpha, bool streamed) {
    TC_ASSERT_SLOW(size >= TC_LANES);
    tc_vec first = map_vector(v_load(from), r, table, alpha, has_alpha);
    tc_vec last = map_vector(v_load(from + size - TC_LANES), r, table, alpha, has_alpha);
    size_t i = TC_LANES - (uintptr_t)to % TC_LANES;
    if (has_alpha) i &= ~(size_t)3; // a multiple of the channels that have alpha
    if (streamed && (uintptr_t)(to + i) % TC_LANES == 0)
        for (; i + TC_LANES < size; i += TC_LANES)
            v_stream(to + i, map_vector(v_load(from + i), r, table, alpha, has_alpha));
    else
        for (; i + TC_LANES < size; i += TC_LANES)
            v_store(to + i, map_vector(v_load(from + i), r, table, alpha, has_alpha));
    v_store(to, first);
    v_store(to + size - TC_LANES, last);
}

// Two bytes per look-up by a table of all pairs, on levels without fast vector look-ups. Building the table pays off
// only for large tiles.
enum { PAIRS = 1 << 16, LEAST_FOR_PAIRS = 4 * PAIRS };

static void make_pairs(uint16_t pairs[PAIRS], const uint8_t map[256]) {
    for (int second = 0; second < 256; second++)
        for (int first = 0; first < 256; first++)
            pairs[second << 8 | first] = (uint16_t)(map[second] << 8 | map[first]);
}

static void map_pairs(const tc_tile *in, const tc_tile *out, const uint8_t map[256]) {
    uint16_t pairs[PAIRS];
    tc_rect rect = out->rect;
    size_t size = tc_row_bytes(rect.width, in->channels);
    make_pairs(pairs, map);
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        uint8_t *to = tc_tile_row(out, y);
        const uint8_t *from = tc_tile_at(in, rect.x, y);
        size_t i = 0;
        for (uint16_t pair; i + 2 <= size; i += 2) {
            memcpy(&pair, from + i, 2);
            memcpy(to + i, &pairs[pair], 2);
        }
        if (i < size) to[i] = map[from[i]];
    }
}

// Maps a tile in vectors. Returns false, having done nothing, if plain look-ups are faster or the rows are too short.
static bool map_rows(const tc_tile *in, const tc_tile *out, const uint8_t map[256]) {
    tc_rect rect = out->rect;
    size_t size = tc_row_bytes(rect.width, in->channels);
    if (size < TC_LANES) return false;
    ramp r = find_ramp(map);
    if (!r.fits && !TC_LOOKUP_IS_FAST) {
        if (tc_has_alpha(in->channels) || size * (size_t)rect.height < LEAST_FOR_PAIRS) return false;
        map_pairs(in, out, map);
        return true;
    }
    tc_vec_table table = v_table(map);
    tc_vec alpha = alpha_mask(in->channels);
    bool has_alpha = tc_has_alpha(in->channels);
    bool streamed =
        out->streamed && (r.fits || TC_LOOKUP_IS_CHEAP); // slow look-ups leave enough time for ordinary stores
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        uint8_t *to = tc_tile_row(out, y);
        const uint8_t *from = tc_tile_at(in, rect.x, y);
        if (r.fits && has_alpha)
            map_vectors(to, from, size, &r, NULL, alpha, true, streamed);
        else if (r.fits)
            map_vectors(to, from, size, &r, NULL, alpha, false, streamed);
        else if (has_alpha)
            map_vectors(to, from, size, NULL, &table, alpha, true, streamed);
        else
            map_vectors(to, from, size, NULL, &table, alpha, false, streamed);
    }
    if (streamed) v_fence();
    return true;
}
#else
static bool map_rows(const tc_tile *in, const tc_tile *out, const uint8_t map[256]) {
    (void)in, (void)out, (void)map;
    return false;
}
#endif

static void map_row(uint8_t *to, const uint8_t *from, int width, int channels, const uint8_t map[256]) {
    if (!tc_has_alpha(channels)) {
        size_t size = tc_row_bytes(width, channels);
        for (size_t i = 0; i < size; i++) to[i] = map[from[i]];
        return;
    }
    for (int x = 0; x < width; x++, to += channels, from += channels) {
        for (int c = 0; c < channels - 1; c++) to[c] = map[from[c]];
        to[channels - 1] = from[channels - 1];
    }
}

void tc_map_tile(const tc_tile *in, const tc_tile *out, const uint8_t map[256]) {
    TC_ASSERT(in->channels == out->channels && tc_rect_contains(in->rect, out->rect));
    tc_rect rect = out->rect;
    if (map_rows(in, out, map)) return;
    for (int y = rect.y; y < rect.y + rect.height; y++)
        map_row(tc_tile_row(out, y), tc_tile_at(in, rect.x, y), rect.width, in->channels, map);
}

void tc_map_run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    TC_ASSERT(step->op->map != NULL);
    uint8_t map[256];
    step->op->map(step, NULL, map);
    tc_map_tile(in, out, map);
}
