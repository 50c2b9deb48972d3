// The workers as rank 0 sees them: who is there, what each has been given, who has been lost.
#ifndef TC_ROSTER_H
#define TC_ROSTER_H

#include "mpi_workers/job.h"
#include "mpi_workers/transport.h"

enum { TC_SLOTS = 2 }; // tasks at a worker at once: one that it computes and one that waits, so that it never starves

typedef struct tc_slot {
    uint32_t task;        // serial
    tc_message_kind kind; // TILE, CODES, OPEN or ENCODE
    tc_job *job;          // NULL when the job has ended; the worker still owes an answer
    tc_task work;         // TILE, CODES
} tc_slot;

typedef enum tc_member_state { TC_MEMBER_AWAITED, TC_MEMBER_UP, TC_MEMBER_LOST } tc_member_state;

typedef struct tc_member {
    tc_member_state state;
    int pid;
    char host[128];
    bool local;              // its process is watched
    tc_slot slots[TC_SLOTS]; // the first is the one it works on
    int used;
    int64_t heard;      // when a message last came
    int64_t since;      // when it began what it works on
    int64_t beaten;     // when a heartbeat was last sent to it
    int lent_to;        // the worker that has this idle one's core, 0 none
    int borrowed;       // how many cores it has of others
    bool loans_changed; // it is to be told
} tc_member;

typedef struct tc_roster {
    int size; // ranks; members[0] is unused
    tc_member *members;
    int64_t checked;
} tc_roster;

bool tc_roster_init(tc_roster *roster, int size);
void tc_roster_clear(tc_roster *roster);
int tc_roster_count(const tc_roster *roster, tc_member_state state);

// True when the worker can be given a task of this kind: long ones (all but TILE) do not share a worker's queue with
// what could go to another worker.
bool tc_member_takes(const tc_member *member, tc_message_kind kind);
tc_slot *tc_member_add(tc_member *member, tc_message_kind kind, uint32_t task, tc_job *job);
tc_slot *tc_member_find(tc_member *member, uint32_t task); // NULL if there is none
void tc_member_remove(tc_member *member, tc_slot *slot);

// The next worker that has to be given up: its process has ended, it has said nothing for too long, or it has worked
// on its task for too long. 0 if there is none.
int tc_roster_find_lost(tc_roster *roster, tc_transport *transport);
// Sends heartbeats to the workers that cannot watch this process.
void tc_roster_beat(tc_roster *roster, tc_transport *transport);

#endif
