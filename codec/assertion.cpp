#include "codec/assertion.hpp"

#include <cstdio>
#include <cstdlib>

namespace {
thread_local int throwing = 0;
}

tc::AssertionsThrow::AssertionsThrow() {
    throwing++;
}
tc::AssertionsThrow::~AssertionsThrow() {
    throwing--;
}

// What assert() calls: this stands in for the C library's, which <cassert> (not included here) says never to throw.
extern "C" [[noreturn]] void __assert_fail(const char *assertion, const char *file, unsigned line,
                                           const char *function);

void __assert_fail(const char *assertion, const char *file, unsigned line, const char *function) {
    if (throwing > 0) throw tc::AssertionFailed();
    std::fprintf(stderr, "%s:%u: %s: Assertion `%s' failed.\n", file, line, function, assertion);
    std::abort();
}
