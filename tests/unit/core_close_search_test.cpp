// The least that has to be closed, against a scan of every lot; and what is closed of accounts and
// of isolated positions whose requirement falls in tiers.
#include <gtest/gtest.h>

#include <random>

#include "riskd/core/close_search.hpp"
#include "riskd/core/liquidation.hpp"
#include "tests/unit/core_world.hpp"

namespace riskd {
namespace {

using test::World;

// A requirement in tiers over what is left of `whole` steps, and a fee for each that closes.
struct Tiered {
    std::int64_t whole{};
    std::int64_t equity{};
    std::int64_t fee{};
    std::vector<std::pair<std::int64_t, std::int64_t>> tiers;  // from so many steps, so much each
    bool jumps{};  // all of it at the rate of its tier, as venues have it that deduct nothing

    AccountMargin at(std::int64_t closed) const {
        const std::int64_t left = whole - closed;
        std::int64_t needed = 0;
        for (std::size_t i = 0; i < tiers.size(); ++i) {
            if (left <= tiers[i].first) break;
            const std::int64_t before = i == 0 ? 0 : tiers[i - 1].second;
            needed = jumps ? left * tiers[i].second
                           : needed + (left - tiers[i].first) * (tiers[i].second - before);
        }
        return {.equity = Money{equity - fee * closed}, .maintenance_margin = Money{needed}};
    }
};

std::optional<std::int64_t> first_of_all(const Tiered& tiered, double exit_ratio) {
    for (std::int64_t closed = 1; closed <= tiered.whole; ++closed) {
        if (margin_ratio(tiered.at(closed)) < exit_ratio) return closed;
    }
    return std::nullopt;
}

TEST(CloseSearchTest, the_least_is_that_of_a_scan_of_every_lot) {
    std::mt19937_64 random{20260722};
    const auto up_to = [&](std::uint64_t most) {
        return static_cast<std::int64_t>(1 + random() % most);
    };
    for (int run = 0; run < 3'000; ++run) {
        Tiered tiered{.whole = up_to(6'000), .fee = up_to(40) - 20, .jumps = run % 3 == 0};
        tiered.fee = std::max<std::int64_t>(tiered.fee, 0);
        std::int64_t from = 0;
        std::int64_t rate = 0;
        for (std::int64_t i = up_to(5); i > 0; --i, from += up_to(2'000))
            tiered.tiers.emplace_back(from, rate += up_to(200));
        const double exit_ratio = 0.5 + static_cast<double>(up_to(50)) / 100;
        const auto needed = tiered.at(0).maintenance_margin.raw;
        tiered.equity = needed / 100 * up_to(100);
        if (margin_ratio(tiered.at(0)) < exit_ratio) continue;
        CloseSearch search{Inside{exit_ratio},
                           [&](std::int64_t closed) { return tiered.at(closed); }};
        const auto found = search.least(tiered.whole);
        // When nothing is left nothing is needed.
        ASSERT_EQ(found, first_of_all(tiered, exit_ratio)) << "run " << run;
    }
}

TEST(CloseSearchTest, few_steps_are_asked_about_however_many_there_are) {
    const Tiered tiered{.whole = 1'000'000'000, .equity = 450'000'000'000, .tiers = {{0, 1'000}}};
    int asked = 0;
    CloseSearch search{Inside{0.9}, [&](std::int64_t closed) {
                           ++asked;
                           return tiered.at(closed);
                       }};
    EXPECT_EQ(search.least(tiered.whole), 595'000'001);
    EXPECT_LT(asked, 40);
}

TEST(CloseSearchTest, what_cannot_be_said_does_not_suffice) {
    CloseSearch search{Inside{0.9}, [](std::int64_t closed) {
                           return AccountMargin{.equity = Money{100},
                                                .maintenance_margin = Money{100 - closed},
                                                .complete = closed > 50};
                       }};
    EXPECT_EQ(search.least(100), 51);
    EXPECT_EQ(search.least(40), std::nullopt);
}

// An instrument that trades in lots of 10, at least 40 at a time.
class CloseSizeTest : public ::testing::Test {
protected:
    CloseSizeTest() {
        auto terms = World::definition("BTC-PERP", ContractKind::linear_perpetual, "BTC");
        terms.lot = Quantity{10};
        terms.quantity_min = Quantity{40};
        terms.taker_fee_rate = 50'000;  // 0.05 %
        world.apply(terms);
        world.deposit("alice", "USDT", 10'000);
        world.price("BTC-PERP", 50'000);
        world.price("ETH-PERP", 1'000);
    }

    const StageChange& last_change() { return std::get<StageChange>(world.outcome.outputs.back()); }

    World world;
};

TEST_F(CloseSizeTest, the_fee_of_closing_is_counted) {
    world.fill("alice", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    world.price("BTC-PERP", 42'300);
    ASSERT_EQ(last_change().stage, Stage::reduce);
    // Without a fee 0.456265 would do. Now 0.05 x 42,300 x (1 - x) < 0.5 x (2,300 - 21.15 x):
    // x > 965 / 2,104.425 = 0.458558.
    EXPECT_EQ(last_change().close.at(0).quantity, Quantity{460});
}

TEST_F(CloseSizeTest, no_less_than_the_least_order_is_closed_or_left) {
    world.fill("alice", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    const ClosingLots lots{.held = Quantity{105}, .lot = Quantity{10}, .least = Quantity{40}};
    EXPECT_EQ(lots_held(lots), 11);
    EXPECT_EQ(quantity_of_lots(lots, 0), Quantity{0});
    EXPECT_EQ(quantity_of_lots(lots, 1), Quantity{40});
    EXPECT_EQ(quantity_of_lots(lots, 6), Quantity{60});
    EXPECT_EQ(quantity_of_lots(lots, 7), Quantity{105});
    EXPECT_EQ(quantity_of_lots(lots, 11), Quantity{105});
}

TEST_F(CloseSizeTest, the_last_position_goes_only_as_far_as_needed) {
    world.fill("alice", "o", Side::buy, 100, "BTC-PERP", 50'000);
    world.fill("alice", "o", Side::buy, 60'000, "ETH-PERP", 1'000);
    world.price("ETH-PERP", 887);  // equity 3,220, maintenance 2,661 + 250
    ASSERT_EQ(last_change().stage, Stage::reduce);
    // Largest maintenance first: (2,911 - 1,610.0...) / 44.35 a coin.
    ASSERT_EQ(last_change().close.size(), 1U);
    EXPECT_EQ(last_change().close[0].quantity, Quantity{29'335});
}

TEST_F(CloseSizeTest, an_isolated_position_closes_as_far_as_its_own_margin_needs) {
    world.apply(MarginChange{.account = world.id("alice"),
                             .instrument = world.engine.ledger().find_instrument("BTC-PERP"),
                             .id = world.next_id(),
                             .has_mode = true,
                             .mode = MarginMode::isolated});
    world.fill("alice", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    world.price("BTC-PERP", 47'300);  // 2,300 of 5,000 are left; 2,365 are needed
    world.deposit("alice", "USDT", 1);
    ASSERT_EQ(world.position("alice", "BTC-PERP").stage, Stage::liquidate);
    world.price("BTC-PERP", 47'500);  // 2,500, and 2,375
    ASSERT_EQ(last_change().stage, Stage::reduce);
    // 2,375 x (1 - x) < 0.5 x 2,500: x > 0.473684; the account pays the fee.
    EXPECT_EQ(last_change().close.at(0).quantity, Quantity{480});
}

}  // namespace
}  // namespace riskd
