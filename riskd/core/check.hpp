// RISKD_CHECK: the assertion that stays on in release. A breach is our own bug: the process stops
// and the journal brings it back. Any thread. Never use it on anything that came from outside.
#pragma once

namespace riskd {

// Writes one line to standard error and aborts. Lives in its own file so the core has no I/O.
[[noreturn]] void check_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace riskd

#define RISKD_CHECK(condition)                           \
    (static_cast<bool>(condition) ? static_cast<void>(0) \
                                  : ::riskd::check_failed(#condition, __FILE__, __LINE__))
