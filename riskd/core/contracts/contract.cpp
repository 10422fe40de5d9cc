#include "riskd/core/contracts/contract.hpp"

#include <algorithm>
#include <limits>

#include "riskd/core/contracts/inverse.hpp"
#include "riskd/core/contracts/linear.hpp"
#include "riskd/core/contracts/option.hpp"
#include "riskd/core/contracts/spot.hpp"

namespace riskd {

namespace {

constexpr std::int64_t rate_one = power_of_ten(rate_decimals);

std::optional<Price> with_band(Price price, Side side, const Instrument& instrument) noexcept {
    if (price.raw <= 0) return std::nullopt;
    if (is_inverse(instrument.terms.kind)) {
        return inverse::with_band(price, side, instrument.terms.market_price_band);
    }
    if (side == Side::sell) return price;
    const Wide widened = Wide{price.raw} * (rate_one + instrument.terms.market_price_band);
    const auto raw = narrow(divide(widened, rate_one, Rounding::toward_plus));
    if (!raw) return std::nullopt;
    return Price{*raw};
}

}  // namespace

std::optional<Money> value(const Instrument& instrument, Quantity quantity, Price price,
                           Rounding rounding) noexcept {
    return is_inverse(instrument.terms.kind) ? inverse::value(instrument, quantity, price, rounding)
                                             : linear::value(instrument, quantity, price, rounding);
}

Money exposure_of(const Instrument& instrument, Money value) noexcept {
    return is_inverse(instrument.terms.kind) ? -value : value;
}

std::optional<Money> notional_of(const Instrument& instrument, Quantity quantity, Price price,
                                 Rounding rounding) noexcept {
    return value(instrument, is_inverse(instrument.terms.kind) ? -quantity : quantity, price,
                 rounding);
}

std::optional<Decimal> entry_price(const Instrument& instrument, Quantity quantity,
                                   Money entry_value) noexcept {
    if (quantity.raw == 0 || entry_value.raw == 0) return std::nullopt;
    constexpr int more = 4;
    const bool divides = is_inverse(instrument.terms.kind);
    const Wide worth = magnitude(entry_value).raw;
    const Wide size = magnitude(quantity).raw;
    // linear: value / (quantity x scale); inverse: quantity x scale / value.
    Wide dividend = divides ? size * instrument.value_scale.numerator : worth;
    Wide divisor = divides ? worth : size * instrument.value_scale.numerator;
    Wide& scaled = divides ? divisor : dividend;
    if (__builtin_mul_overflow(scaled, Wide{instrument.value_scale.denominator}, &scaled) ||
        __builtin_mul_overflow(dividend, Wide{power_of_ten(more)}, &dividend)) {
        return std::nullopt;
    }
    const auto raw = narrow(divide(dividend, divisor, Rounding::toward_minus));
    if (!raw) return std::nullopt;
    const auto decimals = static_cast<std::uint8_t>(instrument.terms.price_decimals + more);
    return Decimal{.raw = *raw, .decimals = decimals};
}

double entry_price_number(const Instrument& instrument, Quantity quantity,
                          Money entry_value) noexcept {
    if (quantity.raw == 0) return std::numeric_limits<double>::quiet_NaN();
    const double worth = static_cast<double>(entry_value.raw) / instrument.settle_unit;
    const double size = static_cast<double>(quantity.raw) / instrument.quantity_unit;
    return is_inverse(instrument.terms.kind) ? -instrument.contract_size * size / worth
                                             : worth / instrument.contract_size / size;
}

std::optional<Price> price_at_loss(const Instrument& instrument, Quantity quantity, Price mark,
                                   Money loss) noexcept {
    return is_inverse(instrument.terms.kind)
               ? inverse::price_at_loss(instrument, quantity, mark, loss)
               : linear::price_at_loss(instrument, quantity, mark, loss);
}

std::optional<Money> taker_fee(Money notional, std::int64_t rate) noexcept {
    if (rate <= 0) return Money{};
    return scaled_product(notional.raw, rate, {.numerator = 1, .denominator = rate_one},
                          Rounding::toward_plus);
}

std::optional<Price> hold_price(const Instrument& instrument,
                                const HoldPriceQuestion& question) noexcept {
    switch (question.type) {
        case OrderType::limit:
        case OrderType::stop_limit: return question.price;
        case OrderType::market: return with_band(instrument.prices.mark, question.side, instrument);
        case OrderType::stop_market:
            return with_band(question.trigger_price, question.side, instrument);
    }
    return std::nullopt;
}

std::optional<OrderAmounts> order_amounts(const Instrument& instrument,
                                          const OrderAmountsQuestion& question) noexcept {
    const auto size =
        notional_of(instrument, question.quantity, question.hold_price, Rounding::toward_plus);
    if (!size) return std::nullopt;
    const auto fee = taker_fee(*size, question.taker_fee_rate);
    if (!fee) return std::nullopt;
    OrderAmounts amounts{.notional = *size, .fee = *fee, .spot_hold = {}};
    if (is_spot(instrument)) {
        const auto hold = spot::hold(instrument, question.side, question.quantity, *size, *fee);
        if (!hold) return std::nullopt;
        amounts.spot_hold = *hold;
    }
    return amounts;
}

int funding_index_decimals(const InstrumentDefinition& terms) noexcept {
    constexpr int most = 18;
    // One over a price is the smaller the fewer figures the price has: 17 in all leave it eight.
    return is_inverse(terms.kind) ? most - 1 - terms.price_decimals
                                  : std::min(terms.price_decimals + rate_decimals, most);
}

std::optional<Money> accrued_funding(const Instrument& instrument, Quantity quantity,
                                     std::int64_t since) noexcept {
    const InstrumentDefinition& terms = instrument.terms;
    const Wide change = Wide{since} - instrument.funding_index;
    if (change == 0 || quantity.raw == 0) return Money{};
    // value_scale is for raw prices, and for inverse contracts for their inverse.
    const int figures = funding_index_decimals(terms);
    const int beyond =
        is_inverse(terms.kind) ? figures + terms.price_decimals : figures - terms.price_decimals;
    Wide product{};
    if (__builtin_mul_overflow(change * quantity.raw, Wide{instrument.value_scale.numerator},
                               &product)) {
        return std::nullopt;
    }
    const auto raw =
        narrow(divide(product, Wide{instrument.value_scale.denominator} * power_of_ten(beyond),
                      Rounding::toward_minus));
    if (!raw) return std::nullopt;
    return Money{*raw};
}

std::optional<std::string_view> definition_fault(const InstrumentDefinition& definition) noexcept {
    if (definition.tick.raw <= 0) return "tick must be positive";
    if (definition.lot.raw <= 0) return "lot must be positive";
    if (definition.contract_size <= 0) return "contract_size must be positive";
    if (definition.price_decimals > decimals_max || definition.quantity_decimals > decimals_max ||
        definition.contract_size_decimals > decimals_max) {
        return "at most 12 decimals";
    }
    if (definition.mark_age_max.ns <= 0) return "mark_age_max must be positive";
    if (definition.jump_max < 0) return "jump_max must not be negative";
    if (definition.divergence_max < 0) return "divergence_max must not be negative";
    if (definition.confirmations == 0) return "confirmations must be positive";
    if (definition.leverage_max == 0) return "leverage_max must be positive";
    if (definition.market_price_band < 0) return "market_price_band must not be negative";
    switch (definition.kind) {
        case ContractKind::spot: return spot::definition_fault(definition);
        case ContractKind::linear_future:
        case ContractKind::linear_perpetual: return linear::definition_fault(definition);
        case ContractKind::inverse_future:
        case ContractKind::inverse_perpetual: return inverse::definition_fault(definition);
        case ContractKind::quanto_future:
        case ContractKind::quanto_perpetual: return std::nullopt;
        case ContractKind::linear_option:
        case ContractKind::inverse_option:
        case ContractKind::perpetual_option:
        case ContractKind::binary_option: return option::definition_fault(definition);
    }
    return "unknown kind";
}

}  // namespace riskd
