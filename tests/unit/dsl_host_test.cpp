#include <gtest/gtest.h>

#include <set>

#include "tests/unit/dsl_rig.hpp"

namespace riskd::dsl {
namespace {

using rig::ask;
using rig::calm_question;
using rig::check_rule;
using rig::long_loop;
using rig::well;

TEST(LuaHost, answers_with_what_is_used_and_what_is_allowed) {
    const auto rules = rig::rulebook({well()});
    const auto answers = ask(*rules, calm_question());
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].outcome, CheckOutcome::limit);
    EXPECT_EQ(answers[0].used, 1);
    EXPECT_EQ(answers[0].allowed, 5);
    EXPECT_EQ(rules->rules()[0].name.view(), "check/well");
    EXPECT_EQ(rules->margin_rule().raw, 1U);
    EXPECT_EQ(rules->collateral_rule().raw, 2U);
    EXPECT_EQ(rules->liquidation_rule().raw, 3U);
}

TEST(LuaHost, a_division_by_zero_is_a_fault_with_its_line) {
    const auto rules = rig::rulebook({check_rule(
        "share", "order, account", "", "    return limit(order.notional / account.headroom, 1)")});
    CheckQuestion question = calm_question();
    question.account.headroom = 0;
    EXPECT_EQ(ask(*rules, question)[0].fault, RuleFault::raised);
    question.account.headroom = -0.0;
    EXPECT_EQ(ask(*rules, question)[0].fault, RuleFault::raised);
    question.account.headroom = 50;
    EXPECT_EQ(ask(*rules, question)[0].used, 2);
}

TEST(LuaHost, the_root_of_a_number_below_zero_is_a_fault) {
    const auto rules =
        rig::rulebook({check_rule("root", "order, account", "",
                                  "    return limit(sqrt(account.headroom * order.notional), 1)")});
    for (const bool compiled : {true, false}) {
        rules->set_compiled(compiled);
        CheckQuestion question = calm_question();
        question.order.notional = 2;
        question.account.headroom = 8;
        for (int i = 0; i < 100; ++i)
            EXPECT_EQ(ask(*rules, question)[0].used, 4);
        question.account.headroom = 0;
        EXPECT_EQ(ask(*rules, question)[0].used, 0);
        question.account.headroom = -1e-300;
        EXPECT_EQ(ask(*rules, question)[0].fault, RuleFault::raised);
        question.account.headroom = std::numeric_limits<double>::quiet_NaN();
        EXPECT_EQ(ask(*rules, question)[0].fault, RuleFault::not_a_number);
    }
}

TEST(LuaHost, an_absent_number_is_a_fault_however_it_is_used) {
    constexpr double absent = std::numeric_limits<double>::quiet_NaN();
    const std::vector<std::string> bodies{
        "    return limit(account.leverage, 1)",
        "    if account.leverage > 1 then return limit(1, 1) end return pass()",
        "    return limit(max(account.leverage, 1), 1)",
        "    return limit(1, min(1, account.leverage))",
        "    return limit(floor(account.leverage) * 0, 1)",
        "    return limit(sqrt(account.leverage) * 0, 1)",
        "    local a = account.leverage return limit(1, 1 + a)"};
    for (const std::string& body : bodies) {
        const auto rules = rig::rulebook({check_rule("x", "account", "", body)});
        for (const bool compiled : {true, false}) {
            rules->set_compiled(compiled);
            CheckQuestion question = calm_question();
            for (int i = 0; i < 100; ++i)
                ask(*rules, question);
            question.account.leverage = absent;
            EXPECT_EQ(ask(*rules, question)[0].fault, RuleFault::not_a_number) << body;
        }
    }
}

TEST(LuaHost, a_number_that_becomes_nothing_on_the_way_is_a_fault) {
    const auto rules = rig::rulebook(
        {check_rule("infinite", "order", "", "    return limit(order.quantity * 1e300, 1)"),
         check_rule("nothing", "order", "",
                    "    local a = order.quantity * 1e300\n"
                    "    if a - a > 0 then return pass() end\n    return limit(1, 2)")});
    CheckQuestion question = calm_question();
    question.order.quantity = 1e300;
    const auto answers = ask(*rules, question);
    EXPECT_EQ(answers[0].fault, RuleFault::not_a_number);
    EXPECT_EQ(answers[1].fault, RuleFault::not_a_number);
}

TEST(LuaHost, known_lets_a_rule_live_with_an_absent_number) {
    const auto rules =
        rig::rulebook({check_rule("spread", "instrument", "",
                                  "    if not known(instrument.bid) then return pass() end\n"
                                  "    return limit(instrument.ask - instrument.bid, 5)")});
    CheckQuestion question = calm_question();
    EXPECT_EQ(ask(*rules, question)[0].used, 2);
    question.instrument.bid = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(ask(*rules, question)[0].outcome, CheckOutcome::not_applicable);
}

