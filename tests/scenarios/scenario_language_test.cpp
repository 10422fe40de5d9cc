// The scenario language itself: a scenario that is wrong must fail, and say where and why.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "dsl/scenario_parser.hpp"
#include "dsl/scenario_runner.hpp"
#include "dsl/scenario_values.hpp"

namespace riskd::dsl {
namespace {

// As if it stood beside the price collar.
const std::string beside = std::string{RISKD_SOURCE_DIR} + "/rules/check/price_collar.scenario";

const std::string opening =
    "instrument  BTC-PERP  linear  tick 0.1  lot 0.001\n"
    "account     alice     balance USDT 10000\n"
    "price       BTC-PERP  50000\n";

std::string faults_of(std::string_view text) {
    ScenarioResult result;
    result.faults = parse_scenario(text, "x.scenario").faults;
    return render(result, "x.scenario");
}

std::string run(const std::string& text) {
    ScenarioResult result = run_scenario(parse_scenario(text, beside), {});
    std::string said = render(result, "x.scenario");
    // The path of the file is the machine's.
    for (std::size_t at = said.find(beside); at != std::string::npos; at = said.find(beside)) {
        said.replace(at, beside.size(), "x.scenario");
    }
    return said;
}

TEST(ScenarioLanguage, runs_the_example_of_the_manual_as_it_stands) {
    EXPECT_EQ(run("# rules/check/price_collar.scenario\n"
                  "instrument  BTC-PERP  linear  tick 0.1  lot 0.001\n"
                  "account     alice     balance USDT 10000\n"
                  "set         price_collar.deviation_max 5%            for BTC-PERP\n"
                  "\n"
                  "price       BTC-PERP  50000\n"
                  "order  o1   alice buy 0.1 BTC-PERP @ 52500           -> accept  "
                  "hold USDT 525.00\n"
                  "order  o2   alice buy 0.1 BTC-PERP @ 52500.1         -> reject  "
                  "price_exceeds_current_price_band  used 5.0002%  limit 5%\n"
                  "advance     61s\n"
                  "order  o3   alice buy 0.1 BTC-PERP @ 50000           -> reject  "
                  "reference_price_not_available\n"),
              "");
}

TEST(ScenarioLanguage, fails_when_an_output_is_missing_too_many_or_another) {
    EXPECT_EQ(run(opening + "order o1 alice buy 0.1 BTC-PERP @ 50000 -> nothing\n"),
              "x.scenario:4: not what was expected\n"
              "    expected  nothing\n"
              "    actual    accept hold 500 USDT equity 10000 initial_margin 500 "
              "maintenance_margin 0 available 9500\n");
    EXPECT_EQ(run(opening + "price BTC-PERP 50001 -> margin_call alice\n"),
              "x.scenario:4: not what was expected\n"
              "    expected  margin_call alice\n"
              "    actual    nothing\n");
    // A line without an arrow promises that nothing comes out.
    EXPECT_NE(run(opening + "fill f1 alice buy 0.1 BTC-PERP @ 50000\n"), "");
    EXPECT_NE(run(opening + "order o1 alice buy 0.1 BTC-PERP @ 50000 -> accept hold 500.01\n"), "");
    EXPECT_NE(run(opening + "order o1 alice buy 0.1 BTC-PERP @ 50000 -> accept hold 500 BTC\n"),
              "");
    EXPECT_NE(
        run(opening + "order o1 alice buy 9 BTC-PERP @ 50000 -> reject order_exceeds_limit\n"), "");
    EXPECT_EQ(run(opening + "order o1 alice buy 0.1 BTC-PERP @ 50000\n"
                            "    -> accept\n"
                            "       hold 500.000 USDT   # zeros and blanks do not matter\n"),
              "");
}

TEST(ScenarioLanguage, compares_every_leg_of_a_close_once_one_is_named) {
    const std::string fall =
        opening + "fill f1 alice buy 1 BTC-PERP @ 50000 -> position 1 alert fill_without_order\n" +
        "price BTC-PERP 41000 -> liquidate alice ";
    EXPECT_EQ(run(fall + "\n"), "");
    EXPECT_EQ(run(fall + "close sell 1 BTC-PERP\n"), "");
    EXPECT_NE(run(fall + "close sell 0.5 BTC-PERP\n"), "");
    EXPECT_NE(run(fall + "close sell 1 BTC-PERP close sell 1 BTC-PERP\n"), "");
}

TEST(ScenarioLanguage, asks_about_accounts_orders_instruments_and_the_house) {
    const std::string ask = opening + "order o1 alice buy 0.1 BTC-PERP @ 50000 -> accept\n";
    EXPECT_EQ(run(ask + "expect alice equity 10000 available 9500 hold 500 stage healthy\n"
                        "expect order o1 remaining 0.1\n"
                        "expect instrument BTC-PERP long 0 mark 50000 status open\n"
                        "expect house USDT external -10000\n"),
              "");
    EXPECT_EQ(run(ask + "expect alice equity 10000 available 9500.01\n"),
              "x.scenario:5: not what was expected\n"
              "    expected  alice equity 10000 available 9500.01\n"
              "    actual    alice equity 10000 available 9500\n");
    EXPECT_NE(run(ask + "expect order o1 gone\n"), "");
    EXPECT_EQ(run(ask + "expect bob equity 1\n"), "x.scenario:5:8: there is no account `bob`\n");
    EXPECT_EQ(run(ask + "expect order o2 gone\n"),
              "x.scenario:5:14: no order line has the id `o2`\n");
}

TEST(ScenarioLanguage, lists_every_wrong_line_with_its_place) {
    EXPECT_EQ(
        faults_of("acount alice\n"
                  "price BTC-PERP fifty\n"
                  "price BTC-PERP 50000 bidd 3\n"
                  "order o1 alice by 1 BTC-PERP @ 1\n"
                  "price BTC-PERP 1 -> exploded\n"
                  "price BTC-PERP 1 ->\n"
                  "advance 61s -> nothing\n"
                  "set collar\n"
                  "  -> nothing\n"),
        "x.scenario:1:1: `acount` is no event; expected one of rules digest at asset "
        "instrument group account set price quote order update cancel fill deposit withdraw adjust "
        "interest rebate transfer leverage margin funding funding_index settle suspend halt "
        "resume reduce_only advance tick expect\n"
        "x.scenario:2:16: expected a number for `mark`, not `fifty`; price INSTRUMENT MARK "
        "[index N] [bid N] [ask N] [age SPAN]\n"
        "x.scenario:3:22: `bidd` is not expected here; price INSTRUMENT MARK [index N] "
        "[bid N] [ask N] [age SPAN]\n"
        "x.scenario:4:16: expected buy or sell for `side`, not `by`; order ID ACCOUNT buy|sell "
        "QUANTITY INSTRUMENT @ PRICE [market] [ioc] ...\n"
        "x.scenario:5:21: `exploded` is no output; expected one of nothing accept reject "
        "position margin_call cancel_orders reduce liquidate take_over handover closed alert\n"
        "x.scenario:6:20: expected what comes out, or nothing, after `->`\n"
        "x.scenario:7:13: nothing comes out of this line\n"
        "x.scenario:9:3: expected more; set RULE.PARAMETER VALUE [for NAME | group NAME | "
        "account NAME | instrument NAME]...\n");
}

TEST(ScenarioLanguage, reports_words_that_make_no_sense_in_this_world) {
    EXPECT_EQ(run(opening + "order o1 alice buy 0.1234 BTC-PERP @ 50000 -> accept\n"),
              "x.scenario:4:20: `0.1234`: more decimals than allowed\n");
    EXPECT_EQ(run(opening + "set price_collar.deviation_mx 5%\n"),
              "x.scenario:4:31: rule `price_collar` has no parameter `deviation_mx`; did you mean "
              "`deviation_max`?\n");
    EXPECT_EQ(run(opening + "set price_collar.deviation_max 5% for ETH-PERP\n"),
              "x.scenario:4:39: `ETH-PERP` is no instrument, account, group or asset defined "
              "above\n");
    EXPECT_EQ(run(opening + "fill o1 0.1 @ 50000\n"),
              "x.scenario:4:6: no order line has the id `o1`\n");
    EXPECT_EQ(run(opening + "order o1 alice buy 0.1 BTC-PERP\n"),
              "x.scenario:4:1: expected either `@ PRICE` or `market`\n");
    EXPECT_EQ(run(opening + "update o1 eaten account alice\n"),
              "x.scenario:4:11: expected open, replaced, cancelled, rejected, expired or done\n");
    EXPECT_EQ(run("instrument BTC-PERP tick 0\n"), "x.scenario:1:26: tick must be positive\n");
    EXPECT_EQ(run("at 2026-02-01T00:00:00Z\nat 2026-01-31T00:00:00Z\n"),
              "x.scenario:2:4: time does not run backwards\n");
}

TEST(ScenarioLanguage, stores_one_digest_and_notices_a_change) {
    const Scenario scenario = parse_scenario(opening, beside);
    const std::string digest = run_scenario(scenario, {}).digest;
    EXPECT_EQ(digest.size(), 32U);
    EXPECT_EQ(run_scenario(scenario, {}).digest, digest);
    const std::string stored = with_digest(opening, digest);
    EXPECT_EQ(stored, opening + "\ndigest " + digest + "\n");
    EXPECT_EQ(run(stored), "");
    const std::string wrong = with_digest(stored, std::string(32, '0'));
    EXPECT_EQ(wrong, opening + "\ndigest " + std::string(32, '0') + "\n");
    EXPECT_FALSE(run_scenario(parse_scenario(wrong, beside), {}).passed());
    EXPECT_NE(run(wrong).find("the state digest changed"), std::string::npos);
}

// The manual has every line of the language, as the messages say it.
TEST(ScenarioLanguage, is_in_the_manual) {
    std::ostringstream manual;
    manual << std::ifstream{std::string{RISKD_SOURCE_DIR} + "/docs/SCENARIOS.md"}.rdbuf();
    const auto expect_in_manual = [&](std::string_view usage) {
        std::string written;
        for (const char c : usage) {
            if (c == '|') written += '\\';
            written += c;
        }
        EXPECT_NE(manual.str().find("`" + written + "`"), std::string::npos) << usage;
    };
    for (const VerbWord& row : verb_words())
        expect_in_manual(grammar(row.verb).usage);
    for (const Verb verb : {Verb::fill_without_order, Verb::expect_order, Verb::expect_instrument,
                            Verb::expect_house}) {
        expect_in_manual(grammar(verb).usage);
    }
    for (const AnswerWord& row : answer_words())
        expect_in_manual(grammar(row.answer).usage);
}

TEST(ScenarioLanguage, compares_numbers_by_value) {
    EXPECT_EQ(canonical_number("5.0002%"), "0.050002");
    EXPECT_EQ(canonical_number("+1.50"), "1.5");
    EXPECT_EQ(canonical_number("-0.0"), "0");
    EXPECT_EQ(canonical_number("-12.50%"), "-0.125");
    EXPECT_EQ(canonical_number("5bp"), "0.0005");
    EXPECT_EQ(canonical_number("525.00"), "525");
    EXPECT_EQ(canonical_number("00100"), "100");
    EXPECT_EQ(canonical_number("1000000000000000.000000000001"), "1000000000000000.000000000001");
    EXPECT_EQ(number_value("61s"), 61.0);
    EXPECT_EQ(number_value("1d"), 86400.0);
    EXPECT_EQ(number_value("5%"), 0.05);
    EXPECT_EQ(number_value("many"), std::nullopt);
}

}  // namespace
}  // namespace riskd::dsl
