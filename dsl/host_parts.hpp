// What both halves of the host share: host.cpp asks check rules one order at a time, and
// host_batches.cpp the others many questions at once. Internal to them. Core thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "riskd/core/rulebook.hpp"

namespace riskd::dsl {

// Few enough that what was looked at while binding is still in the nearest cache when it is asked
// and judged.
inline constexpr std::size_t host_batch_max = 256;
// One call in so many is timed by itself.
inline constexpr std::uint64_t timed_every = 4096;

// Added to every number that leaves a rule. Compiled and interpreted code may differ in the sign of
// a zero and in nothing else, and within a rule nothing can tell the two zeros apart.
inline constexpr double positive_zero = 0.0;

inline std::int64_t now_ns() noexcept {
    using std::chrono::nanoseconds;
    return nanoseconds{std::chrono::steady_clock::now().time_since_epoch()}.count();
}

constexpr std::uint64_t bit_of(RuleId rule) noexcept {
    return std::uint64_t{1} << rule.raw;
}

constexpr std::size_t slot_of(RuleFault fault) noexcept {
    return static_cast<std::size_t>(fault);
}

}  // namespace riskd::dsl
