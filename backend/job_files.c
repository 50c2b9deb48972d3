// Creates, writes, opens and removes the files of a job.
#include "backend/job_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/assert.h"
#include "system/errno_text.h"
#include "system/file.h"

void tc_job_files_init(tc_job_files *files, tc_spool *spool, uint32_t job) {
    *files = (tc_job_files){.spool = spool, .job = job, .upload = -1};
}

void tc_job_files_path(const tc_job_files *files, tc_job_file file, char path[TC_SPOOL_PATH]) {
    static const char *const kinds[] = {"upload", "found", "tiles", "out"};
    bool of_attempt = file == TC_JOB_FILE_TILES || file == TC_JOB_FILE_RESULT;
    TC_ASSERT(!of_attempt || files->attempt > 0);
    int attempt = of_attempt ? files->attempt : 0; // all attempts have the same upload
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
    if (tc_write_all(files->upload, bytes, size)) return TC_OK;
    return tc_fail(error, TC_ERR_IO, "the server cannot store the picture: %s", tc_errno_text(errno));
}

void tc_job_files_close_upload(tc_job_files *files) {
    if (files->upload >= 0) close(files->upload);
    files->upload = -1;
}

// The size of a file; -1 if there is none.
static int64_t size_of(const tc_job_files *files, tc_job_file file) {
    char path[TC_SPOOL_PATH];
    struct stat info;
    tc_job_files_path(files, file, path);
    return stat(path, &info) == 0 ? info.st_size : -1;
}

tc_status tc_job_files_reopen_upload(tc_job_files *files, tc_error *error) {
    TC_ASSERT(files->upload < 0 && files->uploaded == 0);
    char path[TC_SPOOL_PATH];
    tc_job_files_path(files, TC_JOB_FILE_UPLOAD, path);
    files->upload = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (files->upload < 0)
        return tc_fail(error, TC_ERR_IO, "the server has lost the stored picture: %s", tc_errno_text(errno));
    int64_t size = size_of(files, TC_JOB_FILE_UPLOAD);
    files->uploaded = size > 0 ? (uint64_t)size : 0;
    tc_spool_add(files->spool, files->uploaded);
    return TC_OK;
}

void tc_job_files_remove_upload(tc_job_files *files) {
    tc_job_files_close_upload(files);
    unlink_file(files, TC_JOB_FILE_UPLOAD);
    tc_spool_release(files->spool, files->uploaded);
    files->uploaded = 0;
}

// ---- Results

tc_status tc_job_files_begin_attempt(tc_job_files *files, tc_error *error) {
    TC_ASSERT(files->upload < 0 && files->tiles == 0 && files->result == 0);
    char path[TC_SPOOL_PATH];
    files->attempt++;
    tc_job_files_path(files, TC_JOB_FILE_TILES, path);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return tc_fail(error, TC_ERR_IO, "the server cannot store tiles: %s", tc_errno_text(errno));
    close(fd);
    return TC_OK;
}

tc_status tc_job_files_reserve_tile(tc_job_files *files, uint64_t size, tc_error *error) {
    TC_ASSERT(files->attempt > 0);
    if (!tc_spool_reserve(files->spool, size)) return tc_job_files_fail_full(error);
    files->tiles += size;
    return TC_OK;
}

static tc_status fail_result(tc_error *error) {
    return tc_fail(error, TC_ERR_IO, "the server cannot read the pool's result: %s", tc_errno_text(errno));
}

tc_status tc_job_files_count_result(tc_job_files *files, tc_error *error) {
    TC_ASSERT(files->attempt > 0 && files->result == 0);
    char path[TC_SPOOL_PATH];
    struct stat info;
    tc_job_files_path(files, TC_JOB_FILE_RESULT, path);
    if (stat(path, &info) != 0) return fail_result(error);
    files->result = (uint64_t)info.st_size;
    tc_spool_add(files->spool, files->result);
    return TC_OK;
}

tc_status tc_job_files_open(const tc_job_files *files, tc_job_file file, tc_file_cursor *cursor, tc_error *error) {
    TC_ASSERT(files->attempt > 0 && cursor->fd < 0);
    TC_ASSERT(file == TC_JOB_FILE_TILES || file == TC_JOB_FILE_RESULT);
    char path[TC_SPOOL_PATH];
    tc_job_files_path(files, file, path);
    *cursor = (tc_file_cursor){.fd = open(path, O_RDONLY | O_CLOEXEC),
                               .end = file == TC_JOB_FILE_TILES ? files->tiles : files->result};
    return cursor->fd >= 0 ? TC_OK : fail_result(error);
}

