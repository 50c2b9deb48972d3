// The texts of error numbers and signals, from the C library's tables.
#include "system/errno_text.h"

#include <string.h>

const char *tc_errno_text(int code) {
    const char *text = strerrordesc_np(code);
    return text ? text : "unknown error";
}

const char *tc_signal_text(int number) {
    const char *text = sigdescr_np(number);
    return text ? text : "unknown signal";
}
