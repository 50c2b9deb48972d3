// Look-up in the operation table of the current instruction set.
#include "core/op_table.h"

#include <string.h>

#include "core/assert.h"
#include "core/isa.h"

const tc_op *const *tc_op_list(void) {
    const tc_op *const *ops = tc_isa_ops(tc_isa_current());
    TC_ASSERT(ops != NULL);
    return ops;
}

int tc_op_count(void) {
    const tc_op *const *ops = tc_op_list();
    int count = 0;
    while (ops[count]) count++;
    return count;
}

const tc_op *tc_op_find(const char *name) {
    const tc_op *const *op = tc_op_list();
    while (*op && strcmp((*op)->name, name) != 0) op++;
    return *op;
}
