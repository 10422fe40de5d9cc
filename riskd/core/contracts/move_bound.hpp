// How far the value of a position can move while a price stays within a range: what says whether an
// account must be looked at again. Exact integers in the settlement asset, rounded up, of any two
// prices in the range; nothing when a product does not fit, or the range is none. Pure functions;
// any thread. Sources: Hull, Options, Futures and Other Derivatives, ch. 11 and 19; Black-76.
//
// By its own mark a value only rises or only falls, so the ends are the bound. By its underlying,
// at one volatility and time, an option moves by what every model without arbitrage allows:
//   linear, perpetual: |delta| <= 1                         quantity x (high - low)
//   inverse, in coin:  |slope| of C(S) / S <= K / S^2       quantity x K x (1 / low - 1 / high)
//   binary:            from nothing to the payout           quantity x payout
#pragma once

#include <optional>

#include "riskd/core/instrument.hpp"
#include "riskd/core/units.hpp"

namespace riskd {

struct PriceRange {
    Price low;
    Price high;
};

// By its own mark.
std::optional<Money> value_move_max(const Instrument& instrument, Quantity quantity,
                                    PriceRange marks) noexcept;

// By the mark of its underlying. REQUIRES: the first is an option on the second.
std::optional<Money> option_move_max(const Instrument& option, const Instrument& underlying,
                                     Quantity quantity, PriceRange underlying_marks) noexcept;

}  // namespace riskd
