// Any bytes as a rule file: no crash, no hang, every fault with a place and a message. What the
// front-end accepts is written in one layout without a change of what it says, has a bound of
// steps, and LuaJIT loads it; it answers, with a fault at worst, within that bound.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "dsl/format.hpp"
#include "dsl/lone_rule.hpp"
#include "dsl/parser.hpp"
#include "dsl/step_bound.hpp"
#include "riskd/core/check.hpp"

namespace {

using riskd::dsl::RuleText;

// What likely states do not have: nothing at all, and what is absent.
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

// A rule that is one is formatted into the same rule.
void check_format_of_rule(const RuleText& source) {
    riskd::dsl::Diagnostics diagnostics;
    const auto formatted = riskd::dsl::format(source.text, diagnostics);
    RISKD_CHECK(formatted.has_value());
    const auto before = riskd::dsl::parse(source.text, diagnostics);
    const auto after = riskd::dsl::parse(*formatted, diagnostics);
    RISKD_CHECK(riskd::dsl::same_tree(before, after));
    riskd::dsl::check({source.path, *formatted}, diagnostics);
    RISKD_CHECK(diagnostics.empty());
}

double check_bound(const riskd::dsl::CheckedRule& rule) {
    const riskd::dsl::RuleBound bound = riskd::dsl::bound_of(rule);
    const riskd::dsl::Work work = bound.of.at(riskd::dsl::reference_book);
    RISKD_CHECK(std::isfinite(work.steps) && work.steps >= 1);
    RISKD_CHECK(std::isfinite(work.ns) && work.ns >= 0);
    RISKD_CHECK(!bound.of.text().empty() && bound.worst.line >= 1);
    return work.steps;
}

// Loads or is over budget; the books of likely questions are smaller than the reference.
void check_answers(const RuleText& source, double most_steps) {
    riskd::config::RulesSettings settings;
    settings.steps_max = 10'000;
    settings.memory_max_bytes = 8 << 20;
    std::string rendered;
    const auto rule = riskd::dsl::LoneRule::load(source, settings, rendered);
    RISKD_CHECK(rendered.find("LuaJIT") == std::string::npos);
    RISKD_CHECK((rule == nullptr) == !rendered.empty());
    if (rule == nullptr) return;
    for (std::size_t question = 0; question < riskd::dsl::LoneRule::questions; question += 5) {
        rule->ask(question);
        RISKD_CHECK(rule->steps_used() <= most_steps);
    }
    ask(rule->rulebook());
    constexpr auto over = static_cast<std::size_t>(riskd::RuleFault::over_budget);
    for (const auto& counters : rule->rulebook().counters())
        RISKD_CHECK(counters.faults[over] == 0);
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
    check_format_of_rule(source);
    check_answers(source, check_bound(rule));
    return 0;
}
