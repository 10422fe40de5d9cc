// What changes between two rulesets, for whom, and whether it only tightens. Signatures will rely
// on the verdict, so what loosens for anyone must never pass for tightening.
#include <gtest/gtest.h>

#include <cstdio>

#include "dsl/effective_parameter.hpp"
#include "dsl/ruleset_diff.hpp"
#include "tests/unit/dsl_rig.hpp"

// Names of its own: the tests of parameters speak of the same people.
namespace riskd::dsl::diff_test {
namespace {

CheckedRule rule_of(RuleText source) {
    Diagnostics diagnostics;
    CheckedRule rule = check(std::move(source), diagnostics);
    EXPECT_TRUE(diagnostics.empty()) << render(rule.source, diagnostics.list()[0]);
    return rule;
}

// A check rule with one parameter of each direction.
RuleText limits(const std::string& body = "", const std::string& cap = "default = 100, ") {
    return rig::check_rule(
        "limits", "order, params",
        "cap = quantity { " + cap +
            "tighter = \"lower\" }, floor_rate = ratio { default = 0.1, tighter = \"higher\" }, "
            "plain = ratio { default = 1 }, off = flag { default = false, tighter = \"true\" }, "
            "tiers = steps { by = \"n\", columns = { rate = ratio { tighter = \"higher\" }, most = "
            "quantity { tighter = \"lower\", default = 9 } }, default = { { n = 0, rate = 0.1 }, "
            "{ n = 10, rate = 0.2 } } }",
        body +
            "    local t = params.tiers:at(1)\n"
            "    if params.off or t.most > order.quantity then return pass() end\n"
            "    return limit(order.quantity * params.floor_rate * params.plain * t.rate, "
            "params.cap)");
}

struct For {
    ParameterScope scope;
    double value;
};
config::ParameterSetting setting_for(const ParameterScope& scope, double value,
                                     const std::string& parameter = "cap") {
    config::ParameterSetting made = rig::setting("limits", parameter, value);
    made.group = scope.group;
    made.account = scope.account;
    made.instrument = scope.instrument;
    made.asset = scope.asset;
    return made;
}

RulesetSide side(const std::vector<For>& settings, RuleText source = limits()) {
    RulesetSide made;
    made.rules.push_back(rule_of(std::move(source)));
    for (const For& each : settings)
        made.parameters.push_back(setting_for(each.scope, each.value));
    made.parent_of_group = {{"desk", "firm"}, {"firm", ""}};
    made.group_of_account = {{"alice", "desk"}, {"bob", ""}};
    return made;
}

const ParameterScope everyone;
const ParameterScope alice{.group = {}, .account = "alice", .instrument = {}, .asset = {}};
const ParameterScope desk{.group = "desk", .account = {}, .instrument = {}, .asset = {}};
const ParameterScope firm{.group = "firm", .account = {}, .instrument = {}, .asset = {}};
const ParameterScope btc{.group = {}, .account = {}, .instrument = "BTC", .asset = {}};
const ParameterScope alice_btc{.group = {}, .account = "alice", .instrument = "BTC", .asset = {}};

std::string diff(const RulesetSide& a, const RulesetSide& b) {
    std::string out;
    for (const RulesetDifference& each : compare(a, b).list) {
        out += in_words(each.scope) + ": " + each.before + " -> " + each.after + " " +
               std::string{name(each.change)} + (each.note.empty() ? "" : ", " + each.note) + "\n";
    }
    return out + std::string{name(compare(a, b).verdict)};
}

TEST(RulesetDiff, of_the_same_is_nothing) {
    EXPECT_EQ(diff(side({}), side({})), "same");
    EXPECT_EQ(diff(side({{everyone, 100}}), side({})), "same");  // what the default is anyway
    EXPECT_EQ(diff(side({{everyone, 5}, {alice, 7}}), side({{alice, 7}, {everyone, 5}})), "same");
    EXPECT_EQ(diff(side({{everyone, 5}, {alice, 5}}), side({{everyone, 5}})), "same");
}

TEST(RulesetDiff, goes_by_the_declared_direction) {
    EXPECT_EQ(diff(side({}), side({{everyone, 50}})),
              "everyone: 100 -> 50 tightened\ntightens only");
    EXPECT_EQ(diff(side({{everyone, 50}}), side({})), "everyone: 50 -> 100 loosened\nloosens");
    const auto with = [](const std::string& parameter, double value) {
        RulesetSide made = side({});
        made.parameters.push_back(setting_for(everyone, value, parameter));
        return made;
    };
    EXPECT_EQ(diff(side({}), with("floor_rate", 0.2)),
              "everyone: 0.1 -> 0.2 tightened\ntightens only");
    EXPECT_EQ(diff(side({}), with("floor_rate", 0.05)), "everyone: 0.1 -> 0.05 loosened\nloosens");
    EXPECT_EQ(diff(side({}), with("plain", 2)), "everyone: 1 -> 2 unclear\nloosens");
    RulesetSide off = side({});
    off.parameters.push_back(setting_for(everyone, 0, "off"));
    off.parameters.back().value.number.reset();
    off.parameters.back().value.text = "true";
    EXPECT_EQ(diff(side({}), off), "everyone: false -> true tightened\ntightens only");
    EXPECT_EQ(diff(off, side({})), "everyone: true -> false loosened\nloosens");
}

TEST(RulesetDiff, says_for_whom_and_once) {
    EXPECT_EQ(diff(side({{alice, 20}, {btc, 30}}), side({{alice, 10}, {btc, 15}})),
              "instrument BTC: 30 -> 15 tightened\naccount alice: 20 -> 10 tightened\n"
              "tightens only");
    EXPECT_EQ(diff(side({{desk, 20}}), side({{firm, 20}})),
              "group firm and those below it: 100 -> 20 tightened\ntightens only");
    EXPECT_EQ(diff(side({{firm, 20}}), side({{desk, 20}})),
              "group firm and those below it: 20 -> 100 loosened\nloosens");
    EXPECT_EQ(in_words({.group = "desk", .account = {}, .instrument = {}, .asset = "ETH"}),
              "group desk and those below it with ETH");
    EXPECT_EQ(in_words(alice_btc), "account alice in BTC");
}

// An override that goes may uncover another: here it tightens for the instrument, and loosens for
// an account whose own limit it held down.
TEST(RulesetDiff, finds_who_is_loosened_behind_what_tightens) {
    const RulesetSide before = side({{everyone, 10}, {alice, 1000}, {btc, 50}});
    const RulesetSide after = side({{everyone, 10}, {alice, 1000}});
    EXPECT_EQ(diff(before, after),
              "instrument BTC: 50 -> 10 tightened\naccount alice in BTC: 50 -> 1000 loosened\n"
              "loosens");
}

TEST(RulesetDiff, an_account_that_moves_has_the_limits_of_its_new_group) {
    RulesetSide before = side({{everyone, 10}, {firm, 50}});
    RulesetSide after = side({{everyone, 10}, {firm, 50}});
    after.group_of_account["alice"] = "";
    EXPECT_EQ(diff(before, after), "account alice: 50 -> 10 tightened\ntightens only");
    EXPECT_EQ(diff(after, before), "account alice: 10 -> 50 loosened\nloosens");
    after = side({{everyone, 10}, {firm, 50}});
    after.parent_of_group["desk"] = "";
    EXPECT_EQ(diff(before, after),
              "account alice: 50 -> 10 tightened\n"
              "group desk and those below it: 50 -> 10 tightened\ntightens only");
    after.parent_of_group = {{"desk", "firm"}, {"firm", "desk"}};  // a circle ends
    EXPECT_EQ(diff(before, after), "same");
}

TEST(RulesetDiff, rows_are_compared_where_either_side_begins_one) {
    const auto with = [](std::vector<std::vector<std::pair<std::string, double>>> rows) {
        RulesetSide made = side({});
        made.parameters.push_back(setting_for(everyone, 0, "tiers"));
        made.parameters.back().value.number.reset();
        made.parameters.back().value.rows = std::move(rows);
        return made;
    };
    EXPECT_EQ(diff(side({}), with({{{"n", 0}, {"rate", 0.1}}, {{"n", 10}, {"rate", 0.3}}})),
              "everyone: 2 rows -> 2 rows tightened, from 10: rate 0.2 -> 0.3 tightened\n"
              "tightens only");
    EXPECT_EQ(diff(side({}), with({{{"n", 0}, {"rate", 0.1}}, {{"n", 20}, {"rate", 0.2}}})),
              "everyone: 2 rows -> 2 rows loosened, from 10: rate 0.2 -> 0.1 loosened\nloosens");
    EXPECT_EQ(diff(side({}), with({{{"n", 0}, {"rate", 0.2}}})),
              "everyone: 2 rows -> 1 row tightened, from 0: rate 0.1 -> 0.2 tightened\n"
              "tightens only");
    EXPECT_EQ(
        diff(side({}), with({{{"n", 0}, {"rate", 0.2}, {"most", 10}}, {{"n", 10}, {"rate", 0.2}}})),
        "everyone: 2 rows -> 2 rows unclear, from 0: rate 0.1 -> 0.2 tightened most 9 -> 10 "
        "loosened\nloosens");
}

// A row more is a turn more, even where `:at()` would find the same.
TEST(RulesetDiff, rows_that_are_walked_count_each_by_itself) {
    const RuleText walks = rig::check_rule(
        "limits", "order, params",
        "s = steps { by = \"n\", columns = { a = quantity { tighter = \"higher\" } }, default = "
        "{ { n = 0, a = 1 } } }",
        "local y = 0 for r in params.s do y = y + r.a end return limit(y, order.quantity)");
    const auto with = [&](std::vector<std::vector<std::pair<std::string, double>>> rows) {
        RulesetSide made = side({}, walks);
        made.parameters.push_back(setting_for(everyone, 0, "s"));
        made.parameters.back().value.number.reset();
        made.parameters.back().value.rows = std::move(rows);
        return made;
    };
    EXPECT_EQ(diff(side({}, walks), with({{{"n", 0}, {"a", 2}}})),
              "everyone: 1 row -> 1 row tightened, from 0: a 1 -> 2 tightened\ntightens only");
    EXPECT_EQ(diff(side({}, walks), with({{{"n", 0}, {"a", 1}}, {{"n", 1}, {"a", 1}}})),
              "everyone: 1 row -> 2 rows unclear, the same values in other rows\nloosens");
    EXPECT_EQ(diff(side({}, walks), with({{{"n", 0}, {"a", 1}}, {{"n", 1}, {"a", 2}}})),
              "everyone: 1 row -> 2 rows unclear, from 1: a 1 -> 2 tightened\nloosens");
}

TEST(RulesetDiff, a_check_rule_that_goes_loosens_and_one_that_comes_tightens) {
    RulesetSide more = side({});
    more.rules.push_back(rule_of(rig::well()));
    EXPECT_EQ(diff(side({}), more), "everyone:  ->  tightened, added\ntightens only");
    EXPECT_EQ(diff(more, side({})), "everyone:  ->  loosened, removed\nloosens");
    RulesetSide collateral = side({});
    collateral.rules.push_back(rule_of(rig::plain_collateral()));
    EXPECT_EQ(diff(side({}), collateral), "everyone:  ->  unclear, added\nloosens");
}

TEST(RulesetDiff, another_first_margin_rule_is_one_for_accounts_that_name_none) {
    RuleText second = rig::plain_margin();
    second.text.replace(second.text.find("plain_margin"), 12, "other_margin");
    RulesetSide a = side({});
    a.rules.push_back(rule_of(rig::plain_margin()));
    a.rules.push_back(rule_of(second));
    RulesetSide b = side({});
    b.rules.push_back(rule_of(second));
    b.rules.push_back(rule_of(rig::plain_margin()));
    EXPECT_EQ(diff(a, b),
              "everyone: margin/plain_margin -> margin/other_margin unclear, margin rule of "
              "accounts that name none\nloosens");
}

TEST(RulesetDiff, a_source_that_reads_otherwise_is_unclear_and_its_layout_is_not) {
    EXPECT_EQ(diff(side({}), side({}, limits("-- a comment\n\n"))),
              "everyone:  ->  same, layout or comments changed\nsame");
    EXPECT_EQ(diff(side({}), side({}, limits("    if order.reduces then return pass() end\n"))),
              "everyone:  ->  unclear, source changed\nloosens");
    EXPECT_EQ(diff(side({}), side({}, limits("", "default = 50, "))),
              "everyone:  ->  unclear, source changed\neveryone: 100 -> 50 tightened\nloosens");
}

TEST(RulesetDiff, a_check_rule_without_its_number_refuses) {
    const RulesetSide unset = side({}, limits("", ""));
    const RulesetSide set = side({{everyone, 1e9}}, limits("", ""));
    EXPECT_EQ(diff(unset, set), "everyone: unset -> 1000000000 loosened\nloosens");
    EXPECT_EQ(diff(set, unset), "everyone: 1000000000 -> unset tightened\ntightens only");
}

// Whatever is set for whom, what compare() says applies is what the rulebook applies.
TEST(RulesetDiff, knows_what_applies_as_the_parameters_of_a_rulebook_do) {
    rig::RandomNumbers random(rig::seed_of_this_run());
    const std::vector<std::string> groups{"", "desk", "firm"};
    const std::vector<std::string> accounts{"", "alice", "bob"};
    const std::vector<std::string> things{"", "BTC", "ETH"};
    for (int round = 0; round < 300; ++round) {
        RulesetSide made = side({});
        for (int i = 0; i < 6; ++i) {
            ParameterScope scope;
            scope.account = accounts[static_cast<std::size_t>(random.below(3))];
            if (scope.account.empty())
                scope.group = groups[static_cast<std::size_t>(random.below(3))];
            scope.instrument = things[static_cast<std::size_t>(random.below(3))];
            std::erase_if(made.parameters, [&](const auto& each) {
                return each.account == scope.account && each.group == scope.group &&
                       each.instrument == scope.instrument;
            });
            made.parameters.push_back(setting_for(scope, random.below(1000)));
        }
        ParameterBook book{made.rules};
        ASSERT_TRUE(book.set_all(made.parameters).empty());
        book.define_group(GroupId{0}, "firm", no_group);
        book.define_group(GroupId{1}, "desk", GroupId{0});
        book.define_account(AccountId{0}, "alice", GroupId{1});
        book.define_account(AccountId{1}, "bob", no_group);
        book.define_instrument(InstrumentId{0}, "BTC");
        book.define_instrument(InstrumentId{1}, "ETH");
        const RuleDeclaration& rule = made.rules[0].declaration;
        const EffectiveParameter effective{made, rule, rule.parameters[0]};
        for (std::uint32_t account = 0; account < 2; ++account) {
            for (std::uint32_t thing = 0; thing < 2; ++thing) {
                const RuleScope asked{.account = AccountId{account},
                                      .group = account == 0 ? GroupId{1} : no_group,
                                      .instrument = InstrumentId{thing}};
                const double held =
                    book.find(asked).values[static_cast<std::size_t>(book.slot(0, 0))];
                const auto& said =
                    effective.find({{}, accounts[account + 1], things[thing + 1], {}});
                ASSERT_TRUE(said);
                ASSERT_EQ(said->front(), held) << "round " << round;
            }
        }
    }
}

TEST(RulesetDiff, is_told_to_people_and_to_programs) {
    const RulesetDifferences found = compare(side({}), side({{alice, 50}}));
    EXPECT_EQ(render(found),
              "check/limits.cap                 account alice                  100 -> 50 "
              "tightened\ntightens only\n");
    EXPECT_EQ(to_json(found),
              "{\n  \"verdict\": \"tightens only\",\n  \"differences\": [\n    {\n"
              "      \"rule\": \"check/limits\",\n      \"parameter\": \"cap\",\n"
              "      \"for\": {\n        \"account\": \"alice\"\n      },\n"
              "      \"for_whom\": \"account alice\",\n      \"before\": \"100\",\n"
              "      \"after\": \"50\",\n      \"change\": \"tightened\",\n"
              "      \"note\": \"\"\n    }\n  ]\n}\n");
}

}  // namespace
}  // namespace riskd::dsl::diff_test
