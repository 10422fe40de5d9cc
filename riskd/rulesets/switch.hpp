// The rulebook the engine is made with: it passes every question on to the ruleset that decides,
// which may be another between two events. Core thread.
#pragma once

#include "riskd/core/rulebook.hpp"

namespace riskd::rulesets {

class RuleSwitch final : public Rulebook {
public:
    explicit RuleSwitch(Rulebook& first) noexcept : active_{&first} {}

    // REQUIRES: no question is being answered; what was passed before outlives the call.
    void use(Rulebook& next) noexcept { active_ = &next; }

    std::string_view hash() const noexcept override { return active_->hash(); }
    std::span<const RuleInfo> rules() const noexcept override { return active_->rules(); }
    std::span<const WindowSpec> windows() const noexcept override { return active_->windows(); }
    std::span<const MarginModel> margin_models() const noexcept override {
        return active_->margin_models();
    }
    std::span<const Scenario> scenarios(RuleId rule) const noexcept override {
        return active_->scenarios(rule);
    }
    RuleId margin_rule() const noexcept override { return active_->margin_rule(); }
    RuleId collateral_rule() const noexcept override { return active_->collateral_rule(); }
    RuleId liquidation_rule() const noexcept override { return active_->liquidation_rule(); }
    void define_account(AccountId account, std::string_view name, GroupId group) override {
        active_->define_account(account, name, group);
    }
    void define_group(GroupId group, std::string_view name, GroupId parent) override {
        active_->define_group(group, name, parent);
    }
    std::int64_t collateral_slope_max() const noexcept override {
        return active_->collateral_slope_max();
    }
    bool ladder_is_monotone() const noexcept override { return active_->ladder_is_monotone(); }
    bool ladder_reads_ratio_alone() const noexcept override {
        return active_->ladder_reads_ratio_alone();
    }
    GroupReads group_reads() const noexcept override { return active_->group_reads(); }
    std::span<const RuleId> check_rules() const noexcept override { return active_->check_rules(); }
    void check(const CheckQuestion& question, std::span<CheckAnswer> answers) noexcept override {
        active_->check(question, answers);
    }
    void margin(std::span<const MarginQuestion> questions,
                std::span<MarginAnswer> answers) noexcept override {
        active_->margin(questions, answers);
    }
    void books(std::span<const BookQuestion> questions,
               std::span<MarginAnswer> answers) noexcept override {
        active_->books(questions, answers);
    }
    void collateral(std::span<const CollateralQuestion> questions,
                    std::span<CollateralAnswer> answers) noexcept override {
        active_->collateral(questions, answers);
    }
    void stage(std::span<const StageQuestion> questions,
               std::span<StageAnswer> answers) noexcept override {
        active_->stage(questions, answers);
    }

private:
    Rulebook* active_;
};

}  // namespace riskd::rulesets
