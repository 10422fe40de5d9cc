// Linear contracts (dated futures and perpetuals) and spot: value = quantity x price x contract
// size, in the quote asset. Source of the formula: every venue's linear contract specification.
#pragma once

#include <optional>

#include "riskd/core/contracts/contract.hpp"

namespace riskd::linear {

inline std::optional<Money> value(const Instrument& instrument, Quantity quantity, Price price,
                                  Rounding rounding) noexcept {
    return scaled_product(quantity.raw, price.raw, instrument.value_scale, rounding);
}

inline std::optional<std::string_view> definition_fault(
    const InstrumentDefinition& definition) noexcept {
    if (!(definition.settle == definition.quote)) return "settle must be the quote asset";
    return std::nullopt;
}

}  // namespace riskd::linear
