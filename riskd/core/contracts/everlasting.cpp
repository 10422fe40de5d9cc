#include "riskd/core/contracts/everlasting.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "riskd/core/contracts/black76.hpp"
#include "riskd/core/contracts/moneyness.hpp"

namespace riskd::everlasting {

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// With x = |ln(S/K)|, w = v^2 T: S^p solves (w/2) S^2 V'' = V for p = (1 +- u) / 2, and value and
// slope meet at the strike.
struct TimeValue {
    double amount{};
    double u{};
    double distance{};  // x
    double variance{};  // w
};

double payoff_now(const Option& option) noexcept {
    return black76::payoff(
        {.right = option.right, .settlement = option.index, .strike = option.strike});
}

double variance(const Option& option) noexcept {
    return option.volatility * option.volatility * option.interval_years;
}

// Below this variance the value is the payoff to the last digit, and 8 / variance may overflow.
bool has_time_value(const Option& option) noexcept {
    constexpr double variance_min = 1e-300;
    return variance(option) > variance_min && option.index > 0 && option.strike > 0;
}

TimeValue time_value(const Option& option) noexcept {
    TimeValue result;
    result.distance = moneyness({.price = option.index, .strike = option.strike}).distance;
    result.variance = variance(option);
    result.u = std::sqrt(1 + 8 / result.variance);
    result.amount = std::sqrt(option.index) * std::sqrt(option.strike) *
                    std::exp(-0.5 * result.u * result.distance) / result.u;
    return result;
}

Greeks certain_greeks(const Option& option) noexcept {
    Greeks result{.value = payoff_now(option)};
    const double above = option.index - option.strike;
    const double at_strike = option.strike > 0 ? 0.5 : 1;
    const double call = above > 0 ? 1 : above < 0 ? 0 : at_strike;
    result.delta = option.right == OptionRight::call ? call : call - 1;
    return result;
}

}  // namespace

bool is_valid(const Option& option) noexcept {
    constexpr double largest = std::numeric_limits<double>::max();
    const std::array figures{option.index, option.strike, option.volatility, option.interval_years};
    return std::all_of(figures.begin(), figures.end(),
                       [](double x) { return x >= 0 && x <= largest; });
}

double value(const Option& option) noexcept {
    if (!is_valid(option)) return not_a_number;
    if (!has_time_value(option)) return payoff_now(option);
    return payoff_now(option) + time_value(option).amount;
}

Greeks greeks(const Option& option) noexcept {
    if (!is_valid(option)) return {not_a_number, not_a_number, not_a_number, not_a_number};
    if (!has_time_value(option)) return certain_greeks(option);
    const TimeValue time = time_value(option);
    const double per_index = time.amount / option.index;
    const bool above = option.index >= option.strike;
    const bool in_the_money = above == (option.right == OptionRight::call);
    const double sign = option.right == OptionRight::call ? 1 : -1;
    const double payoff_slope = in_the_money ? sign : 0;
    const double power = above ? 0.5 * (1 - time.u) : 0.5 * (1 + time.u);
    Greeks result;
    result.value = payoff_now(option) + time.amount;
    result.delta = payoff_slope + power * per_index;
    result.gamma = 2 / time.variance * per_index / option.index;
    result.vega = 8 / time.variance * time.amount * (1 / time.u + 0.5 * time.distance) /
                  (time.u * option.volatility);
    return result;
}

double funding(const FundingPeriod& period) noexcept {
    const double payoff = black76::payoff(
        {.right = period.right, .settlement = period.index, .strike = period.strike});
    return (period.mark - payoff) * period.intervals;
}

}  // namespace riskd::everlasting
