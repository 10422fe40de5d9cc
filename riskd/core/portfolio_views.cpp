// What margin rules see of a book and of its positions.
#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/portfolio.hpp"

namespace riskd {

namespace {

constexpr auto rate_unit = static_cast<double>(power_of_ten(rate_decimals));

double confidence_of(const Instrument& instrument) noexcept {
    return static_cast<double>(instrument.prices.confidence) / rate_unit;
}

}  // namespace

std::int64_t asset_confidence(const Ledger& ledger, AssetId asset) noexcept {
    const InstrumentId pricing = ledger.asset(asset).priced_by;
    return is_known(pricing) ? ledger.instrument(pricing).prices.confidence : whole_confidence;
}

PositionView BookValuer::view_of(const BookLine& line, const BookScope& scope,
                                 bool after) const noexcept {
    const Instrument& instrument = ledger_.instrument(line.instrument);
    const Marks marks = scope.marks(ledger_);
    const auto quote = price_of(marks, instrument.quote);
    const auto currency = price_of(marks, scope.currency);
    const Price mark = scope.assumed.of(instrument);
    const double price = static_cast<double>(mark.raw) / instrument.price_unit;
    const double rate = quote && currency ? quote->number() / currency->number() : absent;
    const auto worth = convert(
        marks, line.value,
        {.from = instrument.settle, .to = scope.currency, .rounding = Rounding::toward_plus});
    const double value =
        worth ? static_cast<double>(worth->raw) / ledger_.asset(scope.currency).unit : absent;
    // Units of the underlying in one of quantity.
    const bool by_value = is_quanto(instrument.terms.kind);
    const double held = static_cast<double>(line.quantity.raw) / instrument.quantity_unit;
    const double size = is_inverse(instrument.terms.kind) ? instrument.contract_size / price
                        : by_value && held != 0           ? value / (price * rate) / held
                                                          : instrument.contract_size;
    const auto units = [&](Quantity quantity) {
        return static_cast<double>(quantity.raw) / instrument.quantity_unit * size;
    };
    const auto added = convert(
        marks, line.added,
        {.from = instrument.settle, .to = scope.currency, .rounding = Rounding::toward_minus});
    constexpr double year = 365.0 * 86'400.0;
    const double seconds = instrument.terms.expiry.ns == 0
                               ? absent
                               : seconds_to_expiry(instrument, whole_minute(scope.now));
    const std::int64_t indexed = instrument.prices.index.raw;
    return {
        .kind = static_cast<std::int32_t>(instrument.terms.kind),
        .right = no_right,
        .is_option = false,
        .quantity = units(line.quantity),
        .quantity_with_buys = units(line.quantity + (after ? line.buys_after : line.buys).quantity),
        .quantity_with_sells =
            units(line.quantity - (after ? line.sells_after : line.sells).quantity),
        .strike = absent,
        .mark_price = price * rate,
        .underlying_price = price * rate,
        .value = value,
        .seconds_to_expiry = seconds,
        .implied_volatility = absent,
        .delta = 1,
        .index_price =
            indexed > 0 ? static_cast<double>(indexed) / instrument.price_unit * rate : absent,
        .years_to_expiry = seconds / year,
        .interest_rate = static_cast<double>(instrument.prices.interest_rate) / rate_unit,
        .confidence = confidence_of(instrument),
        .underlying_confidence = confidence_of(instrument),
        .spot_confidence =
            static_cast<double>(asset_confidence(ledger_, instrument.base)) / rate_unit,
        .unrealized_pnl =
            added ? static_cast<double>(added->raw) / ledger_.asset(scope.currency).unit : absent,
        .instrument = static_cast<double>(instrument.id.raw),
        .asset = static_cast<double>(instrument.base.raw)};
}

PositionView BookValuer::option_view(const BookLine& line, const BookScope& scope, bool after,
                                     const ShockedPrices& prices) const noexcept {
    const Instrument& instrument = ledger_.instrument(line.instrument);
    const Instrument& underlying = ledger_.instrument(instrument.underlying);
    PositionView view = view_of(line, scope, after);
    const Marks marks = scope.marks(ledger_);
    const auto quote = price_of(marks, underlying.quote);
    const auto currency = price_of(marks, scope.currency);
    const auto worth = convert(
        marks, line.worth,
        {.from = instrument.settle, .to = scope.currency, .rounding = Rounding::toward_minus});
    const double rate = quote && currency ? quote->number() / currency->number() : absent;
    view.right = right_seen(instrument.terms.right);
    view.is_option = true;
    view.strike = strike_number(instrument.terms) * rate;
    view.underlying_price =
        static_cast<double>(scope.assumed.of(underlying).raw) / underlying.price_unit * rate;
    view.value =
        worth ? static_cast<double>(worth->raw) / ledger_.asset(scope.currency).unit : absent;
    view.implied_volatility = static_cast<double>(prices.volatility) /
                              static_cast<double>(power_of_ten(volatility_decimals));
    view.delta = static_cast<double>(prices.delta) / rate_unit;
    const std::int64_t indexed = underlying.prices.index.raw;
    view.index_price =
        indexed > 0 ? static_cast<double>(indexed) / underlying.price_unit * rate : absent;
    view.underlying_confidence = confidence_of(underlying);
    return view;
}

// Without scenarios nobody knows the worst.
BookView BookValuer::book_view(bool any, const Worst& worst, const Notionals& notionals,
                               const BookScope& scope) const noexcept {
    const double unit = ledger_.asset(scope.currency).unit;
    const auto number = [unit](Money amount) { return static_cast<double>(amount.raw) / unit; };
    const auto price = price_of(Marks{ledger_, scope.now}, scope.currency);
    const auto of_grid = [any](double figure) { return any ? figure : absent; };
    return {.worst_loss = of_grid(number(worst.held)),
            .worst_loss_after = of_grid(number(worst.with_orders)),
            .worst_scenario = of_grid(static_cast<double>(worst.held_at)),
            .worst_scenario_after = of_grid(static_cast<double>(worst.with_orders_at)),
            .gross_notional = number(notionals.gross),
            .net_notional = number(notionals.net),
            .long_futures = number(notionals.longs),
            .short_futures = number(notionals.shorts),
            .long_futures_after = number(notionals.longs_after),
            .short_futures_after = number(notionals.shorts_after),
            .short_options = number(notionals.short_options),
            .short_options_after = number(notionals.short_options_after),
            .option_value = number(notionals.option_value),
            .currency_price = price ? price->number() : absent};
}

}  // namespace riskd
