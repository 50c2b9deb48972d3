// A sorted array of ranges with binary search.
#include "backend/number_set.h"

#include <stdlib.h>
#include <string.h>

#include "core/assert.h"

void tc_number_set_clear(tc_number_set *set) {
    free(set->ranges);
    *set = (tc_number_set){0};
}

// Index of the first range that does not end before `number`; the count if all do.
static int find_range(const tc_number_set *set, uint32_t number) {
    int low = 0, high = set->count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (set->ranges[middle].last < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool tc_number_set_contains(const tc_number_set *set, uint32_t number) {
    int i = find_range(set, number);
    return i < set->count && set->ranges[i].first <= number;
}

static tc_status insert_range(tc_number_set *set, int index, uint32_t number) {
    if (set->count == TC_MAX_NUMBER_RANGES) return TC_ERR_LIMIT;
    tc_number_range *ranges = realloc(set->ranges, (size_t)(set->count + 1) * sizeof *ranges);
    if (!ranges) return TC_ERR_MEMORY;
    set->ranges = ranges;
    memmove(ranges + index + 1, ranges + index, (size_t)(set->count - index) * sizeof *ranges);
    ranges[index] = (tc_number_range){number, number};
    set->count++;
    return TC_OK;
}

tc_status tc_number_set_add(tc_number_set *set, uint32_t number) {
    TC_ASSERT(!tc_number_set_contains(set, number));
    tc_number_range *ranges = set->ranges;
    int i = find_range(set, number); // the new number lies between the ranges i - 1 and i
    bool extends_left = i > 0 && ranges[i - 1].last == number - 1;
    bool extends_right = i < set->count && ranges[i].first == number + 1;
    if (!extends_left && !extends_right) return insert_range(set, i, number);
    if (extends_left && extends_right) {
        ranges[i - 1].last = ranges[i].last;
        set->count--;
        memmove(ranges + i, ranges + i + 1, (size_t)(set->count - i) * sizeof *ranges);
    } else if (extends_left) {
        ranges[i - 1].last = number;
    } else {
        ranges[i].first = number;
    }
    return TC_OK;
}
