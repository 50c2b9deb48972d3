// JSON values on top of cJSON. The only file that includes its header.
#include "control/json.h"

#include "core/assert.h"
#include "core/utf8.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static cJSON *item_of(const tc_json *json) {
    return (cJSON *)json;
}
static tc_json *json_of(const cJSON *item) {
    return (tc_json *)item;
}

// cJSON does not say whether a text is wrong or memory ran out. Its allocations therefore go through here.
static _Thread_local bool out_of_memory;

static void *allocate(size_t size) {
    void *memory = malloc(size);
    if (!memory) out_of_memory = true;
    return memory;
}

static void set_hooks(void) {
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = allocate, .free_fn = free});
}

tc_json *tc_json_parse(const char *text, size_t size, tc_error *error) {
    if (size > TC_MAX_CONTROL_BYTES) {
        tc_fail(error, TC_ERR_LIMIT, "the message has %zu bytes; at most %d are allowed", size, TC_MAX_CONTROL_BYTES);
        return NULL;
    }
    if (memchr(text, 0, size) || !tc_utf8_valid(text, size)) {
        tc_fail(error, TC_ERR_PROTOCOL, "the message is not UTF-8 text");
        return NULL;
    }
    char *copy = malloc(size + 1); // NUL-terminated, so that cJSON refuses anything behind the value
    if (!copy) {
        tc_fail(error, TC_ERR_MEMORY, "out of memory while reading a message");
        return NULL;
    }
    memcpy(copy, text, size);
    copy[size] = 0;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_hooks);
    out_of_memory = false;
    cJSON *item = cJSON_ParseWithLengthOpts(copy, size + 1, NULL, 1);
    free(copy);
    if (!cJSON_IsObject(item)) {
        if (out_of_memory)
            tc_fail(error, TC_ERR_MEMORY, "out of memory while reading a message");
        else
            tc_fail(error, TC_ERR_PROTOCOL, "the message is not a JSON object");
        cJSON_Delete(item);
        return NULL;
    }
    return json_of(item);
}

tc_json *tc_json_new_object(void) {
    return json_of(cJSON_CreateObject());
}
void tc_json_destroy(tc_json *json) {
    cJSON_Delete(item_of(json));
}

// A flag in the type of an object or array whose members are not complete, because there was no memory for one. cJSON
// looks at the low byte of the type, and has flags of its own in the next two bits.
enum { INCOMPLETE = 1 << 16 };

static bool is_complete(const cJSON *item) {
    if (item->type & INCOMPLETE) return false;
    for (const cJSON *child = item->child; child; child = child->next)
        if (!is_complete(child)) return false;
    return true;
}

char *tc_json_print(const tc_json *json) {
    return json && is_complete(item_of(json)) ? cJSON_PrintUnformatted(item_of(json)) : NULL;
}

const tc_json *tc_json_member(const tc_json *object, const char *name) {
    TC_ASSERT(name);
    return cJSON_IsObject(item_of(object)) ? json_of(cJSON_GetObjectItemCaseSensitive(item_of(object), name)) : NULL;
}
const char *tc_json_string(const tc_json *object, const char *name, const char *fallback) {
    const char *text = cJSON_GetStringValue(item_of(tc_json_member(object, name)));
    return text ? text : fallback;
}
double tc_json_number(const tc_json *object, const char *name, double fallback) {
    const cJSON *item = item_of(tc_json_member(object, name));
    return cJSON_IsNumber(item) ? item->valuedouble : fallback;
}
int64_t tc_json_integer(const tc_json *object, const char *name, int64_t min, int64_t max, int64_t fallback) {
    const tc_json *member = tc_json_member(object, name);
    return tc_json_kind_of(member) == TC_JSON_NUMBER ? tc_json_integer_of(member, min, max) : fallback;
}
bool tc_json_bool(const tc_json *object, const char *name, bool fallback) {
    const cJSON *item = item_of(tc_json_member(object, name));
    return cJSON_IsBool(item) ? cJSON_IsTrue(item) != 0 : fallback;
}
int tc_json_count(const tc_json *array) {
    return cJSON_IsArray(item_of(array)) ? cJSON_GetArraySize(item_of(array)) : 0;
}
const tc_json *tc_json_item(const tc_json *array, int index) {
    TC_ASSERT(index >= 0);
    return json_of(cJSON_GetArrayItem(item_of(array), index));
}

