// Names of status codes, and formatting of error messages.
#include "core/status.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const status_names[] = {
    [TC_OK] = "ok",
    [TC_ERR_ARGUMENT] = "bad_argument",
    [TC_ERR_FORMAT] = "not_a_picture",
    [TC_ERR_CORRUPT] = "damaged",
    [TC_ERR_LIMIT] = "too_large",
    [TC_ERR_PROTOCOL] = "protocol_error",
    [TC_ERR_MEMORY] = "out_of_memory",
    [TC_ERR_CANCELLED] = "cancelled",
    [TC_ERR_UNAVAILABLE] = "unavailable",
    [TC_ERR_IO] = "io_error",
    [TC_ERR_INTERNAL] = "internal_error",
    [TC_ERR_GONE] = "gone",
};
enum { STATUS_COUNT = sizeof status_names / sizeof *status_names };

const char *tc_status_name(tc_status status) {
    return (unsigned)status < STATUS_COUNT ? status_names[status] : status_names[TC_ERR_INTERNAL];
}

tc_status tc_status_find(const char *name) {
    for (int i = 0; i < STATUS_COUNT; i++)
        if (strcmp(status_names[i], name) == 0) return (tc_status)i;
    return TC_ERR_INTERNAL;
}

tc_status tc_fail(tc_error *error, tc_status status, const char *format, ...) {
    if (error) {
        error->status = status;
        va_list list;
        va_start(list, format);
        vsnprintf(error->text, sizeof error->text, format, list);
        va_end(list);
    }
    return status;
}

const char *tc_quote(char quoted[TC_QUOTE_SIZE], const char *text) {
    int n = 0;
    for (; text[n] && n < TC_QUOTE_SIZE - 4; n++) quoted[n] = isprint((unsigned char)text[n]) ? text[n] : '?';
    snprintf(quoted + n, 4, "%s", text[n] ? "..." : "");
    return quoted;
}
