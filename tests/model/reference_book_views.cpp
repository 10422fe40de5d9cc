// What rules about books see: of a position, of the balances of an account and of its orders.
#include "tests/model/reference_books.hpp"
#include "tests/model/reference_question.hpp"

namespace riskd::model {

namespace {

double number(const Exact& raw, double unit) {
    return static_cast<double>(raw) / unit;
}

bool is_quanto_kind(const ReferenceInstrument& row) {
    return row.terms.kind == ContractKind::quanto_future ||
           row.terms.kind == ContractKind::quanto_perpetual;
}

double asset_confidence_of(const ReferenceState& state, std::uint32_t asset) {
    const std::uint32_t pricing = state.instrument(state.assets[asset].priced_by.view());
    return pricing == none_raw ? 1.0 : confidence_of(state, pricing);
}

std::optional<double> price_number(const ReferenceState& state, std::uint32_t asset,
                                   Timestamp now) {
    const auto price = state.price_of(asset, now);
    if (!price) return std::nullopt;
    return number(price->dividend, static_cast<double>(price->divisor));
}

// Every order that works, the one in question last.
std::vector<const ReferenceOrder*> orders_of(const ReferenceState& state,
                                             const ReferenceAround& around) {
    std::vector<const ReferenceOrder*> orders;
    // Those of isolated positions are in no book.
    const auto& positions = state.accounts[around.account].positions;
    const auto is_apart = [&](const ReferenceOrder& order) {
        const auto found = positions.find(order.place());
        return found != positions.end() && found->second.isolated;
    };
    for (const ReferenceOrder& order : state.orders) {
        const bool counts = order.request.account.raw == around.account &&
                            &order != around.without && order.remaining != 0;
        if (counts && !is_apart(order)) orders.push_back(&order);
    }
    if (around.with != nullptr && !is_apart(*around.with)) orders.push_back(around.with);
    return orders;
}

bool add_balances(const ReferenceState& state, const ReferenceAround& around, Timestamp now,
                  std::set<std::uint32_t> assets, ReferenceBook& book) {
    const std::uint32_t currency = state.accounts[around.account].currency;
    const auto own = price_number(state, currency, now);
    bool known = true;
    const auto of = [](const std::map<std::uint32_t, Exact>& amounts, std::uint32_t asset) {
        const auto found = amounts.find(asset);
        return found == amounts.end() ? Exact{0} : found->second;
    };
    for (std::uint32_t asset = 0; asset < state.assets.size(); ++asset) {
        const Exact amount = of(around.balances, asset);
        const Exact hold = of(around.holds, asset);
        const bool is_own = asset == currency;
        if (amount == 0 && hold == 0 && !is_own && !assets.contains(asset)) continue;
        const auto price = price_number(state, asset, now);
        if (!is_own && (!price || !own)) {
            known = false;
            continue;
        }
        const double unit_price = is_own ? 1.0 : *price / *own;
        const double units = number(amount, state.asset_unit(asset));
        book.assets.push_back(AssetId{asset});
        book.balances.push_back({.amount = units,
                                 .hold = number(hold, state.asset_unit(asset)),
                                 .price = unit_price,
                                 .value = units * unit_price,
                                 .confidence = asset_confidence_of(state, asset),
                                 .is_currency = is_own,
                                 .asset = static_cast<double>(asset)});
    }
    return known;
}

bool add_order(const ReferenceState& state, std::uint32_t currency, const ReferenceOrder& order,
               Timestamp now, ReferenceBook& book) {
    const std::uint32_t id = order.request.instrument.raw;
    const ReferenceInstrument& row = state.instruments[id];
    const bool spot = state.is_spot(id);
    const auto owed = state.convert(state.amounts(order).notional, row.settle, currency, true, now);
    const double value = number(owed.value_or(Exact{0}), state.asset_unit(currency));
    const double size = number(row.terms.contract_size,
                               static_cast<double>(ten_to(row.terms.contract_size_decimals)));
    const double mark = number(row.prices.mark.raw, state.price_unit(id));
    double units = number(order.remaining, state.quantity_unit(id)) * size;
    if (state.is_inverse(id)) units /= mark;
    const auto own = price_number(state, currency, now);
    const std::uint32_t quote = state.asset(row.terms.quote.view());
    const auto paid = price_number(state, spot ? row.base : quote, now);
    double marked = no_number;
    if (own && paid) marked = spot ? *paid / *own : mark * *paid / *own;
    book.orders_instruments.push_back(InstrumentId{id});
    book.orders.push_back({.side = static_cast<std::int32_t>(order.request.side),
                           .is_spot = spot,
                           .quantity = units,
                           .price = value / units,
                           .value = value,
                           .mark_price = marked,
                           .instrument = static_cast<double>(id),
                           .asset = static_cast<double>(row.base),
                           .pays = static_cast<double>(quote)});
    return owed.has_value();
}

}  // namespace

double confidence_of(const ReferenceState& state, std::uint32_t instrument) {
    return static_cast<double>(state.instruments[instrument].prices.confidence) / 1e8;
}

bool add_around(const ReferenceState& state, const ReferenceModel& model,
                const ReferenceAround& around, Timestamp now, ReferenceBook& book) {
    const auto orders = orders_of(state, around);
    std::set<std::uint32_t> traded;
    for (const ReferenceOrder* order : orders) {
        const std::uint32_t id = order->request.instrument.raw;
        if (!model.of_orders || !state.is_spot(id)) continue;
        traded.insert(state.instruments[id].base);
        traded.insert(state.asset(state.instruments[id].terms.quote.view()));
    }
    bool known = !model.of_accounts || add_balances(state, around, now, traded, book);
    for (const ReferenceOrder* order : orders) {
        const std::uint32_t id = order->request.instrument.raw;
        const bool belongs =
            state.is_spot(id) ? model.of_accounts : around.instruments.contains(id);
        if (!model.of_orders || !belongs) continue;
        const std::uint32_t currency = state.accounts[around.account].currency;
        known = add_order(state, currency, *order, now, book) && known;
    }
    return known;
}

PositionView position_view(const ReferenceState& state, std::uint32_t currency,
                           const ReferenceBookLine& line, Timestamp now) {
    const ReferenceInstrument& row = state.instruments[line.instrument];
    const auto quote = state.price_of(state.asset(row.terms.quote.view()), now);
    const auto own = state.price_of(currency, now);
    const auto as_number = [](const ReferenceState::Share& share) {
        return number(share.dividend, static_cast<double>(share.divisor));
    };
    const double price = number(row.prices.mark.raw, state.price_unit(line.instrument));
    const double rate = quote && own ? as_number(*quote) / as_number(*own) : no_number;
    const auto worth = state.convert(line.value, row.settle, currency, true, now);
    const double value = worth ? number(*worth, state.asset_unit(currency)) : no_number;
    const double contract = static_cast<double>(row.terms.contract_size) /
                            static_cast<double>(ten_to(row.terms.contract_size_decimals));
    const double held = number(line.quantity, state.quantity_unit(line.instrument));
    double size = contract;
    if (state.is_inverse(line.instrument)) size = contract / price;
    if (is_quanto_kind(row) && held != 0) size = value / (price * rate) / held;
    const auto units = [&](const Exact& quantity) {
        return number(quantity, state.quantity_unit(line.instrument)) * size;
    };
    const auto gain = state.convert(line.added, row.settle, currency, false, now);
    const double seconds = seconds_left(row.terms, minute_start(now));
    return {
        .kind = static_cast<std::int32_t>(row.terms.kind),
        .quantity = units(line.quantity),
        .quantity_with_buys = units(line.quantity + line.buys.quantity),
        .quantity_with_sells = units(line.quantity - line.sells.quantity),
        .strike = no_number,
        .mark_price = price * rate,
        .underlying_price = price * rate,
        .value = value,
        .seconds_to_expiry = seconds,
        .implied_volatility = no_number,
        .delta = 1,
        .index_price = row.prices.index.raw > 0
                           ? number(row.prices.index.raw, state.price_unit(line.instrument)) * rate
                           : no_number,
        .years_to_expiry = seconds / (365.0 * 86'400.0),
        .interest_rate = static_cast<double>(row.prices.interest_rate) / 1e8,
        .confidence = confidence_of(state, line.instrument),
        .underlying_confidence = confidence_of(state, line.instrument),
        .spot_confidence = asset_confidence_of(state, row.base),
        .unrealized_pnl = gain ? number(*gain, state.asset_unit(currency)) : no_number,
        .instrument = static_cast<double>(line.instrument),
        .asset = static_cast<double>(row.base)};
}

}  // namespace riskd::model
