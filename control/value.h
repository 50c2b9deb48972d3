// What control/ itself needs to know of JSON values beyond control.h: kinds, and walking over members and items.
#ifndef TC_VALUE_H
#define TC_VALUE_H

#include "control/control.h"

typedef enum tc_json_kind {
    TC_JSON_NONE, // no value at all
    TC_JSON_NULL,
    TC_JSON_BOOL,
    TC_JSON_NUMBER,
    TC_JSON_STRING,
    TC_JSON_ARRAY,
    TC_JSON_OBJECT,
} tc_json_kind;

tc_json_kind tc_json_kind_of(const tc_json *value); // TC_JSON_NONE for NULL
// First member or item, and the one after `value`; NULL at the end.
const tc_json *tc_json_first(const tc_json *container);
const tc_json *tc_json_next(const tc_json *value);
const char *tc_json_name(const tc_json *member); // a member's name

// The value itself; the fallbacks of other kinds are "", 0 and false.
const char *tc_json_text_of(const tc_json *value);
double tc_json_number_of(const tc_json *value);
int64_t tc_json_whole_of(const tc_json *value, int64_t min, int64_t max); // as tc_json_whole
bool tc_json_bool_of(const tc_json *value);

void tc_json_add_string(tc_json *array, const char *value);

#endif
