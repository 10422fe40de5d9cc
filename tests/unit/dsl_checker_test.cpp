#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "dsl/checker.hpp"
#include "dsl/suggest.hpp"
#include "tests/unit/dsl_rig.hpp"

namespace riskd::dsl {
namespace {

std::vector<std::string> faults_of(const std::string& text) {
    Diagnostics diagnostics;
    check({"x.lua", text}, diagnostics);
    std::vector<std::string> found;
    for (const Diagnostic& each : diagnostics.list()) {
        found.push_back(std::to_string(each.at.line) + ":" + std::to_string(each.at.column) + ": " +
                        each.message);
    }
    return found;
}

// What the file itself says is wrong with it: its lines that begin with `--> `.
std::vector<std::string> expected_of(const std::string& text) {
    std::vector<std::string> wanted;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("--> ")) wanted.push_back(line.substr(4));
    }
    return wanted;
}

TEST(Checker, says_of_every_wrong_rule_what_is_wrong_and_where) {
    const auto folder =
        std::filesystem::path{RISKD_SOURCE_DIR} / "tests" / "regressions" / "wrong_rules";
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string text = rig::read_file(entry.path());
        const auto wanted = expected_of(text);
        EXPECT_FALSE(wanted.empty()) << entry.path();
        EXPECT_EQ(faults_of(text), wanted) << entry.path();
        ++files;
    }
    EXPECT_GE(files, 70);
}

TEST(Checker, accepts_every_shipped_rule) {
    for (const std::string& path : rig::rule_files()) {
        EXPECT_EQ(faults_of(rig::read_file(path)), std::vector<std::string>{}) << path;
    }
}

TEST(Checker, shows_a_fault_with_its_line_and_carets) {
    RuleText source{
        "rules/check/price_collar.lua",
        rig::read_file(std::filesystem::path{RISKD_SOURCE_DIR} / "rules/check/price_collar.lua")};
    const std::string right = "instrument.mark_price) /";
    source.text.replace(source.text.find(right), right.size(), "instrument.mark_prise) /");
    Diagnostics diagnostics;
    check(source, diagnostics);
    ASSERT_EQ(diagnostics.list().size(), 1U);
    EXPECT_EQ(
        render(source, diagnostics.list()[0]),
        "rules/check/price_collar.lua:18:52: instrument has no field `mark_prise`; did you mean "
        "`mark_price`?\n"
        "   18 |     local deviation = abs(order.price - instrument.mark_prise) / "
        "instrument.mark_price\n"
        "      |                                                    ^^^^^^^^^^\n");
}

TEST(Checker, finds_the_unit_of_a_local_that_begins_as_a_plain_number) {
    const std::string head =
        "rule {\n  name = \"x\", kind = \"check\", reason = reject.other,\n"
        "  check = function(order)\n    local worst = 0\n    for i = 1, 3 do\n"
        "      worst = max(worst, order.notional / i)\n    end\n";
    EXPECT_EQ(faults_of(head + "    return limit(worst, order.notional)\n  end,\n}\n"),
              std::vector<std::string>{});
    EXPECT_EQ(
        faults_of(head + "    return limit(worst, order.quantity)\n  end,\n}\n"),
        std::vector<std::string>{"8:18: limit() compares money[account] with quantity[contracts]"});
}

TEST(Checker, gives_a_local_function_the_units_of_each_call) {
    const std::string head =
        "local half = 0.5\nlocal function halve(x)\n  return x * half\nend\n"
        "rule {\n  name = \"x\", kind = \"check\", reason = reject.other,\n"
        "  check = function(order)\n";
    EXPECT_EQ(
        faults_of(head + "    if halve(order.quantity) > order.quantity then return pass() end\n"
                         "    return limit(halve(order.notional), order.notional)\n  end,\n}\n"),
        std::vector<std::string>{});
    EXPECT_EQ(faults_of(head + "    return limit(halve(order.price), order.notional)\n  end,\n}\n"),
              std::vector<std::string>{"8:18: limit() compares price with money[account]"});
}

TEST(Checker, knows_which_rules_read_the_mark_price) {
    for (const std::string& path : rig::rule_files()) {
        Diagnostics diagnostics;
        const CheckedRule rule = check({path, rig::read_file(path)}, diagnostics);
        const std::string& name = rule.declaration.name;
        const bool reads =
            name == "price_collar" || name == "position_notional" || name == "group_exposure";
        EXPECT_EQ(rule.needs_mark, reads) << name;
    }
}

TEST(Suggestion, finds_the_nearest_name_and_nothing_far_off) {
    constexpr std::array<std::string_view, 4> known{"mark_price", "index_price", "bid", "ask"};
    EXPECT_EQ(nearest("mark_prise", known), "mark_price");
    EXPECT_EQ(nearest("makr_price", known), "mark_price");
    EXPECT_EQ(nearest("indexprice", known), "index_price");
    EXPECT_EQ(nearest("bud", known), "bid");
    EXPECT_EQ(nearest("volume", known), "");
    EXPECT_EQ(nearest(std::string(10'000, 'x'), known), "");
    EXPECT_EQ(edit_distance("ab", "ba"), 1U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(did_you_mean("aks", known), "; did you mean `ask`?");
}

}  // namespace
}  // namespace riskd::dsl
