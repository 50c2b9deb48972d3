// Reports a failed assertion on stderr and aborts.
#include "system/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
    // Not by the stream stderr, which tilecast-codec redirects.
    if (current_job)
        dprintf(STDERR_FILENO, "%s: %s:%d: assertion failed: %s (job %u)\n", program, file, line, condition,
                (unsigned)current_job);
    else
        dprintf(STDERR_FILENO, "%s: %s:%d: assertion failed: %s\n", program, file, line, condition);
    abort();
}
