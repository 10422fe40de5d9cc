// Any bytes as a rule file: no crash, no hang, every fault with a place and a message; and what the
// front-end accepts LuaJIT loads and answers, with a fault at worst, within its budget.
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "dsl/format.hpp"
#include "dsl/host.hpp"
#include "riskd/core/check.hpp"

namespace {

using riskd::dsl::RuleText;

constexpr const char* plain_margin =
    "rule { name = \"plain_margin\", kind = \"margin\", rate_max = 1,\n"
    "margin = function(exposure) return exposure.notional, exposure.notional end }";
constexpr const char* plain_collateral =
    "rule { name = \"plain_collateral\", kind = \"collateral\",\n"
    "collateral = function(collateral) return collateral.value end }";
constexpr const char* plain_ladder =
    "rule { name = \"plain_ladder\", kind = \"liquidation\",\n"
    "stage = function(account) return account.stage end,\n"
    "close = function() return reduce_until(0.5, by.largest_margin_first) end }";

// The rule beside what it needs to be a ruleset.
std::vector<RuleText> ruleset_with(RuleText rule, riskd::RuleKind kind) {
    std::vector<RuleText> texts;
    texts.push_back(std::move(rule));
    if (kind != riskd::RuleKind::margin) texts.push_back({"margin.lua", plain_margin});
    if (kind != riskd::RuleKind::collateral) texts.push_back({"collateral.lua", plain_collateral});
    if (kind != riskd::RuleKind::liquidation) texts.push_back({"ladder.lua", plain_ladder});
    return texts;
}

void ask(riskd::dsl::LuaRulebook& rules) {
    std::vector<riskd::CheckAnswer> checks(rules.check_rules().size());
    riskd::CheckQuestion question;
    question.mark_fresh = true;
    rules.check(question, checks);
    question.order = {.quantity = 1, .price = 100, .notional = 100};
    question.instrument.mark_price = std::numeric_limits<double>::quiet_NaN();
    rules.check(question, checks);
    std::array<riskd::MarginQuestion, 2> margins{};
    margins[1].exposure = {.quantity = 1, .notional = 1e6, .mark_price = 5, .leverage = 3};
    std::array<riskd::MarginAnswer, 2> margin_answers{};
    rules.margin(margins, margin_answers);
    std::array<riskd::CollateralQuestion, 3> assets{};
    assets[1].collateral = {.amount = -1, .price = 2, .value = -2};
    assets[2].collateral = {.amount = 1e6, .price = 2, .value = 2e6};
    std::array<riskd::CollateralAnswer, 3> values{};
    rules.collateral(assets, values);
    std::array<riskd::StageQuestion, 2> accounts{};
    accounts[1].account.margin_ratio = 0.95;
    std::array<riskd::StageAnswer, 2> stages{};
    rules.stage(accounts, stages);
}

// What has a layout keeps its tree in it, and formatted again stays as it is.
void check_format(const std::string& text) {
    riskd::dsl::Diagnostics diagnostics;
    const auto once = riskd::dsl::format(text, diagnostics);
    for (const riskd::dsl::Diagnostic& each : diagnostics.list())
        RISKD_CHECK(each.message.find("fault of riskd") == std::string::npos);
    if (once) RISKD_CHECK(riskd::dsl::format(*once, diagnostics) == once);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
    const RuleText source{"fuzz.lua", std::string(reinterpret_cast<const char*>(bytes), count)};
    riskd::dsl::Diagnostics diagnostics;
    const riskd::dsl::CheckedRule rule = riskd::dsl::check(source, diagnostics);
    for (const riskd::dsl::Diagnostic& each : diagnostics.list()) {
        RISKD_CHECK(!each.message.empty());
        RISKD_CHECK(each.at.line >= 1 && each.at.column >= 1);
        RISKD_CHECK(!render(source, each).empty());
    }
    check_format(source.text);
    if (!diagnostics.empty()) return 0;
    riskd::config::RulesSettings settings;
    settings.steps_max = 1000;
    settings.memory_max_bytes = 8 << 20;
    const auto loaded =
        riskd::dsl::load_rules(ruleset_with(source, rule.declaration.kind), settings);
    RISKD_CHECK(loaded.rendered.find("LuaJIT") == std::string::npos);
    if (loaded.ok()) ask(*loaded.rulebook);
    return 0;
}
