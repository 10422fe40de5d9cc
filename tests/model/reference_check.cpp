#include "tests/model/reference_check.hpp"

#include <algorithm>

#include "tests/model/reference_books.hpp"
#include "tests/model/reference_question.hpp"
#include "tests/model/reference_windows.hpp"

namespace riskd::model {

std::optional<RejectReason> Check::terms() const {
    const InstrumentDefinition& terms = instrument_.terms;
    const std::int64_t quantity = order_.request.quantity.raw;
    const bool expired = terms.expiry.ns != 0 && now_ >= terms.expiry;
    if (terms.status == InstrumentStatus::halted || terms.status == InstrumentStatus::settled ||
        expired) {
        return RejectReason::instrument_closed;
    }
    const bool too_large = terms.quantity_max.raw > 0 && quantity > terms.quantity_max.raw;
    if (quantity <= 0 || quantity % terms.lot.raw != 0 || quantity < terms.quantity_min.raw ||
        too_large) {
        return RejectReason::incorrect_quantity;
    }
    const auto on_grid = [&](Price price) {
        return price.raw > 0 && price.raw % terms.tick.raw == 0;
    };
    const bool limits = request_.type == OrderType::limit || request_.type == OrderType::stop_limit;
    const bool stops =
        request_.type == OrderType::stop_limit || request_.type == OrderType::stop_market;
    if ((limits && !on_grid(request_.price)) || (stops && !on_grid(request_.trigger_price))) {
        return RejectReason::invalid_price_increment;
    }
    const bool at_once =
        request_.time_in_force == TimeInForce::ioc || request_.time_in_force == TimeInForce::fok;
    const bool late = request_.time_in_force == TimeInForce::gtd && request_.expires <= now_;
    if ((request_.post_only && (at_once || !limits)) || late) {
        return RejectReason::invalid_order_terms;
    }
    if (state_.side_fault(request_.account.raw, order_.place())) {
        return RejectReason::invalid_order_terms;
    }
    if (priced() && !amounts_fit()) return RejectReason::invalid_order_terms;
    return std::nullopt;
}

// What the order is worth, and the sums of what would work on its side.
bool Check::amounts_fit() const {
    const auto own = state_.amounts(order_);
    Exact quantity = order_.remaining;
    Exact notional = own.notional;
    Exact fee = own.fee;
    for (const ReferenceOrder& row : state_.orders) {
        const bool same = row.request.account == request_.account &&
                          row.place() == order_.place() && row.request.side == request_.side;
        if (!same) continue;
        const auto works = state_.amounts(row);
        quantity += row.remaining;
        notional += works.notional;
        fee += works.fee;
    }
    return state_.amounts_fit(own) && fit(quantity) && fit(notional) && fit(fee);
}

std::optional<RejectReason> Check::standing() const {
    if (state_.order(request_.account, request_.order) != nullptr) {
        return RejectReason::duplicate_order;
    }
    if (!request_.replaces.empty() && replaced_ == nullptr) return RejectReason::unknown_order;
    if (account_.terms.status == AccountStatus::halted) return RejectReason::account_halted;
    if (const auto reason = terms()) return reason;
    const auto works_here = [&](const ReferenceOrder& row) {
        return row.request.account == request_.account;
    };
    const auto own = std::count_if(state_.orders.begin(), state_.orders.end(), works_here);
    const bool full = state_.orders.size() >= state_.limits.open_orders_max ||
                      own >= std::int64_t{state_.limits.open_orders_per_account_max};
    if (replaced_ == nullptr && full) return RejectReason::order_capacity_exceeded;
    if (reduces_) return std::nullopt;
    if (account_.terms.status == AccountStatus::suspended) return RejectReason::account_suspended;
    const auto here = account_.positions.find(order_.place());
    const bool closes =
        here != account_.positions.end() && here->second.stage >= Stage::cancel_orders;
    if (closes || account_.stage >= Stage::cancel_orders) {
        return RejectReason::account_in_liquidation;
    }
    if (instrument_.terms.status == InstrumentStatus::reduce_only) {
        return RejectReason::instrument_reduce_only;
    }
    // The long is opened by buys and the short by sells; anything else is to close it.
    const bool opens =
        (request_.position_side == PositionSide::long_side) == (request_.side == Side::buy);
    const bool closes_a_side = request_.position_side != PositionSide::net && !opens;
    if (request_.reduce_only || closes_a_side) {
        return RejectReason::reduce_only_would_increase_position;
    }
    if (!priced() || !state_.is_fresh(request_.instrument.raw, now_)) {
        return RejectReason::reference_price_not_available;
    }
    return std::nullopt;
}

bool Check::balance_covers() {
    if (!is_spot_ || !priced()) return true;
    const std::uint32_t asset = order_.hold_asset.raw;
    const Exact balance = paying_balance();
    const Exact held = held_beside();
    const Exact with_order = held_with_order();
    if (with_order <= balance || (account_.terms.borrow && fit(with_order))) return true;
    reason_ = RejectReason::insufficient_balance;
    has_limit_ = true;
    limit_ = money(balance, asset);
    used_ = money(held, asset);
    would_be_ = money(with_order, asset);
    return false;
}

// Everything it would buy of an asset that is owed, with all that work, is no more than the debt.
bool Check::pays_back() const {
    if (request_.side != Side::buy) return false;
    const std::uint32_t base = instrument_.base;
    const Exact balance = shared_balance(base);
    if (balance >= 0) return false;
    Exact bought = 0;
    const auto add = [&](const ReferenceOrder& order) {
        const ReferenceInstrument& row = state_.instruments[order.request.instrument.raw];
        const bool here = row.terms.kind == ContractKind::spot && row.base == base &&
                          order.request.side == Side::buy;
        if (!here) return;
        const int spare = state_.assets[base].decimals - row.terms.quantity_decimals;
        bought += order.remaining * ten_to(spare);
    };
    for (const ReferenceOrder& row : state_.orders) {
        if (row.request.account == request_.account && &row != replaced_) add(row);
    }
    add(order_);
    return bought <= -balance;
}

void Check::ask_margin() {
    // An order that needs no more margin than there was before passes.
    if (after_.initial_margin <= before_.initial_margin) return;
    if (after_.equity >= after_.initial_margin) return;
    reason_ = RejectReason::insufficient_initial_margin;
    rule_ = model_of(rules_, account_)->rule;
    has_limit_ = true;
    limit_ = money(after_.equity, currency_);
    used_ = money(before_.initial_margin, currency_);
    would_be_ = money(after_.initial_margin, currency_);
}

void Check::ask_rules() {
    const auto ids = rules_.check_rules();
    std::vector<CheckAnswer> answers(ids.size());
    CheckQuestion question;
    question.scope = {.account = request_.account,
                      .group = GroupId{account_.group},
                      .instrument = request_.instrument};
    question.mark_fresh = state_.is_fresh(request_.instrument.raw, now_) && before_.complete;
    question.order = order_view();
    question.account = reference_account_view(state_, request_.account.raw, before_);
    question.account.gross_exposure_after =
        number_of(after_.gross_exposure_after, state_.asset_unit(currency_));
    question.instrument = instrument_view();
    question.exposure = exposure_view();
    view_windows(state_, request_.account.raw, before_.net_pnl, now_, question.history);
    if (rules_.group_reads().any) view_groups();
    question.groups_known = groups_known_;
    for (const GroupQuestion& each : groups_)
        question.groups[question.groups_count++] = each;
    rules_.check(question, answers);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const CheckAnswer& answer = answers[i];
        const bool failed = answer.outcome == CheckOutcome::fault;
        const bool unpriced = failed && !groups_known_ && answer.group != no_group &&
                              answer.fault == RuleFault::not_a_number;
        if (failed && !unpriced) faults_.emplace_back(ids[i], answer.fault);
        if (answer.outcome == CheckOutcome::not_applicable) continue;
        answers_.push_back({.rule = ids[i], .group = answer.group, .fault = answer.fault});
        if (!failed) {
            answers_.back().used = answer.used;
            answers_.back().allowed = answer.allowed;
        }
        if (failed && reduces_) continue;
        if (!failed && answer.used <= answer.allowed) continue;
        const RejectReason reason = unpriced ? RejectReason::reference_price_not_available
                                    : failed ? RejectReason::rule_failed
                                             : rules_.rules()[index(ids[i])].reason;
        if (!precedes(reason)) continue;
        reason_ = reason;
        rule_ = ids[i];
        group_ = answer.group.raw;
        has_limit_ = !failed;
        limit_ = decimal_from_double(answer.allowed);
        used_ = decimal_from_double(answer.used);
        would_be_ = used_;
    }
}

