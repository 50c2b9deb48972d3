// A first-in-first-out queue of messages. It is not locked: callers share it under a lock of their own.
#ifndef TC_MPI_WORKERS_MESSAGE_QUEUE_H
#define TC_MPI_WORKERS_MESSAGE_QUEUE_H

#include "mpi_workers/message.h"

struct tc_message_node;
// Zeroed: empty.
typedef struct tc_message_queue {
    struct tc_message_node *first, *last;
    size_t bytes; // of all payloads
} tc_message_queue;

// Moves the message to the end of the queue and zeroes it. TC_ERR_MEMORY clears it.
tc_status tc_message_queue_push(tc_message_queue *queue, tc_message *message, tc_error *error);
// Moves the oldest message out; the caller clears it. False when the queue is empty.
bool tc_message_queue_pop(tc_message_queue *queue, tc_message *message);
// The same with the oldest message of one job (tc_message.job).
bool tc_message_queue_pop_job(tc_message_queue *queue, uint32_t job, tc_message *message);
// Frees all messages.
void tc_message_queue_clear(tc_message_queue *queue);

#endif
