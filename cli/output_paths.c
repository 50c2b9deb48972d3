// Derives the paths of results from those of the pictures, without collisions.
#include "cli/output_paths.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/assert.h"
#include "system/errno_text.h"

typedef struct file_id {
    dev_t device;
    ino_t inode;
} file_id;

static int compare_ids(const void *a, const void *b) {
    const file_id *x = a, *y = b;
    if (x->device != y->device) return x->device < y->device ? -1 : 1;
    return x->inode < y->inode ? -1 : x->inode > y->inode;
}

static int compare_paths(const void *a, const void *b) {
    return strcmp(a, b);
}

static void free_nothing(void *node) {
    (void)node; // the paths belong to the list, not to the set
}

// The pictures of this call, sorted: no result may replace a picture that is read later.
static file_id *list_inputs(const tc_options *options, size_t *count) {
    file_id *ids = calloc((size_t)options->file_count + 1, sizeof *ids);
    *count = 0;
    for (int i = 0; ids && i < options->file_count; i++) {
        struct stat info;
        if (stat(options->files[i], &info) == 0) ids[(*count)++] = (file_id){info.st_dev, info.st_ino};
    }
    if (ids) qsort(ids, *count, sizeof *ids, compare_ids);
    return ids;
}

static bool is_input(const char *path, const file_id *ids, size_t count) {
    struct stat info;
    if (stat(path, &info) != 0) return false;
    file_id id = {info.st_dev, info.st_ino};
    return bsearch(&id, ids, count, sizeof id, compare_ids) != NULL;
}

// "OUT_DIR/NAME[-N].ENDING", or "NAME.tilecast[-N].ENDING" in the picture's folder. NULL when out of memory.
static char *make_path(const tc_options *options, const char *file, int number) {
    if (strcmp(file, "-") == 0) file = "stdin";
    const char *slash = strrchr(file, '/');
    const char *name = slash ? slash + 1 : file;
    const char *dot = strrchr(name, '.');
    int stem = dot && dot > name ? (int)(dot - name) : (int)strlen(name);
    int folder = (int)(name - file);
    const char *ending = options->format == TC_FORMAT_JPEG ? "jpg" : "png";
    char count[16] = "", *path = NULL;
    if (number > 1) snprintf(count, sizeof count, "-%d", number);
    int length = options->out_dir ? asprintf(&path, "%s/%.*s%s.%s", options->out_dir, stem, name, count, ending)
                                  : asprintf(&path, "%.*s%.*s.tilecast%s.%s", folder, file, stem, name, count, ending);
    return length < 0 ? NULL : path;
}

static tc_status make_folder(const char *path, tc_error *error) {
    char *copy = strdup(path);
    if (!copy) return tc_fail(error, TC_ERR_MEMORY, "out of memory");
    for (char *c = copy + 1; *c; c++) {
        if (*c != '/') continue;
        *c = 0;
        mkdir(copy, 0777); // if it fails, the last one fails too
        *c = '/';
    }
    struct stat info;
    mkdir(copy, 0777);
    int code = errno;
    bool good = stat(copy, &info) == 0 && S_ISDIR(info.st_mode);
    free(copy);
    if (good) return TC_OK;
    return tc_fail(error, TC_ERR_IO, "--out-dir %.200s cannot be made: %s", path, tc_errno_text(code));
}

// Finds the first path for the result of `file` that is neither in the set nor a picture of this call, and adds it to
// the set. NULL when out of memory.
static char *find_path(const tc_options *options, const char *file, const file_id *ids, size_t id_count, void **set) {
    for (int number = 1;; number++) {
        char *path = make_path(options, file, number);
        char **node = path ? tsearch(path, set, compare_paths) : NULL;
        if (!node) {
            free(path);
            return NULL;
        }
        if (*node == path && !is_input(path, ids, id_count)) return path;
        if (*node == path) tdelete(path, set, compare_paths);
        free(path);
    }
}

static bool fill(char **paths, const tc_options *options, const file_id *ids, size_t id_count) {
    void *set = NULL;
    bool good = true;
    for (int i = 0; good && i < options->file_count; i++) {
        paths[i] = find_path(options, options->files[i], ids, id_count, &set);
        good = paths[i] != NULL;
    }
    tdestroy(set, free_nothing);
    return good;
}

char **tc_output_paths_new(const tc_options *options, tc_error *error) {
    bool wanted = options->command == TC_COMMAND_RUN;
    TC_ASSERT(!options->out || options->file_count == 1);
    if (wanted && options->out_dir && make_folder(options->out_dir, error)) return NULL;
    char **paths = calloc((size_t)options->file_count + 1, sizeof *paths);
    size_t id_count = 0;
    file_id *ids = wanted && !options->out ? list_inputs(options, &id_count) : NULL;
    bool good = paths != NULL;
    if (good && wanted && options->out)
        good = (paths[0] = strdup(options->out)) != NULL;
    else if (good && wanted)
        good = ids && fill(paths, options, ids, id_count);
    free(ids);
    if (good) return paths;
    tc_output_paths_destroy(paths, options->file_count);
    tc_fail(error, TC_ERR_MEMORY, "out of memory");
    return NULL;
}

void tc_output_paths_destroy(char **paths, int count) {
    for (int i = 0; paths && i < count; i++) free(paths[i]);
    free(paths);
}
