// The set of job numbers that a client has used, stored as ranges: most clients count upwards and need one range.
#ifndef TC_BACKEND_NUMBER_SET_H
#define TC_BACKEND_NUMBER_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/status.h"

enum { TC_MAX_NUMBER_RANGES = 1024 };

typedef struct tc_number_range {
    uint32_t first, last;
} tc_number_range;

typedef struct tc_number_set {
    tc_number_range *ranges; // ascending, with gaps between them
    int count;
} tc_number_set;

void tc_number_set_clear(tc_number_set *set);
bool tc_number_set_contains(const tc_number_set *set, uint32_t number);
// Adds a number that is not in the set. TC_ERR_LIMIT when that would need too many ranges, TC_ERR_MEMORY on lack of
// memory; the set is then unchanged.
tc_status tc_number_set_add(tc_number_set *set, uint32_t number);

#endif
