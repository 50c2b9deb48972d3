// Turns failed assertions of a C++ library into exceptions.
//
// Why: zxing-cpp 1.4 asserts in Result::operator== that two equal bar codes, each crossed by several scan lines, are
// never compared. Ordinary pictures violate that, and Debian builds the library with assertions enabled, so that a
// picture with two equal bar codes would end the process. zxing-cpp 2 does not have the assertion.
//
// How: assert() calls __assert_fail of the C library. assertion.cpp defines that symbol in the program, which takes
// precedence over the shared library's. It throws while an AssertionsThrow is alive in the thread, and aborts as usual
// otherwise.
#ifndef TC_CODEC_ASSERTION_HPP
#define TC_CODEC_ASSERTION_HPP

#include <exception>

namespace tc {

struct AssertionFailed : std::exception {};

// While an object lives, a failed assertion in this thread, in any library, throws AssertionFailed. The compiler
// assumes that __assert_fail does not return or throw, so the asserting function must own nothing that needs a
// destructor; Result::operator== does not.
class AssertionsThrow {
  public:
    AssertionsThrow();
    ~AssertionsThrow();
    AssertionsThrow(const AssertionsThrow &) = delete;
    AssertionsThrow &operator=(const AssertionsThrow &) = delete;
};

} // namespace tc

#endif
