// The margin of single positions, and the ladder of those that answer with one of their own.
#include "riskd/core/engine.hpp"
#include "riskd/core/margin_isolated.hpp"

namespace riskd {

// The venue has moved the money, so no rule is asked: taking out so much that less than the initial
// margin stays is a fact like any other, and the ladder judges what is left.
void Engine::commit(const MarginChange& change) {
    const auto refused = [&](AlertKind kind, std::string_view detail) {
        return Alert{.severity = Severity::warning,
                     .kind = kind,
                     .account = change.account,
                     .instrument = change.instrument,
                     .about = change.id,
                     .detail = Text<64>{detail}};
    };
    if (!is_known(change.account) || !is_known(change.instrument)) {
        return alert(refused(AlertKind::unknown_name, "account or instrument of a margin"));
    }
    if (const auto fault =
            ledger_.position_side_fault(change.account, change.instrument, change.position_side)) {
        return alert(refused(AlertKind::refused_fact, *fault));
    }
    if (!ledger_.remember_id('m', change.account, change.id)) {
        ++counters_.facts_repeated;
        return;
    }
    if (const auto fault = ledger_.margin_fault(change)) {
        return alert(refused(AlertKind::refused_fact, *fault));
    }
    ledger_.apply_margin(change);
    touch(change.account);
}

// In the order of instruments. Each is judged by its own figures alone, and never on an unknown
// price; what is flat has nothing left to liquidate.
void Engine::evaluate_isolated(AccountId id) {
    const Account& account = ledger_.account(id);
    const bool stored = account.last_isolated.maintenance_margin.raw != 0;
    if (stored) ledger_.store_isolated(id, {});
    if (account.isolated_positions == 0) return;
    for (const PositionPlace& place : PlacesInOrder{account}) {
        const Position& position = account.positions[place.slot];
        if (!is_isolated(position)) continue;
        if (position.quantity.raw != 0) {
            judge_isolated(account, position);
        } else if (position.stage != Stage::healthy) {
            change_isolated_stage(account, position, {}, {});
        }
    }
}

void Engine::judge_isolated(const Account& account, const Position& position) {
    const Instrument& instrument = ledger_.instrument(position.instrument);
    const auto mark = fresh_mark(instrument, time_);
    if (!mark) return;
    Decider& decider = decider_of(account.id);
    const IsolatedQuestion asked{
        .account = account.id, .position = &position, .mark = *mark, .now = time_};
    const IsolatedFigures own = isolated_figures(ledger_, decider.evaluator, asked);
    if (own.fault != RuleFault::none) {
        const bool named = own.fault != RuleFault::unknown_rule;
        const RuleId rule = named ? decider.evaluator.model_of(account.id).rule : no_rule;
        return alert_fault(rule, own.fault, account.id);
    }
    const AccountFigures figures = in_currency(Marks{ledger_, time_}, account, instrument, own);
    const bool at_rest =
        figures.margin.maintenance_margin.raw == 0 && position.stage == Stage::healthy;
    if (!figures.margin.complete) return;
    if (is_nearer(figures.margin, account.last_isolated)) {
        ledger_.store_isolated(account.id, figures.margin);
    }
    if (at_rest) return;
    const StageQuestion question = isolated_question(ledger_, account, position, figures);
    StageAnswer answer;
    decider.rulebook.stage({&question, 1}, {&answer, 1});
    if (answer.fault != RuleFault::none) {
        return alert_fault(decider.rulebook.liquidation_rule(), answer.fault, account.id);
    }
    const LadderKey key{account.id, position.instrument, position.side};
    answer.stage = rung_of(key, answer.stage);
    if (answer.stage == Stage::take_over) return bankrupt_.push_back(key);
    const bool stays = answer.stage == position.stage;
    if (stays && !is_step_due(key)) return;
    ClosePlan plan = plan_isolated_close(ledger_, decider.evaluator,
                                         {.position = asked,
                                          .stage = answer.stage,
                                          .exit_ratio = answer.exit_ratio,
                                          .margin = own.margin});
    if (stays && plan.legs.empty()) return;
    limit_step(plan, key, answer);
    change_isolated_stage(account, position, figures.margin,
                          {.answer = answer, .plan = std::move(plan)});
}

void Engine::change_isolated_stage(const Account& account, const Position& position,
                                   const AccountMargin& margin, IsolatedRung rung) {
    say(new_change({account.id, position.instrument, position.side}, rung.answer, margin,
                   std::move(rung.plan)));
}

std::optional<Preview::IsolatedMargin> Engine::isolated_margin_after(const OrderFacts& facts) {
    if (facts.position == nullptr || !is_isolated(*facts.position)) return std::nullopt;
    const auto filled = position_if_filled(facts);
    if (!filled) return std::nullopt;
    return Preview::IsolatedMargin{.before = facts.position->isolated_margin,
                                   .after = filled->position.isolated_margin};
}

std::optional<NearestIsolated> Engine::nearest_isolated(AccountId id, Timestamp now) noexcept {
    const Account& account = ledger_.account(id);
    std::optional<NearestIsolated> nearest;
    for (const Position& position : account.positions) {
        const Instrument& instrument = ledger_.instrument(position.instrument);
        const auto mark = fresh_mark(instrument, now);
        if (!is_isolated(position) || position.quantity.raw == 0 || !mark) continue;
        const auto own =
            isolated_figures(ledger_, decider_of(id).evaluator,
                             {.account = id, .position = &position, .mark = *mark, .now = now});
        const AccountFigures figures = in_currency(Marks{ledger_, now}, account, instrument, own);
        if (figures.fault != RuleFault::none || !figures.margin.complete) continue;
        if (!nearest || is_nearer(figures.margin, nearest->figures.margin)) {
            nearest = {
                .instrument = position.instrument, .stage = position.stage, .figures = figures};
        }
    }
    return nearest;
}

std::optional<AccountStanding> Engine::standing(AccountId id, Timestamp now) noexcept {
    MarginEvaluator& evaluator = decider_of(id).evaluator;
    AccountStanding made{
        .account = id, .figures = evaluator.figures(id, now), .stage = ledger_.account(id).stage};
    made.stale = !made.figures.margin.complete;
    if (made.stale) {
        evaluator.count_any_age(true);
        made.figures = evaluator.figures(id, now);
        evaluator.count_any_age(false);
    }
    const auto own = nearest_isolated(id, now);
    if (own && is_nearer(own->figures.margin, made.figures.margin)) {
        return AccountStanding{.account = id,
                               .figures = own->figures,
                               .stage = own->stage,
                               .isolated = own->instrument};
    }
    if (made.figures.fault != RuleFault::none || !made.figures.margin.complete) return std::nullopt;
    return made;
}

std::optional<Money> Engine::isolated_equity(AccountId account, InstrumentId instrument,
                                             Timestamp now, PositionSide side) noexcept {
    const Position* position = ledger_.find_position(account, instrument, side);
    if (position == nullptr || !is_isolated(*position)) return std::nullopt;
    if (position->quantity.raw == 0) return position->isolated_margin;
    const auto mark = fresh_mark(ledger_.instrument(instrument), now);
    if (!mark) return std::nullopt;
    const auto figures =
        isolated_figures(ledger_, decider_of(account).evaluator,
                         {.account = account, .position = position, .mark = *mark, .now = now});
    if (!figures.margin.complete) return std::nullopt;
    return figures.margin.equity;
}

}  // namespace riskd
