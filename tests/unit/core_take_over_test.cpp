// The rung `take_over`: positions pass to the insurance fund, then to opponents, then the loss is
// shared.
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/core_take_over_world.hpp"

namespace riskd {
namespace {

using test::TakeOverTest;
using test::World;

TEST_F(TakeOverTest, the_fund_takes_everything_at_the_bankruptcy_price) {
    world.deposit("fund", "USDT", 10'000);
    world.deposit("alice", "USDT", 1'000);
    buy("alice", "BTC-PERP", 1'000, 50'000);
    world.price("BTC-PERP", 48'000);
    EXPECT_EQ(stages(), (std::vector{Stage::take_over, Stage::healthy}));
    ASSERT_EQ(handovers().size(), 1U);
    const Handover taken = handovers()[0];
    EXPECT_EQ(taken.kind, HandoverKind::take_over);
    EXPECT_EQ(taken.account, world.id("fund"));
    EXPECT_EQ(taken.of, world.id("alice"));
    EXPECT_EQ(taken.side, Side::buy);
    EXPECT_EQ(taken.quantity, Quantity{1'000});
    EXPECT_EQ(taken.price, Price{490'000});
    EXPECT_EQ(held("alice"), Quantity{0});
    EXPECT_EQ(world.balance("alice", "USDT"), Money{0});
    EXPECT_EQ(held("fund"), Quantity{1'000});
    EXPECT_EQ(fund_equity(), World::units(9'000));
    EXPECT_EQ(world.engine.ledger().account(world.id("alice")).stage, Stage::healthy);
    EXPECT_TRUE(world.engine.ledger().steps().empty());
}

TEST_F(TakeOverTest, without_a_fund_it_is_to_be_liquidated) {
    world.apply(AccountDefinition{.name = Name{"fund"}, .currency = Name{"USDT"}});
    world.deposit("alice", "USDT", 1'000);
    buy("alice", "BTC-PERP", 1'000, 50'000);
    world.price("BTC-PERP", 48'000);
    EXPECT_EQ(stages(), std::vector{Stage::liquidate});
    EXPECT_EQ(held("alice"), Quantity{1'000});
}

TEST_F(TakeOverTest, a_fund_whose_worth_is_not_known_takes_nothing) {
    world.deposit("fund", "USDT", 10'000);
    world.deposit("fund", "ETH", 1);
    world.deposit("alice", "USDT", 1'000);
    buy("alice", "BTC-PERP", 1'000, 50'000);
    world.time.ns += 100 * World::second;  // ETH is stale now
    world.price("BTC-PERP", 48'000);
    EXPECT_EQ(stages(), std::vector{Stage::liquidate});
    world.price("ETH-PERP", 1'000);
    world.price("BTC-PERP", 48'000);
    EXPECT_EQ(stages(), (std::vector{Stage::take_over, Stage::healthy}));
}

// Each thousandth costs it 1 and needs 0.48: with 260 it has 140 and needs 124.8, with one more it
// would have 139 and need 125.28, and reduce.
TEST_F(TakeOverTest, what_the_fund_cannot_bear_closes_against_opponents) {
    world.deposit("fund", "USDT", 400);
    world.deposit("alice", "USDT", 1'000);
    world.deposit("bob", "USDT", 10'000);
    world.deposit("carol", "USDT", 100'000);
    buy("alice", "BTC-PERP", 1'000, 50'000);
    buy("bob", "BTC-PERP", -500, 50'000);
    buy("carol", "BTC-PERP", -500, 50'000);  // the same profit at less leverage
    world.price("BTC-PERP", 48'000);
    EXPECT_EQ(stages(), (std::vector{Stage::take_over, Stage::healthy, Stage::cancel_orders}));
    ASSERT_EQ(handovers().size(), 3U);
    EXPECT_EQ(handovers()[0].kind, HandoverKind::take_over);
    EXPECT_EQ(handovers()[0].quantity, Quantity{260});
    const Handover first = handovers()[1];
    EXPECT_EQ(first.kind, HandoverKind::deleverage);
    EXPECT_EQ(first.account, world.id("bob"));
    EXPECT_EQ(first.quantity, Quantity{500});
    EXPECT_EQ(first.price, Price{490'000});
    EXPECT_EQ(first.rank, 1U);
    EXPECT_EQ(handovers()[2].account, world.id("carol"));
    EXPECT_EQ(handovers()[2].quantity, Quantity{240});
    EXPECT_EQ(handovers()[2].rank, 2U);
    EXPECT_EQ(fund_equity(), World::units(140));
    EXPECT_EQ(world.balance("bob", "USDT"), World::units(10'500));
    EXPECT_EQ(held("bob"), Quantity{0});
    EXPECT_EQ(held("carol"), Quantity{-260});
    EXPECT_EQ(world.balance("alice", "USDT"), Money{0});
}

TEST_F(TakeOverTest, a_loss_that_nobody_takes_over_is_shared_by_those_in_profit) {
    world.deposit("alice", "USDT", 1'000);
    world.deposit("carol", "USDT", 10'000);
    world.deposit("dave", "USDT", 10'000);
    buy("carol", "ETH-PERP", 1'000, 500);
    buy("dave", "ETH-PERP", 3'000, 500);
    buy("alice", "BTC-PERP", 1'000, 50'000);
    world.price("BTC-PERP", 48'000);
    ASSERT_EQ(handovers().size(), 3U);
    EXPECT_EQ(handovers()[0].kind, HandoverKind::take_over);
    EXPECT_EQ(handovers()[1].kind, HandoverKind::loss_share);
    EXPECT_EQ(handovers()[1].account, world.id("carol"));
    EXPECT_EQ(handovers()[1].amount, World::units(-250));
    EXPECT_EQ(handovers()[2].amount, World::units(-750));
    EXPECT_EQ(world.balance("dave", "USDT"), World::units(9'250));
    EXPECT_EQ(fund_equity(), Money{0});
    EXPECT_EQ(held("alice"), Quantity{0});
    // The fund has to close what nobody else could be given, and is said so once.
    EXPECT_EQ(stages(), (std::vector{Stage::take_over, Stage::healthy, Stage::liquidate}));
    world.price("BTC-PERP", 47'990);
    EXPECT_TRUE(stages().empty());
    ASSERT_EQ(handovers().size(), 2U);
    EXPECT_EQ(handovers()[0].of, world.id("fund"));
    EXPECT_EQ(handovers()[0].amount, Money{-250'000'000});
    EXPECT_EQ(handovers()[1].amount, Money{-750'000'000});
    EXPECT_EQ(fund_equity(), Money{0});
    world.price("BTC-PERP", 48'500);
    EXPECT_EQ(stages(), std::vector{Stage::reduce});
}

TEST_F(TakeOverTest, collateral_in_another_asset_pays_at_its_mark) {
    world.deposit("fund", "USDT", 20'000);
    world.deposit("alice", "BTC", 1);  // counts 9,000 of 10,000
    buy("alice", "BTC-PERP", 1'000, 50'000);
    world.price("BTC-PERP", 41'000);
    EXPECT_EQ(stages(), (std::vector{Stage::take_over, Stage::healthy}));
    ASSERT_EQ(handovers().size(), 3U);
    EXPECT_EQ(handovers()[1].kind, HandoverKind::balance);
    EXPECT_EQ(handovers()[1].amount, Money{90'000'000});  // 0.9 BTC
    EXPECT_EQ(handovers()[2].amount, World::units(-9'000));
    EXPECT_EQ(world.balance("alice", "USDT"), Money{0});
    EXPECT_EQ(world.balance("alice", "BTC"), Money{10'000'000});
    EXPECT_EQ(world.balance("fund", "USDT"), World::units(11'000));
}

TEST_F(TakeOverTest, an_isolated_position_goes_alone_and_its_deficit_is_the_funds) {
    world.deposit("fund", "USDT", 10'000);
    world.deposit("alice", "USDT", 8'000);
    world.apply(MarginChange{.account = world.id("alice"),
                             .instrument = world.engine.ledger().find_instrument("BTC-PERP"),
                             .id = world.next_id(),
                             .has_mode = true,
                             .mode = MarginMode::isolated});
    buy("alice", "BTC-PERP", 1'000, 50'000);
    buy("alice", "ETH-PERP", 1'000, 1'000);
    world.price("BTC-PERP", 44'000);  // 1,000 less than its margin
    EXPECT_EQ(stages(), (std::vector{Stage::take_over, Stage::healthy}));
    ASSERT_EQ(handovers().size(), 1U);
    EXPECT_EQ(handovers()[0].price, Price{450'000});
    EXPECT_EQ(world.balance("alice", "USDT"), World::units(3'000));
    EXPECT_EQ(held("alice", "ETH-PERP"), Quantity{1'000});
    EXPECT_EQ(fund_equity(), World::units(9'000));
    // A fill that loses more than the margin of another one.
    buy("alice", "BTC-PERP", 100, 44'000);
    buy("alice", "BTC-PERP", -100, 34'000);  // 440 of 1,000
    EXPECT_EQ(world.balance("alice", "USDT"), World::units(2'560));
    EXPECT_EQ(fund_equity(), World::units(8'440));
    EXPECT_EQ(world.engine.ledger().house(AssetId{0}).insurance, Wide{0});
}

TEST_F(TakeOverTest, whoever_is_touched_is_judged_again_in_the_same_event) {
    world.deposit("alice", "USDT", 1'000);
    world.deposit("bob", "USDT", 3'600);
    buy("alice", "BTC-PERP", 1'000, 50'000);
    buy("bob", "BTC-PERP", -1'000, 48'000);
    buy("bob", "ETH-PERP", 10'000, 1'000);
    // He has 3,600 and needs 580; he closes 1,000 above the mark and then needs 100.
    world.price("BTC-PERP", 48'000);
    ASSERT_EQ(handovers().size(), 1U);
    EXPECT_EQ(handovers()[0].account, world.id("bob"));
    const Account& bob = world.engine.ledger().account(world.id("bob"));
    EXPECT_EQ(bob.last_margin.equity, World::units(2'600));
    EXPECT_EQ(bob.last_margin.maintenance_margin, World::units(100));
    const auto judged = world.engine.judged();
    EXPECT_EQ(std::count(judged.begin(), judged.end(), world.id("bob")), 1);
}

TEST_F(TakeOverTest, there_is_one_fund_and_it_is_plain) {
    const auto refused = [&](const AccountDefinition& definition) {
        const Outcome& outcome = world.apply(definition);
        return outcome.outputs.size() == 1 ? std::get<Alert>(outcome.outputs[0]).detail.view()
                                           : std::string_view{};
    };
    AccountDefinition fund{.name = Name{"other"}, .currency = Name{"USDT"}, .insurance_fund = true};
    EXPECT_EQ(refused(fund), "insurance_fund refused: there is one already");
    fund.name = Name{"fund"};
    fund.position_mode = PositionMode::hedge;
    EXPECT_EQ(refused(fund), "insurance_fund refused: it has no hedge mode");
    const Outcome& isolated =
        world.apply(MarginChange{.account = world.id("fund"),
                                 .instrument = world.engine.ledger().find_instrument("BTC-PERP"),
                                 .id = world.next_id(),
                                 .has_mode = true,
                                 .mode = MarginMode::isolated});
    EXPECT_EQ(std::get<Alert>(isolated.outputs.at(0)).detail.view(),
              "the insurance fund has no isolated margin");
    fund.position_mode = PositionMode::one_way;
    fund.insurance_fund = false;
    EXPECT_EQ(refused(fund), "");
    EXPECT_FALSE(is_known(world.engine.ledger().insurance_fund()));
}

// Crashes over random books: nobody bankrupt keeps a position or owes anything, and no quantum is
// lost or made (TearDown). The fund comes below zero only when all who gained have given all.
TEST_F(TakeOverTest, every_bankruptcy_adds_up_to_the_last_quantum) {
    std::mt19937_64 random{20260805};
    const auto up_to = [&](std::uint64_t most) {
        return static_cast<std::int64_t>(1 + random() % most);
    };
    world.deposit("fund", "USDT", 500);
    std::size_t passed = 0;
    for (int run = 0; run < 60; ++run) {
        const std::string name = "x" + std::to_string(run);
        account(name, false);
        world.deposit(name, "USDT", up_to(1'500));
        if (run % 4 == 0) world.deposit(name, "BTC", 1);
        const std::int64_t sign = run % 3 == 0 ? -1 : 1;
        buy(name, "BTC-PERP", sign * up_to(700), 50'000);
        if (run % 2 == 0) buy(name, "ETH-PERP", -sign * up_to(9'000), 1'000);
    }
    for (int tick = 0; tick < 40; ++tick) {
        const std::int64_t moved = tick < 20 ? -tick * 300 : (tick - 40) * 300;
        world.price("BTC-USDT", 10'000 + moved / 10);
        passed += handovers().size();
        world.price("BTC-PERP", 50'000 + moved + up_to(200));
        passed += handovers().size();
        for (const Output& output : world.outcome.outputs) {
            const auto* change = std::get_if<StageChange>(&output);
            if (change == nullptr || change->before != Stage::take_over) continue;
            const Account& account = world.engine.ledger().account(change->account);
            for (const Position& position : account.positions)
                EXPECT_EQ(position.quantity, Quantity{0});
            for (const Balance& balance : account.balances)
                EXPECT_GE(balance.amount, Money{0});
        }
    }
    EXPECT_GT(passed, 20U);
    EXPECT_GE(world.engine.counters().handovers[1], 1U);
}

}  // namespace
}  // namespace riskd
