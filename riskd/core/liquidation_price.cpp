// At which price of one instrument an account would come to the edge.
#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/liquidation.hpp"
#include "riskd/core/position_change.hpp"

namespace riskd {

std::optional<Price> liquidation_price(const Ledger& ledger, MarginEvaluator& evaluator,
                                       const LiquidationPriceQuestion& question) {
    const Position* position = question.position != nullptr
                                   ? question.position
                                   : ledger.find_position(question.account, question.instrument);
    if (position == nullptr || position->quantity.raw == 0) return std::nullopt;
    const auto mark = fresh_mark(ledger.instrument(question.instrument), question.now);
    if (!mark) return std::nullopt;
    Assumption assumption{.instrument = question.instrument,
                          .position = question.position,
                          .realized = question.realized};
    const auto figures_at = [&](std::int64_t price) {
        assumption.mark = Price{price};
        return evaluator.figures_if(question.account, question.now, assumption);
    };
    // Figures that no longer fit are those of a loss beyond all bounds.
    const auto is_below = [&](std::int64_t price) {
        const AccountMargin margin = figures_at(price).margin;
        return !margin.complete || margin.equity < margin.maintenance_margin;
    };
    const AccountFigures present = figures_at(mark->raw);
    if (!present.margin.complete || present.fault != RuleFault::none) return std::nullopt;
    if (is_below(mark->raw)) return mark;
    std::int64_t safe = mark->raw;
    std::int64_t below = 1;
    if (position->quantity.raw < 0) {
        // A short has no highest price: look up to 1,024 times the mark.
        below = mark->raw;
        for (int doubling = 0; doubling < 10 && !is_below(below); ++doubling) {
            if (below > raw_max / 4) return std::nullopt;
            safe = below;
            below *= 2;
        }
    }
    if (!is_below(below)) return std::nullopt;
    while (below - safe > 1 || safe - below > 1) {
        const std::int64_t middle = safe + (below - safe) / 2;
        (is_below(middle) ? below : safe) = middle;
    }
    return Price{safe};
}

std::optional<Price> liquidation_price_after(const Ledger& ledger, MarginEvaluator& evaluator,
                                             const OrderFacts& facts, Timestamp now) {
    if (!facts.amounts || is_spot(*facts.instrument)) return std::nullopt;
    const InstrumentId id = facts.request->instrument;
    Position position = facts.position == nullptr ? Position{.instrument = id} : *facts.position;
    const Quantity fill = facts.request->side == Side::buy ? facts.quantity : -facts.quantity;
    const auto cost = value(*facts.instrument, fill, *facts.hold_price, Rounding::toward_plus);
    const auto change = cost ? change_position(position, fill, *cost) : std::nullopt;
    const auto accrued = accrued_funding(*facts.instrument, position);
    const auto earned = change && accrued ? checked_add(change->realized, *accrued) : std::nullopt;
    const auto realized = earned ? checked_add(*earned, -facts.amounts->fee) : std::nullopt;
    if (!realized) return std::nullopt;
    position.funding_index = facts.instrument->funding_index;
    position.quantity = change->quantity;
    position.entry_value = change->entry_value;
    return liquidation_price(ledger, evaluator,
                             {.account = facts.account->id,
                              .instrument = id,
                              .now = now,
                              .position = &position,
                              .realized = *realized});
}

}  // namespace riskd
