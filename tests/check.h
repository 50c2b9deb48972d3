// The C tests' one macro: a check that fails prints where and goes on; the test's exit status is check_result().
#ifndef TC_TESTS_CHECK_H
#define TC_TESTS_CHECK_H

#include <stdio.h>
#include <string.h>

static int check_failed, check_passed;

#define CHECK(condition)                                                                                               \
    ((condition) ? (void)check_passed++                                                                                \
                 : (void)(check_failed++, fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition)))

#define CHECK_TEXT(text, expected)                                                                                     \
    (strcmp((text), (expected)) == 0 ? (void)check_passed++                                                            \
                                     : (void)(check_failed++, fprintf(stderr, "%s:%d: \"%s\" is not \"%s\"\n",         \
                                                                      __FILE__, __LINE__, (text), (expected))))

static inline int check_result(void) {
    printf("%d passed, %d failed\n", check_passed, check_failed);
    return check_failed ? 1 : 0;
}

#endif
