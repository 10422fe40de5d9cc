// One rule in LuaJIT with the plainest rule of each other kind beside it, and likely questions to
// it, one at a time: what a rule answers and takes by itself. One thread.
#pragma once

#include <memory>
#include <vector>

#include "dsl/host.hpp"
#include "dsl/likely_states.hpp"

namespace riskd::dsl {

class LoneRule {
public:
    // Of the settings, only the parameters of this rule are used, and the bounds. Null with any
    // fault, which `rendered` then holds.
    static std::unique_ptr<LoneRule> load(RuleText source, const config::RulesSettings& settings,
                                          std::string& rendered);

    static constexpr std::size_t questions = 64;
    // REQUIRES: `question` is below `questions`. False when the rule failed.
    bool ask(std::size_t question) noexcept;
    std::int32_t steps_used() const noexcept { return rulebook_->steps_used(of_books_); }
    LuaRulebook& rulebook() noexcept { return *rulebook_; }

private:
    LoneRule(std::unique_ptr<LuaRulebook> rulebook, RuleKind kind, bool of_books);

    std::unique_ptr<LuaRulebook> rulebook_;
    RuleKind kind_{};
    bool of_books_{};
    LikelyBook book_;
    std::vector<CheckQuestion> checks_;
    std::vector<MarginQuestion> margins_;
    std::vector<BookQuestion> books_;
    std::vector<CollateralQuestion> collaterals_;
    std::vector<StageQuestion> stages_;
};

}  // namespace riskd::dsl
