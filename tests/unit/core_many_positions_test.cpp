// An account in more instruments than are looked through one by one.
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/core_world.hpp"

namespace riskd::test {
namespace {

TEST(ManyPositions, each_is_found_whatever_the_order_in_which_they_came) {
    World world;
    world.deposit("alice", "USDT", 1'000'000'000);
    world.apply(AccountDefinition{
        .name = Name{"carol"}, .currency = Name{"USDT"}, .position_mode = PositionMode::hedge});
    world.deposit("carol", "USDT", 1'000'000'000);
    constexpr int instruments = 97;
    for (int i = 0; i < instruments; ++i) {
        const std::string name = "I" + std::to_string(i);
        world.apply(World::definition(name, ContractKind::linear_perpetual, "BTC"));
    }
    const Ledger& ledger = world.engine.ledger();
    const auto id_of = [&](int i) { return ledger.find_instrument("I" + std::to_string(i)); };
    for (int i = 0; i < instruments; ++i) {
        const int which = i * 41 % instruments;  // each once, in no order
        const std::string name = "I" + std::to_string(which);
        EXPECT_EQ(ledger.find_position(world.id("alice"), id_of(which)), nullptr);
        world.fill("alice", "o", Side::buy, which + 1, name, 100);
        for (const PositionSide side : {PositionSide::long_side, PositionSide::short_side}) {
            world.apply(Fill{.account = world.id("carol"),
                             .instrument = id_of(which),
                             .fill = world.next_id(),
                             .order = Id{"o"},
                             .side = side == PositionSide::long_side ? Side::buy : Side::sell,
                             .position_side = side,
                             .price = Price{1'000},
                             .quantity = Quantity{which + 1}});
        }
    }
    for (int i = 0; i < instruments; ++i) {
        const Position* held = ledger.find_position(world.id("alice"), id_of(i));
        ASSERT_NE(held, nullptr) << i;
        EXPECT_EQ(held->instrument, id_of(i));
        EXPECT_EQ(held->quantity.raw, i + 1);
        for (const PositionSide side : {PositionSide::long_side, PositionSide::short_side}) {
            const Position* hedged = ledger.find_position(world.id("carol"), id_of(i), side);
            ASSERT_NE(hedged, nullptr) << i;
            EXPECT_EQ(hedged->quantity.raw, side == PositionSide::long_side ? i + 1 : -i - 1);
        }
        EXPECT_EQ(ledger.find_position(world.id("carol"), id_of(i)), nullptr) << "net";
    }
    EXPECT_EQ(ledger.account(world.id("alice")).positions.size(), std::size_t{instruments});
    EXPECT_EQ(ledger.account(world.id("alice")).places.size(), std::size_t{instruments});
    EXPECT_EQ(ledger.account(world.id("carol")).places.size(), std::size_t{2 * instruments});
}

}  // namespace
}  // namespace riskd::test
