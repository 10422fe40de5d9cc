#include "riskd/core/decimal.hpp"

#include <cmath>

#include "riskd/core/units.hpp"

namespace riskd {

namespace {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

}  // namespace

DecimalRead parse_decimal(std::string_view text, int decimals) noexcept {
    const bool negative = !text.empty() && text.front() == '-';
    if (negative) text.remove_prefix(1);
    const auto point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    const std::string_view part =
        point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
    if (whole.empty() || (point != std::string_view::npos && part.empty())) {
        return {.fault = DecimalFault::not_a_decimal};
    }
    Wide raw = 0;
    for (const char c : whole) {
        if (!is_digit(c)) return {.fault = DecimalFault::not_a_decimal};
        if (raw <= raw_max) raw = raw * 10 + (c - '0');
    }
    int used = 0;
    bool excess = false;
    for (const char c : part) {
        if (!is_digit(c)) return {.fault = DecimalFault::not_a_decimal};
        if (used == decimals) {
            excess = excess || c != '0';
            continue;
        }
        if (raw <= raw_max) raw = raw * 10 + (c - '0');
        ++used;
    }
    if (excess) return {.fault = DecimalFault::too_many_decimals};
    for (; used < decimals && raw <= raw_max; ++used)
        raw *= 10;
    if (raw > raw_max) return {.fault = DecimalFault::out_of_range};
    const auto value = static_cast<std::int64_t>(raw);
    return {.raw = negative ? -value : value};
}

DecimalText::DecimalText(std::int64_t raw, int decimals) noexcept {
    auto left = raw < 0 ? 0 - static_cast<std::uint64_t>(raw) : static_cast<std::uint64_t>(raw);
    std::size_t at = text_.size();
    bool trimming = true;
    for (int i = 0; i < decimals; ++i) {
        const auto digit = static_cast<char>('0' + left % 10);
        left /= 10;
        trimming = trimming && digit == '0';
        if (!trimming) text_[--at] = digit;
    }
    if (!trimming) text_[--at] = '.';
    do {
        text_[--at] = static_cast<char>('0' + left % 10);
        left /= 10;
    } while (left != 0);
    if (raw < 0) text_[--at] = '-';
    begin_ = static_cast<std::uint8_t>(at);
    size_ = static_cast<std::uint8_t>(text_.size() - at);
}

Decimal decimal_from_double(double value) noexcept {
    constexpr int decimals = 9;
    const double scaled = value * static_cast<double>(power_of_ten(decimals));
    const auto bound = static_cast<double>(raw_max);
    if (std::isnan(scaled)) return {.raw = 0, .decimals = 0};
    if (scaled >= bound) return {.raw = raw_max, .decimals = decimals};
    if (scaled <= -bound) return {.raw = -raw_max, .decimals = decimals};
    return {.raw = static_cast<std::int64_t>(std::llround(scaled)), .decimals = decimals};
}

}  // namespace riskd
