// The operations at the current instruction set (core/isa.h).
#ifndef TC_CORE_OP_TABLE_H
#define TC_CORE_OP_TABLE_H

#include "core/op.h"

// Sorted by name, NULL-terminated; static storage.
const tc_op *const *tc_op_list(void);
int tc_op_count(void);
// NULL if there is no operation of this name.
const tc_op *tc_op_find(const char *name);

#endif
