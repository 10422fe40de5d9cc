#include "dsl/lone_rule.hpp"

#include <utility>

namespace riskd::dsl {
namespace {

constexpr std::string_view margin_beside = R"(rule {
  name = "margin_beside", kind = "margin", rate_max = 1,
  margin = function(exposure) return exposure.notional, exposure.notional end,
})";
constexpr std::string_view collateral_beside = R"(rule {
  name = "collateral_beside", kind = "collateral",
  collateral = function(collateral) return collateral.value end,
})";
constexpr std::string_view liquidation_beside = R"(rule {
  name = "liquidation_beside", kind = "liquidation",
  stage = function(account)
    if account.margin_ratio >= 1 then return stage.liquidate end
    return stage.healthy
  end,
  close = function() return reduce_until(1, by.largest_margin_first) end,
})";

}  // namespace

std::unique_ptr<LoneRule> LoneRule::load(RuleText source, const config::RulesSettings& settings,
                                         std::string& rendered) {
    Diagnostics diagnostics;
    const CheckedRule rule = check(source, diagnostics);
    for (const Diagnostic& each : diagnostics.list())
        rendered += render(source, each);
    if (!diagnostics.empty()) return nullptr;
    const RuleKind kind = rule.declaration.kind;
    std::vector<RuleText> texts{std::move(source)};
    const auto beside = [&](RuleKind other, std::string_view text) {
        if (kind != other) texts.push_back({"beside.lua", std::string{text}});
    };
    beside(RuleKind::margin, margin_beside);
    beside(RuleKind::collateral, collateral_beside);
    beside(RuleKind::liquidation, liquidation_beside);
    config::RulesSettings own = settings;
    std::erase_if(own.parameters, [&](const config::ParameterSetting& each) {
        return std::string_view{each.rule}.substr(each.rule.find('/') + 1) != rule.declaration.name;
    });
    LoadResult loaded = load_rules(std::move(texts), own);
    rendered += loaded.rendered;
    if (!loaded.ok()) return nullptr;
    return std::unique_ptr<LoneRule>{
        new LoneRule{std::move(loaded.rulebook), kind, is_about_books(rule.declaration)}};
}

LoneRule::LoneRule(std::unique_ptr<LuaRulebook> rulebook, RuleKind kind, bool of_books)
    : rulebook_(std::move(rulebook)), kind_(kind), of_books_(of_books) {
    for (std::size_t i = 0; i < questions; ++i) {
        const int round = static_cast<int>(i);
        // Half of what is asked is ordinary, half is anything.
        const bool rare = i % 2 == 1;
        checks_.push_back(likely_check(rare ? static_cast<unsigned>(i) % likely_ways : 0, round));
        margins_.push_back(likely_margin(i, rare));
        margins_.back().rule = rulebook_->margin_rule();
        books_.push_back(book_.question(round));
        books_.back().rule = rulebook_->margin_rule();
        collaterals_.push_back(likely_collateral(i, rare));
        stages_.push_back(likely_stage(i, rare));
    }
}

bool LoneRule::ask(std::size_t question) noexcept {
    if (kind_ == RuleKind::check) {
        CheckAnswer answer;
        rulebook_->check(checks_[question], {&answer, 1});
        return answer.outcome != CheckOutcome::fault;
    }
    if (kind_ == RuleKind::margin) {
        MarginAnswer answer;
        if (of_books_) {
            rulebook_->books({&books_[question], 1}, {&answer, 1});
        } else {
            rulebook_->margin({&margins_[question], 1}, {&answer, 1});
        }
        return answer.fault == RuleFault::none;
    }
    if (kind_ == RuleKind::collateral) {
        CollateralAnswer answer;
        rulebook_->collateral({&collaterals_[question], 1}, {&answer, 1});
        return answer.fault == RuleFault::none;
    }
    StageAnswer answer;
    rulebook_->stage({&stages_[question], 1}, {&answer, 1});
    return answer.fault == RuleFault::none;
}

}  // namespace riskd::dsl