Decision Check::decision() const {
    Decision made{.account = request_.account,
                  .instrument = request_.instrument,
                  .order = request_.order,
                  .accepted = !reason_,
                  .reason = reason_.value_or(RejectReason::other),
                  .rule = rule_,
                  .has_limit = has_limit_,
                  .has_margin = has_margin_,
                  .currency = AssetId{currency_}};
    if (is_known(rule_)) made.rule_name = rules_.rules()[index(rule_)].name;
    if (group_ != none_raw) made.group_name = Name{state_.groups[group_].name};
    if (has_limit_) {
        made.limit = limit_;
        made.used = used_;
        made.would_be = would_be_;
        made.headroom = {.raw = std::max<std::int64_t>(limit_.raw - used_.raw, 0),
                         .decimals = limit_.decimals};
    }
    if (has_margin_) made.margin = reason_ ? before_.margin() : after_.margin();
    if (reason_) return made;
    made.hold_asset = order_.hold_asset;
    if (is_spot_) {
        made.hold = Money{static_cast<std::int64_t>(state_.amounts(order_).spot_hold)};
    } else if (has_margin_) {
        const Exact added = after_.initial_margin - before_.initial_margin;
        made.hold = Money{static_cast<std::int64_t>(std::max(added, Exact{0}))};
    }
    return made;
}

