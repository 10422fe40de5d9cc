// The newest prices of an instrument, and what is held against them: marks that moved too far to be
// taken at once, an index that says otherwise, fields that were no prices. Raw integers in the
// instrument's decimals. Plain values that never err; core thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "riskd/core/definitions.hpp"
#include "riskd/core/units.hpp"

namespace riskd {

// What of a price message cannot be used. `quotes`: a bid above the ask.
enum class PriceFault : std::uint8_t { mark, index, bid, ask, quotes };
inline constexpr std::array<std::string_view, 5> price_fault_names{"mark", "index", "bid", "ask",
                                                                   "quotes"};
constexpr std::string_view name(PriceFault x) noexcept {
    return price_fault_names[std::size_t(x)];
}

// A set of them.
struct PriceFaults {
    std::uint8_t bits{};
    constexpr void add(PriceFault x) noexcept {
        bits = static_cast<std::uint8_t>(bits | (1U << unsigned(x)));
    }
    constexpr void remove(PriceFault x) noexcept {
        bits = static_cast<std::uint8_t>(bits & ~(1U << unsigned(x)));
    }
    constexpr bool has(PriceFault x) const noexcept { return (bits >> unsigned(x) & 1U) != 0; }
    friend constexpr bool operator==(PriceFaults, PriceFaults) = default;
};

// See price_guard.hpp. All zero while nothing is held against the prices.
struct PriceGuard {
    Price candidate{};  // the newest mark that was not taken; zero: there is none
    Timestamp candidate_as_of{};
    std::int64_t candidate_confidence{};
    std::uint32_t confirmations{};  // marks after the first candidate that were near the one before
    bool diverges{};                // the mark from the index
    PriceFaults faults;             // in whose spell we are
};

// A zero price is absent. `as_of` is when the mark was made.
struct Prices {
    Price mark{};
    Price index{};
    Price bid{};
    Price ask{};
    std::int64_t implied_volatility{};
    std::int64_t confidence{whole_confidence};  // of the mark
    std::int64_t interest_rate{};
    Timestamp as_of{};
    Timestamp index_as_of{};
    PriceGuard guard;
};

// The mark is known, but must not decide anything against anyone, nor let new risk in.
constexpr bool in_doubt(const Prices& prices) noexcept {
    return prices.mark.raw > 0 && (prices.guard.candidate.raw > 0 || prices.guard.diverges);
}

}  // namespace riskd