TEST(LuaHost, when_excludes_order_types) {
    RuleText rule = well();
    rule.text.insert(rule.text.find("  params"),
                     "  when = order_type.limit + order_type.market,\n");
    const auto rules = rig::rulebook({rule});
    CheckQuestion question = calm_question();
    const std::array<CheckOutcome, 4> wanted{CheckOutcome::limit, CheckOutcome::limit,
                                             CheckOutcome::not_applicable,
                                             CheckOutcome::not_applicable};
    for (std::size_t type = 0; type < wanted.size(); ++type) {
        question.order.type = static_cast<std::int32_t>(type);
        EXPECT_EQ(ask(*rules, question)[0].outcome, wanted[type]) << order_type_names[type];
    }
}

TEST(LuaHost, a_rule_that_reads_a_price_is_not_asked_of_a_reduction_without_one) {
    const auto rules = rig::rulebook(
        {check_rule("mark", "instrument", "", "    return limit(instrument.mark_price, 1000)")});
    EXPECT_TRUE(rules->rules()[0].needs_mark);
    CheckQuestion question = calm_question();
    question.instrument.mark_price = std::numeric_limits<double>::quiet_NaN();
    question.mark_fresh = false;
    EXPECT_EQ(ask(*rules, question)[0].fault, RuleFault::not_a_number);
    question.order.reduces = true;
    EXPECT_EQ(ask(*rules, question)[0].outcome, CheckOutcome::not_applicable);
}

TEST(LuaHost, sixty_one_check_rules_are_asked_in_one_call_and_a_sixty_second_is_refused) {
    std::vector<RuleText> texts;
    for (int i = 0; i < 61; ++i) {
        texts.push_back(
            check_rule("rule_" + std::to_string(i), "order", "",
                       "    return limit(order.quantity * " + std::to_string(i) + ", 9)"));
    }
    const auto rules = rig::rulebook(texts);
    const auto answers = ask(*rules, calm_question());
    ASSERT_EQ(answers.size(), 61U);
    for (int i = 0; i < 61; ++i)
        EXPECT_EQ(answers[static_cast<std::size_t>(i)].used, i);
    texts.push_back(well());
    EXPECT_EQ(rig::load(texts).rendered, "a ruleset has at most 64 rules\n");
}

TEST(LuaHost, a_failing_entry_of_a_batch_is_marked_and_the_rest_is_answered) {
    const auto rules = rig::shipped();
    for (const std::size_t size : {std::size_t{9}, std::size_t{5000}}) {
        std::vector<MarginQuestion> questions(size);
        std::vector<MarginAnswer> answers(size);
        for (std::size_t i = 0; i < size; ++i) {
            questions[i].exposure = {.quantity = 1, .notional = 1000, .leverage = 5};
            if (i % 3 == 1) questions[i].exposure.leverage = 0;
            if (i % 3 == 2)
                questions[i].exposure.notional = std::numeric_limits<double>::quiet_NaN();
        }
        rules->margin(questions, answers);
        for (std::size_t i = 0; i < size; ++i) {
            EXPECT_EQ(answers[i].fault, i % 3 == 0   ? RuleFault::none
                                        : i % 3 == 1 ? RuleFault::raised
                                                     : RuleFault::not_a_number);
            EXPECT_EQ(answers[i].initial, i % 3 == 0 ? 200 : 0);
            EXPECT_EQ(answers[i].maintenance, i % 3 == 0 ? 50 : 0);
        }
    }
}

TEST(LuaHost, an_answer_that_no_requirement_can_be_is_out_of_range) {
    std::vector<RuleText> texts{
        {"m.lua",
         "rule { name = \"m\", kind = \"margin\", rate_max = 0.1,\n"
         "margin = function(exposure)\n"
         "return exposure.notional, exposure.notional / exposure.leverage end }"},
        {"c.lua",
         "rule { name = \"c\", kind = \"collateral\",\n"
         "collateral = function(collateral) return collateral.value + 1 end }"},
        {"l.lua",
         "rule { name = \"l\", kind = \"liquidation\",\n"
         "stage = function(account) return account.stage end,\n"
         "close = function(account)\n"
         "return reduce_until(account.margin_ratio, by.largest_margin_first) end }"}};
    LoadResult loaded = load_rules(texts, {});
    ASSERT_TRUE(loaded.ok()) << loaded.rendered;
    std::array<MarginQuestion, 3> margins{};
    margins[0].exposure = {.notional = 100, .leverage = 10};  // exactly at the claim
    margins[1].exposure = {.notional = 100, .leverage = 9};   // above it
    margins[2].exposure = {.notional = -100, .leverage = 10};
    std::array<MarginAnswer, 3> margin_answers{};
    loaded.rulebook->margin(margins, margin_answers);
    EXPECT_EQ(margin_answers[0].fault, RuleFault::none);
    EXPECT_EQ(margin_answers[1].fault, RuleFault::out_of_range);
    EXPECT_EQ(margin_answers[2].fault, RuleFault::out_of_range);
    EXPECT_EQ(margin_answers[1].maintenance, 0);

    std::array<CollateralQuestion, 1> assets{};
    std::array<CollateralAnswer, 1> values{};
    loaded.rulebook->collateral(assets, values);
    EXPECT_EQ(values[0].fault, RuleFault::out_of_range);

    std::array<StageQuestion, 3> accounts{};
    accounts[0].account = {.margin_ratio = 2, .stage = static_cast<std::int32_t>(Stage::reduce)};
    accounts[1].account = {.margin_ratio = 2};
    accounts[2].account = {.margin_ratio = 0.5,
                           .stage = static_cast<std::int32_t>(Stage::liquidate)};
    std::array<StageAnswer, 3> stages{};
    loaded.rulebook->stage(accounts, stages);
    EXPECT_EQ(stages[0].fault, RuleFault::out_of_range);
    EXPECT_EQ(stages[1].fault, RuleFault::none);
    EXPECT_EQ(stages[1].stage, Stage::healthy);
    EXPECT_EQ(stages[2].stage, Stage::liquidate);
    EXPECT_EQ(stages[2].exit_ratio, 0.5);
}

