// A margin rule that claims a slope and breaks it: who slept on the claim is watched at each price
// from then on, and it is said once.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "riskd/core/activation.hpp"
#include "riskd/core/margin_claims.hpp"
#include "tests/unit/core_world.hpp"

namespace riskd {
namespace {

using test::World;

constexpr std::int64_t five_per_cent = 5'000'000;

AskedMargin asked(std::int64_t notional, std::int64_t maintenance) {
    return {.notional = {notional}, .maintenance = {maintenance}, .terms = 1};
}

// The example of margin_claims.hpp, in thousandths.
TEST(ClaimTest, a_slope_binds_both_ways_of_the_notional) {
    const AskedMargin before = asked(20'000'000, 1'000'000);
    const SlopeClaim both{.max = 50'000'000, .min = -50'000'000};
    EXPECT_TRUE(is_within(before, asked(20'100'000, 1'050'000), both));
    EXPECT_FALSE(is_within(before, asked(20'100'000, 1'050'010), both));
    EXPECT_TRUE(is_within(before, asked(20'100'000, 950'000), both));
    EXPECT_FALSE(is_within(before, asked(20'100'000, 949'990), both));
    EXPECT_TRUE(is_within(before, asked(19'900'000, 1'050'000), both));
    EXPECT_FALSE(is_within(before, asked(19'900'000, 1'050'010), both));
}

TEST(ClaimTest, a_rule_that_never_falls_with_the_notional_does_neither_rise_against_it) {
    const AskedMargin before = asked(20'000'000, 1'000'000);
    const SlopeClaim rising{.max = 50'000'000, .min = 0};
    EXPECT_TRUE(is_within(before, asked(20'100'000, 1'000'000), rising));
    EXPECT_FALSE(is_within(before, asked(20'100'000, 999'990), rising));
    EXPECT_TRUE(is_within(before, asked(19'900'000, 950'000), rising));
    EXPECT_FALSE(is_within(before, asked(19'900'000, 1'000'010), rising));
    EXPECT_FALSE(is_within(before, asked(19'900'000, 949'990), rising));
}

TEST(ClaimTest, roundings_of_both_answers_are_no_breach) {
    const SlopeClaim flat{.max = 1, .min = 0};
    EXPECT_TRUE(is_within(asked(100, 7), asked(100, 9), flat));
    // Doubles are good to one part in 2^52, of amounts near the largest to thousands of quanta.
    const std::int64_t large = std::int64_t{1} << 60;
    EXPECT_TRUE(is_within(asked(large, large / 2), asked(large, large / 2 + 8'000), flat));
    EXPECT_FALSE(is_within(asked(large, large / 2), asked(large, large / 2 + 20'000), flat));
}

TEST(ClaimTest, both_points_are_said_and_cut_to_what_fits) {
    EXPECT_EQ(describe_points(asked(10'000'000, 500'050), asked(11'000'000, 5'500'000), 2).view(),
              "5000.5 of 100000, then 55000 of 110000");
    const AskedMargin large = asked(9'000'000'000'000'000'001, 4'500'000'000'000'000'001);
    EXPECT_EQ(describe_points(large, large, 8).view(),
              "45000000000 of 90000000000, then 45000000000 of 90000000000");
}

// Both sell two coins at 50,000; the rule asks half of everything from a notional of 105,000 on.
struct Lied {
    Lied() {
        world.rules.claim(five_per_cent, 0);
        world.rules.jump_at = 105'000;
        world.price("BTC-PERP", 50'000);
        for (const std::string_view name : {"alice", "bob"})
            world.deposit(name, "USDT", 30'000);
        world.fill("alice", "", Side::sell, 2'000, "BTC-PERP", 50'000);
        world.fill("bob", "", Side::sell, 100, "BTC-PERP", 50'000);
    }
    std::vector<Alert> said() const {
        std::vector<Alert> found;
        for (const Output& output : world.outcome.outputs) {
            const auto* alert = std::get_if<Alert>(&output);
            if (alert != nullptr && alert->kind == AlertKind::claim_broken) found.push_back(*alert);
        }
        return found;
    }
    Stage stage() { return world.engine.ledger().account(world.id("alice")).stage; }
    bool broken() { return world.engine.is_claim_broken(world.id("alice")); }
    World world;
};

TEST(ClaimTest, that_is_broken_is_said_once_and_keeps_the_account_awake) {
    Lied lied;
    World& world = lied.world;
    EXPECT_EQ(world.engine.bands().accounts_awake(), 0U);
    world.price("BTC-PERP", 53'000);
    EXPECT_EQ(lied.stage(), Stage::healthy) << "she sleeps on what the rule claimed";
    world.price("BTC-PERP", 61'500);
    ASSERT_EQ(lied.said().size(), 1U);
    const Alert alert = lied.said()[0];
    EXPECT_EQ(alert.severity, Severity::critical);
    EXPECT_EQ(alert.account, world.id("alice"));
    EXPECT_EQ(alert.instrument, world.engine.ledger().find_instrument("BTC-PERP"));
    EXPECT_EQ(alert.rule, RuleId{1});
    EXPECT_EQ(alert.about.view(), "margin/flat");
    EXPECT_EQ(alert.detail.view(), "5000 of 100000, then 61500 of 123000");
    EXPECT_EQ(lied.stage(), Stage::liquidate);
    EXPECT_TRUE(lied.broken());
    EXPECT_FALSE(world.engine.is_claim_broken(world.id("bob")));
    EXPECT_EQ(world.engine.bands().accounts_awake(), 1U);
    world.price("BTC-PERP", 52'000);
    EXPECT_EQ(lied.stage(), Stage::healthy);
    world.price("BTC-PERP", 53'000);
    EXPECT_EQ(lied.stage(), Stage::liquidate) << "awake, she is seen at each price";
    EXPECT_TRUE(lied.said().empty());
    EXPECT_EQ(world.engine.counters().alerts[static_cast<std::size_t>(AlertKind::claim_broken)],
              1U);
}

// From the breach on, every stage change comes as if each price woke everybody.
TEST(ClaimTest, that_is_broken_costs_no_stage_change_from_then_on) {
    Lied lied;
    Lied swept;
    swept.world.engine.set_brute_force(true);
    std::mt19937_64 random{20'261'122};
    std::int64_t price = 50'000;
    int missed = 0;
    int agreed = 0;
    for (int i = 0; i < 3'000; ++i) {
        price += static_cast<std::int64_t>(random() % 4'001) - 2'000;
        price = std::clamp<std::int64_t>(price, 45'000, 62'000);
        const bool was_broken = lied.broken();
        lied.world.price("BTC-PERP", price);
        swept.world.price("BTC-PERP", price);
        if (!lied.broken()) {
            if (lied.stage() != swept.stage()) ++missed;
            continue;
        }
        ASSERT_EQ(lied.stage(), swept.stage()) << "price " << i;
        if (!was_broken) continue;
        ASSERT_EQ(lied.world.outcome.outputs.size(), swept.world.outcome.outputs.size());
        agreed += static_cast<int>(lied.world.outcome.outputs.size());
    }
    EXPECT_GT(missed, 0) << "or the lie did no harm";
    EXPECT_GT(agreed, 20);
}

TEST(ClaimTest, that_is_broken_stays_so_after_a_replay_and_is_not_said_again) {
    Lied lied;
    lied.world.price("BTC-PERP", 61'500);
    Engine again{{}, lied.world.rules};
    for (std::size_t i = 0; i < lied.world.events.size(); ++i)
        again.apply_recorded(lied.world.events[i], lied.world.outcomes[i]);
    EXPECT_EQ(again.digest(), lied.world.engine.digest());
    EXPECT_TRUE(again.is_claim_broken(lied.world.id("alice")));
    for (const std::int64_t price : {52'000, 53'000, 52'000, 60'000, 50'000}) {
        lied.world.price("BTC-PERP", price);
        Outcome outcome;
        again.apply(lied.world.events.back(), outcome);
        ASSERT_EQ(outcome.outputs.size(), lied.world.outcome.outputs.size()) << price;
        EXPECT_EQ(again.digest(), lied.world.engine.digest());
    }
}

TEST(ClaimTest, that_was_broken_is_forgotten_with_the_rules_that_broke_it) {
    Lied lied;
    World& world = lied.world;
    world.price("BTC-PERP", 61'500);
    world.price("BTC-PERP", 50'000);
    ASSERT_TRUE(lied.broken());
    const Digest before = world.engine.digest();
    world.apply(activation_of(world.rules));
    EXPECT_FALSE(lied.broken());
    EXPECT_NE(world.engine.digest(), before);
    while (world.engine.accounts_waiting() > 0)
        world.apply(TimePassed{});
    EXPECT_EQ(world.engine.bands().accounts_awake(), 0U);
    world.price("BTC-PERP", 61'500);
    EXPECT_EQ(lied.said().size(), 1U) << "of the new rules";
}

// The claim is about prices: what a fill, another leverage or other terms change is no breach.
TEST(ClaimTest, is_not_broken_by_what_is_no_price) {
    Lied lied;
    World& world = lied.world;
    world.fill("alice", "", Side::sell, 400, "BTC-PERP", 50'000);
    EXPECT_EQ(lied.stage(), Stage::liquidate) << "120,000 now, of which half is asked";
    EXPECT_TRUE(lied.said().empty());
    for (const double rate : {0.08, 0.05}) {
        world.rules.maintenance_rate = rate;
        world.apply(World::definition("BTC-PERP", ContractKind::linear_perpetual, "BTC"));
        EXPECT_TRUE(lied.said().empty());
    }
    EXPECT_TRUE(lied.said().empty());
    EXPECT_FALSE(lied.broken());
}

}  // namespace
}  // namespace riskd
