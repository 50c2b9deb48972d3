// Rank 0's record of each worker: its process, the tasks assigned to it, its losses.
#ifndef TC_MPI_WORKERS_SCHED_WORKER_H
#define TC_MPI_WORKERS_SCHED_WORKER_H

#include "mpi_workers/hello.h"
#include "mpi_workers/sched_job.h"
#include "mpi_workers/transport.h"

enum {
    TC_SCHED_SLOTS = 2
}; // tasks assigned to a worker at once: one in progress, and one queued so that it never idles

// A task assigned to a worker.
typedef struct tc_sched_slot {
    uint32_t task;        // its serial number
    tc_message_kind kind; // TILE, READ_CODES, START_JOB or ENCODE
    tc_sched_job *job;    // NULL when the job has ended; the worker's reply is then ignored
    tc_task work;         // TILE, READ_CODES
} tc_sched_slot;

typedef enum tc_sched_worker_state {
    TC_SCHED_WORKER_STARTING,
    TC_SCHED_WORKER_UP,
    TC_SCHED_WORKER_LOST
} tc_sched_worker_state;

typedef struct tc_sched_worker {
    tc_sched_worker_state state;
    tc_hello process;
    bool is_watched;                     // its process is on this host
    bool is_unreachable;                 // its host does not answer; it counts as lost, and no task as the cause
    tc_sched_slot slots[TC_SCHED_SLOTS]; // the first is the task in progress
    int slot_count;
    int64_t received_ms;  // when a message last came from it
    int64_t task_ms;      // when the task in progress began
    int64_t heartbeat_ms; // when a heartbeat was last sent to it
    int cores_granted_to; // the worker that may use this idle one's core; 0: none
    int cores_granted;    // how many cores of other workers this one may use
    bool grant_changed;   // it has not been sent yet
} tc_sched_worker;

typedef struct tc_sched_workers {
    int size;               // ranks
    tc_sched_worker *ranks; // ranks[0] is unused
    int64_t checked_ms;
} tc_sched_workers;

// False when out of memory.
bool tc_sched_workers_init(tc_sched_workers *workers, int size);
void tc_sched_workers_clear(tc_sched_workers *workers); // harmless on a zeroed one
// How many workers are in this state.
int tc_sched_workers_count(const tc_sched_workers *workers, tc_sched_worker_state state);
// The record of a worker, rank 1 to size - 1.
tc_sched_worker *tc_sched_workers_at(const tc_sched_workers *workers, int rank);

// True when the worker can be assigned a task of this kind. Long tasks (all but TILE) are not queued together with
// others, which another worker could do earlier.
bool tc_sched_worker_accepts(const tc_sched_worker *worker, tc_message_kind kind);
// Records that a task has been assigned. The worker must accept it.
tc_sched_slot *tc_sched_worker_assign(tc_sched_worker *worker, tc_message_kind kind, uint32_t task, tc_sched_job *job);
tc_sched_slot *tc_sched_worker_find(tc_sched_worker *worker, uint32_t task); // NULL if there is none
// Removes a slot of the worker, whose task has ended.
void tc_sched_worker_remove(tc_sched_worker *worker, tc_sched_slot *slot);

// The next worker that counts as lost: its process has ended, it has been silent for too long, or its task has taken
// too long. 0 if there is none.
int tc_sched_workers_find_lost(tc_sched_workers *workers, tc_transport *transport);
// The host of these workers does not answer. Ranks that are no workers on other hosts are ignored.
void tc_sched_workers_set_unreachable(tc_sched_workers *workers, const tc_json *ranks);
// Sends heartbeats to the workers on other hosts, which cannot watch this process.
void tc_sched_workers_send_heartbeats(tc_sched_workers *workers, tc_transport *transport);

#endif
