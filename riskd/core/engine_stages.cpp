// Where an account or an isolated position is on the ladder, and the steps of an episode there.
#include <algorithm>
#include <cmath>

#include "riskd/core/engine.hpp"
#include "riskd/core/liquidation.hpp"

namespace riskd {

void Engine::commit_stage(const StageChange& change) noexcept {
    if (is_known(change.instrument)) {
        ledger_.apply_isolated_stage(change);
    } else {
        ledger_.apply_stage(change.account, change.stage, change.episode);
    }
    ledger_.apply_step(change);
    // A further step enters no stage.
    if (change.stage != change.before) {
        ++counters_.stage_changes[static_cast<std::size_t>(change.stage)];
    }
}

void Engine::say(StageChange change) {
    change.sequence = sequence_;
    change.time = time_;
    commit_stage(change);
    outcome_->touched.push_back(change.account);
    outcome_->outputs.emplace_back(std::move(change));
}

// Each is woken once, when its time comes: one that cannot be judged then, for want of a price, is
// woken by that price. No more in one event than a price may wake; the others follow with the next.
void Engine::wake_due_steps() {
    const auto& due = ledger_.due_steps();
    std::uint32_t woken = 0;
    auto step = due.upper_bound(steps_woken_);
    for (; step != due.end() && step->first <= time_ && woken < judged_at_once_; ++step, ++woken) {
        if (wakes_) to_evaluate_.push_back(step->second.account);
        steps_woken_ = *step;
    }
    steps_wait_ = step != due.end() && step->first <= time_;
    if (!steps_wait_) steps_woken_ = {time_, LadderKey{}};
}

bool Engine::is_step_due(const LadderKey& key) const noexcept {
    const Timestamp next = ledger_.step_of(key).next;
    return next.ns != 0 && next <= time_;
}

// No more of each position than one step may close, in whole lots.
void Engine::limit_step(ClosePlan& plan, const LadderKey& key, const StageAnswer& answer) const {
    if (answer.step_max >= 1) return;
    for (CloseLeg& leg : plan.legs) {
        const Position* position =
            ledger_.find_position(key.account, leg.instrument, leg.position_side);
        const ClosingLots lots = closing_lots(ledger_.instrument(leg.instrument), *position);
        leg.quantity = std::min(leg.quantity, quantity_of_share(lots, answer.step_max));
    }
}

// Where the account or the isolated position goes from where it stands.
StageChange Engine::new_change(const LadderKey& key, const StageAnswer& answer,
                               const AccountMargin& margin, ClosePlan plan) const {
    const Account& account = ledger_.account(key.account);
    StageChange change{.account = key.account,
                       .instrument = key.instrument,
                       .position_side = key.side,
                       .episode = account.episode,
                       .before = account.stage,
                       .stage = answer.stage,
                       .margin = margin,
                       .currency = account.currency,
                       .close = std::move(plan.legs),
                       .prices = std::move(plan.prices)};
    if (is_known(key.instrument)) {
        const Position* position = ledger_.find_position(key.account, key.instrument, key.side);
        change.episode = position->episode;
        change.before = position->stage;
    }
    if (change.before == Stage::healthy) change.episode = account.episodes + 1;
    pace(change, answer);
    return change;
}

// The number of the step, and when the next one may come.
void Engine::pace(StageChange& change, const StageAnswer& answer) const noexcept {
    if (change.stage < Stage::reduce) return;
    const LadderKey key{change.account, change.instrument, change.position_side};
    change.step = ledger_.step_of(key).step + 1;
    if (answer.cool_down <= 0) return;
    const auto span = static_cast<std::int64_t>(std::ceil(answer.cool_down * 1e9));
    change.next_step = time_ + Duration{span};
}

void Engine::change_stage(AccountId id, const AccountFigures& figures, const StageAnswer& answer) {
    Decider& decider = decider_of(id);
    if (answer.fault != RuleFault::none) {
        alert_fault(decider.rulebook.liquidation_rule(), answer.fault, id);
        return;
    }
    const Account& account = ledger_.account(id);
    const LadderKey key{.account = id};
    const Stage stage = rung_of(key, answer.stage);
    if (stage == Stage::take_over) return bankrupt_.push_back(key);
    const bool stays = stage == account.stage;
    if (stays && (stage < Stage::reduce || !is_step_due(key))) return;
    ClosePlan plan = plan_close(ledger_, decider.evaluator,
                                {.account = id,
                                 .now = time_,
                                 .stage = stage,
                                 .exit_ratio = answer.exit_ratio,
                                 .margin = figures.margin});
    if (stays && plan.legs.empty()) return;
    limit_step(plan, key, answer);
    StageAnswer taken = answer;
    taken.stage = stage;
    StageChange change = new_change(key, taken, figures.margin, std::move(plan));
    const Bankrupt closed{.key = key, .episode = change.episode};
    say(std::move(change));
    // It closed everything and still lacks something: the fund pays, once everyone is judged.
    const bool pays = stage == Stage::healthy && figures.margin.equity.raw < 0 &&
                      !account.terms.borrow && is_known(ledger_.insurance_fund()) && !is_fund(id);
    if (pays) flat_.push_back(closed);
}

}  // namespace riskd
