// The rulebook of a replay that asks no rule: every answer is a fault, so that whoever asked it all
// the same would learn nothing. Any thread.
#pragma once

#include "riskd/core/rulebook.hpp"

namespace riskd::rulesets {

class SilentRules final : public Rulebook {
public:
    std::string_view hash() const noexcept override { return {}; }
    std::span<const RuleInfo> rules() const noexcept override { return {}; }
    std::span<const WindowSpec> windows() const noexcept override { return {}; }
    RuleId margin_rule() const noexcept override { return no_rule; }
    RuleId collateral_rule() const noexcept override { return no_rule; }
    RuleId liquidation_rule() const noexcept override { return no_rule; }
    std::span<const RuleId> check_rules() const noexcept override { return {}; }
    void check(const CheckQuestion&, std::span<CheckAnswer>) noexcept override {}
    void margin(std::span<const MarginQuestion>,
                std::span<MarginAnswer> answers) noexcept override {
        for (MarginAnswer& answer : answers)
            answer = {.fault = RuleFault::raised};
    }
    void collateral(std::span<const CollateralQuestion>,
                    std::span<CollateralAnswer> answers) noexcept override {
        for (CollateralAnswer& answer : answers)
            answer = {.fault = RuleFault::raised};
    }
    void stage(std::span<const StageQuestion>, std::span<StageAnswer> answers) noexcept override {
        for (StageAnswer& answer : answers)
            answer = {.fault = RuleFault::raised};
    }
};

}  // namespace riskd::rulesets
