#include "mpi_workers/roster.h"

#include "mpi_workers/bell.h"
#include "mpi_workers/tiling.h"

#include <stdlib.h>

enum {
    START_MS = 30000,   // for all workers to appear
    SILENCE_MS = 10000, // between two messages from a worker, besides the time for a tile
    TASK_MS = 60000,    // for a task, besides the time for its pixels
    PATIENCE = 20,      // how many times the estimated time something may take
    CHECK_MS = 100,
    STALL_MS = 2000, // when rank 0 itself was away for so long, nobody else is blamed
    BEAT_MS = 2000,
};

bool tc_roster_init(tc_roster *roster, int size) {
    *roster = (tc_roster){size, calloc((size_t)size, sizeof *roster->members), tc_now_ms()};
    for (int i = 0; roster->members && i < size; i++) roster->members[i].heard = roster->checked;
    return roster->members != NULL;
}

void tc_roster_clear(tc_roster *roster) {
    free(roster->members);
    *roster = (tc_roster){0};
}

int tc_roster_count(const tc_roster *roster, tc_member_state state) {
    int count = 0;
    for (int i = 1; i < roster->size; i++) count += roster->members[i].state == state;
    return count;
}

bool tc_member_takes(const tc_member *member, tc_message_kind kind) {
    if (member->state != TC_MEMBER_UP) return false;
    for (int i = 0; i < member->used; i++)
        if (member->slots[i].kind != TC_MSG_TILE) return false;
    return kind == TC_MSG_OPEN ? member->used == 0 : member->used < TC_SLOTS;
}

tc_slot *tc_member_add(tc_member *member, tc_message_kind kind, uint32_t task, tc_job *job) {
    tc_slot *slot = &member->slots[member->used++];
    *slot = (tc_slot){.task = task, .kind = kind, .job = job};
    if (member->used == 1) member->since = tc_now_ms();
    return slot;
}

tc_slot *tc_member_find(tc_member *member, uint32_t task) {
    for (int i = 0; i < member->used; i++)
        if (member->slots[i].task == task) return &member->slots[i];
    return NULL;
}

void tc_member_remove(tc_member *member, tc_slot *slot) {
    member->used--;
    for (tc_slot *s = slot; s < member->slots + member->used; s++) *s = s[1];
    member->since = tc_now_ms();
}

// Estimated time of the tile that the worker computes, in ms.
static double tile_time(const tc_member *member) {
    const tc_slot *slot = &member->slots[0];
    if (member->used == 0 || !slot->job || !slot->job->planned) return 0;
    return tc_tiling_tile_cost(&slot->job->plan, slot->job->side) / 1e6;
}

static bool is_overdue(const tc_member *member, int64_t now) {
    double patience = PATIENCE * tile_time(member);
    if (member->state == TC_MEMBER_AWAITED) return now - member->heard > START_MS;
    if ((double)(now - member->heard) > SILENCE_MS + patience) return true;
    if (member->used == 0 || member->slots[0].kind == TC_MSG_OPEN) return false;
    if (member->slots[0].kind == TC_MSG_TILE) return (double)(now - member->since) > TASK_MS + patience;
    return now - member->since > 3 * TASK_MS; // the codec process has a shorter deadline of its own
}

int tc_roster_find_lost(tc_roster *roster, tc_transport *transport) {
    int64_t now = tc_now_ms();
    bool stalled = now - roster->checked > STALL_MS, check = now - roster->checked >= CHECK_MS;
    if (check) roster->checked = now;
    for (int i = 1; i < roster->size; i++) {
        tc_member *member = &roster->members[i];
        if (member->state == TC_MEMBER_LOST) continue;
        if (stalled) member->heard = now;
        if (tc_transport_gone(transport, i) || (check && is_overdue(member, now))) return i;
    }
    return 0;
}

void tc_roster_beat(tc_roster *roster, tc_transport *transport) {
    int64_t now = tc_now_ms();
    for (int i = 1; i < roster->size; i++) {
        tc_member *member = &roster->members[i];
        if (member->state != TC_MEMBER_UP || member->local || now - member->beaten < BEAT_MS) continue;
        tc_message beat = {.kind = TC_MSG_BEAT};
        tc_transport_send(transport, i, &beat);
        member->beaten = now;
    }
}
