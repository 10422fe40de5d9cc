// Hedge mode: a long and a short position of one instrument, each with orders, leverage and margin
// of its own; who must name a side, and what a fill beyond one does.
#include <gtest/gtest.h>

#include "riskd/core/hedge.hpp"
#include "tests/unit/core_book_world.hpp"
#include "tests/unit/core_world.hpp"

namespace riskd {
namespace {

using test::BookWorld;
using test::World;

constexpr PositionSide longs = PositionSide::long_side;
constexpr PositionSide shorts = PositionSide::short_side;

class HedgeTest : public ::testing::Test {
protected:
    HedgeTest() {
        mode(PositionMode::hedge);
        world.deposit("alice", "USDT", 10'000);
        world.price("BTC-PERP", 100);
    }

    const Outcome& mode(PositionMode wanted) {
        return world.apply(AccountDefinition{
            .name = Name{"alice"}, .currency = Name{"USDT"}, .position_mode = wanted});
    }
    Fill fill_of(PositionSide side, Side traded, std::int64_t thousandths, std::int64_t price) {
        return {.account = world.id("alice"),
                .instrument = btc(),
                .fill = world.next_id(),
                .order = Id{"elsewhere"},
                .side = traded,
                .position_side = side,
                .price = Price{price * 10},
                .quantity = Quantity{thousandths}};
    }
    const Outcome& fill(PositionSide side, Side traded, std::int64_t thousandths,
                        std::int64_t price) {
        return world.apply(fill_of(side, traded, thousandths, price));
    }
    Decision check(std::string_view id, PositionSide side, Side traded, std::int64_t thousandths,
                   std::string_view replaces = {}) {
        OrderRequest request = world.order("alice", id, traded, thousandths, "BTC-PERP", 100);
        request.position_side = side;
        request.replaces = Id{replaces};
        return world.check(request);
    }
    InstrumentId btc() const { return world.engine.ledger().find_instrument("BTC-PERP"); }
    const Position& at(PositionSide side) const {
        return *world.engine.ledger().find_position(world.id("alice"), btc(), side);
    }
    AccountMargin margin() { return world.margin("alice"); }
    static Alert alert_in(const Outcome& outcome, std::size_t at = 0) {
        return std::get<Alert>(outcome.outputs.at(at));
    }

    World world;
};

TEST_F(HedgeTest, the_example_of_the_header) {
    fill(longs, Side::buy, 3'000, 100);
    fill(shorts, Side::sell, 1'000, 100);
    EXPECT_EQ(margin().maintenance_margin, World::units(20));  // 5 % of 300 and of 100
    EXPECT_EQ(at(longs).quantity, Quantity{3'000});
    EXPECT_EQ(at(shorts).quantity, Quantity{-1'000});
    const AccountFigures figures = world.engine.figures(world.id("alice"), world.time);
    EXPECT_EQ(figures.gross_exposure, World::units(400));
    EXPECT_EQ(figures.net_exposure, World::units(200));
    EXPECT_EQ(world.engine.ledger().instrument(btc()).long_quantity, Quantity{3'000});
    EXPECT_EQ(world.engine.ledger().instrument(btc()).short_quantity, Quantity{1'000});
}

TEST_F(HedgeTest, each_side_has_an_entry_value_and_a_profit_of_its_own) {
    fill(longs, Side::buy, 1'000, 100);
    fill(shorts, Side::sell, 1'000, 120);
    world.price("BTC-PERP", 110);
    EXPECT_EQ(margin().equity, World::units(10'020));
    fill(longs, Side::sell, 1'000, 110);
    EXPECT_EQ(at(longs).realized_pnl, World::units(10));
    EXPECT_EQ(at(shorts).realized_pnl, Money{});
    EXPECT_EQ(at(shorts).entry_value, World::units(-120));
    EXPECT_EQ(margin().equity, World::units(10'020));
}

TEST_F(HedgeTest, an_order_names_a_side_exactly_when_the_account_has_two) {
    EXPECT_EQ(check("o1", PositionSide::net, Side::buy, 1'000).reason,
              RejectReason::invalid_order_terms);
    OrderRequest request = world.order("bob", "o2", Side::buy, 1'000, "BTC-PERP", 100);
    request.position_side = longs;
    EXPECT_EQ(world.check(request).reason, RejectReason::invalid_order_terms);
    request = world.order("alice", "o3", Side::buy, 1'000, "BTC-USDT", 100);
    request.position_side = longs;
    EXPECT_EQ(world.check(request).reason, RejectReason::invalid_order_terms);
    request.order = Id{"o4"};
    request.position_side = PositionSide::net;
    world.price("BTC-USDT", 100);
    EXPECT_TRUE(world.check(request).accepted);
    EXPECT_TRUE(check("o5", longs, Side::buy, 1'000).accepted);
    EXPECT_TRUE(check("o6", shorts, Side::sell, 1'000).accepted);
}

TEST_F(HedgeTest, an_order_that_closes_never_closes_more_than_is_held) {
    EXPECT_EQ(check("c0", longs, Side::sell, 1).reason,
              RejectReason::reduce_only_would_increase_position);
    fill(longs, Side::buy, 3'000, 100);
    fill(shorts, Side::sell, 1'000, 100);
    EXPECT_TRUE(check("c1", longs, Side::sell, 2'000).accepted);
    const Decision more = check("c2", longs, Side::sell, 1'001);
    EXPECT_EQ(more.reason, RejectReason::reduce_only_would_increase_position);
    EXPECT_EQ(more.largest_quantity, Quantity{1'000});
    EXPECT_TRUE(check("c3", longs, Side::sell, 3'000, "c1").accepted);
    EXPECT_FALSE(check("c4", shorts, Side::buy, 1'001).accepted);
    EXPECT_TRUE(check("c5", shorts, Side::buy, 1'000).accepted);
    // What closes needs no margin, and takes none from the other side.
    EXPECT_EQ(margin().initial_margin, World::units(40));
}

TEST_F(HedgeTest, open_orders_are_margined_with_the_position_of_their_side) {
    fill(longs, Side::buy, 3'000, 100);
    // In one-way mode a sell of 3 would only reduce.
    const Decision opened = check("o1", shorts, Side::sell, 3'000);
    EXPECT_TRUE(opened.accepted);
    EXPECT_EQ(opened.hold, World::units(30));
    EXPECT_EQ(margin().initial_margin, World::units(60));
    // One order takes the place of another on the other side.
    EXPECT_TRUE(check("o2", longs, Side::buy, 1'000, "o1").accepted);
    EXPECT_EQ(margin().initial_margin, World::units(40));
    EXPECT_EQ(at(shorts).open_orders, 0U);
    EXPECT_EQ(at(longs).open_buy, Quantity{1'000});
}

TEST_F(HedgeTest, a_fact_with_a_wrong_side_changes_nothing_and_may_come_again) {
    Fill unsaid = fill_of(PositionSide::net, Side::buy, 1'000, 100);
    const Alert missing = alert_in(world.apply(unsaid));
    EXPECT_EQ(missing.kind, AlertKind::refused_fact);
    EXPECT_EQ(missing.severity, Severity::critical);
    EXPECT_EQ(missing.detail.view(), "position_side is missing: the account is in hedge mode");
    EXPECT_EQ(world.engine.ledger().find_position(world.id("alice"), btc()), nullptr);
    unsaid.position_side = longs;
    EXPECT_EQ(alert_in(world.apply(unsaid)).kind, AlertKind::fill_without_order);
    EXPECT_EQ(at(longs).quantity, Quantity{1'000});
    Fill superfluous = fill_of(longs, Side::buy, 1'000, 100);
    superfluous.account = world.id("bob");
    EXPECT_EQ(alert_in(world.apply(superfluous)).detail.view(),
              "position_side: there is one position, without sides");
    LeverageChange leverage{
        .account = world.id("alice"), .instrument = btc(), .id = world.next_id(), .leverage = 5};
    EXPECT_EQ(alert_in(world.apply(leverage)).kind, AlertKind::refused_fact);
}

TEST_F(HedgeTest, a_fill_beyond_the_position_takes_effect_and_says_so_until_another_makes_up) {
    fill(longs, Side::buy, 1'000, 100);
    const Outcome& outcome = fill(longs, Side::sell, 3'000, 110);
    const Alert beyond = alert_in(outcome, 1);
    EXPECT_EQ(beyond.kind, AlertKind::fill_beyond_position);
    EXPECT_EQ(beyond.severity, Severity::critical);
    EXPECT_EQ(beyond.detail.view(), "long");
    EXPECT_EQ(at(longs).quantity, Quantity{-2'000});
    EXPECT_EQ(at(longs).realized_pnl, World::units(10));
    EXPECT_EQ(margin().maintenance_margin, World::units(10));
    EXPECT_FALSE(check("o1", longs, Side::sell, 1'000).accepted);
    // The buy that came late.
    EXPECT_EQ(fill(longs, Side::buy, 2'000, 105).outputs.size(), 1U);
    EXPECT_EQ(at(longs).quantity, Quantity{});
    EXPECT_EQ(at(longs).realized_pnl, World::units(20));
}

TEST_F(HedgeTest, a_fill_shrinks_the_order_of_its_side_only) {
    EXPECT_TRUE(check("o1", shorts, Side::sell, 1'000).accepted);
    Fill other = fill_of(longs, Side::sell, 400, 100);
    other.order = Id{"o1"};
    EXPECT_EQ(alert_in(world.apply(other)).kind, AlertKind::fill_without_order);
    EXPECT_EQ(at(shorts).open_sell, Quantity{1'000});
    Fill own = fill_of(shorts, Side::sell, 400, 100);
    own.order = Id{"o1"};
    EXPECT_TRUE(world.apply(own).outputs.empty());
    EXPECT_EQ(at(shorts).open_sell, Quantity{600});
}

TEST_F(HedgeTest, the_mode_changes_only_while_nothing_is_open) {
    fill(longs, Side::buy, 1'000, 100);
    const Alert refused = alert_in(mode(PositionMode::one_way));
    EXPECT_EQ(refused.kind, AlertKind::refused_fact);
    EXPECT_EQ(refused.detail.view(), "position_mode refused: a position or an order is open");
    EXPECT_TRUE(check("o1", longs, Side::buy, 1'000).accepted);
    fill(longs, Side::sell, 1'000, 100);
    EXPECT_EQ(mode(PositionMode::one_way).outputs.size(), 1U);
    world.apply(OrderUpdate{.account = world.id("alice"),
                            .id = world.next_id(),
                            .order = Id{"o1"},
                            .event = OrderEvent::cancelled});
    // Spot is no matter of the mode.
    world.price("BTC-USDT", 100);
    EXPECT_TRUE(
        world.check(world.order("alice", "s1", Side::buy, 1'000, "BTC-USDT", 100)).accepted);
    EXPECT_TRUE(mode(PositionMode::one_way).outputs.empty());
    EXPECT_TRUE(check("o2", PositionSide::net, Side::buy, 1'000).accepted);
}

TEST_F(HedgeTest, funding_and_settlement_are_of_each_side) {
    fill(longs, Side::buy, 3'000, 100);
    fill(shorts, Side::sell, 1'000, 100);
    world.apply(Funding{
        .instrument = btc(), .id = world.next_id(), .rate = 1'000'000, .price = Price{1'000}});
    EXPECT_EQ(at(longs).realized_pnl, World::units(-3));
    EXPECT_EQ(at(shorts).realized_pnl, World::units(1));
    EXPECT_EQ(world.balance("alice", "USDT"), World::units(9'998));
    world.apply(FundingIndex{.instrument = btc(), .id = world.next_id(), .index = 0});
    world.apply(FundingIndex{
        .instrument = btc(), .id = world.next_id(), .index = 1'000'000'000, .is_paid = true});
    EXPECT_EQ(at(longs).realized_pnl, World::units(-6));
    EXPECT_EQ(at(shorts).realized_pnl, World::units(2));
    world.apply(Settlement{.instrument = btc(), .id = world.next_id(), .price = Price{1'100}});
    EXPECT_EQ(at(longs).realized_pnl, World::units(24));
    EXPECT_EQ(at(shorts).realized_pnl, World::units(-8));
    EXPECT_EQ(world.engine.ledger().conservation(AssetId{0}), 0);
}

TEST_F(HedgeTest, each_side_has_leverage_and_isolated_margin_of_its_own) {
    const auto change = [&](PositionSide side) {
        return MarginChange{.account = world.id("alice"),
                            .instrument = btc(),
                            .position_side = side,
                            .id = world.next_id(),
                            .has_mode = true,
                            .mode = MarginMode::isolated};
    };
    EXPECT_TRUE(world.apply(change(longs)).outputs.empty());
    world.apply(LeverageChange{.account = world.id("alice"),
                               .instrument = btc(),
                               .position_side = longs,
                               .id = world.next_id(),
                               .leverage = 4});
    fill(longs, Side::buy, 2'000, 100);
    fill(shorts, Side::sell, 2'000, 100);
    EXPECT_EQ(at(longs).isolated_margin, World::units(50));
    EXPECT_EQ(at(shorts).isolated_margin, Money{});
    EXPECT_EQ(at(shorts).leverage, 0U);
    EXPECT_EQ(margin().maintenance_margin, World::units(10));
    // 50 of margin less a loss of 44, against 7.8: its own ladder, and its own side.
    const Outcome& outcome = world.price("BTC-PERP", 78);
    const auto& stage = std::get<StageChange>(outcome.outputs.at(0));
    EXPECT_EQ(stage.instrument, btc());
    EXPECT_EQ(stage.position_side, longs);
    EXPECT_EQ(stage.stage, Stage::liquidate);
    EXPECT_EQ(stage.close.at(0).position_side, longs);
    EXPECT_EQ(stage.close.at(0).side, Side::sell);
    EXPECT_EQ(at(longs).stage, Stage::liquidate);
    EXPECT_EQ(at(shorts).stage, Stage::healthy);
    EXPECT_FALSE(check("o1", longs, Side::buy, 1'000).accepted);
    EXPECT_TRUE(check("o2", shorts, Side::sell, 1'000).accepted);
}

TEST_F(HedgeTest, what_is_to_be_closed_names_its_side) {
    fill(longs, Side::buy, 100'000, 100);
    fill(shorts, Side::sell, 40'000, 100);
    world.apply(BalanceChange{.account = world.id("alice"),
                              .id = world.next_id(),
                              .asset = AssetId{0},
                              .amount = World::units(-9'000),
                              .kind = BalanceKind::withdrawal});
    // The net long of 60 loses; both sides need their maintenance margin.
    const auto& stage = std::get<StageChange>(world.price("BTC-PERP", 94).outputs.at(0));
    EXPECT_EQ(stage.stage, Stage::liquidate);
    ASSERT_EQ(stage.close.size(), 2U);
    EXPECT_EQ(stage.close[0].position_side, longs);
    EXPECT_EQ(stage.close[0].side, Side::sell);
    EXPECT_EQ(stage.close[0].quantity, Quantity{100'000});
    EXPECT_EQ(stage.close[1].position_side, shorts);
    EXPECT_EQ(stage.close[1].side, Side::buy);
    EXPECT_EQ(stage.close[1].quantity, Quantity{40'000});
}

TEST_F(HedgeTest, the_liquidation_price_is_where_both_sides_are_at_the_edge) {
    fill(longs, Side::buy, 100'000, 100);
    fill(shorts, Side::sell, 40'000, 100);
    world.apply(BalanceChange{.account = world.id("alice"),
                              .id = world.next_id(),
                              .asset = AssetId{0},
                              .amount = World::units(-9'000),
                              .kind = BalanceKind::withdrawal});
    // 1,000 + 60 (p - 100) >= 7 p down to p = 94.339...
    const AccountId alice = world.id("alice");
    EXPECT_EQ(world.engine.liquidation_price(alice, btc(), world.time, longs), Price{944});
    EXPECT_EQ(world.engine.liquidation_price(alice, btc(), world.time, shorts), Price{944});
    EXPECT_FALSE(world.engine.liquidation_price(alice, btc(), world.time));
}

TEST(HedgeBookTest, a_book_is_of_what_the_two_sides_leave) {
    BookWorld world;
    world.price("B0", 1'000);
    const AccountId one_way = world.account("one_way", "books", 1'000);
    const AccountId hedged = world.account("hedged", "books", 1'000);
    world.apply(AccountDefinition{.name = Name{"hedged"},
                                  .currency = Name{"USDT"},
                                  .margin = Name{"books"},
                                  .position_mode = PositionMode::hedge});
    const auto fill = [&](PositionSide side, std::int64_t thousandths) {
        world.apply(Fill{.account = hedged,
                         .instrument = world.instrument("B0"),
                         .fill = world.next_id(),
                         .order = Id{"o"},
                         .side = thousandths > 0 ? Side::buy : Side::sell,
                         .position_side = side,
                         .price = Price{1'000},
                         .quantity = magnitude(Quantity{thousandths})});
    };
    fill(longs, 3'000);
    fill(shorts, -1'000);
    world.fill(one_way, "B0", 2'000, 1'000);
    EXPECT_EQ(world.figures(hedged).margin.maintenance_margin,
              world.figures(one_way).margin.maintenance_margin);
    ASSERT_EQ(world.rules.last_positions.size(), 1U);
    EXPECT_EQ(world.rules.last_positions[0].quantity, 2);
    // Nothing is left, so nothing is asked.
    fill(shorts, -2'000);
    EXPECT_EQ(world.figures(hedged).margin.maintenance_margin, Money{});
    EXPECT_EQ(world.figures(hedged).gross_exposure, Money{600'0000'0000});
}

}  // namespace
}  // namespace riskd
