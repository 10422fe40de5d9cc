#include "riskd/core/contracts/contract.hpp"

#include "riskd/core/contracts/linear.hpp"
#include "riskd/core/contracts/spot.hpp"

namespace riskd {

namespace {

constexpr std::int64_t rate_one = power_of_ten(rate_decimals);

std::optional<Price> with_band(Price price, Side side, const Instrument& instrument) noexcept {
    if (price.raw <= 0) return std::nullopt;
    if (side == Side::sell) return price;
    const Wide widened = Wide{price.raw} * (rate_one + instrument.terms.market_price_band);
    const auto raw = narrow(divide(widened, rate_one, Rounding::toward_plus));
    if (!raw) return std::nullopt;
    return Price{*raw};
}

}  // namespace

std::optional<Money> value(const Instrument& instrument, Quantity quantity, Price price,
                           Rounding rounding) noexcept {
    switch (instrument.terms.kind) {
        case ContractKind::spot:
        case ContractKind::linear_future:
        case ContractKind::linear_perpetual:
            return linear::value(instrument, quantity, price, rounding);
    }
    return std::nullopt;
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
    const auto notional =
        value(instrument, question.quantity, question.hold_price, Rounding::toward_plus);
    if (!notional) return std::nullopt;
    const auto fee = taker_fee(*notional, question.taker_fee_rate);
    if (!fee) return std::nullopt;
    OrderAmounts amounts{.notional = *notional, .fee = *fee, .spot_hold = {}};
    if (is_spot(instrument)) {
        const auto hold = spot::hold(instrument, question.side, question.quantity, *notional, *fee);
        if (!hold) return std::nullopt;
        amounts.spot_hold = *hold;
    }
    return amounts;
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
    if (definition.leverage_max == 0) return "leverage_max must be positive";
    if (definition.market_price_band < 0) return "market_price_band must not be negative";
    switch (definition.kind) {
        case ContractKind::spot: return spot::definition_fault(definition);
        case ContractKind::linear_future:
        case ContractKind::linear_perpetual: return linear::definition_fault(definition);
    }
    return "unknown kind";
}

}  // namespace riskd
