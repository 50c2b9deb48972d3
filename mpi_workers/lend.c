// Lending: the cores of idle workers go to workers of the same host that work a picture through by themselves, whose
// pixels then stay where they are. A worker that gets something to do has its core back at once: the borrower hears of
// it between two tiles.
#include "mpi_workers/dispatch.h"

#include "core/wire.h"

#include <string.h>

// Pictures of which tiles are handed out leave workers idle for moments only.
static bool may_lend(const tc_dispatch *dispatch) {
    if (dispatch->way != TC_WAY_BY_LOAD) return false;
    for (const tc_job *job = dispatch->jobs; job; job = job->next)
        if (job->phase == TC_JOB_RUN) return false;
    return true;
}

static bool borrows(const tc_member *member) {
    const tc_slot *slot = &member->slots[0];
    return member->state == TC_MEMBER_UP && member->used > 0 && slot->kind == TC_MSG_OPEN && slot->job &&
           slot->job->phase == TC_JOB_OPEN;
}

static bool lends(const tc_member *member) {
    return member->state == TC_MEMBER_UP && member->used == 0;
}

// The borrower on this worker's host that has borrowed the fewest; 0 if there is none.
static int find_borrower(const tc_roster *roster, const tc_member *lender) {
    int found = 0;
    for (int i = 1; i < roster->size; i++) {
        const tc_member *member = &roster->members[i];
        if (!borrows(member) || strcmp(member->host, lender->host) != 0) continue;
        if (!found || member->borrowed < roster->members[found].borrowed) found = i;
    }
    return found;
}

static void tell(tc_dispatch *dispatch, int rank) {
    const tc_roster *roster = &dispatch->roster;
    tc_message lend = {.kind = TC_MSG_LEND};
    uint8_t *at;
    if (tc_message_alloc(&lend, 4 * (size_t)roster->members[rank].borrowed, NULL, 0) != TC_OK) return;
    at = lend.payload;
    for (int i = 1; i < roster->size; i++)
        if (roster->members[i].lent_to == rank) {
            tc_put_u32(at, (uint32_t)i);
            at += 4;
        }
    tc_transport_send(dispatch->transport, rank, &lend);
}

void tc_dispatch_lend(tc_dispatch *dispatch) {
    tc_roster *roster = &dispatch->roster;
    bool may = may_lend(dispatch);
    for (int i = 1; i < roster->size; i++) {
        tc_member *member = &roster->members[i];
        if (!member->lent_to || (may && lends(member) && borrows(&roster->members[member->lent_to]))) continue;
        roster->members[member->lent_to].borrowed--;
        roster->members[member->lent_to].loans_changed = true;
        member->lent_to = 0;
    }
    for (int i = 1; i < roster->size && may; i++) {
        tc_member *member = &roster->members[i];
        int borrower = lends(member) && !member->lent_to ? find_borrower(roster, member) : 0;
        if (!borrower) continue;
        member->lent_to = borrower;
        roster->members[borrower].borrowed++;
        roster->members[borrower].loans_changed = true;
    }
    for (int i = 1; i < roster->size; i++) {
        tc_member *member = &roster->members[i];
        if (member->loans_changed && member->state == TC_MEMBER_UP) tell(dispatch, i);
        member->loans_changed = false;
    }
}
