// A rulebook by hand for the comparison of the engines: tight limits that random orders meet often,
// or hardly any; two margin tiers, haircuts and a ladder. With `fault_share` some answers are
// faults, chosen by what is asked, so that two engines that ask the same get the same. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "riskd/core/event.hpp"
#include "riskd/core/rulebook.hpp"

namespace riskd::model {

class PlainRulebook : public Rulebook {
public:
    struct Terms {
        unsigned fault_share{};  // one answer in this many; zero: none
        double looseness{1};     // every limit times this
    };
    PlainRulebook() : PlainRulebook(Terms{}) {}
    explicit PlainRulebook(Terms terms);

    // Requirements fail only for an order. Elsewhere a fault keeps an account from being judged
    // until it is asked again, and the slow engine asks more often than the fast one.
    void set_in_order(bool on) noexcept { in_order_ = on; }

    std::string_view hash() const noexcept override { return "0123456789abcdef"; }
    std::span<const RuleInfo> rules() const noexcept override { return rules_; }
    std::span<const WindowSpec> windows() const noexcept override { return windows_; }
    std::span<const MarginModel> margin_models() const noexcept override { return models_; }
    std::span<const Scenario> scenarios(RuleId) const noexcept override { return scenarios_; }
    RuleId margin_rule() const noexcept override { return RuleId{0}; }
    RuleId collateral_rule() const noexcept override { return RuleId{1}; }
    RuleId liquidation_rule() const noexcept override { return RuleId{2}; }
    GroupReads group_reads() const noexcept override { return {true, true, true, true}; }
    std::span<const RuleId> check_rules() const noexcept override { return check_rules_; }
    void check(const CheckQuestion& question, std::span<CheckAnswer> answers) noexcept override;
    void margin(std::span<const MarginQuestion> questions,
                std::span<MarginAnswer> answers) noexcept override;
    void books(std::span<const BookQuestion> questions,
               std::span<MarginAnswer> answers) noexcept override;
    void collateral(std::span<const CollateralQuestion> questions,
                    std::span<CollateralAnswer> answers) noexcept override;
    void stage(std::span<const StageQuestion> questions,
               std::span<StageAnswer> answers) noexcept override;

private:
    // Whether the question about these numbers meets a fault.
    bool fails(double a, double b) const noexcept;

    Terms terms_;
    bool in_order_{};
    std::vector<RuleInfo> rules_;
    std::vector<MarginModel> models_;
    std::vector<Scenario> scenarios_;
    std::vector<RuleId> check_rules_;
    std::vector<WindowSpec> windows_;
};

}  // namespace riskd::model
