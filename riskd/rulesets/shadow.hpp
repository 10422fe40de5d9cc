// A candidate asked beside the ruleset that decides, on the live flow and without effect: every
// order before it is decided, every account in turn for its stage. What differs is counted, by the
// rule that would refuse or no longer would. Of accounts in the canary, for which the candidate
// decides, the ruleset of all others is asked instead, and what differs counts the same way.
// Core thread only; costs a second decision an order.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "riskd/core/engine.hpp"
#include "riskd/runtime/sequencer.hpp"

namespace riskd::rulesets {

// Of the orders since it began.
struct ShadowOrders {
    std::uint64_t decided{};
    std::uint64_t same{};          // both accept, or both refuse for the same reason by one rule
    std::uint64_t would_accept{};  // what is refused: the candidate is looser
    std::uint64_t would_refuse{};  // what is accepted: it is tighter
    std::uint64_t other_reason{};  // both refuse
    std::uint64_t faults{};        // rules of the candidate that failed
};

// By the rule, or the reason where no rule refused.
struct ShadowRule {
    std::uint64_t would_refuse{};  // of the candidate
    std::uint64_t would_accept{};  // of the ruleset that decides: what it refused alone
};

// Of one look at every account.
struct ShadowStages {
    std::uint64_t accounts{};
    std::uint64_t nearer{};      // at a later stage under the candidate
    std::uint64_t farther{};     // at an earlier one
    std::uint64_t liquidated{};  // would be liquidated, and are not
    std::uint64_t unknown{};     // a price or a rule is missing
};

// Of the accounts that the candidate decides for.
struct CanaryCounts {
    std::uint64_t orders{};
    std::uint64_t differences{};   // the other ruleset would have decided otherwise
    std::uint64_t slow{};          // took longer than the bound
    std::uint64_t faults{};        // of rules
    std::uint64_t liquidations{};  // that the other ruleset does not see
};

class Shadow final : public runtime::Watcher {
public:
    // Empty: it may. History is kept for the windows of the ruleset that decides alone.
    static std::string why_not(const Rulebook& candidate, const Rulebook& active);
    // REQUIRES: all outlive it. `active`: what decides outside of the canary.
    Shadow(const Engine& engine, Rulebook& candidate, Rulebook& active,
           const config::CanarySettings& bounds);

    void before(const Event& event) override;
    void after(const Event& event, const Outcome& outcome) override;
    // Looks at some accounts more; when all were looked at, begins again.
    void look_on(Timestamp now, std::uint32_t accounts);

    Sequence since() const noexcept { return since_; }
    const ShadowOrders& orders() const noexcept { return orders_; }
    const std::map<std::string, ShadowRule>& rules() const noexcept { return rules_; }
    // Of the latest look at all of them; nothing was seen before the first.
    const ShadowStages& stages() const noexcept { return stages_; }
    const CanaryCounts& canary() const noexcept { return canary_; }
    // Which bound of a canary was passed, in words; empty: none.
    std::string breach() const;

private:
    void count(const Decision& candidate, const Decision& active);
    void count_canary(const Outcome& outcome);
    std::optional<Stage> stage_of(AccountId account, Timestamp now, Decider& asked);

    void look_at(AccountId account, Timestamp now);

    const Engine& engine_;
    const config::CanarySettings& bounds_;
    Decider candidate_;
    Decider active_;
    Sequence since_;
    Decision asked_;
    bool has_asked_{};
    bool in_canary_{};         // the account of the order asked about
    std::int64_t asked_ns_{};  // when that was done
    ShadowOrders orders_;
    std::map<std::string, ShadowRule> rules_;
    std::uint32_t next_{};
    ShadowStages looking_;
    ShadowStages stages_;
    CanaryCounts canary_;
};

}  // namespace riskd::rulesets
