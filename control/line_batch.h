// A list of straight lines in messages: in batches, so that each message stays small.
#ifndef TC_CONTROL_LINE_BATCH_H
#define TC_CONTROL_LINE_BATCH_H

#include "control/json.h"
#include "core/segments.h"

enum { TC_LINE_BATCH_SIZE = 500 };

typedef struct tc_line_batch {
    int from, total, count; // number of the first line, from 0; lines in the list; lines in the batch
    tc_segment line[TC_LINE_BATCH_SIZE];
} tc_line_batch;

// Copies the batch that begins with line `from` of `segments` (core/segments.h). Returns the number at which the next
// batch begins; 0 after the last. An empty list has one empty batch.
int tc_line_batch_read(tc_line_batch *lines, const tc_blob *segments, int from);

// Sets the members `from`, `total` and `lines` of a message.
void tc_json_set_line_batch(tc_json *message, const tc_line_batch *lines);
// Reads what tc_json_set_line_batch has set. Coordinates are clamped to 0..TC_MAX_SIDE; what is missing is 0.
void tc_json_get_line_batch(const tc_json *message, tc_line_batch *lines);

#endif
