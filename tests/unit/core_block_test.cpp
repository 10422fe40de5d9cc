#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "riskd/core/block.hpp"
#include "tests/model/random_source.hpp"

namespace riskd {
namespace {

struct Row {
    std::uint64_t value{};
    std::uint64_t copy{};
};

TEST(BlockTest, keeps_its_rows_in_order_while_others_grow_beside_it) {
    model::RandomSource random{1};
    BlockStore store;
    std::deque<Block<Row>> blocks(100);
    std::vector<std::vector<std::uint64_t>> expected(blocks.size());
    for (std::uint64_t n = 0; n < 40'000; ++n) {
        const std::size_t b = random.below(blocks.size());
        const std::size_t at = random.below(expected[b].size() + 1);
        expected[b].insert(expected[b].begin() + static_cast<std::ptrdiff_t>(at), n);
        EXPECT_EQ(blocks[b].insert(store, at, {n, n}).value, n);
    }
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        std::vector<std::uint64_t> rows;
        for (const Row& row : blocks[b]) {
            EXPECT_EQ(row.value, row.copy);
            rows.push_back(row.value);
        }
        EXPECT_EQ(rows, expected[b]);
    }
}

TEST(BlockTest, takes_again_what_another_gave_back) {
    BlockStore store;
    for (int round = 0; round < 10'000; ++round) {
        std::byte* small = store.take(100);
        std::byte* large = store.take(200'000);
        store.give_back(small, 100);
        store.give_back(large, 200'000);
        EXPECT_EQ(store.take(112), small);
        EXPECT_EQ(store.take(262'144), large);
        store.give_back(small, 112);
        store.give_back(large, 262'144);
    }
    EXPECT_LE(store.bytes_held(), std::size_t{2} << 20);
}

TEST(BlockTest, of_many_owners_costs_little_more_than_the_rows) {
    BlockStore store;
    std::deque<Block<Row>> blocks(10'000);
    constexpr std::size_t rows = 5;
    for (std::size_t n = 0; n < rows; ++n) {
        for (Block<Row>& block : blocks)
            block.append(store, {n, n});
    }
    const std::size_t bytes = blocks.size() * rows * sizeof(Row);
    EXPECT_LE(store.bytes_held(), bytes * 3 / 2 + (std::size_t{4} << 20));
}

TEST(BlockTest, appends_a_row_of_its_own) {
    BlockStore store;
    Block<Row> block;
    block.append(store, {7, 7});
    for (int n = 0; n < 100; ++n)
        block.append(store, block[0]);
    for (const Row& row : block)
        EXPECT_EQ(row.value, 7U);
}

TEST(StoredTextTest, is_what_was_stored) {
    BlockStore store;
    EXPECT_TRUE(StoredText{}.empty());
    std::vector<StoredText> texts;
    for (std::size_t size = 0; size <= 255; ++size)
        texts.emplace_back(store, std::string(size, 'x'));
    for (std::size_t size = 0; size <= 255; ++size)
        EXPECT_EQ(texts[size].view(), std::string(size, 'x'));
}

}  // namespace
}  // namespace riskd