TEST(LuaHost, counts_calls_and_faults_by_rule_and_forgets_its_warming) {
    const auto rules = rig::rulebook({well(), long_loop()});
    rules->set_steps_max(1'000);
    rules->warm();
    for (const RuleCounters& each : rules->counters())
        EXPECT_EQ(each.calls, 0U);
    CheckQuestion question = calm_question();
    for (int i = 0; i < 10; ++i)
        ask(*rules, question);
    EXPECT_EQ(rules->counters()[0].calls, 10U);
    EXPECT_EQ(rules->counters()[0].faults, (std::array<std::uint64_t, rule_fault_names.size()>{}));
    EXPECT_EQ(rules->counters()[1].calls, 10U);
    EXPECT_EQ(rules->counters()[1].faults[static_cast<std::size_t>(RuleFault::over_budget)], 10U);
    for (int i = 0; i < 8192; ++i)
        ask(*rules, question);
    EXPECT_EQ(rules->counters()[0].timed_calls, 2U);
    EXPECT_GT(rules->counters()[0].timed_ns, 0U);
}

TEST(LuaHost, the_hash_is_of_the_texts_and_the_parameters) {
    std::set<std::string> hashes;
    const auto rules = rig::shipped();
    EXPECT_EQ(rules->hash().size(), 64U);
    hashes.emplace(rules->hash());
    EXPECT_EQ(rig::shipped()->hash(), rules->hash());
    EXPECT_TRUE(rules->set(rig::setting("price_collar", "deviation_max", 0.04)).empty());
    hashes.emplace(rules->hash());
    EXPECT_TRUE(rules->set(rig::setting("price_collar", "deviation_max", 0.03)).empty());
    hashes.emplace(rules->hash());
    hashes.emplace(rig::rulebook({well()})->hash());
    hashes.emplace(rig::rulebook({well("other")})->hash());
    EXPECT_EQ(hashes.size(), 5U);
    EXPECT_TRUE(rules->set(rig::setting("price_collar", "deviation_max", 0.04)).empty());
    EXPECT_TRUE(hashes.contains(std::string{rules->hash()}));
}

TEST(LuaHost, refuses_a_ruleset_that_is_not_whole) {
    EXPECT_EQ(load_rules(std::vector<RuleText>{}, {}).rendered,
              "the ruleset has no margin rule\nthe ruleset has no collateral rule\n"
              "the ruleset has no liquidation rule\n");
    RuleText second = rig::plain_margin();
    second.path = "second.lua";
    EXPECT_EQ(rig::load({second}).faults.size(), 1U);  // its name
    const LoadResult twice = rig::load({well(), well()});
    ASSERT_EQ(twice.faults.size(), 1U);
    EXPECT_EQ(twice.faults[0].message, "there is already a rule `well`, in well.lua");
    config::RulesSettings settings;
    settings.files = {"nowhere/x.lua"};
    EXPECT_EQ(load_rules(settings).rendered, "nowhere/x.lua: this rule file cannot be read\n");
}

TEST(LuaHost, shares_one_window_among_rules_that_declare_the_same) {
    const auto rules = rig::shipped();
    ASSERT_EQ(rules->windows().size(), 2U);
    EXPECT_EQ(rules->windows()[0],
              (WindowSpec{WindowMeasure::net_pnl, true, Duration{86'400'000'000'000}, Duration{}}));
    EXPECT_EQ(rules->windows()[1],
              (WindowSpec{WindowMeasure::orders, false, Duration{1'000'000'000}, Duration{}}));
}

}  // namespace
}  // namespace riskd::dsl
