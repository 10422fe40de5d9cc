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

// As verdict() tells them apart, without making a text of each.
bool is_same(const Decision& before, const Decision& after) noexcept {
    if (before.accepted || after.accepted) return before.accepted == after.accepted;
    return before.reason == after.reason && before.rule_name == after.rule_name &&
           before.group_name == after.group_name;
}

}  // namespace

ReplayComparison::ReplayComparison(const Ledger& ledger, Flipped flipped)
    : ledger_{ledger}, flipped_{std::move(flipped)} {}

void ReplayComparison::take_same() noexcept {
    ++totals_.orders;
    ++totals_.same;
}

void ReplayComparison::take(const OrderRequest& request, const Decision& before,
                            const Decision& after, std::uint64_t sequence) {
    if (is_same(before, after)) return take_same();
    ++totals_.orders;
    if (before.accepted == after.accepted) {
        ++totals_.other_reason;
        return;
    }
    ++(after.accepted ? totals_.accepted : totals_.refused);
    note_flip(request, before, after, sequence);
}

void ReplayComparison::note_flip(const OrderRequest& request, const Decision& before,
                                 const Decision& after, std::uint64_t sequence) {
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
              .before = verdict(before),
              .after = verdict(after),
              .loosens = after.accepted});
}

void ReplayComparison::count_liquidation(AccountId account, std::uint64_t sequence, bool after) {
    LiquidationCount& count = liquidations_[account.raw];
    if (count.before == count.after) count.first_sequence = sequence;
    ++(after ? count.after : count.before);
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
