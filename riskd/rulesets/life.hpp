// The rulesets of a running riskd: the one that decides, the one before it, and at most one
// candidate. A candidate is read, checked, kept on disk and warmed on a thread of its own, learns
// the names of the ledger in slices, and is compared with what decides on a thread again; to put it
// in the place of the active one is then an exchange of pointers between two events. Core thread,
// but for what it starts itself.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "riskd/core/engine.hpp"
#include "riskd/rulesets/admission.hpp"
#include "riskd/rulesets/folder.hpp"
#include "riskd/rulesets/switch.hpp"

namespace riskd::rulesets {

class Life {
public:
    Life(const config::RulesSettings& settings, std::unique_ptr<dsl::LuaRulebook> configured);

    Rulebook& rules() noexcept { return switch_; }
    const Rulebook& rules() const noexcept { return switch_; }
    // Those of the canary; outside of one the same.
    Rulebook& canary_rules() noexcept { return canary_switch_; }
    dsl::LuaRulebook& active() noexcept { return *active_->rulebook; }
    const Ruleset& active_ruleset() const noexcept { return *active_; }
    const Ruleset* previous() const noexcept { return previous_.get(); }
    const Ruleset* candidate() const noexcept { return candidate_.get(); }
    // With signers rulesets change while riskd runs, and the journal says which one decides.
    bool is_managed() const noexcept { return !settings_.signers.empty(); }

    // Once, before the first event: the ruleset that decided last in the journal decides again, the
    // one before it is there to go back to. Empty: well. REQUIRES: is_managed().
    std::string restore(std::string_view decided, std::string_view before);

    // To every ruleset: what a definition named. And all names at once, at the start.
    void define(const Ledger& ledger, const EventBody& body);
    void define_all(const Ledger& ledger);

    // Begins to look at a bundle. Empty: it has begun, and turn() will say what came of it.
    std::string stage(std::string text);
    // What came of it: empty when there is a candidate now, else why not.
    std::optional<std::string> turn(const Ledger& ledger);
    bool is_staging() const noexcept { return looking_.valid() || learning_ != nullptr; }

    // Empty: it may. The hash must be the candidate's.
    std::string why_not_activate(std::string_view hash, Timestamp now) const;
    // REQUIRES: why_not_activate() says it may; the event that says so follows at once.
    void activate() noexcept;
    // REQUIRES: previous() is one; the same.
    void roll_back() noexcept;
    // The candidate answers for the canary, or what decides does again; the event that says so
    // follows at once. REQUIRES: candidate() is one, and stays until another decides.
    void begin_canary() noexcept { canary_switch_.use(*candidate_->rulebook); }
    void end_canary() noexcept { canary_switch_.use(*active_->rulebook); }

private:
    void use(std::unique_ptr<Ruleset> next) noexcept;
    void retire(std::unique_ptr<Ruleset> ruleset);
    std::string learn_some(const Ledger& ledger);
    std::string begin_comparing(const Ledger& ledger);

    const config::RulesSettings& settings_;
    Folder folder_;
    std::unique_ptr<Ruleset> active_;
    std::unique_ptr<Ruleset> previous_;
    std::unique_ptr<Ruleset> candidate_;
    std::unique_ptr<Ruleset> learning_;  // a candidate that does not know all names yet
    std::uint32_t accounts_learnt_{};
    // Of no more use; freed where it delays nobody.
    std::vector<std::unique_ptr<Ruleset>> retired_;
    std::future<Admission> looking_;
    std::future<dsl::RulesetVerdict> comparing_;  // what is learning with what decides
    RuleSwitch switch_;
    RuleSwitch canary_switch_;
};

}  // namespace riskd::rulesets
