#include "mpi_workers/outbox.h"

#include <stdlib.h>

typedef struct tc_letter {
    struct tc_letter *next;
    tc_message message;
} tc_letter;

tc_status tc_outbox_post(tc_outbox *outbox, tc_message *message, tc_error *error) {
    tc_letter *letter = malloc(sizeof *letter);
    if (!letter) {
        tc_message_clear(message);
        return tc_fail(error, TC_ERR_MEMORY, "not enough memory for a message");
    }
    *letter = (tc_letter){.message = *message};
    *message = (tc_message){0};
    if (outbox->last)
        outbox->last->next = letter;
    else
        outbox->first = letter;
    outbox->last = letter;
    outbox->bytes += letter->message.size;
    return TC_OK;
}

bool tc_outbox_take(tc_outbox *outbox, tc_message *message) {
    tc_letter *letter = outbox->first;
    if (!letter) return false;
    outbox->first = letter->next;
    if (!outbox->first) outbox->last = NULL;
    *message = letter->message;
    outbox->bytes -= message->size;
    free(letter);
    return true;
}

void tc_outbox_clear(tc_outbox *outbox) {
    for (tc_message message; tc_outbox_take(outbox, &message);) tc_message_clear(&message);
}
