#include "riskd/core/contracts/move_bound.hpp"

#include "riskd/core/contracts/contract.hpp"

namespace riskd {

namespace {

bool is_range(PriceRange range) noexcept {
    return range.low.raw > 0 && range.high >= range.low;
}

// a x b x c, or nothing.
std::optional<Wide> product(Wide a, Wide b, Wide c) noexcept {
    Wide made{};
    if (__builtin_mul_overflow(a, b, &made) || __builtin_mul_overflow(made, c, &made)) {
        return std::nullopt;
    }
    return made;
}

std::optional<Price> price_of(std::optional<Wide> dividend, std::optional<Wide> divisor) noexcept {
    if (!dividend || !divisor) return std::nullopt;
    const auto raw = narrow(divide(*dividend, *divisor, Rounding::toward_plus));
    if (!raw) return std::nullopt;
    return Price{*raw};
}

// By how much the price of one option can move, in its own decimals.
std::optional<Price> price_move(const Instrument& option, const Instrument& underlying,
                                PriceRange range) noexcept {
    const Wide move = Wide{range.high.raw} - range.low.raw;
    const Wide own_unit = power_of_ten(option.terms.price_decimals);
    const Wide unit = power_of_ten(underlying.terms.price_decimals);
    switch (option.terms.kind) {
        case ContractKind::binary_option: return option.terms.payout;
        case ContractKind::inverse_option: {
            const auto strike = product(option.terms.strike, own_unit, unit);
            const auto low =
                product(range.low.raw, range.high.raw, power_of_ten(option.terms.strike_decimals));
            return strike ? price_of(product(*strike, move, 1), low) : std::nullopt;
        }
        default: return price_of(product(move, own_unit, 1), unit);
    }
}

}  // namespace

std::optional<Money> value_move_max(const Instrument& instrument, Quantity quantity,
                                    PriceRange marks) noexcept {
    if (!is_range(marks)) return std::nullopt;
    const Quantity size = magnitude(quantity);
    const auto low = value(instrument, size, marks.low, Rounding::toward_minus);
    const auto high = value(instrument, size, marks.high, Rounding::toward_plus);
    return low && high ? checked_add(*high, -*low) : std::nullopt;
}

std::optional<Money> option_move_max(const Instrument& option, const Instrument& underlying,
                                     Quantity quantity, PriceRange underlying_marks) noexcept {
    if (!is_range(underlying_marks)) return std::nullopt;
    const auto move = price_move(option, underlying, underlying_marks);
    // An option's value is that of a linear contract at its price.
    return move ? value(option, magnitude(quantity), *move, Rounding::toward_plus) : std::nullopt;
}

}  // namespace riskd