namespace {

// Reasons that have nothing to do with how much is asked for.
bool is_about_quantity(RejectReason reason) {
    return reason == RejectReason::incorrect_quantity || reason >= RejectReason::account_suspended;
}

// The most whole lots below what was asked for that pass, where one more does not; zero when even
// the least does not.
std::int64_t largest_passing(const ReferenceState& state, Rulebook& rules,
                             const OrderRequest& request, Timestamp now) {
    const InstrumentDefinition& terms = state.instruments[request.instrument.raw].terms;
    const std::int64_t lot = terms.lot.raw;
    const auto passes = [&](std::int64_t lots) {
        Check check{state, rules, request, lots * lot, now};
        check.ask();
        return check.passes();
    };
    const auto lots_of = [&](std::int64_t quantity) { return (quantity + lot - 1) / lot; };
    std::int64_t good = std::max<std::int64_t>(lots_of(terms.quantity_min.raw), 1);
    std::int64_t bad = lots_of(request.quantity.raw);
    if (good >= bad || !passes(good)) return 0;
    while (bad - good > 1) {
        const std::int64_t middle = good + (bad - good) / 2;
        (passes(middle) ? good : bad) = middle;
    }
    return good * lot;
}

}  // namespace

ReferenceVerdict check_order(const ReferenceState& state, Rulebook& rules,
                             const OrderRequest& request, Timestamp now) {
    ReferenceVerdict verdict;
    const auto refuse = [&](RejectReason reason) {
        verdict.decision = {.account = request.account,
                            .instrument = request.instrument,
                            .order = request.order,
                            .reason = reason};
        return verdict;
    };
    if (!is_known(request.account)) return refuse(RejectReason::unknown_account);
    for (const Decision& answered : state.answered) {
        if (answered.account != request.account || !(answered.order == request.order)) continue;
        verdict.decision = answered;
        verdict.decision.repeated = true;
        return verdict;
    }
    if (!is_known(request.instrument)) return refuse(RejectReason::unknown_instrument);
    Check check{state, rules, request, request.quantity.raw, now};
    check.ask();
    verdict.decision = check.decision();
    verdict.order = check.order();
    verdict.faults = check.faults();
    verdict.answers = check.answers();
    if (!check.passes() && is_about_quantity(verdict.decision.reason)) {
        verdict.decision.has_largest_quantity = true;
        verdict.decision.largest_quantity = Quantity{largest_passing(state, rules, request, now)};
    }
    return verdict;
}

}  // namespace riskd::model
