// Small rulesets and random questions for the tests of the rule language. Every ruleset has the
// plainest possible margin, collateral and liquidation rule beside what is tested. One thread.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "dsl/host.hpp"

namespace riskd::dsl::rig {

inline RuleText plain_margin() {
    return {"margin.lua", R"(rule {
  name = "plain_margin", kind = "margin", rate_max = 1,
  margin = function(exposure) return exposure.notional, exposure.notional / 2 end,
})"};
}
inline RuleText plain_collateral() {
    return {"collateral.lua", R"(rule {
  name = "plain_collateral", kind = "collateral",
  collateral = function(collateral) return collateral.value end,
})"};
}
inline RuleText plain_ladder() {
    return {"ladder.lua", R"(rule {
  name = "plain_ladder", kind = "liquidation",
  stage = function(account)
    if account.margin_ratio >= 1 then return stage.liquidate end
    return stage.healthy
  end,
  close = function() return reduce_until(0.5, by.largest_margin_first) end,
})"};
}

// A check rule with this body; it sees everything it names.
inline RuleText check_rule(const std::string& name, const std::string& parameters,
                           const std::string& declared, const std::string& body) {
    return {name + ".lua", "rule {\n  name = \"" + name +
                               "\", kind = \"check\", reason = reject.other,\n  params = { " +
                               declared + " },\n  check = function(" + parameters + ")\n" + body +
                               "\n  end,\n}\n"};
}

// Within its budget when it is loaded, and beyond the one that a test gives it then.
inline RuleText long_loop() {
    return check_rule("long_loop", "order", "",
                      "    local sum = 0\n    for i = 1, 9000 do\n      sum = sum + i\n"
                      "    end\n    return limit(order.quantity, sum)");
}
inline RuleText well(const std::string& name = "well") {
    return check_rule(name, "order", "", "    return limit(order.quantity, 5)");
}

inline LoadResult load(std::vector<RuleText> checks, config::RulesSettings settings = {}) {
    checks.push_back(plain_margin());
    checks.push_back(plain_collateral());
    checks.push_back(plain_ladder());
    return load_rules(std::move(checks), settings);
}

// Fails the test when the rules are refused.
inline std::unique_ptr<LuaRulebook> rulebook(std::vector<RuleText> checks,
                                             config::RulesSettings settings = {}) {
    LoadResult result = load(std::move(checks), std::move(settings));
    EXPECT_TRUE(result.ok()) << result.rendered;
    return std::move(result.rulebook);
}

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Every rule file of the tree.
inline std::vector<std::string> rule_files() {
    std::vector<std::string> files;
    const std::filesystem::path root = std::filesystem::path{RISKD_SOURCE_DIR} / "rules";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        const std::string path = entry.path().string();
        if (path.ends_with(".lua") && !path.ends_with(".meta.lua")) files.push_back(path);
    }
    std::sort(files.begin(), files.end());
    return files;
}

// The ruleset of config/riskd.yaml: every check rule, and the usual one of each other kind.
inline config::RulesSettings shipped_settings() {
    config::RulesSettings settings;
    const std::filesystem::path root = std::filesystem::path{RISKD_SOURCE_DIR} / "rules";
    for (const std::string& file : rule_files()) {
        const std::string name = std::filesystem::path{file}.lexically_relative(root).string();
        const bool usual = name.starts_with("check/") || name == "collateral/haircut.lua" ||
                           name == "liquidation/ladder.lua" || name == "margin/tiered.lua";
        if (usual) settings.files.push_back(file);
    }
    return settings;
}

// The same with this rule, in place of the usual one of its kind.
inline config::RulesSettings shipped_with(const std::string& file) {
    const auto kind_of = [](const std::string& path) {
        Diagnostics diagnostics;
        return check({path, read_file(path)}, diagnostics).declaration.kind;
    };
    config::RulesSettings settings = shipped_settings();
    const RuleKind kind = kind_of(file);
    std::erase_if(settings.files, [&](const std::string& each) {
        return each == file || (kind != RuleKind::check && kind_of(each) == kind);
    });
    settings.files.push_back(file);
    return settings;
}

inline std::unique_ptr<LuaRulebook> shipped(config::RulesSettings settings = shipped_settings()) {
    LoadResult result = load_rules(settings);
    EXPECT_TRUE(result.ok()) << result.rendered;
    return std::move(result.rulebook);
}

inline std::vector<CheckAnswer> ask(Rulebook& rulebook, const CheckQuestion& question) {
    std::vector<CheckAnswer> answers(rulebook.check_rules().size());
    rulebook.check(question, answers);
    return answers;
}

inline config::ParameterSetting setting(std::string rule, std::string parameter, double value) {
    config::ParameterSetting made;
    made.rule = std::move(rule);
    made.parameter = std::move(parameter);
    made.value.number = value;
    return made;
}

// A question about an ordinary limit order: nothing is absent, nothing is near a limit.
inline CheckQuestion calm_question() {
    CheckQuestion question;
    question.mark_fresh = true;
    question.order = {.quantity = 1, .price = 100, .notional = 100};
    question.account = {.equity = 10'000, .margin_ratio = 0.1, .leverage = 0.1, .open_orders = 3};
    question.instrument = {.mark_price = 100, .index_price = 100, .bid = 99, .ask = 101};
    question.exposure = {.worst_case_quantity_after = 1, .worst_case_notional_after = 100};
    return question;
}

// Numbers as they come and as they should not: round, tiny, huge, negative, zero, absent, infinite.
class RandomNumbers {
public:
    explicit RandomNumbers(std::uint64_t seed) : source_(seed) {}

    double number() {
        constexpr double infinite = std::numeric_limits<double>::infinity();
        switch (below(24)) {
            case 0: return 0;
            case 1: return absent;
            case 2: return infinite;
            case 3: return -static_cast<double>(below(1000));
            case 4: return 1e300;
            case 5: return 1e-300;
            case 6: return -0.0;
            default: break;
        }
        const double wide = std::uniform_real_distribution<double>{-3, 8}(source_);
        return std::pow(10.0, wide);
    }
    std::int32_t below(std::int32_t end) {
        return std::uniform_int_distribution<std::int32_t>{0, end - 1}(source_);
    }
    bool flag() { return below(2) == 1; }
    double near_one() { return std::uniform_real_distribution<double>{0.0, 1.3}(source_); }

private:
    std::mt19937_64 source_;
};

// RISKD_SEED repeats a run.
inline std::uint64_t seed_of_this_run() {
    const char* given = std::getenv("RISKD_SEED");
    const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 20260121;
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    return seed;
}

}  // namespace riskd::dsl::rig
