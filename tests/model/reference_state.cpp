#include "tests/model/reference_state.hpp"

#include <algorithm>

namespace riskd::model {

namespace {

template <typename Rows, typename NameOf>
std::uint32_t find_name(const Rows& rows, std::string_view name, NameOf name_of) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!name.empty() && name_of(rows[i]) == name) return static_cast<std::uint32_t>(i);
    }
    return none_raw;
}

}  // namespace

std::optional<std::int64_t> fit(const Exact& value) {
    if (value > raw_max || value < -raw_max) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

Exact floor_of(const Exact& dividend, const Exact& divisor) {
    const Exact quotient = dividend / divisor;
    return quotient * divisor > dividend ? quotient - 1 : quotient;
}

Exact ceiling_of(const Exact& dividend, const Exact& divisor) {
    return -floor_of(-dividend, divisor);
}

const Exact& ten_to(int exponent) {
    static const std::vector<Exact> powers = [] {
        std::vector<Exact> made{1};
        while (made.size() < 60)
            made.push_back(made.back() * 10);
        return made;
    }();
    return powers.at(static_cast<std::size_t>(exponent));
}

Exact absolute(const Exact& value) {
    return value < 0 ? Exact{-value} : value;
}

std::uint32_t ReferenceState::asset(std::string_view name) const {
    return find_name(assets, name, [](const auto& row) { return row.name.view(); });
}
std::uint32_t ReferenceState::instrument(std::string_view name) const {
    return find_name(instruments, name, [](const auto& row) { return row.terms.name.view(); });
}
std::uint32_t ReferenceState::group(std::string_view name) const {
    return find_name(groups, name, [](const auto& row) { return std::string_view{row.name}; });
}
std::uint32_t ReferenceState::account(std::string_view name) const {
    return find_name(accounts, name, [](const auto& row) { return row.terms.name.view(); });
}

bool ReferenceState::is_spot(std::uint32_t id) const {
    return instruments[id].terms.kind == ContractKind::spot;
}

const ReferenceOrder* ReferenceState::order(AccountId id, const Id& wanted) const {
    for (const ReferenceOrder& row : orders) {
        if (row.request.account == id && row.request.order == wanted) return &row;
    }
    return nullptr;
}

std::optional<std::string_view> ReferenceState::side_fault(std::uint32_t account,
                                                           ReferencePlace place) const {
    const bool hedges = accounts[account].terms.position_mode == PositionMode::hedge;
    const bool two = hedges && !is_spot(place.instrument) && !is_option(place.instrument);
    if (two && place.side == PositionSide::net) {
        return "position_side is missing: the account is in hedge mode";
    }
    if (!two && place.side != PositionSide::net) {
        return "position_side: there is one position, without sides";
    }
    return std::nullopt;
}

double ReferenceState::asset_unit(std::uint32_t id) const {
    return static_cast<double>(ten_to(assets[id].decimals));
}
double ReferenceState::price_unit(std::uint32_t id) const {
    return static_cast<double>(ten_to(instruments[id].terms.price_decimals));
}
double ReferenceState::quantity_unit(std::uint32_t id) const {
    return static_cast<double>(ten_to(instruments[id].terms.quantity_decimals));
}

bool ReferenceState::is_inverse(std::uint32_t id) const {
    return instruments[id].terms.kind == ContractKind::inverse_future ||
           instruments[id].terms.kind == ContractKind::inverse_perpetual;
}

bool ReferenceState::is_option(std::uint32_t id) const {
    switch (instruments[id].terms.kind) {
        case ContractKind::linear_option:
        case ContractKind::inverse_option:
        case ContractKind::perpetual_option:
        case ContractKind::binary_option: return true;
        default: return false;
    }
}

// Prices of the underlying are told with four figures more than it has; everything here in twelve.
ReferenceState::Share ReferenceState::payoff(std::uint32_t id, const Exact& quantity,
                                             const Exact& price) const {
    const InstrumentDefinition& terms = instruments[id].terms;
    const int told = std::min(instruments[instruments[id].underlying].terms.price_decimals + 4, 12);
    const Exact ended = price * ten_to(12 - told);
    const Exact strike = Exact{terms.strike} * ten_to(12 - terms.strike_decimals);
    if (terms.kind == ContractKind::binary_option) {
        const bool pays = terms.right == OptionRight::call ? ended >= strike : ended < strike;
        return value(id, quantity, pays ? terms.payout.raw : 0);
    }
    const Exact distance =
        terms.right == OptionRight::call ? Exact{ended - strike} : Exact{strike - ended};
    const bool in_coin = terms.kind == ContractKind::inverse_option;
    if (in_coin && price <= 0) return {.dividend = ten_to(40), .divisor = 1};
    const Exact units = quantity * terms.contract_size;
    const Exact& settled = ten_to(assets[instruments[id].settle].decimals);
    const int size_figures = terms.quantity_decimals + terms.contract_size_decimals;
    return {.dividend = distance > 0 ? Exact{units * distance * settled} : Exact{0},
            .divisor = ten_to(size_figures) * (in_coin ? ended : ten_to(12))};
}

ReferenceState::Share ReferenceState::option_funding(std::uint32_t id, const Exact& quantity,
                                                     const Funding& funding) const {
    const Share marked = value(id, quantity, instruments[id].prices.mark.raw);
    const Share paid = payoff(id, quantity, funding.price.raw);
    const Exact above = marked.dividend * paid.divisor - paid.dividend * marked.divisor;
    return {.dividend = above * funding.period.ns,
            .divisor = marked.divisor * paid.divisor * instruments[id].terms.funding_interval.ns};
}

// Inverse contracts are sized in quote and owe coins: minus quantity x size / price. A price that
// is not there gives a value that fits nowhere.
ReferenceState::Share ReferenceState::value(std::uint32_t id, const Exact& quantity,
                                            const Exact& price) const {
    const InstrumentDefinition& terms = instruments[id].terms;
    const Exact& settled = ten_to(assets[instruments[id].settle].decimals);
    const int size_figures = terms.quantity_decimals + terms.contract_size_decimals;
    if (!is_inverse(id)) {
        return {.dividend = quantity * price * terms.contract_size * settled,
                .divisor = ten_to(terms.price_decimals + size_figures)};
    }
    const Exact owed = -quantity * terms.contract_size * settled * ten_to(terms.price_decimals);
    if (price <= 0) return {.dividend = ten_to(40), .divisor = 1};
    return {.dividend = owed, .divisor = price * ten_to(size_figures)};
}

// The index has as many figures as a rate (8) times a price, up to 18; that of inverse contracts 17
// less those of the price.
Exact ReferenceState::accrued(std::uint32_t id, const ReferencePosition& position) const {
    const ReferenceInstrument& row = instruments[id];
    const InstrumentDefinition& terms = row.terms;
    const int figures =
        is_inverse(id) ? 17 - terms.price_decimals : std::min(terms.price_decimals + 8, 18);
    const Exact risen = row.funding_index.value_or(Exact{0}) - position.funding_index;
    const Exact owed =
        risen * position.quantity * terms.contract_size * ten_to(assets[row.settle].decimals);
    return floor_of(-owed,
                    ten_to(figures + terms.quantity_decimals + terms.contract_size_decimals));
}

Exact ReferenceState::exposure_of(std::uint32_t id, const Exact& worth) const {
    return is_inverse(id) ? Exact{-worth} : worth;
}

ReferenceState::Amounts ReferenceState::amounts(const ReferenceOrder& order) const {
    const std::uint32_t id = order.request.instrument.raw;
    const Exact sized = is_inverse(id) ? Exact{-order.remaining} : order.remaining;
    const Share worth = value(id, sized, order.hold_price);
    Amounts made;
    made.notional = ceiling_of(worth.dividend, worth.divisor);
    const std::int64_t rate = std::max<std::int64_t>(order.taker_fee_rate, 0);
    made.fee = ceiling_of(made.notional * rate, ten_to(rate_decimals));
    if (!is_spot(id)) return made;
    if (order.request.side == Side::buy) {
        made.spot_hold = made.notional + made.fee;
    } else {
        const InstrumentDefinition& terms = instruments[id].terms;
        const int base_decimals = assets[instruments[id].base].decimals;
        made.spot_hold =
            ceiling_of(order.remaining * ten_to(base_decimals), ten_to(terms.quantity_decimals));
    }
    return made;
}

bool ReferenceState::amounts_fit(const Amounts& made) const {
    return fit(made.notional) && fit(made.fee) && fit(made.spot_hold);
}

Exact ReferenceState::spot_hold(std::uint32_t account_id, std::uint32_t asset_id) const {
    Exact sum = 0;
    for (const ReferenceOrder& row : orders) {
        if (row.request.account.raw != account_id || row.hold_asset.raw != asset_id) continue;
        if (is_spot(row.request.instrument.raw)) sum += amounts(row).spot_hold;
    }
    return sum;
}

Exact ReferenceState::isolated_in(std::uint32_t account_id, std::uint32_t asset_id) const {
    Exact sum = 0;
    for (const auto& [place, position] : accounts[account_id].positions) {
        if (instruments[place.instrument].settle == asset_id) sum += position.margin;
    }
    return sum;
}

Exact ReferenceState::open_interest(std::uint32_t id, bool is_long) const {
    Exact sum = 0;
    for (const ReferenceAccount& row : accounts) {
        for (const auto& [place, position] : row.positions) {
            if (place.instrument != id) continue;
            const Exact& quantity = position.quantity;
            if (is_long && quantity > 0) sum += quantity;
            if (!is_long && quantity < 0) sum -= quantity;
        }
    }
    return sum;
}

std::vector<std::uint32_t> ReferenceState::groups_from(std::uint32_t id) const {
    std::vector<std::uint32_t> found;
    for (; id != none_raw; id = groups[id].parent.empty() ? none_raw : group(groups[id].parent)) {
        found.push_back(id);
    }
    return found;
}

bool ReferenceState::is_within(std::uint32_t id, std::uint32_t above) const {
    while (id != above && id != none_raw)
        id = groups[id].parent.empty() ? none_raw : group(groups[id].parent);
    return id == above;
}

ReferenceState::GroupSums ReferenceState::group_sums(
    std::uint32_t wanted, std::uint32_t id, const std::vector<ReferenceOrder>& working) const {
    GroupSums sums;
    for (std::uint32_t account = 0; account < accounts.size(); ++account) {
        if (!is_within(accounts[account].group, wanted)) continue;
        for (const PositionSide side : all_sides) {
            const ReferencePlace place{.instrument = id, .side = side};
            const auto found = accounts[account].positions.find(place);
            const Exact quantity =
                found == accounts[account].positions.end() ? Exact{0} : found->second.quantity;
            Exact buys = 0;
            Exact sells = 0;
            for (const ReferenceOrder& row : working) {
                if (row.request.account.raw != account || row.place() != place) continue;
                (row.request.side == Side::buy ? buys : sells) += row.remaining;
            }
            if (quantity > 0) sums.longs += quantity;
            if (quantity < 0) sums.shorts -= quantity;
            sums.open_buy += buys;
            sums.open_sell += sells;
            sums.worst += std::max(absolute(quantity + buys), absolute(quantity - sells));
        }
    }
    return sums;
}

bool ReferenceState::is_fresh(std::uint32_t id, Timestamp now) const {
    return instruments[id].prices.mark.raw > 0 && !is_stale(id, now) && !is_doubted(id);
}

bool ReferenceState::is_stale(std::uint32_t id, Timestamp now) const {
    const ReferenceInstrument& row = instruments[id];
    return row.prices.mark.raw > 0 && now.ns - row.prices.as_of.ns > row.terms.mark_age_max.ns;
}

// What has no mark cannot be doubted.
bool ReferenceState::is_doubted(std::uint32_t id) const {
    const ReferenceInstrument& row = instruments[id];
    return row.prices.mark.raw > 0 && (!row.waiting.empty() || row.index_differs);
}

std::optional<ReferenceState::Share> ReferenceState::price_of(std::uint32_t id,
                                                              Timestamp now) const {
    const std::string_view by = assets[id].priced_by.view();
    if (by.empty()) return Share{.dividend = 1, .divisor = 1};
    const std::uint32_t pricing = instrument(by);
    if (pricing == none_raw || !is_fresh(pricing, now)) return std::nullopt;
    return Share{.dividend = instruments[pricing].prices.mark.raw,
                 .divisor = ten_to(instruments[pricing].terms.price_decimals)};
}

std::optional<Exact> ReferenceState::convert(const Exact& amount, std::uint32_t from,
                                             std::uint32_t to, bool up, Timestamp now) const {
    if (from == to || amount == 0) return amount;
    const auto from_price = price_of(from, now);
    const auto to_price = price_of(to, now);
    if (!from_price || !to_price) return std::nullopt;
    const Exact dividend =
        amount * from_price->dividend * to_price->divisor * ten_to(assets[to].decimals);
    const Exact divisor = from_price->divisor * to_price->dividend * ten_to(assets[from].decimals);
    const Exact made = up ? ceiling_of(dividend, divisor) : floor_of(dividend, divisor);
    if (!fit(made)) return std::nullopt;
    return made;
}

std::optional<Exact> ReferenceState::added(std::uint32_t instrument,
                                           const ReferencePosition& position,
                                           const Exact& worth) const {
    const Exact gained = worth - position.entry_value;
    const Exact funded = accrued(instrument, position);
    const Exact sum = gained + funded;
    if (!fit(worth) || !fit(gained) || !fit(funded) || !fit(sum)) return std::nullopt;
    const Exact all = is_option(instrument) ? Exact{sum + position.entry_value} : sum;
    return fit(all) ? std::optional{all} : std::nullopt;
}

}  // namespace riskd::model
