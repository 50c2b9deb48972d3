// A sign of life that means something: a worker computes a small tile, and its pixels are compared with our own.
#include "mpi_workers/bell.h"
#include "mpi_workers/dispatch.h"
#include "mpi_workers/report.h"

#include <string.h>
#include <time.h>

enum { SIDE = 64, OVERDUE_MS = 10000 };
static const char pipeline_text[] = "gaussian_blur";

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

// The picture, and what must come back.
static tc_status prepare(tc_message *ping, tc_message *expected) {
    tc_rect rect = {0, 0, SIDE, SIDE};
    tc_pipeline pipeline;
    tc_plan plan = {0};
    tc_blob none = {0};
    *ping = (tc_message){.kind = TC_MSG_PING, .in = rect, .channels = 3};
    *expected = (tc_message){.kind = TC_MSG_RESULT, .out = rect, .channels = 3};
    tc_status status = tc_message_alloc(ping, SIDE * SIDE * 3, pipeline_text, strlen(pipeline_text));
    if (status == TC_OK) status = tc_message_alloc(expected, SIDE * SIDE * 3, NULL, 0);
    for (int i = 0; status == TC_OK && i < SIDE * SIDE * 3; i++) ping->payload[i] = (uint8_t)(i * i >> 5);
    if (status == TC_OK) status = tc_pipeline_parse(&pipeline, pipeline_text, NULL);
    if (status == TC_OK) status = tc_plan_init(&plan, &pipeline, (tc_shape){SIDE, SIDE, 3}, 0, NULL);
    if (status == TC_OK) {
        tc_tile in = tc_message_tile(ping, rect), out = tc_message_tile(expected, rect);
        status = tc_stage_run(&plan.stages[0], NULL, &in, &out, &none, NULL);
    }
    tc_plan_clear(&plan);
    return status;
}

static void end(tc_dispatch *dispatch, tc_ping *ping, bool ok) {
    tc_report_pong(dispatch->link, ping->id, ok, (double)(now_us() - ping->began_us) / 1000);
    tc_message_clear(&ping->expected);
    *ping = (tc_ping){0};
}

void tc_ping_send(tc_dispatch *dispatch, double id) {
    tc_ping *ping = dispatch->pings, *last = ping + TC_MAX_PINGS;
    while (ping < last && ping->task) ping++;
    int rank = 0;
    // The least busy worker; each answers between two tiles.
    for (int i = 1; i < dispatch->roster.size; i++)
        if (dispatch->roster.members[i].state == TC_MEMBER_UP &&
            (rank == 0 || dispatch->roster.members[i].used < dispatch->roster.members[rank].used))
            rank = i;
    if (ping == last || rank == 0) {
        tc_report_pong(dispatch->link, id, false, 0);
        return;
    }
    tc_message message;
    *ping = (tc_ping){.task = ++dispatch->serial, .id = id, .rank = rank, .began_us = now_us()};
    if (prepare(&message, &ping->expected) != TC_OK) {
        tc_message_clear(&message);
        end(dispatch, ping, false);
        return;
    }
    message.task = ping->task;
    tc_transport_send(dispatch->transport, rank, &message);
}

void tc_ping_take(tc_dispatch *dispatch, const tc_message *message) {
    for (tc_ping *ping = dispatch->pings; ping < dispatch->pings + TC_MAX_PINGS; ping++)
        if (ping->task && ping->task == message->task) {
            bool ok = message->kind == TC_MSG_RESULT && message->size == ping->expected.size &&
                      memcmp(message->payload, ping->expected.payload, message->size) == 0;
            end(dispatch, ping, ok);
            return;
        }
}

void tc_ping_lose(tc_dispatch *dispatch, int rank) {
    for (tc_ping *ping = dispatch->pings; ping < dispatch->pings + TC_MAX_PINGS; ping++)
        if (ping->task && (ping->rank == rank || (rank == 0 && now_us() - ping->began_us > OVERDUE_MS * 1000)))
            end(dispatch, ping, false);
}
