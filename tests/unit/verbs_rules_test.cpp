// `riskd rules ...`: what each tool prints and how it ends, and every command that docs/RULES.md
// shows, run in the order in which a reader would.
#include <algorithm>

#include "tests/unit/verbs_rig.hpp"

namespace riskd::verbs {
namespace {

std::string between(const std::string& text, const std::string& from, const std::string& to) {
    const std::size_t begin = text.find(from);
    if (begin == std::string::npos) return "there is no " + from;
    const std::size_t end = text.find(to, begin + from.size());
    return text.substr(begin + from.size(), end - begin - from.size());
}

// The lines of all blocks of shell commands.
std::vector<std::string> commands_of(const std::string& manual) {
    std::vector<std::string> commands;
    std::istringstream lines(manual);
    bool shell = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("```")) {
            shell = line == "```sh";
        } else if (shell && !line.empty()) {
            commands.push_back(line);
        }
    }
    return commands;
}

// "... # exit code 1: they differ"
int code_of(const std::string& command) {
    constexpr std::string_view said = "exit code ";
    const std::size_t at = command.find(said);
    return at == std::string::npos ? exit_well : command.at(at + said.size()) - '0';
}

using ManualCommands = VerbRig;

TEST_F(ManualCommands, all_run_and_end_as_they_say) {
    const std::string manual = read(RISKD_SOURCE_DIR "/docs/RULES.md");
    write("rules/check/fresh_mark.lua", between(manual, "```lua\n", "```"));
    write("rules/check/fresh_mark.scenario", between(manual, "```text\n", "```"));
    replace("config/riskd.yaml", "    - ../rules/check/order_rate.lua\n",
            "    - ../rules/check/order_rate.lua\n    - ../rules/check/fresh_mark.lua\n");
    // Those before need a riskd that runs: tests/integration/rulesets_test.cpp follows them.
    const auto commands = commands_of(manual.substr(manual.find("## What a rule says")));
    EXPECT_GE(commands.size(), 7U);
    for (const std::string& command : commands) {
        ASSERT_TRUE(command.starts_with("riskd ")) << command;
        const Ended ended = run(command);
        EXPECT_EQ(ended.code, code_of(command)) << command << "\n" << ended.output << ended.errors;
    }
}

TEST_F(ManualCommands, show_the_figures_that_the_program_prints) {
    const std::string manual = read(RISKD_SOURCE_DIR "/docs/RULES.md");
    const Ended ended =
        run("riskd rules check -v rules/margin/tiered.lua rules/venues/mango/health.lua");
    EXPECT_EQ(ended.code, exit_well);
    const std::string figures = ended.output.substr(ended.output.find('\n') + 1);
    EXPECT_NE(manual.find("```text\n" + figures + "```"), std::string::npos) << figures;
}

using RulesCheck = VerbRig;

TEST_F(RulesCheck, is_silent_about_what_is_right) {
    for (const char* line : {"riskd rules check rules", "riskd rules check",
                             "riskd rules check --config config/venues/bybit.yaml",
                             "riskd rules check rules/check/price_collar.lua rules/margin"}) {
        const Ended ended = run(line);
        EXPECT_EQ(ended.code, exit_well) << line;
        EXPECT_EQ(ended.output, "") << line;
    }
}

TEST_F(RulesCheck, lists_the_faults_of_every_file_with_their_lines) {
    replace("rules/check/order_rate.lua", "orders_max", "orders_most");
    replace("rules/check/price_collar.lua", "instrument.mark_price", "instrument.mark_prise");
    const Ended files = run("riskd rules check rules/check");
    EXPECT_EQ(files.code, exit_bad_start);
    EXPECT_NE(files.output.find("instrument has no field `mark_prise`; did you mean `mark_price`?"),
              std::string::npos);
    EXPECT_NE(files.output.find("rules/check/order_rate.lua:"), std::string::npos);
    EXPECT_NE(files.output.find("^^^^^^^^^^"), std::string::npos);
    const Ended config = run("riskd rules check");
    EXPECT_EQ(config.code, exit_bad_start);
    EXPECT_EQ(run("riskd check").output, config.output);
}

