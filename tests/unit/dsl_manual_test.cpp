// docs/RULES.md says what the program has: its tables are the program's own, its rules load, and
// its messages are those that come out. RISKD_PRINT_TABLES=1 prints the tables to paste.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "dsl/reference.hpp"
#include "tests/unit/dsl_rig.hpp"

namespace riskd::dsl {
namespace {

std::string manual() {
    return rig::read_file(std::filesystem::path{RISKD_SOURCE_DIR} / "docs" / "RULES.md");
}

std::string between(const std::string& text, const std::string& from, const std::string& to) {
    const std::size_t begin = text.find(from);
    if (begin == std::string::npos) return "there is no " + from;
    const std::size_t end = text.find(to, begin + from.size());
    return text.substr(begin + from.size(), end - begin - from.size());
}

std::vector<RuleDescription> every_rule() {
    std::vector<RuleDescription> all;
    for (const std::string& file : rig::rule_files()) {
        for (RuleDescription& each : rig::shipped(rig::shipped_with(file))->describe()) {
            if (each.file == file) all.push_back(std::move(each));
        }
    }
    return all;
}

TEST(Manual, has_the_tables_of_the_program) {
    const std::string rules = rule_tables(every_rule());
    const std::string language = language_tables();
    if (std::getenv("RISKD_PRINT_TABLES") != nullptr) {
        std::printf("%s\n%s", rules.c_str(), language.c_str());
    }
    const std::string note = ": made by riskd, compared by a test -->\n";
    EXPECT_EQ(between(manual(), "<!-- rules" + note, "<!-- end -->"), rules);
    EXPECT_EQ(between(manual(), "<!-- language" + note, "<!-- end -->"), language);
}

TEST(Manual, its_first_rule_loads_and_decides) {
    const auto rules = rig::rulebook({{"fresh_mark.lua", between(manual(), "```lua\n", "```")}});
    CheckQuestion question = rig::calm_question();
    question.instrument.mark_age = 6;
    const auto answers = rig::ask(*rules, question);
    EXPECT_EQ(answers[0].outcome, CheckOutcome::limit);
    EXPECT_EQ(answers[0].used, 6);
    EXPECT_EQ(answers[0].allowed, 5);
    EXPECT_EQ(name(rules->rules()[0].reason), "reference_price_not_available");
}

TEST(Manual, its_parameters_and_windows_are_accepted) {
    const std::string text = manual();
    const std::string parameters = "params = {" + between(text, "```lua\nparams = {", "```");
    const std::string history = "history = {" + between(text, "```lua\nhistory = {", "```");
    const std::string body =
        "rule { name = \"x\", kind = \"check\", reason = reject.other,\n" + parameters + history +
        "check = function(order, history, params)\n"
        "  if params.restricted or history.burst.count > 3 then return pass() end\n"
        "  local rate = params.tiers:at(order.notional).initial + params.deviation_max\n"
        "  return limit(history.day.change * rate, params.notional_max)\nend }\n";
    Diagnostics diagnostics;
    const RuleText source{"x.lua", body};
    check(source, diagnostics);
    for (const Diagnostic& each : diagnostics.list())
        ADD_FAILURE() << render(source, each);
}

}  // namespace
}  // namespace riskd::dsl
