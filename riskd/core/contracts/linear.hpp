// Linear contracts (dated futures and perpetuals) and spot: value = quantity x price x contract
// size, in the quote asset. Quanto contracts too: there the contract size is the amount of the
// settlement asset that one contract moves by when the price moves by one, whatever the exchange
// rate is. Sources: every venue's linear contract specification; BitMEX ETHUSD for quanto.
#pragma once

#include <optional>

#include "riskd/core/contracts/contract.hpp"

namespace riskd::linear {

inline std::optional<Money> value(const Instrument& instrument, Quantity quantity, Price price,
                                  Rounding rounding) noexcept {
    return scaled_product(quantity.raw, price.raw, instrument.value_scale, rounding);
}

// The mark, moved by the loss of each contract.
inline std::optional<Price> price_at_loss(const Instrument& instrument, Quantity quantity,
                                          Price mark, Money loss) noexcept {
    const Ratio scale = instrument.value_scale;
    const Wide held = magnitude(quantity).raw;
    const Wide distance =
        divide(Wide{loss.raw} * scale.denominator, held * scale.numerator, Rounding::toward_minus);
    const bool is_long = quantity.raw > 0;
    return tick_at(instrument, is_long ? mark.raw - distance : mark.raw + distance, 1,
                   is_long ? Rounding::toward_plus : Rounding::toward_minus);
}

inline std::optional<std::string_view> definition_fault(
    const InstrumentDefinition& definition) noexcept {
    if (!(definition.settle == definition.quote)) return "settle must be the quote asset";
    return std::nullopt;
}

}  // namespace riskd::linear