TEST_F(RulesCheck, refuses_what_is_no_rule) {
    write("empty.lua", "");
    const Ended empty = run("riskd rules check empty.lua");
    EXPECT_EQ(empty.code, exit_bad_start);
    EXPECT_EQ(empty.output, "empty.lua: this rule file cannot be read\n");
    EXPECT_EQ(run("riskd rules check rules/riskd.meta.lua").code, exit_bad_start);
    EXPECT_EQ(run("riskd rules check nowhere").code, exit_bad_start);
    EXPECT_EQ(run("riskd rules check rules --config config/riskd.yaml").code, exit_bad_start);
    write("none/x.txt", "");
    EXPECT_EQ(run("riskd rules check none").errors, "riskd: no rule files there\n");
    EXPECT_EQ(run("riskd rules").code, exit_bad_start);
}

TEST_F(RulesCheck, what_is_for_editors_is_never_a_rule) {
    replace("config/riskd.yaml", "    - ../rules/check/order_rate.lua\n",
            "    - ../rules/check/order_rate.lua\n    - ../rules/riskd.meta.lua\n");
    const Ended named = run("riskd check");
    EXPECT_EQ(named.code, exit_bad_start);
    EXPECT_NE(named.output.find("riskd.meta.lua` is for editors and holds no rule"),
              std::string::npos)
        << named.output;
}

TEST_F(RulesCheck, prints_the_most_steps_and_time_of_each_rule_when_asked) {
    const Ended files = run("riskd rules check -v rules/check rules/venues/mango/health.lua");
    EXPECT_EQ(files.code, exit_well);
    EXPECT_TRUE(
        files.output.starts_with("at most, compiled; of books: 16 positions, 8 balances, 8 orders\n"
                                 "rules/check/borrowed.lua                            1 steps "))
        << files.output;
    EXPECT_NE(files.output.find(" ns  (1 + 1 per order + 1 per order per order + 2 per balance + 3 "
                                "per balance per order + 1 per position)\n"),
              std::string::npos)
        << files.output;
    const Ended config = run("riskd rules check -v");
    EXPECT_EQ(config.code, exit_well);
    EXPECT_EQ(std::count(config.output.begin(), config.output.end(), '\n'), 17);
}

TEST_F(RulesCheck, refuses_what_may_take_too_many_steps_with_the_budget_of_the_configuration) {
    write("long.lua",
          "rule {\n  name = \"long\", kind = \"check\", reason = reject.other,\n"
          "  check = function(order)\n    local n = 0\n    for i = 1, 10000 do n = n + i end\n"
          "    return limit(order.quantity * n, 1)\n  end,\n}\n");
    const Ended ended = run("riskd rules check long.lua");
    EXPECT_EQ(ended.code, exit_bad_start);
    EXPECT_TRUE(ended.output.starts_with(
        "long.lua:5:5: `long` may take 10001 steps, this loop 10000 of them; the budget of a check "
        "rule is 10000, a tenth of rules.steps_max\n"))
        << ended.output;
    replace("config/riskd.yaml", "  - ../rules/check/order_rate.lua\n",
            "  - ../rules/check/order_rate.lua\n    - ../long.lua\n");
    EXPECT_EQ(run("riskd check").code, exit_bad_start);
    replace("config/riskd.yaml", "steps_max: 100000", "steps_max: 200000");
    const Ended raised = run("riskd check");
    EXPECT_EQ(raised.code, exit_well) << raised.output;
}

using RulesFmt = VerbRig;

