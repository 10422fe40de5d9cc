// The steps of an episode on the rungs that close: how much, how often, and how they are counted,
// also across a replay.
#include <gtest/gtest.h>

#include "tests/unit/core_world.hpp"

namespace riskd {
namespace {

using test::World;

class StepTest : public ::testing::Test {
protected:
    StepTest() {
        world.rules.cool_down = 10;
        world.rules.step_max = 0.2;
        world.price("BTC-PERP", 50'000);
        world.deposit("alice", "USDT", 10'000);
        world.fill("alice", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
        world.price("BTC-PERP", 42'300);
    }
    // What was recorded leads to the same state.
    void TearDown() override {
        test::FlatRules none;
        Engine again{LedgerLimits{}, none};
        replay_into(again);
        EXPECT_EQ(text(again.digest()), text(world.engine.digest()));
    }
    void replay_into(Engine& again) const {
        for (std::size_t i = 0; i < world.events.size(); ++i)
            again.apply_recorded(world.events[i], world.outcomes[i]);
    }
    const StageChange* change() const {
        return world.outcome.outputs.empty() ? nullptr
                                             : &std::get<StageChange>(world.outcome.outputs[0]);
    }

    World world;
};

TEST_F(StepTest, a_step_closes_a_part_and_the_next_one_waits) {
    ASSERT_NE(change(), nullptr);
    EXPECT_EQ(change()->stage, Stage::reduce);
    EXPECT_EQ(change()->step, 1U);
    EXPECT_EQ(change()->close.at(0).quantity, Quantity{200});  // of 457 that have to go
    const Timestamp next = change()->next_step;
    EXPECT_EQ(next, world.time + Duration{10 * World::second});
    for (int i = 0; i < 9; ++i)
        EXPECT_TRUE(world.price("BTC-PERP", 42'300).outputs.empty());
    world.fill("alice", "o", Side::sell, 20, "BTC-PERP", 42'300);  // at the tenth second
    ASSERT_EQ(world.outcome.outputs.size(), 2U);
    const auto& next_one = std::get<StageChange>(world.outcome.outputs[1]);
    EXPECT_EQ(next_one.step, 2U);
    EXPECT_EQ(next_one.before, Stage::reduce);
    EXPECT_EQ(next_one.stage, Stage::reduce);
    EXPECT_EQ(next_one.episode, 1U);
    EXPECT_EQ(next_one.close.at(0).quantity, Quantity{196});
    EXPECT_EQ(world.engine.counters().stage_changes[3], 1U);
}

TEST_F(StepTest, time_alone_brings_the_next_step) {
    world.time.ns += 20 * World::second;
    world.apply(TimePassed{});
    ASSERT_NE(change(), nullptr);
    EXPECT_EQ(change()->step, 2U);
}

TEST_F(StepTest, a_worse_rung_does_not_wait_and_a_cure_ends_it_at_once) {
    world.price("BTC-PERP", 42'000);
    ASSERT_NE(change(), nullptr);
    EXPECT_EQ(change()->stage, Stage::liquidate);
    EXPECT_EQ(change()->step, 2U);
    EXPECT_EQ(change()->close.at(0).quantity, Quantity{200});
    world.deposit("alice", "USDT", 10'000);
    EXPECT_EQ(change()->stage, Stage::healthy);
    EXPECT_EQ(change()->step, 0U);
    EXPECT_TRUE(world.engine.ledger().due_steps().empty());
    world.time.ns += 20 * World::second;
    world.apply(TimePassed{});
    EXPECT_EQ(change(), nullptr);
}

TEST_F(StepTest, an_episode_that_goes_down_and_up_again_counts_on) {
    world.deposit("alice", "USDT", 500);
    ASSERT_NE(change(), nullptr);
    EXPECT_EQ(change()->stage, Stage::margin_call);
    EXPECT_EQ(change()->step, 0U);
    EXPECT_EQ(change()->next_step, Timestamp{});
    world.time.ns += 20 * World::second;
    world.apply(TimePassed{});
    EXPECT_EQ(change(), nullptr);
    world.price("BTC-PERP", 41'700);
    ASSERT_NE(change(), nullptr);
    EXPECT_EQ(change()->stage, Stage::reduce);
    EXPECT_EQ(change()->episode, 1U);
    EXPECT_EQ(change()->step, 2U);
    world.price("BTC-PERP", 50'000);
    EXPECT_EQ(change()->stage, Stage::healthy);
    EXPECT_TRUE(world.engine.ledger().steps().empty());
    world.price("BTC-PERP", 41'700);
    EXPECT_EQ(change()->episode, 2U);
    EXPECT_EQ(change()->step, 1U);
}

// riskd is stopped when one of two steps that are due was taken, and its journal replayed.
TEST_F(StepTest, a_step_that_waits_for_its_turn_is_taken_after_a_replay) {
    world.deposit("bob", "USDT", 10'000);
    world.fill("bob", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    world.engine.set_judged_at_once(1);
    world.time.ns += 20 * World::second;
    world.apply(TimePassed{});
    ASSERT_EQ(world.outcome.outputs.size(), 1U);
    EXPECT_EQ(change()->account, world.id("alice"));

    Engine again{LedgerLimits{}, world.rules};
    replay_into(again);
    again.set_judged_at_once(1);
    world.apply(TimePassed{});
    ASSERT_EQ(world.outcome.outputs.size(), 1U);
    EXPECT_EQ(change()->account, world.id("bob"));
    Outcome outcome;
    again.apply(world.events.back(), outcome);
    ASSERT_EQ(outcome.outputs.size(), 1U);
    EXPECT_EQ(std::get<StageChange>(outcome.outputs[0]).account, world.id("bob"));
    EXPECT_EQ(text(again.digest()), text(world.engine.digest()));
}

}  // namespace
}  // namespace riskd
