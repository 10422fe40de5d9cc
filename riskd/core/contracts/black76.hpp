// European options on a forward: price, greeks, implied volatility. Doubles, all per unit of the
// underlying; a figure becomes Money elsewhere. Pure functions, no allocation; any thread.
// Source: F. Black, "The pricing of commodity contracts", J. Financial Economics 3 (1976).
// Every figure above 1e-290 is within 1e-12 of itself, however far out (theta: of its two parts).
// An option that is not `is_valid` has NaN for every figure, never a number that looks like one.
#pragma once

#include <optional>

#include "riskd/core/words.hpp"

namespace riskd::black76 {

struct Option {
    OptionRight right{};
    double forward{};     // price of the underlying for delivery at expiry; in quote
    double strike{};      // in quote
    double volatility{};  // of the forward, for a year: 0.8 is 80 %
    double years{};       // until expiry
    double rate{};        // continuously compounded, for a year; zero: figures are undiscounted
};

// Finite, nothing but the rate is negative, and rate x years is within 700.
bool is_valid(const Option& option) noexcept;

// What expiry pays: max(settlement - strike, 0) for a call, max(strike - settlement, 0) for a put.
struct Expiry {
    OptionRight right{};
    double settlement{};
    double strike{};
};
double payoff(const Expiry& expiry) noexcept;

// Call: e^(-rt) (F N(d1) - K N(d2)); put: e^(-rt) (K N(-d2) - F N(-d1)), where
// d1 = ln(F/K) / (v sqrt t) + v sqrt t / 2, d2 = d1 - v sqrt t. Without time or volatility: the
// discounted payoff of the forward. F = K = 100, v = 0.2, t = 1, r = 0: 7.9655674554058.
double price(const Option& option) noexcept;

// Of a contract that settles in the underlying (inverse): price / forward, in coin. NaN without a
// forward. Call: N(d1) - K/F N(d2); put: K/F N(-d2) - N(-d1).
double price_in_coin(const Option& option) noexcept;

// How the discounted price moves. Where volatility x sqrt(years) is zero these are the payoff's:
// delta one half at the strike itself, and zero for the gamma and decay that have no value there.
struct Greeks {
    double price{};
    double delta{};  // by the forward
    double gamma{};  // by the forward, twice
    double vega{};   // by 1.0 of volatility
    double theta{};  // by a year gone by at the same forward; a long option has < 0 at rate zero
};
Greeks greeks(const Option& option) noexcept;

// The volatility at which price(option) is `quoted`; that of `option` is not read. A quote that is
// the discounted payoff, to within its rounding, has volatility zero. Nothing when the quote is
// below it, when it reaches what no volatility can (the discounted forward for a call, the
// discounted strike for a put), or when it tells nothing (no time, no forward, no strike).
std::optional<double> implied_volatility(const Option& option, double quoted) noexcept;

}  // namespace riskd::black76
