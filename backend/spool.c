// Makes, locks and removes spool folders, and counts the bytes in them.
#include "backend/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/assert.h"
#include "system/errno_text.h"

enum { MAX_ATTEMPTS = 100 }; // at making a folder, while other gateways remove it before it is locked

static void remove_folder(const char *folder) {
    if (!folder[0]) return;
    tc_folder_empty(folder);
    rmdir(folder);
}

// Opens and locks a new folder. Returns the lock; -1 with EAGAIN when another gateway has locked it to remove it, or
// has removed it.
static int lock_folder(const char *folder) {
    struct stat info;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        if (fstat(fd, &info) == 0 && info.st_nlink > 0) return fd;
        errno = ENOENT;
    }
    int fault = errno == ENOENT || errno == EWOULDBLOCK ? EAGAIN : errno;
    if (fd >= 0) close(fd);
    rmdir(folder);
    errno = fault;
    return -1;
}

// Makes a folder from the template and locks it until this process ends. Returns the lock, or -1. A gateway that starts
// at the same time may find the folder before it is locked, and remove it: then another is made.
static int make_folder(char *template) {
    const size_t size = strlen(template);
    TC_ASSERT(size >= 6);
    for (int i = 0; i < MAX_ATTEMPTS; i++) {
        memset(template + size - 6, 'X', 6);
        if (!mkdtemp(template)) return -1;
        int fd = lock_folder(template);
        if (fd >= 0 || errno != EAGAIN) return fd;
    }
    return -1;
}

// Removes the folders in `base` that belong to this user and that no process has locked: their gateways were killed.
static void remove_stale(const char *base) {
    char pattern[TC_SPOOL_FOLDER + 16];
    glob_t found;
    if ((size_t)snprintf(pattern, sizeof pattern, "%s/tilecastd-??????", base) >= sizeof pattern) return;
    // At start, before there are threads. NOLINTNEXTLINE(concurrency-mt-unsafe)
    if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0) return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct stat info;
        int fd = open(found.gl_pathv[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0) continue;
        if (fstat(fd, &info) == 0 && info.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0)
            remove_folder(found.gl_pathv[i]);
        close(fd);
    }
    globfree(&found);
}

tc_status tc_spool_init(tc_spool *spool, const char *base, uint64_t max, tc_error *error) {
    *spool = (tc_spool){.max = max, .lock = -1, .memory_lock = -1};
    if (!base) base = getenv("TMPDIR");
    if (!base || !base[0]) base = "/tmp";
    char template[TC_SPOOL_FOLDER];
    // The folder holds a Unix socket, whose path has at most 107 bytes.
    if ((size_t)snprintf(template, sizeof template, "%s/tilecastd-XXXXXX", base) >= sizeof template)
        return tc_fail(error, TC_ERR_ARGUMENT, "the spool folder's path is too long: %.200s", base);
    if (mkdir(base, 0700) != 0 && errno != EEXIST)
        return tc_fail(error, TC_ERR_IO, "cannot make the spool folder %s: %s", base, tc_errno_text(errno));
    remove_stale(base);
    remove_stale("/dev/shm");
    spool->lock = make_folder(template);
    if (spool->lock < 0) return tc_fail(error, TC_ERR_IO, "cannot make a folder in %s: %s", base, tc_errno_text(errno));
    memcpy(spool->folder, template, sizeof template);
    memcpy(spool->jobs, template, sizeof template);
    snprintf(spool->memory, sizeof spool->memory, "/dev/shm/tilecastd-XXXXXX");
    spool->memory_lock = make_folder(spool->memory);
    if (spool->memory_lock < 0) spool->memory[0] = 0;
    return TC_OK;
}

tc_status tc_spool_use_store(tc_spool *spool, const char *folder, tc_error *error) {
    TC_ASSERT(spool->folder[0] && spool->used == 0);
    size_t size = strlen(folder);
    if (size >= sizeof spool->jobs)
        return tc_fail(error, TC_ERR_ARGUMENT, "the path of the store has %zu bytes; at most %zu are allowed", size,
                       sizeof spool->jobs - 1);
    memcpy(spool->jobs, folder, size + 1);
    return TC_OK;
}

// Fails if the file system of `folder` has less than `bytes` of room. One that has no size, or does
// not tell it, is accepted.
static tc_status check_room(const char *folder, uint64_t bytes, tc_error *error) {
    struct statvfs info;
    if (statvfs(folder, &info) != 0 || info.f_blocks == 0) return TC_OK;
    uint64_t room = (uint64_t)(geteuid() == 0 ? info.f_bfree : info.f_bavail) * info.f_frsize;
    if (room >= bytes) return TC_OK;
    const char *name = strrchr(folder, '/');
    TC_ASSERT(name);
    return tc_fail(error, TC_ERR_IO, "%.*s has only %.1f MB of free space; the pool of workers needs %.1f MB there",
                   (int)(name - folder), folder, (double)room / 1e6, (double)bytes / 1e6);
}

tc_status tc_spool_check_room(const tc_spool *spool, uint64_t folder_bytes, uint64_t memory_bytes, tc_error *error) {
    TC_ASSERT(spool->folder[0]);
    tc_status status = check_room(spool->folder, folder_bytes, error);
    // Without a folder of its own there the pool uses /dev/shm itself.
    return status ? status : check_room(spool->memory[0] ? spool->memory : "/dev/shm/", memory_bytes, error);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *position) {
    (void)info, (void)kind;
    if (position->level > 0) remove(path);
    return 0;
}

void tc_folder_empty(const char *folder) {
    TC_ASSERT(folder[0]);
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void tc_spool_clear(tc_spool *spool) {
    remove_folder(spool->folder);
    remove_folder(spool->memory);
    if (spool->folder[0]) close(spool->lock);
    if (spool->memory[0]) close(spool->memory_lock);
    *spool = (tc_spool){0};
}

bool tc_spool_reserve(tc_spool *spool, uint64_t bytes) {
    if (spool->used > spool->max || bytes > spool->max - spool->used) return false;
    spool->used += bytes;
    return true;
}

void tc_spool_add(tc_spool *spool, uint64_t bytes) {
    TC_ASSERT(bytes <= UINT64_MAX - spool->used);
    spool->used += bytes;
}

void tc_spool_release(tc_spool *spool, uint64_t bytes) {
    TC_ASSERT(bytes <= spool->used);
    spool->used -= bytes;
}

void tc_spool_path(const tc_spool *spool, uint32_t job, const char *kind, int attempt, char path[TC_SPOOL_PATH]) {
    TC_ASSERT(spool->jobs[0] && attempt >= 0);
    int length = snprintf(path, TC_SPOOL_PATH, "%s/%u.%d.%s", spool->jobs, job, attempt, kind);
    TC_ASSERT(length < TC_SPOOL_PATH);
}
