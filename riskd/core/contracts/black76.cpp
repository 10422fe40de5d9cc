#include "riskd/core/contracts/black76.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "riskd/core/contracts/moneyness.hpp"

namespace riskd::black76 {

namespace {

constexpr double sqrt_half = 1 / std::numbers::sqrt2;
constexpr double sqrt_half_pi = 1.2533141373155002512;
constexpr double density_at_zero = sqrt_half * std::numbers::inv_sqrtpi;
constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

double cumulative(double d) noexcept {
    return 0.5 * std::erfc(-d * sqrt_half);
}

double density(double d) noexcept {
    return density_at_zero * std::exp(-0.5 * d * d);
}

// Mills' ratio R(u) = N(-u) / n(u), and its slope turned positive, 1 - u R(u).
struct Mills {
    double ratio{};
    double fall{};
};

// Far out by Laplace's continued fraction R = 1 / (u + 1 / (u + 2 / (u + ...))), whose 24 terms are
// exact to a double from 5 on; there erfc would underflow and 1 - u R would cancel.
Mills mills(double u) noexcept {
    constexpr double far_out = 5;
    constexpr int terms = 24;
    if (u < far_out) {
        const double ratio = sqrt_half_pi * std::exp(0.5 * u * u) * std::erfc(u * sqrt_half);
        return {.ratio = ratio, .fall = 1 - u * ratio};
    }
    double below = u;
    for (int k = terms; k > 1; --k)
        below = u + k / below;
    const double ratio = 1 / (u + 1 / below);
    return {.ratio = ratio, .fall = ratio / below};
}

// R(middle - half) - R(middle + half); where that would cancel, both are close together, and it is
// the integral of the fall between them by three points of Gauss and Legendre.
struct Span {
    double middle{};
    double half{};
};

double mills_difference(Span span) noexcept {
    constexpr double digits_kept = 1.0 / 128;
    constexpr double outer_point = 0.77459666924148337704;
    const auto [middle, half] = span;
    const double ratio = mills(middle - half).ratio;
    const double difference = ratio - mills(middle + half).ratio;
    if (difference > ratio * digits_kept) return difference;
    const double below = mills(middle - half * outer_point).fall;
    const double above = mills(middle + half * outer_point).fall;
    return half * (5 * below + 8 * mills(middle).fall + 5 * above) / 9;
}

struct Deviation {
    double distance{};  // x = |ln(F/K)|
    double total{};     // s = volatility x sqrt(years), above zero
};

// d1 = -x/s + s/2, d2 = -x/s - s/2.
struct Distances {
    double d1{};
    double d2{};
    Span span;  // from -d1 to -d2, its length not lost in theirs
};

Distances distances(Deviation deviation) noexcept {
    const double middle = deviation.distance / deviation.total;
    const double half = 0.5 * deviation.total;
    return {.d1 = half - middle, .d2 = -half - middle, .span = {.middle = middle, .half = half}};
}

// The time value of a call is that of the put, and stays the same when forward and strike change
// places. As a part of the lower of both: N(d1) - e^x N(d2), where e^x N(d2) = n(d1) R(-d2).
// Rises with s from 0 to 1.
double time_value(Deviation deviation) noexcept {
    const auto [d1, d2, span] = distances(deviation);
    if (d1 > 1) return cumulative(d1) - density(d1) * mills(-d2).ratio;
    return density(d1) * mills_difference(span);
}

// What is left to the upper bound, 1 - time_value, with its own digits.
double time_value_missing(Deviation deviation) noexcept {
    const Distances at = distances(deviation);
    return cumulative(-at.d1) + density(at.d1) * mills(-at.d2).ratio;
}

// d(time_value) / d(total).
double time_value_slope(Deviation deviation) noexcept {
    return density(distances(deviation).d1);
}

double forward_payoff(const Option& option) noexcept {
    return payoff({.right = option.right, .settlement = option.forward, .strike = option.strike});
}

double total_deviation(const Option& option) noexcept {
    return option.volatility * std::sqrt(option.years);
}

bool is_certain(const Option& option) noexcept {
    return !(total_deviation(option) > 0 && option.forward > 0 && option.strike > 0);
}

double undiscounted(const Option& option) noexcept {
    if (is_certain(option)) return forward_payoff(option);
    const Moneyness at = moneyness({.price = option.forward, .strike = option.strike});
    const Deviation deviation{.distance = at.distance, .total = total_deviation(option)};
    return forward_payoff(option) + at.low * time_value(deviation);
}

// Without deviation: delta is that of the payoff, and vega is not zero at the strike alone.
Greeks certain_greeks(const Option& option, double discount) noexcept {
    Greeks result{.price = discount * forward_payoff(option)};
    const double above = option.forward - option.strike;
    const bool at_strike = above == 0 && option.strike > 0;
    const double call = at_strike ? 0.5 : above > 0 || option.strike == 0 ? 1 : 0;
    result.delta = discount * (option.right == OptionRight::call ? call : call - 1);
    if (at_strike) {
        result.vega = discount * option.forward * std::sqrt(option.years) * density_at_zero;
    }
    result.theta = option.rate * result.price;
    return result;
}

// Newton's steps on a figure that is nearly straight in the deviation: 1 / sqrt(-ln p) of a small
// time value p, sqrt(-ln q) of what a large one misses. A step out of the bracket halves it.
struct Newton {
    double miss{};   // the figure less the one wanted
    double slope{};  // of the figure, by the deviation
};

Newton low_side(Deviation at, double wanted) noexcept {
    const double value = time_value(at);
    const double root = std::sqrt(std::max(-std::log(value), 0.0));
    return {.miss = 1 / root - 1 / std::sqrt(-std::log(wanted)),
            .slope = 0.5 * time_value_slope(at) / (value * root * root * root)};
}

Newton high_side(Deviation at, double wanted_missing) noexcept {
    const double missing = time_value_missing(at);
    const double root = std::sqrt(std::max(-std::log(missing), 0.0));
    return {.miss = root - std::sqrt(-std::log(wanted_missing)),
            .slope = 0.5 * time_value_slope(at) / (missing * root)};
}

double halved(double low, double high) noexcept {
    return high > 4 * low ? std::sqrt(low) * std::sqrt(high) : 0.5 * (low + high);
}

// The total deviation whose time value is `wanted`, within (0, 1).
double implied_total(double distance, double wanted) noexcept {
    constexpr int doublings_max = 16;
    constexpr int steps_max = 100;
    const auto at = [&](double total) { return Deviation{.distance = distance, .total = total}; };
    double low = wanted / density_at_zero;  // nowhere does the time value rise faster than there
    double high = 1;
    for (int i = 0; i < doublings_max && time_value(at(high)) < wanted; ++i)
        high *= 2;
    // Where the time value bends over: Newton's safest beginning.
    double total = std::clamp(std::sqrt(2 * distance), std::min(low, high), high);
    for (int i = 0; i < steps_max; ++i) {
        const Newton step =
            wanted < 0.5 ? low_side(at(total), wanted) : high_side(at(total), 1 - wanted);
        if (step.miss == 0) return total;
        (step.miss < 0 ? low : high) = total;
        double next = total - step.miss / step.slope;
        if (!(next > low && next < high)) next = halved(low, high);
        if (std::abs(next - total) <= epsilon * total) return next;
        total = next;
    }
    return total;
}

}  // namespace

bool is_valid(const Option& option) noexcept {
    constexpr double largest = std::numeric_limits<double>::max();
    constexpr double interest_max = 700;  // e^700 still is a double
    const std::array figures{option.forward, option.strike, option.volatility, option.years};
    const bool in_range = std::all_of(figures.begin(), figures.end(),
                                      [](double x) { return x >= 0 && x <= largest; });
    return in_range && std::abs(option.rate * option.years) <= interest_max;
}

double payoff(const Expiry& expiry) noexcept {
    const bool is_call = expiry.right == OptionRight::call;
    return std::max(is_call ? expiry.settlement - expiry.strike : expiry.strike - expiry.settlement,
                    0.0);
}

double price(const Option& option) noexcept {
    if (!is_valid(option)) return not_a_number;
    return std::exp(-option.rate * option.years) * undiscounted(option);
}

double price_in_coin(const Option& option) noexcept {
    if (!(option.forward > 0)) return not_a_number;
    return price(option) / option.forward;
}

Greeks greeks(const Option& option) noexcept {
    if (!is_valid(option)) {
        return {not_a_number, not_a_number, not_a_number, not_a_number, not_a_number};
    }
    const double discount = std::exp(-option.rate * option.years);
    if (is_certain(option)) return certain_greeks(option, discount);
    const double root_years = std::sqrt(option.years);
    const double total = total_deviation(option);
    const double distance = moneyness({.price = option.forward, .strike = option.strike}).distance;
    const double above = option.forward < option.strike ? -distance : distance;
    const double d1 = above / total + 0.5 * total;
    const double spread = discount * option.forward * density(d1);
    Greeks result;
    result.price = discount * undiscounted(option);
    result.delta =
        option.right == OptionRight::call ? discount * cumulative(d1) : -discount * cumulative(-d1);
    result.gamma = discount * density(d1) / option.forward / total;
    result.vega = spread * root_years;
    result.theta = option.rate * result.price - 0.5 * spread * option.volatility / root_years;
    return result;
}

std::optional<double> implied_volatility(const Option& option, double quoted) noexcept {
    constexpr double rounding = 4 * epsilon;
    Option known = option;
    known.volatility = 0;
    if (!is_valid(known) || !std::isfinite(quoted) || known.years == 0) return std::nullopt;
    if (known.forward == 0 || known.strike == 0) return std::nullopt;
    const double grown = quoted * std::exp(known.rate * known.years);
    const double value = grown - forward_payoff(known);
    if (std::abs(value) <= rounding * forward_payoff(known)) return 0.0;
    const Moneyness at = moneyness({.price = known.forward, .strike = known.strike});
    const double wanted = value / at.low;
    if (!(wanted > 0 && wanted < 1)) return std::nullopt;
    return implied_total(at.distance, wanted) / std::sqrt(known.years);
}

}  // namespace riskd::black76
