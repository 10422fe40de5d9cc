#include "feeds/codec_answers.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "feeds/codec_client.hpp"
#include "riskd/core/deleverage.hpp"
#include "tests/unit/core_world.hpp"

namespace riskd::feeds {
namespace {

// alice: 10,000 USDT, long 1 BTC-PERP from 49,100, mark 49,000, an open buy of 0.1 at 48,000.
// bob has nothing.
class CodecAnswersTest : public testing::Test {
protected:
    CodecAnswersTest() {
        world.price("BTC-PERP", 49'000);
        world.deposit("alice", "USDT", 10'000);
        world.check(world.order("alice", "o-1", Side::buy, 1'000, "BTC-PERP", 49'100));
        world.fill("alice", "o-1", Side::buy, 1'000, "BTC-PERP", 49'100);
        world.check(world.order("alice", "o-7", Side::buy, 100, "BTC-PERP", 48'000));
    }
    EncodeScope scope() const { return {world.engine.ledger(), "9f3c", {}}; }
    Tree tree() {
        const auto made = Tree::parse(text);
        EXPECT_TRUE(made.has_value()) << text;
        return made.value_or(Tree{});
    }

    test::World world;
    std::string text;
};

TEST_F(CodecAnswersTest, a_position_shows_its_place_in_the_queue_of_deleveraging) {
    DeleverageQueue queue;
    const auto ask = [&](const AccountQuestion& question) {
        text.clear();
        encode_account(scope(), world.engine, question, text);
        return tree();
    };
    const AccountId alice = world.id("alice");
    const InstrumentId instrument = world.engine.ledger().find_instrument("BTC-PERP");
    queue.count({.instrument = instrument, .is_long = true, .score = score_max});
    const Tree none = ask({.account = alice, .now = world.time});
    EXPECT_EQ(none["positions"].elements()[0]["adl"].kind(), TreeKind::null);
    const Tree seen =
        ask({.account = alice, .now = world.time, .queue = &queue, .queued_at = world.time});
    const Tree place = seen["positions"].elements()[0]["adl"];
    EXPECT_EQ(place["rank"].text(), "2");
    EXPECT_EQ(place["of"].text(), "2");
    EXPECT_EQ(place["lights"].text(), "3");
    EXPECT_EQ(place["as_of"].text(), std::to_string(world.time.ns));
    const Timestamp stale{world.time.ns + 61 * test::World::second};
    const Tree old = ask({.account = alice, .now = stale, .queue = &queue});
    EXPECT_EQ(old["positions"].elements()[0]["adl"].kind(), TreeKind::null);
}

TEST_F(CodecAnswersTest, an_account_shows_balances_positions_and_open_orders) {
    const AccountMargin margin = world.margin("alice");
    encode_account(scope(), world.engine,
                   {.account = world.id("alice"), .now = world.time, .detail = Detail::full}, text);
    const Tree answer = tree();
    EXPECT_EQ(answer["account"].text(), "alice");
    EXPECT_EQ(answer["stage"].text(), "healthy");
    EXPECT_EQ(answer["status"].text(), "active");
    EXPECT_EQ(answer["currency"].text(), "USDT");
    EXPECT_EQ(answer["equity"].text(), "9900");
    EXPECT_EQ(answer["equity"].text(), DecimalText(margin.equity.raw, 8).view());
    EXPECT_EQ(answer["initial_margin"].text(), DecimalText(margin.initial_margin.raw, 8).view());
    EXPECT_EQ(answer["maintenance_margin"].text(), "2450");
    EXPECT_EQ(answer["headroom"].text(), "7450");
    EXPECT_EQ(answer["margin_ratio"].text(), "0.247474747");
    EXPECT_EQ(answer["complete"].text(), "true");
    EXPECT_EQ(answer["borrow"].text(), "false");
    EXPECT_EQ(answer["position_mode"].text(), "one_way");
    EXPECT_EQ(answer["owed"].text(), "0");
    EXPECT_EQ(answer["open_order_count"].text(), "1");
    ASSERT_EQ(answer["balances"].elements().size(), 1U);
    EXPECT_EQ(answer["balances"].elements()[0]["asset"].text(), "USDT");
    EXPECT_EQ(answer["balances"].elements()[0]["amount"].text(), "10000");
    EXPECT_EQ(answer["balances"].elements()[0]["hold"].text(), "0");
    EXPECT_EQ(answer["balances"].elements()[0]["withdrawable"].text(),
              answer["available_margin"].text());
    ASSERT_EQ(answer["positions"].elements().size(), 1U);
    const Tree& position = answer["positions"].elements()[0];
    EXPECT_EQ(position["instrument"].text(), "BTC-PERP");
    EXPECT_EQ(position["quantity"].text(), "1");
    EXPECT_EQ(position["entry_price"].text(), "49100");
    EXPECT_EQ(position["mark_price"].text(), "49000");
    EXPECT_EQ(position["notional"].text(), "49000");
    EXPECT_EQ(position["unrealized_pnl"].text(), "-100");
    EXPECT_EQ(position["realized_pnl"].text(), "0");
    EXPECT_EQ(position["accrued_funding"].text(), "0");
    EXPECT_EQ(position["leverage"].text(), "10");
    EXPECT_EQ(position["position_side"].kind(), TreeKind::absent);
    EXPECT_EQ(position["margin_mode"].text(), "cross");
    EXPECT_EQ(position["isolated_margin"].text(), "0");
    EXPECT_EQ(position["initial_margin"].text(), "4900");
    EXPECT_EQ(position["maintenance_margin"].text(), "2450");
    const double liquidation = position["liquidation_price"].number();
    EXPECT_GT(liquidation, 41'000.0);
    EXPECT_LT(liquidation, 41'200.0);
    ASSERT_EQ(answer["open_orders"].elements().size(), 1U);
    const Tree& order = answer["open_orders"].elements()[0];
    EXPECT_EQ(order["order"].text(), "o-7");
    EXPECT_EQ(order["side"].text(), "buy");
    EXPECT_EQ(order["type"].text(), "limit");
    EXPECT_EQ(order["price"].text(), "48000");
    EXPECT_EQ(order["quantity"].text(), "0.1");
    EXPECT_EQ(order["remaining"].text(), "0.1");
    EXPECT_EQ(order["hold"]["asset"].text(), "USDT");
    EXPECT_EQ(answer["sequence"].text(), std::to_string(world.sequence.raw));
    EXPECT_EQ(answer["time"].text(), std::to_string(world.time.ns));
    EXPECT_EQ(answer["ruleset"].text(), "9f3c");
}

TEST_F(CodecAnswersTest, in_hedge_mode_positions_and_orders_have_their_side) {
    world.apply(AccountDefinition{
        .name = Name{"bob"}, .currency = Name{"USDT"}, .position_mode = PositionMode::hedge});
    world.deposit("bob", "USDT", 10'000);
    OrderRequest request = world.order("bob", "b-1", Side::sell, 100, "BTC-PERP", 49'500);
    request.position_side = PositionSide::short_side;
    ASSERT_TRUE(world.check(request).accepted);
    for (const Side side : {Side::buy, Side::sell}) {
        world.apply(Fill{
            .account = world.id("bob"),
            .instrument = request.instrument,
            .fill = world.next_id(),
            .order = Id{"elsewhere"},
            .side = side,
            .position_side = side == Side::buy ? PositionSide::long_side : PositionSide::short_side,
            .price = Price{490'000},
            .quantity = Quantity{200}});
    }
    encode_account(scope(), world.engine,
                   {.account = world.id("bob"), .now = world.time, .detail = Detail::full}, text);
    const Tree answer = tree();
    EXPECT_EQ(answer["position_mode"].text(), "hedge");
    ASSERT_EQ(answer["positions"].elements().size(), 2U);
    const Tree& first = answer["positions"].elements()[0];
    const Tree& second = answer["positions"].elements()[1];
    EXPECT_EQ(first["position_side"].text(), "short");
    EXPECT_EQ(first["quantity"].text(), "-0.2");
    EXPECT_EQ(second["position_side"].text(), "long");
    EXPECT_EQ(second["quantity"].text(), "0.2");
    EXPECT_EQ(answer["open_orders"].elements()[0]["position_side"].text(), "short");
}

TEST_F(CodecAnswersTest, the_message_after_a_change_is_brief) {
    encode_account(scope(), world.engine,
                   {.account = world.id("alice"), .now = world.time, .detail = Detail::brief},
                   text);
    const Tree answer = tree();
    EXPECT_EQ(answer["open_orders"].kind(), TreeKind::absent);
    EXPECT_EQ(answer["positions"].elements()[0]["liquidation_price"].kind(), TreeKind::absent);
    EXPECT_EQ(answer["balances"].elements()[0]["withdrawable"].kind(), TreeKind::absent);
    EXPECT_EQ(answer["positions"].elements()[0]["quantity"].text(), "1");
}

TEST_F(CodecAnswersTest, figures_that_need_an_old_price_are_null) {
    const Timestamp later{world.time.ns + 3600 * test::World::second};
    encode_account(scope(), world.engine,
                   {.account = world.id("alice"), .now = later, .detail = Detail::full}, text);
    const Tree answer = tree();
    EXPECT_EQ(answer["complete"].text(), "false");
    const Tree& position = answer["positions"].elements()[0];
    for (const char* field : {"mark_price", "notional", "unrealized_pnl", "initial_margin",
                              "maintenance_margin", "liquidation_price"}) {
        EXPECT_EQ(position[field].kind(), TreeKind::null) << field;
    }
    EXPECT_EQ(position["entry_price"].text(), "49100");
    EXPECT_EQ(answer["balances"].elements()[0]["withdrawable"].kind(), TreeKind::null);
}

TEST_F(CodecAnswersTest, exposure_sums_instruments_and_names_the_nearest_accounts) {
    const std::array<AccountStanding, 1> found{
        {*world.engine.standing(world.id("alice"), world.time)}};
    encode_exposure(scope(), {.nearest = found, .now = world.time, .sequence = world.sequence},
                    text);
    const Tree answer = tree();
    ASSERT_EQ(answer["instruments"].elements().size(), 3U);
    const Tree& perp = answer["instruments"].elements()[1];
    EXPECT_EQ(perp["instrument"].text(), "BTC-PERP");
    EXPECT_EQ(perp["settle"].text(), "USDT");
    EXPECT_EQ(perp["mark_price"].text(), "49000");
    EXPECT_EQ(perp["mark_fresh"].text(), "true");
    EXPECT_EQ(perp["long_quantity"].text(), "1");
    EXPECT_EQ(perp["short_quantity"].text(), "0");
    EXPECT_EQ(perp["net_quantity"].text(), "1");
    EXPECT_EQ(perp["long_notional"].text(), "49000");
    EXPECT_EQ(perp["short_notional"].text(), "0");
    EXPECT_EQ(perp["net_notional"].text(), "49000");
    const Tree& spot = answer["instruments"].elements()[0];
    EXPECT_EQ(spot["mark_price"].kind(), TreeKind::null);
    EXPECT_EQ(spot["mark_fresh"].text(), "false");
    EXPECT_EQ(spot["net_notional"].kind(), TreeKind::null);
    ASSERT_EQ(answer["nearest"].elements().size(), 1U);
    EXPECT_EQ(answer["nearest"].elements()[0]["account"].text(), "alice");
    text.clear();
    const InstrumentId one = world.engine.ledger().find_instrument("ETH-PERP");
    encode_exposure(scope(), {.instrument = one, .now = world.time}, text);
    EXPECT_EQ(tree()["instruments"].elements().size(), 1U);
    EXPECT_EQ(tree()["instruments"].elements()[0]["instrument"].text(), "ETH-PERP");
}

TEST_F(CodecAnswersTest, status_counts_by_outcome_and_reason) {
    world.check(world.order("alice", "o-8", Side::buy, 100'000, "BTC-PERP", 48'000));
    StatusFacts facts{.version = "0.1.0",
                      .digest = "ab",
                      .ready = false,
                      .not_ready_because = "connecting",
                      .started = Timestamp{1},
                      .now = Timestamp{2},
                      .stream_last = 5,
                      .malformed = 3,
                      .overloaded = 4,
                      .unknown_fields = 6,
                      .journal_bytes = 7};
    encode_status(scope(), world.engine, facts, text);
    const Tree answer = tree();
    EXPECT_EQ(answer["version"].text(), "0.1.0");
    EXPECT_EQ(answer["digest"].text(), "ab");
    EXPECT_EQ(answer["ready"].text(), "false");
    EXPECT_EQ(answer["not_ready_because"].text(), "connecting");
    EXPECT_EQ(answer["lag"].text(), "5");
    EXPECT_EQ(answer["accounts"].text(), "2");
    EXPECT_EQ(answer["instruments"].text(), "3");
    EXPECT_EQ(answer["open_orders"].text(), "1");
    EXPECT_EQ(answer["counters"]["accepted"].text(), "2");
    EXPECT_EQ(answer["counters"]["rejected"]["insufficient_initial_margin"].text(), "1");
    EXPECT_EQ(answer["counters"]["malformed"].text(), "3");
    EXPECT_EQ(answer["counters"]["overloaded"].text(), "4");
    EXPECT_EQ(answer["counters"]["unknown_fields"].text(), "6");
    EXPECT_EQ(answer["journal_bytes"].text(), "7");
    text.clear();
    encode_unknown(RejectReason::unknown_account, "A9", text);
    EXPECT_EQ(text, R"({"error":"unknown_account","name":"A9"})");
}

}  // namespace
}  // namespace riskd::feeds
