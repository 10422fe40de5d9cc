// Everlasting (perpetual) options: no expiry; the long pays the short mark - payoff every funding
// interval. Source: D. White, S. Bankman-Fried, "Everlasting Options" (2021): such an option is a
// sum of dated options whose weights fall geometrically. Here in the limit of continuous funding,
// an index without drift and no interest: the mean of Black-76 prices over times to expiry that are
// exponentially distributed around the interval. Doubles, pure functions; any thread.
#pragma once

#include "riskd/core/words.hpp"

namespace riskd::everlasting {

struct Option {
    OptionRight right{};
    double index{};           // price of the underlying; in quote
    double strike{};          // in quote
    double volatility{};      // for a year: 0.8 is 80 %
    double interval_years{};  // over which mark - payoff is paid once; 1/365 is daily
};

// Finite and not negative. For any other every figure is NaN.
bool is_valid(const Option& option) noexcept;

// Payoff + sqrt(S K) e^(-u |ln(S/K)| / 2) / u, where u = sqrt(1 + 8 / (v^2 T)). The second part,
// the time value, is that of the call and of the put, so call - put = S - K. Without volatility or
// interval: the payoff. K = 50000, S = 40000, v = 1, T = 7/365, call: 223.3667.
double value(const Option& option) noexcept;

// How the value moves. Without volatility or interval these are the payoff's own: delta one half at
// the strike itself, and zero for the gamma that has no value there.
struct Greeks {
    double value{};
    double delta{};  // by the index
    double gamma{};  // by the index, twice
    double vega{};   // by 1.0 of volatility
};
Greeks greeks(const Option& option) noexcept;

// What a long of one pays for a period, and a short receives: (mark - payoff) x period / interval.
// Below zero when the mark is below the payoff: the short pays.
struct FundingPeriod {
    OptionRight right{};
    double mark{};
    double index{};
    double strike{};
    double intervals{1};  // the period as a part of the funding interval
};
double funding(const FundingPeriod& period) noexcept;

}  // namespace riskd::everlasting
