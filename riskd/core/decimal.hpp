// Exact decimal text in and out, without floating point. Any thread; no allocation.
// Grammar: -?digits[.digits], no exponent, no blanks, no sign '+'. Figures past the wanted decimals
// are accepted only when they are zeros.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace riskd {

enum class DecimalFault : std::uint8_t { none, not_a_decimal, too_many_decimals, out_of_range };

constexpr std::string_view name(DecimalFault fault) noexcept {
    switch (fault) {
        case DecimalFault::none: return "none";
        case DecimalFault::not_a_decimal: return "not a decimal";
        case DecimalFault::too_many_decimals: return "more decimals than allowed";
        case DecimalFault::out_of_range: return "out of range";
    }
    return "";
}

struct DecimalRead {
    std::int64_t raw{};
    DecimalFault fault{DecimalFault::none};
};

// "12.5" with 3 decimals is 12500.
DecimalRead parse_decimal(std::string_view text, int decimals) noexcept;

// A figure with its own scale, for records that are read by people: raw / 10^decimals.
struct Decimal {
    std::int64_t raw{};
    std::uint8_t decimals{};
    friend constexpr bool operator==(const Decimal&, const Decimal&) = default;
};

// The text of a decimal without trailing zeros: 12500 with 3 decimals is "12.5".
class DecimalText {
public:
    DecimalText(std::int64_t raw, int decimals) noexcept;
    explicit DecimalText(Decimal figure) noexcept : DecimalText(figure.raw, figure.decimals) {}
    std::string_view view() const noexcept { return {text_.data() + begin_, size_}; }

private:
    std::array<char, 40> text_{};
    std::uint8_t begin_{};
    std::uint8_t size_{};
};

// A double as a Decimal of nine figures after the point, for limits that are ratios or counts.
// A number that is not finite or does not fit is shown as the nearest bound.
Decimal decimal_from_double(double value) noexcept;

}  // namespace riskd
