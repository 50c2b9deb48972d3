// Batches of lines, and their JSON form.
#include "control/line_batch.h"

#include "core/assert.h"

int tc_line_batch_read(tc_line_batch *lines, const tc_blob *segments, int from) {
    int total = tc_segments_count(segments);
    TC_ASSERT(from >= 0 && (from == 0 || from < total));
    *lines = (tc_line_batch){.from = from, .total = total < 0 ? 0 : total};
    while (lines->count < TC_LINE_BATCH_SIZE && from + lines->count < total) {
        lines->line[lines->count] = tc_segments_get(segments, from + lines->count);
        lines->count++;
    }
    return from + lines->count < total ? from + lines->count : 0;
}

void tc_json_set_line_batch(tc_json *message, const tc_line_batch *lines) {
    TC_ASSERT(lines->count >= 0 && lines->count <= TC_LINE_BATCH_SIZE);
    tc_json_set_number(message, "from", lines->from);
    tc_json_set_number(message, "total", lines->total);
    tc_json *array = tc_json_set_array(message, "lines");
    for (int i = 0; i < lines->count; i++) {
        const tc_segment *s = &lines->line[i];
        const int values[4] = {s->x1, s->y1, s->x2, s->y2};
        tc_json *item = tc_json_add_array(array);
        for (int k = 0; k < 4; k++) tc_json_add_number(item, values[k]);
    }
}

void tc_json_get_line_batch(const tc_json *message, tc_line_batch *lines) {
    *lines = (tc_line_batch){.from = (int)tc_json_integer(message, "from", 0, TC_MAX_SEGMENTS, 0),
                             .total = (int)tc_json_integer(message, "total", 0, TC_MAX_SEGMENTS, 0)};
    const tc_json *item = tc_json_first(tc_json_member(message, "lines"));
    for (; item && lines->count < TC_LINE_BATCH_SIZE; item = tc_json_next(item)) {
        int values[4] = {0}, n = 0;
        for (const tc_json *v = tc_json_first(item); v && n < 4; v = tc_json_next(v))
            values[n++] = (int)tc_json_integer_of(v, 0, TC_MAX_SIDE);
        lines->line[lines->count++] = (tc_segment){values[0], values[1], values[2], values[3]};
    }
}
