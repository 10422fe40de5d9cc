// What rules see: of a position, and of an order and its surroundings.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "tests/model/reference_question.hpp"

namespace riskd::model {

double Check::borrowed_after() const {
    if (!is_spot_ || !priced()) return 0.0;
    const Exact owed = held_with_order() - paying_balance();
    if (owed <= 0) return 0.0;
    const auto made = fit(owed) ? state_.convert(owed, order_.hold_asset.raw, currency_, true, now_)
                                : std::nullopt;
    return made ? number_of(*made, state_.asset_unit(currency_)) : no_number;
}

MarginView margin_view(const ReferenceState& state, std::uint32_t account, ReferencePlace place,
                       const ReferenceAsked& asked, Timestamp now) {
    const std::uint32_t instrument = place.instrument;
    const ReferenceInstrument& row = state.instruments[instrument];
    const InstrumentDefinition& terms = row.terms;
    const double settle_unit = state.asset_unit(row.settle);
    const bool option = state.is_option(instrument);
    const bool binary = terms.kind == ContractKind::binary_option;
    double underlying = no_number;
    if (option && state.instruments[row.underlying].prices.mark.raw > 0) {
        underlying = number_of(state.instruments[row.underlying].prices.mark.raw,
                               state.price_unit(row.underlying));
    }
    const auto worth = state.value(instrument, asked.quantity, row.prices.mark.raw);
    const Exact value = state.exposure_of(instrument, floor_of(worth.dividend, worth.divisor));
    const bool in_coin = terms.kind == ContractKind::inverse_option && !std::isnan(underlying);
    const bool loses_as_it_rises = state.is_inverse(instrument) != (asked.quantity < 0);
    return {
        .quantity = number_of(asked.quantity, state.quantity_unit(instrument)),
        .notional = number_of(asked.notional, settle_unit),
        .entry_notional = number_of(asked.entry, settle_unit),
        .entry_price = entry_price_of(state, instrument, asked.quantity,
                                      loses_as_it_rises ? Exact{-asked.entry} : asked.entry),
        .mark_price = row.prices.mark.raw > 0
                          ? number_of(row.prices.mark.raw, state.price_unit(instrument))
                          : no_number,
        .leverage = static_cast<double>(leverage_of(state, account, place)),
        .leverage_max = static_cast<double>(terms.leverage_max),
        .value = fit(value) ? number_of(value, settle_unit) : no_number,
        .contract_size = number_of(terms.contract_size,
                                   static_cast<double>(ten_to(terms.contract_size_decimals))),
        .kind = static_cast<std::int32_t>(terms.kind),
        .right = option ? 1 + static_cast<std::int32_t>(terms.right) : 0,
        .strike = option
                      ? number_of(terms.strike, static_cast<double>(ten_to(terms.strike_decimals)))
                      : no_number,
        .underlying_price = underlying,
        .underlying_value = in_coin ? 1.0 : underlying,
        .payout = binary ? number_of(terms.payout.raw, state.price_unit(instrument)) : no_number,
        .years_to_expiry = seconds_left(terms, minute_start(now)) / (365.0 * 86'400.0)};
}

double entry_price_of(const ReferenceState& state, std::uint32_t instrument, const Exact& quantity,
                      const Exact& cost) {
    if (quantity == 0) return no_number;
    const ReferenceInstrument& row = state.instruments[instrument];
    const double size = number_of(row.terms.contract_size,
                                  static_cast<double>(ten_to(row.terms.contract_size_decimals)));
    const double paid = number_of(cost, state.asset_unit(row.settle));
    const double held = number_of(quantity, state.quantity_unit(instrument));
    return state.is_inverse(instrument) ? -size * held / paid : paid / size / held;
}

std::optional<Exact> money_of(double value, double unit, bool up) {
    const double scaled = value * unit;
    if (!(std::fabs(scaled) <= static_cast<double>(raw_max))) return std::nullopt;
    const double below = std::floor(scaled);
    const double against = up ? std::ceil(scaled) : below;
    const double rounding = 8 * std::numeric_limits<double>::epsilon() * std::fabs(scaled);
    const double nearest = std::nearbyint(scaled);
    // Half way between two quanta neither is the nearest.
    const bool has_nearest = scaled - below != 0.5;
    const bool snaps = has_nearest && std::fabs(scaled - nearest) <= rounding;
    return Exact{static_cast<std::int64_t>(snaps ? nearest : against)};
}

Timestamp minute_start(Timestamp now) {
    constexpr std::int64_t minute = 60'000'000'000;
    return {now.ns / minute * minute};
}

double seconds_left(const InstrumentDefinition& terms, Timestamp now) {
    if (terms.expiry.ns == 0) return no_number;
    const std::int64_t left = std::max<std::int64_t>(terms.expiry.ns - now.ns, 0);
    return static_cast<double>(left) / 1e9;
}

double reference_ratio(const AccountMargin& margin) {
    if (margin.maintenance_margin.raw == 0 && margin.owed.raw == 0) return 0.0;
    constexpr double highest = 1e9;
    const Exact owned = Exact{margin.equity.raw} + margin.owed.raw;
    if (owned <= 0) return highest;
    const Exact due = Exact{margin.maintenance_margin.raw} + margin.owed.raw;
    const double ratio = static_cast<double>(due) / static_cast<double>(owned);
    if (margin.equity < margin.maintenance_margin) return std::clamp(ratio, 1.0, highest);
    return std::min(ratio, std::nextafter(1.0, 0.0));
}

AccountView reference_account_view(const ReferenceState& state, std::uint32_t account,
                                   const ReferenceFigures& figures) {
    const ReferenceAccount& row = state.accounts[account];
    const double unit = state.asset_unit(row.currency);
    const double equity = number_of(figures.equity, unit);
    const double gross = number_of(figures.gross_exposure, unit);
    const auto works = [&](const ReferenceOrder& order) {
        return order.request.account.raw == account;
    };
    return {.equity = equity,
            .initial_margin = number_of(figures.initial_margin, unit),
            .maintenance_margin = number_of(figures.maintenance_margin, unit),
            .available_margin = number_of(figures.equity - figures.initial_margin, unit),
            .headroom = number_of(figures.equity - figures.maintenance_margin, unit),
            .margin_ratio = reference_ratio(figures.margin()),
            .net_pnl = number_of(figures.net_pnl, unit),
            .gross_exposure = gross,
            .net_exposure = number_of(figures.net_exposure, unit),
            .gross_exposure_after = number_of(figures.gross_exposure_after, unit),
            .leverage = equity > 0 ? gross / equity : no_number,
            .open_orders =
                static_cast<double>(std::count_if(state.orders.begin(), state.orders.end(), works)),
            .stage = static_cast<std::int32_t>(row.stage)};
}

OrderView Check::order_view() const {
    const std::uint32_t id = request_.instrument.raw;
    return {.quantity = number_of(order_.remaining, state_.quantity_unit(id)),
            .price = price_number(order_.hold_price, state_.price_unit(id)),
            .notional = priced() ? in_currency(state_.amounts(order_).notional) : no_number,
            .side = static_cast<std::int32_t>(request_.side),
            .type = static_cast<std::int32_t>(request_.type),
            .time_in_force = static_cast<std::int32_t>(request_.time_in_force),
            .reduce_only = request_.reduce_only,
            .post_only = request_.post_only,
            .reduces = reduces_,
            .borrowed_after = borrowed_after()};
}

InstrumentView Check::instrument_view() const {
    const std::uint32_t id = request_.instrument.raw;
    const Prices& prices = instrument_.prices;
    const InstrumentDefinition& terms = instrument_.terms;
    const double unit = state_.price_unit(id);
    const bool option = state_.is_option(id);
    double underlying = no_number;
    if (option && state_.is_fresh(instrument_.underlying, now_)) {
        underlying = price_number(state_.instruments[instrument_.underlying].prices.mark.raw,
                                  state_.price_unit(instrument_.underlying));
    }
    return {
        .mark_price = state_.is_fresh(id, now_) ? price_number(prices.mark.raw, unit) : no_number,
        .index_price = price_number(prices.index.raw, unit),
        .bid = price_number(prices.bid.raw, unit),
        .ask = price_number(prices.ask.raw, unit),
        .mark_age =
            prices.mark.raw > 0 ? static_cast<double>(now_.ns - prices.as_of.ns) / 1e9 : no_number,
        .tick = price_number(terms.tick.raw, unit),
        .lot = number_of(terms.lot.raw, state_.quantity_unit(id)),
        .contract_size = number_of(terms.contract_size,
                                   static_cast<double>(ten_to(terms.contract_size_decimals))),
        .leverage_max = static_cast<double>(terms.leverage_max),
        .kind = static_cast<std::int32_t>(terms.kind),
        .right = option ? 1 + static_cast<std::int32_t>(terms.right) : 0,
        .strike = option
                      ? number_of(terms.strike, static_cast<double>(ten_to(terms.strike_decimals)))
                      : no_number,
        .underlying_price = underlying,
        .seconds_to_expiry = seconds_left(terms, now_),
        .long_quantity = number_of(state_.open_interest(id, true), state_.quantity_unit(id)),
        .short_quantity = number_of(state_.open_interest(id, false), state_.quantity_unit(id))};
}

ExposureView Check::exposure_view() const {
    const std::uint32_t id = request_.instrument.raw;
    const double unit = state_.quantity_unit(id);
    Exact quantity = position();
    if (is_spot_) {
        // The base balance is the position, in whole quantities.
        const std::uint32_t base = instrument_.base;
        const auto found = account_.balances.find(base);
        if (found != account_.balances.end()) {
            const int spare = state_.assets[base].decimals - instrument_.terms.quantity_decimals;
            quantity = floor_of(found->second, ten_to(spare));
        }
    }
    const auto worth = state_.value(id, quantity, instrument_.prices.mark.raw);
    Exact rounded = quantity == 0 ? Exact{0} : floor_of(worth.dividend, worth.divisor);
    if (!fit(rounded)) rounded = 0;
    const Exact marked = state_.exposure_of(id, rounded);
    const ReferenceChange change{.without = replaced_, .with = priced() ? &order_ : nullptr};
    const ReferenceWorst worst =
        worst_of(state_, request_.account.raw, order_.place(), quantity, marked, change);
    Exact open_buy = 0;
    Exact open_sell = 0;
    std::int64_t open_orders = 0;
    for (const ReferenceOrder& row : state_.orders) {
        const bool here = row.request.account == request_.account && row.place() == order_.place();
        if (!here) continue;
        ++open_orders;
        (row.request.side == Side::buy ? open_buy : open_sell) += row.remaining;
    }
    const auto found = account_.positions.find(order_.place());
    const bool flat = position() == 0;
    const Exact entry = flat ? Exact{0} : found->second.entry_value;
    const Exact accrued = flat ? Exact{0} : state_.accrued(id, found->second);
    const Exact pnl = rounded - entry + accrued;
    const bool pnl_fits = fit(rounded - entry) && fit(accrued) && fit(pnl);
    return {
        .quantity = number_of(quantity, unit),
        .notional = in_currency(absolute(marked)),
        .entry_price = entry_price_of(state_, id, position(), entry),
        .unrealized_pnl = flat       ? 0.0
                          : pnl_fits ? in_currency(pnl)
                                     : no_number,
        .open_buy_quantity = number_of(open_buy, unit),
        .open_sell_quantity = number_of(open_sell, unit),
        .open_orders = static_cast<double>(open_orders),
        .worst_case_quantity_after = number_of(absolute(worst.quantity), unit),
        .worst_case_notional_after = in_currency(worst.notional),
        .leverage = static_cast<double>(leverage_of(state_, request_.account.raw, order_.place()))};
}

// Each account's worse side at mark, summed over all accounts of each group, as it would be with
// the order and without the one it replaces.
void Check::view_groups() {
    std::uint32_t reference = 0;
    while (reference < state_.assets.size() && !state_.assets[reference].priced_by.empty())
        ++reference;
    if (reference == state_.assets.size()) return;
    std::vector<ReferenceOrder> with = state_.orders;
    const auto is_replaced = [&](const ReferenceOrder& row) {
        return replaced_ != nullptr && row.request.account == request_.account &&
               row.request.order == request_.replaces;
    };
    std::erase_if(with, is_replaced);
    with.push_back(order_);
    const double unit = state_.asset_unit(reference);
    const double scale = state_.quantity_unit(request_.instrument.raw);
    for (const std::uint32_t id : state_.groups_from(account_.group)) {
        std::array<std::optional<Exact>, 3> sums{Exact{0}, Exact{0}, Exact{0}};
        const auto add = [&](std::size_t at, std::uint32_t instrument, const Exact& quantity,
                             bool up) {
            if (quantity == 0 || !sums[at]) return;
            const auto worth =
                state_.value(instrument, quantity, state_.instruments[instrument].prices.mark.raw);
            const Exact amount =
                up ? ceiling_of(absolute(worth.dividend), worth.divisor)
                   : state_.exposure_of(instrument, floor_of(worth.dividend, worth.divisor));
            const std::uint32_t settle = state_.instruments[instrument].settle;
            const auto made = fit(quantity) && fit(amount) && state_.is_fresh(instrument, now_)
                                  ? state_.convert(amount, settle, reference, true, now_)
                                  : std::nullopt;
            sums[at] =
                made && fit(*sums[at] + *made) ? std::optional{*sums[at] + *made} : std::nullopt;
        };
        for (std::uint32_t each = 0; each < state_.instruments.size(); ++each) {
            if (state_.is_spot(each)) continue;
            const auto before = state_.group_sums(id, each);
            add(0, each, before.longs + before.shorts, true);
            add(1, each, before.longs - before.shorts, false);
            add(2, each, state_.group_sums(id, each, with).worst, true);
        }
        const auto here = state_.group_sums(id, request_.instrument.raw);
        const auto shown = [&](const std::optional<Exact>& sum) {
            return sum ? number_of(*sum, unit) : no_number;
        };
        const Exact after = state_.group_sums(id, request_.instrument.raw, with).worst;
        groups_.push_back({.group = GroupId{id},
                           .view = {.gross_exposure = shown(sums[0]),
                                    .net_exposure = shown(sums[1]),
                                    .gross_exposure_after = shown(sums[2]),
                                    .long_quantity = number_of(here.longs, scale),
                                    .short_quantity = number_of(here.shorts, scale),
                                    .open_buy_quantity = number_of(here.open_buy, scale),
                                    .open_sell_quantity = number_of(here.open_sell, scale),
                                    .instrument_quantity_after = number_of(after, scale)}});
        const GroupReads reads = rules_.group_reads();
        groups_known_ = groups_known_ && (sums[0] || !reads.gross_exposure) &&
                        (sums[1] || !reads.net_exposure) &&
                        (sums[2] || !reads.gross_exposure_after);
    }
}

}  // namespace riskd::model
