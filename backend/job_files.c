// Creates, writes, opens and removes the files of a job.
#include "backend/job_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/assert.h"
#include "system/errno_text.h"

void tc_job_files_init(tc_job_files *files, tc_spool *spool, uint32_t job) {
    *files = (tc_job_files){.spool = spool, .job = job, .upload = -1};
}

void tc_job_files_path(const tc_job_files *files, tc_job_file file, char path[TC_SPOOL_PATH]) {
    static const char *const kinds[] = {"upload", "tiles", "out"};
    TC_ASSERT(file == TC_JOB_FILE_UPLOAD || files->attempt > 0);
    int attempt = file == TC_JOB_FILE_UPLOAD ? 0 : files->attempt; // all attempts have the same upload
    tc_spool_path(files->spool, files->job, kinds[file], attempt, path);
}

static void unlink_file(const tc_job_files *files, tc_job_file file) {
    char path[TC_SPOOL_PATH];
    tc_job_files_path(files, file, path);
    unlink(path);
}

tc_status tc_job_files_fail_full(tc_error *error) {
    return tc_fail(error, TC_ERR_LIMIT, "the server's store for pictures under way is full; try again later");
}

// ---- Upload

tc_status tc_job_files_create_upload(tc_job_files *files, tc_error *error) {
    TC_ASSERT(files->upload < 0 && files->uploaded == 0);
    char path[TC_SPOOL_PATH];
    tc_job_files_path(files, TC_JOB_FILE_UPLOAD, path);
    files->upload = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (files->upload >= 0) return TC_OK;
    return tc_fail(error, TC_ERR_IO, "the server cannot store the picture: %s", tc_errno_text(errno));
}

tc_status tc_job_files_append_upload(tc_job_files *files, const uint8_t *bytes, size_t size, tc_error *error) {
    TC_ASSERT(files->upload >= 0);
    if (!tc_spool_reserve(files->spool, size)) return tc_job_files_fail_full(error);
    files->uploaded += size;
    while (size > 0) {
        ssize_t n = write(files->upload, bytes, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return tc_fail(error, TC_ERR_IO, "the server cannot store the picture: %s", tc_errno_text(errno));
        bytes += n, size -= (size_t)n;
    }
    return TC_OK;
}

void tc_job_files_close_upload(tc_job_files *files) {
    if (files->upload >= 0) close(files->upload);
    files->upload = -1;
}

void tc_job_files_remove_upload(tc_job_files *files) {
    tc_job_files_close_upload(files);
    unlink_file(files, TC_JOB_FILE_UPLOAD);
    tc_spool_release(files->spool, files->uploaded);
    files->uploaded = 0;
}

// ---- Results

tc_status tc_job_files_begin_attempt(tc_job_files *files, tc_file_cursor *tiles, tc_error *error) {
    TC_ASSERT(files->upload < 0 && files->results == 0 && tiles->fd < 0);
    char path[TC_SPOOL_PATH];
    files->attempt++;
    tc_job_files_path(files, TC_JOB_FILE_TILES, path);
    *tiles = (tc_file_cursor){.fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (tiles->fd >= 0) return TC_OK;
    return tc_fail(error, TC_ERR_IO, "the server cannot store tiles: %s", tc_errno_text(errno));
}

tc_status tc_job_files_reserve_tile(tc_job_files *files, uint64_t size, tc_error *error) {
    TC_ASSERT(files->attempt > 0);
    if (!tc_spool_reserve(files->spool, size)) return tc_job_files_fail_full(error);
    files->results += size;
    return TC_OK;
}

tc_status tc_job_files_open_result(tc_job_files *files, tc_file_cursor *result, tc_error *error) {
    TC_ASSERT(files->attempt > 0 && result->fd < 0);
    char path[TC_SPOOL_PATH];
    struct stat info;
    tc_job_files_path(files, TC_JOB_FILE_RESULT, path);
    *result = (tc_file_cursor){.fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (result->fd < 0 || fstat(result->fd, &info) != 0)
        return tc_fail(error, TC_ERR_IO, "the server cannot read the pool's result: %s", tc_errno_text(errno));
    result->end = (uint64_t)info.st_size;
    tc_spool_add(files->spool, result->end);
    files->results += result->end;
    return TC_OK;
}

void tc_job_files_unlink_results(const tc_job_files *files) {
    unlink_file(files, TC_JOB_FILE_TILES);
    unlink_file(files, TC_JOB_FILE_RESULT);
}

void tc_job_files_remove_results(tc_job_files *files) {
    if (files->attempt == 0) return;
    tc_job_files_unlink_results(files);
    tc_spool_release(files->spool, files->results);
    files->results = 0;
}

void tc_job_files_clear(tc_job_files *files) {
    tc_job_files_remove_results(files);
    tc_job_files_remove_upload(files);
}
