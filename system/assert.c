// Reports a failed assertion on stderr and aborts.
#include "system/assert.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/assert.h"

static const char *program = "tilecast";
static _Thread_local uint32_t current_job;

void tc_assert_set_program(const char *name) {
    program = name;
}

void tc_assert_set_job(uint32_t job) {
    current_job = job;
}

void tc_assert_fail(const char *file, int line, const char *condition) {
    fprintf(stderr, "%s: %s:%d: assertion failed: %s", program, file, line, condition);
    if (current_job) fprintf(stderr, " (job %u)", (unsigned)current_job);
    fputc('\n', stderr);
    abort();
}
