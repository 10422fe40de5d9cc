// Whether margin rules keep what they claim, on which accounts sleep (margin_claims.hpp).
#include "riskd/core/engine.hpp"

namespace riskd {

// Each position against its evaluation before, when nothing but prices has changed since.
void Engine::hold_to_claim(AccountId id, std::size_t at, Decider& decider) {
    const AccountModel model = decider.evaluator.model_of(id);
    if (model.slope_max <= 0 || model.of_books) return;
    asked_margins_.clear();
    decider.evaluator.asked_margins(at, terms_turn_, asked_margins_);
    for (const PositionAsked& asked : asked_margins_) {
        const Position& position = ledger_.account(id).positions[asked.slot];
        const AskedMargin before = asked_of(position);
        ledger_.store_asked(id, asked.slot, asked.margin);
        const Instrument& instrument = ledger_.instrument(position.instrument);
        // More of an option is worth more of its premium, whatever its underlying's claim is.
        const SlopeClaim claim{
            .max = model.slope_max,
            .min = is_option(instrument.terms.kind) ? -model.slope_max : model.slope_min};
        const bool is_new = outcome_ != nullptr && !broken_claims_.contains(id);
        if (!is_new || before.terms != asked.margin.terms) continue;
        if (is_within(before, asked.margin, claim)) continue;
        broken_claims_.add(id);
        alert({.severity = Severity::critical,
               .kind = AlertKind::claim_broken,
               .account = id,
               .instrument = position.instrument,
               .rule = model.rule,
               .about = decider.rulebook.rules()[index(model.rule)].name,
               .detail = describe_points(before, asked.margin,
                                         ledger_.asset(instrument.settle).terms.decimals)});
    }
}

}  // namespace riskd
