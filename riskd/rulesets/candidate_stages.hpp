// Where each account, and each isolated position, would stand on the ladder of a candidate, beside
// a ledger that follows the record: judged as the engine does it, at the events at which it would.
// Whether somebody would be liquidated is kept here, and moves nothing else. One thread.
#pragma once

#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "riskd/core/ledger.hpp"
#include "riskd/core/margin.hpp"
#include "riskd/core/outcome.hpp"

namespace riskd::rulesets {

class CandidateStages {
public:
    // REQUIRES: all outlive it.
    CandidateStages(const Ledger& ledger, Rulebook& candidate, MarginEvaluator& evaluator);

    // REQUIRES: each account once.
    void judge(std::span<const AccountId> accounts, Timestamp now);
    // Of the latest judge(): who came to be liquidated, an account for each such change; and the
    // rules that failed, each once.
    std::span<const AccountId> liquidated() const noexcept { return liquidated_; }
    std::size_t faults() const noexcept { return failed_.size(); }

    // Everyone stands where the ledger says.
    bool is_as_recorded() const;
    void take_recorded();

private:
    using PositionKey = std::tuple<AccountId, InstrumentId, PositionSide>;

    void judge_batch(std::span<const AccountId> accounts, Timestamp now);
    void judge_isolated(AccountId account, Timestamp now);
    void judge_isolated(const Account& account, const Position& position, Timestamp now);
    void note_fault(RuleId rule);
    Stage stage_of(AccountId account) const noexcept;
    void store(AccountId account, Stage stage);
    Stage stage_of(const PositionKey& key) const;

    const Ledger& ledger_;
    Rulebook& candidate_;
    MarginEvaluator& evaluator_;
    std::vector<Stage> stages_;               // by account
    std::map<PositionKey, Stage> positions_;  // isolated ones that are not healthy
    std::vector<AccountId> liquidated_;
    std::vector<RuleId> failed_;
    std::vector<AccountFigures> figures_;  // scratch of a batch
    std::vector<AccountId> asked_;
    std::vector<StageQuestion> questions_;
    std::vector<StageAnswer> answers_;
};

}  // namespace riskd::rulesets
