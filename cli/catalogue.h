// Prints the table of operations as text or JSON.
#ifndef TC_CLI_CATALOGUE_H
#define TC_CLI_CATALOGUE_H

#include <stdio.h>

#include "core/op.h"

// `tilecast ops`: prints the table to standard output.
tc_status tc_catalogue_print(bool json, tc_error *error);

// Prints an operation and its parameters with their defaults, titles and ranges.
void tc_catalogue_print_operation(const tc_op *op, FILE *to);

#endif
