#include "riskd/rulesets/candidate_stages.hpp"

#include <algorithm>

#include "riskd/core/margin_isolated.hpp"

namespace riskd::rulesets {
namespace {

constexpr std::size_t batch_max = 256;  // accounts in one rule call

}  // namespace

CandidateStages::CandidateStages(const Ledger& ledger, Rulebook& candidate,
                                 MarginEvaluator& evaluator)
    : ledger_{ledger}, candidate_{candidate}, evaluator_{evaluator} {}

void CandidateStages::judge(std::span<const AccountId> accounts, Timestamp now) {
    liquidated_.clear();
    failed_.clear();
    for (std::size_t i = 0; i < accounts.size(); i += batch_max)
        judge_batch(accounts.subspan(i, std::min(batch_max, accounts.size() - i)), now);
    for (const AccountId account : accounts)
        judge_isolated(account, now);
}

// Engine::evaluate_stages_of, with the stage kept here.
void CandidateStages::judge_batch(std::span<const AccountId> accounts, Timestamp now) {
    figures_.resize(accounts.size());
    evaluator_.figures_of(accounts, now, figures_);
    questions_.clear();
    asked_.clear();
    for (std::size_t i = 0; i < accounts.size(); ++i) {
        const AccountFigures& figures = figures_[i];
        if (figures.fault != RuleFault::none) {
            note_fault(figures.rule);
            continue;
        }
        if (!figures.margin.complete) continue;
        const Stage stage = stage_of(accounts[i]);
        const bool at_rest = figures.margin.maintenance_margin.raw == 0 &&
                             figures.margin.owed.raw == 0 && stage == Stage::healthy;
        if (at_rest) continue;
        const Account& account = ledger_.account(accounts[i]);
        questions_.push_back({.scope = {.account = account.id, .group = account.group},
                              .account = account_view(ledger_, account, figures)});
        questions_.back().account.stage = static_cast<std::int32_t>(stage);
        asked_.push_back(accounts[i]);
    }
    if (asked_.empty()) return;
    answers_.assign(asked_.size(), {});
    candidate_.stage(questions_, answers_);
    for (std::size_t i = 0; i < asked_.size(); ++i) {
        StageAnswer& answer = answers_[i];
        answer.stage = std::min(answer.stage, Stage::liquidate);  // taken over is liquidated too
        if (answer.fault != RuleFault::none) {
            note_fault(candidate_.liquidation_rule());
        } else if (answer.stage != stage_of(asked_[i])) {
            store(asked_[i], answer.stage);
            if (answer.stage == Stage::liquidate) liquidated_.push_back(asked_[i]);
        }
    }
}

void CandidateStages::judge_isolated(AccountId id, Timestamp now) {
    const Account& account = ledger_.account(id);
    if (account.isolated_positions == 0 && positions_.empty()) return;
    for (const PositionPlace& place : PlacesInOrder{account}) {
        const Position& position = account.positions[place.slot];
        const bool stands = is_isolated(position) && position.quantity.raw != 0;
        if (stands) {
            judge_isolated(account, position, now);
        } else {
            positions_.erase({id, position.instrument, position.side});
        }
    }
}

// Engine::judge_isolated, with the stage kept here.
void CandidateStages::judge_isolated(const Account& account, const Position& position,
                                     Timestamp now) {
    const Instrument& instrument = ledger_.instrument(position.instrument);
    const auto mark = fresh_mark(instrument, now);
    if (!mark) return;
    const IsolatedFigures own =
        isolated_figures(ledger_, evaluator_,
                         {.account = account.id, .position = &position, .mark = *mark, .now = now});
    if (own.fault != RuleFault::none) {
        const bool named = own.fault != RuleFault::unknown_rule;
        return note_fault(named ? evaluator_.model_of(account.id).rule : no_rule);
    }
    const AccountFigures figures = in_currency(Marks{ledger_, now}, account, instrument, own);
    const PositionKey key{account.id, position.instrument, position.side};
    const Stage stage = stage_of(key);
    const bool at_rest = figures.margin.maintenance_margin.raw == 0 && stage == Stage::healthy;
    if (!figures.margin.complete || at_rest) return;
    StageQuestion question = isolated_question(ledger_, account, position, figures);
    question.account.stage = static_cast<std::int32_t>(stage);
    StageAnswer answer;
    candidate_.stage({&question, 1}, {&answer, 1});
    if (answer.fault != RuleFault::none) return note_fault(candidate_.liquidation_rule());
    answer.stage = std::min(answer.stage, Stage::liquidate);
    if (answer.stage == stage) return;
    positions_.erase(key);
    if (answer.stage != Stage::healthy) positions_.emplace(key, answer.stage);
    if (answer.stage == Stage::liquidate) liquidated_.push_back(account.id);
}

bool CandidateStages::is_as_recorded() const {
    for (std::uint32_t a = 0; a < ledger_.account_count(); ++a) {
        const Account& account = ledger_.account(AccountId{a});
        if (stage_of(account.id) != account.stage) return false;
        for (const Position& position : account.positions) {
            if (stage_of({account.id, position.instrument, position.side}) != position.stage) {
                return false;
            }
        }
    }
    return true;
}

void CandidateStages::take_recorded() {
    positions_.clear();
    for (std::uint32_t a = 0; a < ledger_.account_count(); ++a) {
        const Account& account = ledger_.account(AccountId{a});
        store(account.id, account.stage);
        for (const Position& position : account.positions) {
            if (position.stage == Stage::healthy) continue;
            positions_[{account.id, position.instrument, position.side}] = position.stage;
        }
    }
}

void CandidateStages::note_fault(RuleId rule) {
    if (std::find(failed_.begin(), failed_.end(), rule) == failed_.end()) failed_.push_back(rule);
}

Stage CandidateStages::stage_of(AccountId account) const noexcept {
    return index(account) < stages_.size() ? stages_[index(account)] : Stage::healthy;
}

void CandidateStages::store(AccountId account, Stage stage) {
    if (index(account) >= stages_.size()) stages_.resize(index(account) + 1);
    stages_[index(account)] = stage;
}

Stage CandidateStages::stage_of(const PositionKey& key) const {
    const auto found = positions_.find(key);
    return found == positions_.end() ? Stage::healthy : found->second;
}

}  // namespace riskd::rulesets
