// What an option's price becomes when its underlying and its volatility move: by a model, per unit
// of quantity over contract size, in what the option is quoted in. Doubles within, whole numbers
// where money is made of them. Pure functions; any thread. Sources: black76.hpp, everlasting.hpp;
// cash-or-nothing in the same terms: payout x N(d2) for a call, payout x N(-d2) for a put.
// Example: a call at 100, strike 100, a year, volatility 0.2: 7.9656; both 10 % up: 15.0426.
#pragma once

#include <optional>

#include "riskd/core/instrument.hpp"
#include "riskd/core/units.hpp"

namespace riskd::option {

// An option and what its model looks at. `years` is counted from the last whole minute, so that
// what was worked out holds for a minute.
struct Model {
    const Instrument* option{};
    double underlying{};  // its price
    double volatility{};  // for a year
    double years{};
};

// With the volatility that the feed told, or else the one at which the model gives the mark.
// Nothing when there is neither. REQUIRES: an option; both marks are positive.
std::optional<Model> model_at(const Instrument& option, const Instrument& underlying,
                              Price option_mark, Price underlying_mark, Timestamp now) noexcept;

// NaN when the model has no price.
double price(const Model& model) noexcept;

// Change of the price in the quote asset (inverse: of its worth there) for a change of the
// underlying by one.
double delta(const Model& model) noexcept;

// In volatility_decimals and rate_decimals; nothing when the model has no number.
struct Reading {
    std::int64_t volatility{};
    std::int64_t delta{};
};
std::optional<Reading> reading(const Model& model) noexcept;

// Raw prices with four figures more than they have.
inline constexpr std::int64_t fine = 10'000;

// By how much the price changes with an underlying at this raw price and a volatility moved by this
// share, in rate_decimals of itself.
struct Shock {
    Price underlying;
    double underlying_unit{1};  // 10^decimals of it
    std::int64_t volatility_move{};
};
std::optional<std::int64_t> fine_change(const Model& now, const Shock& shock) noexcept;

}  // namespace riskd::option
