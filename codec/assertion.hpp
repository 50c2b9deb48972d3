// Failed assertions of a C++ library as exceptions. zxing-cpp 1.4 asserts, in Result::operator==, what ordinary
// pictures do not keep to: that two equal bar codes, each crossed by several lines, are never compared; and
// distributions build it with its assertions.
#ifndef TC_CODEC_ASSERTION_HPP
#define TC_CODEC_ASSERTION_HPP

#include <exception>

namespace tc {

struct AssertionFailed : std::exception {};

// While one lives, a failed assertion in this thread, in whatever library, throws AssertionFailed instead of ending the
// process. The function that asserts must have nothing to destroy: the compiler takes for granted that it is not left
// so.
class AssertionsThrow {
  public:
    AssertionsThrow();
    ~AssertionsThrow();
    AssertionsThrow(const AssertionsThrow &) = delete;
    AssertionsThrow &operator=(const AssertionsThrow &) = delete;
};

} // namespace tc

#endif
