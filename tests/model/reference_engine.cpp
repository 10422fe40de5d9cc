#include "tests/model/reference_engine.hpp"

#include <algorithm>
#include <set>

#include "tests/model/reference_check.hpp"
#include "tests/model/reference_windows.hpp"

namespace riskd::model {

namespace {

// In what a kind settles, and what it cannot be without.
bool settles_right(const InstrumentDefinition& terms) {
    const bool in_quote = terms.settle == terms.quote;
    switch (terms.kind) {
        case ContractKind::spot:
        case ContractKind::linear_future:
        case ContractKind::linear_perpetual:
        case ContractKind::linear_option: return in_quote;
        case ContractKind::inverse_future:
        case ContractKind::inverse_perpetual: return terms.settle == terms.base;
        case ContractKind::quanto_future:
        case ContractKind::quanto_perpetual: return true;
        case ContractKind::inverse_option: return in_quote && terms.settle == terms.base;
        case ContractKind::perpetual_option: return in_quote && terms.funding_interval.ns > 0;
        case ContractKind::binary_option: return in_quote && terms.payout.raw > 0;
    }
    return false;
}

}  // namespace

Outcome ReferenceEngine::apply(const Event& event, std::span<const AccountId> woken) {
    change(event);
    // An order changes neither equity nor maintenance margin.
    if (!std::holds_alternative<OrderRequest>(event.body)) judge_accounts(event, woken);
    return outcome_;
}

Outcome ReferenceEngine::apply(const Event& event, std::span<const std::uint32_t> judged) {
    change(event);
    judge_accounts(judged);
    return outcome_;
}

void ReferenceEngine::change(const Event& event) {
    outcome_.clear();
    alerted_.clear();
    pass_windows(state_, event.time);
    state_.time = event.time;
    state_.sequence = event.sequence;
    std::visit([this](const auto& body) { apply(body); }, event.body);
}

void ReferenceEngine::alert(Alert alert) {
    alert.sequence = state_.sequence;
    alert.time = state_.time;
    outcome_.outputs.emplace_back(alert);
}

void ReferenceEngine::alert_fault(RuleId rule, RuleFault fault, std::uint32_t account) {
    if (std::find(alerted_.begin(), alerted_.end(), rule) != alerted_.end()) return;
    alerted_.push_back(rule);
    Alert made{.severity = Severity::critical,
               .kind = AlertKind::rule_fault,
               .account = AccountId{account},
               .rule = rule,
               .fault = fault,
               .detail = Text<64>{name(fault)}};
    if (is_known(rule)) made.about = rules_.rules()[index(rule)].name;
    if (fault == RuleFault::unknown_rule) made.about = state_.accounts[account].terms.margin;
    alert(made);
}

void ReferenceEngine::refuse(AlertKind kind, const Text<64>& about, std::string_view detail,
                             AccountId account, Severity severity) {
    alert({.severity = severity,
           .kind = kind,
           .account = account,
           .about = about,
           .detail = Text<64>{detail}});
}

bool ReferenceEngine::is_new(const std::string& id) {
    if (std::find(state_.seen.begin(), state_.seen.end(), id) != state_.seen.end()) return false;
    state_.seen.push_back(id);
    if (state_.seen.size() > state_.limits.ids_remembered_max) state_.seen.pop_front();
    return true;
}

Exact ReferenceEngine::value_now(std::uint32_t account, std::uint32_t asset,
                                 const Exact& amount) const {
    const std::uint32_t currency = state_.accounts[account].currency;
    return state_.convert(amount, asset, currency, false, state_.time).value_or(Exact{0});
}

void ReferenceEngine::apply(const OrderRequest& request) {
    ReferenceVerdict verdict = check_order(state_, rules_, request, state_.time);
    Decision& decision = verdict.decision;
    if (!decision.repeated) {
        decision.sequence = state_.sequence;
        decision.time = state_.time;
    }
    outcome_.outputs.emplace_back(decision);
    outcome_.answers = verdict.answers;
    for (const auto& [rule, fault] : verdict.faults) {
        alert_fault(rule, fault, request.account.raw);
    }
    if (decision.repeated) return;
    if (!is_known(request.account)) return;
    count_happening(state_, request.account.raw, WindowMeasure::orders, 1);
    state_.answered.push_back(decision);
    if (state_.answered.size() > state_.limits.orders_remembered_max) state_.answered.pop_front();
    if (!decision.accepted) return;
    std::erase_if(state_.orders, [&](const ReferenceOrder& row) {
        return !request.replaces.empty() && row.request.account == request.account &&
               row.request.order == request.replaces;
    });
    verdict.order.sequence = state_.sequence;
    verdict.order.hold = decision.hold;
    state_.orders.push_back(verdict.order);
}

void ReferenceEngine::apply(const OrderUpdate& update) {
    if (!is_known(update.account)) {
        return refuse(AlertKind::unknown_name, update.order, "account of an order update");
    }
    const auto order =
        std::find_if(state_.orders.begin(), state_.orders.end(), [&](const ReferenceOrder& row) {
            return row.request.account == update.account && row.request.order == update.order;
        });
    if (order == state_.orders.end()) return;
    switch (update.event) {
        case OrderEvent::open:
            if (!update.has_remaining) return;
            break;
        case OrderEvent::replaced: break;
        case OrderEvent::cancelled:
        case OrderEvent::rejected:
        case OrderEvent::expired:
        case OrderEvent::done: state_.orders.erase(order); return;
    }
    if (!update.has_remaining || update.remaining.raw <= 0) {
        state_.orders.erase(order);
    } else if (order->remaining > update.remaining.raw) {
        order->remaining = update.remaining.raw;
    }
}

void ReferenceEngine::apply(const Fill& fill) {
    if (!is_known(fill.account) || !is_known(fill.instrument)) {
        return refuse(AlertKind::unknown_name, fill.fill, "account or instrument of a fill");
    }
    if (refuse_side(fill.account, fill.instrument, fill.position_side, fill.fill,
                    Severity::critical)) {
        return;
    }
    if (!is_new("fill/" + std::to_string(fill.account.raw) + "/" + std::string(fill.fill.view()))) {
        return;
    }
    if (!trade(fill)) {
        return refuse(AlertKind::amount_out_of_range, fill.fill, "fill", fill.account,
                      Severity::critical);
    }
    const auto order =
        std::find_if(state_.orders.begin(), state_.orders.end(), [&](const ReferenceOrder& row) {
            return row.request.account == fill.account && row.request.order == fill.order &&
                   row.request.instrument == fill.instrument && row.request.side == fill.side &&
                   row.request.position_side == fill.position_side;
        });
    Alert report{.severity = Severity::warning,
                 .kind = AlertKind::fill_without_order,
                 .account = fill.account,
                 .instrument = fill.instrument,
                 .about = fill.fill,
                 .detail = fill.order};
    if (order == state_.orders.end()) {
        alert(report);
    } else {
        order->remaining -= fill.quantity.raw;
        if (order->remaining < 0) {
            report.kind = AlertKind::fill_beyond_order;
            alert(report);
        }
        if (order->remaining <= 0) state_.orders.erase(order);
    }
    alert_beyond(fill);
    const auto worth = state_.value(fill.instrument.raw, fill.quantity.raw, fill.price.raw);
    const Exact notional =
        ceiling_of(state_.exposure_of(fill.instrument.raw, worth.dividend), worth.divisor);
    const std::uint32_t settle = state_.instruments[fill.instrument.raw].settle;
    count_happening(state_, fill.account.raw, WindowMeasure::fills, 1);
    count_happening(state_, fill.account.raw, WindowMeasure::traded_notional,
                    static_cast<std::int64_t>(value_now(fill.account.raw, settle, notional)));
}

void ReferenceEngine::apply(const BalanceChange& change) {
    if (!is_known(change.account) || !is_known(change.asset)) {
        return refuse(AlertKind::unknown_name, change.id, "account or asset of a balance");
    }
    if (!is_new("balance/" + std::to_string(change.account.raw) + "/" +
                std::string(change.id.view()))) {
        return;
    }
    const std::uint32_t id = change.account.raw;
    const bool earned = change.kind == BalanceKind::interest || change.kind == BalanceKind::rebate;
    const Exact deposited = earned ? Exact{0} : value_now(id, change.asset.raw, change.amount.raw);
    const bool fits = fit(state_.accounts[id].net_deposits + deposited).has_value();
    if (!fits || !post(id, {{change.asset.raw, change.amount.raw, &ReferenceHouse::external}}, {},
                       nullptr)) {
        return refuse(AlertKind::amount_out_of_range, change.id, "balance change");
    }
    state_.accounts[id].net_deposits += deposited;
    const ReferenceAccount& account = state_.accounts[id];
    if (!account.terms.borrow && account.balances.at(change.asset.raw) < 0) {
        refuse(AlertKind::balance_below_zero, change.id, "balance change", change.account);
    }
}

void ReferenceEngine::apply(const Transfer& transfer) {
    if (!is_known(transfer.from) || !is_known(transfer.to) || !is_known(transfer.asset)) {
        return refuse(AlertKind::unknown_name, transfer.id, "transfer");
    }
    if (!is_new("transfer/" + std::string(transfer.id.view()))) return;
    if (transfer.from == transfer.to) return;
    ReferenceAccount& from = state_.accounts[transfer.from.raw];
    ReferenceAccount& to = state_.accounts[transfer.to.raw];
    const std::uint32_t asset = transfer.asset.raw;
    const Exact amount = transfer.amount.raw;
    const Exact gone = value_now(transfer.from.raw, asset, amount);
    const Exact arrived = value_now(transfer.to.raw, asset, amount);
    const bool fits = fit(from.balances[asset] - amount) && fit(to.balances[asset] + amount) &&
                      fit(from.net_deposits - gone) && fit(to.net_deposits + arrived);
    if (!fits) return refuse(AlertKind::amount_out_of_range, transfer.id, "transfer");
    from.balances[asset] -= amount;
    to.balances[asset] += amount;
    from.net_deposits -= gone;
    to.net_deposits += arrived;
    if (!from.terms.borrow && from.balances[asset] < 0) {
        refuse(AlertKind::balance_below_zero, transfer.id, "transfer", transfer.from);
    }
}

void ReferenceEngine::apply(const AssetDefinition& definition) {
    const std::uint32_t known = state_.asset(definition.name.view());
    const bool same_scale =
        known == none_raw || state_.assets[known].decimals == definition.decimals;
    if (definition.name.empty() || definition.decimals > decimals_max || !same_scale) {
        return refuse(AlertKind::refused_fact, definition.name,
                      "definition refused: unknown name, scale changed, or full", no_account,
                      Severity::critical);
    }
    if (known == none_raw) state_.assets.push_back(definition);
    state_.assets[state_.asset(definition.name.view())] = definition;
}

void ReferenceEngine::apply(const InstrumentDefinition& definition) {
    const std::uint32_t known = state_.instrument(definition.name.view());
    const std::uint32_t base = state_.asset(definition.base.view());
    const std::uint32_t settle = state_.asset(definition.settle.view());
    bool well = base != none_raw && settle != none_raw && !definition.name.empty() &&
                definition.tick.raw > 0 && definition.lot.raw > 0 && definition.contract_size > 0 &&
                definition.leverage_max > 0 && definition.mark_age_max.ns > 0 &&
                definition.jump_max >= 0 && definition.divergence_max >= 0 &&
                definition.confirmations > 0;
    if (well && definition.kind == ContractKind::spot) {
        well = state_.assets[base].decimals >= definition.quantity_decimals &&
               definition.contract_size == 1 && definition.contract_size_decimals == 0;
    }
    well = well && settles_right(definition);
    std::uint32_t underlying = none_raw;
    if (is_option(definition.kind)) {
        underlying = state_.instrument(definition.underlying.view());
        well = well && definition.strike > 0 && underlying != none_raw &&
               !state_.is_option(underlying) &&
               state_.instruments[underlying].terms.base == definition.base;
    }
    if (known == none_raw) {
        well = well && state_.instruments.size() < state_.limits.instruments_max;
    } else {
        const InstrumentDefinition& before = state_.instruments[known].terms;
        well = well && before.kind == definition.kind && before.base == definition.base &&
               before.quote == definition.quote && before.settle == definition.settle &&
               before.price_decimals == definition.price_decimals &&
               before.quantity_decimals == definition.quantity_decimals &&
               before.contract_size == definition.contract_size &&
               before.contract_size_decimals == definition.contract_size_decimals &&
               before.underlying == definition.underlying && before.right == definition.right &&
               before.strike == definition.strike &&
               before.strike_decimals == definition.strike_decimals &&
               before.payout == definition.payout;
    }
    if (!well) {
        return refuse(AlertKind::refused_fact, definition.name,
                      "definition refused: unknown name, scale changed, or full", no_account,
                      Severity::critical);
    }
    if (known == none_raw) state_.instruments.emplace_back();
    ReferenceInstrument& row =
        state_.instruments[known == none_raw ? state_.instruments.size() - 1 : known];
    row.terms = definition;
    row.base = base;
    row.settle = settle;
    row.underlying = underlying;
    look_again(state_.instrument(definition.name.view()));
}

void ReferenceEngine::apply(const GroupDefinition& definition) {
    const std::string name{definition.name.view()};
    const std::string parent{definition.parent.view()};
    const auto refused = [&](std::string_view detail) {
        refuse(AlertKind::refused_fact, definition.name, detail, no_account, Severity::critical);
    };
    if (!parent.empty() && state_.group(parent) == none_raw) {
        return refused("group refused: its parent is not defined");
    }
    // As it would be: nobody above himself, and nowhere more than eight.
    const std::vector<ReferenceGroup> before = state_.groups;
    if (state_.group(name) == none_raw) state_.groups.emplace_back().name = name;
    const std::uint32_t id = state_.group(name);
    if (!parent.empty()) {
        const auto above = state_.groups_from(state_.group(parent));
        if (std::find(above.begin(), above.end(), id) != above.end()) {
            state_.groups = before;
            return refused("group refused: its parent is itself or below it");
        }
    }
    state_.groups[id].parent = parent;
    for (std::uint32_t each = 0; each < state_.groups.size(); ++each) {
        if (state_.groups_from(each).size() <= 8) continue;
        state_.groups = before;
        return refused("group refused: more than 8 groups one above another");
    }
}

void ReferenceEngine::apply(const InstrumentControl& control) {
    if (!is_known(control.instrument)) return;
    state_.instruments[control.instrument.raw].terms.status = control.status;
}

void ReferenceEngine::apply(const RefusedFact& fact) {
    refuse(AlertKind::refused_fact, fact.subject, fact.reason.view());
}

}  // namespace riskd::model
