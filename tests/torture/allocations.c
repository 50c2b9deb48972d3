// Makes the n-th allocation of a program fail. It is linked into the programs of the build with AddressSanitizer; the
// linker sends their calls of malloc and its relatives here (--wrap).
//
// The environment variable TILECAST_TORTURE names a folder. A program for which it holds a file of the program's name
// maps that file, a `plan`, and follows it while a test changes it.
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct plan {
    int64_t fail_at; // the number of the allocation that fails, counted from 1; 0: none
    int64_t count;   // allocations so far
    int64_t failed;  // how many have failed
} plan;

static plan *shared;

// Of libcjson, where the program has it: its allocations count too.
typedef struct cjson_hooks {
    void *(*malloc_fn)(size_t size);
    void (*free_fn)(void *memory);
} cjson_hooks;
void cJSON_InitHooks(cjson_hooks *hooks) __attribute__((weak));

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);
int __wrap_asprintf(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

__attribute__((constructor)) static void start(void) {
    const char *folder = getenv("TILECAST_TORTURE");
    char path[4096];
    if (!folder || snprintf(path, sizeof path, "%s/%s", folder, program_invocation_short_name) >= (int)sizeof path)
        return;
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    void *memory = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory == MAP_FAILED) abort();
    shared = memory;
    if (cJSON_InitHooks) cJSON_InitHooks(&(cjson_hooks){__wrap_malloc, free});
}

static int fails(void) {
    if (!shared) return 0;
    int64_t number = __atomic_add_fetch(&shared->count, 1, __ATOMIC_SEQ_CST);
    if (number != __atomic_load_n(&shared->fail_at, __ATOMIC_SEQ_CST)) return 0;
    __atomic_add_fetch(&shared->failed, 1, __ATOMIC_SEQ_CST);
    errno = ENOMEM;
    return 1;
}

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size) {
    return fails() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text) {
    return fails() ? NULL : __real_strdup(text);
}

int __wrap_asprintf(char **text, const char *format, ...) {
    if (fails()) return -1;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(text, format, arguments);
    va_end(arguments);
    return length;
}
