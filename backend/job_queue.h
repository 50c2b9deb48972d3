// The queue of jobs that wait for the pool. Owners are served in turn, each one's jobs in ascending order of their
// numbers. It only decides: no I/O, no memory of its own.
#ifndef TC_BACKEND_JOB_QUEUE_H
#define TC_BACKEND_JOB_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct tc_queue_entry tc_queue_entry;
typedef struct tc_queue_owner tc_queue_owner;

// Part of a job.
struct tc_queue_entry {
    void *job;
    tc_queue_owner *owner;
    tc_queue_entry *previous, *next;
    uint32_t number; // jobs with a lower one come first
    bool suspect;    // the pool has died while it computed the job; it is to run alone
    bool queued;
};

// Part of a client. Zeroed before tc_job_queue_add_owner.
struct tc_queue_owner {
    tc_queue_owner *previous, *next;
    tc_queue_entry *first, *last;
    bool added;
};

typedef struct tc_job_queue {
    tc_queue_owner *first, *last; // in the order in which they are served
    int count;                    // entries of all owners
} tc_job_queue;

void tc_job_queue_add_owner(tc_job_queue *queue, tc_queue_owner *owner);
void tc_job_queue_remove_owner(tc_job_queue *queue, tc_queue_owner *owner); // it must have no entries

// Adds an entry in the order of numbers. Its job, owner, number and `suspect` are set.
void tc_job_queue_push(tc_job_queue *queue, tc_queue_entry *entry);
void tc_job_queue_remove(tc_job_queue *queue, tc_queue_entry *entry);
// The entry to be served next, which stays in the queue; its owner moves to the end of the line. With `suspects_only`
// other entries are passed over. NULL if there is none.
tc_queue_entry *tc_job_queue_next(tc_job_queue *queue, bool suspects_only);

#endif
