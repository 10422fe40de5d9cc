// The insurance fund on the ladder: reduced, bankrupt, and never below zero while others gain.
#include <gtest/gtest.h>

#include "tests/unit/core_take_over_world.hpp"

namespace riskd {
namespace {

using test::TakeOverTest;
using test::World;

// It holds 1 from 49,000 with 10,000 of its own.
class FundTest : public TakeOverTest {
protected:
    FundTest() {
        world.deposit("fund", "USDT", 10'000);
        world.deposit("alice", "USDT", 1'000);
        world.deposit("bob", "USDT", 100'000);
        world.deposit("carol", "USDT", 10'000);
        buy("alice", "BTC-PERP", 1'000, 50'000);
        world.price("BTC-PERP", 48'000);
        EXPECT_EQ(fund_equity(), World::units(9'000));
    }
    Stage stage() { return world.engine.ledger().account(world.id("fund")).stage; }
};

// At 39,400 it has 400 and needs 394: 507 of them need 199.758, no more than half of it.
TEST_F(FundTest, is_on_the_ladder_like_any_account) {
    world.price("BTC-PERP", 39'500);
    EXPECT_EQ(stages(), std::vector{Stage::margin_call});
    world.price("BTC-PERP", 39'400);
    EXPECT_EQ(stages(), std::vector{Stage::reduce});
    const auto& change = std::get<StageChange>(world.outcome.outputs[0]);
    EXPECT_EQ(change.account, world.id("fund"));
    EXPECT_EQ(change.close.at(0).side, Side::sell);
    EXPECT_EQ(change.close.at(0).quantity, Quantity{493});
    buy("fund", "BTC-PERP", -493, 39'400);
    EXPECT_EQ(stage(), Stage::healthy);
    // At 39,300 it has 349.3 for those 507; each one of dave's more costs it 0.4 and needs 0.393.
    // With 152 it has 288.5 and needs 258.987, with one more 288.1 and 259.38: that is 0.9003.
    world.price("BTC-PERP", 39'800);
    world.deposit("dave", "USDT", 100);
    buy("dave", "BTC-PERP", 1'000, 39'800);
    buy("bob", "BTC-PERP", -1'000, 39'800);
    world.price("BTC-PERP", 39'300);
    ASSERT_EQ(handovers().size(), 2U);
    EXPECT_EQ(handovers()[0].account, world.id("fund"));
    EXPECT_EQ(handovers()[0].quantity, Quantity{152});
    EXPECT_EQ(handovers()[1].account, world.id("bob"));
    EXPECT_EQ(handovers()[1].quantity, Quantity{848});
}

TEST_F(FundTest, what_it_holds_passes_to_its_opponents_when_it_is_bankrupt) {
    buy("bob", "BTC-PERP", -1'500, 40'000);
    world.price("BTC-PERP", 38'900);  // it has -100, and -40,000 + 39,000 would be nothing
    EXPECT_EQ(stages(), (std::vector{Stage::take_over, Stage::healthy}));
    ASSERT_EQ(handovers().size(), 1U);
    EXPECT_EQ(handovers()[0].kind, HandoverKind::deleverage);
    EXPECT_EQ(handovers()[0].account, world.id("bob"));
    EXPECT_EQ(handovers()[0].of, world.id("fund"));
    EXPECT_EQ(handovers()[0].quantity, Quantity{1'000});
    EXPECT_EQ(handovers()[0].price, Price{390'000});
    EXPECT_EQ(held("fund"), Quantity{0});
    EXPECT_EQ(held("bob"), Quantity{-500});
    EXPECT_EQ(world.balance("fund", "USDT"), Money{0});
    EXPECT_EQ(stage(), Stage::healthy);
}

TEST_F(FundTest, what_finds_no_opponent_stays_with_it_and_the_loss_is_shared) {
    buy("bob", "BTC-PERP", -600, 40'000);
    buy("carol", "ETH-PERP", 1'000, 500);
    world.price("BTC-PERP", 38'900);
    EXPECT_EQ(stages(), (std::vector{Stage::take_over, Stage::liquidate}));
    ASSERT_EQ(handovers().size(), 2U);
    EXPECT_EQ(handovers()[0].kind, HandoverKind::deleverage);
    EXPECT_EQ(handovers()[0].quantity, Quantity{600});
    EXPECT_EQ(handovers()[1].kind, HandoverKind::loss_share);
    EXPECT_EQ(handovers()[1].account, world.id("carol"));
    EXPECT_EQ(handovers()[1].of, world.id("fund"));
    EXPECT_EQ(handovers()[1].amount, World::units(-40));  // 400 thousandths, 0.1 each
    EXPECT_EQ(held("fund"), Quantity{400});
    EXPECT_EQ(fund_equity(), Money{0});
    // Each price that costs it more is shared; it is told to close once.
    world.price("BTC-PERP", 38'800);
    EXPECT_TRUE(stages().empty());
    ASSERT_EQ(handovers().size(), 1U);
    EXPECT_EQ(handovers()[0].amount, World::units(-40));
    world.deposit("dave", "USDT", 10'000);
    // An opponent comes: at this price the fund has -40, so 100 above it.
    buy("dave", "BTC-PERP", -1'000, 38'800);
    world.price("BTC-PERP", 38'700);
    EXPECT_EQ(stages(), (std::vector{Stage::take_over, Stage::healthy}));
    ASSERT_EQ(handovers().size(), 1U);
    EXPECT_EQ(handovers()[0].account, world.id("dave"));
    EXPECT_EQ(handovers()[0].price, Price{388'000});
    EXPECT_EQ(fund_equity(), Money{0});
    // A fill that loses more than it has: nothing is held, and what is below zero is shared.
    buy("fund", "BTC-PERP", 100, 38'700);
    buy("fund", "BTC-PERP", -100, 38'600);
    ASSERT_EQ(handovers().size(), 2U);
    EXPECT_EQ(handovers()[0].amount.raw + handovers()[1].amount.raw, -World::units(10).raw);
    EXPECT_EQ(fund_equity(), Money{0});
}

// Nobody bears more in one event than he has gained, and what is left stays the fund's.
TEST_F(FundTest, below_zero_only_when_all_who_gained_have_borne_it) {
    buy("carol", "ETH-PERP", 60, 500);  // 30 of profit
    world.price("BTC-PERP", 38'900);
    ASSERT_EQ(handovers().size(), 1U);
    EXPECT_EQ(handovers()[0].amount, World::units(-30));
    EXPECT_EQ(fund_equity(), World::units(-70));
    EXPECT_EQ(stages(), std::vector{Stage::liquidate});
}

}  // namespace
}  // namespace riskd
