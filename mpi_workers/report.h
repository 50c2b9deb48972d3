// What rank 0 tells the gateway (docs/protocol.md, "Between gateway and pool").
#ifndef TC_REPORT_H
#define TC_REPORT_H

#include "mpi_workers/job.h"
#include "mpi_workers/link.h"

void tc_report_picture(tc_link *link, const tc_job *job);
// At most every 50 ms, unless `now`.
void tc_report_progress(tc_link *link, tc_job *job, bool now);
void tc_report_codes(tc_link *link, const tc_job *job, const tc_blob *codes);
// The straight lines that a step has found, as several messages where there are many.
// `stage`: the one that begins with them, which tells two equal lists of one job apart.
void tc_report_lines(tc_link *link, const tc_job *job, int stage, const tc_blob *segments);
// Appends the tile to the job's tile file and tells where. `pixels` are packed, `channels` of them.
tc_status tc_report_tile(tc_link *link, tc_job *job, int stage, tc_rect rect, int channels, const uint8_t *pixels,
                         int worker, tc_error *error);
void tc_report_done(tc_link *link, tc_job *job);
void tc_report_failed(tc_link *link, uint32_t job, const tc_error *error);
void tc_report_cancelled(tc_link *link, uint32_t job);
void tc_report_lost(tc_link *link, int rank, uint32_t job);
void tc_report_pong(tc_link *link, double id, bool ok, double ms);

#endif