tc_json_kind tc_json_kind_of(const tc_json *value) {
    const cJSON *item = item_of(value);
    if (cJSON_IsNull(item)) return TC_JSON_NULL;
    if (cJSON_IsBool(item)) return TC_JSON_BOOL;
    if (cJSON_IsNumber(item)) return TC_JSON_NUMBER;
    if (cJSON_IsString(item)) return TC_JSON_STRING;
    if (cJSON_IsArray(item)) return TC_JSON_ARRAY;
    if (cJSON_IsObject(item)) return TC_JSON_OBJECT;
    return TC_JSON_NONE;
}
const tc_json *tc_json_first(const tc_json *container) {
    return container ? json_of(item_of(container)->child) : NULL;
}
const tc_json *tc_json_next(const tc_json *value) {
    return json_of(item_of(value)->next);
}
const char *tc_json_name(const tc_json *member) {
    return item_of(member)->string;
}
const char *tc_json_string_of(const tc_json *value) {
    const char *text = cJSON_GetStringValue(item_of(value));
    return text ? text : "";
}
double tc_json_number_of(const tc_json *value) {
    return cJSON_IsNumber(item_of(value)) ? item_of(value)->valuedouble : 0;
}
int64_t tc_json_integer_of(const tc_json *value, int64_t min, int64_t max) {
    TC_ASSERT(min <= max && min >= -(INT64_C(1) << 53) && max <= INT64_C(1) << 53);
    double number = tc_json_number_of(value);
    if (!(number > (double)min)) return min;
    return number < (double)max ? (int64_t)number : max;
}
bool tc_json_bool_of(const tc_json *value) {
    return cJSON_IsTrue(item_of(value)) != 0;
}

// Adds `item` to an object, where it replaces a member of that name, or to an array (name NULL). Returns it; NULL if
// memory has run out, and `item` is freed.
static tc_json *add_item(tc_json *container, const char *name, cJSON *item) {
    if (container && item) {
        if (name) cJSON_DeleteItemFromObjectCaseSensitive(item_of(container), name);
        cJSON_bool added = name ? cJSON_AddItemToObject(item_of(container), name, item)
                                : cJSON_AddItemToArray(item_of(container), item);
        if (added) return json_of(item);
    }
    if (container) item_of(container)->type |= INCOMPLETE;
    cJSON_Delete(item);
    return NULL;
}

// A string value in valid UTF-8. Invalid bytes and NUL are replaced: messages may quote untrusted input, cut anywhere.
static cJSON *new_text(const char *text, size_t size) {
    char *clean = malloc(3 * size + 1);
    if (!clean) return NULL;
    size_t length = 0;
    for (size_t i = 0; i < size;) {
        size_t n = tc_utf8_length(text + i, size - i);
        if (n == 0 || text[i] == 0) {
            memcpy(clean + length, n == 0 ? "\xef\xbf\xbd" : "\xe2\x90\x80", 3); // U+FFFD, U+2400
            length += 3;
            i++;
        } else {
            memcpy(clean + length, text + i, n);
            length += n;
            i += n;
        }
    }
    clean[length] = 0;
    cJSON *item = cJSON_CreateString(clean);
    free(clean);
    return item;
}

void tc_json_set_text(tc_json *object, const char *name, const char *utf8, size_t size) {
    add_item(object, name, new_text(utf8, size));
}
void tc_json_set_string(tc_json *object, const char *name, const char *value) {
    add_item(object, name, new_text(value, strlen(value)));
}
void tc_json_set_number(tc_json *object, const char *name, double value) {
    add_item(object, name, cJSON_CreateNumber(value));
}
void tc_json_set_bool(tc_json *object, const char *name, bool value) {
    add_item(object, name, cJSON_CreateBool(value));
}
void tc_json_remove(tc_json *object, const char *name) {
    cJSON_DeleteItemFromObjectCaseSensitive(item_of(object), name);
}
tc_json *tc_json_set_object(tc_json *object, const char *name) {
    return add_item(object, name, cJSON_CreateObject());
}
tc_json *tc_json_set_array(tc_json *object, const char *name) {
    return add_item(object, name, cJSON_CreateArray());
}
tc_json *tc_json_add_object(tc_json *array) {
    return add_item(array, NULL, cJSON_CreateObject());
}
void tc_json_add_number(tc_json *array, double value) {
    add_item(array, NULL, cJSON_CreateNumber(value));
}
void tc_json_add_string(tc_json *array, const char *value) {
    add_item(array, NULL, new_text(value, strlen(value)));
}
tc_json *tc_json_add_array(tc_json *array) {
    return add_item(array, NULL, cJSON_CreateArray());
}
