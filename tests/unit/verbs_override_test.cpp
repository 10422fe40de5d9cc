// An override as a file: what it says, what of it is signed, and what a riskd refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/verbs_ruleset_rig.hpp"

namespace riskd::rulesets {
namespace {

using testing::HasSubstr;

using OverrideTest = RulesetRig;

TEST_F(OverrideTest, is_read_as_it_was_written) {
    const auto station = start();
    Override made = more_orders(*station, "5%", noon);
    made.setting.instrument = "BTC-PERP";
    made.instead = "60";
    sign_it(made);
    EXPECT_TRUE(is_override(write(made)));
    EXPECT_FALSE(is_override(write(bundle(1))));
    const OverrideRead read_back = read_override(write(made));
    ASSERT_TRUE(read_back.made) << read_back.fault;
    EXPECT_EQ(write(*read_back.made), write(made));
    EXPECT_EQ(statement(*read_back.made), statement(made));
    EXPECT_EQ(read_back.made->setting.value.number, 0.05);
    EXPECT_EQ(read_back.made->setting.rule, "open_orders");
    EXPECT_EQ(in_words(*read_back.made), "open_orders.orders_max of account A1 in BTC-PERP");
}

TEST_F(OverrideTest, is_signed_with_every_field) {
    const auto station = start();
    const Override made = more_orders(*station, "7", noon);
    EXPECT_EQ(statement(made),
              "riskd override 1\naccount 2 A1\ninstrument 0 \nasset 0 \n"
              "parameter 22 open_orders.orders_max\nvalue 1 7\n"
              "reason 23 an \"auction\" until noon\nuntil 2000000000\nbase 64 " +
                  made.base + "\n");
    const auto changed = [&](const auto& change) {
        Override other = made;
        change(other);
        EXPECT_NE(statement(other), statement(made));
    };
    changed([](Override& other) { other.setting.account = "A2"; });
    changed([](Override& other) { other.setting.instrument = "BTC-PERP"; });
    changed([](Override& other) { other.setting.asset = "BTC"; });
    changed([](Override& other) { other.setting.rule = "order_rate"; });
    changed([](Override& other) { other.setting.parameter = "orders_min"; });
    changed([](Override& other) { other.setting.value.text = "8"; });
    changed([](Override& other) { other.reason = "none"; });
    changed([](Override& other) { other.until = morning; });
    changed([](Override& other) { other.base = "77aa"; });
}

TEST_F(OverrideTest, of_a_wrong_form_is_refused_with_the_field) {
    const auto station = start();
    const std::string well = write(more_orders(*station, "7", noon));
    const auto fault = [&](const std::string& what, const std::string& with) {
        std::string text = well;
        const std::size_t at = text.find(what);
        EXPECT_NE(at, std::string::npos) << what;
        return read_override(text.replace(at, what.size(), with)).fault;
    };
    EXPECT_EQ(fault("riskd override 1", "riskd override 2"),
              "this is not an override: `form` is not `riskd override 1`");
    EXPECT_EQ(fault("\"A1\"", "\"\""), "`account` is missing");
    EXPECT_EQ(fault("\"A1\"", "12"), "`account` must be text");
    EXPECT_EQ(fault("\"A1\"", "\"A1\",\"instrument\":\"BTC-PERP\",\"asset\":\"BTC\""),
              "`asset` and `instrument` exclude each other");
    EXPECT_EQ(fault("open_orders.orders_max", "orders_max"),
              "`parameter` is written rule.parameter, not `orders_max`");
    EXPECT_EQ(fault("\"7\"", "\"much\""),
              "`value` is a number such as 250000, 5% or 30s, true or false, not `much`");
    EXPECT_EQ(fault("2000000000", "\"noon\""), "`until` must be a whole number");
    EXPECT_EQ(fault("\"reason\":\"", "\"reason\":\"\",\"was\":\""), "`reason` is missing: say why");
    EXPECT_EQ(fault("\"signatures\":[]", "\"signatures\":1"), "`signatures` must be a list");
    EXPECT_EQ(fault("until noon", "\\u001b[2K"), "`reason` has a control character");
    EXPECT_EQ(fault("A1", "A1\\n"), "`account` has a control character");
    EXPECT_EQ(fault("until noon", std::string(1'000, 'x')), "`reason` is longer than 1000 bytes");
    EXPECT_EQ(read_override("{").fault, "this is not an override: it is no JSON");
}

TEST_F(OverrideTest, that_does_not_fit_is_refused_with_what_would_be_right) {
    const auto station = start();
    fund(*station);
    const auto fault = [&](const auto& change) {
        Override made = more_orders(*station, "7", noon);
        change(made);
        sign_it(made);
        return stage(*station, made);
    };
    EXPECT_EQ(fault([](Override& made) { made.setting.account = "A2"; }),
              "there is no account `A2`; did you mean `A1`?");
    EXPECT_EQ(fault([](Override& made) { made.setting.instrument = "BTC-PERB"; }),
              "there is no instrument `BTC-PERB`; did you mean `BTC-PERP`?");
    EXPECT_EQ(fault([](Override& made) { made.setting.asset = "GOLD"; }),
              "there is no asset `GOLD`");
    EXPECT_EQ(fault([](Override& made) { made.setting.rule = "open_ordres"; }),
              "there is no rule `open_ordres`; did you mean `open_orders`?");
    EXPECT_EQ(fault([](Override& made) { made.setting.parameter = "order_max"; }),
              "rule `open_orders` has no parameter `order_max`; did you mean `orders_max`?");
    EXPECT_EQ(fault([](Override& made) { set_value("7.5", made.setting); }),
              "`orders_max` must be a whole number");
    EXPECT_EQ(fault([](Override& made) { set_value("-1", made.setting); }),
              "`orders_max` must be at least 0");
    EXPECT_EQ(fault([](Override& made) { set_value("5%", made.setting); }),
              "`orders_max` is a count, not a percentage");
    EXPECT_EQ(fault([](Override& made) { set_value("true", made.setting); }),
              "`orders_max` is a count, not `true`");
    EXPECT_EQ(fault([](Override& made) { set_parameter("tiered.tiers", made.setting); }),
              "`tiers` is a list of rows with `notional`");
    EXPECT_EQ(fault([](Override& made) {
                  set_parameter("group_exposure.gross_exposure_max", made.setting);
              }),
              "rule `group_exposure` is about groups, not about accounts");
    EXPECT_THAT(fault([](Override& made) { made.base = "77aa"; }),
                HasSubstr("the override is for the ruleset 77aa, but " + decides(*station) +
                          " decides; write it again"));
    EXPECT_EQ(station->rulesets.candidate(), nullptr);
}

TEST_F(OverrideTest, needs_two_signatures_that_hold_and_a_time_to_come) {
    const auto station = start();
    fund(*station);
    Override made = more_orders(*station, "7", noon);
    const auto why_not_now = [&](Timestamp now) {
        EXPECT_EQ(stage(*station, made), "");
        return station->rulesets.why_not_activate(station->rulesets.candidate()->bundle.hash, now);
    };
    EXPECT_EQ(why_not_now(morning),
              "it is an override, which two signers must sign; it has 0 signatures");
    sign_it(made, false);
    EXPECT_EQ(why_not_now(morning),
              "it is an override, which two signers must sign; it has 1 signature");
    EXPECT_EQ(name(station->rulesets.candidate()->change), "tightens only") << "and yet two";
    made.signatures.push_back(made.signatures[0]);
    EXPECT_EQ(why_not_now(morning),
              "it is an override, which two signers must sign; it has 1 signature")
        << "the same one twice";
    sign_it(made);
    EXPECT_EQ(why_not_now(morning), "");
    EXPECT_EQ(why_not_now(noon), "the override has ended already");
    made.until = Timestamp{32LL * 86'400 * 1'000'000'000};
    sign_it(made);
    EXPECT_EQ(why_not_now(Timestamp{}),
              "an override is for 31 days at most; what is to last is for a bundle");
    made.until = noon;
    EXPECT_EQ(stage(*station, made), "the signature of `anna` does not hold for this override");
    made.signatures = {{"eve", *sign(anna.private_pem, statement(made))}};
    EXPECT_EQ(stage(*station, made), "`eve` is no signer of rulesets here");
}

TEST_F(OverrideTest, comes_only_by_itself_and_only_when_it_changes_something) {
    const auto station = start();
    fund(*station);
    Override made = more_orders(*station, "7", noon);
    sign_it(made);
    Bundle with = bundle(60);
    with.overrides.push_back(made);
    EXPECT_THAT(fault_of(with), HasSubstr("the hash is not that of its rules and parameters"));
    config::RulesSettings settings = shipped();
    settings.parameters = effective_parameters(with);
    with.hash = std::string{dsl::load_rules(with.rules, settings).rulebook->hash()};
    sign_it(with);
    EXPECT_EQ(fault_of(with), "it has overrides in force; each of them is staged by itself");

    ASSERT_EQ(stage(*station, made), "");
    station->activate_candidate();
    Override again = more_orders(*station, "7", Timestamp{3'000'000'000});
    sign_it(again);
    EXPECT_EQ(stage(*station, again), "open_orders.orders_max of account A1 is 7 already");
}

TEST_F(OverrideTest, is_one_of_a_hundred_at_most) {
    const auto station = start();
    Bundle full = bundle(60);
    for (std::size_t i = 0; i < overrides_max; ++i) {
        full.overrides.push_back(more_orders(*station, "7", noon));
        full.overrides.back().setting.account = "A" + std::to_string(i);
    }
    Admission admitted = with_overrides(full, here());
    ASSERT_NE(admitted.ruleset, nullptr) << admitted.fault;
    const Bundle& active = admitted.ruleset->bundle;
    Override made = more_orders(*station, "8", noon);
    made.base = active.hash;
    made.setting.account = "A100";
    EXPECT_EQ(admit_override(made, active, here()).fault,
              "100 overrides are in force, which is the most");
    made.setting.account = "A99";
    const Admission in_its_place = admit_override(made, active, here());
    ASSERT_NE(in_its_place.ruleset, nullptr) << in_its_place.fault;
    EXPECT_EQ(in_its_place.ruleset->bundle.overrides.size(), overrides_max);
    const BundleRead kept = read(write(in_its_place.ruleset->bundle));
    ASSERT_TRUE(kept.bundle) << kept.fault;
    EXPECT_EQ(write(*kept.bundle), write(in_its_place.ruleset->bundle));
}

}  // namespace
}  // namespace riskd::rulesets
