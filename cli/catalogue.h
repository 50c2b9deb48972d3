// The table of operations, for people or as JSON.
#ifndef TC_CLI_CATALOGUE_H
#define TC_CLI_CATALOGUE_H

#include <stdio.h>

#include "core/op.h"

// `tilecast ops`: prints the whole table to standard output. False when that fails.
bool tc_catalogue_print(bool json);

// One operation with its parameters: default, title and what is allowed.
void tc_catalogue_print_operation(const tc_op *op, FILE *to);

#endif
