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
        {"BTC-PERP", R"({"mark":"0x"})", {"mark", "not a decimal"}},
        {"BTC-PERP", R"({"mark":"1","index":"x"})", {"index", "not a decimal"}},
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

TEST(CodecMalformedTest, a_price_that_is_none_does_not_hide_the_others) {
    CodecLedger ledger;
    Decoder decoder;
    PriceUpdate price;
    const auto decode = [&](std::string_view message) {
        return decoder.decode_price("BTC-PERP", message, *ledger, Timestamp{1'000}, price);
    };
    ASSERT_FALSE(decode(R"({"mark":"0","index":"-5","bid":"1","ask":0})"));
    EXPECT_EQ(price.mark, Price{});
    EXPECT_EQ(price.index, Price{});
    EXPECT_EQ(price.bid, Price{10});
    EXPECT_EQ(price.ask, Price{});
    for (const PriceFault fault : {PriceFault::mark, PriceFault::index, PriceFault::ask})
        EXPECT_TRUE(price.faults.has(fault)) << name(fault);
    EXPECT_FALSE(price.faults.has(PriceFault::bid));
    EXPECT_FALSE(price.faults.has(PriceFault::quotes)) << "that is for the core to see";
    ASSERT_FALSE(decode(R"({"bid":"2","ask":"1"})"));
    EXPECT_EQ(price.faults, PriceFaults{});
}

}  // namespace
}  // namespace riskd::feeds
