// Writing and parsing the blob of segments.
#include "core/segments.h"

#include <stdlib.h>

#include "core/assert.h"
#include "core/wire.h"

enum { BLOB_HEADER = 4, ENTRY = 8 };

static bool in_order(const tc_segment *s) {
    return s->x1 < s->x2 || (s->x1 == s->x2 && s->y1 <= s->y2);
}

tc_status tc_segments_write(tc_blob *blob, const tc_segment *segments, int count, tc_error *error) {
    TC_ASSERT(blob->size == 0 && count >= 0 && count <= TC_MAX_SEGMENTS);
    if (count == 0) return TC_OK;
    size_t size = BLOB_HEADER + (size_t)count * ENTRY;
    uint8_t *p = malloc(size);
    if (!p) return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the list of lines");
    *blob = (tc_blob){p, size};
    tc_write_u32(p, (uint32_t)count);
    p += BLOB_HEADER;
    for (const tc_segment *s = segments; s < segments + count; s++, p += ENTRY) {
        TC_ASSERT(in_order(s) && s->x1 >= 0 && s->x2 < TC_MAX_SIDE);
        TC_ASSERT(s->y1 >= 0 && s->y1 < TC_MAX_SIDE && s->y2 >= 0 && s->y2 < TC_MAX_SIDE);
        tc_write_u16(p, (uint32_t)s->x1);
        tc_write_u16(p + 2, (uint32_t)s->y1);
        tc_write_u16(p + 4, (uint32_t)s->x2);
        tc_write_u16(p + 6, (uint32_t)s->y2);
    }
    return TC_OK;
}

int tc_segments_count(const tc_blob *blob) {
    if (blob->size == 0) return 0;
    if (blob->size < BLOB_HEADER) return -1;
    uint32_t count = tc_read_u32(blob->data);
    if (count > TC_MAX_SEGMENTS || blob->size != BLOB_HEADER + (size_t)count * ENTRY) return -1;
    for (int i = 0; i < (int)count; i++) {
        tc_segment s = tc_segments_get(blob, i);
        if (!in_order(&s) || s.x2 >= TC_MAX_SIDE || s.y1 >= TC_MAX_SIDE || s.y2 >= TC_MAX_SIDE) return -1;
    }
    return (int)count;
}
