#include "backend/spool.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

tc_status tc_spool_init(tc_spool *spool, const char *base, uint64_t max, tc_error *error) {
    *spool = (tc_spool){.max = max};
    if (!base) base = getenv("TMPDIR");
    if (!base || !base[0]) base = "/tmp";
    char template[TC_SPOOL_FOLDER];
    // A Unix socket's path, which stands in the folder, has at most 107 bytes.
    if ((size_t)snprintf(template, sizeof template, "%s/tilecast-XXXXXX", base) >= sizeof template)
        return tc_fail(error, TC_ERR_ARGUMENT, "the spool folder's path is too long: %.200s", base);
    if (mkdir(base, 0700) != 0 && errno != EEXIST)
        return tc_fail(error, TC_ERR_IO, "cannot make the spool folder %s: %s", base, strerror(errno));
    if (!mkdtemp(template)) return tc_fail(error, TC_ERR_IO, "cannot make a folder in %s: %s", base, strerror(errno));
    memcpy(spool->folder, template, sizeof template);
    snprintf(spool->memory, sizeof spool->memory, "/dev/shm/tilecast-XXXXXX");
    if (!mkdtemp(spool->memory)) spool->memory[0] = 0;
    return TC_OK;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *position) {
    (void)info, (void)kind;
    if (position->level > 0) remove(path);
    return 0;
}

void tc_folder_empty(const char *folder) {
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void remove_folder(const char *folder) {
    if (!folder[0]) return;
    tc_folder_empty(folder);
    rmdir(folder);
}

void tc_spool_clear(tc_spool *spool) {
    remove_folder(spool->folder);
    remove_folder(spool->memory);
    *spool = (tc_spool){0};
}

bool tc_spool_take(tc_spool *spool, uint64_t bytes) {
    if (spool->used > spool->max || bytes > spool->max - spool->used) return false;
    spool->used += bytes;
    return true;
}
void tc_spool_give(tc_spool *spool, uint64_t bytes) {
    spool->used -= bytes;
}

void tc_spool_path(const tc_spool *spool, uint32_t job, const char *kind, int try, char path[TC_SPOOL_PATH]) {
    snprintf(path, TC_SPOOL_PATH, "%s/%u.%d.%s", spool->folder, job, try, kind);
}
