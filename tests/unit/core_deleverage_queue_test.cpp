// The places that clients are shown: from counts by score, never better than they are by more than
// a step, and what a scan of the accounts counts.
#include <gtest/gtest.h>
#include <algorithm>

#include "riskd/core/deleverage.hpp"
#include "riskd/core/deleverage_queue.hpp"
#include "tests/model/random_source.hpp"

namespace riskd {
namespace {

constexpr std::int64_t whole_score = 1'000'000'000;
constexpr InstrumentId btc{3};

DeleverageQueue::Entry long_with(std::int64_t score) {
    return {.instrument = btc, .is_long = true, .score = score};
}

TEST(DeleverageQueueTest, the_rank_is_how_many_are_clearly_ahead_and_one) {
    DeleverageQueue queue;
    for (const std::int64_t score :
         {-3 * whole_score, -whole_score, std::int64_t{0}, whole_score / 2, 2 * whole_score})
        queue.count(long_with(score));
    queue.count({.instrument = btc, .is_long = false, .score = 9 * whole_score});
    queue.count({.instrument = {1}, .is_long = true, .score = 9 * whole_score});
    EXPECT_EQ(queue.place(long_with(2 * whole_score)),
              (QueuePlace{.rank = 1, .of = 5, .lights = 5}));
    EXPECT_EQ(queue.place(long_with(whole_score / 2)),
              (QueuePlace{.rank = 2, .of = 5, .lights = 4}));
    EXPECT_EQ(queue.place(long_with(0)), (QueuePlace{.rank = 3, .of = 5, .lights = 3}));
    EXPECT_EQ(queue.place(long_with(-whole_score)), (QueuePlace{.rank = 4, .of = 5, .lights = 2}));
    EXPECT_EQ(queue.place(long_with(-3 * whole_score)),
              (QueuePlace{.rank = 5, .of = 5, .lights = 1}));
}

TEST(DeleverageQueueTest, a_position_that_came_since_the_pass_has_a_place_too) {
    DeleverageQueue queue;
    EXPECT_EQ(queue.place(long_with(whole_score)), (QueuePlace{.rank = 1, .of = 1, .lights = 5}));
    queue.count(long_with(5 * whole_score));
    EXPECT_EQ(queue.place(long_with(whole_score)), (QueuePlace{.rank = 2, .of = 2, .lights = 3}));
    queue.clear();
    EXPECT_EQ(queue.place(long_with(whole_score)), (QueuePlace{.rank = 1, .of = 1, .lights = 5}));
}

TEST(DeleverageQueueTest, the_ends_of_the_scale_are_steps_like_others) {
    DeleverageQueue queue;
    for (const std::int64_t score : {score_max, std::int64_t{1}, -score_max})
        queue.count(long_with(score));
    EXPECT_EQ(queue.place(long_with(score_max)).rank, 1U);
    EXPECT_EQ(queue.place(long_with(0)).rank, 2U);
    EXPECT_EQ(queue.place(long_with(-score_max)).rank, 3U);
}

// Against a sorted list: nobody is shown ahead of where he is by more than those within a quarter.
TEST(DeleverageQueueTest, random_scores_are_placed_as_a_sorted_list_has_them_within_a_step) {
    constexpr std::uint64_t seed = 3;
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    model::RandomSource random{seed};
    std::vector<std::int64_t> scores;
    DeleverageQueue queue;
    for (int i = 0; i < 2'000; ++i) {
        const std::int64_t most = std::int64_t{1} << random.between(11, 41);
        scores.push_back(random.between(-most, most));
        queue.count(long_with(scores.back()));
    }
    for (const std::int64_t score : scores) {
        const std::int64_t near = std::max<std::int64_t>(std::abs(score) / 4, 2'048) + 1;
        const auto above = std::count_if(scores.begin(), scores.end(),
                                         [&](std::int64_t each) { return each > score; });
        const auto clearly = std::count_if(scores.begin(), scores.end(),
                                           [&](std::int64_t each) { return each > score + near; });
        const QueuePlace place = queue.place(long_with(score));
        EXPECT_LE(place.rank, static_cast<std::uint64_t>(above) + 1);
        EXPECT_GE(place.rank, static_cast<std::uint64_t>(clearly) + 1);
        EXPECT_EQ(place.of, scores.size());
    }
}

}  // namespace
}  // namespace riskd
