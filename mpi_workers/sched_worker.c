// Task slots of workers, and the detection of lost workers.
#include "mpi_workers/sched_worker.h"

#include "mpi_workers/estimate.h"
#include "system/clock.h"

#include <stdlib.h>
#include <string.h>

enum {
    START_MS = 30000,   // for a worker to send HELLO
    SILENCE_MS = 10000, // between two messages from a worker, besides the time for a tile
    TASK_MS = 60000,    // for a task, besides the time for its pixels
    TIME_FACTOR = 20,   // by which a tile may exceed its estimated time
    CHECK_MS = 100,     // between two checks
    STALL_MS = 2000,    // when rank 0 itself was stopped for so long, no worker counts as silent
    HEARTBEAT_MS = 2000,
};

bool tc_sched_workers_init(tc_sched_workers *workers, int size) {
    TC_ASSERT(size >= 2);
    *workers = (tc_sched_workers){size, calloc((size_t)size, sizeof *workers->ranks), tc_clock_ms()};
    for (int i = 0; workers->ranks && i < size; i++) workers->ranks[i].received_ms = workers->checked_ms;
    return workers->ranks != NULL;
}

void tc_sched_workers_clear(tc_sched_workers *workers) {
    free(workers->ranks);
    *workers = (tc_sched_workers){0};
}

tc_sched_worker *tc_sched_workers_at(const tc_sched_workers *workers, int rank) {
    TC_ASSERT(rank >= 1 && rank < workers->size);
    return &workers->ranks[rank];
}

int tc_sched_workers_count(const tc_sched_workers *workers, tc_sched_worker_state state) {
    int count = 0;
    for (int i = 1; i < workers->size; i++) count += workers->ranks[i].state == state;
    return count;
}

bool tc_sched_worker_accepts(const tc_sched_worker *worker, tc_message_kind kind) {
    TC_ASSERT(worker->slot_count >= 0 && worker->slot_count <= TC_SCHED_SLOTS);
    if (worker->state != TC_SCHED_WORKER_UP) return false;
    for (int i = 0; i < worker->slot_count; i++)
        if (worker->slots[i].kind != TC_MSG_TILE) return false;
    return kind == TC_MSG_START_JOB ? worker->slot_count == 0 : worker->slot_count < TC_SCHED_SLOTS;
}

tc_sched_slot *tc_sched_worker_assign(tc_sched_worker *worker, tc_message_kind kind, uint32_t task, tc_sched_job *job) {
    TC_ASSERT(tc_sched_worker_accepts(worker, kind));
    TC_ASSERT(task != 0 && job && job->state != TC_SCHED_JOB_ENDED);
    tc_sched_slot *slot = &worker->slots[worker->slot_count++];
    *slot = (tc_sched_slot){.task = task, .kind = kind, .job = job};
    if (worker->slot_count == 1) worker->task_ms = tc_clock_ms();
    return slot;
}

tc_sched_slot *tc_sched_worker_find(tc_sched_worker *worker, uint32_t task) {
    for (int i = 0; i < worker->slot_count; i++)
        if (worker->slots[i].task == task) return &worker->slots[i];
    return NULL;
}

void tc_sched_worker_remove(tc_sched_worker *worker, tc_sched_slot *slot) {
    TC_ASSERT(slot >= worker->slots && slot < worker->slots + worker->slot_count);
    worker->slot_count--;
    for (tc_sched_slot *s = slot; s < worker->slots + worker->slot_count; s++) *s = s[1];
    worker->task_ms = tc_clock_ms();
}

// Estimated time of the tile in progress, in ms.
static double tile_time(const tc_sched_worker *worker) {
    const tc_sched_slot *slot = &worker->slots[0];
    if (worker->slot_count == 0 || !slot->job || !slot->job->planned) return 0;
    return tc_estimate_tile(&slot->job->plan, slot->job->tile_side) / 1e6;
}

static bool is_overdue(const tc_sched_worker *worker, int64_t now) {
    double extra = TIME_FACTOR * tile_time(worker);
    if (worker->state == TC_SCHED_WORKER_STARTING) return now - worker->received_ms > START_MS;
    if ((double)(now - worker->received_ms) > SILENCE_MS + extra) return true;
    if (worker->slot_count == 0 || worker->slots[0].kind == TC_MSG_START_JOB) return false;
    if (worker->slots[0].kind == TC_MSG_TILE) return (double)(now - worker->task_ms) > TASK_MS + extra;
    return now - worker->task_ms > 3 * TASK_MS; // the codec process has a shorter deadline of its own
}

// A worker on another host is silent: those of its host that are silent, too, are lost at the same time. Otherwise the
// next of them would be assigned the lost task, and that would count as its second loss.
static void set_neighbours_unreachable(tc_sched_workers *workers, const tc_sched_worker *silent, int64_t now) {
    if (silent->is_watched || silent->state != TC_SCHED_WORKER_UP) return;
    for (int i = 1; i < workers->size; i++) {
        tc_sched_worker *worker = &workers->ranks[i];
        if (worker != silent && worker->state == TC_SCHED_WORKER_UP && !worker->is_watched &&
            strcmp(worker->process.host, silent->process.host) == 0 &&
            (double)(now - worker->received_ms) > 0.5 * SILENCE_MS + TIME_FACTOR * tile_time(worker))
            worker->is_unreachable = true;
    }
}

int tc_sched_workers_find_lost(tc_sched_workers *workers, tc_transport *transport) {
    int64_t now = tc_clock_ms();
    TC_ASSERT(now >= workers->checked_ms);
    bool stalled = now - workers->checked_ms > STALL_MS, check = now - workers->checked_ms >= CHECK_MS;
    if (check) workers->checked_ms = now;
    for (int i = 1; i < workers->size; i++) {
        tc_sched_worker *worker = &workers->ranks[i];
        if (worker->state == TC_SCHED_WORKER_LOST) continue;
        if (stalled) worker->received_ms = now;
        bool overdue = check && is_overdue(worker, now);
        if (overdue) set_neighbours_unreachable(workers, worker, now);
        if (overdue || worker->is_unreachable || tc_transport_is_lost(transport, i)) return i;
    }
    return 0;
}

void tc_sched_workers_set_unreachable(tc_sched_workers *workers, const tc_json *ranks) {
    for (int i = 0; i < tc_json_count(ranks); i++) {
        int rank = (int)tc_json_integer_of(tc_json_item(ranks, i), 0, workers->size - 1);
        if (rank > 0 && !workers->ranks[rank].is_watched) workers->ranks[rank].is_unreachable = true;
    }
}

void tc_sched_workers_send_heartbeats(tc_sched_workers *workers, tc_transport *transport) {
    int64_t now = tc_clock_ms();
    for (int i = 1; i < workers->size; i++) {
        tc_sched_worker *worker = &workers->ranks[i];
        if (worker->state != TC_SCHED_WORKER_UP || worker->is_watched || now - worker->heartbeat_ms < HEARTBEAT_MS)
            continue;
        tc_message heartbeat = {.kind = TC_MSG_HEARTBEAT};
        tc_transport_send(transport, i, &heartbeat);
        worker->heartbeat_ms = now;
    }
}
