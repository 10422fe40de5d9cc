// The shelves of edges, the bands, and how wide they may be: against the plain meaning of each.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "riskd/core/bands.hpp"
#include "riskd/core/margin_reach.hpp"
#include "tests/model/random_source.hpp"

namespace riskd {
namespace {

using model::RandomSource;

// What shelves must give back, looked up one by one.
class PlainEdges {
public:
    void put(const Edge& edge) { edges_.push_back(edge); }
    std::multiset<std::uint32_t> leave(EdgeSide side, Price mark,
                                       const std::vector<std::uint32_t>& turns) {
        std::multiset<std::uint32_t> left;
        std::erase_if(edges_, [&](const Edge& edge) {
            const bool out = side == EdgeSide::low ? mark < edge.price : mark > edge.price;
            if (out && turns[edge.account] == edge.turn) left.insert(edge.account);
            return out;
        });
        return left;
    }
    std::size_t live(const std::vector<std::uint32_t>& turns) const {
        return static_cast<std::size_t>(
            std::count_if(edges_.begin(), edges_.end(),
                          [&](const Edge& edge) { return turns[edge.account] == edge.turn; }));
    }

private:
    std::vector<Edge> edges_;
};

void walk(EdgeSide side, std::uint64_t seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomSource random{seed};
    constexpr std::uint32_t accounts = 500;
    std::vector<std::uint32_t> turns(accounts);
    EdgeShelves shelves{side};
    PlainEdges plain;
    std::int64_t mark = std::int64_t{1} << random.between(3, 50);
    std::vector<Edge> left;
    std::vector<EdgeShelves::Shelf> passed;
    for (int step = 0; step < 3'000; ++step) {
        const auto account = static_cast<std::uint32_t>(random.below(accounts));
        const std::int64_t away = random.between(0, mark / 4);
        const std::int64_t price = side == EdgeSide::low ? mark - away : mark + away;
        const Edge edge{{std::max<std::int64_t>(price, 1)}, account, ++turns[account]};
        shelves.put(edge, turns);
        plain.put(edge);
        if (random.percent(60)) continue;
        const std::int64_t span = random.percent(5) ? mark / 2 : mark / 200;
        mark = std::max<std::int64_t>(mark + random.between(-span, span), 1);
        left.clear();
        passed.clear();
        shelves.leave({mark}, turns, left, passed);
        std::multiset<std::uint32_t> seen;
        for (const Edge& each : left)
            seen.insert(each.account);
        for (const EdgeShelves::Shelf& shelf : passed) {
            for (const Edge& each : shelf) {
                if (turns[each.account] == each.turn) seen.insert(each.account);
            }
        }
        ASSERT_EQ(seen, plain.leave(side, {mark}, turns)) << "step " << step;
        ASSERT_LE(shelves.size(), 4 * plain.live(turns) + 2'048);
    }
}

TEST(EdgeShelvesTest, give_back_what_a_price_leaves_as_a_plain_list_does) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        walk(EdgeSide::low, seed);
        walk(EdgeSide::high, seed);
    }
}

TEST(EdgeShelvesTest, edges_given_up_are_bounded_however_often_accounts_lie_down_anew) {
    std::vector<std::uint32_t> turns(1'000);
    EdgeShelves shelves{EdgeSide::low};
    std::vector<Edge> left;
    std::vector<EdgeShelves::Shelf> passed;
    std::size_t most = 0;
    for (std::int64_t round = 0; round < 1'000; ++round) {
        const std::int64_t mark = 1'000'000 + 300 * round;
        shelves.leave({mark}, turns, left, passed);
        for (std::uint32_t account = 0; account < 1'000; account += 7) {
            shelves.put({{mark - 1'000 - 97 * std::int64_t{account}}, account, ++turns[account]},
                        turns);
            shelves.leave({mark}, turns, left, passed);
        }
        most = std::max(most, shelves.size());
    }
    EXPECT_LE(most, 4U * 1'000U) << "of 143,000 that were put";
}

class BandsTest : public ::testing::Test {
protected:
    std::vector<std::uint32_t> woken_by(std::uint32_t instrument, std::int64_t mark) {
        std::vector<Woken> woken;
        bands.leave(InstrumentId{instrument}, {mark}, woken);
        while (bands.edges_passed() != 0)
            bands.take_passed(1, woken);
        std::sort(woken.begin(), woken.end(), is_more_urgent);
        std::vector<std::uint32_t> accounts;
        for (const Woken& each : woken)
            accounts.push_back(each.account.raw);
        return accounts;
    }
    void sleep(std::uint32_t account, std::vector<BandSource> sources, BandWidth width) {
        for (BandSource& source : sources)
            source.below = source.above = width;
        bands.sleep(AccountId{account}, sources);
    }
    using Accounts = std::vector<std::uint32_t>;
    Bands bands;
};

TEST_F(BandsTest, five_per_cent_down_or_up_wakes_and_the_edge_itself_does_not) {
    sleep(3, {{InstrumentId{0}, {1'000}}}, 5'000'000);
    EXPECT_EQ(woken_by(0, 950), Accounts{});
    EXPECT_EQ(woken_by(0, 1'050), Accounts{});
    EXPECT_EQ(woken_by(0, 949), Accounts{3});
    EXPECT_EQ(woken_by(0, 500), Accounts{}) << "it is awake already";
    sleep(3, {{InstrumentId{0}, {1'000}}}, 5'000'000);
    EXPECT_EQ(woken_by(0, 1'051), Accounts{3});
}

TEST_F(BandsTest, any_of_its_instruments_wakes_an_account_and_only_once) {
    sleep(1, {{InstrumentId{0}, {1'000}}, {InstrumentId{7}, {200}}}, 10'000'000);
    EXPECT_EQ(woken_by(7, 179), Accounts{1});
    EXPECT_EQ(woken_by(0, 100), Accounts{});
}

TEST_F(BandsTest, of_no_width_wakes_at_any_other_price) {
    sleep(1, {{InstrumentId{0}, {1'000}}}, 0);
    EXPECT_EQ(woken_by(0, 1'000), Accounts{});
    EXPECT_EQ(woken_by(0, 1'001), Accounts{1});
}

TEST_F(BandsTest, who_stays_awake_is_woken_by_the_same_price_too) {
    const std::vector<BandSource> sources{{InstrumentId{0}, {1'000}}};
    bands.stay_awake(AccountId{4}, sources);
    EXPECT_EQ(bands.accounts_awake(), 1U);
    EXPECT_EQ(woken_by(0, 1'000), Accounts{4});
    EXPECT_EQ(woken_by(0, 1'000), Accounts{}) << "until it is put down again";
    bands.watch(AccountId{4}, sources);
    EXPECT_EQ(woken_by(0, 1'000), Accounts{4});
    bands.forget(AccountId{4});
    EXPECT_EQ(woken_by(0, 1), Accounts{});
    EXPECT_EQ(bands.accounts_awake(), 0U);
}

TEST_F(BandsTest, the_first_price_wakes_who_slept_without_one) {
    sleep(2, {{InstrumentId{5}, {}}}, 5'000'000);
    EXPECT_EQ(woken_by(5, 77), Accounts{2});
}

TEST_F(BandsTest, most_endangered_is_who_is_farthest_out_in_widths_of_its_band) {
    sleep(1, {{InstrumentId{0}, {1'000'000}}}, 10'000'000);  // edge 900,000
    sleep(2, {{InstrumentId{0}, {1'000'000}}}, 1'000'000);   // edge 990,000
    sleep(3, {{InstrumentId{0}, {1'000'000}}}, 11'000'000);  // edge 890,000
    const std::vector<BandSource> sources{{InstrumentId{0}, {1'000'000}}};
    bands.stay_awake(AccountId{9}, sources);
    EXPECT_EQ(woken_by(0, 880'000), (Accounts{9, 2, 1, 3}));
}

// A ladder of one rung: reduce from a margin ratio of one.
class OneRung final : public Rulebook {
public:
    double rung{1};
    bool reads_ratio_alone{};

    std::string_view hash() const noexcept override { return "one rung"; }
    std::span<const RuleInfo> rules() const noexcept override { return {}; }
    std::span<const WindowSpec> windows() const noexcept override { return {}; }
    RuleId margin_rule() const noexcept override { return no_rule; }
    RuleId collateral_rule() const noexcept override { return no_rule; }
    RuleId liquidation_rule() const noexcept override { return RuleId{0}; }
    bool ladder_is_monotone() const noexcept override { return true; }
    bool ladder_reads_ratio_alone() const noexcept override { return reads_ratio_alone; }
    std::span<const RuleId> check_rules() const noexcept override { return {}; }
    void check(const CheckQuestion&, std::span<CheckAnswer>) noexcept override {}
    void margin(std::span<const MarginQuestion>, std::span<MarginAnswer>) noexcept override {}
    void collateral(std::span<const CollateralQuestion>,
                    std::span<CollateralAnswer>) noexcept override {}
    void stage(std::span<const StageQuestion> questions,
               std::span<StageAnswer> answers) noexcept override {
        for (std::size_t i = 0; i < questions.size(); ++i) {
            const bool over = questions[i].account.margin_ratio >= rung;
            answers[i] = {.stage = over ? Stage::reduce : Stage::healthy};
        }
    }
};

using Widths = std::optional<BandWidth>;

// A ladder that reads more than the ratio is asked at a few widths.
TEST(ReachTest, the_widest_band_ends_before_the_corner_where_the_stage_changes) {
    Asset currency{.unit = 1};
    const Sleeper sleeper{.margin = {.equity = {1'000}, .maintenance_margin = {250}},
                          .gross_exposure = {5'000},
                          .moves = {.equity = {.per_move = 5'000},
                                    .maintenance_margin = {.per_move = 5'000},
                                    .gross_exposure = {.per_move = 5'000}},
                          .currency = &currency};
    OneRung ladder;
    Reach reach;
    Widths width;
    reach.widths(ladder, {&sleeper, 1}, {&width, 1});
    ASSERT_TRUE(width) << "1,000 - 5,000 w = 250 + 5,000 w";
    EXPECT_LE(*width, 7'500'000U);
    EXPECT_GE(*width, 6'000'000U) << "within a part of eight";
    // One that reads the ratio alone says where it changes.
    ladder.reads_ratio_alone = true;
    reach.widths(ladder, {&sleeper, 1}, {&width, 1});
    ASSERT_TRUE(width);
    EXPECT_LE(*width, 7'500'000U);
    EXPECT_GE(*width, 7'499'000U);
}

TEST(ReachTest, who_is_not_on_the_stage_that_the_ladder_says_gets_no_band) {
    Asset currency{.unit = 1};
    Sleeper sleeper{.margin = {.equity = {100}, .maintenance_margin = {250}},
                    .currency = &currency};
    OneRung ladder;
    for (const bool reads_ratio_alone : {false, true}) {
        ladder.reads_ratio_alone = reads_ratio_alone;
        Reach reach;
        Widths width;
        sleeper.question.account.stage = 0;
        reach.widths(ladder, {&sleeper, 1}, {&width, 1});
        EXPECT_FALSE(width);
        sleeper.question.account.stage = static_cast<std::int32_t>(Stage::reduce);
        reach.widths(ladder, {&sleeper, 1}, {&width, 1});
        ASSERT_TRUE(width);
        EXPECT_EQ(*width, width_max) << "nothing moves it";
    }
}

// Two accounts on ladders of their own: what was seen of one is a guess for the other, no answer.
TEST(ReachTest, a_ladder_keeps_a_stage_up_to_the_last_number_before_its_rung) {
    OneRung ladder;
    Reach reach;
    std::array<StageQuestion, 3> questions;
    questions[0].account.margin_ratio = 0.3;
    questions[1].account.margin_ratio = 1.5;
    questions[1].account.stage = static_cast<std::int32_t>(Stage::reduce);
    questions[2].account.margin_ratio = 1.5;
    std::array<std::optional<HeldRatios>, 3> held;
    for (const double rung : {1.0, 0.75, 1.25}) {
        ladder.rung = rung;
        reach.ratios(ladder, questions, false, held);
        ASSERT_TRUE(held[0]);
        EXPECT_EQ(held[0]->most, std::nextafter(rung, 0.0));
        EXPECT_LT(held[0]->least, 0) << "there is none below healthy";
        ASSERT_TRUE(held[1]);
        EXPECT_EQ(held[1]->least, rung);
        EXPECT_EQ(held[1]->most, std::numeric_limits<double>::infinity());
        EXPECT_FALSE(held[2]) << "not on the stage that the ladder says";
    }
}

}  // namespace
}  // namespace riskd
