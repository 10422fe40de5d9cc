// Hedge mode: an account that may hold a long and a short position of one future or perpetual at
// once. Each has its own entry value, orders, leverage and margin; orders and facts name the one
// they act on. Binance (dualSidePosition), Bybit (positionIdx), OKX (long_short_mode) and BitMEX do
// the same. Pure functions, any thread.
//
//   a buy opens the long position and closes the short one; a sell the other way round
//   an order that closes can only reduce: with all that work on its side it never closes more than
//   is held
//   a fill that closes more than is held has happened all the same: it takes effect, with an alert,
//   and what it is beyond stays on its side with the other sign until a fill makes up for it
// Example: long 3 and short 1 at a mark of 100 need maintenance for 300 and for 100; books
// (portfolio.hpp) see long 2.
#pragma once

#include "riskd/core/units.hpp"
#include "riskd/core/words.hpp"

namespace riskd {

// Options and spot have one position whatever the mode of the account.
constexpr bool has_hedge_mode(ContractKind kind) noexcept {
    return kind != ContractKind::spot && !is_option(kind);
}

// Whether an account of this mode has such a position in an instrument of this kind.
constexpr bool has_side(PositionMode mode, ContractKind kind, PositionSide side) noexcept {
    const bool two_sided = mode == PositionMode::hedge && has_hedge_mode(kind);
    return two_sided == (side != PositionSide::net);
}
static_assert(has_side(PositionMode::hedge, ContractKind::linear_perpetual,
                       PositionSide::long_side));
static_assert(!has_side(PositionMode::hedge, ContractKind::linear_perpetual, PositionSide::net));
static_assert(has_side(PositionMode::hedge, ContractKind::spot, PositionSide::net));

// Orders of this side that work on one side of a hedge; never so of a net position.
constexpr bool only_closes(PositionSide position, Side side) noexcept {
    return (position == PositionSide::long_side && side == Side::sell) ||
           (position == PositionSide::short_side && side == Side::buy);
}

// A short on the long side, or a long on the short side.
constexpr bool is_beyond(PositionSide position, Quantity quantity) noexcept {
    return (position == PositionSide::long_side && quantity.raw < 0) ||
           (position == PositionSide::short_side && quantity.raw > 0);
}

}  // namespace riskd
