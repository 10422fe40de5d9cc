// Rules written to do harm: those of tests/regressions/attacks, and larger ones that are made here.
// Each is refused with a place, or stopped by its budget, within ten milliseconds; and what was
// loaded or is loaded next answers as ever.
#include <gtest/gtest.h>
#include <time.h>

#include <functional>
#include <sstream>

#include "dsl/format.hpp"
#include "tests/unit/dsl_rig.hpp"

namespace riskd::dsl {
namespace {

// Of this thread's own time on a processor; a sanitizer takes many times as long.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(NDEBUG)
constexpr double answered_ms_max = 500;
#else
constexpr double answered_ms_max = 10;
#endif

// The quickest of three: another program on the machine is not what is measured.
double best_of_three_ms(const std::function<void()>& work) {
    const auto now = [] {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
    };
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
        const double before = now();
        work();
        best = std::min(best, now() - before);
    }
    return best;
}

// The attack beside the plainest rule of each other kind.
LoadResult load_attack(const std::string& text) {
    std::vector<RuleText> texts{{"attack.lua", text}, rig::plain_collateral(), rig::plain_ladder()};
    const bool is_margin = text.find("kind = \"margin\"") != std::string::npos;
    if (!is_margin) texts.push_back(rig::plain_margin());
    return load_rules(std::move(texts), {});
}

std::vector<std::string> said_of(const LoadResult& loaded) {
    std::vector<std::string> all;
    for (const config::Fault& each : loaded.faults) {
        all.push_back(std::to_string(each.place.line) + ":" + std::to_string(each.place.column) +
                      ": " + each.message);
    }
    return all;
}

// Lines of the file that begin with `mark`; what does not fit one goes on behind `--+ `.
std::vector<std::string> marked(const std::string& text, const std::string& mark) {
    std::vector<std::string> found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(mark)) found.push_back(line.substr(mark.size()));
        if (line.starts_with("--+ ") && !found.empty()) found.back() += line.substr(3);
    }
    return found;
}

void expect_good_rules_still_answer(LuaRulebook& loaded_before) {
    EXPECT_EQ(rig::ask(loaded_before, rig::calm_question())[0].used, 1);
    const auto anew = rig::rulebook({rig::well()});
    ASSERT_NE(anew, nullptr);
    EXPECT_EQ(rig::ask(*anew, rig::calm_question())[0].used, 1);
}

// A book that is larger than the one that rules are measured by when they are loaded.
MarginAnswer ask_about_a_large_book(LuaRulebook& rules) {
    const std::vector<PositionView> positions(200);
    BookQuestion question{.rule = RuleId{0},
                          .positions = positions.data(),
                          .positions_count = static_cast<std::int32_t>(positions.size())};
    MarginAnswer answer;
    rules.books({&question, 1}, {&answer, 1});
    return answer;
}

TEST(AttackFiles, each_is_refused_where_it_stands_or_stopped_by_its_budget) {
    const auto before = rig::rulebook({rig::well()});
    const auto folder =
        std::filesystem::path{RISKD_SOURCE_DIR} / "tests" / "regressions" / "attacks";
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string text = rig::read_file(entry.path());
        LoadResult loaded;
        EXPECT_LT(best_of_three_ms([&] { loaded = load_attack(text); }), answered_ms_max)
            << entry.path();
        const auto stopped = marked(text, "--> stopped: ");
        if (!stopped.empty()) {
            ASSERT_TRUE(loaded.ok()) << loaded.rendered;
            MarginAnswer answer;
            EXPECT_LT(best_of_three_ms([&] { answer = ask_about_a_large_book(*loaded.rulebook); }),
                      answered_ms_max);
            EXPECT_EQ(answer.fault, RuleFault::over_budget);
            EXPECT_EQ(loaded.rulebook->last_error(), "attack.lua:" + stopped[0]);
        } else {
            EXPECT_EQ(said_of(loaded), marked(text, "--> ")) << entry.path();
            EXPECT_EQ(loaded.rulebook, nullptr);
            EXPECT_FALSE(loaded.ok());
        }
        expect_good_rules_still_answer(*before);
        ++files;
    }
    EXPECT_GE(files, 30);
}

std::string repeated(const std::string& what, int times) {
    std::string made;
    for (int i = 0; i < times; ++i)
        made += what;
    return made;
}

// `what` of 0, 1, 2...
std::string numbered(int times, const std::function<std::string(int)>& what) {
    std::string made;
    for (int i = 0; i < times; ++i)
        made += what(i);
    return made;
}

std::string rule_with(const std::string& body, const std::string& entries = "") {
    return "rule {\n  name = \"attack\", kind = \"check\", reason = reject.other,\n" + entries +
           "  check = function(order)\n" + body +
           "\n    return limit(order.quantity, 1)\n  end,\n}\n";
}
std::string limit_of(const std::string& expression) {
    return rule_with("    if " + expression + " > 1 then return pass() end");
}

