// Messages that threads have ready, for the one thread that may send them.
#ifndef TC_OUTBOX_H
#define TC_OUTBOX_H

#include "mpi_workers/message.h"

struct tc_letter;
typedef struct tc_outbox {
    struct tc_letter *first, *last;
    size_t bytes; // of all payloads
} tc_outbox;

// Takes over the payload, also on failure.
tc_status tc_outbox_post(tc_outbox *outbox, tc_message *message, tc_error *error);
// The oldest; the caller clears it. False when there is none.
bool tc_outbox_take(tc_outbox *outbox, tc_message *message);
void tc_outbox_clear(tc_outbox *outbox);

#endif
