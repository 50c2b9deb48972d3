// Ends jobs: reports the end, tells the workers, and frees the record later, when nothing refers to it.
#include "mpi_workers/sched.h"

#include "mpi_workers/sched_report.h"

uint32_t tc_sched_next_serial(tc_sched *sched) {
    if (++sched->serial == 0) sched->serial = 1;
    return sched->serial;
}

tc_sched_job *tc_sched_find_job(const tc_sched *sched, uint32_t serial) {
    tc_sched_job *job = sched->jobs;
    while (job && (job->serial != serial || job->state == TC_SCHED_JOB_ENDED)) job = job->next;
    return job;
}

// Removes the job from all slots, and tells the workers that have a task or the plan of it.
static void end_job(tc_sched *sched, tc_sched_job *job) {
    TC_ASSERT(job->state != TC_SCHED_JOB_ENDED);
    for (int i = 1; i < sched->workers.size; i++) {
        tc_sched_worker *worker = tc_sched_workers_at(&sched->workers, i);
        bool concerned = job->plan_sent[i];
        for (int s = 0; s < worker->slot_count; s++)
            if (worker->slots[s].job == job) {
                worker->slots[s].job = NULL;
                concerned = true;
            }
        tc_message end = {.kind = TC_MSG_END_JOB, .job = job->serial};
        if (concerned) tc_transport_send(sched->transport, i, &end);
    }
    job->state = TC_SCHED_JOB_ENDED;
}

void tc_sched_fail_job(tc_sched *sched, tc_sched_job *job, const tc_error *error) {
    tc_sched_report_failed(sched->link, job->request.job, error);
    end_job(sched, job);
}

static void fail_unreported(tc_sched *sched, tc_sched_job *job) {
    tc_sched_fail_job(sched, job, &(tc_error){TC_ERR_MEMORY, "not enough memory to report the job's result"});
}

void tc_sched_finish_job(tc_sched *sched, tc_sched_job *job) {
    if (job->report_lost) {
        fail_unreported(sched, job);
        return;
    }
    tc_sched_report_done(sched->link, job);
    end_job(sched, job);
}

void tc_sched_fail_unreported_jobs(tc_sched *sched) {
    for (tc_sched_job *job = sched->jobs; job; job = job->next)
        if (job->report_lost && job->state != TC_SCHED_JOB_ENDED) fail_unreported(sched, job);
}

void tc_sched_cancel_job(tc_sched *sched, tc_sched_job *job) {
    tc_sched_report_cancelled(sched->link, job->request.job);
    end_job(sched, job);
}

void tc_sched_destroy_jobs(tc_sched *sched, bool all) {
    for (tc_sched_job **link = &sched->jobs; *link;) {
        tc_sched_job *job = *link;
        if (!all && job->state != TC_SCHED_JOB_ENDED) {
            link = &job->next;
            continue;
        }
        *link = job->next;
        tc_sched_job_destroy(job);
    }
}
