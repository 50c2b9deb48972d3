// Sends pings and checks their results.
#include "mpi_workers/sched_ping.h"

#include "mpi_workers/sched_report.h"
#include "system/clock.h"

#include <string.h>

enum { SIDE = 64, CHANNELS = 3, TIMEOUT_US = 10000000 };
static const char pipeline_text[] = "gaussian_blur";

// Makes the request and the correct result.
static tc_status prepare(tc_message *request, tc_message *expected) {
    tc_rect rect = {0, 0, SIDE, SIDE};
    tc_shape shape = {SIDE, SIDE, CHANNELS};
    size_t size = SIDE * SIDE * CHANNELS;
    tc_pipeline pipeline;
    tc_plan plan = {0};
    tc_blob no_partial = {0};
    *request = (tc_message){.kind = TC_MSG_PING, .in = rect, .channels = CHANNELS};
    *expected = (tc_message){.kind = TC_MSG_RESULT, .out = rect, .channels = CHANNELS};
    tc_status status = tc_message_alloc(request, size, pipeline_text, strlen(pipeline_text));
    if (status == TC_OK) status = tc_message_alloc(expected, size, NULL, 0);
    for (size_t i = 0; status == TC_OK && i < size; i++) request->payload[i] = (uint8_t)(i * i >> 5);
    if (status == TC_OK) status = tc_pipeline_parse(&pipeline, pipeline_text, NULL);
    if (status == TC_OK) status = tc_plan_init(&plan, &pipeline, shape, 0, NULL);
    if (status == TC_OK) {
        tc_tile in = tc_message_tile(request, rect), out = tc_message_tile(expected, rect);
        status = tc_stage_run(&plan.stages[0], NULL, &in, &out, &no_partial, NULL);
    }
    tc_plan_clear(&plan);
    return status;
}

static void end_ping(tc_sched *sched, tc_sched_ping *ping, bool ok) {
    TC_ASSERT(ping->task != 0);
    tc_sched_report_pong(sched->link, ping->id, ok, (double)(tc_clock_us() - ping->began_us) / 1000);
    tc_message_clear(&ping->expected);
    *ping = (tc_sched_ping){0};
}

// The worker with the fewest tasks, as each answers between two tiles; 0 if there is none.
static int find_worker(const tc_sched_workers *workers) {
    int found = 0;
    for (int i = 1; i < workers->size; i++)
        if (workers->ranks[i].state == TC_SCHED_WORKER_UP &&
            (!found || workers->ranks[i].slot_count < workers->ranks[found].slot_count))
            found = i;
    return found;
}

void tc_sched_ping_send(tc_sched *sched, double id) {
    tc_sched_ping *ping = sched->pings, *end = ping + TC_SCHED_MAX_PINGS;
    while (ping < end && ping->task) ping++;
    int rank = find_worker(&sched->workers);
    if (ping == end || rank == 0) {
        tc_sched_report_pong(sched->link, id, false, 0);
        return;
    }
    tc_message request;
    *ping = (tc_sched_ping){.task = tc_sched_next_serial(sched), .id = id, .rank = rank, .began_us = tc_clock_us()};
    if (prepare(&request, &ping->expected) != TC_OK) {
        tc_message_clear(&request);
        end_ping(sched, ping, false);
        return;
    }
    request.task = ping->task;
    tc_transport_send(sched->transport, rank, &request);
}

void tc_sched_ping_handle(tc_sched *sched, const tc_message *message) {
    TC_ASSERT(message->kind == TC_MSG_RESULT || message->kind == TC_MSG_FAILED);
    for (tc_sched_ping *ping = sched->pings; ping < sched->pings + TC_SCHED_MAX_PINGS; ping++)
        if (ping->task && ping->task == message->task) {
            bool ok = message->kind == TC_MSG_RESULT && message->size == ping->expected.size &&
                      memcmp(message->payload, ping->expected.payload, message->size) == 0;
            end_ping(sched, ping, ok);
            return;
        }
}

void tc_sched_ping_lose(tc_sched *sched, int rank) {
    for (int i = 0; i < TC_SCHED_MAX_PINGS; i++)
        if (sched->pings[i].task && sched->pings[i].rank == rank) end_ping(sched, &sched->pings[i], false);
}

void tc_sched_ping_expire(tc_sched *sched) {
    int64_t now = tc_clock_us();
    for (int i = 0; i < TC_SCHED_MAX_PINGS; i++)
        if (sched->pings[i].task && now - sched->pings[i].began_us > TIMEOUT_US)
            end_ping(sched, &sched->pings[i], false);
}

void tc_sched_ping_clear(tc_sched *sched) {
    for (int i = 0; i < TC_SCHED_MAX_PINGS; i++) {
        tc_message_clear(&sched->pings[i].expected);
        sched->pings[i] = (tc_sched_ping){0};
    }
}
