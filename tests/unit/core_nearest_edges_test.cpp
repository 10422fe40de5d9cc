// The accounts nearest an edge, found from the shelves outwards, against a sweep of every edge and
// of every account.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <set>

#include "riskd/core/nearest_edges.hpp"
#include "tests/unit/core_world.hpp"

namespace riskd {
namespace {

using test::World;

TEST(EdgeShelvesTest, have_the_prices_that_find_them) {
    std::mt19937_64 random{7};
    for (int i = 0; i < 20'000; ++i) {
        const auto raw = static_cast<std::int64_t>(random() >> (2 + random() % 61));
        const Price price{std::max<std::int64_t>(raw, 1)};
        const std::uint32_t shelf = EdgeShelves::shelf_with(price);
        const PriceSpan span = EdgeShelves::prices_on(shelf);
        ASSERT_LE(span.first, price);
        ASSERT_GE(span.last, price);
        ASSERT_EQ(EdgeShelves::shelf_with(span.first), shelf);
        ASSERT_EQ(EdgeShelves::shelf_with(span.last), shelf);
        ASSERT_EQ(EdgeShelves::shelf_with({span.last.raw + 1}), shelf + 1);
    }
}

class NearestEdgesTest : public testing::Test {
protected:
    NearestEdgesTest() {
        world.rules.claim(5'000'000, 0);
        world.price("BTC-PERP", 50'000);
        world.price("ETH-PERP", 2'000);
        for (int i = 0; i < accounts; ++i) {
            const std::string name = "n" + std::to_string(i);
            world.apply(AccountDefinition{.name = Name{name}, .currency = Name{"USDT"}});
            world.deposit(name, "USDT", 10'000);
            const auto trade = [&](std::string_view instrument, std::int64_t most,
                                   std::int64_t price) {
                const auto quantity = static_cast<std::int64_t>(random() % 1'000) * most / 1'000;
                if (quantity == 0) return;
                world.fill(name, "", random() % 2 == 0 ? Side::buy : Side::sell, quantity,
                           instrument, price);
            };
            trade("BTC-PERP", 1'500, 50'000);
            trade("ETH-PERP", 30'000, 2'000);
        }
    }
    void walk(int prices) {
        for (int i = 0; i < prices; ++i) {
            const bool bitcoin = random() % 2 == 0;
            std::int64_t& mark = bitcoin ? bitcoin_ : ether_;
            const auto step = static_cast<std::int64_t>(random() % 41) - 20;
            mark += mark * step / 10'000;
            world.price(bitcoin ? "BTC-PERP" : "ETH-PERP", mark);
        }
    }
    std::vector<AccountId> found(std::uint32_t most, std::uint32_t slice) {
        const Ledger& ledger = world.engine.ledger();
        NearestEdges nearest{most};
        nearest.begin(world.engine.bands(), ledger, world.engine.waiting());
        for (std::uint32_t budget = slice;
             !nearest.step(world.engine.bands(), world.engine.watchers(), ledger, budget);)
            budget = slice;
        return {nearest.found().begin(), nearest.found().end()};
    }
    // Of every live edge there is, the nearest of each account, and those that have none.
    std::set<AccountId> nearest_of_all(std::size_t most) {
        const Bands& bands = world.engine.bands();
        std::map<AccountId, std::uint64_t> nearest;
        for (std::uint32_t i = 0; i < bands.instrument_count(); ++i) {
            const Wide mark = world.engine.ledger().instrument(InstrumentId{i}).prices.mark.raw;
            for (const EdgeSide side : {EdgeSide::low, EdgeSide::high}) {
                const EdgeShelves& shelves = bands.edges_of(InstrumentId{i}, side);
                for (std::uint32_t shelf = 0; shelf < 40'000; ++shelf) {
                    for (const Edge& edge : shelves.edges_on(shelf)) {
                        if (!bands.is_live(edge)) continue;
                        const Wide apart = edge.price.raw - mark;
                        const auto distance = static_cast<std::uint64_t>(
                            (apart < 0 ? -apart : apart) * 1'000'000'000 / mark);
                        const auto at = nearest.try_emplace(AccountId{edge.account}, distance);
                        at.first->second = std::min(at.first->second, distance);
                    }
                }
            }
        }
        const Watchers& watchers = world.engine.watchers();
        for (std::size_t slot = 0; slot < watchers.slots(); ++slot) {
            const auto watching = watchers.watching(slot);
            if (watching) nearest[watching->account] = std::uint64_t{watching->width} * 10;
        }
        std::vector<std::pair<std::uint64_t, AccountId>> sorted;
        for (const auto& [account, distance] : nearest)
            sorted.emplace_back(distance, account);
        std::sort(sorted.begin(), sorted.end());
        std::set<AccountId> chosen;
        for (std::size_t i = 0; i < std::min(most, sorted.size()); ++i)
            chosen.insert(sorted[i].second);
        return chosen;
    }

    static constexpr int accounts = 300;
    World world;
    std::mt19937_64 random{20'261'122};
    std::int64_t bitcoin_{50'000};
    std::int64_t ether_{2'000};
};

TEST_F(NearestEdgesTest, are_those_of_a_sweep_over_all_edges) {
    for (std::uint32_t most = 1; most < 60; most += 3) {
        walk(50);
        const std::vector<AccountId> seen = found(most, 7);
        EXPECT_EQ(seen, found(most, 1'000'000)) << "whatever the slices";
        const std::set<AccountId> of_edges = nearest_of_all(most);
        ASSERT_EQ(of_edges.size(), most);
        for (const AccountId account : of_edges)
            EXPECT_TRUE(std::binary_search(seen.begin(), seen.end(), account)) << account.raw;
        // Beside them there are at most so many who stay awake or stand on a rung that closes.
        EXPECT_LE(seen.size(), 2 * most);
        for (const AccountId account : seen) {
            if (of_edges.contains(account)) continue;
            EXPECT_GE(world.engine.ledger().account(account).stage, Stage::reduce);
        }
    }
}

// Everyone with something at stake is somewhere, so with room for all the riskiest is among them.
TEST_F(NearestEdgesTest, with_room_for_all_have_everyone_with_a_position) {
    walk(200);
    const std::vector<AccountId> seen = found(accounts, 64);
    std::vector<AccountId> wanted;
    for (std::uint32_t i = 0; i < world.engine.ledger().account_count(); ++i) {
        const Account& account = world.engine.ledger().account(AccountId{i});
        const bool holds =
            std::any_of(account.positions.begin(), account.positions.end(),
                        [](const Position& position) { return position.quantity.raw != 0; });
        if (holds) wanted.push_back(account.id);
    }
    EXPECT_EQ(seen, wanted);
}

TEST_F(NearestEdgesTest, have_those_first_whom_a_price_woke_and_who_wait) {
    world.engine.set_judged_at_once(0);
    for (int i = 0; i < 12; ++i) {
        bitcoin_ = bitcoin_ * 98 / 100;
        world.price("BTC-PERP", bitcoin_);
    }
    std::vector<Woken> waiting;
    for (const Woken& each : world.engine.waiting())
        if (world.engine.bands().is_current(each)) waiting.push_back(each);
    ASSERT_GT(waiting.size(), 20U);
    std::sort(waiting.begin(), waiting.end(), is_more_urgent);
    const std::vector<AccountId> seen = found(10, 100);
    for (std::size_t i = 0; i < 10; ++i)
        EXPECT_TRUE(std::binary_search(seen.begin(), seen.end(), waiting[i].account)) << i;
}

TEST_F(NearestEdgesTest, have_the_riskiest_of_those_who_stay_awake) {
    world.rules.claim(0, 0);
    for (int i = 0; i < accounts; ++i) {
        const std::string name = "n" + std::to_string(i);
        world.deposit(name, "USDT", 1);  // judged anew, and there is no claim to sleep on
    }
    walk(20);
    std::vector<AccountId> all;
    for (std::uint32_t i = 0; i < world.engine.ledger().account_count(); ++i) {
        const Account& account = world.engine.ledger().account(AccountId{i});
        if (account.last_margin.maintenance_margin.raw > 0) all.push_back(account.id);
    }
    std::sort(all.begin(), all.end(), [&](AccountId a, AccountId b) {
        return is_riskier(world.engine.ledger().account(a).last_margin,
                          world.engine.ledger().account(b).last_margin);
    });
    all.resize(15);
    std::sort(all.begin(), all.end());
    EXPECT_EQ(found(15, 33), all);
}

TEST_F(NearestEdgesTest, of_nobody_are_none) {
    EXPECT_TRUE(found(0, 5).empty());
}

}  // namespace
}  // namespace riskd
