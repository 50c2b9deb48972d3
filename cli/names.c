// The names of result files, unique within one call.
#include "cli/names.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

static int compare_names(const void *a, const void *b) {
    return strcmp(a, b);
}

static void keep(void *node) {
    (void)node; // the names belong to the list, not to the set
}

// The pictures of this call, sorted: a result must not replace one that is still to be read.
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

// "FOLDER/NAME[-N].ENDING", or "FOLDER/NAME.tilecast[-N].ENDING" beside the picture. NULL on lack of memory.
static char *make_name(const tc_options *options, const char *file, int number) {
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
        mkdir(copy, 0777); // a part that cannot be made shows in the last one
        *c = '/';
    }
    struct stat info;
    mkdir(copy, 0777);
    int fault = errno;
    bool good = stat(copy, &info) == 0 && S_ISDIR(info.st_mode);
    free(copy);
    if (good) return TC_OK;
    return tc_fail(error, TC_ERR_IO, "--out-dir %.200s cannot be made: %s", path, tc_errno_text(fault));
}

static bool fill(char **names, const tc_options *options, const file_id *ids, size_t id_count) {
    void *taken = NULL;
    bool good = true;
    for (int i = 0; good && i < options->file_count; i++) {
        for (int number = 1; good && !names[i]; number++) {
            char *name = make_name(options, options->files[i], number);
            char **node = name ? tsearch(name, &taken, compare_names) : NULL;
            good = node != NULL;
            if (good && *node == name) names[i] = name;
            if (good && *node != name) free(name);
            if (names[i] && is_input(name, ids, id_count)) {
                tdelete(name, &taken, compare_names);
                free(name);
                names[i] = NULL;
            }
        }
    }
    tdestroy(taken, keep);
    return good;
}

char **tc_names_new(const tc_options *options, tc_error *error) {
    bool wanted = options->command == TC_COMMAND_RUN;
    if (wanted && options->out_dir && make_folder(options->out_dir, error)) return NULL;
    char **names = calloc((size_t)options->file_count + 1, sizeof *names);
    size_t id_count = 0;
    file_id *ids = wanted && !options->out ? list_inputs(options, &id_count) : NULL;
    bool good = names != NULL;
    if (good && wanted && options->out)
        good = (names[0] = strdup(options->out)) != NULL;
    else if (good && wanted)
        good = ids && fill(names, options, ids, id_count);
    free(ids);
    if (good) return names;
    tc_names_destroy(names, options->file_count);
    tc_fail(error, TC_ERR_MEMORY, "out of memory");
    return NULL;
}

void tc_names_destroy(char **names, int count) {
    for (int i = 0; names && i < count; i++) free(names[i]);
    free(names);
}
