#include "tests/vectors/case_numbers.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

namespace riskd::vectors {

namespace {

// digits x 10^exponent.
struct Scientific {
    Wide digits{};
    int exponent{};
};

Scientific read(std::string_view text) {
    Scientific made;
    const bool negative = !text.empty() && text.front() == '-';
    bool behind_point = false;
    std::size_t at = negative ? 1 : 0;
    for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
        if (text[at] == '.') {
            behind_point = true;
        } else {
            EXPECT_TRUE(text[at] >= '0' && text[at] <= '9') << text << " is no number";
            made.digits = made.digits * 10 + (text[at] - '0');
            made.exponent -= behind_point ? 1 : 0;
        }
    }
    if (at < text.size()) made.exponent += std::atoi(std::string{text.substr(at + 1)}.c_str());
    if (negative) made.digits = -made.digits;
    return made;
}

}  // namespace

std::int64_t raw_of(std::string_view text, int decimals) {
    const std::size_t slash = text.find('/');
    if (slash != std::string_view::npos) {
        const Wide above = raw_of(text.substr(0, slash), decimals);
        const Wide below = raw_of(text.substr(slash + 1), 0);
        return static_cast<std::int64_t>(
            divide(2 * above + below, 2 * below, Rounding::toward_minus));
    }
    Scientific number = read(text);
    for (; number.exponent > -decimals; --number.exponent)
        number.digits *= 10;
    for (; number.exponent < -decimals; ++number.exponent) {
        EXPECT_EQ(static_cast<int>(number.digits % 10), 0)
            << text << " has more than " << decimals << " decimals";
        number.digits /= 10;
    }
    const auto fits = narrow(number.digits);
    EXPECT_TRUE(fits.has_value()) << text << " does not fit with " << decimals << " decimals";
    return fits.value_or(0);
}

std::int64_t nearest_raw(double value, int decimals) {
    return std::llround(value * static_cast<double>(power_of_ten(decimals)));
}

double number_of(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash != std::string_view::npos) {
        return number_of(text.substr(0, slash)) / number_of(text.substr(slash + 1));
    }
    return std::strtod(std::string{text}.c_str(), nullptr);
}

}  // namespace riskd::vectors
