#include "riskd/core/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace riskd {

void check_failed(const char* expression, const char* file, int line) noexcept {
    std::fprintf(stderr, "riskd: broken invariant: %s at %s:%d\n", expression, file, line);
    std::abort();
}

}  // namespace riskd
