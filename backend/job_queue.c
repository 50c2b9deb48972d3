// Round robin over owners; within one, in the order of job numbers.
#include "backend/job_queue.h"

#include <stddef.h>

#include "core/assert.h"

static void link_last(tc_job_queue *queue, tc_queue_owner *owner) {
    owner->next = NULL;
    owner->previous = queue->last;
    *(queue->last ? &queue->last->next : &queue->first) = owner;
    queue->last = owner;
}

static void unlink_owner(tc_job_queue *queue, tc_queue_owner *owner) {
    *(owner->previous ? &owner->previous->next : &queue->first) = owner->next;
    *(owner->next ? &owner->next->previous : &queue->last) = owner->previous;
}

void tc_job_queue_add_owner(tc_job_queue *queue, tc_queue_owner *owner) {
    TC_ASSERT(!owner->added && !owner->first);
    owner->added = true;
    link_last(queue, owner);
}

void tc_job_queue_remove_owner(tc_job_queue *queue, tc_queue_owner *owner) {
    TC_ASSERT(owner->added && !owner->first);
    owner->added = false;
    unlink_owner(queue, owner);
}

void tc_job_queue_push(tc_job_queue *queue, tc_queue_entry *entry) {
    tc_queue_owner *owner = entry->owner;
    TC_ASSERT(owner->added && !entry->queued);
    tc_queue_entry *before = owner->last; // a new job has the highest number
    while (before && before->number > entry->number) before = before->previous;
    entry->previous = before;
    entry->next = before ? before->next : owner->first;
    *(before ? &before->next : &owner->first) = entry;
    *(entry->next ? &entry->next->previous : &owner->last) = entry;
    entry->queued = true;
    queue->count++;
}

void tc_job_queue_remove(tc_job_queue *queue, tc_queue_entry *entry) {
    TC_ASSERT(entry->queued && queue->count > 0);
    tc_queue_owner *owner = entry->owner;
    *(entry->previous ? &entry->previous->next : &owner->first) = entry->next;
    *(entry->next ? &entry->next->previous : &owner->last) = entry->previous;
    entry->previous = entry->next = NULL;
    entry->queued = false;
    queue->count--;
}

tc_queue_entry *tc_job_queue_next(tc_job_queue *queue, bool suspects_only) {
    for (tc_queue_owner *owner = queue->first; owner; owner = owner->next) {
        tc_queue_entry *entry = owner->first;
        while (suspects_only && entry && !entry->suspect) entry = entry->next;
        if (!entry) continue;
        unlink_owner(queue, owner);
        link_last(queue, owner);
        return entry;
    }
    TC_ASSERT(suspects_only || queue->count == 0);
    return NULL;
}
