// What passes between a bankrupt account and another: two fills at one price with no fee, or an
// amount that leaves one balance for another.
#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/ledger.hpp"
#include "riskd/core/position_change.hpp"

namespace riskd {

namespace {

// Sums of a handful of these fit.
bool is_small(std::int64_t raw) noexcept {
    constexpr std::int64_t small_max = raw_max / 16;
    return raw < small_max && raw > -small_max;
}

}  // namespace

// Whether whatever a fill adds to this position fits, when what is filled is small itself.
bool Ledger::is_roomy(AccountId account, InstrumentId id, PositionSide side) const noexcept {
    const Instrument& instrument = instruments_[index(id)];
    if (!is_small(instrument.long_quantity.raw) || !is_small(instrument.short_quantity.raw)) {
        return false;
    }
    const Balance* balance = find_balance(account, instrument.settle);
    if (balance != nullptr && !(is_small(balance->amount.raw) && is_small(balance->isolated.raw))) {
        return false;
    }
    const Position* position = find_position(account, id, side);
    if (position == nullptr) return true;
    const auto accrued = accrued_funding(instrument, *position);
    return accrued && is_small(accrued->raw) && is_small(position->quantity.raw) &&
           is_small(position->entry_value.raw) && is_small(position->realized_pnl.raw) &&
           is_small(position->isolated_margin.raw);
}

LadderStep Ledger::step_of(const LadderKey& key) const noexcept {
    const auto found = steps_.find(key);
    return found == steps_.end() ? LadderStep{} : found->second;
}

void Ledger::apply_step(const StageChange& change) {
    const LadderKey key{change.account, change.instrument, change.position_side};
    LadderStep step{.step = change.step, .next = change.next_step};
    const auto found = steps_.find(key);
    if (found != steps_.end()) {
        due_steps_.erase({found->second.next, key});
        if (change.stage < Stage::reduce) step.step = found->second.step;
        steps_.erase(found);
    }
    // On a rung that closes nothing the count stands still; it ends with the episode.
    if (change.stage == Stage::healthy || step.step == 0) return;
    steps_.emplace(key, step);
    if (step.next.ns != 0) due_steps_.emplace(step.next, key);
}

bool Ledger::handover_fits(const Handover& handover) const noexcept {
    const bool shared = handover.kind == HandoverKind::loss_share;
    const AccountId other = shared ? insurance_fund_ : handover.of;
    if (!is_known(insurance_fund_) || other == handover.account) return false;
    if (is_of_position(handover.kind)) {
        const auto worth = notional_of(instruments_[index(handover.instrument)], handover.quantity,
                                       handover.price, Rounding::toward_plus);
        return worth && is_small(worth->raw) &&
               is_roomy(handover.of, handover.instrument, handover.of_side) &&
               is_roomy(handover.account, handover.instrument, handover.position_side);
    }
    const auto fits = [&](AccountId account) {
        const Balance* balance = find_balance(account, handover.asset);
        return balance == nullptr || is_small(balance->amount.raw);
    };
    return is_small(handover.amount.raw) && fits(handover.account) && fits(other);
}

void Ledger::apply_handover(const Handover& handover) {
    if (!is_of_position(handover.kind)) {
        const bool shared = handover.kind == HandoverKind::loss_share;
        Balance& balance = balance_of(handover.account, handover.asset);
        balance.amount = balance.amount + handover.amount;
        Balance& other = balance_of(shared ? insurance_fund_ : handover.of, handover.asset);
        other.amount = other.amount - handover.amount;
        return;
    }
    Fill fill{.account = handover.of,
              .instrument = handover.instrument,
              .side = opposite(handover.side),
              .position_side = handover.of_side,
              .price = handover.price,
              .quantity = handover.quantity};
    RISKD_CHECK(apply_fill(fill));
    fill.account = handover.account;
    fill.side = handover.side;
    fill.position_side = handover.position_side;
    RISKD_CHECK(apply_fill(fill));
}

}  // namespace riskd
