// What margin rules see of a book and of its positions.
#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/portfolio.hpp"

namespace riskd {

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
    const Timestamp expiry = instrument.terms.expiry;
    constexpr double second = 1e9;
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
        .seconds_to_expiry =
            expiry.ns == 0 ? absent : static_cast<double>((expiry - scope.now).ns) / second,
        .implied_volatility = absent,
        .delta = 1};
}

PositionView BookValuer::option_view(const BookLine& line, const BookScope& scope, bool after,
                                     const ShockedPrices& prices) const noexcept {
    const Instrument& instrument = ledger_.instrument(line.instrument);
    const Instrument& underlying = ledger_.instrument(instrument.underlying);
    constexpr auto whole = static_cast<double>(power_of_ten(rate_decimals));
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
    view.implied_volatility = static_cast<double>(prices.volatility) / whole;
    view.delta = static_cast<double>(prices.delta) / whole;
    return view;
}

// Without scenarios nobody knows the worst.
BookView BookValuer::book_view(bool any, const Worst& worst, const Notionals& notionals,
                               const BookScope& scope) const noexcept {
    const double unit = ledger_.asset(scope.currency).unit;
    const auto number = [unit](Money amount) { return static_cast<double>(amount.raw) / unit; };
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
            .option_value = number(notionals.option_value)};
}

}  // namespace riskd
