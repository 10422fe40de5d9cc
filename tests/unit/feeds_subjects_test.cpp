#include "feeds/subjects.hpp"

#include <gtest/gtest.h>

namespace riskd::feeds {
namespace {

TEST(SubjectsTest, every_topic_is_formatted_and_parsed_back) {
    const Subjects subjects{"risk"};
    for (std::size_t i = 0; i < topic_count; ++i) {
        const auto topic = static_cast<Topic>(i);
        const TokenRule rule = topic_shapes[i].token;
        const std::string_view token = rule == TokenRule::none ? "" : "A-1_x:9";
        SubjectBuffer buffer;
        const std::string_view text = subjects.format(topic, token, buffer);
        const auto parsed = subjects.parse(text);
        ASSERT_TRUE(parsed.has_value()) << text;
        EXPECT_EQ(parsed->topic, topic) << text;
        EXPECT_EQ(parsed->token, token) << text;
    }
}

TEST(SubjectsTest, the_spelling_is_that_of_the_protocol) {
    const Subjects subjects{"risk"};
    SubjectBuffer buffer;
    EXPECT_EQ(subjects.format(Topic::check, "A1", buffer), "risk.check.A1");
    EXPECT_EQ(subjects.format(Topic::preview, "A1", buffer), "risk.preview.A1");
    EXPECT_EQ(subjects.format(Topic::query_account, "A1", buffer), "risk.query.account.A1");
    EXPECT_EQ(subjects.format(Topic::query_exposure, "", buffer), "risk.query.exposure");
    EXPECT_EQ(subjects.format(Topic::query_exposure, "BTC", buffer), "risk.query.exposure.BTC");
    EXPECT_EQ(subjects.format(Topic::query_status, "", buffer), "risk.query.status");
    EXPECT_EQ(subjects.format(Topic::admin, "account", buffer), "risk.admin.account");
    EXPECT_EQ(subjects.format(Topic::in_order, "A1", buffer), "risk.in.order.A1");
    EXPECT_EQ(subjects.format(Topic::in_fill, "A1", buffer), "risk.in.fill.A1");
    EXPECT_EQ(subjects.format(Topic::in_balance, "A1", buffer), "risk.in.balance.A1");
    EXPECT_EQ(subjects.format(Topic::in_transfer, "", buffer), "risk.in.transfer");
    EXPECT_EQ(subjects.format(Topic::in_funding, "B", buffer), "risk.in.funding.B");
    EXPECT_EQ(subjects.format(Topic::in_funding_index, "B", buffer), "risk.in.funding_index.B");
    EXPECT_EQ(subjects.format(Topic::in_settlement, "B", buffer), "risk.in.settlement.B");
    EXPECT_EQ(subjects.format(Topic::in_leverage, "A1", buffer), "risk.in.leverage.A1");
    EXPECT_EQ(subjects.format(Topic::in_margin, "A1", buffer), "risk.in.margin.A1");
    EXPECT_EQ(subjects.format(Topic::in_instrument, "B", buffer), "risk.in.instrument.B");
    EXPECT_EQ(subjects.format(Topic::in_account, "A1", buffer), "risk.in.account.A1");
    EXPECT_EQ(subjects.format(Topic::in_group, "desk-1", buffer), "risk.in.group.desk-1");
    EXPECT_EQ(subjects.format(Topic::in_price, "B", buffer), "risk.in.price.B");
    EXPECT_EQ(subjects.format(Topic::out_decision, "A1", buffer), "risk.out.decision.A1");
    EXPECT_EQ(subjects.format(Topic::out_liquidation, "A1", buffer), "risk.out.liquidation.A1");
    EXPECT_EQ(subjects.format(Topic::out_account, "A1", buffer), "risk.out.account.A1");
    EXPECT_EQ(subjects.format(Topic::out_alert, "warning", buffer), "risk.out.alert.warning");
    EXPECT_EQ(subjects.pattern(Topic::check), "risk.check.*");
    EXPECT_EQ(subjects.pattern(Topic::query_status), "risk.query.status");
    EXPECT_EQ(subjects.pattern(Topic::query_exposure), "risk.query.exposure.>");
    EXPECT_EQ(subjects.family("in"), "risk.in.>");
}

TEST(SubjectsTest, what_is_not_of_this_form_is_nobodys) {
    const Subjects subjects{"risk"};
    const std::string long_token(65, 'a');
    for (const std::string& text : {std::string{},
                                    std::string{"risk"},
                                    std::string{"risk."},
                                    std::string{"risk.check"},
                                    std::string{"risk.check."},
                                    std::string{"risk.check.A.1"},
                                    std::string{"risk.check.A 1"},
                                    std::string{"risk.check.*"},
                                    std::string{"risk.checks.A1"},
                                    std::string{"xrisk.check.A1"},
                                    std::string{"riskcheck.A1"},
                                    std::string{"risk.query.status.x"},
                                    std::string{"risk.query.exposure."},
                                    std::string{"risk.query.exposurex"},
                                    std::string{"risk.in.transfer.A1"},
                                    std::string{"risk.in.transfer."},
                                    std::string{"risk.in.fill"},
                                    std::string{"risk.unknown.A1"},
                                    std::string{"risk.check.A\x01"},
                                    std::string{"risk.check.\xc3\xa9"},
                                    "risk.check." + long_token}) {
        EXPECT_FALSE(subjects.parse(text).has_value()) << text;
    }
    EXPECT_TRUE(subjects.parse("risk.check." + std::string(64, 'a')).has_value());
}

TEST(SubjectsTest, the_prefix_is_a_setting_and_may_have_several_tokens) {
    const Subjects subjects{"eu.desk7.risk"};
    SubjectBuffer buffer;
    EXPECT_EQ(subjects.format(Topic::check, "A1", buffer), "eu.desk7.risk.check.A1");
    const auto parsed = subjects.parse("eu.desk7.risk.in.transfer");
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->topic, Topic::in_transfer);
    EXPECT_FALSE(subjects.parse("risk.check.A1").has_value());
    EXPECT_EQ(subjects.prefix(), "eu.desk7.risk");
    EXPECT_TRUE(Subjects::is_prefix("a.b"));
    for (const char* wrong : {"", ".", "a.", ".a", "a..b", "a b", "a.*", "a.>"}) {
        EXPECT_FALSE(Subjects::is_prefix(wrong)) << wrong;
    }
    EXPECT_FALSE(Subjects::is_prefix(std::string(65, 'a')));
}

TEST(SubjectsTest, a_fact_is_what_travels_in_the_input_stream) {
    EXPECT_TRUE(is_fact(Topic::in_order));
    EXPECT_TRUE(is_fact(Topic::in_account));
    EXPECT_TRUE(is_fact(Topic::in_group));
    EXPECT_FALSE(is_fact(Topic::in_price));
    EXPECT_FALSE(is_fact(Topic::check));
    EXPECT_FALSE(is_fact(Topic::out_decision));
}

}  // namespace
}  // namespace riskd::feeds
