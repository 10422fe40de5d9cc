#include "riskd/core/contracts/option.hpp"

#include <algorithm>
#include <numeric>

#include "riskd/core/contracts/linear.hpp"

namespace riskd::option {

namespace {

// False when the product does not fit.
bool scale(Wide& product, Wide factor) noexcept {
    return !__builtin_mul_overflow(product, factor, &product);
}

// Strike, underlying and what a unit pays, all in the decimals of the finer of the first two.
struct Expiry {
    Wide settlement;
    Wide intrinsic;
    int decimals{};
};
Expiry at(const InstrumentDefinition& terms, Price underlying, int price_decimals) noexcept {
    const int decimals = std::max<int>(price_decimals, terms.strike_decimals);
    const Wide settlement = Wide{underlying.raw} * power_of_ten(decimals - price_decimals);
    const Wide strike = Wide{terms.strike} * power_of_ten(decimals - terms.strike_decimals);
    const Wide above = terms.right == OptionRight::call ? settlement - strike : strike - settlement;
    return {.settlement = settlement, .intrinsic = std::max<Wide>(above, 0), .decimals = decimals};
}

// quantity x figure x contract size, for a figure in other decimals than the instrument's prices.
struct Fraction {
    Wide dividend;
    Wide divisor;
};
std::optional<Fraction> sized(const Instrument& instrument, Quantity quantity, Wide figure,
                              int decimals) noexcept {
    const int more = decimals - instrument.terms.price_decimals;
    Fraction made{.dividend = figure, .divisor = instrument.value_scale.denominator};
    const bool fits = scale(made.dividend, quantity.raw) &&
                      scale(made.dividend, instrument.value_scale.numerator) &&
                      scale(made.dividend, power_of_ten(std::max(-more, 0))) &&
                      scale(made.divisor, power_of_ten(std::max(more, 0)));
    if (!fits) return std::nullopt;
    return made;
}

std::optional<Money> money(const Fraction& fraction, Rounding rounding) noexcept {
    const auto raw = narrow(divide(fraction.dividend, fraction.divisor, rounding));
    if (!raw) return std::nullopt;
    return Money{*raw};
}

}  // namespace

std::optional<Money> payoff(const Instrument& instrument, Quantity quantity, Price underlying,
                            Rounding rounding) noexcept {
    const Expiry expiry = at(instrument.terms, underlying, instrument.final_price_decimals);
    if (instrument.terms.kind == ContractKind::binary_option) {
        const Wide strike = Wide{instrument.terms.strike} *
                            power_of_ten(expiry.decimals - instrument.terms.strike_decimals);
        const bool above = expiry.settlement >= strike;
        const bool pays = above == (instrument.terms.right == OptionRight::call);
        if (!pays) return Money{};
        return linear::value(instrument, quantity, instrument.terms.payout, rounding);
    }
    const bool in_coin = instrument.terms.kind == ContractKind::inverse_option;
    if (in_coin && underlying.raw <= 0) return std::nullopt;
    // Divided by the final price, which has the same decimals: none are left.
    auto share = sized(instrument, quantity, expiry.intrinsic, in_coin ? 0 : expiry.decimals);
    if (!share || (in_coin && !scale(share->divisor, expiry.settlement))) return std::nullopt;
    return money(*share, rounding);
}

std::optional<Money> funding(const Instrument& instrument, Quantity quantity,
                             const FundingPeriod& period, Rounding rounding) noexcept {
    const int price_decimals = instrument.terms.price_decimals;
    const Expiry now = at(instrument.terms, period.underlying, instrument.final_price_decimals);
    const int decimals = std::max(now.decimals, price_decimals);
    Wide intrinsic = now.intrinsic;
    Wide mark = period.mark.raw;
    if (!scale(intrinsic, power_of_ten(decimals - now.decimals)) ||
        !scale(mark, power_of_ten(decimals - price_decimals))) {
        return std::nullopt;
    }
    auto share = sized(instrument, quantity, mark - intrinsic, decimals);
    const std::int64_t interval = instrument.terms.funding_interval.ns;
    const std::int64_t both = std::gcd(period.period.ns, interval);
    if (!share || !scale(share->dividend, period.period.ns / both) ||
        !scale(share->divisor, interval / both)) {
        return std::nullopt;
    }
    return money(*share, rounding);
}

std::optional<std::string_view> definition_fault(const InstrumentDefinition& definition) noexcept {
    const bool in_the_coin = definition.kind == ContractKind::inverse_option;
    if (!(definition.settle == definition.quote)) return "settle must be the quote asset";
    if (in_the_coin && !(definition.quote == definition.base)) {
        return "an inverse option is quoted in its base asset";
    }
    if (definition.underlying.empty()) return "underlying is missing";
    if (definition.strike <= 0) return "strike must be positive";
    if (definition.strike_decimals > decimals_max) return "at most 12 decimals";
    if (definition.kind == ContractKind::binary_option && definition.payout.raw <= 0) {
        return "payout must be positive";
    }
    if (definition.kind == ContractKind::perpetual_option && definition.funding_interval.ns <= 0) {
        return "funding_interval must be positive";
    }
    return std::nullopt;
}

}  // namespace riskd::option
