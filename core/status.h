// The one status enum of Tilecast and the error record that carries its message.
#ifndef TC_STATUS_H
#define TC_STATUS_H

#if defined(__GNUC__)
#define TC_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))
#else
#define TC_PRINTF(format_index, first)
#endif

typedef enum tc_status {
    TC_OK = 0,
    TC_ERR_ARGUMENT,    // a pipeline, parameter or option that is not allowed
    TC_ERR_FORMAT,      // bytes that are no picture in a format we read
    TC_ERR_CORRUPT,     // a picture that is damaged beyond use
    TC_ERR_LIMIT,       // larger than a limit allows
    TC_ERR_PROTOCOL,    // a message that breaks the wire protocol
    TC_ERR_MEMORY,      // out of memory
    TC_ERR_CANCELLED,   // given up because somebody asked for it
    TC_ERR_UNAVAILABLE, // a server, pool or helper process that is not there
    TC_ERR_IO,          // a file or socket that cannot be read or written
    TC_ERR_INTERNAL,    // our own fault
} tc_status;

// A status with the one sentence a person reads. Filled where the fault is found; callers only propagate.
typedef struct tc_error {
    tc_status status;
    char text[640];
} tc_error;

// Returns the status's name as it stands in JSON messages, e.g. "too_large". Never NULL; static storage.
const char *tc_status_name(tc_status status);

// Returns the status that has this name, TC_ERR_INTERNAL if none has.
tc_status tc_status_find(const char *name);

// Fills `error` (may be NULL) and returns `status`, so that a caller can write `return tc_fail(...)`.
tc_status tc_fail(tc_error *error, tc_status status, const char *format, ...) TC_PRINTF(3, 4);

#endif
