#include "riskd/rulesets/replay_comparison.hpp"

#include <cmath>
#include <utility>

#include "riskd/core/contracts/contract.hpp"

namespace riskd::rulesets {
namespace {

std::string describe(const Instrument& instrument, const OrderRequest& request) {
    const InstrumentDefinition& terms = instrument.terms;
    std::string text = request.side == Side::buy ? "buy " : "sell ";
    text += DecimalText(request.quantity.raw, terms.quantity_decimals).view();
    text += " ";
    text += terms.name.view();
    if (request.price.raw == 0) return text + " at market";
    text += " @ ";
    text += DecimalText(request.price.raw, terms.price_decimals).view();
    return text;
}

}  // namespace

ReplayComparison::ReplayComparison(const Ledger& ledger, Flipped flipped)
    : ledger_{ledger}, flipped_{std::move(flipped)} {}

void ReplayComparison::take(const runtime::JournalRecord& recorded, const Outcome& asked) {
    ++totals_.events;
    const std::uint64_t sequence = recorded.event.sequence.raw;
    const auto* request = std::get_if<OrderRequest>(&recorded.event.body);
    if (request != nullptr) {
        compare(*request, std::get<Decision>(recorded.outcome.outputs.front()),
                std::get<Decision>(asked.outputs.front()), sequence);
    }
    for (const Output& output : asked.outputs) {
        const auto* alert = std::get_if<Alert>(&output);
        if (alert != nullptr && alert->kind == AlertKind::rule_fault) ++totals_.faults;
    }
    count_liquidations(recorded.outcome, sequence, false);
    count_liquidations(asked, sequence, true);
}

void ReplayComparison::compare(const OrderRequest& request, const Decision& before,
                               const Decision& after, std::uint64_t sequence) {
    if (before.repeated) return;
    ++totals_.orders;
    const std::string was = verdict(before);
    const std::string is = verdict(after);
    if (was == is) {
        ++totals_.same;
        return;
    }
    if (before.accepted == after.accepted) {
        ++totals_.other_reason;
        return;
    }
    ++(after.accepted ? totals_.accepted : totals_.refused);
    const std::string account = name_of(request.account);
    Flips& rule = by_rule_[refused_by(after.accepted ? before : after)];
    Flips& owner = by_account_[account];
    std::string what = "an unknown instrument";
    if (is_known(request.instrument)) {
        const Instrument& instrument = ledger_.instrument(request.instrument);
        what = describe(instrument, request);
        const Price price = request.price.raw != 0 ? request.price : instrument.prices.mark;
        const auto worth = value(instrument, request.quantity, price, Rounding::toward_plus);
        const Asset& settle = ledger_.asset(instrument.settle);
        const double notional =
            worth ? std::abs(static_cast<double>(worth->raw)) / settle.unit : 0.0;
        const std::string asset{settle.terms.name.view()};
        for (Flips* flips : {&rule, &owner}) {
            (after.accepted ? flips->notional_accepted : flips->notional_refused)[asset] +=
                notional;
        }
    }
    for (Flips* flips : {&rule, &owner})
        ++(after.accepted ? flips->accepted : flips->refused);
    if (!flipped_) return;
    flipped_({.sequence = sequence,
              .account = account,
              .order = std::string{request.order.view()},
              .what = std::move(what),
              .before = was,
              .after = is,
              .loosens = after.accepted});
}

void ReplayComparison::count_liquidations(const Outcome& outcome, std::uint64_t sequence,
                                          bool after) {
    for (const Output& output : outcome.outputs) {
        const auto* change = std::get_if<StageChange>(&output);
        if (change == nullptr || change->stage != Stage::liquidate) continue;
        LiquidationCount& count = liquidations_[change->account.raw];
        if (count.before == count.after) count.first_sequence = sequence;
        ++(after ? count.after : count.before);
    }
}

std::map<std::string, LiquidationCount> ReplayComparison::liquidations() const {
    std::map<std::string, LiquidationCount> differing;
    for (const auto& [account, count] : liquidations_) {
        if (count.before != count.after) differing[name_of(AccountId{account})] = count;
    }
    return differing;
}

std::string ReplayComparison::name_of(AccountId account) const {
    return is_known(account) ? std::string{ledger_.account(account).terms.name.view()}
                             : std::string{"(unknown)"};
}

}  // namespace riskd::rulesets
