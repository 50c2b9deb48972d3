// The texts of error numbers and signals, for messages.
#ifndef TC_SYSTEM_ERRNO_TEXT_H
#define TC_SYSTEM_ERRNO_TEXT_H

// What `code`, a value of errno, means, e.g. "No such file or directory". A constant string, so any thread may ask,
// which the C standard does not promise for strerror.
const char *tc_errno_text(int code);
// The same for a signal, e.g. "Segmentation fault".
const char *tc_signal_text(int number);

#endif
