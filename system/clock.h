// The monotonic clock: it never goes back and does not follow changes of the wall clock.
#ifndef TC_SYSTEM_CLOCK_H
#define TC_SYSTEM_CLOCK_H

#include <stdint.h>

int64_t tc_clock_us(void); // microseconds
int64_t tc_clock_ms(void); // milliseconds

#endif
