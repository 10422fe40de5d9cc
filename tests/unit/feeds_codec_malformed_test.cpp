#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "feeds/codec_decode.hpp"
#include "tests/unit/feeds_codec_ledger.hpp"

// Every way in which a message can be wrong, and exactly what is said about it.
namespace riskd::feeds {
namespace {

struct Row {
    std::string message;
    std::string_view field;
    std::string_view error;
};

// A well-formed check with one member replaced, added or (empty text) taken away.
std::string check_with(std::string_view member, std::string_view text) {
    struct Member {
        std::string_view name;
        std::string_view text;
    };
    std::vector<Member> members{{"order", "\"o-1\""},        {"instrument", "\"BTC-PERP\""},
                                {"side", "\"buy\""},         {"type", "\"limit\""},
                                {"price", "\"50000.5\""},    {"quantity", "\"0.1\""},
                                {"time_in_force", "\"gtc\""}};
    bool found = false;
    for (Member& each : members) {
        if (each.name != member) continue;
        each.text = text;
        found = true;
    }
    if (!found) members.push_back({member, text});
    std::string made = "{";
    for (const Member& each : members) {
        if (each.text.empty()) continue;
        if (made.size() > 1) made += ',';
        made += '"' + std::string{each.name} + "\":" + std::string{each.text};
    }
    return made + "}";
}

constexpr std::string_view not_json = "not a JSON object in UTF-8";
constexpr std::string_view not_an_id = "not an id ([A-Za-z0-9._:-]{1,64})";
constexpr std::string_view not_a_time = "not whole nanoseconds since the epoch";
constexpr std::string_view not_a_type = "must be limit, market, stop_limit or stop_market";
constexpr std::string_view not_a_tif = "must be gtc, ioc, fok, day or gtd";

std::vector<Row> broken_texts() {
    const std::string good = check_with("side", "\"buy\"");
    return {
        {"", "message", not_json},
        {" ", "message", not_json},
        {"null", "message", not_json},
        {"42", "message", not_json},
        {"\"text\"", "message", not_json},
        {"[" + good + "]", "message", not_json},
        {good.substr(0, good.size() - 1), "message", not_json},
        {good.substr(0, 20), "message", not_json},
        {"{\"order\"}", "message", not_json},
        {"{\"order\":}", "message", not_json},
        {"{\"order\" \"o-1\"}", "message", not_json},
        {"{'order':'o-1'}", "message", not_json},
        {"{order:\"o-1\"}", "message", not_json},
        {"{\"order\":\"o-1\",}", "message", not_json},
        {"{\"order\":\"o-1\" \"side\":\"buy\"}", "message", not_json},
        {"{\"order\":\"o\n1\"}", "message", not_json},
        {"{\"order\":\"o\\q\"}", "message", not_json},
        {"{\"order\":\"\\ud800\"}", "message", not_json},
        {"{\"order\":\"\xff\"}", "message", not_json},
        {"{\"order\":\"\xc0\x80\"}", "message", not_json},
        {"{\"x\":tru}", "message", not_json},
        {"{\"x\":truest}", "message", not_json},
        {"{\"x\":nul}", "message", not_json},
        {"{\"x\":01}", "message", not_json},
        {"{\"x\":1.}", "message", not_json},
        {"{\"x\":+1}", "message", not_json},
        {"{\"x\":.5}", "message", not_json},
        {"{\"x\":1e}", "message", not_json},
        {"{\"x\":NaN}", "message", not_json},
        {"{\"x\":[1,]}", "message", not_json},
        {"{\"x\":[1}", "message", not_json},
        {"{\"x\":{\"y\":}}", "message", not_json},
        {std::string("{\"order\":\"o-1\"}\0", 16), "message", not_json},
        {good + good, "message", "something follows the JSON object"},
        {good + "]", "message", not_json},
        {"{\"x\":" + std::string(17, '[') + std::string(17, ']') + "}", "message",
         "nested too deeply"},
        {"{\"x\":" + std::string(5000, '[') + std::string(5000, ']') + "}", "message",
         "nested too deeply"},
        {"{\"x\":\"" + std::string(65536, 'a') + "\"}", "message", "larger than 65536 bytes"},
    };
}

std::vector<Row> broken_ids_and_words() {
    const std::string long_id = '"' + std::string(65, 'a') + '"';
    return {
        {"{}", "order", "is missing"},
        {check_with("order", ""), "order", "is missing"},
        {check_with("order", "null"), "order", "is missing"},
        {check_with("order", "17"), "order", "must be text"},
        {check_with("order", "true"), "order", "must be text"},
        {check_with("order", "[\"o-1\"]"), "order", "must be text"},
        {check_with("order", "{}"), "order", "must be text"},
        {check_with("order", "\"\""), "order", not_an_id},
        {check_with("order", "\"o 1\""), "order", not_an_id},
        {check_with("order", "\"o/1\""), "order", not_an_id},
        {check_with("order", "\"\\u0000\""), "order", not_an_id},
        {check_with("order", "\"\xc3\xa9\""), "order", not_an_id},
        {check_with("order", long_id), "order", not_an_id},
        {check_with("account", "\"A2\""), "account", "is not the account of the subject"},
        {check_with("account", "7"), "account", "must be text"},
        {check_with("instrument", ""), "instrument", "is missing"},
        {check_with("instrument", "5"), "instrument", "must be text"},
        {check_with("instrument", "\"BTC PERP\""), "instrument", not_an_id},
        {check_with("side", ""), "side", "is missing"},
        {check_with("side", "\"Buy\""), "side", "must be buy or sell"},
        {check_with("side", "\"\""), "side", "must be buy or sell"},
        {check_with("side", "1"), "side", "must be buy or sell"},
        {check_with("side", "true"), "side", "must be buy or sell"},
        {check_with("position_side", "\"both\""), "position_side", "must be long, short or net"},
        {check_with("position_side", "1"), "position_side", "must be long, short or net"},
        {check_with("type", ""), "type", "is missing"},
        {check_with("type", "\"iceberg\""), "type", not_a_type},
        {check_with("time_in_force", "\"gtx\""), "time_in_force", not_a_tif},
        {check_with("time_in_force", "0"), "time_in_force", not_a_tif},
        {check_with("reduce_only", "\"true\""), "reduce_only", "must be true or false"},
        {check_with("reduce_only", "1"), "reduce_only", "must be true or false"},
        {check_with("post_only", "[]"), "post_only", "must be true or false"},
        {check_with("trader", "\"a b\""), "trader", not_an_id},
        {check_with("strategy", "5"), "strategy", "must be text"},
        {check_with("replaces", "\"\""), "replaces", not_an_id},
        {check_with("replaces", "\"o-1\""), "replaces", "is the order itself"},
        {"{\"order\":\"a\",\"order\":\"b\"}", "order", "given twice"},
        {"{\"order\":\"a\",\"\\u006frder\":\"a\"}", "order", "given twice"},
        {"{\"order\":\"a\",\"side\":\"buy\",\"side\":null}", "side", "given twice"},
    };
}

std::vector<Row> broken_figures() {
    constexpr std::string_view nad = "not a decimal";
    return {
        {check_with("quantity", ""), "quantity", "is missing"},
        {check_with("quantity", "\"\""), "quantity", nad},
        {check_with("quantity", "\"ten\""), "quantity", nad},
        {check_with("quantity", "\"1e3\""), "quantity", nad},
        {check_with("quantity", "1e3"), "quantity", nad},
        {check_with("quantity", "1E0"), "quantity", nad},
        {check_with("quantity", "\"+1\""), "quantity", nad},
        {check_with("quantity", "\" 1\""), "quantity", nad},
        {check_with("quantity", "\"1,5\""), "quantity", nad},
        {check_with("quantity", "\"1.\""), "quantity", nad},
        {check_with("quantity", "\".5\""), "quantity", nad},
        {check_with("quantity", "\"0x10\""), "quantity", nad},
        {check_with("quantity", "\"NaN\""), "quantity", nad},
        {check_with("quantity", "true"), "quantity", nad},
        {check_with("quantity", "[1]"), "quantity", nad},
        {check_with("quantity", "{\"value\":1}"), "quantity", nad},
        {check_with("quantity", "\"0\""), "quantity", "must be positive"},
        {check_with("quantity", "0.000"), "quantity", "must be positive"},
        {check_with("quantity", "\"-1\""), "quantity", "must be positive"},
        {check_with("quantity", "-1"), "quantity", "must be positive"},
        {check_with("quantity", "\"0.0001\""), "quantity", "more decimals than allowed"},
        {check_with("quantity", "\"4611686018427387.905\""), "quantity", "out of range"},
        {check_with("quantity", "99999999999999999999999999999"), "quantity", "out of range"},
        {check_with("price", ""), "price", "is missing"},
        {check_with("price", "null"), "price", "is missing"},
        {check_with("price", "\"50000.55\""), "price", "more decimals than allowed"},
        {check_with("price", "\"0\""), "price", "must be positive"},
        {check_with("price", "\"-5\""), "price", "must be positive"},
        {check_with("type", "\"market\""), "price", "not with a market order"},
        {check_with("type", "\"stop_market\""), "price", "not with a market order"},
        {check_with("type", "\"stop_limit\""), "trigger_price", "is missing"},
        {check_with("trigger_price", "\"1\""), "trigger_price", "only with a stop order"},
        {check_with("time_in_force", "\"gtd\""), "expires", "is missing"},
        {check_with("expires", "1"), "expires", "only with time_in_force gtd"},
        {check_with("time", "-1"), "time", not_a_time},
        {check_with("time", "1.0"), "time", not_a_time},
        {check_with("time", "1e18"), "time", not_a_time},
        {check_with("time", "\"2024-01-01\""), "time", not_a_time},
        {check_with("time", "99999999999999999999"), "time", not_a_time},
        {check_with("time", "false"), "time", not_a_time},
        // An instrument that nobody defined does not excuse the rest.
        {R"({"order":"o","instrument":"X","side":"buy","type":"limit","price":"a","quantity":"1"})",
         "price", nad},
        {R"({"order":"o","instrument":"X","side":"buy","type":"market","quantity":"-1"})",
         "quantity", "must be positive"},
        // The first field of the table is named, whatever the order of the message.
        {R"({"quantity":"x","side":"up","order":"o","instrument":"BTC-PERP","type":"market"})",
         "side", "must be buy or sell"},
    };
}

TEST(CodecMalformedTest, every_broken_check_is_answered_with_its_field_and_error) {
    CodecLedger ledger;
    Decoder decoder;
    std::size_t count = 0;
    for (const auto& rows : {broken_texts(), broken_ids_and_words(), broken_figures()}) {
        for (const Row& row : rows) {
            OrderRequest ignored;
            const auto fault = decoder.decode_order("A1", row.message, *ledger, ignored);
            ASSERT_TRUE(fault.has_value()) << row.message.substr(0, 200);
            EXPECT_EQ(fault->field, row.field) << row.message.substr(0, 200);
            EXPECT_EQ(fault->error, row.error) << row.message.substr(0, 200);
            ++count;
        }
    }
    EXPECT_EQ(decoder.counters().malformed, count);
    EXPECT_GE(count, 110U);
    // After all that the decoder still reads a good message.
    OrderRequest made;
    EXPECT_FALSE(decoder.decode_order("A1", check_with("side", "\"sell\""), *ledger, made));
    EXPECT_EQ(made.side, Side::sell);
    EXPECT_EQ(made.quantity, Quantity{100});
}

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

TEST(CodecMalformedTest, every_broken_fact_becomes_a_refused_fact_that_says_why) {
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

TEST(CodecMalformedTest, a_refused_fact_shows_the_start_of_a_strange_subject) {
    const RefusedFact refused = refused_fact("risk.in.\x01\xff" + std::string(100, 'x'),
                                             {"message", "not a JSON object in UTF-8"});
    EXPECT_EQ(refused.subject.view(), "risk.in.??" + std::string(54, 'x'));
}

TEST(CodecMalformedTest, every_broken_price_is_refused) {
    CodecLedger ledger;
    Decoder decoder;
    struct PriceRow {
        std::string_view instrument;
        std::string_view message;
        DecodeError fault;
    };
    const PriceRow rows[] = {
        {"X", R"({"mark":"1"})", {"instrument", "nobody defined it"}},
        {"BTC-PERP", "{}", {"mark", "is missing"}},
        {"BTC-PERP", R"({"time":1})", {"mark", "is missing"}},
        {"BTC-PERP", R"({"mark":"0"})", {"mark", "must be positive"}},
        {"BTC-PERP", R"({"mark":"-1"})", {"mark", "must be positive"}},
        {"BTC-PERP", R"({"mark":"1","index":"x"})", {"index", "not a decimal"}},
        {"BTC-PERP", R"({"mark":"1","bid":"0"})", {"bid", "must be positive"}},
        {"BTC-PERP", R"({"mark":"1","ask":"1.23"})", {"ask", "more decimals than allowed"}},
        {"BTC-PERP",
         R"({"mark":"1","implied_volatility":"-1"})",
         {"implied_volatility", "must be positive"}},
        {"BTC-PERP", R"({"mark":"1","confidence":"1.01"})", {"confidence", "must be at most 1"}},
        {"BTC-PERP", R"({"mark":"1","confidence":"-0.1"})", {"confidence", "must not be negative"}},
        {"BTC-PERP",
         R"({"index":"1","confidence":"0.5"})",
         {"confidence", "is of a mark, which is missing"}},
        {"BTC-PERP", R"({"mark":"1","interest_rate":"x"})", {"interest_rate", "not a decimal"}},
        {"BTC-PERP", R"({"mark":"1","time":"yesterday"})", {"time", not_a_time}},
        {"BTC-PERP",
         R"({"mark":"1","instrument":"Y"})",
         {"instrument", "is not the instrument of the subject"}},
        {"BTC-PERP", "[1]", {"message", not_json}},
    };
    for (const PriceRow& row : rows) {
        PriceUpdate ignored;
        const auto fault =
            decoder.decode_price(row.instrument, row.message, *ledger, Timestamp{1}, ignored);
        ASSERT_TRUE(fault.has_value()) << row.message;
        EXPECT_EQ(fault->field, row.fault.field) << row.message;
        EXPECT_EQ(fault->error, row.fault.error) << row.message;
    }
}

}  // namespace
}  // namespace riskd::feeds
