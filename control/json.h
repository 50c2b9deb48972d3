// JSON values on top of cJSON, native only: the page uses JavaScript's JSON. Every function accepts NULL for a value
// that is absent.
#ifndef TC_CONTROL_JSON_H
#define TC_CONTROL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

typedef struct tc_json tc_json; // a JSON value, owned by its root

enum { TC_MAX_CONTROL_BYTES = 64 << 10 }; // size of a control message, which bounds nesting too

// Parses one JSON object of at most TC_MAX_CONTROL_BYTES bytes, which need not be NUL-terminated. Returns NULL on
// failure. The caller destroys the result.
tc_json *tc_json_parse(const char *text, size_t size, tc_error *error);
// An empty object, destroyed by the caller; NULL if memory runs out.
tc_json *tc_json_new_object(void);
// Destroys a root and everything in it.
void tc_json_destroy(tc_json *json);
// Unformatted text on the heap, which the caller frees with free(). NULL if memory runs out, also if it ran out before
// in a builder: an incomplete message is never sent.
char *tc_json_print(const tc_json *json);

// ---- Reading members of an object. The fallback is returned if the member is absent or of another type. Strings are
// borrowed.
const char *tc_json_string(const tc_json *object, const char *name, const char *fallback);
double tc_json_number(const tc_json *object, const char *name, double fallback);
// The number without its fraction, clamped to min..max, which lie within ±2^53.
int64_t tc_json_integer(const tc_json *object, const char *name, int64_t min, int64_t max, int64_t fallback);
bool tc_json_bool(const tc_json *object, const char *name, bool fallback);
const tc_json *tc_json_member(const tc_json *object, const char *name); // NULL if absent
int tc_json_count(const tc_json *array);                                // 0 if it is not an array
const tc_json *tc_json_item(const tc_json *array, int index);           // NULL if there is none

// ---- Reading values

typedef enum tc_json_kind {
    TC_JSON_NONE, // absent (NULL)
    TC_JSON_NULL,
    TC_JSON_BOOL,
    TC_JSON_NUMBER,
    TC_JSON_STRING,
    TC_JSON_ARRAY,
    TC_JSON_OBJECT,
} tc_json_kind;

tc_json_kind tc_json_kind_of(const tc_json *value);
// The first member or item, and the one after `value`; NULL at the end.
const tc_json *tc_json_first(const tc_json *container);
const tc_json *tc_json_next(const tc_json *value);
const char *tc_json_name(const tc_json *member); // a member's name

// The value itself; for another kind "", 0 and false.
const char *tc_json_string_of(const tc_json *value);
double tc_json_number_of(const tc_json *value);
int64_t tc_json_integer_of(const tc_json *value, int64_t min, int64_t max); // as tc_json_integer
bool tc_json_bool_of(const tc_json *value);

// ---- Building. A member of the same name is replaced. If memory runs out the member is missing, and tc_json_print
// returns NULL. Strings are copied; bytes that are not UTF-8 become U+FFFD, NUL bytes U+2400.
void tc_json_set_string(tc_json *object, const char *name, const char *value);
void tc_json_set_text(tc_json *object, const char *name, const char *utf8, size_t size);
void tc_json_set_number(tc_json *object, const char *name, double value);
void tc_json_set_bool(tc_json *object, const char *name, bool value);
void tc_json_remove(tc_json *object, const char *name); // without effect if the member is absent
// These return the new, empty container, owned by its parent; NULL if memory runs out.
tc_json *tc_json_set_object(tc_json *object, const char *name);
tc_json *tc_json_set_array(tc_json *object, const char *name);
tc_json *tc_json_add_object(tc_json *array);
tc_json *tc_json_add_array(tc_json *array);
void tc_json_add_number(tc_json *array, double value);
void tc_json_add_string(tc_json *array, const char *value);

#endif