TEST_F(RulesFmt, writes_files_in_the_layout_and_says_which) {
    write("some/wide.lua", "local a=1\nrule{name=\"x\"}\n");
    write("some/well.lua", "local a = 1\n");
    const Ended asked = run("riskd rules fmt --check some");
    EXPECT_EQ(asked.code, exit_failed);
    EXPECT_EQ(asked.output, "some/wide.lua\n");
    EXPECT_EQ(read("some/wide.lua"), "local a=1\nrule{name=\"x\"}\n");
    const Ended done = run("riskd rules fmt some");
    EXPECT_EQ(done.code, exit_well);
    EXPECT_EQ(done.output, "some/wide.lua\n");
    EXPECT_EQ(read("some/wide.lua"), "local a = 1\nrule { name = \"x\" }\n");
    EXPECT_EQ(read("some/well.lua"), "local a = 1\n");
    EXPECT_EQ(run("riskd rules fmt --check some").code, exit_well);
}

TEST_F(RulesFmt, leaves_a_file_that_does_not_parse_as_it_is) {
    write("some/a.lua", "local a=\n");
    write("some/b.lua", "local b=1\n");
    const Ended ended = run("riskd rules fmt some");
    EXPECT_EQ(ended.code, exit_bad_start);
    EXPECT_TRUE(ended.errors.starts_with("some/a.lua:2:1: expected a value or a statement"))
        << ended.errors;
    EXPECT_EQ(read("some/a.lua"), "local a=\n");
    EXPECT_EQ(read("some/b.lua"), "local b = 1\n");
    EXPECT_EQ(run("riskd rules fmt").code, exit_bad_start);
}

TEST_F(RulesFmt, formatted_rules_load_and_pass_their_scenarios) {
    EXPECT_EQ(run("riskd rules fmt rules").code, exit_well);
    EXPECT_EQ(run("riskd rules fmt --check rules").output, "");
    EXPECT_EQ(run("riskd check").code, exit_well);
    EXPECT_EQ(run("riskd rules test --update rules").code, exit_well);
}

using RulesDiff = VerbRig;

TEST_F(RulesDiff, ends_with_the_verdict_and_a_code_for_it) {
    const std::string pair = " config/riskd.yaml config/next.yaml";
    std::filesystem::copy_file("config/riskd.yaml", "config/next.yaml");
    const Ended same = run("riskd rules diff" + pair);
    EXPECT_EQ(same.code, exit_well);
    EXPECT_EQ(same.output, "same\n");
    replace("config/next.yaml", "deviation_max: 5%", "deviation_max: 4%");
    const Ended tighter = run("riskd rules diff" + pair);
    EXPECT_EQ(tighter.code, exit_failed);
    EXPECT_EQ(tighter.output,
              "check/price_collar.deviation_max everyone                       0.05 -> 0.04 "
              "tightened\ntightens only\n");
    replace("config/next.yaml", "    - ../rules/check/order_notional.lua\n", "");
    replace("config/next.yaml", "    order_notional: { notional_max: 1000000 }\n", "");
    const Ended looser = run("riskd rules diff" + pair);
    EXPECT_EQ(looser.code, exit_failed) << looser.errors;
    EXPECT_NE(looser.output.find("check/order_notional             removed"), std::string::npos);
    EXPECT_TRUE(looser.output.ends_with("\nloosens\n")) << looser.output;
    EXPECT_NE(run("riskd rules diff --json" + pair).output.find("\"verdict\": \"loosens\""),
              std::string::npos);
}

TEST_F(RulesDiff, compares_folders_and_refuses_what_has_faults) {
    std::filesystem::copy("rules/check", "next");
    EXPECT_EQ(run("riskd rules diff rules/check next").output, "same\n");
    replace("next/order_rate.lua", "default  = 100", "default  = 200");
    const Ended changed = run("riskd rules diff rules/check next");
    EXPECT_EQ(changed.code, exit_failed);
    EXPECT_NE(changed.output.find("100 -> 200 loosened"), std::string::npos) << changed.output;
    replace("next/order_rate.lua", "orders_max", "orders_most");
    const Ended faulty = run("riskd rules diff rules/check next");
    EXPECT_EQ(faulty.code, exit_bad_start);
    EXPECT_TRUE(faulty.errors.starts_with("next/order_rate.lua:")) << faulty.errors;
    write("none/x.txt", "");
    EXPECT_EQ(run("riskd rules diff rules/check none").code, exit_bad_start);
    EXPECT_EQ(run("riskd rules diff rules/check").code, exit_bad_start);
    replace("config/riskd.yaml", "deviation_max: 5%", "deviation_max: 99%");
    const Ended beyond = run("riskd rules diff config/riskd.yaml config/venues/bybit.yaml");
    EXPECT_EQ(beyond.code, exit_bad_start);
    EXPECT_NE(beyond.errors.find("`deviation_max` must be at most 0.5"), std::string::npos)
        << beyond.errors;
}

