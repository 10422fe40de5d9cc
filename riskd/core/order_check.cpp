#include "riskd/core/order_check.hpp"

#include <algorithm>

#include "riskd/core/hedge.hpp"
#include "riskd/core/order_terms.hpp"

namespace riskd {

namespace {

Decimal shown(Money amount, const Asset& asset) noexcept {
    return {.raw = amount.raw, .decimals = asset.terms.decimals};
}

// Reasons that a smaller order of the same kind might not meet.
bool depends_on_quantity(RejectReason reason) noexcept {
    switch (reason) {
        case RejectReason::incorrect_quantity: return true;
        default: return reason >= RejectReason::account_suspended;
    }
}

// Whether the order's own amounts fit, and the sums of all that would work on its side.
bool amounts_fit(const OrderFacts& facts) noexcept {
    if (!facts.amounts) return false;
    const Position empty{};
    const Position& position = facts.position == nullptr ? empty : *facts.position;
    const bool buys = facts.request->side == Side::buy;
    const Quantity quantity = buys ? position.open_buy : position.open_sell;
    const Money notional = buys ? position.open_buy_notional : position.open_sell_notional;
    const Money fee = buys ? position.open_buy_fee : position.open_sell_fee;
    return checked_add(quantity, facts.quantity) &&
           checked_add(notional, facts.amounts->notional) && checked_add(fee, facts.amounts->fee);
}

}  // namespace

OrderCheck::OrderCheck(const Ledger& ledger, Rulebook& rulebook, MarginEvaluator& evaluator,
                       const WindowBook& windows) noexcept
    : ledger_{ledger}, rulebook_{rulebook}, evaluator_{evaluator}, windows_{windows} {}

// Of the asset a spot order pays with: what the orders beside it hold, without the one it replaces.
Money OrderCheck::held_beside(const OrderFacts& facts) const noexcept {
    const Balance* balance = ledger_.find_balance(facts.account->id, facts.hold_asset);
    const Money hold = balance == nullptr ? Money{} : balance->hold;
    const OpenOrder* replaced = facts.replaced;
    const bool frees = replaced != nullptr && replaced->hold_asset == facts.hold_asset;
    return frees ? hold - replaced->spot_hold : hold;
}

// A spot buy of no more than what is owed of its base, with all other buys of it.
bool OrderCheck::pays_back(const OrderFacts& facts) const noexcept {
    if (facts.request->side != Side::buy) return false;
    const AssetId base = facts.instrument->base;
    const Balance* balance = ledger_.find_balance(facts.account->id, base);
    const Money amount = balance == nullptr ? Money{} : shared_amount(*balance);
    if (amount.raw >= 0) return false;
    Wide bought = Wide{facts.quantity.raw} * facts.instrument->base_scale.numerator;
    for (const Position& position : facts.account->positions) {
        const Instrument& instrument = ledger_.instrument(position.instrument);
        if (!is_spot(instrument) || instrument.base != base) continue;
        bought += Wide{position.open_buy.raw} * instrument.base_scale.numerator;
    }
    const OpenOrder* replaced = facts.replaced;
    if (replaced != nullptr && replaced->side == Side::buy) {
        const Instrument& instrument = ledger_.instrument(replaced->instrument);
        if (is_spot(instrument) && instrument.base == base) {
            bought -= Wide{replaced->remaining.raw} * instrument.base_scale.numerator;
        }
    }
    return bought <= -Wide{amount.raw};
}

OrderFacts OrderCheck::gather(const OrderRequest& request, Quantity quantity) const noexcept {
    OrderFacts facts{.request = &request,
                     .account = &ledger_.account(request.account),
                     .instrument = &ledger_.instrument(request.instrument),
                     .position = ledger_.find_position(request.account, request.instrument,
                                                       request.position_side),
                     .quantity = quantity};
    if (!request.replaces.empty()) {
        facts.replaced = ledger_.find_order(request.account, request.replaces);
    }
    const Instrument& instrument = *facts.instrument;
    if (is_spot(instrument)) {
        facts.reduces = request.side == Side::sell;
        facts.hold_asset = request.side == Side::buy ? instrument.quote : instrument.base;
    } else if (facts.position != nullptr) {
        const Position& position = *facts.position;
        Quantity open = request.side == Side::buy ? position.open_buy : position.open_sell;
        const OpenOrder* replaced = facts.replaced;
        if (replaced != nullptr && replaced->side == request.side &&
            is_on(*replaced, request.instrument, request.position_side)) {
            open = open - replaced->remaining;
        }
        facts.reduces = reduces_exposure({.position = position.quantity,
                                          .side = request.side,
                                          .open = open,
                                          .quantity = quantity});
    }
    facts.hold_price = hold_price(instrument, {.side = request.side,
                                               .type = request.type,
                                               .price = request.price,
                                               .trigger_price = request.trigger_price});
    // A market order that reduces needs no price; any positive one serves, since it adds nothing.
    if (!facts.hold_price && facts.reduces) facts.hold_price = instrument.terms.tick;
    if (facts.hold_price && quantity.raw > 0) {
        facts.amounts =
            order_amounts(instrument, {.side = request.side,
                                       .quantity = quantity,
                                       .hold_price = *facts.hold_price,
                                       .taker_fee_rate = instrument.terms.taker_fee_rate});
    }
    if (facts.account->terms.borrow && is_spot(instrument) && facts.amounts) {
        const Balance* balance = ledger_.find_balance(request.account, facts.hold_asset);
        const Money amount = balance == nullptr ? Money{} : shared_amount(*balance);
        const auto after = checked_add(held_beside(facts), facts.amounts->spot_hold);
        const bool borrows = !after || *after > amount;
        facts.reduces = !borrows && (facts.reduces || pays_back(facts));
    }
    return facts;
}

std::optional<RejectReason> OrderCheck::check_standing(const OrderFacts& facts,
                                                       Timestamp now) const noexcept {
    const Account& account = *facts.account;
    const OrderRequest& request = *facts.request;
    if (ledger_.find_order(account.id, request.order) != nullptr) {
        return RejectReason::duplicate_order;
    }
    if (!request.replaces.empty() && facts.replaced == nullptr) return RejectReason::unknown_order;
    if (account.status == AccountStatus::halted) return RejectReason::account_halted;
    if (const auto reason = check_terms(request, *facts.instrument, facts.quantity, now)) {
        return reason;
    }
    const bool has_position =
        has_side(account.terms.position_mode, facts.instrument->terms.kind, request.position_side);
    if (!has_position) return RejectReason::invalid_order_terms;
    if (facts.hold_price && !amounts_fit(facts)) return RejectReason::invalid_order_terms;
    const bool has_room = facts.replaced != nullptr || ledger_.has_room_for_order(account.id);
    if (!has_room) return RejectReason::order_capacity_exceeded;
    if (!facts.reduces) {
        if (account.status == AccountStatus::suspended) return RejectReason::account_suspended;
        const bool position_closes =
            facts.position != nullptr && facts.position->stage >= Stage::cancel_orders;
        if (account.stage >= Stage::cancel_orders || position_closes) {
            return RejectReason::account_in_liquidation;
        }
        if (facts.instrument->terms.status == InstrumentStatus::reduce_only) {
            return RejectReason::instrument_reduce_only;
        }
        if (request.reduce_only || only_closes(request.position_side, request.side)) {
            return RejectReason::reduce_only_would_increase_position;
        }
        if (!facts.amounts || !fresh_mark(*facts.instrument, now)) {
            return RejectReason::reference_price_not_available;
        }
    }
    return std::nullopt;
}

bool OrderCheck::check_balance(const OrderFacts& facts, Verdict& verdict) const noexcept {
    if (!is_spot(*facts.instrument) || !facts.amounts) return true;
    const Balance* balance = ledger_.find_balance(facts.account->id, facts.hold_asset);
    const Money amount = balance == nullptr ? Money{} : shared_amount(*balance);
    const Money hold = held_beside(facts);
    const auto after = checked_add(hold, facts.amounts->spot_hold);
    if (after && (*after <= amount || facts.account->terms.borrow)) return true;
    const Asset& asset = ledger_.asset(facts.hold_asset);
    verdict.reason = RejectReason::insufficient_balance;
    verdict.has_limit = true;
    verdict.limit = shown(amount, asset);
    verdict.used = shown(hold, asset);
    verdict.would_be = shown(after.value_or(Money{raw_max}), asset);
    return false;
}

void OrderCheck::check_rules(const OrderFacts& facts, Timestamp now, Verdict& verdict) {
    answers_.assign(rulebook_.check_rules().size(), CheckAnswer{});
    if (answers_.empty()) return;
    if (rulebook_.group_reads().any) view_groups(facts, now);
    ask_rules(facts, now, verdict);
    const auto rules = rulebook_.check_rules();
    for (std::size_t i = 0; i < answers_.size(); ++i) {
        const CheckAnswer& answer = answers_[i];
        if (answer.outcome == CheckOutcome::not_applicable) continue;
        const bool failed = answer.outcome == CheckOutcome::fault;
        const bool unpriced = lacks_price(question_, answer);
        if (failed && !unpriced) faults_.push_back({.rule = rules[i], .fault = answer.fault});
        if (failed && facts.reduces) continue;
        if (!failed && answer.used <= answer.allowed) continue;
        const RejectReason reason = unpriced ? RejectReason::reference_price_not_available
                                    : failed ? RejectReason::rule_failed
                                             : rulebook_.rules()[index(rules[i])].reason;
        if (verdict.reason && *verdict.reason <= reason) continue;
        verdict.reason = reason;
        verdict.rule = rules[i];
        verdict.group = answer.group;
        verdict.has_limit = !failed;
        verdict.limit = decimal_from_double(answer.allowed);
        verdict.used = decimal_from_double(answer.used);
        verdict.would_be = verdict.used;
    }
}

// In a book a smaller position may be a larger risk: what it hedged is left alone. Such an order is
// held to the margin when that is known, unless the account is being closed down, leg by leg.
bool OrderCheck::unhedges(const OrderFacts& facts, const Verdict& verdict) const noexcept {
    return evaluator_.model_of(facts.account->id).of_books && verdict.has_figures &&
           verdict.after.margin.complete && facts.account->stage < Stage::reduce &&
           !is_spot(*facts.instrument);
}

void OrderCheck::check_margin(const OrderFacts& facts, Verdict& verdict) const noexcept {
    const AccountMargin& before = verdict.before.margin;
    const AccountMargin& after = verdict.after.margin;
    if (after.initial_margin <= before.initial_margin) return;
    if (after.equity >= after.initial_margin) return;
    const Asset& currency = ledger_.asset(facts.account->currency);
    verdict.reason = RejectReason::insufficient_initial_margin;
    verdict.rule = evaluator_.model_of(facts.account->id).rule;
    verdict.has_limit = true;
    verdict.limit = shown(after.equity, currency);
    verdict.used = shown(before.initial_margin, currency);
    verdict.would_be = shown(after.initial_margin, currency);
}

void OrderCheck::figure(const OrderFacts& facts, Timestamp now, Verdict& verdict) {
    const OrderDelta delta{.instrument = facts.request->instrument,
                           .position_side = facts.request->position_side,
                           .side = facts.request->side,
                           .quantity = facts.quantity,
                           .amounts = facts.amounts.value_or(OrderAmounts{}),
                           .hold_asset = facts.hold_asset,
                           .replaced = facts.replaced};
    const auto figures = evaluator_.figures_with(facts.account->id, now, delta);
    verdict.before = figures.before;
    verdict.after = figures.after;
    verdict.has_figures = figures.after.fault == RuleFault::none;
    if (!verdict.has_figures) {
        faults_.push_back({.rule = figures.after.rule, .fault = figures.after.fault});
    }
}

Verdict OrderCheck::judge(const OrderFacts& facts, Timestamp now) {
    Verdict verdict{.reason = check_standing(facts, now)};
    if (verdict.reason) return verdict;
    figure(facts, now, verdict);
    if (!facts.reduces && !verdict.after.margin.complete) {
        verdict.reason = RejectReason::reference_price_not_available;
        return verdict;
    }
    if (!check_balance(facts, verdict)) return verdict;
    check_rules(facts, now, verdict);
    if (facts.reduces) {
        if (!verdict.reason && unhedges(facts, verdict)) check_margin(facts, verdict);
        return verdict;
    }
    if (!verdict.has_figures && (!verdict.reason || *verdict.reason > RejectReason::rule_failed)) {
        verdict.reason = RejectReason::rule_failed;
        verdict.rule = verdict.after.rule;
        verdict.group = no_group;
        verdict.has_limit = false;
    }
    if (!verdict.reason) check_margin(facts, verdict);
    return verdict;
}

Quantity OrderCheck::largest_quantity(const OrderRequest& request, Timestamp now) {
    const InstrumentDefinition& terms = ledger_.instrument(request.instrument).terms;
    const std::int64_t lot = terms.lot.raw;
    const auto passes = [&](std::int64_t lots) {
        return !judge(gather(request, Quantity{lots * lot}), now).reason;
    };
    // Between `low` lots, which pass (or are none), and `high` lots, which do not.
    std::int64_t low = 0;
    std::int64_t high = (request.quantity.raw + lot - 1) / lot;
    const std::int64_t least = std::max<std::int64_t>((terms.quantity_min.raw + lot - 1) / lot, 1);
    if (least >= high || !passes(least)) return Quantity{};
    low = least;
    while (high - low > 1) {
        const std::int64_t middle = low + (high - low) / 2;
        (passes(middle) ? low : high) = middle;
    }
    return Quantity{low * lot};
}

Decision OrderCheck::describe(const OrderRequest& request, const OrderFacts& facts,
                              const Verdict& verdict) const {
    Decision decision{.account = request.account,
                      .instrument = request.instrument,
                      .order = request.order,
                      .accepted = !verdict.reason,
                      .reason = verdict.reason.value_or(RejectReason::other),
                      .rule = verdict.rule,
                      .has_limit = verdict.has_limit,
                      .limit = verdict.limit,
                      .used = verdict.used,
                      .would_be = verdict.would_be,
                      .has_margin = verdict.has_figures,
                      .currency = facts.account->currency};
    if (is_known(verdict.rule)) {
        decision.rule_name = rulebook_.rules()[index(verdict.rule)].name;
    }
    decision.group_name = Name{ledger_.group_name(verdict.group)};
    const std::int64_t room = verdict.limit.raw - verdict.used.raw;
    if (verdict.has_limit) {
        decision.headroom = {.raw = std::max<std::int64_t>(room, 0),
                             .decimals = verdict.limit.decimals};
    }
    decision.margin = verdict.reason ? verdict.before.margin : verdict.after.margin;
    if (verdict.reason) return decision;
    if (is_spot(*facts.instrument)) {
        decision.hold_asset = facts.hold_asset;
        decision.hold = facts.amounts->spot_hold;
    } else {
        const Money added =
            verdict.after.margin.initial_margin - verdict.before.margin.initial_margin;
        decision.hold_asset = facts.account->currency;
        decision.hold = verdict.has_figures ? std::max(added, Money{}) : Money{};
    }
    return decision;
}

void OrderCheck::begin() noexcept {
    faults_.clear();
    answers_.clear();
    verdict_ = {};
    facts_ = {};
    groups_summed_ = false;
}

Decision OrderCheck::decide(const OrderRequest& request, Timestamp now, LargestQuantity largest) {
    begin();
    const auto refuse = [&](RejectReason reason) {
        verdict_.reason = reason;
        return Decision{.account = request.account,
                        .instrument = request.instrument,
                        .order = request.order,
                        .reason = reason};
    };
    if (!is_known(request.account)) return refuse(RejectReason::unknown_account);
    if (const Decision* known = ledger_.find_decision(request.account, request.order)) {
        Decision decision = *known;
        decision.repeated = true;
        if (!decision.accepted) verdict_.reason = decision.reason;
        return decision;
    }
    if (!is_known(request.instrument)) return refuse(RejectReason::unknown_instrument);
    facts_ = gather(request, request.quantity);
    verdict_ = judge(facts_, now);
    Decision decision = describe(request, facts_, verdict_);
    const bool sought = largest == LargestQuantity::sought;
    if (sought && verdict_.reason && depends_on_quantity(*verdict_.reason)) {
        // The search asks the rules many times; what they said of the order itself is kept.
        const auto answers = answers_;
        const auto faults = faults_;
        decision.has_largest_quantity = true;
        decision.largest_quantity = largest_quantity(request, now);
        answers_ = answers;
        faults_ = faults;
    }
    return decision;
}

OpenOrder OrderCheck::open_order(const OrderRequest& request,
                                 const Decision& decision) const noexcept {
    const OrderFacts facts = gather(request, request.quantity);
    RISKD_CHECK(facts.hold_price.has_value());
    RISKD_CHECK(facts.amounts.has_value());
    return {.account = request.account,
            .instrument = request.instrument,
            .id = request.order,
            .side = request.side,
            .type = request.type,
            .time_in_force = request.time_in_force,
            .reduce_only = request.reduce_only,
            .position_side = request.position_side,
            .quantity = request.quantity,
            .remaining = request.quantity,
            .price = request.price,
            .hold_price = *facts.hold_price,
            .taker_fee_rate = facts.instrument->terms.taker_fee_rate,
            .notional = facts.amounts->notional,
            .fee = facts.amounts->fee,
            .spot_hold = facts.amounts->spot_hold,
            .hold_asset = decision.hold_asset,
            .hold = decision.hold,
            .expires = request.expires,
            .sequence = decision.sequence};
}

}  // namespace riskd
