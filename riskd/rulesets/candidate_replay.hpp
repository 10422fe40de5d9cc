// A recorded day asked under a candidate. The ledger follows the record; each order is put to the
// candidate in the state the day really had, right before it was decided, so what is decided
// otherwise is so by itself and not because of something before it. What has not changed since the
// ruleset that decided is not asked again: the record has the answer. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "riskd/core/engine.hpp"
#include "riskd/rulesets/candidate_stages.hpp"
#include "riskd/rulesets/changed_rules.hpp"
#include "riskd/rulesets/replay_comparison.hpp"
#include "riskd/runtime/journal_codec.hpp"

namespace riskd::rulesets {

class CandidateReplay {
public:
    // The ruleset with that content hash, or null: then everything is asked in full.
    using FindRuleset = std::function<const dsl::LuaRulebook*(std::string_view hash)>;
    // REQUIRES: the candidate outlives it, and so does what `find` gives.
    CandidateReplay(const LedgerLimits& limits, dsl::LuaRulebook& candidate, FindRuleset find,
                    ReplayComparison::Flipped flipped);

    // REQUIRES: each record of a journal, from the first one on.
    void take(const runtime::JournalRecord& record);

    const ReplayComparison& comparison() const noexcept { return comparison_; }
    const Engine& engine() const noexcept { return engine_; }
    // Orders and judgements for which the candidate was asked anything.
    struct Work {
        std::uint64_t asked_in_full{};
        std::uint64_t asked_in_part{};
        std::uint64_t accounts_judged{};
    };
    const Work& work() const noexcept { return work_; }

private:
    void activate(const runtime::JournalRecord& record, const RulesetActivation& activation);
    void judge_from_here();
    void settle();
    void keep_common_windows(const RulesetActivation& activation);
    void judge(Timestamp now, const Outcome& recorded);
    void take_order(const runtime::JournalRecord& record, const OrderRequest& request);
    Decision ask_in_full(const OrderRequest& request, Timestamp now);
    enum class Way : std::uint8_t { as_recorded, in_part, in_full };
    Way way_of(const Decision& decided) const noexcept;
    Decision ask_in_part(const OrderRequest& request, Timestamp now, const Decision& decided,
                         const Outcome& recorded);
    bool is_refused_before(const Decision& decided, const Verdict& verdict) const noexcept;
    std::uint64_t recorded_faults(const Outcome& outcome) const noexcept;

    dsl::LuaRulebook& candidate_;
    FindRuleset find_;
    Engine engine_;
    Decider decider_;
    CandidateStages stages_;
    ReplayComparison comparison_;
    RulesetActivation activation_;  // of the candidate
    ChangedRules changed_;
    bool judges_{true};        // else the stages of the record are the candidate's
    bool is_unsettled_{true};  // whether they could be is to be seen
    std::optional<std::vector<WindowSpec>> windows_kept_;  // by every ruleset that decided so far
    std::vector<AccountId> woken_;
    Work work_;
};

}  // namespace riskd::rulesets
