// The last failure of an instance. A function of this folder that fails says so by its return value; the page then asks
// for the sentence and the status.
#ifndef TC_WASM_FAULT_H
#define TC_WASM_FAULT_H

#include "core/status.h"

// Where a failure of the calling instance is recorded: each instance has its own record, also if several share one
// memory. Never NULL.
tc_error *tc_page_fault(void);
// Records that there is not enough memory for `what`.
void tc_page_fail_memory(const char *what);

int tc_page_status(void);        // a tc_status
const char *tc_page_error(void); // one sentence

#endif