using RulesBench = VerbRig;

TEST_F(RulesBench, measures_each_rule_compiled_and_interpreted_and_says_the_conditions) {
    const Ended ended = run(
        "riskd rules bench --calls 640 rules/check/daily_loss.lua rules/venues/mango/health.lua");
    EXPECT_EQ(ended.code, exit_well) << ended.errors;
    std::istringstream lines(ended.output);
    std::vector<std::string> all;
    for (std::string line; std::getline(lines, line);)
        all.push_back(line);
    ASSERT_EQ(all.size(), 7U) << ended.output;
    EXPECT_TRUE(all[0].starts_with("each rule alone, one question a call, likely states; ns less"));
    EXPECT_NE(all[1].find(" threads; compiled rules are warmed first"), std::string::npos);
    for (std::size_t i = 3; i < all.size(); ++i) {
        std::istringstream words(all[i]);
        std::string path;
        std::string how;
        if (i % 2 == 1) words >> path;
        double p50{}, p99{}, p9999{}, max{}, calls{}, steps{}, bound{};
        words >> how >> p50 >> p99 >> p9999 >> max >> calls >> steps >> bound;
        ASSERT_TRUE(words) << all[i];
        EXPECT_EQ(how, i % 2 == 1 ? "compiled" : "interpreted");
        EXPECT_EQ(path, i == 3   ? "rules/check/daily_loss.lua"
                        : i == 5 ? "rules/venues/mango/health.lua"
                                 : "");
        EXPECT_EQ(calls, i % 2 == 1 ? 640 : 65);
        EXPECT_GE(p99, p50);
        EXPECT_GE(p9999, p99);
        EXPECT_GE(max, p9999);
        EXPECT_EQ(bound, i < 5 ? 1 : 297);
        EXPECT_GE(steps, 1);
        EXPECT_LE(steps, bound);
        EXPECT_EQ(all[i].find("failed"), std::string::npos) << all[i];
    }
}

TEST_F(RulesBench, refuses_a_rule_with_faults_and_takes_parameters_of_a_configuration) {
    replace("rules/margin/tiered.lua", "params.tiers", "params.tears");
    const Ended faulty = run("riskd rules bench --calls 1 rules/margin/tiered.lua");
    EXPECT_EQ(faulty.code, exit_bad_start);
    EXPECT_NE(faulty.errors.find("`tears`"), std::string::npos) << faulty.errors;
    const std::string lot = "rules/venues/exchange_core/per_lot.lua";
    EXPECT_NE(run("riskd rules bench --calls 10 " + lot).output.find("  failed 10\n"),
              std::string::npos);  // a parameter that must be set
    EXPECT_EQ(run("riskd rules bench --calls 0 " + lot).code, exit_bad_start);
    EXPECT_EQ(run("riskd rules bench --config nowhere.yaml").code, exit_bad_start);
}

using RulesCoverage = VerbRig;

