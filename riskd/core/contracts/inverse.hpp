// Inverse contracts (dated futures and perpetuals): sized in the quote asset, margined and settled
// in the base coin. Source: contract specifications of BitMEX XBTUSD, Deribit, Binance COIN-M.
//   value    = -quantity x contract size / price, so that value(mark) - value(entry) is the profit
//              quantity x contract size x (1 / entry - 1 / mark)
//   notional = contract size x quantity / price; a long gains coins as the price rises
// Example: long 10,000 contracts of 1 USD from 50,000: value -0.2 BTC; at 40,000 -0.25: lost 0.05.
#pragma once

#include <algorithm>
#include <optional>

#include "riskd/core/contracts/contract.hpp"

namespace riskd::inverse {

inline std::optional<Money> value(const Instrument& instrument, Quantity quantity, Price price,
                                  Rounding rounding) noexcept {
    Wide divisor{};
    const Ratio scale = instrument.value_scale;
    if (price.raw <= 0 ||
        __builtin_mul_overflow(Wide{price.raw}, Wide{scale.denominator}, &divisor)) {
        return std::nullopt;
    }
    const auto raw = narrow(divide(-Wide{quantity.raw} * scale.numerator, divisor, rounding));
    if (!raw) return std::nullopt;
    return Money{*raw};
}

// A sale may fill as low as mark x (1 - band), where its notional is largest. REQUIRES: price > 0.
inline std::optional<Price> with_band(Price price, Side side, std::int64_t band) noexcept {
    if (side == Side::buy) return price;
    constexpr std::int64_t one = power_of_ten(rate_decimals);
    if (band >= one) return std::nullopt;
    const Wide lowered = divide(Wide{price.raw} * (one - band), one, Rounding::toward_minus);
    return Price{std::max(static_cast<std::int64_t>(lowered), std::int64_t{1})};
}

// 1 / bankruptcy = 1 / mark +- loss / (contract size x quantity).
inline std::optional<Price> price_at_loss(const Instrument& instrument, Quantity quantity,
                                          Price mark, Money loss) noexcept {
    const Ratio scale = instrument.value_scale;
    const bool is_long = quantity.raw > 0;
    const Wide size = Wide{magnitude(quantity).raw} * scale.numerator;
    Wide lost{};
    Wide dividend{};
    Wide divisor{};
    const Wide signed_loss = is_long ? loss.raw : -loss.raw;
    if (__builtin_mul_overflow(Wide{mark.raw} * scale.denominator, signed_loss, &lost) ||
        __builtin_add_overflow(size, lost, &divisor) || divisor <= 0 ||
        __builtin_mul_overflow(size, Wide{mark.raw}, &dividend)) {
        return std::nullopt;
    }
    return tick_at(instrument, dividend, divisor,
                   is_long ? Rounding::toward_plus : Rounding::toward_minus);
}

inline std::optional<std::string_view> definition_fault(
    const InstrumentDefinition& definition) noexcept {
    if (!(definition.settle == definition.base)) return "settle must be the base asset";
    return std::nullopt;
}

}  // namespace riskd::inverse
