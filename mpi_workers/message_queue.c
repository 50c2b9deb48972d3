// A queue of messages as a singly linked list.
#include "mpi_workers/message_queue.h"

#include "core/assert.h"

#include <stdlib.h>

typedef struct tc_message_node {
    struct tc_message_node *next;
    tc_message message;
} tc_message_node;

tc_status tc_message_queue_push(tc_message_queue *queue, tc_message *message, tc_error *error) {
    TC_ASSERT(message->kind != TC_MSG_NONE);
    TC_ASSERT(!queue->first == !queue->last);
    tc_message_node *node = malloc(sizeof *node);
    if (!node) {
        tc_message_clear(message);
        return tc_fail(error, TC_ERR_MEMORY, "not enough memory for a message");
    }
    *node = (tc_message_node){.message = *message};
    *message = (tc_message){0};
    if (queue->last)
        queue->last->next = node;
    else
        queue->first = node;
    queue->last = node;
    queue->bytes += node->message.size;
    return TC_OK;
}

// Removes the node after `previous` (NULL: the first) and moves its message out.
static void remove_node(tc_message_queue *queue, tc_message_node *previous, tc_message *message) {
    tc_message_node *node = previous ? previous->next : queue->first;
    TC_ASSERT(queue->bytes >= node->message.size);
    if (previous)
        previous->next = node->next;
    else
        queue->first = node->next;
    if (!node->next) queue->last = previous;
    *message = node->message;
    queue->bytes -= message->size;
    free(node);
}

bool tc_message_queue_pop(tc_message_queue *queue, tc_message *message) {
    if (!queue->first) return false;
    remove_node(queue, NULL, message);
    return true;
}

bool tc_message_queue_pop_job(tc_message_queue *queue, uint32_t job, tc_message *message) {
    tc_message_node *previous = NULL;
    for (tc_message_node *node = queue->first; node; previous = node, node = node->next)
        if (node->message.job == job) {
            remove_node(queue, previous, message);
            return true;
        }
    return false;
}

void tc_message_queue_clear(tc_message_queue *queue) {
    for (tc_message message; tc_message_queue_pop(queue, &message);) tc_message_clear(&message);
    TC_ASSERT(queue->bytes == 0);
}
