// Black-76 as it stands in the book, in 64 bits of mantissa instead of 53: what the production
// formulas are compared with, and what their tests draw options with. The plain differences lose
// digits far out, but from a longer number.
// Any thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include "riskd/core/contracts/black76.hpp"

namespace riskd::tests {

inline constexpr OptionRight call = OptionRight::call;
inline constexpr OptionRight put = OptionRight::put;

inline double uniform(std::mt19937_64& random, double from, double to) {
    return std::uniform_real_distribution<double>(from, to)(random);
}

struct ReferenceGreeks {
    long double price{};
    long double delta{};
    long double gamma{};
    long double vega{};
    long double theta{};
    long double decay{};        // the part of theta that is not interest on the price
    long double price_doubt{};  // how far off the price may be itself, as a part of it
};

inline long double reference_cumulative(long double d) {
    return 0.5L * std::erfc(-d / std::numbers::sqrt2_v<long double>);
}

// REQUIRES: nothing of the option but its rate is zero or below.
inline ReferenceGreeks reference_greeks(const black76::Option& option) {
    const long double forward = option.forward;
    const long double strike = option.strike;
    const long double volatility = option.volatility;
    const long double years = option.years;
    const long double rate = option.rate;
    const long double sign = option.right == OptionRight::call ? 1 : -1;
    const long double total = volatility * std::sqrt(years);
    const long double d1 = std::log1p((forward - strike) / strike) / total + total / 2;
    const long double d2 = d1 - total;
    const long double discount = std::exp(-rate * years);
    const long double density = std::exp(-d1 * d1 / 2) * std::numbers::inv_sqrtpi_v<long double> /
                                std::numbers::sqrt2_v<long double>;
    ReferenceGreeks result;
    result.price =
        discount * sign *
        (forward * reference_cumulative(sign * d1) - strike * reference_cumulative(sign * d2));
    result.delta = discount * sign * reference_cumulative(sign * d1);
    result.gamma = discount * density / (forward * total);
    result.vega = discount * forward * density * std::sqrt(years);
    result.decay = -discount * forward * density * volatility / (2 * std::sqrt(years));
    result.theta = rate * result.price + result.decay;
    const long double lost = std::max(1.0L, std::abs(d1)) / std::min(1.0L, total);
    result.price_doubt = 8 * std::numeric_limits<long double>::epsilon() * lost * (1 + d1 * d1);
    return result;
}

}  // namespace riskd::tests