tc_status tc_job_files_recount(tc_job_files *files, bool result, tc_error *error) {
    if (files->attempt == 0) return tc_fail(error, TC_ERR_IO, "a stored result is missing");
    int64_t tiles = size_of(files, TC_JOB_FILE_TILES), bytes = result ? size_of(files, TC_JOB_FILE_RESULT) : 0;
    if (tiles < 0 || bytes < 0) return tc_fail(error, TC_ERR_IO, "a stored result is missing");
    files->tiles = (uint64_t)tiles;
    files->result = (uint64_t)bytes;
    tc_spool_add(files->spool, files->tiles + files->result);
    return TC_OK;
}

void tc_job_files_unlink_results(const tc_job_files *files) {
    unlink_file(files, TC_JOB_FILE_TILES);
    unlink_file(files, TC_JOB_FILE_RESULT);
}

void tc_job_files_remove_results(tc_job_files *files) {
    if (files->attempt == 0) return;
    tc_job_files_unlink_results(files);
    tc_spool_release(files->spool, files->tiles + files->result);
    files->tiles = files->result = 0;
}

// ---- Codes and lines

// The file is opened for each access: a job that is stored for long needs no descriptor.
static int open_found(const tc_job_files *files, int flags) {
    char path[TC_SPOOL_PATH];
    tc_job_files_path(files, TC_JOB_FILE_FOUND, path);
    return open(path, flags | O_CLOEXEC, 0600);
}

tc_status tc_job_files_append_found(tc_job_files *files, const uint8_t *length, size_t length_size, const uint8_t *text,
                                    size_t text_size, tc_error *error) {
    if (!tc_spool_reserve(files->spool, length_size + text_size)) return tc_job_files_fail_full(error);
    int fd = open_found(files, O_WRONLY | O_CREAT);
    bool written = fd >= 0 && lseek(fd, (off_t)files->codes, SEEK_SET) >= 0 && tc_write_all(fd, length, length_size) &&
                   tc_write_all(fd, text, text_size);
    tc_status status = TC_OK;
    if (written)
        files->codes += length_size + text_size;
    else
        status = tc_fail(error, TC_ERR_IO, "the server cannot store what it has found: %s", tc_errno_text(errno));
    if (!written) tc_spool_release(files->spool, length_size + text_size);
    if (fd >= 0) close(fd);
    return status;
}

bool tc_job_files_read_found(const tc_job_files *files, uint64_t position, void *bytes, size_t size) {
    TC_ASSERT(position <= files->codes && size <= files->codes - position);
    int fd = open_found(files, O_RDONLY);
    bool whole = fd >= 0 && pread(fd, bytes, size, (off_t)position) == (ssize_t)size;
    if (fd >= 0) close(fd);
    return whole;
}

void tc_job_files_recount_found(tc_job_files *files) {
    int64_t size = size_of(files, TC_JOB_FILE_FOUND);
    files->codes = size > 0 ? (uint64_t)size : 0;
    tc_spool_add(files->spool, files->codes);
}

void tc_job_files_cut_found(tc_job_files *files, uint64_t size) {
    TC_ASSERT(size <= files->codes);
    tc_spool_release(files->spool, files->codes - size);
    files->codes = size; // the next record overwrites what follows
}

static void remove_found(tc_job_files *files) {
    if (files->codes == 0) return;
    unlink_file(files, TC_JOB_FILE_FOUND);
    tc_spool_release(files->spool, files->codes);
    files->codes = 0;
}

void tc_job_files_clear(tc_job_files *files) {
    tc_job_files_remove_results(files);
    remove_found(files);
    tc_job_files_remove_upload(files);
}

void tc_job_files_leave(tc_job_files *files) {
    tc_job_files_close_upload(files);
    tc_spool_release(files->spool, files->uploaded + files->tiles + files->result + files->codes);
    *files = (tc_job_files){.spool = files->spool, .job = files->job, .upload = -1};
}
