// What a margin rule is asked about a position, with or without its orders.
#include <algorithm>

#include "riskd/core/margin.hpp"

namespace riskd {

std::uint32_t leverage_of(const Account& account, const Position* position,
                          const Instrument& instrument) noexcept {
    const std::uint32_t highest = instrument.terms.leverage_max;
    const bool chosen_here = position != nullptr && position->leverage != 0;
    const std::uint32_t chosen = chosen_here ? position->leverage : account.terms.leverage;
    return chosen == 0 ? highest : std::min(chosen, highest);
}

std::uint32_t MarginEvaluator::push_question(const Part& part, const Instrument& instrument,
                                             double leverage, const SideFilled& asked) {
    if (!part.model.known) return none_raw;
    const Account& account = ledger_.account(part.account);
    const auto at = static_cast<std::uint32_t>(margin_questions_.size());
    const Price mark = mark_of(instrument.id, instrument);
    const auto money = [&](Money amount) {
        return static_cast<double>(amount.raw) / instrument.settle_unit;
    };
    const Money cost = exposure_of(instrument, asked.quantity.raw > 0 ? asked.entry : -asked.entry);
    const auto worth = value(instrument, asked.quantity, mark, Rounding::toward_minus);
    margin_questions_.push_back(
        {.scope = {.account = account.id, .group = account.group, .instrument = instrument.id},
         .rule = part.model.rule,
         .exposure = {
             .quantity = static_cast<double>(asked.quantity.raw) / instrument.quantity_unit,
             .notional = money(asked.notional),
             .entry_notional = money(asked.entry),
             .entry_price = entry_price_number(instrument, asked.quantity, cost),
             .mark_price =
                 mark.raw > 0 ? static_cast<double>(mark.raw) / instrument.price_unit : absent,
             .leverage = leverage,
             .leverage_max = static_cast<double>(instrument.terms.leverage_max),
             .value = worth ? money(exposure_of(instrument, *worth)) : absent,
             .contract_size = instrument.contract_size,
             .kind = static_cast<std::int32_t>(instrument.terms.kind),
             .right = no_right,
             .strike = absent,
             .underlying_price = absent,
             .underlying_value = absent,
             .payout = absent,
             .years_to_expiry = absent}});
    view_option(instrument, margin_questions_.back().exposure);
    return at;
}

void MarginEvaluator::view_option(const Instrument& instrument, MarginView& view) const noexcept {
    const InstrumentDefinition& terms = instrument.terms;
    constexpr double year = 365.0 * 86'400.0;
    if (terms.expiry.ns != 0) {
        view.years_to_expiry = seconds_to_expiry(instrument, whole_minute(now_)) / year;
    }
    if (!is_option(terms.kind)) return;
    view.right = right_seen(terms.right);
    view.strike = strike_number(terms);
    if (terms.kind == ContractKind::binary_option) {
        view.payout = static_cast<double>(terms.payout.raw) / instrument.price_unit;
    }
    const Instrument& underlying = ledger_.instrument(instrument.underlying);
    const Price price = mark_of(underlying.id, underlying);
    if (price.raw <= 0) return;
    view.underlying_price = static_cast<double>(price.raw) / underlying.price_unit;
    const bool in_coin = terms.kind == ContractKind::inverse_option;
    view.underlying_value = in_coin ? 1.0 : view.underlying_price;
}

// What an option must keep depends on its underlying. Without any price of it there is nothing to
// ask; a stale one makes the figures incomplete. A binary option can only lose what it is worth or
// what is left to its payout, so it needs none.
bool MarginEvaluator::has_underlying_price(Part& part,
                                           const Instrument& instrument) const noexcept {
    const ContractKind kind = instrument.terms.kind;
    if (!is_option(kind) || kind == ContractKind::binary_option) return true;
    const Instrument& underlying = ledger_.instrument(instrument.underlying);
    if (!is_fresh(underlying, now_)) part.complete = false;
    return mark_of(underlying.id, underlying).raw > 0;
}

}  // namespace riskd
