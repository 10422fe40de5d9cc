// Spot: a fill moves base against quote, an order holds what it would pay. No position is kept; the
// base balance is the position. Sells cannot go below the free balance (no margin loans yet).
#pragma once

#include <optional>

#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/contracts/linear.hpp"

namespace riskd::spot {

// The part of the balance that an order sets aside: quote and fee for a buy, base for a sell.
inline std::optional<Money> hold(const Instrument& instrument, Side side, Quantity quantity,
                                 Money notional, Money fee) noexcept {
    if (side == Side::buy) return checked_add(notional, fee);
    return scaled_product(quantity.raw, 1, instrument.base_scale, Rounding::toward_plus);
}

inline std::optional<std::string_view> definition_fault(
    const InstrumentDefinition& definition) noexcept {
    if (definition.contract_size != 1 || definition.contract_size_decimals != 0) {
        return "contract_size of spot must be 1";
    }
    return linear::definition_fault(definition);
}

}  // namespace riskd::spot
