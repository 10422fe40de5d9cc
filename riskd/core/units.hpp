// Exact numbers of the ledger. Price and Quantity are 64-bit integers in the instrument's own
// decimals, Money is a 64-bit integer in its asset's own decimals. There is no Price + Quantity and
// no Price * Price. Products go through 128 bits; a result that does not fit is std::nullopt, and
// the input that asked for it is refused. Any thread; values only.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "riskd/core/check.hpp"

namespace riskd {

__extension__ using Wide = __int128;  // holds any product of two raw values

template <typename Tag, typename Raw>
struct Strong {
    using raw_type = Raw;
    Raw raw{};
    friend constexpr auto operator<=>(Strong, Strong) = default;
};

using Price = Strong<struct PriceTag, std::int64_t>;        // in the instrument's price decimals
using Quantity = Strong<struct QuantityTag, std::int64_t>;  // signed; long and buy > 0
using Money = Strong<struct MoneyTag, std::int64_t>;        // in the asset's decimals
using Sequence =
    Strong<struct SequenceTag, std::uint64_t>;  // position in the agreed order; 1 first

struct Timestamp {
    std::int64_t ns{};  // since the epoch, UTC
    friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
};

struct Duration {
    std::int64_t ns{};
    friend constexpr auto operator<=>(Duration, Duration) = default;
};

constexpr Duration operator-(Timestamp later, Timestamp earlier) noexcept {
    return {later.ns - earlier.ns};
}
constexpr Timestamp operator+(Timestamp at, Duration span) noexcept {
    return {at.ns + span.ns};
}

// The last whole minute. Margin counts what is left to an expiry from it, so that what accounts
// need moves with minutes and prices, not with every event.
constexpr Timestamp whole_minute(Timestamp now) noexcept {
    return {now.ns - now.ns % 60'000'000'000};
}

// Raw values stay below this in magnitude, so that a sum of two never wraps.
inline constexpr std::int64_t raw_max = std::int64_t{1} << 62;

constexpr std::optional<std::int64_t> narrow(Wide value) noexcept {
    if (value > raw_max || value < -raw_max) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

template <typename Tag>
constexpr std::optional<Strong<Tag, std::int64_t>> checked_add(
    Strong<Tag, std::int64_t> a, Strong<Tag, std::int64_t> b) noexcept {
    std::int64_t sum{};
    if (__builtin_add_overflow(a.raw, b.raw, &sum) || sum > raw_max || sum < -raw_max) {
        return std::nullopt;
    }
    return Strong<Tag, std::int64_t>{sum};
}

// The plain operators assert: use them where the sum is known to fit, checked_add where it is not.
template <typename Tag>
constexpr Strong<Tag, std::int64_t> operator+(Strong<Tag, std::int64_t> a,
                                              Strong<Tag, std::int64_t> b) noexcept {
    std::int64_t sum{};
    RISKD_CHECK(!__builtin_add_overflow(a.raw, b.raw, &sum));
    return {sum};
}
template <typename Tag>
constexpr Strong<Tag, std::int64_t> operator-(Strong<Tag, std::int64_t> a,
                                              Strong<Tag, std::int64_t> b) noexcept {
    std::int64_t difference{};
    RISKD_CHECK(!__builtin_sub_overflow(a.raw, b.raw, &difference));
    return {difference};
}
template <typename Tag>
constexpr Strong<Tag, std::int64_t> operator-(Strong<Tag, std::int64_t> a) noexcept {
    return {-a.raw};
}

template <typename Tag>
constexpr Strong<Tag, std::int64_t> magnitude(Strong<Tag, std::int64_t> a) noexcept {
    return {a.raw < 0 ? -a.raw : a.raw};
}

// Every division names its rounding. `toward_minus` is against the customer for what he owns or
// gains, `toward_plus` for what he owes or must set aside.
enum class Rounding : std::uint8_t { toward_minus, toward_plus };

constexpr Wide divide(Wide dividend, Wide divisor, Rounding rounding) noexcept {
    RISKD_CHECK(divisor > 0);
    if (divisor == 1) return dividend;
    Wide quotient{};
    Wide remainder{};
    if (dividend == static_cast<Wide>(static_cast<std::int64_t>(dividend)) &&
        divisor == static_cast<Wide>(static_cast<std::int64_t>(divisor))) {
        quotient = static_cast<std::int64_t>(dividend) / static_cast<std::int64_t>(divisor);
        remainder = static_cast<std::int64_t>(dividend) % static_cast<std::int64_t>(divisor);
    } else {
        quotient = dividend / divisor;
        remainder = dividend % divisor;
    }
    if (rounding == Rounding::toward_minus && remainder < 0) quotient -= 1;
    if (rounding == Rounding::toward_plus && remainder > 0) quotient += 1;
    return quotient;
}
static_assert(divide(7, 2, Rounding::toward_plus) == 4);
static_assert(divide(-7, 2, Rounding::toward_minus) == -4);
static_assert(divide(-7, 2, Rounding::toward_plus) == -3);

// A positive rational factor, resolved once when a definition is applied.
struct Ratio {
    std::int64_t numerator{1};
    std::int64_t denominator{1};
    friend constexpr bool operator==(const Ratio&, const Ratio&) = default;
};

inline constexpr int decimals_max = 12;

constexpr std::int64_t power_of_ten(int exponent) noexcept {
    std::int64_t power = 1;
    for (int i = 0; i < exponent; ++i)
        power *= 10;
    return power;
}

}  // namespace riskd
