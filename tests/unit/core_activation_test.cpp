#include "riskd/core/activation.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/core_world.hpp"

namespace riskd {
namespace {

using test::World;

TEST(ActivationTest, a_ruleset_judges_every_account_as_time_passes_behind_it) {
    World world;
    world.deposit("alice", "USDT", 6'000);
    world.deposit("bob", "USDT", 60'000);
    world.price("BTC-PERP", 50'000);
    world.fill("alice", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    world.fill("bob", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    world.rules.maintenance_rate = 0.15;
    const std::uint64_t before = world.engine.counters().accounts_evaluated;
    EXPECT_TRUE(world.apply(RulesetActivation{.hash = Text<64>{"01"}}).outputs.empty());
    EXPECT_EQ(world.engine.accounts_waiting(), 2U);
    const Outcome& outcome = world.apply(TimePassed{});
    EXPECT_EQ(world.engine.accounts_waiting(), 0U);
    EXPECT_EQ(world.engine.counters().accounts_evaluated, before + 2);
    ASSERT_EQ(outcome.outputs.size(), 1U);
    const auto& change = std::get<StageChange>(outcome.outputs[0]);
    EXPECT_EQ(change.account, world.id("alice"));
    EXPECT_EQ(change.stage, Stage::liquidate);
    EXPECT_EQ(change.margin.maintenance_margin, World::units(7'500));
}

// Neither the activation nor any one event behind it judges more than a handful, and whoever an
// event concerns does not wait for his turn.
TEST(ActivationTest, new_rules_judge_many_accounts_in_slices) {
    World world;
    InstrumentDefinition perpetual =
        World::definition("BTC-PERP", ContractKind::linear_perpetual, "BTC");
    perpetual.mark_age_max = {3'600 * World::second};
    world.apply(perpetual);
    world.price("BTC-PERP", 50'000);
    constexpr int accounts = 100;
    for (int i = 0; i < accounts; ++i) {
        const std::string name = "a" + std::to_string(i);
        world.apply(AccountDefinition{.name = Name{name}, .currency = Name{"USDT"}});
        world.deposit(name, "USDT", 6'000);
        world.fill(name, "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    }
    world.rules.maintenance_rate = 0.15;
    world.apply(RulesetActivation{.hash = Text<64>{"01"}});
    const Digest waiting = world.engine.digest();
    world.deposit("a99", "USDT", 1);
    EXPECT_EQ(world.engine.ledger().account(world.id("a99")).stage, Stage::liquidate);
    std::uint32_t left = world.engine.accounts_waiting();
    int slices = 0;
    while (left > 0) {
        const std::uint64_t before = world.engine.counters().accounts_evaluated;
        world.apply(TimePassed{});
        const std::uint64_t judged = world.engine.counters().accounts_evaluated - before;
        EXPECT_LE(judged, 32U);
        EXPECT_EQ(judged, left - world.engine.accounts_waiting());
        left = world.engine.accounts_waiting();
        ++slices;
    }
    EXPECT_GT(slices, 3);
    EXPECT_NE(world.engine.digest(), waiting);
    for (int i = 0; i < accounts; ++i) {
        const AccountId id = world.id("a" + std::to_string(i));
        EXPECT_EQ(world.engine.ledger().account(id).stage, Stage::liquidate) << i;
    }
}

}  // namespace
}  // namespace riskd
