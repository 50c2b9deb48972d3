// Which worker may use which idle worker's core.
#include "mpi_workers/sched_cores.h"

#include "core/wire.h"

#include <string.h>

// While a picture is distributed, workers are idle only for moments.
static bool may_grant(const tc_sched *sched) {
    if (sched->mode != TC_SCHED_BY_LOAD) return false;
    for (const tc_sched_job *job = sched->jobs; job; job = job->next)
        if (job->state == TC_SCHED_JOB_DISTRIBUTED) return false;
    return true;
}

// True for a worker that may process a picture alone.
static bool can_use_cores(const tc_sched_worker *worker) {
    const tc_sched_slot *slot = &worker->slots[0];
    return worker->state == TC_SCHED_WORKER_UP && worker->slot_count > 0 && slot->kind == TC_MSG_START_JOB &&
           slot->job && slot->job->state == TC_SCHED_JOB_STARTED;
}

static bool is_idle(const tc_sched_worker *worker) {
    return worker->state == TC_SCHED_WORKER_UP && worker->slot_count == 0;
}

// The worker on the idle one's host that can use its core and has been granted the fewest; 0 if there is none.
static int find_user(const tc_sched_workers *workers, const tc_sched_worker *idle) {
    int found = 0;
    for (int i = 1; i < workers->size; i++) {
        const tc_sched_worker *worker = &workers->ranks[i];
        if (!can_use_cores(worker) || strcmp(worker->process.host, idle->process.host) != 0) continue;
        if (!found || worker->cores_granted < workers->ranks[found].cores_granted) found = i;
    }
    return found;
}

// Sends a worker the ranks whose cores it may use. False when out of memory.
static bool send_grant(tc_sched *sched, int rank) {
    const tc_sched_workers *workers = &sched->workers;
    const tc_sched_worker *user = tc_sched_workers_at(workers, rank);
    TC_ASSERT(user->cores_granted >= 0 && user->cores_granted < workers->size);
    tc_message grant = {.kind = TC_MSG_GRANT_CORES};
    if (tc_message_alloc(&grant, 4 * (size_t)user->cores_granted, NULL, 0) != TC_OK) return false;
    uint8_t *at = grant.payload;
    for (int i = 1; i < workers->size; i++)
        if (workers->ranks[i].cores_granted_to == rank) {
            tc_write_u32(at, (uint32_t)i);
            at += 4;
        }
    TC_ASSERT(at == grant.payload + grant.size);
    tc_transport_send(sched->transport, rank, &grant);
    return true;
}

static void set_grant(tc_sched_workers *workers, tc_sched_worker *idle, int user) {
    int change = user ? 1 : -1;
    tc_sched_worker *changed = tc_sched_workers_at(workers, user ? user : idle->cores_granted_to);
    TC_ASSERT(!user || !idle->cores_granted_to);
    changed->cores_granted += change;
    changed->grant_changed = true;
    idle->cores_granted_to = user;
}

void tc_sched_grant_cores(tc_sched *sched) {
    tc_sched_workers *workers = &sched->workers;
    bool may = may_grant(sched);
    for (int i = 1; i < workers->size; i++) {
        tc_sched_worker *worker = &workers->ranks[i];
        int user = worker->cores_granted_to;
        if (user && !(may && is_idle(worker) && can_use_cores(&workers->ranks[user]))) set_grant(workers, worker, 0);
    }
    for (int i = 1; i < workers->size && may; i++) {
        tc_sched_worker *worker = &workers->ranks[i];
        int user = is_idle(worker) && !worker->cores_granted_to ? find_user(workers, worker) : 0;
        if (user) set_grant(workers, worker, user);
    }
    for (int i = 1; i < workers->size; i++) {
        tc_sched_worker *worker = &workers->ranks[i];
        if (!worker->grant_changed) continue;
        // Without memory it is tried again by the next call.
        worker->grant_changed = worker->state == TC_SCHED_WORKER_UP && !send_grant(sched, i);
    }
}
