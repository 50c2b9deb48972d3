// Which codes and lines of a job its client has been sent. After a restart of the pool a job is computed again, and
// finds the same ones again. Of texts only hashes are stored.
#ifndef TC_BACKEND_REPORTED_H
#define TC_BACKEND_REPORTED_H

#include "control/json.h"
#include "core/image.h"

enum { TC_MAX_REPORTED_PARTS = 4096 }; // of lists of lines of one job; more are not sent

typedef struct tc_reported {
    tc_blob codes;   // their corners, and hashes in place of their texts (core/codes.h)
    uint64_t *parts; // hashes of parts of lists of lines
    int part_count;
} tc_reported;

void tc_reported_clear(tc_reported *reported);
// Adds the code of a `code` message. `*is_new`: no code with this text and type was added near this place before.
tc_status tc_reported_add_code(tc_reported *reported, const tc_json *message, bool *is_new, tc_error *error);
// Adds a `lines` message, as text. `*is_new`: it was not added before, and there are not too many.
tc_status tc_reported_add_lines(tc_reported *reported, const char *text, bool *is_new, tc_error *error);

#endif
