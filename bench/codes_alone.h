// The two libraries that bench/codes measures alone.
#ifndef TC_BENCH_CODES_ALONE_H
#define TC_BENCH_CODES_ALONE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Prints a code that was read.
void print_code(const char *kind, const void *text, size_t size);

// Reads the codes of a packed grey picture and prints them. False when memory ran out or the library failed.
typedef bool code_reader(const unsigned char *grey, int width, int height);
code_reader read_with_zbar, read_with_zxing;

#ifdef __cplusplus
}
#endif

#endif
