// Status codes and the error record that carries a message.
#ifndef TC_CORE_STATUS_H
#define TC_CORE_STATUS_H

#if defined(__GNUC__)
#define TC_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))
#else
#define TC_PRINTF(format_index, first)
#endif

typedef enum tc_status {
    TC_OK = 0,
    TC_ERR_ARGUMENT,    // a pipeline, parameter or option that is not allowed
    TC_ERR_FORMAT,      // not a picture in a supported format
    TC_ERR_CORRUPT,     // a damaged picture
    TC_ERR_LIMIT,       // larger than a limit allows
    TC_ERR_PROTOCOL,    // a message that breaks the wire protocol
    TC_ERR_MEMORY,      // out of memory
    TC_ERR_CANCELLED,   // cancelled on request
    TC_ERR_UNAVAILABLE, // a server, pool or codec process that is not running
    TC_ERR_IO,          // a file or socket that cannot be read or written
    TC_ERR_INTERNAL,    // a bug
    TC_ERR_GONE,        // a job that the server does not store, or no longer
} tc_status;

// A status with one sentence for the user, filled in where the fault is found; callers propagate it.
typedef struct tc_error {
    tc_status status;
    char text[640];
} tc_error;

// The status's name in JSON messages, e.g. "too_large". Never NULL; static storage.
const char *tc_status_name(tc_status status);

// The status with this name, TC_ERR_INTERNAL if there is none.
tc_status tc_status_find(const char *name);

// Fills `error` (may be NULL) and returns `status`, so that a caller can write `return tc_fail(...)`.
tc_status tc_fail(tc_error *error, tc_status status, const char *format, ...) TC_PRINTF(3, 4);

enum { TC_QUOTE_SIZE = 44 };
// Copies text from outside for use in a message: printable ASCII, others as '?', cut after 40 characters. Returns
// `quoted`.
const char *tc_quote(char quoted[TC_QUOTE_SIZE], const char *text);

#endif
