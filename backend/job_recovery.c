// Compares what the store says of each job with the job's files.
#include "backend/job_recovery.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "system/clock.h"

typedef struct recovery {
    tc_gateway_jobs *jobs;
    tc_error error; // the first failure
} recovery;

static bool read_request(const char *text, tc_request *request) {
    tc_error error;
    tc_json *message = tc_json_parse(text, strlen(text), &error);
    bool valid = message && tc_request_from_json(message, request, &error) == TC_OK;
    tc_json_destroy(message);
    return valid;
}

static void fail(tc_gateway_job *job, const char *what) {
    tc_error error;
    tc_fail(&error, TC_ERR_IO, "%s was lost or damaged while the server was restarted; send the picture again", what);
    tc_gateway_job_set_failed(job, &error);
}

// Codes and lines that were found before are not reported again.
static tc_status restore_reported(tc_gateway_job *job, tc_error *error) {
    tc_status status = TC_OK;
    for (uint64_t position = 0; position < job->log.found_size && !status;) {
        char *text = tc_job_log_read_found(&job->log, &position, error);
        tc_json *message = text ? tc_json_parse(text, strlen(text), error) : NULL;
        bool is_new;
        if (!message)
            status = error->status;
        else if (strcmp(tc_json_string(message, "type", ""), "code") == 0)
            status = tc_reported_add_code(&job->reported, message, &is_new, error);
        else
            status = tc_reported_add_lines(&job->reported, text, &is_new, error);
        tc_json_destroy(message);
        free(text);
    }
    return status;
}

static void restore_uploading(tc_gateway_job *job) {
    tc_error error;
    if (tc_job_files_reopen_upload(&job->files, &error))
        tc_gateway_job_set_failed(job, &error);
    else if (job->files.uploaded > job->request.size)
        fail(job, "the picture");
    else if (job->files.uploaded == job->request.size)
        tc_gateway_job_restore(job, TC_GATEWAY_JOB_QUEUED);
    else
        tc_gateway_job_restore(job, TC_GATEWAY_JOB_UPLOADING);
}

static void restore_uploaded(tc_gateway_job *job) {
    tc_error error;
    if (tc_job_files_reopen_upload(&job->files, &error) || job->files.uploaded != job->request.size)
        fail(job, "the picture");
    else if (restore_reported(job, &error))
        tc_gateway_job_set_failed(job, &error);
    else
        tc_gateway_job_restore(job, TC_GATEWAY_JOB_QUEUED);
}

static void restore_ended(tc_gateway_job *job, const tc_stored_job *stored) {
    tc_error error = {0};
    tc_json *end = stored->end ? tc_json_parse(stored->end, strlen(stored->end), &error) : NULL;
    double bytes = tc_json_number(end, "bytes", 0);
    tc_status status = end ? TC_OK : TC_ERR_IO;
    if (!status && stored->done) status = tc_job_files_recount(&job->files, job->request.want_file, &error);
    if (!status && stored->done && job->request.want_file && (double)job->files.result != bytes) status = TC_ERR_IO;
    if (status) {
        fail(job, "the result");
    } else {
        job->done = stored->done;
        tc_job_log_set_end(&job->log, end);
    }
    tc_json_destroy(end);
}

static void restore_picture(tc_gateway_job *job, const char *text) {
    tc_json *picture = text ? tc_json_parse(text, strlen(text), NULL) : NULL;
    if (!picture) return;
    job->log.last_stage = tc_json_count(tc_json_member(picture, "stages")) - 1;
    tc_job_log_set_picture(&job->log, picture, NULL);
    tc_json_destroy(picture);
}

static void restore(void *user, const tc_stored_job *stored) {
    recovery *r = user;
    tc_request request;
    if (r->error.status || !stored->id || !stored->secret || !stored->request) return;
    tc_gateway_job *job = read_request(stored->request, &request)
                              ? tc_gateway_jobs_restore(r->jobs, stored->number, &request, stored->id, stored->secret)
                              : NULL;
    if (!job) {
        tc_fail(&r->error, TC_ERR_MEMORY, "out of memory while the jobs of an earlier tilecastd are restored");
        return;
    }
    job->files.attempt = stored->attempt;
    tc_job_log_restore_found(&job->log);
    if (stored->state == TC_STORED_ENDED) {
        restore_picture(job, stored->picture);
        restore_ended(job, stored);
    } else if (stored->state == TC_STORED_UPLOADED) {
        restore_uploaded(job);
    } else {
        restore_uploading(job);
    }
}

// ---- Files without a job

static tc_gateway_job *find(const tc_gateway_jobs *jobs, unsigned long number) {
    tc_gateway_job *job = jobs->first;
    while (job && job->number != number) job = job->next;
    return job;
}

// Names are NUMBER.ATTEMPT.KIND, see tc_spool_path.
static bool is_job_file(const char *name) {
    size_t number = strspn(name, "0123456789");
    if (number == 0 || name[number] != '.') return false;
    size_t attempt = strspn(name + number + 1, "0123456789");
    return attempt > 0 && name[number + 1 + attempt] == '.';
}

static bool is_needed(const tc_gateway_jobs *jobs, const char *name) {
    char *end;
    const tc_gateway_job *job = find(jobs, strtoul(name, &end, 10));
    if (!job) return false;
    unsigned long attempt = strtoul(end + 1, &end, 10);
    if (attempt == 0) return strcmp(end, ".found") == 0 || job->state != TC_GATEWAY_JOB_ENDED;
    return job->done && attempt == (unsigned long)job->files.attempt;
}

static void remove_others(const tc_gateway_jobs *jobs) {
    const char *folder = jobs->spool->jobs;
    DIR *listing = opendir(folder);
    if (!listing) return;
    struct dirent *entry;
    while ((entry = readdir(listing))) { // NOLINT(concurrency-mt-unsafe): one thread
        char path[sizeof jobs->spool->jobs + sizeof entry->d_name + 1];
        if (!is_job_file(entry->d_name) || is_needed(jobs, entry->d_name)) continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        remove(path);
    }
    closedir(listing);
}

tc_status tc_job_recovery_run(tc_gateway_jobs *jobs, tc_error *error) {
    TC_ASSERT(jobs->store && !jobs->first);
    recovery r = {.jobs = jobs};
    jobs->last_number = tc_store_last_number(jobs->store);
    tc_status status = tc_store_visit(jobs->store, restore, &r, error);
    if (!status && r.error.status) {
        *error = r.error;
        status = error->status;
    }
    if (!status) remove_others(jobs);
    return status;
}
