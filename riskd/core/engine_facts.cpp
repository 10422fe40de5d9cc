// What each fact changes. A fact that names the unknown, repeats another, or does not fit changes
// nothing and says so.
#include <algorithm>
#include <string>

#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/contracts/option.hpp"
#include "riskd/core/engine.hpp"
#include "riskd/core/hedge.hpp"

namespace riskd {

namespace {

Alert refusal(AlertKind kind, const Text<64>& about, std::string_view detail) noexcept {
    return {
        .severity = Severity::warning, .kind = kind, .about = about, .detail = Text<64>{detail}};
}

// What a position receives, below zero when it pays; rounded against whoever it is. Longs pay when
// the rate is positive, or the mark of an option above what it would pay now.
std::optional<Money> funding_payment(const Instrument& instrument, Quantity quantity,
                                     const Funding& funding) noexcept {
    if (is_option(instrument.terms.kind)) {
        const auto paid = option::funding(
            instrument, quantity,
            {.mark = instrument.prices.mark, .underlying = funding.price, .period = funding.period},
            Rounding::toward_plus);
        if (!paid) return std::nullopt;
        return -*paid;
    }
    const Price price = funding.price.raw > 0 ? funding.price : instrument.prices.mark;
    const auto worth = value(instrument, quantity, price, Rounding::toward_minus);
    if (!worth) return std::nullopt;
    return scaled_product(-exposure_of(instrument, *worth).raw, funding.rate,
                          {.numerator = 1, .denominator = power_of_ten(rate_decimals)},
                          Rounding::toward_minus);
}

// Why an option has no such funding; nothing when it has.
std::optional<std::string_view> funding_fault(const Instrument& instrument,
                                              const Funding& funding) noexcept {
    if (!is_option(instrument.terms.kind)) return std::nullopt;
    if (instrument.terms.kind != ContractKind::perpetual_option) {
        return "funding of an option that expires";
    }
    if (instrument.prices.mark.raw <= 0 || funding.price.raw <= 0) return "funding without price";
    if (funding.period.ns <= 0) return "funding without period";
    return std::nullopt;
}

}  // namespace

void Engine::commit(const OrderUpdate& update) {
    if (!is_known(update.account)) {
        return alert(refusal(AlertKind::unknown_name, update.order, "account of an order update"));
    }
    const OpenOrder* order = ledger_.find_order(update.account, update.order);
    if (order == nullptr) return;  // its last fill, or its replacement, ended it before
    windows_.roll(ledger_, update.account, time_);
    // A book may have needed something for it, or waited for a price because of it.
    const bool is_judged = is_option(ledger_.instrument(order->instrument).terms.kind) ||
                           decider_of(update.account).evaluator.model_of(update.account).of_books;
    const bool works_on = update.event == OrderEvent::open || update.event == OrderEvent::replaced;
    if (works_on && update.has_remaining && update.remaining.raw > 0) {
        ledger_.shrink_order(*order, std::min(update.remaining, order->remaining));
    } else if (update.event != OrderEvent::open || update.has_remaining) {
        ledger_.release_order(update.account, update.order);
    }
    if (is_judged) return touch(update.account);
    if (outcome_ != nullptr) outcome_->touched.push_back(update.account);
}

void Engine::commit(const Fill& fill) {
    if (!is_known(fill.account) || !is_known(fill.instrument)) {
        return alert(
            refusal(AlertKind::unknown_name, fill.fill, "account or instrument of a fill"));
    }
    // Not yet taken: what says it again with the right side is no repetition.
    if (const auto fault =
            ledger_.position_side_fault(fill.account, fill.instrument, fill.position_side)) {
        Alert refused = refusal(AlertKind::refused_fact, fill.fill, *fault);
        refused.severity = Severity::critical;
        refused.account = fill.account;
        refused.instrument = fill.instrument;
        return alert(refused);
    }
    if (!ledger_.remember_id('f', fill.account, fill.fill)) {
        ++counters_.facts_repeated;
        return;
    }
    windows_.roll(ledger_, fill.account, time_);
    expect_deficit(fill.account, fill.instrument, fill.position_side);
    if (!ledger_.apply_fill(fill)) {
        Alert refused = refusal(AlertKind::amount_out_of_range, fill.fill, "fill");
        refused.severity = Severity::critical;
        refused.account = fill.account;
        return alert(refused);
    }
    shrink_filled_order(fill);
    alert_beyond_position(fill);
    const Instrument& instrument = ledger_.instrument(fill.instrument);
    const Money traded =
        notional_of(instrument, fill.quantity, fill.price, Rounding::toward_plus).value_or(Money{});
    windows_.count(ledger_, fill.account, WindowMeasure::fills, 1, time_);
    windows_.count(ledger_, fill.account, WindowMeasure::traded_notional,
                   value_now(fill.account, instrument.settle, traded).raw, time_);
    touch(fill.account);
}

void Engine::shrink_filled_order(const Fill& fill) {
    const OpenOrder* order = ledger_.find_order(fill.account, fill.order);
    Alert report{.severity = Severity::warning,
                 .kind = AlertKind::fill_without_order,
                 .account = fill.account,
                 .instrument = fill.instrument,
                 .about = fill.fill,
                 .detail = fill.order};
    if (order == nullptr || order->side != fill.side ||
        !is_on(*order, fill.instrument, fill.position_side)) {
        return alert(report);
    }
    if (fill.quantity > order->remaining) {
        report.kind = AlertKind::fill_beyond_order;
        alert(report);
    }
    if (fill.quantity >= order->remaining) {
        ledger_.release_order(fill.account, fill.order);
    } else {
        ledger_.shrink_order(*order, order->remaining - fill.quantity);
    }
}

// On one side of a hedge: it closed what was not there. A venue does not do that, so a fill is
// missing or late; it is in force until that one comes.
void Engine::alert_beyond_position(const Fill& fill) {
    if (!only_closes(fill.position_side, fill.side)) return;
    const Position* position =
        ledger_.find_position(fill.account, fill.instrument, fill.position_side);
    if (!is_beyond(fill.position_side, position->quantity)) return;
    alert({.severity = Severity::critical,
           .kind = AlertKind::fill_beyond_position,
           .account = fill.account,
           .instrument = fill.instrument,
           .about = fill.fill,
           .detail = Text<64>{name(fill.position_side)}});
}

void Engine::commit(const BalanceChange& change) {
    if (!is_known(change.account) || !is_known(change.asset)) {
        return alert(refusal(AlertKind::unknown_name, change.id, "account or asset of a balance"));
    }
    if (!ledger_.remember_id('b', change.account, change.id)) {
        ++counters_.facts_repeated;
        return;
    }
    windows_.roll(ledger_, change.account, time_);
    // Interest and rebates are results of trading; the rest is money that came or went.
    const bool earned = change.kind == BalanceKind::interest || change.kind == BalanceKind::rebate;
    const Money deposited =
        earned ? Money{} : value_now(change.account, change.asset, change.amount);
    if (!ledger_.apply_balance_change(change, deposited)) {
        return alert(refusal(AlertKind::amount_out_of_range, change.id, "balance change"));
    }
    const bool may_owe = ledger_.account(change.account).terms.borrow;
    if (!may_owe && ledger_.find_balance(change.account, change.asset)->amount.raw < 0) {
        Alert below = refusal(AlertKind::balance_below_zero, change.id, "balance change");
        below.account = change.account;
        alert(below);
    }
    touch(change.account);
}

void Engine::commit(const Transfer& transfer) {
    if (!is_known(transfer.from) || !is_known(transfer.to) || !is_known(transfer.asset)) {
        return alert(refusal(AlertKind::unknown_name, transfer.id, "transfer"));
    }
    if (!ledger_.remember_id('t', no_account, transfer.id)) {
        ++counters_.facts_repeated;
        return;
    }
    if (transfer.from == transfer.to) return;
    windows_.roll(ledger_, transfer.from, time_);
    windows_.roll(ledger_, transfer.to, time_);
    const Money value_from = value_now(transfer.from, transfer.asset, transfer.amount);
    const Money value_to = value_now(transfer.to, transfer.asset, transfer.amount);
    if (!ledger_.apply_transfer(transfer, value_from, value_to)) {
        return alert(refusal(AlertKind::amount_out_of_range, transfer.id, "transfer"));
    }
    const bool may_owe = ledger_.account(transfer.from).terms.borrow;
    if (!may_owe && ledger_.find_balance(transfer.from, transfer.asset)->amount.raw < 0) {
        Alert below = refusal(AlertKind::balance_below_zero, transfer.id, "transfer");
        below.account = transfer.from;
        alert(below);
    }
    touch(transfer.from);
    touch(transfer.to);
}

void Engine::commit(const Funding& funding) {
    if (!is_known(funding.instrument)) {
        return alert(refusal(AlertKind::unknown_name, funding.id, "instrument of funding"));
    }
    if (!ledger_.remember_id('n', AccountId{funding.instrument.raw}, funding.id)) {
        ++counters_.facts_repeated;
        return;
    }
    const Instrument& instrument = ledger_.instrument(funding.instrument);
    if (const auto fault = funding_fault(instrument, funding)) {
        return alert(refusal(AlertKind::refused_fact, funding.id, *fault));
    }
    for (const PositionSlot& row : ledger_.positions_in(funding.instrument)) {
        const Position& position = ledger_.account(row.account).positions[row.slot];
        if (position.quantity.raw == 0) continue;
        windows_.roll(ledger_, row.account, time_);
        const auto payment = funding_payment(instrument, position.quantity, funding);
        if (!payment || !ledger_.apply_funding(row, *payment)) {
            Alert refused = refusal(AlertKind::amount_out_of_range, funding.id, "funding");
            refused.account = row.account;
            alert(refused);
            continue;
        }
        touch(row.account);
    }
}

void Engine::commit(const FundingIndex& update) {
    if (!is_known(update.instrument)) {
        return alert(refusal(AlertKind::unknown_name, update.id, "instrument of a funding index"));
    }
    if (is_spot(ledger_.instrument(update.instrument))) {
        Alert refused = refusal(AlertKind::refused_fact, update.id, "spot has no funding");
        refused.instrument = update.instrument;
        return alert(refused);
    }
    if (!ledger_.remember_id('i', AccountId{update.instrument.raw}, update.id)) {
        ++counters_.facts_repeated;
        return;
    }
    const PositionsIn rows = ledger_.positions_in(update.instrument);
    const auto is_held = [this](const PositionSlot& row) {
        return ledger_.account(row.account).positions[row.slot].quantity.raw != 0;
    };
    // Periods that have begun begin with what had accrued before.
    for (const PositionSlot& row : rows) {
        if (is_held(row)) windows_.roll(ledger_, row.account, time_);
    }
    ledger_.apply_funding_index(update.instrument, update.index);
    if (!update.is_paid) return wake_holders(update.instrument);
    for (const PositionSlot& row : rows) {
        if (!is_held(row)) continue;
        touch(row.account);
        if (ledger_.pay_funding(row)) continue;
        Alert refused = refusal(AlertKind::amount_out_of_range, update.id, "funding index");
        refused.account = row.account;
        alert(refused);
    }
}

void Engine::commit(const Settlement& settlement) {
    if (!is_known(settlement.instrument)) {
        return alert(refusal(AlertKind::unknown_name, settlement.id, "instrument of settlement"));
    }
    if (!ledger_.remember_id('s', AccountId{settlement.instrument.raw}, settlement.id)) {
        ++counters_.facts_repeated;
        return;
    }
    ledger_.apply_status(settlement.instrument, InstrumentStatus::settled);
    for (const PositionSlot& row : ledger_.positions_in(settlement.instrument)) {
        const Position& position = ledger_.account(row.account).positions[row.slot];
        if (position.quantity.raw == 0) continue;
        windows_.roll(ledger_, row.account, time_);
        expect_deficit(row.account, row.instrument, row.side);
        if (!ledger_.apply_settlement(row, settlement.price)) {
            Alert refused = refusal(AlertKind::amount_out_of_range, settlement.id, "settlement");
            refused.account = row.account;
            alert(refused);
            continue;
        }
        touch(row.account);
    }
}

// A choice that leaves less than the initial margin is one like any other: it keeps new risk out.
// Only what the instrument does not offer is refused.
void Engine::commit(const LeverageChange& change) {
    if (!is_known(change.account) || !is_known(change.instrument)) {
        return alert(
            refusal(AlertKind::unknown_name, change.id, "account or instrument of a leverage"));
    }
    const Instrument& instrument = ledger_.instrument(change.instrument);
    const std::uint32_t highest = instrument.terms.leverage_max;
    if (is_spot(instrument) || change.leverage > highest) {
        std::string detail{"spot has no leverage"};
        if (!is_spot(instrument)) {
            detail = "the highest leverage is ";
            detail += DecimalText{highest, 0}.view();
        }
        Alert refused = refusal(AlertKind::refused_fact, change.id, detail);
        refused.account = change.account;
        refused.instrument = change.instrument;
        return alert(refused);
    }
    if (const auto fault =
            ledger_.position_side_fault(change.account, change.instrument, change.position_side)) {
        Alert refused = refusal(AlertKind::refused_fact, change.id, *fault);
        refused.account = change.account;
        refused.instrument = change.instrument;
        return alert(refused);
    }
    if (!ledger_.remember_id('l', change.account, change.id)) {
        ++counters_.facts_repeated;
        return;
    }
    ledger_.apply_leverage(change);
    touch(change.account);
}

void Engine::commit(const RefusedFact& fact) {
    Alert refused{.severity = Severity::warning,
                  .kind = AlertKind::refused_fact,
                  .about = fact.subject,
                  .detail = fact.reason};
    alert(refused);
}

}  // namespace riskd
