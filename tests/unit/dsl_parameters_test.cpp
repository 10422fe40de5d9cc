#include <gtest/gtest.h>

#include "tests/unit/dsl_rig.hpp"

namespace riskd::dsl {
namespace {

using rig::ask;
using rig::calm_question;

struct For {
    std::string group{};
    std::string account{};
    std::string instrument{};
    std::string asset{};
};

config::ParameterSetting set_for(const For& scope, double value,
                                 const std::string& parameter = "quantity_max",
                                 const std::string& rule = "order_quantity") {
    config::ParameterSetting made = rig::setting(rule, parameter, value);
    made.group = scope.group;
    made.account = scope.account;
    made.instrument = scope.instrument;
    made.asset = scope.asset;
    made.value.place = {"riskd.yaml", 7, 9};
    return made;
}

constexpr GroupId vip{0};
constexpr GroupId retail{1};
constexpr AccountId alice{0};
constexpr AccountId bob{1};
constexpr AccountId carol{2};
constexpr InstrumentId btc{0};
constexpr InstrumentId eth{1};

std::unique_ptr<LuaRulebook> defined(std::vector<config::ParameterSetting> settings) {
    config::RulesSettings all = rig::shipped_settings();
    all.parameters = std::move(settings);
    auto rules = rig::shipped(all);
    rules->define_group(vip, "vip", no_group);
    rules->define_group(retail, "retail", no_group);
    rules->define_instrument(btc, "BTC-PERP");
    rules->define_account(alice, "alice", vip);
    rules->define_account(bob, "bob", vip);
    rules->define_account(carol, "carol", retail);
    rules->define_instrument(eth, "ETH-PERP");
    return rules;
}

double allowed(LuaRulebook& rules, AccountId account, GroupId group, InstrumentId instrument) {
    CheckQuestion question = calm_question();
    question.scope = {.account = account, .group = group, .instrument = instrument};
    return ask(rules, question)[5].allowed;  // order_quantity
}

TEST(Parameters, the_most_specific_wins) {
    const auto rules = defined({
        set_for({.account = "alice", .instrument = "BTC-PERP"}, 6),
        set_for({.group = "vip", .instrument = "BTC-PERP"}, 5),
        set_for({.instrument = "BTC-PERP"}, 4),
        set_for({.account = "alice"}, 3),
        set_for({.group = "vip"}, 2),
        set_for({}, 1),
    });
    EXPECT_EQ(allowed(*rules, alice, vip, btc), 6);
    EXPECT_EQ(allowed(*rules, bob, vip, btc), 5);
    EXPECT_EQ(allowed(*rules, carol, retail, btc), 4);
    EXPECT_EQ(allowed(*rules, alice, vip, eth), 3);
    EXPECT_EQ(allowed(*rules, bob, vip, eth), 2);
    EXPECT_EQ(allowed(*rules, carol, retail, eth), 1);
    EXPECT_EQ(allowed(*rules, AccountId{77}, GroupId{99}, InstrumentId{55}), 1);
    EXPECT_EQ(allowed(*rules, no_account, no_group, no_instrument), 1);
}

TEST(Parameters, the_default_holds_where_nothing_is_set) {
    const auto rules = defined({set_for({.instrument = "ETH-PERP"}, 8)});
    EXPECT_EQ(allowed(*rules, alice, vip, btc), 1'000'000);
    EXPECT_EQ(allowed(*rules, alice, vip, eth), 8);
}

TEST(Parameters, an_account_that_moves_to_another_group_takes_its_settings) {
    const auto rules = defined({set_for({.group = "vip"}, 2), set_for({.group = "retail"}, 3),
                                set_for({.account = "alice", .instrument = "BTC-PERP"}, 6)});
    EXPECT_EQ(allowed(*rules, alice, vip, eth), 2);
    rules->define_account(alice, "alice", retail);
    EXPECT_EQ(allowed(*rules, alice, retail, eth), 3);
    EXPECT_EQ(allowed(*rules, alice, retail, btc), 6);
}

constexpr GroupId firm{2};
constexpr GroupId house{3};

TEST(Parameters, a_group_takes_what_is_set_above_it_and_the_nearest_wins) {
    const auto rules = defined({
        set_for({.account = "alice", .instrument = "BTC-PERP"}, 9),
        set_for({.group = "vip", .instrument = "BTC-PERP"}, 8),
        set_for({.group = "firm", .instrument = "BTC-PERP"}, 7),
        set_for({.group = "house", .instrument = "BTC-PERP"}, 6),
        set_for({.instrument = "BTC-PERP"}, 5),
        set_for({.group = "firm"}, 3),
        set_for({.group = "house"}, 2),
        set_for({}, 1),
    });
    // A parent may be heard of after its groups.
    rules->define_group(vip, "vip", firm);
    rules->define_group(retail, "retail", firm);
    rules->define_group(firm, "firm", house);
    rules->define_group(house, "house", no_group);
    EXPECT_EQ(allowed(*rules, alice, vip, btc), 9);
    EXPECT_EQ(allowed(*rules, bob, vip, btc), 8);
    EXPECT_EQ(allowed(*rules, carol, retail, btc), 7);
    EXPECT_EQ(allowed(*rules, no_account, house, btc), 6);
    EXPECT_EQ(allowed(*rules, no_account, no_group, btc), 5);
    EXPECT_EQ(allowed(*rules, alice, vip, eth), 3);
    EXPECT_EQ(allowed(*rules, no_account, house, eth), 2);
    EXPECT_EQ(allowed(*rules, no_account, no_group, eth), 1);
}

TEST(Parameters, a_group_that_gets_another_parent_takes_its_settings) {
    const auto rules = defined({set_for({.group = "firm"}, 3), set_for({.group = "house"}, 2),
                                set_for({.account = "alice", .instrument = "BTC-PERP"}, 6)});
    rules->define_group(firm, "firm", no_group);
    rules->define_group(house, "house", no_group);
    EXPECT_EQ(allowed(*rules, alice, vip, eth), 1'000'000);
    rules->define_group(vip, "vip", firm);
    EXPECT_EQ(allowed(*rules, alice, vip, eth), 3);
    EXPECT_EQ(allowed(*rules, bob, vip, eth), 3);
    EXPECT_EQ(allowed(*rules, alice, vip, btc), 6);
    rules->define_group(vip, "vip", house);
    EXPECT_EQ(allowed(*rules, alice, vip, eth), 2);
    EXPECT_EQ(allowed(*rules, carol, retail, eth), 1'000'000);
    rules->define_group(vip, "vip", no_group);
    EXPECT_EQ(allowed(*rules, bob, vip, eth), 1'000'000);
}

TEST(Parameters, a_rule_about_groups_is_asked_for_each_of_them_with_its_own) {
    const auto rules =
        rig::rulebook({rig::check_rule("cap", "group, params", "m = money { unit = \"reference\" }",
                                       "    return limit(group.gross_exposure_after, params.m)"),
                       rig::check_rule("own", "order, params", "m = quantity { default = 5 }",
                                       "    return limit(order.quantity, params.m)")});
    EXPECT_TRUE(rules->group_reads().gross_exposure_after);
    EXPECT_FALSE(rules->group_reads().net_exposure);
    EXPECT_FALSE(rig::rulebook({rig::well()})->group_reads().any);
    rules->define_group(vip, "vip", firm);
    rules->define_group(firm, "firm", no_group);
    CheckQuestion question = calm_question();
    question.scope = {.account = alice, .group = vip, .instrument = btc};
    EXPECT_EQ(ask(*rules, question)[0].outcome, CheckOutcome::not_applicable);  // in no group
    question.groups_count = 2;
    question.groups[0] = {.group = vip, .view = {.gross_exposure_after = 30}};
    question.groups[1] = {.group = firm, .view = {.gross_exposure_after = 80}};
    CheckAnswer answer = ask(*rules, question)[0];
    EXPECT_EQ(answer.fault, RuleFault::missing_parameter);
    EXPECT_EQ(answer.group, vip);
    EXPECT_TRUE(rules->set(set_for({.group = "firm"}, 100, "m", "cap")).empty());
    // What is set for an account is not for its groups.
    const auto faults = rules->set(set_for({.account = "alice"}, 1, "m", "cap"));
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults[0].message, "rule `cap` is about groups, not about accounts");
    answer = ask(*rules, question)[0];
    EXPECT_EQ(answer.outcome, CheckOutcome::limit);
    EXPECT_EQ(answer.used, 80);  // less room than the 30 of 100 below it
    EXPECT_EQ(answer.allowed, 100);
    EXPECT_EQ(answer.group, firm);
    EXPECT_TRUE(rules->set(set_for({.group = "vip"}, 20, "m", "cap")).empty());
    answer = ask(*rules, question)[0];
    EXPECT_EQ(answer.used, 30);
    EXPECT_EQ(answer.allowed, 20);
    EXPECT_EQ(answer.group, vip);
    question.groups[1].view.gross_exposure_after = absent;
    EXPECT_EQ(ask(*rules, question)[0].group, vip);  // a refusal is worth more than a fault
    question.groups[0].view.gross_exposure_after = 1;
    EXPECT_EQ(ask(*rules, question)[0].fault, RuleFault::not_a_number);
    question.order.reduces = true;
    question.groups_known = false;
    EXPECT_EQ(ask(*rules, question)[0].outcome, CheckOutcome::not_applicable);
    EXPECT_EQ(ask(*rules, question)[1].allowed, 5);
    EXPECT_EQ(rules->counters()[0].calls, 1 + 5 * 2 + 2);
}

TEST(Parameters, a_setting_at_run_time_takes_effect_at_once) {
    const auto rules = defined({set_for({.account = "alice"}, 3)});
    EXPECT_TRUE(rules->set(set_for({.account = "alice"}, 4)).empty());
    EXPECT_EQ(allowed(*rules, alice, vip, btc), 4);
    EXPECT_TRUE(rules->set(set_for({.account = "bob"}, 5)).empty());
    EXPECT_EQ(allowed(*rules, bob, vip, btc), 1'000'000);  // not bound to its id yet
    rules->define_account(bob, "bob", vip);
    EXPECT_EQ(allowed(*rules, bob, vip, btc), 5);
    EXPECT_TRUE(rules->set(set_for({.group = "retail", .instrument = "ETH-PERP"}, 9)).empty());
    EXPECT_EQ(allowed(*rules, carol, retail, eth), 9);
    EXPECT_EQ(allowed(*rules, carol, retail, btc), 1'000'000);
    EXPECT_EQ(allowed(*rules, bob, vip, btc), 5);
}

TEST(Parameters, haircuts_are_set_by_asset) {
    config::RulesSettings settings = rig::shipped_settings();
    settings.parameters = {set_for({.asset = "BTC"}, 0.1, "haircut", "haircut")};
    const auto rules = rig::shipped(settings);
    rules->define_asset(AssetId{0}, "USDC");
    rules->define_asset(AssetId{1}, "BTC");
    std::array<CollateralQuestion, 3> questions{};
    std::array<CollateralAnswer, 3> answers{};
    for (std::uint32_t i = 0; i < 3; ++i) {
        questions[i].asset = AssetId{i == 2 ? 1 : i};
        questions[i].collateral = {.amount = i == 2 ? -1.0 : 1.0, .price = 50, .value = 50};
    }
    questions[2].collateral.value = -50;
    rules->collateral(questions, answers);
    EXPECT_EQ(answers[0].value, 0);  // nobody said what it is worth
    EXPECT_EQ(answers[1].value, 45);
    EXPECT_EQ(answers[2].value, -50);  // what is owed is owed
}

TEST(Parameters, without_default_and_unset_it_refuses) {
    const auto rules = rig::rulebook(
        {rig::check_rule("needs", "order, params", "m = money { unit = \"account\" }",
                         "    return limit(order.notional, params.m)"),
         rig::check_rule("other", "order", "", "    return limit(order.quantity, 5)")});
    auto answers = ask(*rules, calm_question());
    EXPECT_EQ(answers[0].outcome, CheckOutcome::fault);
    EXPECT_EQ(answers[0].fault, RuleFault::missing_parameter);
    EXPECT_EQ(answers[1].outcome, CheckOutcome::limit);
    EXPECT_EQ(rules->counters()[0].faults[static_cast<std::size_t>(RuleFault::missing_parameter)],
              1U);
    rules->define_instrument(btc, "BTC-PERP");
    EXPECT_TRUE(rules->set(set_for({.instrument = "BTC-PERP"}, 70, "m", "needs")).empty());
    CheckQuestion question = calm_question();
    EXPECT_EQ(ask(*rules, question)[0].fault, RuleFault::missing_parameter);
    question.scope.instrument = btc;
    EXPECT_EQ(ask(*rules, question)[0].allowed, 70);
}

TEST(Parameters, a_margin_rule_without_its_tiers_fails_and_starts_nothing) {
    std::string text =
        rig::read_file(std::filesystem::path{RISKD_SOURCE_DIR} / "rules/margin/tiered.lua");
    text.replace(text.find("      default = {\n"),
                 text.find("      doc") - text.find("      default = {\n"), "");
    LoadResult loaded =
        load_rules({{"tiered.lua", text}, rig::plain_collateral(), rig::plain_ladder()}, {});
    ASSERT_TRUE(loaded.ok()) << loaded.rendered;
    loaded.rulebook->define_instrument(eth, "ETH-PERP");
    config::ParameterSetting tiers = set_for({.instrument = "ETH-PERP"}, 0, "tiers", "tiered");
    tiers.value.number.reset();
    tiers.value.rows = {{{"notional", 0}, {"initial", 0.2}, {"maintenance", 0.1}}};
    EXPECT_TRUE(loaded.rulebook->set(tiers).empty());
    std::array<MarginQuestion, 3> questions{};
    for (MarginQuestion& each : questions)
        each.exposure = {.notional = 100, .leverage = 50};
    questions[1].scope.instrument = eth;
    std::array<MarginAnswer, 3> answers{};
    loaded.rulebook->margin(questions, answers);
    EXPECT_EQ(answers[0].fault, RuleFault::missing_parameter);
    EXPECT_EQ(answers[1].initial, 20);
    EXPECT_EQ(answers[1].maintenance, 10);
    EXPECT_EQ(answers[2].fault, RuleFault::missing_parameter);
}

std::string fault_of(config::ParameterSetting setting) {
    const auto rules = rig::shipped();
    const auto faults = rules->set(setting);
    if (faults.size() != 1) return std::to_string(faults.size()) + " faults";
    EXPECT_EQ(faults[0].place.file, "riskd.yaml");
    EXPECT_EQ(faults[0].place.line, 7);
    EXPECT_EQ(faults[0].place.column, 9);
    return faults[0].message;
}

TEST(Parameters, a_wrong_setting_is_refused_by_name) {
    EXPECT_EQ(fault_of(set_for({}, 1, "x", "price_colar")),
              "there is no rule `price_colar`; did you mean `price_collar`?");
    EXPECT_EQ(fault_of(set_for({}, 1, "deviation", "price_collar")),
              "rule `price_collar` has no parameter `deviation`");
    EXPECT_EQ(fault_of(set_for({}, 1, "deviation_mx", "price_collar")),
              "rule `price_collar` has no parameter `deviation_mx`; did you mean `deviation_max`?");
    EXPECT_EQ(fault_of(set_for({}, 0.6, "deviation_max", "price_collar")),
              "`deviation_max` must be at most 0.5");
    EXPECT_EQ(fault_of(set_for({}, 0.0001, "deviation_max", "check/price_collar")),
              "`deviation_max` must be at least 0.001");
    EXPECT_EQ(fault_of(set_for({}, 1.5, "orders_max", "open_orders")),
              "`orders_max` must be a whole number");
    EXPECT_EQ(fault_of(set_for({.asset = "BTC"}, 1)),
              "rule `order_quantity` is not asked about assets");
    EXPECT_EQ(fault_of(set_for({.instrument = "BTC-PERP"}, 0.5, "haircut", "haircut")),
              "rule `haircut` is not asked about instruments");
    config::ParameterSetting percent = set_for({}, 0.05);
    percent.value.text = "5%";
    EXPECT_EQ(fault_of(percent), "`quantity_max` is a quantity, not a percentage");
    config::ParameterSetting flag = set_for({}, 2, "restricted", "restricted_instrument");
    flag.value.text = "maybe";
    EXPECT_EQ(fault_of(flag), "`restricted` is true or false, not `maybe`");
    config::ParameterSetting tiers = set_for({}, 1, "tiers", "tiered");
    EXPECT_EQ(fault_of(tiers), "`tiers` is a list of rows with `notional`");
    tiers.value.rows = {{{"notional", 0}, {"initial", 2}, {"maintenance", 0.1}}};
    EXPECT_EQ(fault_of(tiers), "row 1: `initial` must be at most 1");
    tiers.value.rows = {{{"notional", 5}, {"initial", 0.2}, {"maintenance", 0.1}}};
    EXPECT_EQ(fault_of(tiers), "row 1: `notional` starts at 0 and rises from row to row");
    tiers.value.rows = {{{"notional", 0}, {"initial", 0.2}}};
    EXPECT_EQ(fault_of(tiers), "row 1: `maintenance` is missing");
    tiers.value.rows = {{{"notional", 0}, {"inital", 0.2}, {"initial", 1}, {"maintenance", 0.1}}};
    EXPECT_EQ(fault_of(tiers), "row 1: there is no column `inital`; did you mean `initial`?");
}

TEST(Parameters, wrong_settings_of_a_file_are_all_listed_and_nothing_is_loaded) {
    config::RulesSettings settings = rig::shipped_settings();
    settings.parameters = {set_for({}, 1, "x", "nothing"), set_for({}, -1)};
    const LoadResult loaded = load_rules(settings);
    EXPECT_EQ(loaded.rulebook, nullptr);
    EXPECT_EQ(loaded.rendered,
              "riskd.yaml:7:9: there is no rule `nothing`\n"
              "riskd.yaml:7:9: `quantity_max` must be at least 0\n");
}

TEST(Parameters, a_million_ordinary_accounts_cost_nothing) {
    const auto rules = defined({set_for({.account = "alice"}, 3)});
    for (std::uint32_t i = 3; i < 1'000'000; ++i) {
        rules->define_account(AccountId{i}, "ordinary", retail);
    }
    EXPECT_EQ(allowed(*rules, AccountId{999'999}, retail, btc), 1'000'000);
    EXPECT_EQ(allowed(*rules, alice, vip, btc), 3);
}

}  // namespace
}  // namespace riskd::dsl
