// Rulesets as bundles: keys, and what a riskd refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/verbs_ruleset_rig.hpp"

namespace riskd::rulesets {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(RulesetKeys, sign_as_the_standard_says) {
    // RFC 8032, 7.1, test 1: the empty message.
    constexpr std::string_view pem =
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
        "-----END PRIVATE KEY-----\n";
    EXPECT_EQ(public_of(pem), "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    const auto signature = sign(pem, "");
    EXPECT_EQ(signature,
              "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQ"
              "Cw==");
    EXPECT_TRUE(verifies("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "", *signature));
}

TEST(RulesetKeys, hold_for_one_key_and_one_text) {
    const auto anna = make_keys();
    const auto bert = make_keys();
    ASSERT_TRUE(anna && bert);
    EXPECT_NE(anna->public_text, bert->public_text);
    const auto signature = sign(anna->private_pem, "text");
    ASSERT_TRUE(signature);
    EXPECT_TRUE(verifies(anna->public_text, "text", *signature));
    EXPECT_FALSE(verifies(bert->public_text, "text", *signature));
    EXPECT_FALSE(verifies(anna->public_text, "texts", *signature));
    std::string other = *signature;
    other[10] = other[10] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verifies(anna->public_text, "text", other));
    for (const std::string& broken : {std::string{}, std::string{"x"}, *signature + "=",
                                      signature->substr(0, 86), std::string(88, '=')}) {
        EXPECT_FALSE(verifies(anna->public_text, "text", broken)) << broken;
        EXPECT_FALSE(is_public_key(broken)) << broken;
    }
    EXPECT_TRUE(is_public_key(anna->public_text));
    EXPECT_FALSE(sign("no key", "text"));
}

using RulesetTest = RulesetRig;

TEST_F(RulesetTest, a_bundle_is_read_as_it_was_written) {
    Bundle made = bundle(49);
    sign_it(made);
    const BundleRead read_back = read(write(made));
    ASSERT_TRUE(read_back.bundle) << read_back.fault;
    EXPECT_EQ(write(*read_back.bundle), write(made));
    EXPECT_EQ(statement(*read_back.bundle), statement(made));
    const Admission admitted = admit(write(made), here());
    ASSERT_NE(admitted.ruleset, nullptr) << admitted.fault;
    EXPECT_EQ(admitted.ruleset->rulebook->hash(), made.hash);
    EXPECT_THAT(admitted.ruleset->signed_by, testing::ElementsAre("anna", "bert"));
}

TEST_F(RulesetTest, what_is_not_right_is_refused_with_its_reason) {
    Bundle made = bundle(49);
    sign_it(made);
    ASSERT_EQ(fault_of(made), "");

    Bundle other = made;
    other.note += "!";
    EXPECT_EQ(fault_of(other), "the signature of `anna` does not hold for this bundle");
    other = made;
    other.expires.ns += 1;
    EXPECT_EQ(fault_of(other), "the signature of `anna` does not hold for this bundle");
    other = made;
    other.signatures[1].name = "carl";
    EXPECT_EQ(fault_of(other), "`carl` is no signer of rulesets here");
    other = made;
    other.signatures[1].name = "anna";
    EXPECT_EQ(fault_of(other), "the signature of `anna` does not hold for this bundle");
    other = made;
    other.schema += 1;
    EXPECT_THAT(fault_of(other), HasSubstr("of the schema, this riskd has version"));
    other = made;
    other.rules[0].text += "\n";
    EXPECT_THAT(fault_of(other), StartsWith("the hash is not that of its rules and parameters"));
    other = made;
    other.parameters[0].value.number = 1;
    other.parameters[0].value.text.clear();
    EXPECT_THAT(fault_of(other), StartsWith("the hash is not that of its rules and parameters"));
    other = made;
    other.rules[0].text = "rule {";
    EXPECT_THAT(fault_of(other), HasSubstr(":1:"));
}

TEST_F(RulesetTest, what_is_no_bundle_is_refused_with_its_reason) {
    const std::string text = write(bundle(49));
    const auto fault = [&](const std::string& broken) { return admit(broken, here()).fault; };
    EXPECT_THAT(fault(""), HasSubstr("no JSON object"));
    EXPECT_THAT(fault("[]"), HasSubstr("no JSON object"));
    EXPECT_THAT(fault("{}"), HasSubstr("`form` is not"));
    EXPECT_THAT(fault(text.substr(0, text.size() / 2)), HasSubstr("no JSON object"));
    EXPECT_THAT(fault(std::string(bundle_bytes_max + 1, ' ')), HasSubstr("longer than"));
    EXPECT_EQ(fault(R"({"form":"riskd ruleset 1"})"), "`schema` must be a whole number");
    EXPECT_EQ(fault(R"({"form":"riskd ruleset 1","schema":1,"hash":1})"), "`hash` must be text");
}

TEST_F(RulesetTest, needs_its_signatures_its_time_and_the_right_hash) {
    const auto station = start();
    Bundle made = bundle(10'000);
    ASSERT_EQ(stage(*station, made), "") << "who has not signed yet may look at it, too";
    EXPECT_EQ(why_not(*station, made),
              "it loosens, which two signers must sign; it has 0 signatures");
    sign_it(made, false);
    ASSERT_EQ(stage(*station, made), "");
    EXPECT_EQ(why_not(*station, made),
              "it loosens, which two signers must sign; it has 1 signature");
    made.signatures.push_back(made.signatures[0]);
    ASSERT_EQ(stage(*station, made), "");
    EXPECT_THAT(why_not(*station, made), HasSubstr("it has 1")) << "twice the same";
    sign_it(made);
    ASSERT_EQ(stage(*station, made), "");
    EXPECT_EQ(why_not(*station, made), "");
    EXPECT_EQ(why_not(*station, bundle(5)), "the candidate is " + made.hash);

    made.expires = station->clock.now();
    sign_it(made);
    ASSERT_EQ(stage(*station, made), "");
    EXPECT_EQ(why_not(*station, made), "the bundle has expired");
}

TEST_F(RulesetTest, without_signers_nothing_is_staged) {
    edit = nullptr;
    const auto station = start();
    EXPECT_EQ(stage(*station, bundle(5)), "no signers of rulesets are configured (rules.signers)");
}

TEST_F(RulesetTest, a_margin_rule_that_an_account_names_must_be_there) {
    const auto station = start();
    station->apply(
        AccountDefinition{.name = Name{"P1"}, .currency = Name{"USDT"}, .margin = Name{"tiered"}},
        1);
    Bundle made = bundle(5);
    for (dsl::RuleText& rule : made.rules) {
        const std::size_t at = rule.text.find("\"tiered\"");
        if (at != std::string::npos) rule.text.replace(at, 8, "\"other\"");
    }
    for (auto& each : made.parameters) {
        if (each.rule == "tiered") each.rule = "other";
    }
    config::RulesSettings settings;
    settings.parameters = made.parameters;
    const dsl::LoadResult loaded = dsl::load_rules(made.rules, settings);
    ASSERT_EQ(loaded.rendered, "");
    made.hash = std::string{loaded.rulebook->hash()};
    EXPECT_EQ(stage(*station, made),
              "account P1 names the margin rule `tiered`, which it does not have");
    EXPECT_EQ(station->rulesets.candidate(), nullptr);
}

}  // namespace
}  // namespace riskd::rulesets
