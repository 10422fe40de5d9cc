#include "tests/model/comparison.hpp"

#include <sstream>

#include "tests/model/reference_withdrawal.hpp"

namespace riskd::model {

namespace {

// What a figure belongs to. Only a difference makes words of it: there are thousands of figures to
// compare after each event.
struct Of {
    std::string_view first;
    std::string_view second{};
};

std::string named(const Of& of, std::string_view what) {
    std::string text{of.first};
    for (const std::string_view part : {of.second, what}) {
        if (!part.empty()) text.append(" ").append(part);
    }
    return text;
}

template <typename Value>
std::string differs(const Of& of, std::string_view what, const Value& fast, const Value& slow) {
    if (fast == slow) return {};
    std::ostringstream out;
    out << named(of, what) << ": fast " << fast << ", slow " << slow;
    return out.str();
}

std::string as_text(Wide value) {
    std::ostringstream out;
    out << Exact{value};
    return out.str();
}

std::string first_of(std::initializer_list<std::string> differences) {
    for (const std::string& difference : differences) {
        if (!difference.empty()) return difference;
    }
    return {};
}

std::string exact_differs(const Of& of, std::string_view what, std::int64_t fast,
                          const Exact& slow) {
    return differs(of, what, Exact{fast}, slow);
}

}  // namespace

std::string Comparison::apply(Event event) {
    event.sequence.raw = fast_.sequence().raw + 1;
    if (plain_ != nullptr) plain_->set_in_order(std::holds_alternative<OrderRequest>(event.body));
    const std::string previewed = preview(event);
    fast_.apply(event, outcome_);
    bytes_.clear();
    runtime::encode_record(event, outcome_, bytes_);
    if (!runtime::decode_record(bytes_.view(), record_)) return "the journal cannot be read back";
    replayed_.apply_recorded(record_.event, record_.outcome);
    const Outcome slow = slow_.apply(event, fast_.judged());
    std::string difference = compare_outputs(outcome_, slow);
    if (difference.empty()) difference = compare_state();
    if (difference.empty() && !previewed.empty()) {
        for (const Output& output : outcome_.outputs) {
            const auto* decision = std::get_if<Decision>(&output);
            if (decision == nullptr || decision->repeated) continue;
            if (decision->reason == RejectReason::duplicate_order) continue;
            difference = differs({"preview"}, "(slow: the decision)", previewed, describe(output));
        }
    }
    if (difference.empty()) difference = check_largest(event);
    return difference.empty() ? check_withdrawable(event) : difference;
}

// One account and asset in turn every few events: what the fast engine says can leave, the slow one
// tries. No fault of a rule is meant here, so that both know the account.
std::string Comparison::check_withdrawable(const Event& event) {
    constexpr std::uint64_t every = 16;
    const ReferenceState& state = slow_.state();
    if (event.sequence.raw % every != 0 || state.accounts.empty()) return {};
    if (plain_ != nullptr) plain_->set_in_order(false);
    const std::uint64_t turn = event.sequence.raw / every;
    const auto account = static_cast<std::uint32_t>(turn % state.accounts.size());
    const auto asset =
        static_cast<std::uint32_t>(turn / state.accounts.size() % state.assets.size());
    const auto fast = fast_.withdrawable(AccountId{account}, AssetId{asset}, event.time);
    const std::string fault = fault_of_withdrawable(
        state, rules_, {.account = account, .asset = asset, .now = event.time}, fast);
    if (fault.empty()) return {};
    return "withdrawable " + std::string{state.assets[asset].name.view()} + " of " +
           std::string{state.accounts[account].terms.name.view()} + ": " + fault;
}

// The largest quantity of a refusal passes, and the next one does not. The refused order itself
// counts for the rate.
std::string Comparison::check_largest(const Event& event) {
    const auto* request = std::get_if<OrderRequest>(&event.body);
    if (request == nullptr) return {};
    for (const Output& output : outcome_.outputs) {
        const auto* decision = std::get_if<Decision>(&output);
        const bool has_largest = decision != nullptr && !decision->repeated &&
                                 decision->has_largest_quantity &&
                                 decision->largest_quantity.raw > 0;
        if (!has_largest) continue;
        OrderRequest asked = *request;
        asked.quantity = decision->largest_quantity;
        const Decision at_most = fast_.preview(asked, event.time).decision;
        if (!at_most.accepted && at_most.reason != RejectReason::order_rate_exceeded) {
            return "the largest quantity does not pass: " + describe(Output{at_most});
        }
        asked.quantity.raw += fast_.ledger().instrument(asked.instrument).terms.lot.raw;
        const bool is_less = asked.quantity < request->quantity;
        if (is_less && fast_.preview(asked, event.time).decision.accepted) {
            return "more than the largest quantity passes";
        }
    }
    return {};
}

// The answer a preview gives, in the words of the decision that will be given.
std::string Comparison::preview(const Event& event) {
    const auto* request = std::get_if<OrderRequest>(&event.body);
    // A preview does not begin a new period of a window; the order itself will.
    constexpr std::int64_t quarter_hour_ns = 900'000'000'000;
    const bool same_period = event.time.ns / quarter_hour_ns == fast_.time().ns / quarter_hour_ns;
    if (request == nullptr || !same_period) return {};
    Decision decision = fast_.preview(*request, event.time).decision;
    decision.sequence = event.sequence;
    decision.time = event.time;
    return describe(Output{decision});
}

std::string Comparison::check_digest() const {
    const Ledger& live = fast_.ledger();
    for (std::uint32_t id = 0; id < live.group_count(); ++id) {
        for (std::uint32_t i = 0; i < live.instrument_count(); ++i) {
            const bool same = live.group_exposure(GroupId{id}, InstrumentId{i}) ==
                              replayed_.ledger().group_exposure(GroupId{id}, InstrumentId{i});
            if (!same) return "a group's exposure in the replay";
        }
    }
    return differs({"digest of the replay"}, "(fast: live)", text(fast_.digest()),
                   text(replayed_.digest()));
}

bool Comparison::is_at_bound() const {
    const Exact bound = raw_max / 16;
    for (const ReferenceAccount& account : slow_.state().accounts) {
        if (absolute(account.net_deposits) > bound) return true;
        for (const auto& [asset, balance] : account.balances) {
            if (absolute(balance) > bound) return true;
        }
        for (const auto& [instrument, position] : account.positions) {
            const bool large = absolute(position.quantity) > bound ||
                               absolute(position.entry_value) > bound ||
                               absolute(position.realized) > bound;
            if (large) return true;
        }
    }
    return false;
}

std::string Comparison::check_released() const {
    const Ledger& ledger = fast_.ledger();
    if (!ledger.orders().empty()) return "orders still work";
    for (std::uint32_t i = 0; i < ledger.account_count(); ++i) {
        const Account& account = ledger.account(AccountId{i});
        const std::string name{account.terms.name.view()};
        if (account.open_orders != 0) return name + " has a count of open orders";
        for (const Balance& balance : account.balances) {
            if (balance.hold.raw != 0) return name + " has a hold on a balance";
        }
        for (const Position& position : account.positions) {
            const bool zero = position.open_orders == 0 && position.open_buy.raw == 0 &&
                              position.open_sell.raw == 0 && position.open_buy_fee.raw == 0 &&
                              position.open_sell_fee.raw == 0 &&
                              position.open_buy_notional.raw == 0 &&
                              position.open_sell_notional.raw == 0;
            if (!zero) return name + " has open figures without an order";
        }
    }
    return {};
}

std::string Comparison::compare_state() const {
    const Ledger& ledger = fast_.ledger();
    const ReferenceState& state = slow_.state();
    for (std::uint32_t i = 0; i < ledger.asset_count(); ++i) {
        const AssetId id{i};
        if (ledger.conservation(id) != 0) {
            return std::string{ledger.asset(id).terms.name.view()} +
                   " is not conserved: " + as_text(ledger.conservation(id));
        }
        const House& house = ledger.house(id);
        const auto found = state.houses.find(i);
        const ReferenceHouse slow = found == state.houses.end() ? ReferenceHouse{} : found->second;
        const Of house_of{"house"};
        const std::string difference = first_of(
            {differs(house_of, "external", Exact{house.external}, slow.external),
             differs(house_of, "counterparty", Exact{house.counterparty}, slow.counterparty),
             differs(house_of, "fees", Exact{house.fees}, slow.fees),
             differs(house_of, "funding", Exact{house.funding}, slow.funding),
             differs(house_of, "insurance", Exact{house.insurance}, slow.insurance)});
        if (!difference.empty()) return difference;
    }
    for (std::uint32_t i = 0; i < ledger.instrument_count(); ++i) {
        const Instrument& instrument = ledger.instrument(InstrumentId{i});
        const Of of{instrument.terms.name.view()};
        const std::string difference = first_of(
            {exact_differs(of, "long", instrument.long_quantity.raw, state.open_interest(i, true)),
             exact_differs(of, "short", instrument.short_quantity.raw,
                           state.open_interest(i, false)),
             differs(of, "mark", instrument.prices.mark.raw, state.instruments[i].prices.mark.raw),
             differs(of, "index", instrument.prices.index.raw,
                     state.instruments[i].prices.index.raw),
             differs(of, "bid", instrument.prices.bid.raw, state.instruments[i].prices.bid.raw),
             differs(of, "ask", instrument.prices.ask.raw, state.instruments[i].prices.ask.raw),
             differs(of, "doubt", in_doubt(instrument.prices), state.is_doubted(i))});
        if (!difference.empty()) return difference;
    }
    if (std::string difference = compare_groups(); !difference.empty()) return difference;
    if (ledger.account_count() != state.accounts.size()) return "number of accounts";
    if (ledger.orders().size() != state.orders.size()) return "number of orders";
    for (std::uint32_t i = 0; i < ledger.account_count(); ++i) {
        const std::string difference = compare_account(i);
        if (!difference.empty()) return difference;
    }
    return {};
}

// Each group against the sum of all accounts in it and below it, made anew.
std::string Comparison::compare_groups() const {
    const Ledger& ledger = fast_.ledger();
    const ReferenceState& state = slow_.state();
    if (ledger.group_count() != state.groups.size()) return "number of groups";
    for (std::uint32_t id = 0; id < state.groups.size(); ++id) {
        const std::string& name = state.groups[id].name;
        const GroupId above = ledger.group(GroupId{id}).parent;
        std::string difference = differs({name}, "parent", ledger.group_name(above),
                                         std::string_view{state.groups[id].parent});
        for (std::uint32_t i = 0; i < state.instruments.size() && difference.empty(); ++i) {
            const GroupExposure fast = ledger.group_exposure(GroupId{id}, InstrumentId{i});
            const auto slow = state.group_sums(id, i);
            const Of of{name, state.instruments[i].terms.name.view()};
            difference = first_of({differs(of, "long", Exact{fast.long_quantity}, slow.longs),
                                   differs(of, "short", Exact{fast.short_quantity}, slow.shorts),
                                   differs(of, "open_buy", Exact{fast.open_buy}, slow.open_buy),
                                   differs(of, "open_sell", Exact{fast.open_sell}, slow.open_sell),
                                   differs(of, "worst", Exact{fast.worst_quantity}, slow.worst)});
        }
        if (!difference.empty()) return difference;
    }
    return {};
}

std::string Comparison::compare_account(std::uint32_t id) const {
    const Account& account = fast_.ledger().account(AccountId{id});
    const ReferenceState& state = slow_.state();
    const ReferenceAccount& slow = state.accounts[id];
    const std::string_view name = account.terms.name.view();
    const Of of{name};
    std::string difference = first_of(
        {differs(of, "stage", riskd::name(account.stage), riskd::name(slow.stage)),
         differs(of, "status", riskd::name(account.status), riskd::name(slow.terms.status)),
         differs(of, "episode", account.episode, slow.episode),
         differs(of, "episodes", account.episodes, slow.episodes),
         exact_differs(of, "net_deposits", account.net_deposits.raw, slow.net_deposits)});
    if (!difference.empty()) return difference;
    for (std::uint32_t asset = 0; asset < state.assets.size(); ++asset) {
        const Balance* balance = fast_.ledger().find_balance(AccountId{id}, AssetId{asset});
        const auto found = slow.balances.find(asset);
        const Of in_asset{name, state.assets[asset].name.view()};
        difference =
            first_of({exact_differs(in_asset, "balance", balance ? balance->amount.raw : 0,
                                    found == slow.balances.end() ? Exact{0} : found->second),
                      exact_differs(in_asset, "hold", balance ? balance->hold.raw : 0,
                                    state.spot_hold(id, asset)),
                      exact_differs(in_asset, "isolated", balance ? balance->isolated.raw : 0,
                                    state.isolated_in(id, asset))});
        if (!difference.empty()) return difference;
    }
    for (const auto& [place, position] : slow.positions) {
        const bool is_known =
            fast_.ledger().find_position(AccountId{id}, InstrumentId{place.instrument},
                                         place.side) != nullptr;
        if (!is_known && position.quantity != 0) return std::string{name} + " lacks a position";
    }
    for (const Position& position : account.positions) {
        difference = compare_position(account, position);
        if (!difference.empty()) return difference;
    }
    return {};
}

std::string Comparison::compare_position(const Account& account, const Position& position) const {
    const ReferenceState& state = slow_.state();
    const ReferenceAccount& slow_account = state.accounts[index(account.id)];
    const ReferencePlace place{.instrument = position.instrument.raw, .side = position.side};
    const auto found = slow_account.positions.find(place);
    const ReferencePosition slow =
        found == slow_account.positions.end() ? ReferencePosition{} : found->second;
    const Of of{account.terms.name.view(),
                state.instruments[index(position.instrument)].terms.name.view()};
    Exact open[2];
    Exact notional[2];
    Exact fee[2];
    for (const ReferenceOrder& order : state.orders) {
        const bool here = order.request.account == account.id && order.place() == place;
        if (!here) continue;
        const std::size_t side = order.request.side == Side::buy ? 0 : 1;
        const auto amounts = state.amounts(order);
        open[side] += order.remaining;
        notional[side] += amounts.notional;
        fee[side] += amounts.fee;
    }
    return first_of(
        {exact_differs(of, "quantity", position.quantity.raw, slow.quantity),
         exact_differs(of, "entry_value", position.entry_value.raw, slow.entry_value),
         exact_differs(of, "realized", position.realized_pnl.raw, slow.realized),
         differs(of, "leverage", position.leverage, slow.leverage),
         differs(of, "isolated", is_isolated(position), slow.isolated),
         exact_differs(of, "margin", position.isolated_margin.raw, slow.margin),
         differs(of, "stage", riskd::name(position.stage), riskd::name(slow.stage)),
         differs(of, "episode", position.episode, slow.episode),
         position.quantity.raw == 0
             ? std::string{}
             : exact_differs(of, "funding_index", position.funding_index, slow.funding_index),
         exact_differs(of, "open_buy", position.open_buy.raw, open[0]),
         exact_differs(of, "open_sell", position.open_sell.raw, open[1]),
         exact_differs(of, "open_buy_notional", position.open_buy_notional.raw, notional[0]),
         exact_differs(of, "open_sell_notional", position.open_sell_notional.raw, notional[1]),
         exact_differs(of, "open_buy_fee", position.open_buy_fee.raw, fee[0]),
         exact_differs(of, "open_sell_fee", position.open_sell_fee.raw, fee[1])});
}

}  // namespace riskd::model
