// The list of readings.
#include "codec/reader.h"

#include <stdlib.h>
#include <string.h>

#include "core/assert.h"

// Never NULL on success, even for an empty payload.
static uint8_t *copy_bytes(const uint8_t *bytes, size_t size) {
    uint8_t *copy = malloc(size + 1);
    if (copy && size > 0) memcpy(copy, bytes, size);
    return copy;
}

tc_status tc_readings_add(tc_readings *readings, const tc_reading *reading) {
    TC_ASSERT(reading->symbology >= 0 && reading->symbology < TC_SYMBOLOGY_COUNT);
    tc_reading *grown = realloc(readings->items, sizeof *grown * (size_t)(readings->count + 1));
    if (!grown) return TC_ERR_MEMORY;
    readings->items = grown;
    uint8_t *bytes = copy_bytes(reading->bytes, reading->size);
    if (!bytes) return TC_ERR_MEMORY;
    grown[readings->count] = *reading;
    grown[readings->count++].bytes = bytes;
    return TC_OK;
}

tc_status tc_readings_set_bytes(tc_reading *reading, const uint8_t *bytes, size_t size) {
    uint8_t *copy = copy_bytes(bytes, size);
    if (!copy) return TC_ERR_MEMORY;
    free((void *)(uintptr_t)reading->bytes);
    reading->bytes = copy;
    reading->size = size;
    return TC_OK;
}

void tc_readings_clear(tc_readings *readings) {
    for (int i = 0; i < readings->count; i++) free((void *)(uintptr_t)readings->items[i].bytes);
    free(readings->items);
    *readings = (tc_readings){0};
}
