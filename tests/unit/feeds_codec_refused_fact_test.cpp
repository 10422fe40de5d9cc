#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "feeds/codec_decode.hpp"
#include "feeds/subjects.hpp"
#include "tests/unit/feeds_codec_ledger.hpp"

// Every way in which a fact can be wrong, and exactly what is said about it.
namespace riskd::feeds {
namespace {

struct FactRow {
    std::string_view subject;
    std::string_view message;
    std::string_view field;
    std::string_view error;
};

constexpr FactRow broken_facts[] = {
    {"risk.in.order.X", R"({"id":"u","order":"o","event":"open"})", "account", "nobody defined it"},
    {"risk.in.order.A1", R"({"order":"o","event":"open"})", "id", "is missing"},
    {"risk.in.order.A1", R"({"id":"u","event":"open"})", "order", "is missing"},
    {"risk.in.order.A1", R"({"id":"u","order":"o","event":"filled"})", "event",
     "must be open, replaced, cancelled, rejected, expired or done"},
    {"risk.in.order.A1", R"({"id":"u","order":"o","event":"open","remaining":"x"})", "remaining",
     "not a decimal"},
    {"risk.in.order.A1", R"({"id":"u","order":"o","event":"open","remaining":"-1"})", "remaining",
     "must not be negative"},
    {"risk.in.order.A1", R"({"id":"u","order":"o-7","event":"open","remaining":"0.0001"})",
     "remaining", "more decimals than allowed"},
    {"risk.in.order.A1", R"({"id":"u","order":"o","event":"open","account":"A2"})", "account",
     "is not that of the subject"},
    {"risk.in.fill.X", "{}", "account", "nobody defined it"},
    {"risk.in.fill.A1",
     R"({"fill":"f","order":"o","instrument":"X","side":"buy","price":"1","quantity":"1"})",
     "instrument", "nobody defined it"},
    {"risk.in.fill.A1",
     R"({"fill":"f","order":"o","instrument":"BTC-PERP","side":"buy","price":"0","quantity":"1"})",
     "price", "must be positive"},
    {"risk.in.fill.A1",
     R"({"fill":"f","order":"o","instrument":"BTC-PERP","side":"buy","price":"1","quantity":"1",)"
     R"("fee":"1"})",
     "fee_asset", "is missing"},
    {"risk.in.fill.A1",
     R"({"fill":"f","order":"o","instrument":"BTC-PERP","side":"buy","price":"1","quantity":"1",)"
     R"("fee_asset":"USDT"})",
     "fee", "is missing"},
    {"risk.in.fill.A1",
     R"({"fill":"f","order":"o","instrument":"BTC-PERP","side":"buy","price":"1","quantity":"1",)"
     R"("fee":"1","fee_asset":"DOGE"})",
     "fee_asset", "nobody defined it"},
    {"risk.in.fill.A1",
     R"({"fill":"f","order":"o","instrument":"BTC-PERP","side":"buy","price":"1","quantity":"1",)"
     R"("liquidity":"both"})",
     "liquidity", "must be maker or taker"},
    {"risk.in.balance.A1", R"({"id":"d","asset":"USDT","amount":"-1","kind":"deposit"})", "amount",
     "must be positive"},
    {"risk.in.balance.A1", R"({"id":"d","asset":"USDT","amount":"-1","kind":"withdrawal"})",
     "amount", "must be positive"},
    {"risk.in.balance.A1", R"({"id":"d","asset":"USDT","amount":"0.0000001","kind":"rebate"})",
     "amount", "more decimals than allowed"},
    {"risk.in.balance.A1", R"({"id":"d","asset":"EUR","amount":"1","kind":"deposit"})", "asset",
     "nobody defined it"},
    {"risk.in.balance.A1", R"({"id":"d","asset":"USDT","amount":"1","kind":"gift"})", "kind",
     "must be deposit, withdrawal, adjustment, interest or rebate"},
    {"risk.in.transfer", R"({"id":"t","from":"A1","to":"A1","asset":"USDT","amount":"1"})", "to",
     "is the account it comes from"},
    {"risk.in.transfer", R"({"id":"t","from":"A1","to":"X","asset":"USDT","amount":"1"})", "to",
     "nobody defined it"},
    {"risk.in.transfer", R"({"id":"t","from":"A1","to":"A2","asset":"USDT","amount":"-1"})",
     "amount", "must be positive"},
    {"risk.in.funding.X", R"({"id":"fu","rate":"0.1","price":"1"})", "instrument",
     "nobody defined it"},
    {"risk.in.funding.BTC-PERP", R"({"id":"fu","rate":"0.000000001","price":"1"})", "rate",
     "more decimals than allowed"},
    {"risk.in.funding.BTC-PERP", R"({"id":"fu","rate":"0.1"})", "price", "is missing"},
    {"risk.in.settlement.BTC-PERP", R"({"id":"s","price":"1.23"})", "price",
     "more decimals than allowed"},
    {"risk.in.funding.BTC-EVERLASTING", R"({"id":"fu","rate":"0.1","price":"1"})", "period",
     "is missing"},
    {"risk.in.funding.BTC-EVERLASTING", R"({"id":"fu","period":"1","price":"1"})", "period",
     "not a duration such as 8h or 1d"},
    {"risk.in.funding.BTC-EVERLASTING", R"({"id":"fu","period":"0s","price":"1"})", "period",
     "must be positive"},
    {"risk.in.settlement.X", R"({"id":"s","price":"1"})", "instrument", "nobody defined it"},
    {"risk.in.instrument.N", R"({"kind":"banana"})", "kind", "not a word it may be"},
    {"risk.in.instrument.N", R"({"kind":"spot","instrument":"M"})", "instrument",
     "is not that of the subject"},
    {"risk.in.instrument.N", R"({"kind":["spot"]})", "kind", "must be text or a number"},
    {"risk.in.funding_index.BTC-PERP", R"({"id":"fi"})", "index", "is missing"},
    {"risk.in.funding_index.BTC-PERP", R"({"id":"fi","index":"0.0000000001"})", "index",
     "more decimals than allowed"},
    {"risk.in.funding_index.BTC-PERP", R"({"id":"fi","index":"1","paid":1})", "paid",
     "must be true or false"},
    {"risk.in.funding_index.X", R"({"id":"fi","index":"1"})", "instrument", "nobody defined it"},
    {"risk.in.leverage.A1", R"({"id":"l","instrument":"BTC-PERP"})", "leverage", "is missing"},
    {"risk.in.leverage.A1", R"({"id":"l","instrument":"BTC-PERP","leverage":2.5})", "leverage",
     "more decimals than allowed"},
    {"risk.in.leverage.A1", R"({"id":"l","instrument":"BTC-PERP","leverage":-1})", "leverage",
     "must not be negative"},
    {"risk.in.leverage.A1", R"({"id":"l","instrument":"BTC-PERP","leverage":1001})", "leverage",
     "must be 0 to 1000"},
    {"risk.in.leverage.A1", R"({"id":"l","instrument":"X","leverage":1})", "instrument",
     "nobody defined it"},
    {"risk.in.margin.A1", R"({"id":"m","instrument":"BTC-PERP"})", "amount", "is missing"},
    {"risk.in.margin.A1", R"({"id":"m","instrument":"BTC-PERP","mode":"shared"})", "mode",
     "must be cross or isolated"},
    {"risk.in.margin.A1", R"({"id":"m","instrument":"BTC-PERP","mode":"cross","amount":"1"})",
     "amount", "not together with mode"},
    {"risk.in.margin.A1", R"({"id":"m","instrument":"X","amount":"1"})", "instrument",
     "nobody defined it"},
    {"risk.in.margin.A1", R"({"instrument":"BTC-PERP","amount":"1"})", "id", "is missing"},
    {"risk.in.leverage.X", R"({"id":"l","instrument":"BTC-PERP","leverage":1})", "account",
     "nobody defined it"},
    {"risk.in.leverage.A1",
     R"({"id":"l","instrument":"BTC-PERP","leverage":1,"position_side":"buy"})", "position_side",
     "must be long, short or net"},
    {"risk.in.account.A1", R"({"currency":"USDT","borrow":1})", "borrow", "not a word it may be"},
    {"risk.in.account.A1", R"({"currency":"USDT","position_mode":"both"})", "position_mode",
     "not a word it may be"},
    {"risk.in.account.A1", R"({"currency":true})", "currency", "must be text or a number"},
    {"risk.in.group.desk", R"({"parent":"a.b"})", "parent", "not a name (A-Z a-z 0-9 _ : -)"},
    {"risk.in.group.desk", R"({"group":"other"})", "group", "is not that of the subject"},
    {"risk.in.account.N", R"({"group":"retail"})", "currency", "is missing"},
    {"risk.in.account.N", R"({"currency":"USDT","leverage":"1.5"})", "leverage",
     "not a whole number"},
    {"risk.in.fill.A1", "not json", "message", "not a JSON object in UTF-8"},
    {"risk.in.unheard.A1", "{}", "subject", "is not that of a fact"},
    {"risk.in.fill.A.1", "{}", "subject", "is not that of a fact"},
    {"risk.check.A1", "{}", "subject", "is not that of a fact"},
};

TEST(CodecRefusedFactTest, every_broken_fact_becomes_a_refused_fact_that_says_why) {
    CodecLedger ledger;
    ledger.work("o-7", 1'000);
    Decoder decoder;
    const Subjects subjects{"risk"};
    for (const FactRow& row : broken_facts) {
        EventBody body;
        decoder.decode_fact(row.subject, subjects.parse(row.subject), row.message, *ledger, body);
        const auto* refused = std::get_if<RefusedFact>(&body);
        ASSERT_NE(refused, nullptr) << row.subject << ' ' << row.message;
        EXPECT_EQ(refused->subject.view(), row.subject);
        EXPECT_EQ(refused->field.view(), row.field) << row.subject << ' ' << row.message;
        EXPECT_EQ(refused->reason.view(), row.error) << row.subject << ' ' << row.message;
    }
}

TEST(CodecRefusedFactTest, a_refused_fact_shows_the_start_of_a_strange_subject) {
    const RefusedFact refused = refused_fact("risk.in.\x01\xff" + std::string(100, 'x'),
                                             {"message", "not a JSON object in UTF-8"});
    EXPECT_EQ(refused.subject.view(), "risk.in.??" + std::string(54, 'x'));
}

}  // namespace
}  // namespace riskd::feeds
