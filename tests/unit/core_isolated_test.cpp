// Isolated margin: what fills, funding and facts move, and that the rest of the account never pays.
#include <gtest/gtest.h>

#include "riskd/core/isolated.hpp"
#include "tests/unit/core_world.hpp"

namespace riskd {
namespace {

using test::World;

Position held(std::int64_t quantity, std::int64_t entry_value, std::int64_t margin) {
    Position position{.instrument = InstrumentId{0}, .mode = MarginMode::isolated};
    position.quantity = Quantity{quantity};
    position.entry_value = Money{entry_value};
    position.isolated_margin = Money{margin};
    return position;
}

// A fill at a value of `cost`, with leverage 10.
IsolatedMove after(const Position& before, std::int64_t fill, std::int64_t cost,
                   std::int64_t accrued = 0) {
    const auto change = change_position(before, Quantity{fill}, Money{cost});
    const auto move = isolated_after(before, {.fill = Quantity{fill},
                                              .change = change.value(),
                                              .accrued = Money{accrued},
                                              .leverage = 10});
    return move.value();
}

TEST(IsolatedTest, the_example_of_the_header) {
    Position position = held(0, 0, 0);
    position.isolated_margin = after(position, 2, 200).margin;
    EXPECT_EQ(position.isolated_margin, Money{20});
    position.quantity = Quantity{2};
    position.entry_value = Money{200};
    const IsolatedMove half = after(position, -1, -95);
    EXPECT_EQ(half.margin, Money{10});
    EXPECT_EQ(half.deficit, Money{0});
}

TEST(IsolatedTest, what_opens_rounds_up_and_what_closes_rounds_down) {
    EXPECT_EQ(after(held(0, 0, 0), 1, 101).margin, Money{11});
    EXPECT_EQ(after(held(-1, -101, 11), -1, -101).margin, Money{22});
    // A third of 10 released is 3: the position keeps 7.
    EXPECT_EQ(after(held(3, 90, 10), -1, -30).margin, Money{7});
    EXPECT_EQ(after(held(3, 90, 10), -3, -90).margin, Money{0});
}

TEST(IsolatedTest, a_loss_beyond_its_share_takes_the_rest_of_the_margin_and_then_the_house) {
    // Of 2 from 200 with 20: one closes at 85, a loss of 15 against a share of 10.
    const IsolatedMove rest = after(held(2, 200, 20), -1, -85);
    EXPECT_EQ(rest.margin, Money{5});
    EXPECT_EQ(rest.deficit, Money{0});
    // At 70 a loss of 30 is more than all of it.
    const IsolatedMove house = after(held(2, 200, 20), -1, -70);
    EXPECT_EQ(house.margin, Money{0});
    EXPECT_EQ(house.deficit, Money{10});
}

TEST(IsolatedTest, through_zero_releases_all_and_sets_apart_anew) {
    const IsolatedMove flipped = after(held(2, 200, 20), -5, -500);
    EXPECT_EQ(flipped.margin, Money{30});
    EXPECT_EQ(flipped.deficit, Money{0});
    const IsolatedMove poorer = after(held(2, 200, 20), -5, -400);
    EXPECT_EQ(poorer.margin, Money{24});
    EXPECT_EQ(poorer.deficit, Money{20});  // a loss of 40 against 20
}

TEST(IsolatedTest, from_reduce_on_a_close_releases_nothing_until_it_is_flat) {
    Position position = held(2, 200, 20);
    position.stage = Stage::reduce;
    EXPECT_EQ(after(position, -1, -95).margin, Money{15});
    EXPECT_EQ(after(position, -1, -110).margin, Money{30});
    EXPECT_EQ(after(position, -1, -70).margin, Money{-10});
    EXPECT_EQ(after(position, -2, -190).margin, Money{0});
    EXPECT_EQ(after(position, -2, -170).deficit, Money{10});
}

TEST(IsolatedTest, funding_that_is_paid_with_a_fill_is_of_the_margin) {
    EXPECT_EQ(after(held(2, 200, 20), -1, -100, -4).margin, Money{8});
    EXPECT_EQ(after(held(2, 200, 20), 1, 100, -4).margin, Money{26});
    // Funding has taken more than the margin; the profit of what closes covers it.
    EXPECT_EQ(after(held(2, 200, -10), -2, -220).deficit, Money{0});
    EXPECT_EQ(after(held(2, 200, -10), -2, -204).deficit, Money{6});
}

TEST(IsolatedTest, orders_need_what_their_fills_set_apart) {
    EXPECT_EQ(isolated_top_up({.held = {}, .open = Quantity{3}, .notional = Money{100}}, 10),
              Money{10});
    EXPECT_EQ(
        isolated_top_up({.held = Quantity{2}, .open = Quantity{3}, .notional = Money{100}}, 10),
        Money{4});
    EXPECT_EQ(
        isolated_top_up({.held = Quantity{3}, .open = Quantity{3}, .notional = Money{100}}, 10),
        Money{0});
}

class IsolatedAccountTest : public ::testing::Test {
protected:
    IsolatedAccountTest() {
        world.deposit("alice", "USDT", 10'000);
        world.price("BTC-PERP", 50'000);
        world.price("ETH-PERP", 1'000);
        isolate("BTC-PERP");
    }
    const Outcome& change(MarginChange change) {
        change.account = world.id("alice");
        change.id = world.next_id();
        return world.apply(change);
    }
    void isolate(std::string_view instrument) {
        change({.instrument = world.engine.ledger().find_instrument(instrument),
                .has_mode = true,
                .mode = MarginMode::isolated});
    }
    const Outcome& add(std::int64_t whole) {
        return change({.instrument = world.engine.ledger().find_instrument("BTC-PERP"),
                       .amount = World::units(whole)});
    }
    std::string_view refusal(const Outcome& outcome) {
        const auto* alert =
            outcome.outputs.empty() ? nullptr : std::get_if<Alert>(&outcome.outputs.front());
        if (alert == nullptr || alert->kind != AlertKind::refused_fact) return "not refused";
        refused_ = alert->detail;
        return refused_.view();
    }

    World world;

private:
    Text<64> refused_;
};

TEST_F(IsolatedAccountTest, equity_and_requirements_leave_the_position_out) {
    world.fill("alice", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    world.fill("alice", "o", Side::buy, 1'000, "ETH-PERP", 1'000);
    EXPECT_EQ(world.position("alice", "BTC-PERP").isolated_margin, World::units(5'000));
    world.price("BTC-PERP", 46'000);
    const AccountFigures figures = world.engine.figures(world.id("alice"), world.time);
    EXPECT_EQ(figures.margin.equity, World::units(5'000));
    EXPECT_EQ(figures.margin.initial_margin, World::units(100));
    EXPECT_EQ(figures.margin.maintenance_margin, World::units(50));
    EXPECT_EQ(figures.net_pnl, World::units(-4'000));
    EXPECT_EQ(figures.gross_exposure, World::units(47'000));
    const InstrumentId perp = world.engine.ledger().find_instrument("BTC-PERP");
    EXPECT_EQ(world.engine.isolated_equity(world.id("alice"), perp, world.time),
              World::units(1'000));
    // 5000 + (p - 50000) >= 0.05 p  <=>  p >= 47368.42: it is below already.
    EXPECT_EQ(world.engine.liquidation_price(world.id("alice"), perp, world.time), Price{460'000});
    world.price("BTC-PERP", 50'000);
    EXPECT_EQ(world.engine.liquidation_price(world.id("alice"), perp, world.time), Price{473'685});
}

TEST_F(IsolatedAccountTest, a_preview_gives_the_margin_and_edge_that_the_fill_then_has) {
    world.fill("alice", "o", Side::buy, 500, "BTC-PERP", 50'000);
    const InstrumentId perp = world.engine.ledger().find_instrument("BTC-PERP");
    for (const std::int64_t thousandths : {300, 700}) {
        for (const Side side : {Side::buy, Side::sell}) {
            const auto order = world.order("alice", "p", side, thousandths, "BTC-PERP", 50'000);
            const Preview preview = world.engine.preview(order, world.time);
            ASSERT_TRUE(preview.isolated_margin);
            EXPECT_EQ(preview.isolated_margin->before,
                      world.position("alice", "BTC-PERP").isolated_margin);
            world.fill("alice", "o", side, thousandths, "BTC-PERP", 50'000);
            EXPECT_EQ(preview.isolated_margin->after,
                      world.position("alice", "BTC-PERP").isolated_margin);
            EXPECT_EQ(preview.liquidation_price,
                      world.engine.liquidation_price(world.id("alice"), perp, world.time));
        }
    }
}

TEST_F(IsolatedAccountTest, a_fact_says_why_it_is_refused_and_changes_nothing) {
    EXPECT_EQ(refusal(add(1)), "the position is flat");
    world.fill("alice", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    const Money margin = world.position("alice", "BTC-PERP").isolated_margin;
    EXPECT_EQ(refusal(add(-5'001)), "the position has less");
    EXPECT_EQ(refusal(add(5'001)), "the free balance is less");
    const InstrumentId perp = world.engine.ledger().find_instrument("BTC-PERP");
    EXPECT_EQ(refusal(change({.instrument = perp, .has_mode = true})), "the position is not flat");
    EXPECT_EQ(refusal(change({.instrument = world.engine.ledger().find_instrument("ETH-PERP"),
                              .amount = World::units(1)})),
              "the position is not isolated");
    EXPECT_EQ(refusal(change({.instrument = world.engine.ledger().find_instrument("BTC-USDT"),
                              .has_mode = true,
                              .mode = MarginMode::isolated})),
              "the instrument has no isolated margin");
    EXPECT_EQ(world.position("alice", "BTC-PERP").isolated_margin, margin);
    EXPECT_EQ(refusal(add(5'000)), "not refused");
    EXPECT_EQ(world.margin("alice").equity, Money{});
}

TEST_F(IsolatedAccountTest, boards_take_the_ladder_that_is_nearer_the_edge) {
    const AccountId alice = world.id("alice");
    world.fill("alice", "o", Side::buy, 1'000, "ETH-PERP", 1'000);
    const Account& account = world.engine.ledger().account(alice);
    EXPECT_EQ(&nearest_margin(account), &account.last_margin);
    EXPECT_FALSE(world.engine.nearest_isolated(alice, world.time));
    world.fill("alice", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    world.price("BTC-PERP", 48'000);
    EXPECT_EQ(nearest_margin(account).equity, World::units(3'000));
    EXPECT_EQ(nearest_margin(account).maintenance_margin, World::units(2'400));
    const auto nearest = world.engine.nearest_isolated(alice, world.time);
    ASSERT_TRUE(nearest);
    EXPECT_EQ(nearest->instrument, world.position("alice", "BTC-PERP").instrument);
    EXPECT_EQ(nearest->stage, Stage::cancel_orders);
    EXPECT_EQ(nearest->figures.margin, nearest_margin(account));
    world.fill("alice", "o", Side::sell, 1'000, "BTC-PERP", 48'000);
    EXPECT_EQ(&nearest_margin(account), &account.last_margin);
}

TEST_F(IsolatedAccountTest, a_loss_beyond_the_margin_is_the_insurance_funds) {
    world.fill("alice", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    world.fill("alice", "o", Side::buy, 1'000, "ETH-PERP", 1'000);
    const Outcome& breach = world.price("BTC-PERP", 40'000);
    ASSERT_EQ(breach.outputs.size(), 1U);
    const auto& trigger = std::get<StageChange>(breach.outputs.front());
    EXPECT_EQ(trigger.instrument, world.position("alice", "BTC-PERP").instrument);
    EXPECT_EQ(trigger.stage, Stage::liquidate);
    EXPECT_EQ(trigger.margin.equity, World::units(-5'000));
    ASSERT_EQ(trigger.close.size(), 1U);
    EXPECT_EQ(trigger.close.front().quantity, Quantity{1'000});
    EXPECT_EQ(trigger.close.front().bankruptcy_price, Price{450'000});
    const AssetId usdt = world.engine.ledger().find_asset("USDT");
    world.fill("alice", "o", Side::sell, 1'000, "BTC-PERP", 40'000);
    EXPECT_EQ(world.balance("alice", "USDT"), World::units(5'000));
    EXPECT_EQ(world.engine.ledger().house(usdt).insurance, Wide{-World::units(5'000).raw});
    EXPECT_EQ(world.engine.ledger().conservation(usdt), Wide{0});
    EXPECT_EQ(world.engine.ledger().account(world.id("alice")).stage, Stage::healthy);
    EXPECT_EQ(world.position("alice", "BTC-PERP").stage, Stage::healthy);
}

}  // namespace
}  // namespace riskd
