// What a failed assertion (core/assert.h) reports beside its place in the source.
#ifndef TC_SYSTEM_ASSERT_H
#define TC_SYSTEM_ASSERT_H

#include <stdint.h>

// The name of this program in front of the report, e.g. "tilecast-pool"; a string constant. Once, before threads start.
void tc_assert_set_program(const char *name);
// The job that the calling thread works on; 0: none.
void tc_assert_set_job(uint32_t job);

#endif
