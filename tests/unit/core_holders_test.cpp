#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

#include "riskd/core/holders.hpp"
#include "tests/model/random_source.hpp"

namespace riskd {
namespace {

using Key = std::pair<std::uint32_t, PositionSide>;

std::vector<Holder> all(const HolderList& list) {
    std::vector<Holder> rows;
    for (const Holder& holder : list)
        rows.push_back(holder);
    return rows;
}

Holder holder(std::uint32_t account, PositionSide side = {}, std::uint32_t slot = 0) {
    return {.account = AccountId{account}, .side = side, .slot = slot};
}

TEST(HolderListTest, of_nobody_is_empty) {
    const HolderList list;
    EXPECT_TRUE(list.empty());
    EXPECT_TRUE(all(list).empty());
}

TEST(HolderListTest, has_its_rows_in_order_of_account_and_side_however_they_came) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        SCOPED_TRACE(seed);
        model::RandomSource random{seed};
        const bool rising = seed % 2 == 0;  // as accounts come when positions are read back
        HolderList list;
        std::map<Key, std::uint32_t> expected;
        std::uint32_t latest = 0;
        while (expected.size() < 5'000) {
            latest += static_cast<std::uint32_t>(random.below(3));
            const auto account =
                rising ? latest : static_cast<std::uint32_t>(random.below(none_raw));
            const auto side = static_cast<PositionSide>(random.below(3));
            const auto slot = static_cast<std::uint32_t>(random.below(std::uint64_t{1} << 30));
            if (!expected.emplace(Key{account, side}, slot).second) continue;
            list.add(holder(account, side, slot));
        }
        ASSERT_EQ(list.size(), expected.size());
        std::vector<Holder> rows;
        for (const auto& [key, slot] : expected)
            rows.push_back(holder(key.first, key.second, slot));
        EXPECT_EQ(all(list), rows);
    }
}

TEST(HolderListTest, is_walked_once_through_while_rows_come_in) {
    HolderList list;
    for (std::uint32_t a = 0; a < 4'000; a += 4)
        list.add(holder(a));
    std::vector<std::uint32_t> seen;
    for (const Holder& row : list) {
        seen.push_back(row.account.raw);
        if (row.account.raw % 4 != 0) continue;
        list.add(holder(row.account.raw + 1));  // before the next one: is seen
        if (row.account.raw >= 4) list.add(holder(row.account.raw - 2));  // behind us: is not
    }
    std::vector<std::uint32_t> expected;
    for (std::uint32_t a = 0; a < 4'000; a += 4)
        expected.insert(expected.end(), {a, a + 1});
    EXPECT_EQ(seen, expected);
    EXPECT_EQ(list.size(), std::size_t{2'999});
}

}  // namespace
}  // namespace riskd