struct MadeAttack {
    std::string name;
    std::string text;
    std::string said;  // of the first fault
};

std::vector<MadeAttack> deep_ones() {
    const std::string deep = "this is nested too deeply";
    return {
        {"parentheses", limit_of(repeated("(", 10'000) + "1" + repeated(")", 10'000)), deep},
        {"open parentheses", rule_with("    local x = " + repeated("(", 30'000)), deep},
        {"tables", "rule " + repeated("{", 15'000) + repeated("}", 15'000), deep},
        {"tables in params",
         rule_with("", "  params = { a = " + repeated("ratio { a = ", 5'000) + "1" +
                           repeated("}", 5'000) + " },\n"),
         deep},
        {"ifs", rule_with(repeated("if order.reduces then ", 5'000) + repeated(" end", 5'000)),
         deep},
        {"blocks", rule_with(repeated("do ", 15'000) + repeated("end ", 15'000)), deep},
        {"functions", rule_with("local f = " + repeated("function() return ", 5'000)), deep},
        {"minuses", limit_of(repeated("- ", 30'000) + "1"), deep},
        {"nots", rule_with("if " + repeated("not ", 30'000) + "true then return pass() end"), deep},
        {"calls", limit_of(repeated("abs(", 10'000) + "1" + repeated(")", 10'000)), deep},
        {"a chain of sums", limit_of("1" + repeated(" + 1", 10'000)),
         "this expression is too long; use locals"},
        {"a chain of fields", limit_of("order" + repeated(".order", 10'000)),
         "this expression is too long; use locals"},
        {"a chain of calls", limit_of("order" + repeated("()", 10'000)),
         "this expression is too long; use locals"},
        {"powers", limit_of("2" + repeated("^2", 10'000)), "`^` is not in the language"},
    };
}

std::vector<MadeAttack> wide_ones() {
    return {
        {"several megabytes", rule_with(repeated("    -- nothing to see here\n", 200'000)),
         "this file is too long: 256 KiB is the most"},
        {"as long as a file may be", repeated(";", 256 * 1024), "this rule is too long"},
        {"blanks only", repeated("\n", 256 * 1024), "this file holds no `rule { ... }`"},
        {"locals",
         rule_with(numbered(200, [](int i) { return "local a" + std::to_string(i) + " = 1\n"; })),
         "too many locals; split the rule with a local function"},
        {"constants of the file",
         numbered(300, [](int i) { return "local a" + std::to_string(i) + " = 1\n"; }) +
             rule_with(""),
         "a file has at most 30 constants and functions"},
        {"constants in a body",
         rule_with("local a = 0\n" +
                   numbered(5'000, [](int i) { return "a = a * " + std::to_string(i) + "\n"; })),
         "this rule is too long"},
        {"parameters of a function",
         "local function f(" + numbered(300, [](int i) { return "a" + std::to_string(i) + ","; }) +
             "z) return z end\n" + rule_with(""),
         "a function takes at most eight parameters"},
        {"arguments of a call", limit_of("max(" + repeated("1,", 300) + "1)"),
         "a call takes at most eight arguments"},
        {"parameters of a rule",
         rule_with("",
                   "  params = {" +
                       numbered(900, [](int i) { return "a" + std::to_string(i) + " = ratio,"; }) +
                       "},\n"),
         "a rule has at most 64 parameters"},
        {"keys of a table",
         rule_with(
             "",
             "  params = { a = ratio {" +
                 numbered(3'900, [](int i) { return "a" + std::to_string(1000 + i) + " = 1,"; }) +
                 "} },\n"),
         "a parameter has no `a1000`"},
        {"rows of steps",
         rule_with("",
                   "  params = { a = steps { by = \"n\", columns = { s = ratio }, default = {" +
                       numbered(3'000,
                                [](int i) { return "{ n = " + std::to_string(i) + ", s = 1 },"; }) +
                       "} } },\n"),
         "this rule is too long"},
        {"branches",
         rule_with("if order.reduces then return pass()\n" +
                   repeated("elseif order.reduces then return pass()\n", 5'000) + "end"),
         "this rule is too long"},
        {"statements", rule_with(repeated("do end ", 10'000)), "this rule is too long"},
    };
}

std::vector<MadeAttack> odd_ones() {
    using namespace std::string_literals;
    return {
        {"bytecode", "\x1bLJ\x02\x00\x00"s, "this is bytecode; only the text of a rule is loaded"},
        {"bytecode behind a blank", " \x1bLJ\x02\x00\x00"s, "this character has no meaning here"},
        {"zero bytes", std::string(200'000, '\0'), "this character has no meaning here"},
        {"a zero byte in a name", rule_with("    if order\0.reduces then return pass() end"s),
         "this character has no meaning here"},
        {"bytes above 127", std::string(200'000, '\xff'), "this character has no meaning here"},
        {"a long name", limit_of(std::string(200'000, 'a')), "a name has at most 64 characters"},
        {"long names",
         rule_with("", "  params = {" +
                           numbered(2'000,
                                    [](int i) {
                                        return std::string(100, 'a') + std::to_string(i) + " = 1,";
                                    }) +
                           "},\n"),
         "a name has at most 64 characters"},
        {"names that are almost right",
         rule_with(numbered(3'000,
                            [](int i) { return "order.quantitz" + std::to_string(i) + " = 1\n"; })),
         "this rule is too long"},
        {"a long number", limit_of(std::string(200'000, '9')), "a number has at most"},
        {"a long fraction", limit_of("0." + std::string(200'000, '0') + "1"),
         "a number has at most"},
        {"a long exponent", limit_of("1e" + std::string(200'000, '0') + "1"),
         "a number has at most"},
        {"a long text", rule_with("    local x = \"" + std::string(200'000, 'x') + "\""),
         "a text has at most 1000 characters"},
        {"a text that is never closed", "rule { name = \"" + std::string(200'000, 'x'),
         "this text is not closed"},
        {"escapes", rule_with("    local x = \"" + repeated("\\n", 100'000) + "\""),
         "a text knows only"},
        {"brackets that begin a long text", repeated("[=", 100'000),
         "write a text on one line, in double quotes"},
        {"brackets", repeated("[", 200'000), "write a text on one line, in double quotes"},
        {"a comment that is never closed", "--[" + repeated("=", 200'000) + "[",
         "this comment is not closed"},
        {"comments", repeated("--[[]]", 40'000), "this file holds no `rule { ... }`"},
        {"what steers a terminal", "rule { name = \"x\", kind = \"\x1b[2Jcheck\" }",
         "there is no kind of rule `?[2Jcheck`"},
        {"carriage returns", repeated("\r", 200'000) + "x", "this is not a statement"},
    };
}

// Units are found by walking again: once for each local that begins as a plain number, and each
// time through a local function for every way it is called.
std::vector<MadeAttack> slow_ones() {
    const auto argument = [](int i, int place) {
        return std::string(1, "qpnr"[static_cast<std::size_t>(i >> (2 * place)) % 4]);
    };
    const std::string function = "local function f(a, b, c, d)\nlocal s = 0\n" +
                                 repeated("s = s + 1 * 2\n", 180) +
                                 "return s + 0 * (a + b + c + d)\nend\n";
    const std::string views =
        "local q = order.quantity\nlocal p = order.price\nlocal n = order.notional\n"
        "local r = order.price / order.price\n";
    const std::string calls = numbered(195, [&](int i) {
        return "a0 = a0 * f(" + argument(i, 0) + ", " + argument(i, 1) + ", " + argument(i, 2) +
               ", " + argument(i, 3) + ")\n";
    });
    const std::string learning =
        numbered(50, [](int i) { return "local a" + std::to_string(i) + " = 0\n"; }) +
        numbered(49, [](int i) {
            return "a" + std::to_string(i) + " = a" + std::to_string(i + 1) + " * 1\n";
        });
    const std::string last = "a49 = order.notional\n";
    const std::string slow = "the units in this rule take too long to find";
    return {
        {"a function of many units", function + rule_with(views + "local a0 = 1\n" + calls), slow},
        {"units learnt one by one", rule_with(learning + repeated("a0 = a0 * 1\n", 600) + last),
         slow},
        {"both", function + rule_with(views + learning + calls + last), slow},
    };
}

void expect_refused_quickly(const MadeAttack& attack, LuaRulebook& loaded_before) {
    LoadResult loaded;
    const double ms = best_of_three_ms([&] { loaded = load_attack(attack.text); });
    EXPECT_LT(ms, answered_ms_max) << attack.name;
    EXPECT_EQ(loaded.rulebook, nullptr) << attack.name;
    ASSERT_FALSE(loaded.faults.empty()) << attack.name;
    const config::Fault& first = loaded.faults.front();
    EXPECT_EQ(first.place.file, "attack.lua") << attack.name;
    EXPECT_GE(first.place.line, 1) << attack.name;
    EXPECT_GE(first.place.column, 1) << attack.name;
    EXPECT_NE(first.message.find(attack.said), std::string::npos)
        << attack.name << ": " << first.message.substr(0, 300);
    for (const config::Fault& each : loaded.faults) {
        EXPECT_LE(each.message.size(), 400U) << attack.name;
        EXPECT_EQ(each.message, printable(each.message)) << attack.name;
    }
    Diagnostics diagnostics;
    format(attack.text, diagnostics);  // parses what is wrong only in its meaning: no crash
    expect_good_rules_still_answer(loaded_before);
}

TEST(AttackFiles, deep_wide_odd_and_slow_ones_are_refused_where_they_stand) {
    const auto before = rig::rulebook({rig::well()});
    for (const auto& made : {deep_ones(), wide_ones(), odd_ones(), slow_ones()}) {
        for (const MadeAttack& attack : made)
            expect_refused_quickly(attack, *before);
    }
}

}  // namespace
}  // namespace riskd::dsl
