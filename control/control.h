// The JSON side of Tilecast: control messages, pipelines in JSON form, the operation catalogue. The only place that
// includes cJSON; native only (the page has JSON of its own). docs/protocol.md lists every message.
#ifndef TC_CONTROL_H
#define TC_CONTROL_H

#include "codec/codec.h"
#include "core/pipeline.h"
#include "core/segments.h"

typedef struct tc_json tc_json; // a JSON value, owned by its root

enum { TC_MAX_CONTROL = 64 << 10 }; // bytes of a control message; limits nesting too

// Parses one JSON object of at most TC_MAX_CONTROL bytes. NULL on failure. The caller ends it with tc_json_destroy.
tc_json *tc_json_parse(const char *text, size_t size, tc_error *error);
tc_json *tc_json_new_object(void);
void tc_json_destroy(tc_json *json);
// Unformatted text on the heap, freed by the caller with free(); NULL on lack of memory.
char *tc_json_print(const tc_json *json);

// Members of an object. The getters return the fallback when the member is absent or of another type.
const char *tc_json_string(const tc_json *object, const char *name, const char *fallback);
double tc_json_number(const tc_json *object, const char *name, double fallback);
// As a whole number within min..max, which lie within ±2^53; what is beyond gives the nearer end.
int64_t tc_json_whole(const tc_json *object, const char *name, int64_t min, int64_t max, int64_t fallback);
bool tc_json_bool(const tc_json *object, const char *name, bool fallback);
const tc_json *tc_json_member(const tc_json *object, const char *name); // NULL if absent
int tc_json_count(const tc_json *array);                                // 0 if no array
const tc_json *tc_json_item(const tc_json *array, int index);

// Builders; a member that has the name already is replaced; lack of memory drops the member, tc_json_print then still
// gives valid JSON.
void tc_json_set_string(tc_json *object, const char *name, const char *value);
void tc_json_set_text(tc_json *object, const char *name, const char *utf8, size_t size); // NUL bytes become U+2400
void tc_json_set_number(tc_json *object, const char *name, double value);
void tc_json_set_bool(tc_json *object, const char *name, bool value);
tc_json *tc_json_set_object(tc_json *object, const char *name); // the new empty member
tc_json *tc_json_set_array(tc_json *object, const char *name);
tc_json *tc_json_add_object(tc_json *array);
void tc_json_add_number(tc_json *array, double value);
tc_json *tc_json_add_array(tc_json *array);

// A pipeline as JSON: its text form in a string, or the array of `{"op":NAME, PARAMETER:VALUE…}`.
tc_status tc_control_pipeline(const tc_json *value, tc_pipeline *pipeline, tc_error *error);
// The operation catalogue, as `GET /api/v1/operations` and `tilecast ops --json` give it. The caller destroys it.
tc_json *tc_control_operations(void);
// Sets a code's type (as the member `type_name`), text, points and the pass that read it (`how`) in a message, and in
// base64 the `bytes` of one that is no text.
void tc_control_set_code(tc_json *message, const char *type_name, const tc_code *code);

// A part of the list of straight lines that an operation has found, as one message carries it: so many that a message
// stays small. `from` is the number of the part's first line, from 0; `total` that of all.
enum { TC_LINES_PART = 500 };
typedef struct tc_lines {
    int from, total, count;
    tc_segment line[TC_LINES_PART];
} tc_lines;
// Takes the part that begins with number `from`. Gives where the next one begins, 0 after the last. A list without
// lines has one part, an empty one.
int tc_lines_take(tc_lines *lines, const tc_blob *segments, int from);
void tc_control_set_lines(tc_json *message, const tc_lines *lines);
// Reads what tc_control_set_lines has set. What is missing or no number between 0 and TC_MAX_SIDE becomes the nearest.
void tc_control_get_lines(const tc_json *message, tc_lines *lines);

// What a client asks of one picture: the checked content of a `submit` message.
typedef struct tc_request {
    uint32_t job;
    char name[256]; // file name, for messages only
    uint64_t size;  // bytes of the file
    tc_pipeline pipeline;
    bool want_tiles, want_file, want_preview;
    tc_format format; // of the file
    int quality;
    int tile; // tile side, 16..4096; 0: one tile; -1: the server's choice
} tc_request;
tc_status tc_control_request(const tc_json *message, tc_request *request, tc_error *error);
// The same as a message; the caller destroys it.
tc_json *tc_control_submit(const tc_request *request);

#endif
