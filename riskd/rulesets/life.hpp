// The rulesets of a running riskd: the one that decides, the one before it, and at most one
// candidate. A candidate is read, checked, kept on disk and warmed on a thread of its own, learns
// the names of the ledger in slices, and is compared with what decides on a thread again; to put it
// in the place of the active one is then an exchange of pointers between two events. What decides
// without an override that has ended is made the same way. Core thread, but for what it starts.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "riskd/core/engine.hpp"
#include "riskd/rulesets/admission.hpp"
#include "riskd/rulesets/folder.hpp"
#include "riskd/rulesets/preparation.hpp"
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

    // Once, before the first event: the ruleset that decided last in the journal decides again, but
    // for overrides that have ended since; the one before it is there to go back to. Empty: well.
    // REQUIRES: is_managed(); `decided`: by their hashes, each once, the last one last.
    std::string restore(std::span<const std::string> decided, Timestamp now);
    // The rules of the configuration, for who asks later what decided. Empty: well.
    std::string keep_configured() const;
    // Those that ended while riskd was down, in words.
    const std::vector<std::string>& ended_at_start() const noexcept { return ended_at_start_; }

    // To every ruleset: what a definition named. And all names at once, at the start.
    void define(const Ledger& ledger, const EventBody& body);
    void define_all(const Ledger& ledger);

    // Begins to look at a bundle or an override. Empty: it has begun, and turn() will say what came
    // of it.
    std::string stage(std::string text, const Ledger& ledger);
    // What came of it: empty when there is a candidate now, else why not.
    std::optional<std::string> turn(const Engine& engine);
    bool is_staging() const noexcept { return staging_.is_under_way() || judged_ != nullptr; }

    // Empty: it may. The hash must be the candidate's.
    std::string why_not_activate(std::string_view hash, Timestamp now) const;
    // Empty: it decides, and the event that says so follows at once.
    // REQUIRES: why_not_activate() says it may.
    std::string activate();
    std::string why_not_roll_back(Timestamp now) const;
    // REQUIRES: why_not_roll_back() says it may; the event follows at once.
    void roll_back() noexcept;
    // The candidate answers for the canary, when the text is empty; the event that says so follows
    // at once. REQUIRES: candidate() is one, and stays until another decides.
    std::string begin_canary();
    void end_canary() noexcept { canary_switch_.use(*active_->rulebook); }

    // Looks for overrides that have ended and makes the ruleset without them; a fault is said once
    // and it is tried again. When that ruleset is ready, end_overrides() lets it decide and the
    // event follows at once. What lies there to be rolled back to is freed of them too.
    struct Ending {
        bool is_ready{};
        std::string fault;
    };
    Ending turn_ending(const Engine& engine, Timestamp now);
    void end_overrides() noexcept;
    bool is_ending() const noexcept { return ending_.is_under_way(); }
    // Of those in force the earliest; zero when there is none.
    Timestamp next_end() const noexcept;
    // How many of those in force should have ended by now.
    std::size_t overdue(Timestamp now) const;

private:
    void use(std::unique_ptr<Ruleset> next) noexcept;
    void retire(std::unique_ptr<Ruleset> ruleset);
    std::string stage_override(Override made, const Ledger& ledger);
    std::string begin_comparing(const Ledger& ledger);
    std::optional<std::string> turn_comparing();
    Ending begin_ending(Timestamp now);
    void replace_previous(std::unique_ptr<Ruleset> without);
    void forget_same();
    Admission restored(std::string_view hash, Timestamp now);
    void restore_earlier(std::span<const std::string> decided, Timestamp now);

    const config::RulesSettings& settings_;
    Folder folder_;
    std::unique_ptr<Ruleset> active_;
    std::unique_ptr<Ruleset> previous_;
    // Before the first override: what can be gone back to again when the overrides have ended.
    std::unique_ptr<Ruleset> before_overrides_;
    std::unique_ptr<Ruleset> candidate_;
    Preparation staging_;
    std::unique_ptr<Ruleset> judged_;             // knows all names, is being compared
    std::future<dsl::RulesetVerdict> comparing_;  // with what decides
    Preparation ending_;
    std::string ending_of_;           // the hash of what has the overrides
    std::unique_ptr<Ruleset> ended_;  // ready to decide
    Timestamp ending_again_;          // after a fault
    std::vector<std::string> ended_at_start_;
    // Of no more use; freed where it delays nobody.
    std::vector<std::unique_ptr<Ruleset>> retired_;
    RuleSwitch switch_;
    RuleSwitch canary_switch_;
};

// In words: what is in the first and not in the second; one may have taken the place of another.
std::vector<std::string> overrides_lost(std::span<const Override> before,
                                        std::span<const Override> after);

}  // namespace riskd::rulesets
