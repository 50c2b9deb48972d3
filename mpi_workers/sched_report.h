// What rank 0 reports to the gateway (docs/protocol.md, "Between gateway and pool").
//
// When out of memory a job's report is lost: the job then has `report_lost` and is to fail.
#ifndef TC_MPI_WORKERS_SCHED_REPORT_H
#define TC_MPI_WORKERS_SCHED_REPORT_H

#include "mpi_workers/sched_job.h"
#include "mpi_workers/sched_link.h"
#include "mpi_workers/sched_worker.h"

// Reports the workers, after all have started or are lost.
void tc_sched_report_hello(tc_sched_link *link, const tc_sched_workers *workers);
// The shape of a planned job's picture, and its stages.
void tc_sched_report_picture(tc_sched_link *link, tc_sched_job *job);
// The job's progress, if it has risen and the last report is 50 ms old; with `now` in any case.
void tc_sched_report_progress(tc_sched_link *link, tc_sched_job *job, bool now);
// Each code in the blob (core/codes.h).
void tc_sched_report_codes(tc_sched_link *link, tc_sched_job *job, const tc_blob *codes);
// A list of straight lines (core/segments.h), in several messages if it is long. `stage`: the stage that begins with
// it, which distinguishes two equal lists of one job.
void tc_sched_report_lines(tc_sched_link *link, tc_sched_job *job, int stage, const tc_blob *segments);
// Appends a tile to the job's tile file and reports where it is. `pixels`: packed, of `channels` channels. `worker`:
// the rank that computed it, 0 for none.
tc_status tc_sched_report_tile(tc_sched_link *link, tc_sched_job *job, int stage, tc_rect rect, int channels,
                               const uint8_t *pixels, int worker, tc_error *error);
void tc_sched_report_done(tc_sched_link *link, tc_sched_job *job);
// `job`, here and below: the gateway's number.
void tc_sched_report_failed(tc_sched_link *link, uint32_t job, const tc_error *error);
void tc_sched_report_cancelled(tc_sched_link *link, uint32_t job);
// A worker is lost; `job` caused it, 0: none.
void tc_sched_report_lost(tc_sched_link *link, int rank, uint32_t job);
// The result of a ping and its time in milliseconds.
void tc_sched_report_pong(tc_sched_link *link, double id, bool ok, double ms);
// The answer to `alive`. If it is lost, the gateway asks again.
void tc_sched_report_alive(tc_sched_link *link);

#endif
