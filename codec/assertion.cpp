// Overrides __assert_fail; codec/assertion.hpp explains why.
#include "codec/assertion.hpp"

#include <cstdio>
#include <cstdlib>

namespace {
thread_local int alive = 0; // objects of AssertionsThrow
}

tc::AssertionsThrow::AssertionsThrow() {
    alive++;
}
tc::AssertionsThrow::~AssertionsThrow() {
    alive--;
}

// Declared here and not by <cassert>, whose declaration says that it does not throw.
extern "C" [[noreturn]] void __assert_fail(const char *assertion, const char *file, unsigned line,
                                           const char *function);

void __assert_fail(const char *assertion, const char *file, unsigned line, const char *function) {
    if (alive > 0) throw tc::AssertionFailed();
    std::fprintf(stderr, "%s:%u: %s: Assertion `%s' failed.\n", file, line, function, assertion);
    std::abort();
}
