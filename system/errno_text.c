// The text of an error number, from the C library's table.
#include "system/errno_text.h"

#include <string.h>

const char *tc_errno_text(int code) {
    const char *text = strerrordesc_np(code);
    return text ? text : "unknown error";
}
