#include "riskd/core/portfolio.hpp"

#include <algorithm>

#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/contracts/option_model.hpp"

namespace riskd {

namespace {

constexpr std::int64_t whole_rate = power_of_ten(rate_decimals);

// Nothing when it does not fit. REQUIRES: mark is positive, price_move above -100 %.
std::optional<Price> shocked_price(Price mark, const Scenario& scenario) noexcept {
    const Wide moved = divide(Wide{mark.raw} * (whole_rate + scenario.price_move), whole_rate,
                              Rounding::toward_minus);
    const auto raw = narrow(moved);
    if (!raw) return std::nullopt;
    return Price{std::max(*raw, std::int64_t{1})};
}

// quantity x a price that has those figures more.
std::optional<Money> fine_value(const Instrument& instrument, Quantity quantity,
                                Wide price) noexcept {
    const Ratio scale = instrument.value_scale;
    Wide dividend{};
    if (__builtin_mul_overflow(Wide{quantity.raw} * scale.numerator, price, &dividend)) {
        return std::nullopt;
    }
    const auto raw =
        narrow(divide(dividend, Wide{scale.denominator} * option::fine, Rounding::toward_minus));
    if (!raw) return std::nullopt;
    return Money{*raw};
}

// value(quantity, shocked) - value(quantity, mark), rounded once.
std::optional<Money> profit_of(const Instrument& instrument, Quantity quantity,
                               const ShockedPrices& prices, std::size_t s) noexcept {
    if (is_option(instrument.terms.kind)) return fine_value(instrument, quantity, prices.raw[s]);
    const Price mark = prices.from.mark;
    const Price shocked{prices.raw[s]};
    const std::int64_t move = shocked.raw - mark.raw;
    const Ratio scale = instrument.value_scale;
    if (!is_inverse(instrument.terms.kind)) {
        return scaled_product(quantity.raw, move, scale, Rounding::toward_minus);
    }
    // -quantity / shocked + quantity / mark = quantity x move / (shocked x mark)
    Wide dividend{};
    Wide divisor{};
    if (__builtin_mul_overflow(Wide{quantity.raw} * move, Wide{scale.numerator}, &dividend) ||
        __builtin_mul_overflow(Wide{mark.raw} * shocked.raw, Wide{scale.denominator}, &divisor)) {
        return std::nullopt;
    }
    const auto raw = narrow(divide(dividend, divisor, Rounding::toward_minus));
    if (!raw) return std::nullopt;
    return Money{*raw};
}

std::optional<Money> shocked_value(const Instrument& instrument, Quantity quantity,
                                   const ShockedPrices& prices, std::size_t s) noexcept {
    if (is_option(instrument.terms.kind)) {
        return fine_value(instrument, quantity,
                          Wide{prices.from.mark.raw} * option::fine + prices.raw[s]);
    }
    return value(instrument, quantity, Price{prices.raw[s]}, Rounding::toward_minus);
}

// What the orders of one side lose when they fill at their hold prices and are worth this then.
std::optional<Money> side_loss(const Instrument& instrument, Side side, const SideOrders& orders,
                               const ShockedPrices& prices, std::size_t s) noexcept {
    const Quantity signed_quantity = side == Side::buy ? orders.quantity : -orders.quantity;
    const auto worth = shocked_value(instrument, signed_quantity, prices, s);
    if (!worth) return std::nullopt;
    // What a fill costs has the sign of what it is worth.
    const bool pays = (side == Side::buy) != is_inverse(instrument.terms.kind);
    const auto cost = checked_add(pays ? orders.notional : -orders.notional, orders.fee);
    return cost ? checked_add(*cost, -*worth) : std::nullopt;
}

// A loss counts as much as the weight says, rounded against the customer.
std::optional<Money> weighted(Money loss, std::int64_t weight) noexcept {
    const auto raw = narrow(divide(Wide{loss.raw} * weight, whole_rate, Rounding::toward_plus));
    if (!raw) return std::nullopt;
    return Money{*raw};
}

bool grow(Money& sum, std::optional<Money> amount) noexcept {
    const auto total = amount ? checked_add(sum, *amount) : std::nullopt;
    if (total) sum = *total;
    return total.has_value();
}

}  // namespace

bool BookLine::join(const BookLine& other) noexcept {
    const auto sum = checked_add(quantity, other.quantity);
    if (!sum) return false;
    quantity = *sum;
    changed = changed || other.changed;
    const auto take = [](SideOrders& into, const SideOrders& from) {
        const auto more = checked_add(into.quantity, from.quantity);
        if (!more || !grow(into.notional, from.notional) || !grow(into.fee, from.fee)) return false;
        into.quantity = *more;
        return true;
    };
    return grow(added, other.added) && take(buys, other.buys) && take(sells, other.sells) &&
           take(buys_after, other.buys_after) && take(sells_after, other.sells_after);
}

bool before_in_book(const Ledger& ledger, const BookLine& a, const BookLine& b) noexcept {
    if (a.underlying != b.underlying) return a.underlying < b.underlying;
    const InstrumentDefinition& first = ledger.instrument(a.instrument).terms;
    const InstrumentDefinition& second = ledger.instrument(b.instrument).terms;
    if (first.expiry != second.expiry) return first.expiry < second.expiry;
    const Wide first_strike = Wide{first.strike} * power_of_ten(second.strike_decimals);
    const Wide second_strike = Wide{second.strike} * power_of_ten(first.strike_decimals);
    if (first_strike != second_strike) return first_strike < second_strike;
    return a.instrument < b.instrument;
}

BookValuer::BookValuer(const Ledger& ledger, const Rulebook& rulebook) noexcept
    : ledger_{ledger}, rulebook_{rulebook} {}

// What was made for other scenarios is forgotten.
BookValuer::Grid& BookValuer::grid_of(RuleId rule) {
    const auto scenarios = rulebook_.scenarios(rule);
    RISKD_CHECK(scenarios.size() <= scenarios_max);
    auto grid = std::find_if(grids_.begin(), grids_.end(),
                             [&](const Grid& each) { return each.rule == rule; });
    if (grid == grids_.end()) {
        grids_.push_back({.rule = rule, .scenarios = {}, .prices = {}});
        grid = grids_.end() - 1;
    }
    if (!std::equal(scenarios.begin(), scenarios.end(), grid->scenarios.begin(),
                    grid->scenarios.end())) {
        grid->scenarios.assign(scenarios.begin(), scenarios.end());
        grid->prices.clear();
    }
    if (grid->prices.size() < ledger_.instrument_count()) {
        grid->prices.resize(ledger_.instrument_count());
    }
    return *grid;
}

const ShockedPrices& BookValuer::shocked(Grid& grid, const Instrument& instrument,
                                         const BookScope& scope) {
    ShockedPrices& prices = grid.prices[index(instrument.id)];
    PricedFrom from{.mark = scope.assumed.of(instrument)};
    const bool option = is_option(instrument.terms.kind);
    if (option) {
        from.underlying = scope.assumed.of(ledger_.instrument(instrument.underlying));
        from.volatility = instrument.prices.implied_volatility;
        from.minute = whole_minute(scope.now);
    }
    if (prices.from == from) return prices;
    prices.from = from;
    prices.known = from.mark.raw > 0;
    if (option) {
        shock_option(grid, instrument, scope, prices);
        return prices;
    }
    for (std::size_t s = 0; s < grid.scenarios.size() && prices.known; ++s) {
        const auto price = shocked_price(from.mark, grid.scenarios[s]);
        prices.known = price.has_value();
        prices.raw[s] = price.value_or(Price{}).raw;
    }
    return prices;
}

// No option is worth less than nothing, whatever the model says.
void BookValuer::shock_option(const Grid& grid, const Instrument& instrument,
                              const BookScope& scope, ShockedPrices& prices) const noexcept {
    const Instrument& underlying = ledger_.instrument(instrument.underlying);
    const auto now = prices.known && prices.from.underlying.raw > 0
                         ? option::model_at(instrument, underlying, prices.from.mark,
                                            prices.from.underlying, scope.now)
                         : std::nullopt;
    const auto reading = now ? option::reading(*now) : std::nullopt;
    prices.known = reading.has_value() && prices.from.mark.raw < raw_max / option::fine;
    if (!prices.known) return;
    prices.volatility = reading->volatility;
    prices.delta = reading->delta;
    for (std::size_t s = 0; s < grid.scenarios.size(); ++s) {
        const Scenario& scenario = grid.scenarios[s];
        const auto moved = shocked_price(prices.from.underlying, scenario);
        const auto change =
            moved ? option::fine_change(*now, {.underlying = *moved,
                                               .underlying_unit = underlying.price_unit,
                                               .volatility_move = scenario.volatility_move})
                  : std::nullopt;
        prices.known = prices.known && change.has_value();
        prices.raw[s] = std::max(change.value_or(0), -prices.from.mark.raw * option::fine);
    }
}

// An option is as old as the price of its underlying.
bool BookValuer::is_stale(const BookLine& line, const BookScope& scope) const noexcept {
    const Instrument& instrument = ledger_.instrument(line.instrument);
    return is_option(instrument.terms.kind) && line.quantity.raw != 0 &&
           !fresh_mark(ledger_.instrument(instrument.underlying), scope.now);
}

BookValuer::Sums& BookValuer::sums_of(AssetId settle) {
    const auto sums = std::find_if(sums_.begin(), sums_.end(),
                                   [&](const Sums& each) { return each.settle == settle; });
    if (sums != sums_.end()) return *sums;
    sums_.push_back({.settle = settle});
    return sums_.back();
}

bool BookValuer::add_line(const BookLine& line, const BookScope& scope, bool after, Grid& grid) {
    const Instrument& instrument = ledger_.instrument(line.instrument);
    const ShockedPrices& prices = shocked(grid, instrument, scope);
    if (!prices.known || is_stale(line, scope)) return false;
    Sums& sums = sums_of(instrument.settle);
    const SideOrders& buys = after ? line.buys_after : line.buys;
    const SideOrders& sells = after ? line.sells_after : line.sells;
    for (std::size_t s = 0; s < grid.scenarios.size(); ++s) {
        if (line.quantity.raw != 0) {
            const auto profit = profit_of(instrument, line.quantity, prices, s);
            if (!profit) return false;
            sums.profit[s] += profit->raw;
        }
        if (buys.quantity.raw != 0) {
            const auto loss = side_loss(instrument, Side::buy, buys, prices, s);
            if (!loss) return false;
            sums.order_loss[s] += std::max(loss->raw, std::int64_t{0});
        }
        if (sells.quantity.raw != 0) {
            const auto loss = side_loss(instrument, Side::sell, sells, prices, s);
            if (!loss) return false;
            sums.order_loss[s] += std::max(loss->raw, std::int64_t{0});
        }
    }
    return true;
}

// The assets of a scenario are summed before anything is weighted, so that a gain in one covers a
// loss in another.
std::optional<BookValuer::Worst> BookValuer::worst_of(const Grid& grid,
                                                      const BookScope& scope) const {
    const Marks marks = scope.marks(ledger_);
    Worst worst{.held = Money{-raw_max}, .with_orders = Money{-raw_max}};
    for (std::size_t s = 0; s < grid.scenarios.size(); ++s) {
        Money held;
        Money with_orders;
        for (const Sums& sums : sums_) {
            const Conversion conversion{
                .from = sums.settle, .to = scope.currency, .rounding = Rounding::toward_minus};
            const auto profit = narrow(sums.profit[s]);
            const auto left = narrow(sums.profit[s] - sums.order_loss[s]);
            if (!profit || !left || !grow(held, convert(marks, Money{*profit}, conversion)) ||
                !grow(with_orders, convert(marks, Money{*left}, conversion))) {
                return std::nullopt;
            }
        }
        const auto loss = weighted(-held, grid.scenarios[s].weight);
        const auto loss_after = weighted(-with_orders, grid.scenarios[s].weight);
        if (!loss || !loss_after) return std::nullopt;
        if (*loss > worst.held) {
            worst.held = *loss;
            worst.held_at = s;
        }
        if (*loss_after > worst.with_orders) {
            worst.with_orders = *loss_after;
            worst.with_orders_at = s;
        }
    }
    worst.held = std::max(worst.held, Money{});
    worst.with_orders = std::max(worst.with_orders, Money{});
    return worst;
}

bool BookValuer::add_notionals(const BookLine& line, const BookScope& scope, bool after,
                               Notionals& sums) const noexcept {
    const Marks marks = scope.marks(ledger_);
    const auto owed = [&](std::optional<Money> amount) -> std::optional<Money> {
        if (!amount) return std::nullopt;
        return convert(marks, *amount,
                       {.from = ledger_.instrument(line.instrument).settle,
                        .to = scope.currency,
                        .rounding = Rounding::toward_plus});
    };
    const Money bought = (after ? line.buys_after : line.buys).notional;
    const Money sold = (after ? line.sells_after : line.sells).notional;
    const auto positive = [](std::optional<Money> amount) -> std::optional<Money> {
        if (!amount) return std::nullopt;
        return std::max(*amount, Money{});
    };
    return grow(sums.gross, owed(magnitude(line.value))) && grow(sums.net, owed(line.value)) &&
           grow(sums.longs, owed(std::max(line.value, Money{}))) &&
           grow(sums.shorts, owed(std::max(-line.value, Money{}))) &&
           grow(sums.longs_after, owed(positive(checked_add(line.value, bought)))) &&
           grow(sums.shorts_after, owed(positive(checked_add(-line.value, sold))));
}

namespace {

// Quantity of an option times the price of its underlying, in the settlement asset: of an inverse
// one that is the coin itself.
std::optional<Money> underlying_value(const Instrument& option, const Instrument& underlying,
                                      Quantity quantity, Price mark) noexcept {
    const bool in_coin = option.terms.kind == ContractKind::inverse_option;
    const Ratio scale = option.value_scale;
    // value_scale takes the decimals of the option's own price.
    const int more = option.terms.price_decimals - (in_coin ? 0 : underlying.terms.price_decimals);
    Wide dividend{};
    Wide divisor{};
    if (__builtin_mul_overflow(Wide{quantity.raw} * scale.numerator,
                               Wide{in_coin ? 1 : mark.raw} * power_of_ten(std::max(more, 0)),
                               &dividend) ||
        __builtin_mul_overflow(Wide{scale.denominator}, Wide{power_of_ten(std::max(-more, 0))},
                               &divisor)) {
        return std::nullopt;
    }
    const auto raw = narrow(divide(dividend, divisor, Rounding::toward_plus));
    if (!raw) return std::nullopt;
    return Money{*raw};
}

}  // namespace

bool BookValuer::add_option(const BookLine& line, const BookScope& scope, bool after,
                            const ShockedPrices& prices, Notionals& sums) const noexcept {
    const Instrument& instrument = ledger_.instrument(line.instrument);
    const Instrument& underlying = ledger_.instrument(instrument.underlying);
    const Marks marks = scope.marks(ledger_);
    const auto in_currency = [&](std::optional<Money> amount,
                                 Rounding rounding) -> std::optional<Money> {
        if (!amount) return std::nullopt;
        return convert(marks, *amount,
                       {.from = instrument.settle, .to = scope.currency, .rounding = rounding});
    };
    const auto notional = [&](Quantity quantity) {
        return in_currency(
            underlying_value(instrument, underlying, quantity, scope.assumed.of(underlying)),
            Rounding::toward_plus);
    };
    const auto held = notional(line.quantity);
    if (!held) return false;
    const auto moved =
        narrow(divide(Wide{held->raw} * prices.delta, whole_rate, Rounding::toward_plus));
    if (!moved) return false;
    const Money by_delta{*moved};
    const Quantity sold = line.quantity - (after ? line.sells_after : line.sells).quantity;
    const auto short_part = [](Quantity quantity) {
        return quantity.raw < 0 ? -quantity : Quantity{};
    };
    return grow(sums.gross, magnitude(by_delta)) && grow(sums.net, by_delta) &&
           grow(sums.short_options, notional(short_part(line.quantity))) &&
           grow(sums.short_options_after, notional(short_part(sold))) &&
           grow(sums.option_value, in_currency(line.worth, Rounding::toward_minus));
}

std::optional<BookView> BookValuer::value(std::span<const BookLine> lines, const BookScope& scope,
                                          bool after, std::vector<PositionView>& positions) {
    Grid& grid = grid_of(scope.rule);
    sums_.clear();
    Notionals notionals;
    for (const BookLine& line : lines) {
        if (line.is_idle(after)) continue;
        if (!add_line(line, scope, after, grid)) return std::nullopt;
        const bool option = is_option(ledger_.instrument(line.instrument).terms.kind);
        const ShockedPrices& prices = grid.prices[index(line.instrument)];
        const bool added = option ? add_option(line, scope, after, prices, notionals)
                                  : add_notionals(line, scope, after, notionals);
        if (!added) return std::nullopt;
        positions.push_back(option ? option_view(line, scope, after, prices)
                                   : view_of(line, scope, after));
    }
    const auto worst = worst_of(grid, scope);
    if (!worst) return std::nullopt;
    return book_view(!grid.scenarios.empty(), *worst, notionals, scope);
}

}  // namespace riskd
