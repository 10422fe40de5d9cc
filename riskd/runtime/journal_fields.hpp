// What a journal record holds: one `fields` description for each type, used to write, to read and
// to fingerprint (archive.hpp). A change here, or of an enumeration, is another layout: journals of
// the old one are refused with a clear message, never misread. Any thread.
#pragma once

#include "riskd/core/event.hpp"
#include "riskd/core/outcome.hpp"
#include "riskd/runtime/archive.hpp"

namespace riskd::runtime {

#define RISKD_JOURNALLED_ENUMERATION(type, table)   \
    template <>                                     \
    struct Enumerators<type> {                      \
        static constexpr const auto& names = table; \
    };
RISKD_JOURNALLED_ENUMERATION(Side, side_names)
RISKD_JOURNALLED_ENUMERATION(OrderType, order_type_names)
RISKD_JOURNALLED_ENUMERATION(TimeInForce, time_in_force_names)
RISKD_JOURNALLED_ENUMERATION(OrderEvent, order_event_names)
RISKD_JOURNALLED_ENUMERATION(BalanceKind, balance_kind_names)
RISKD_JOURNALLED_ENUMERATION(ContractKind, contract_kind_names)
RISKD_JOURNALLED_ENUMERATION(InstrumentStatus, instrument_status_names)
RISKD_JOURNALLED_ENUMERATION(AccountStatus, account_status_names)
RISKD_JOURNALLED_ENUMERATION(Stage, stage_names)
RISKD_JOURNALLED_ENUMERATION(HandoverKind, handover_kind_names)
RISKD_JOURNALLED_ENUMERATION(MarginMode, margin_mode_names)
RISKD_JOURNALLED_ENUMERATION(PositionMode, position_mode_names)
RISKD_JOURNALLED_ENUMERATION(PositionSide, position_side_names)
RISKD_JOURNALLED_ENUMERATION(Severity, severity_names)
RISKD_JOURNALLED_ENUMERATION(AlertKind, alert_kind_names)
RISKD_JOURNALLED_ENUMERATION(RuleFault, rule_fault_names)
RISKD_JOURNALLED_ENUMERATION(RejectReason, reject_reason_names)
RISKD_JOURNALLED_ENUMERATION(OptionRight, option_right_names)
#undef RISKD_JOURNALLED_ENUMERATION

template <typename Archive>
void fields(Archive& a, Described<Archive, OrderRequest>& x) {
    elements(a, x.account, x.instrument, x.order, x.side, x.type, x.time_in_force, x.reduce_only,
             x.post_only, x.position_side, x.price, x.trigger_price, x.quantity, x.expires,
             x.replaces, x.trader, x.strategy);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, OrderUpdate>& x) {
    elements(a, x.account, x.id, x.order, x.event, x.has_remaining, x.remaining);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, Fill>& x) {
    elements(a, x.account, x.instrument, x.fill, x.order, x.side, x.position_side, x.price,
             x.quantity, x.fee_asset, x.fee);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, BalanceChange>& x) {
    elements(a, x.account, x.id, x.asset, x.amount, x.kind);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, Transfer>& x) {
    elements(a, x.id, x.from, x.to, x.asset, x.amount);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, PriceUpdate>& x) {
    elements(a, x.instrument, x.mark, x.index, x.bid, x.ask, x.implied_volatility, x.confidence,
             x.has_interest_rate, x.interest_rate, x.as_of, x.faults.bits);
    a.at_most(x.faults.bits, (1U << price_fault_names.size()) - 1);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, Funding>& x) {
    elements(a, x.instrument, x.id, x.rate, x.price, x.period);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, FundingIndex>& x) {
    elements(a, x.instrument, x.id, x.index, x.is_paid);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, Settlement>& x) {
    elements(a, x.instrument, x.id, x.price);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, LeverageChange>& x) {
    elements(a, x.account, x.instrument, x.position_side, x.id, x.leverage);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, MarginChange>& x) {
    elements(a, x.account, x.instrument, x.position_side, x.id, x.has_mode, x.mode, x.amount);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, AccountControl>& x) {
    elements(a, x.account, x.status, x.by);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, InstrumentControl>& x) {
    elements(a, x.instrument, x.status, x.by);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, RulesetActivation>& x) {
    elements(a, x.hash, x.rules, x.windows_count, x.window_measures, x.window_calendar,
             x.window_spans, x.window_offsets);
    a.at_most(x.windows_count, x.window_measures.size());
    for (const std::uint8_t measure : x.window_measures) {
        a.at_most(measure, window_measure_names.size() - 1);
    }
    for (const std::uint8_t calendar : x.window_calendar)
        a.at_most(calendar, 1);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, CanaryChange>& x) {
    elements(a, x.hash, x.rules, x.share, x.accounts);
}
template <typename Archive>
void fields(Archive&, Described<Archive, TimePassed>&) {}
template <typename Archive>
void fields(Archive& a, Described<Archive, RefusedFact>& x) {
    elements(a, x.subject, x.field, x.reason);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, AssetDefinition>& x) {
    elements(a, x.name, x.decimals, x.priced_by);
    a.at_most(x.decimals, decimals_max);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, InstrumentDefinition>& x) {
    elements(a, x.name, x.kind, x.status, x.base, x.quote, x.settle, x.price_decimals,
             x.quantity_decimals, x.tick, x.lot, x.quantity_min, x.quantity_max, x.contract_size,
             x.contract_size_decimals, x.maker_fee_rate, x.taker_fee_rate, x.market_price_band,
             x.leverage_max, x.mark_age_max, x.jump_max, x.divergence_max, x.confirmations,
             x.expiry, x.underlying, x.right, x.strike_decimals, x.strike, x.payout,
             x.funding_interval);
    a.at_most(x.price_decimals, decimals_max);
    a.at_most(x.quantity_decimals, decimals_max);
    a.at_most(x.contract_size_decimals, decimals_max);
    a.at_most(x.strike_decimals, decimals_max);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, GroupDefinition>& x) {
    elements(a, x.name, x.parent);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, AccountDefinition>& x) {
    elements(a, x.name, x.group, x.currency, x.status, x.leverage, x.borrow, x.margin,
             x.position_mode, x.insurance_fund);
}

template <typename Archive>
void fields(Archive& a, Described<Archive, AccountMargin>& x) {
    elements(a, x.equity, x.initial_margin, x.maintenance_margin, x.owed, x.complete);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, Decimal>& x) {
    elements(a, x.raw, x.decimals);
    a.at_most(x.decimals, 18);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, Decision>& x) {
    elements(a, x.account, x.instrument, x.order, x.accepted, x.repeated, x.reason, x.rule,
             x.rule_name, x.group_name, x.hold_asset, x.hold, x.sequence, x.time, x.currency);
    element(a, x.has_limit);
    if (x.has_limit) elements(a, x.limit, x.used, x.would_be, x.headroom);
    element(a, x.has_largest_quantity);
    if (x.has_largest_quantity) element(a, x.largest_quantity);
    element(a, x.has_margin);
    if (x.has_margin) element(a, x.margin);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, RuleAnswer>& x) {
    elements(a, x.rule, x.group, x.fault, x.used, x.allowed);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, CloseLeg>& x) {
    elements(a, x.instrument, x.position_side, x.side, x.quantity, x.has_bankruptcy_price,
             x.bankruptcy_price);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, PriceUsed>& x) {
    elements(a, x.instrument, x.price);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, StageChange>& x) {
    elements(a, x.account, x.instrument, x.position_side, x.episode, x.step, x.next_step, x.before,
             x.stage, x.margin, x.currency, x.close, x.prices, x.sequence, x.time);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, Handover>& x) {
    elements(a, x.kind, x.account, x.of, x.episode, x.instrument, x.position_side, x.of_side,
             x.side, x.quantity, x.price, x.rank, x.asset, x.amount, x.sequence, x.time);
}
template <typename Archive>
void fields(Archive& a, Described<Archive, Alert>& x) {
    elements(a, x.severity, x.kind, x.account, x.instrument, x.rule, x.fault, x.about, x.detail,
             x.sequence, x.time);
}

// The sequence comes first: the reader looks at it before it trusts the rest.
template <typename Archive>
void fields(Archive& a, Described<Archive, Event>& x) {
    elements(a, x.sequence, x.time, x.stream_sequence, x.body);
}
// `touched` is not journalled: a replay publishes nothing.
template <typename Archive>
void fields(Archive& a, Described<Archive, Outcome>& x) {
    elements(a, x.outputs, x.answers);
}

}  // namespace riskd::runtime
