// Walks through folders and lists the pictures in them.
#include "cli/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/assert.h"
#include "system/errno_text.h"

typedef struct list {
    char **files, **faults; // on the heap, as their strings
    int count, room;
} list;

static tc_status fail_memory(tc_error *error) {
    return tc_fail(error, TC_ERR_MEMORY, "out of memory");
}

static tc_status add(list *l, const char *file, const char *fault, tc_error *error) {
    if (l->count == l->room) {
        int room = 2 * l->room + 16;
        char **files = realloc(l->files, (size_t)room * sizeof *files);
        if (files) l->files = files;
        char **faults = files ? realloc(l->faults, (size_t)room * sizeof *faults) : NULL;
        if (!faults) return fail_memory(error);
        l->faults = faults;
        l->room = room;
    }
    char *name = strdup(file), *why = fault ? strdup(fault) : NULL;
    if (!name || (fault && !why)) {
        free(name);
        free(why);
        return fail_memory(error);
    }
    l->files[l->count] = name;
    l->faults[l->count++] = why;
    return TC_OK;
}

static tc_status add_unopened(list *l, const char *file, tc_error *error) {
    char why[128];
    snprintf(why, sizeof why, "cannot be opened: %s", tc_errno_text(errno));
    return add(l, file, why, error);
}

static bool begins_as_picture(const char *file, const uint8_t *bytes, size_t size) {
    const char *dot = strrchr(file, '.');
    tc_format format = tc_format_detect(bytes, size);
    return format != TC_FORMAT_UNKNOWN && (format != TC_FORMAT_TGA || (dot && strcasecmp(dot, ".tga") == 0));
}

static tc_status add_if_picture(list *l, const char *file, tc_error *error) {
    uint8_t bytes[TC_FORMAT_DETECT_BYTES];
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return add_unopened(l, file, error);
    ssize_t size = read(fd, bytes, sizeof bytes);
    close(fd);
    return size > 0 && begins_as_picture(file, bytes, (size_t)size) ? add(l, file, NULL, error) : TC_OK;
}

static int is_visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static int compare(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static tc_status walk(list *l, const char *folder, tc_error *error);

static tc_status walk_entry(list *l, const char *folder, const char *name, tc_error *error) {
    struct stat info;
    char *path;
    bool slash = folder[strlen(folder) - 1] == '/';
    if (asprintf(&path, "%s%s%s", folder, slash ? "" : "/", name) < 0) return fail_memory(error);
    tc_status status = TC_OK;
    bool there = lstat(path, &info) == 0;
    if (there && S_ISDIR(info.st_mode))
        status = walk(l, path, error);
    else if (there && (S_ISREG(info.st_mode) || (stat(path, &info) == 0 && S_ISREG(info.st_mode))))
        status = add_if_picture(l, path, error);
    free(path);
    return status;
}

static tc_status walk(list *l, const char *folder, tc_error *error) {
    struct dirent **entries;
    int count = scandir(folder, &entries, is_visible, compare);
    if (count < 0) return add_unopened(l, folder, error);
    tc_status status = TC_OK;
    for (int i = 0; i < count; i++) {
        if (!status) status = walk_entry(l, folder, entries[i]->d_name, error);
        free(entries[i]);
    }
    free(entries);
    return status;
}

static tc_status expand(list *l, const char *file, tc_error *error) {
    struct stat info;
    if (strcmp(file, "-") == 0 || stat(file, &info) != 0 || !S_ISDIR(info.st_mode)) return add(l, file, NULL, error);
    int before = l->count;
    tc_status status = walk(l, file, error);
    return status || l->count > before ? status : add(l, file, "is a folder without pictures", error);
}

tc_status tc_folder_expand(tc_options *options, tc_error *error) {
    TC_ASSERT(!options->faults);
    list l = {0};
    tc_status status = TC_OK;
    for (int i = 0; i < options->file_count && !status; i++) status = expand(&l, options->files[i], error);
    free(options->files);
    options->files = l.files;
    options->faults = l.faults;
    options->file_count = l.count;
    return status;
}

tc_status tc_folder_check(const tc_options *options, int file, tc_error *error) {
    TC_ASSERT(file >= 0 && file < options->file_count);
    if (!options->faults || !options->faults[file]) return TC_OK;
    return tc_fail(error, TC_ERR_IO, "%s", options->faults[file]);
}
