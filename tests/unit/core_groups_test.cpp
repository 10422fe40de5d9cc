// The tree of groups: what may be defined, and what adds up along it.
#include <gtest/gtest.h>

#include "tests/unit/core_world.hpp"

namespace riskd {
namespace {

using test::World;

class GroupsTest : public ::testing::Test {
protected:
    GroupsTest() {
        define("firm");
        define("desk-a", "firm");
        define("desk-b", "firm");
        join("alice", "desk-a");
        join("bob", "desk-b");
        world.deposit("alice", "USDT", 1'000'000);
        world.deposit("bob", "USDT", 1'000'000);
        world.price("BTC-PERP", 50'000);
        world.price("ETH-PERP", 3'000);
    }

    // What was said against it; empty when nothing was.
    std::string define(std::string_view name, std::string_view parent = {}) {
        const Outcome& outcome =
            world.apply(GroupDefinition{.name = Name{name}, .parent = Name{parent}});
        if (outcome.outputs.empty()) return {};
        const auto& alert = std::get<Alert>(outcome.outputs.front());
        EXPECT_EQ(alert.kind, AlertKind::refused_fact);
        EXPECT_EQ(alert.severity, Severity::critical);
        EXPECT_EQ(alert.about.view(), name);
        return std::string{alert.detail.view()};
    }
    void join(std::string_view account, std::string_view group) {
        world.apply(AccountDefinition{
            .name = Name{account}, .group = Name{group}, .currency = Name{"USDT"}});
    }
    // long, short, open buys, open sells, worst; in thousandths.
    std::array<std::int64_t, 5> sums(std::string_view group, std::string_view instrument) {
        const GroupExposure exposure =
            world.engine.ledger().group_exposure(world.engine.ledger().find_group(group),
                                                 world.engine.ledger().find_instrument(instrument));
        return {static_cast<std::int64_t>(exposure.long_quantity),
                static_cast<std::int64_t>(exposure.short_quantity),
                static_cast<std::int64_t>(exposure.open_buy),
                static_cast<std::int64_t>(exposure.open_sell),
                static_cast<std::int64_t>(exposure.worst_quantity)};
    }

    World world;
    using Sums = std::array<std::int64_t, 5>;
};

TEST_F(GroupsTest, a_group_that_does_not_fit_is_refused_with_the_reason_and_changes_nothing) {
    const Digest before = world.engine.digest();
    EXPECT_EQ(define("desk-a", "nobody"), "group refused: its parent is not defined");
    EXPECT_EQ(define("new", "new"), "group refused: its parent is not defined");
    EXPECT_EQ(define("firm", "firm"), "group refused: its parent is itself or below it");
    EXPECT_EQ(define("firm", "desk-b"), "group refused: its parent is itself or below it");
    EXPECT_EQ(world.engine.digest(), before);
    EXPECT_EQ(world.engine.ledger().group_count(), 3U);
    EXPECT_EQ(define("desk-a", "firm"), "");
    EXPECT_EQ(world.engine.digest(), before);
}

TEST_F(GroupsTest, eight_may_stand_one_above_another) {
    std::string above = "firm";
    for (int level = 2; level <= 8; ++level) {
        const std::string name = "level-" + std::to_string(level);
        EXPECT_EQ(define(name, above), "");
        above = name;
    }
    const std::string too_deep = "group refused: more than 8 groups one above another";
    EXPECT_EQ(define("level-9", above), too_deep);
    EXPECT_EQ(define("house"), "");
    EXPECT_EQ(define("firm", "house"), too_deep);
    EXPECT_EQ(define("level-8"), "");
    EXPECT_EQ(define("firm", "house"), "");
    EXPECT_EQ(define("level-8", "level-7"), too_deep);
}

TEST_F(GroupsTest, orders_and_positions_count_for_every_group_above) {
    world.check(world.order("alice", "a1", Side::buy, 300, "BTC-PERP", 50'000));
    world.check(world.order("bob", "b1", Side::sell, 200, "BTC-PERP", 50'000));
    EXPECT_EQ(sums("desk-a", "BTC-PERP"), (Sums{0, 0, 300, 0, 300}));
    EXPECT_EQ(sums("desk-b", "BTC-PERP"), (Sums{0, 0, 0, 200, 200}));
    EXPECT_EQ(sums("firm", "BTC-PERP"), (Sums{0, 0, 300, 200, 500}));
    world.fill("alice", "a1", Side::buy, 100, "BTC-PERP", 50'000);
    world.fill("bob", "b1", Side::sell, 200, "BTC-PERP", 50'000);
    EXPECT_EQ(sums("firm", "BTC-PERP"), (Sums{100, 200, 200, 0, 500}));
    // A sell of the one who is long only reduces; the buys stay the worse side.
    world.check(world.order("alice", "a2", Side::sell, 50, "BTC-PERP", 50'000));
    EXPECT_EQ(sums("firm", "BTC-PERP"), (Sums{100, 200, 200, 50, 500}));
    EXPECT_EQ(sums("firm", "ETH-PERP"), (Sums{0, 0, 0, 0, 0}));
}

TEST_F(GroupsTest, an_account_that_moves_takes_its_share_along) {
    world.check(world.order("alice", "a1", Side::buy, 300, "BTC-PERP", 50'000));
    world.fill("alice", "a1", Side::buy, 100, "BTC-PERP", 50'000);
    join("alice", "desk-b");
    EXPECT_EQ(sums("desk-a", "BTC-PERP"), (Sums{0, 0, 0, 0, 0}));
    EXPECT_EQ(sums("desk-b", "BTC-PERP"), (Sums{100, 0, 200, 0, 300}));
    EXPECT_EQ(sums("firm", "BTC-PERP"), (Sums{100, 0, 200, 0, 300}));
    join("alice", "");
    EXPECT_EQ(sums("firm", "BTC-PERP"), (Sums{0, 0, 0, 0, 0}));
    world.fill("alice", "a1", Side::buy, 200, "BTC-PERP", 50'000);
    join("alice", "firm");
    EXPECT_EQ(sums("desk-b", "BTC-PERP"), (Sums{0, 0, 0, 0, 0}));
    EXPECT_EQ(sums("firm", "BTC-PERP"), (Sums{300, 0, 0, 0, 300}));
}

TEST_F(GroupsTest, a_group_that_moves_takes_along_what_it_adds_up) {
    define("house");
    define("other");
    define("firm", "house");
    world.fill("alice", "x", Side::buy, 100, "BTC-PERP", 50'000);
    world.fill("bob", "y", Side::sell, 2'000, "ETH-PERP", 3'000);
    EXPECT_EQ(sums("house", "BTC-PERP"), (Sums{100, 0, 0, 0, 100}));
    define("desk-b", "other");
    EXPECT_EQ(sums("firm", "ETH-PERP"), (Sums{0, 0, 0, 0, 0}));
    EXPECT_EQ(sums("house", "ETH-PERP"), (Sums{0, 0, 0, 0, 0}));
    EXPECT_EQ(sums("other", "ETH-PERP"), (Sums{0, 2'000, 0, 0, 2'000}));
    define("firm", "other");
    EXPECT_EQ(sums("house", "BTC-PERP"), (Sums{0, 0, 0, 0, 0}));
    EXPECT_EQ(sums("other", "BTC-PERP"), (Sums{100, 0, 0, 0, 100}));
    define("firm");
    EXPECT_EQ(sums("other", "BTC-PERP"), (Sums{0, 0, 0, 0, 0}));
    EXPECT_EQ(sums("firm", "BTC-PERP"), (Sums{100, 0, 0, 0, 100}));
}

TEST(GroupAnswer, a_refusal_counts_before_a_fault_before_the_least_room) {
    const auto limit = [](double used, double allowed, std::uint32_t group) {
        return CheckAnswer{.outcome = CheckOutcome::limit,
                           .used = used,
                           .allowed = allowed,
                           .group = GroupId{group}};
    };
    const auto fault = [](std::uint32_t group) {
        return CheckAnswer{
            .outcome = CheckOutcome::fault, .fault = RuleFault::raised, .group = GroupId{group}};
    };
    const auto taken = [](std::initializer_list<CheckAnswer> answers) {
        CheckAnswer made;
        for (const CheckAnswer& each : answers)
            take_group_answer(made, each);
        return is_known(made.group) ? static_cast<int>(made.group.raw) : -1;
    };
    EXPECT_EQ(taken({}), -1);
    EXPECT_EQ(taken({CheckAnswer{.group = GroupId{0}}}), -1);
    EXPECT_EQ(taken({limit(1, 9, 0), limit(5, 9, 1)}), 1);
    EXPECT_EQ(taken({limit(5, 9, 0), limit(1, 9, 1)}), 0);
    EXPECT_EQ(taken({limit(9, 9, 0), limit(10, 9, 1), limit(99, 9, 2)}), 1);
    EXPECT_EQ(taken({limit(1, 9, 0), fault(1), fault(2)}), 1);
    EXPECT_EQ(taken({fault(0), limit(10, 9, 1), fault(2)}), 1);
}

}  // namespace
}  // namespace riskd
