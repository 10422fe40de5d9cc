#include "feeds/codec_decode.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/feeds_codec_ledger.hpp"

namespace riskd::feeds {
namespace {

class CodecDecodeTest : public testing::Test {
protected:
    OrderRequest order(std::string_view message, std::string_view account = "A1") {
        OrderRequest made;
        const auto fault = decoder.decode_order(account, message, *ledger, made);
        EXPECT_FALSE(fault.has_value())
            << (fault ? fault->field : "") << ": " << (fault ? fault->error : "");
        return made;
    }
    template <typename Body>
    Body fact(std::string_view subject, std::string_view message) {
        EventBody body;
        decoder.decode_fact(subject, subjects.parse(subject), message, *ledger, body);
        if (const auto* refused = std::get_if<RefusedFact>(&body)) {
            ADD_FAILURE() << refused->field.view() << ": " << refused->reason.view();
        }
        return std::holds_alternative<Body>(body) ? std::get<Body>(body) : Body{};
    }

    CodecLedger ledger;
    Subjects subjects{"risk"};
    Decoder decoder;
};

TEST_F(CodecDecodeTest, a_check_with_every_field) {
    const OrderRequest made =
        order(R"({"order":"o-1","instrument":"BTC-PERP","side":"sell","type":"stop_limit",)"
              R"("price":"50000.5","quantity":"0.1","time_in_force":"gtd","reduce_only":true,)"
              R"("post_only":true,"trader":"t7","strategy":"mm1","replaces":"o-0",)"
              R"("time":1700000000000000000,"trigger_price":"49999","expires":1800000000000000001,)"
              R"("position_side":"short","account":"A1"})");
    EXPECT_EQ(made.account, ledger.a1());
    EXPECT_EQ(made.instrument, ledger.perp());
    EXPECT_EQ(made.order, Id{"o-1"});
    EXPECT_EQ(made.side, Side::sell);
    EXPECT_EQ(made.position_side, PositionSide::short_side);
    EXPECT_EQ(made.type, OrderType::stop_limit);
    EXPECT_EQ(made.time_in_force, TimeInForce::gtd);
    EXPECT_TRUE(made.reduce_only);
    EXPECT_TRUE(made.post_only);
    EXPECT_EQ(made.price, Price{500'005});
    EXPECT_EQ(made.trigger_price, Price{499'990});
    EXPECT_EQ(made.quantity, Quantity{100});
    EXPECT_EQ(made.expires, Timestamp{1'800'000'000'000'000'001});
    EXPECT_EQ(made.replaces, Id{"o-0"});
    EXPECT_EQ(made.trader, Name{"t7"});
    EXPECT_EQ(made.strategy, Name{"mm1"});
    EXPECT_EQ(decoder.unknown_fields(), 0U);
}

TEST_F(CodecDecodeTest, a_check_with_only_what_is_required) {
    const OrderRequest made = order(
        R"({"order":"o-1","instrument":"BTC-PERP","side":"buy","type":"market","quantity":"2"})");
    EXPECT_EQ(made.time_in_force, TimeInForce::gtc);
    EXPECT_EQ(made.price, Price{});
    EXPECT_EQ(made.trigger_price, Price{});
    EXPECT_EQ(made.quantity, Quantity{2'000});
    EXPECT_EQ(made.expires, Timestamp{});
    EXPECT_EQ(made.position_side, PositionSide::net);
    EXPECT_FALSE(made.reduce_only);
    EXPECT_FALSE(made.post_only);
    EXPECT_TRUE(made.replaces.empty());
    EXPECT_TRUE(made.trader.empty());
    EXPECT_TRUE(made.strategy.empty());
}

TEST_F(CodecDecodeTest, json_numbers_are_read_exactly_and_null_is_absent) {
    const OrderRequest made = order(
        R"( { "order" : "o-1" , "instrument":"BTC-PERP","side":"buy","type":"limit",)"
        R"("price":50000.50000,"quantity":4611686018427387.904,"replaces":null,"trader":null,)"
        "\"time\":null,\"expires\":null} \n");
    EXPECT_EQ(made.price, Price{500'005});
    EXPECT_EQ(made.quantity, Quantity{raw_max});
    EXPECT_TRUE(made.replaces.empty());
}

TEST_F(CodecDecodeTest, unknown_fields_are_ignored_and_counted) {
    order(R"({"new":{"a":[1,2,{"b":null}]},"order":"o-1","instrument":"BTC-PERP","side":"buy",)"
          R"("type":"market","quantity":"2","also new":-1.5e+9,"new":true})");
    EXPECT_EQ(decoder.unknown_fields(), 3U);
}

TEST_F(CodecDecodeTest, escapes_in_keys_and_texts_are_resolved) {
    const OrderRequest made =
        order(R"({"\u006frder":"o\u002d1","instrument":"BTC-PERP","side":"buy","type":"market",)"
              R"("quantity":"2"})");
    EXPECT_EQ(made.order, Id{"o-1"});
}

TEST_F(CodecDecodeTest, an_unknown_account_or_instrument_is_for_the_engine_to_refuse) {
    const OrderRequest stranger = order(
        R"({"order":"o-1","instrument":"BTC-PERP","side":"buy","type":"market","quantity":"2"})",
        "nobody");
    EXPECT_EQ(stranger.account, no_account);
    EXPECT_EQ(stranger.quantity, Quantity{2'000});
    const OrderRequest strange = order(
        R"({"order":"o-1","instrument":"NO-SUCH","side":"buy","type":"limit","price":"0.00000001",)"
        R"("quantity":"99999999999999999999999999"})");
    EXPECT_EQ(strange.account, ledger.a1());
    EXPECT_EQ(strange.instrument, no_instrument);
    EXPECT_EQ(strange.price, Price{});
    EXPECT_EQ(strange.quantity, Quantity{});
}

TEST_F(CodecDecodeTest, an_order_update_reads_remaining_in_the_decimals_of_its_order) {
    ledger.work("o-1", 5'000);
    const auto update = fact<OrderUpdate>(
        "risk.in.order.A1",
        R"({"id":"u-1","order":"o-1","event":"replaced","remaining":"0.1","time":1})");
    EXPECT_EQ(update.account, ledger.a1());
    EXPECT_EQ(update.id, Id{"u-1"});
    EXPECT_EQ(update.order, Id{"o-1"});
    EXPECT_EQ(update.event, OrderEvent::replaced);
    EXPECT_TRUE(update.has_remaining);
    EXPECT_EQ(update.remaining, Quantity{100});
    const auto ended = fact<OrderUpdate>(
        "risk.in.order.A1", R"({"id":"u-2","order":"gone","event":"done","remaining":"0.12345"})");
    EXPECT_EQ(ended.order, Id{"gone"});
    EXPECT_FALSE(ended.has_remaining);
}

TEST_F(CodecDecodeTest, a_fill_with_and_without_a_fee) {
    const auto fill = fact<Fill>(
        "risk.in.fill.A1",
        R"({"fill":"f-1","order":"o-1","instrument":"BTC-PERP","side":"buy","price":"50000",)"
        R"("quantity":"0.1","fee":"-2.5","fee_asset":"USDT","liquidity":"taker","time":1})");
    EXPECT_EQ(fill.account, ledger.a1());
    EXPECT_EQ(fill.instrument, ledger.perp());
    EXPECT_EQ(fill.fill, Id{"f-1"});
    EXPECT_EQ(fill.order, Id{"o-1"});
    EXPECT_EQ(fill.side, Side::buy);
    EXPECT_EQ(fill.price, Price{500'000});
    EXPECT_EQ(fill.quantity, Quantity{100});
    EXPECT_EQ(fill.fee_asset, ledger.usdt());
    EXPECT_EQ(fill.fee, Money{-2'500'000});
    const auto free = fact<Fill>(
        "risk.in.fill.A1",
        R"({"fill":"f-2","order":"o-1","instrument":"BTC-PERP","side":"sell","price":50000,)"
        R"("quantity":1})");
    EXPECT_EQ(free.fee_asset, no_asset);
    EXPECT_EQ(free.fee, Money{});
    EXPECT_EQ(free.side, Side::sell);
}

TEST_F(CodecDecodeTest, a_balance_change_is_signed_as_it_changes_the_balance) {
    struct Row {
        const char* kind;
        const char* amount;
        std::int64_t raw;
    };
    for (const Row& row :
         {Row{"deposit", "1000", 1'000'000'000}, Row{"withdrawal", "1.5", -1'500'000},
          Row{"adjustment", "-0.000001", -1}, Row{"interest", "-2", -2'000'000},
          Row{"rebate", "3", 3'000'000}, Row{"adjustment", "0", 0}}) {
        const auto change = fact<BalanceChange>(
            "risk.in.balance.A2", std::string{R"({"id":"d-1","asset":"USDT","amount":")"} +
                                      row.amount + R"(","kind":")" + row.kind + "\"}");
        EXPECT_EQ(change.account, ledger->find_account("A2"));
        EXPECT_EQ(change.id, Id{"d-1"});
        EXPECT_EQ(change.asset, ledger.usdt());
        EXPECT_EQ(change.amount, Money{row.raw}) << row.kind << ' ' << row.amount;
        EXPECT_EQ(name(change.kind), row.kind);
    }
}

TEST_F(CodecDecodeTest, a_transfer_a_funding_and_a_settlement) {
    const auto transfer = fact<Transfer>(
        "risk.in.transfer",
        R"({"id":"t-1","from":"A1","to":"A2","asset":"BTC","amount":"0.00000001","time":1})");
    EXPECT_EQ(transfer.id, Id{"t-1"});
    EXPECT_EQ(transfer.from, ledger.a1());
    EXPECT_EQ(transfer.to, ledger->find_account("A2"));
    EXPECT_EQ(transfer.asset, ledger->find_asset("BTC"));
    EXPECT_EQ(transfer.amount, Money{1});
    const auto funding = fact<Funding>("risk.in.funding.BTC-PERP",
                                       R"({"id":"fu-1","rate":"-0.0001","price":"50000"})");
    EXPECT_EQ(funding.instrument, ledger.perp());
    EXPECT_EQ(funding.id, Id{"fu-1"});
    EXPECT_EQ(funding.rate, -10'000);
    EXPECT_EQ(funding.price, Price{500'000});
    const auto settlement =
        fact<Settlement>("risk.in.settlement.BTC-PERP", R"({"id":"s-1","price":"51000"})");
    EXPECT_EQ(settlement.instrument, ledger.perp());
    EXPECT_EQ(settlement.id, Id{"s-1"});
    EXPECT_EQ(settlement.price, Price{510'000});
}

TEST_F(CodecDecodeTest, a_funding_index_has_eight_figures_more_than_the_price) {
    const auto due = fact<FundingIndex>("risk.in.funding_index.BTC-PERP",
                                        R"({"id":"fi-1","index":"-12.000000005","time":1})");
    EXPECT_EQ(due.instrument, ledger.perp());
    EXPECT_EQ(due.id, Id{"fi-1"});
    EXPECT_EQ(due.index, -12'000'000'005);
    EXPECT_FALSE(due.is_paid);
    const auto paid = fact<FundingIndex>("risk.in.funding_index.BTC-PERP",
                                         R"({"id":"fi-2","index":3,"paid":true})");
    EXPECT_EQ(paid.index, 3'000'000'000);
    EXPECT_TRUE(paid.is_paid);
}

TEST_F(CodecDecodeTest, a_leverage_is_a_whole_number_for_one_instrument) {
    const auto chosen = fact<LeverageChange>(
        "risk.in.leverage.A2", R"({"id":"l-1","instrument":"BTC-PERP","leverage":20,"time":1})");
    EXPECT_EQ(chosen.account, ledger->find_account("A2"));
    EXPECT_EQ(chosen.instrument, ledger.perp());
    EXPECT_EQ(chosen.id, Id{"l-1"});
    EXPECT_EQ(chosen.leverage, 20U);
    const auto given_up = fact<LeverageChange>(
        "risk.in.leverage.A2", R"({"id":"l-2","instrument":"BTC-PERP","leverage":"0"})");
    EXPECT_EQ(given_up.leverage, 0U);
}

// Of an option the price is its underlying's, with four figures more than that one's prices have.
TEST_F(CodecDecodeTest, funding_of_an_option_has_a_period_and_a_finer_price) {
    const auto funding = fact<Funding>("risk.in.funding.BTC-EVERLASTING",
                                       R"({"id":"fu-2","period":"1h","price":"50000.12345"})");
    EXPECT_EQ(funding.period, Duration{3'600'000'000'000});
    EXPECT_EQ(funding.rate, 0);
    EXPECT_EQ(funding.price, Price{5'000'012'345});
    const auto settlement =
        fact<Settlement>("risk.in.settlement.BTC-EVERLASTING", R"({"id":"s-2","price":"51000.1"})");
    EXPECT_EQ(settlement.price, Price{5'100'010'000});
}

TEST_F(CodecDecodeTest, an_option_is_read_with_its_terms) {
    const auto option = fact<InstrumentDefinition>(
        "risk.in.instrument.BTC-1JAN30-C",
        R"({"kind":"inverse_option","base":"BTC","quote":"BTC","price_decimals":4,)"
        R"("quantity_decimals":1,"tick":"0.0005","lot":"0.1","quantity_max":"500",)"
        R"("maker_fee_rate":"3bp","taker_fee_rate":"3bp","market_price_band":"20%",)"
        R"("mark_age_max":"60s","expiry":"2030-01-01","underlying":"BTC-PERP",)"
        R"("right":"put","strike":"102500.50"})");
    EXPECT_EQ(option.kind, ContractKind::inverse_option);
    EXPECT_EQ(option.settle, Name{"BTC"});
    EXPECT_EQ(option.underlying, Name{"BTC-PERP"});
    EXPECT_EQ(option.right, OptionRight::put);
    EXPECT_EQ(option.strike, 1'025'005);
    EXPECT_EQ(option.strike_decimals, 1);
}

TEST_F(CodecDecodeTest, a_margin_is_a_mode_or_an_amount_of_the_settlement_asset) {
    const auto mode = fact<MarginChange>(
        "risk.in.margin.A2", R"({"id":"m-1","instrument":"BTC-PERP","mode":"isolated","time":1})");
    EXPECT_EQ(mode.account, ledger->find_account("A2"));
    EXPECT_EQ(mode.instrument, ledger.perp());
    EXPECT_EQ(mode.id, Id{"m-1"});
    EXPECT_TRUE(mode.has_mode);
    EXPECT_EQ(mode.mode, MarginMode::isolated);
    const auto taken = fact<MarginChange>("risk.in.margin.A2",
                                          R"({"id":"m-2","instrument":"BTC-PERP","amount":"-2"})");
    EXPECT_FALSE(taken.has_mode);
    const int decimals = ledger->asset(ledger->find_asset("USDT")).terms.decimals;
    EXPECT_EQ(taken.amount, Money{-2 * power_of_ten(decimals)});
}

TEST_F(CodecDecodeTest, facts_about_one_position_may_name_its_side) {
    const std::string side = R"("instrument":"BTC-PERP","position_side":)";
    const auto fill = fact<Fill>(
        "risk.in.fill.A2", R"({"fill":"f","order":"o","side":"sell","price":"1","quantity":"1",)" +
                               side + R"("long"})");
    EXPECT_EQ(fill.position_side, PositionSide::long_side);
    const auto leverage = fact<LeverageChange>("risk.in.leverage.A2",
                                               R"({"id":"l","leverage":3,)" + side + R"("short"})");
    EXPECT_EQ(leverage.position_side, PositionSide::short_side);
    const auto margin =
        fact<MarginChange>("risk.in.margin.A2", R"({"id":"m","amount":"1",)" + side + R"("net"})");
    EXPECT_EQ(margin.position_side, PositionSide::net);
    const auto account = fact<AccountDefinition>("risk.in.account.A5",
                                                 R"({"currency":"USDT","position_mode":"hedge"})");
    EXPECT_EQ(account.position_mode, PositionMode::hedge);
}

TEST_F(CodecDecodeTest, reference_data_has_the_fields_of_the_yaml_files) {
    const auto instrument = fact<InstrumentDefinition>(
        "risk.in.instrument.ETH-PERP",
        R"({"kind":"linear_perpetual","base":"ETH","quote":"USDT","price_decimals":2,)"
        R"("quantity_decimals":"3","tick":"0.05","lot":0.001,"quantity_max":"500",)"
        R"("maker_fee_rate":"-1bp","taker_fee_rate":"0.05%","market_price_band":"5%",)"
        R"("leverage_max":50,"mark_age_max":"60s","time":1,"instrument":"ETH-PERP"})");
    EXPECT_EQ(instrument.name, Name{"ETH-PERP"});
    EXPECT_EQ(instrument.kind, ContractKind::linear_perpetual);
    EXPECT_EQ(instrument.base, Name{"ETH"});
    EXPECT_EQ(instrument.settle, Name{"USDT"});
    EXPECT_EQ(instrument.tick, Price{5});
    EXPECT_EQ(instrument.lot, Quantity{1});
    EXPECT_EQ(instrument.quantity_max, Quantity{500'000});
    EXPECT_EQ(instrument.maker_fee_rate, -10'000);
    EXPECT_EQ(instrument.taker_fee_rate, 50'000);
    EXPECT_EQ(instrument.leverage_max, 50U);
    EXPECT_EQ(instrument.mark_age_max, Duration{60'000'000'000});
    const auto group =
        fact<GroupDefinition>("risk.in.group.desk-1", R"({"parent":"retail","group":"desk-1"})");
    EXPECT_EQ(group.name, Name{"desk-1"});
    EXPECT_EQ(group.parent, Name{"retail"});
    EXPECT_TRUE(fact<GroupDefinition>("risk.in.group.retail", "{}").parent.empty());
    const auto account = fact<AccountDefinition>(
        "risk.in.account.A3", R"({"group":"retail","currency":"USDT","leverage":20})");
    EXPECT_EQ(account.name, Name{"A3"});
    EXPECT_EQ(account.group, Name{"retail"});
    EXPECT_EQ(account.currency, Name{"USDT"});
    EXPECT_EQ(account.status, AccountStatus::active);
    EXPECT_EQ(account.leverage, 20U);
    EXPECT_FALSE(account.borrow);
    for (const char* yes : {"true", "\"true\""}) {
        const auto borrower = fact<AccountDefinition>(
            "risk.in.account.A4", std::string{R"({"currency":"USDT","borrow":)"} + yes + "}");
        EXPECT_TRUE(borrower.borrow) << yes;
    }
}

TEST_F(CodecDecodeTest, a_mark_is_trusted_unless_it_says_otherwise) {
    PriceUpdate price;
    const auto decode = [&](std::string_view message) {
        return decoder.decode_price("BTC-PERP", message, *ledger, Timestamp{1'000}, price);
    };
    ASSERT_FALSE(decode(R"({"mark":"1","confidence":"0.25","interest_rate":"-0.01"})"));
    EXPECT_EQ(price.confidence, 25'000'000);
    EXPECT_TRUE(price.has_interest_rate);
    EXPECT_EQ(price.interest_rate, -1'000'000);
    ASSERT_FALSE(decode(R"({"mark":"1"})"));
    EXPECT_EQ(price.confidence, whole_confidence);
    EXPECT_FALSE(price.has_interest_rate);
    ASSERT_FALSE(decode(R"({"interest_rate":0})"));
    EXPECT_TRUE(price.has_interest_rate);
}

TEST_F(CodecDecodeTest, a_price_is_never_newer_than_its_arrival) {
    PriceUpdate price;
    const Timestamp received{1'000};
    ASSERT_FALSE(decoder.decode_price("BTC-PERP",
                                      R"({"mark":"50000.1","index":"50001","bid":49999.5,)"
                                      R"("ask":"50000.5","implied_volatility":"0.62","time":900})",
                                      *ledger, received, price));
    EXPECT_EQ(price.instrument, ledger.perp());
    EXPECT_EQ(price.mark, Price{500'001});
    EXPECT_EQ(price.index, Price{500'010});
    EXPECT_EQ(price.bid, Price{499'995});
    EXPECT_EQ(price.ask, Price{500'005});
    EXPECT_EQ(price.implied_volatility, 620'000'000'000);
    EXPECT_EQ(price.as_of, Timestamp{900});
    ASSERT_FALSE(
        decoder.decode_price("BTC-PERP", R"({"mark":"1","time":5000})", *ledger, received, price));
    EXPECT_EQ(price.as_of, received);
    EXPECT_EQ(price.index, Price{});
    ASSERT_FALSE(decoder.decode_price("BTC-PERP", R"({"mark":"1"})", *ledger, received, price));
    EXPECT_EQ(price.as_of, received);
    ASSERT_FALSE(decoder.decode_price("BTC-PERP", R"({"bid":"1"})", *ledger, received, price));
    EXPECT_EQ(price.mark, Price{});
    EXPECT_EQ(price.bid, Price{10});
}

TEST_F(CodecDecodeTest, an_operation_sets_a_status) {
    EventBody body;
    ASSERT_FALSE(decoder.decode_control(
        "account", R"({"account":"A1","status":"suspended","by":"kim"})", *ledger, body));
    EXPECT_EQ(std::get<AccountControl>(body).account, ledger.a1());
    EXPECT_EQ(std::get<AccountControl>(body).status, AccountStatus::suspended);
    EXPECT_EQ(std::get<AccountControl>(body).by, Name{"kim"});
    ASSERT_FALSE(decoder.decode_control(
        "instrument", R"({"instrument":"BTC-PERP","status":"reduce_only","by":"kim"})", *ledger,
        body));
    EXPECT_EQ(std::get<InstrumentControl>(body).instrument, ledger.perp());
    EXPECT_EQ(std::get<InstrumentControl>(body).status, InstrumentStatus::reduce_only);
    EXPECT_EQ(*decoder.decode_control("account", R"({"account":"A1","status":"asleep","by":"k"})",
                                      *ledger, body),
              (DecodeError{"status", "must be active, suspended or halted"}));
    EXPECT_EQ(*decoder.decode_control("account", R"({"account":"X","status":"active","by":"k"})",
                                      *ledger, body),
              (DecodeError{"account", "nobody defined it"}));
    EXPECT_EQ(
        *decoder.decode_control("account", R"({"account":"A1","status":"active"})", *ledger, body),
        (DecodeError{"by", "is missing"}));
    EXPECT_EQ(*decoder.decode_control("reboot", "{}", *ledger, body),
              (DecodeError{"verb", "must be account or instrument"}));
}

TEST_F(CodecDecodeTest, what_is_read_and_what_is_malformed_is_counted) {
    order(R"({"order":"o-1","instrument":"BTC-PERP","side":"buy","type":"market","quantity":"2"})");
    OrderRequest ignored;
    EXPECT_TRUE(decoder.decode_order("A1", "{}", *ledger, ignored));
    EventBody body;
    decoder.decode_fact("risk.in.fill.A1", subjects.parse("risk.in.fill.A1"), "[]", *ledger, body);
    EXPECT_EQ(decoder.counters().messages, 3U);
    EXPECT_EQ(decoder.counters().malformed, 2U);
}

}  // namespace
}  // namespace riskd::feeds