TEST_F(RulesCoverage, lists_what_the_scenarios_of_a_folder_did_not_reach) {
    write("rules/check/fresh.lua", read("rules/check/order_rate.lua"));
    replace("rules/check/fresh.lua", "\"order_rate\"", "\"fresh\"");
    const Ended ended = run("riskd rules test --coverage rules/check");
    EXPECT_EQ(ended.code, exit_well);
    EXPECT_TRUE(ended.output.starts_with(
        "statements of rules that ran, and the nearest that limits came to firing\n"
        "rules/check/borrowed.lua                        "))
        << ended.output;
    EXPECT_NE(ended.output.find("  limit fired\n"), std::string::npos);
    EXPECT_NE(ended.output.find("rules that nobody asked\nrules/check/fresh.lua\n"),
              std::string::npos)
        << ended.output;
    EXPECT_NE(ended.output.find(" passed, 0 failed, "), std::string::npos);
    const Ended one = run("riskd test --coverage rules/check/order_rate.scenario");
    EXPECT_EQ(one.output.find("fresh.lua"), std::string::npos) << one.output;
}

using RulesSchema = VerbRig;

TEST_F(RulesSchema, prints_the_shipped_file_and_json) {
    const Ended lua = run("riskd rules schema --lua");
    EXPECT_EQ(lua.code, exit_well);
    EXPECT_EQ(lua.output, read("rules/riskd.meta.lua"));
    const Ended json = run("riskd rules schema");
    EXPECT_EQ(json.code, exit_well);
    EXPECT_TRUE(json.output.starts_with("{\n  \"schema_version\": 1,\n"));
    EXPECT_TRUE(json.output.ends_with("\n}\n"));
}

using RulesOverride = VerbRig;

TEST_F(RulesOverride, writes_what_two_people_sign) {
    const std::string line =
        "riskd rules override --account A1 --parameter open_orders.orders_max --value 7 "
        "--until 2000000000000000000 --reason because --base 77aa -o one.override";
    const Ended late = run(line);
    EXPECT_EQ(late.code, exit_failed);
    EXPECT_EQ(late.errors, "riskd: `--until` is more than 31 days away\n");
    const auto said = [&](const std::string& what, const std::string& with) {
        std::string other = line;
        const std::string until = "--until 2000000000000000000";
        other.replace(other.find(until), until.size(), "--for 4h");
        const std::size_t at = other.find(what);
        const Ended ended = run(other.replace(at, what.size(), with));
        EXPECT_EQ(ended.code, exit_failed) << other;
        return ended.errors;
    };
    EXPECT_EQ(said("--for 4h", "--until 2020-01-01T00:00:00Z"),
              "riskd: `--until` is over already\n");
    EXPECT_EQ(said("--for 4h", "--until noon"),
              "riskd: `--until` is a time such as 2027-01-31T18:00:00Z\n");
    EXPECT_EQ(said("--for 4h", "--for 32d"),
              "riskd: `--for` is a time up to 31 days: 30m, 4h, 2d\n");
    EXPECT_EQ(said("--for 4h", ""), "riskd: say either `--until` or `--for`\n");
    EXPECT_EQ(
        said("--value 7", "--value much"),
        "riskd: `--value` is a number such as 250000, 5% or 30s, true or false, not `much`\n");
    EXPECT_EQ(said("open_orders.orders_max", "orders_max"),
              "riskd: `--parameter` is written rule.parameter, not `orders_max`\n");
    EXPECT_EQ(said("--account A1", "--account A1 --instrument B --asset C"),
              "riskd: `asset` and `instrument` exclude each other\n");

    std::string well = line;
    well.replace(well.find("--until 2000000000000000000"), 27, "--for 4h");
    const Ended made = run(well);
    EXPECT_EQ(made.code, exit_well) << made.errors;
    EXPECT_EQ(run("riskd rules key anna.pem").code, exit_well);
    const Ended was_signed = run("riskd rules sign one.override --name anna --key anna.pem");
    EXPECT_EQ(was_signed.code, exit_well) << was_signed.errors;
    EXPECT_EQ(was_signed.output, made.output) << "what is signed is what was written";
    EXPECT_NE(made.output.find("account 2 A1\n"), std::string::npos) << made.output;
    EXPECT_NE(run("riskd rules sign config/riskd.yaml --name anna --key anna.pem").code, exit_well);
}

}  // namespace
}  // namespace riskd::verbs
