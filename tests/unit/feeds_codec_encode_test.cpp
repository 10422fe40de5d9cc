#include "feeds/codec_encode.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "feeds/codec_client.hpp"
#include "tests/unit/feeds_codec_ledger.hpp"

namespace riskd::feeds {
namespace {

class CodecEncodeTest : public testing::Test {
protected:
    Decision accepted() {
        Decision decision;
        decision.account = ledger.a1();
        decision.instrument = ledger.perp();
        decision.order = Id{"o-1"};
        decision.accepted = true;
        decision.hold_asset = ledger.usdt();
        decision.hold = Money{500'010'000};
        decision.has_margin = true;
        decision.currency = ledger.usdt();
        decision.margin.equity = Money{10'000'000'000};
        decision.margin.initial_margin = Money{2'500'010'000};
        decision.margin.maintenance_margin = Money{900'000'000};
        decision.sequence = Sequence{42};
        decision.time = Timestamp{1'700'000'000'000'000'000};
        return decision;
    }
    Decision rejected() {
        Decision decision = accepted();
        decision.order = Id{"o-2"};
        decision.accepted = false;
        decision.reason = RejectReason::insufficient_initial_margin;
        decision.rule_name = Text<64>{"margin/tiered"};
        decision.has_limit = true;
        decision.limit = {.raw = 749'999, .decimals = 2};
        decision.used = {.raw = 250'001, .decimals = 2};
        decision.would_be = {.raw = 1'250'001, .decimals = 2};
        decision.headroom = {.raw = 499'998, .decimals = 2};
        decision.has_largest_quantity = true;
        decision.largest_quantity = Quantity{50};
        decision.sequence = Sequence{43};
        return decision;
    }

    CodecLedger ledger;
    std::array<Name, 3> names{Name{"check/order_size"}, Name{"margin/tiered"},
                              Name{"check/price_collar"}};
    EncodeScope scope{*ledger, "9f3c", names};
    std::string text;
};

constexpr std::string_view margin_text =
    R"("margin":{"equity":"10000","initial_margin":"2500.01","maintenance_margin":"900",)"
    R"("available_margin":"7499.99"})";

TEST_F(CodecEncodeTest, an_accept_is_spelled_as_in_the_protocol) {
    encode_decision(scope, accepted(), "A1", text);
    EXPECT_EQ(text, R"({"decision":"accept","order":"o-1","account":"A1",)"
                    R"("hold":{"asset":"USDT","amount":"500.01"},"sequence":42,)"
                    R"("time":1700000000000000000,"ruleset":"9f3c",)" +
                        std::string{margin_text} + "}");
}

TEST_F(CodecEncodeTest, a_reject_is_spelled_as_in_the_protocol) {
    encode_decision(scope, rejected(), "A1", text);
    EXPECT_EQ(text,
              R"({"decision":"reject","order":"o-2","account":"A1",)"
              R"("reason":"insufficient_initial_margin","rule":"margin/tiered","limit":"7499.99",)"
              R"("used":"2500.01","would_be":"12500.01","headroom":"4999.98",)"
              R"("largest_quantity":"0.05","sequence":43,"time":1700000000000000000,)"
              R"("ruleset":"9f3c",)" +
                  std::string{margin_text} + "}");
}

TEST_F(CodecEncodeTest, a_repeated_answer_is_the_same_answer) {
    Decision again = rejected();
    again.repeated = true;
    std::string second;
    encode_decision(scope, rejected(), "A1", text);
    encode_decision(scope, again, "A1", second);
    EXPECT_EQ(text, second);
}

TEST_F(CodecEncodeTest, a_reject_for_nobody_has_no_figures) {
    Decision decision;
    decision.order = Id{"o-3"};
    decision.reason = RejectReason::unknown_account;
    decision.sequence = Sequence{7};
    decision.time = Timestamp{8};
    encode_decision(scope, decision, "nobody", text);
    EXPECT_EQ(text, R"({"decision":"reject","order":"o-3","account":"nobody",)"
                    R"("reason":"unknown_account","sequence":7,"time":8,"ruleset":"9f3c"})");
}

TEST_F(CodecEncodeTest, a_margin_that_lacks_a_price_says_so) {
    Decision decision = accepted();
    decision.margin.complete = false;
    encode_decision(scope, decision, "A1", text);
    EXPECT_NE(text.find(R"("available_margin":"7499.99","complete":false}})"), std::string::npos);
}

TEST_F(CodecEncodeTest, malformed_and_unsequenced_rejects) {
    encode_malformed({"quantity", "not a decimal"}, text);
    EXPECT_EQ(text, R"({"decision":"malformed","field":"quantity","error":"not a decimal"})");
    text.clear();
    Refusal refusal;
    refusal.reason = RejectReason::overloaded;
    refusal.account = "A1";
    refusal.order = "o-1";
    refusal.time = Timestamp{5};
    encode_refusal(refusal, text);
    EXPECT_EQ(text, R"({"decision":"reject","order":"o-1","account":"A1","reason":"overloaded",)"
                    R"("time":5})");
    text.clear();
    refusal.order = "";
    encode_refusal(refusal, text);
    EXPECT_EQ(text, R"({"decision":"reject","account":"A1","reason":"overloaded","time":5})");
}

TEST_F(CodecEncodeTest, the_record_of_a_decision_adds_the_order_and_the_mark) {
    Prices prices;
    prices.mark = Price{499'995};
    prices.as_of = Timestamp{77};
    ledger->apply_prices(ledger.perp(), prices);
    OrderRequest request;
    request.account = ledger.a1();
    request.instrument = ledger.perp();
    request.order = Id{"o-1"};
    request.side = Side::sell;
    request.type = OrderType::stop_limit;
    request.time_in_force = TimeInForce::gtd;
    request.reduce_only = true;
    request.price = Price{500'005};
    request.trigger_price = Price{500'000};
    request.quantity = Quantity{100};
    request.expires = Timestamp{99};
    request.replaces = Id{"o-0"};
    request.trader = Name{"t7"};
    request.strategy = Name{"mm1"};
    const std::vector<RuleAnswer> answers{{.rule = RuleId{0}, .used = 0.1, .allowed = 10},
                                          {.rule = RuleId{2}, .fault = RuleFault::over_budget}};
    encode_decision_record(scope, {accepted(), request, answers}, "A1", text);
    const std::string start =
        R"({"decision":"accept","order":"o-1","account":"A1",)"
        R"("hold":{"asset":"USDT","amount":"500.01"},"sequence":42,"time":1700000000000000000,)"
        R"("ruleset":"9f3c",)" +
        std::string{margin_text};
    EXPECT_EQ(text, start +
                        R"(,"request":{"instrument":"BTC-PERP","side":"sell","type":"stop_limit",)"
                        R"("price":"50000.5","trigger_price":"50000","quantity":"0.1",)"
                        R"("time_in_force":"gtd","reduce_only":true,"post_only":false,)"
                        R"("trader":"t7","strategy":"mm1","replaces":"o-0","expires":99},)"
                        R"("mark":{"price":"49999.5","time":77},)"
                        R"("limits":[{"rule":"check/order_size","limit":"10","used":"0.1"},)"
                        R"({"rule":"check/price_collar","fault":"over_budget"}]})");
    text.clear();
    encode_decision_record(scope, {accepted(), OrderRequest{}}, "A1", text);
    EXPECT_EQ(text,
              start +
                  R"(,"request":{"instrument":null,"side":"buy","type":"limit",)"
                  R"("time_in_force":"gtc","reduce_only":false,"post_only":false},"limits":[]})");
}

TEST_F(CodecEncodeTest, a_preview_adds_what_would_be) {
    Preview preview;
    preview.decision = accepted();
    preview.margin_after = preview.decision.margin;
    preview.fee = Money{2'500'000};
    preview.fee_asset = ledger.usdt();
    preview.limits = {{.rule = RuleId{0}, .used = 0.5, .allowed = 10},
                      {.rule = RuleId{2}, .fault = RuleFault::over_budget}};
    encode_preview(scope, preview, "A1", Price{431'000}, text);
    const std::string margin{margin_text.substr(margin_text.find('{'))};
    EXPECT_NE(text.find(",\"margin\":" + margin + ",\"margin_after\":" + margin +
                        R"(,"liquidation_price":"43100","fee":{"asset":"USDT","amount":"2.5"},)"
                        R"("limits":[{"rule":"check/order_size","limit":"10","used":"0.5"},)"
                        R"({"rule":"check/price_collar","fault":"over_budget"}]})"),
              std::string::npos)
        << text;
    text.clear();
    preview.limits.erase(preview.limits.begin());
    encode_preview(scope, preview, "A1", std::nullopt, text);
    EXPECT_NE(text.find(R"("liquidation_price":null,)"), std::string::npos);
    EXPECT_EQ(text.find("order_size"), std::string::npos);
}

TEST_F(CodecEncodeTest, a_liquidation_trigger_and_its_end) {
    StageChange change;
    change.account = ledger.a1();
    change.episode = 17;
    change.before = Stage::margin_call;
    change.stage = Stage::liquidate;
    change.currency = ledger.usdt();
    change.margin.equity = Money{-1'000'000};
    change.margin.initial_margin = Money{5'000'000};
    change.margin.maintenance_margin = Money{2'000'000};
    change.close = {{.instrument = ledger.perp(),
                     .side = Side::sell,
                     .quantity = Quantity{1'500},
                     .has_bankruptcy_price = true,
                     .bankruptcy_price = Price{449'995}},
                    {.instrument = ledger.perp(), .side = Side::buy, .quantity = Quantity{1}}};
    change.prices = {{.instrument = ledger.perp(), .price = Price{450'000}}};
    change.sequence = Sequence{9};
    change.time = Timestamp{10};
    encode_liquidation(scope, change, text);
    EXPECT_EQ(text, R"({"episode":"A1-17","stage":"liquidate","equity":"-1",)"
                    R"("maintenance_margin":"2","close":[{"instrument":"BTC-PERP","side":"sell",)"
                    R"("quantity":"1.5","bankruptcy_price":"44999.5"},{"instrument":"BTC-PERP",)"
                    R"("side":"buy","quantity":"0.001","bankruptcy_price":null}],)"
                    R"("prices":{"BTC-PERP":"45000"},"ruleset":"9f3c","sequence":9,"time":10,)"
                    R"("account":"A1","currency":"USDT","initial_margin":"5",)"
                    R"("before":"margin_call"})");
    text.clear();
    change.stage = Stage::healthy;
    change.close.clear();
    change.prices.clear();
    encode_liquidation(scope, change, text);
    EXPECT_NE(text.find(R"("stage":"closed",)"), std::string::npos);
    EXPECT_NE(text.find(R"("close":[],"prices":{},)"), std::string::npos);
}

TEST_F(CodecEncodeTest, an_alert_names_only_what_it_is_about) {
    Alert alert;
    alert.severity = Severity::critical;
    alert.kind = AlertKind::rule_fault;
    alert.account = ledger.a1();
    alert.instrument = ledger.perp();
    alert.rule = RuleId{2};
    alert.fault = RuleFault::raised;
    alert.about = Text<64>{"o-1"};
    alert.detail = Text<64>{"a \"quoted\" \\ \n text"};
    alert.sequence = Sequence{3};
    alert.time = Timestamp{4};
    encode_alert(scope, alert, text);
    EXPECT_EQ(text,
              R"({"severity":"critical","kind":"rule_fault","account":"A1",)"
              R"("instrument":"BTC-PERP","rule":"check/price_collar","fault":"raised",)"
              R"("about":"o-1","detail":"a \"quoted\" \\ \u000a text","sequence":3,"time":4})");
    text.clear();
    Alert bare;
    bare.kind = AlertKind::refused_fact;
    encode_alert(scope, bare, text);
    EXPECT_EQ(text, R"({"severity":"information","kind":"refused_fact","sequence":0,"time":0})");
}

TEST_F(CodecEncodeTest, answers_are_read_back_as_a_tree) {
    encode_decision(scope, rejected(), "A1", text);
    const auto tree = Tree::parse(text);
    ASSERT_TRUE(tree.has_value());
    EXPECT_EQ((*tree)["reason"].text(), "insufficient_initial_margin");
    EXPECT_EQ((*tree)["margin"]["equity"].text(), "10000");
    EXPECT_EQ((*tree)["margin"]["equity"].number(), 10'000.0);
    EXPECT_EQ((*tree)["sequence"].text(), "43");
    EXPECT_EQ((*tree)["none"]["at"]["all"].kind(), TreeKind::absent);
    EXPECT_EQ((*tree)["margin"].elements().size(), 4U);
    EXPECT_EQ((*tree)["margin"].elements()[0].key(), "equity");
    EXPECT_FALSE(Tree::parse("{\"a\":").has_value());
}

TEST_F(CodecEncodeTest, a_client_writes_fields_as_they_are_meant) {
    const FieldText fields[] = {{"order", "o-1"},
                                {"price", "50000.5"},
                                {"trader", ""},
                                {"reduce_only", "true"},
                                {"time", "17"}};
    encode_fields(fields, text);
    EXPECT_EQ(text, R"({"order":"o-1","price":"50000.5","reduce_only":true,"time":17})");
}

TEST_F(CodecEncodeTest, a_warm_text_is_not_allocated_again) {
    text.reserve(4'096);
    const char* const place = text.data();
    for (int i = 0; i < 3; ++i) {
        text.clear();
        encode_decision(scope, rejected(), "A1", text);
    }
    EXPECT_EQ(text.data(), place);
}

}  // namespace
}  // namespace riskd::feeds
