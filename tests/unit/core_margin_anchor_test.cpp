// What follows from an anchor and the marks: by hand, and against margins made up as far as the
// claims of a rule allow.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "riskd/core/margin_anchors.hpp"
#include "riskd/core/margin_watchers.hpp"
#include "tests/model/random_source.hpp"

namespace riskd {
namespace {

using model::RandomSource;

class AnchorTest : public ::testing::Test {
protected:
    std::optional<AnchorReach> reach(double raw) const {
        const Price mark{std::llround(raw)};
        return reach_of(anchor, {&source, 1}, {&mark, 1}, width_max);
    }
    static double share(BandWidth width) { return static_cast<double>(width) / whole_width; }

    // The example of margin_anchor.hpp, in quanta of a millionth.
    Anchor anchor{.equity = 1'000e6,
                  .maintenance_margin = 250e6,
                  .equity_rounding = 0,
                  .maintenance_rounding = 0,
                  .slope = 0.5,
                  .falling = 0,
                  .healthy = true,
                  .held = {.least = -1, .most = 1}};
    AnchorSource source{.per_price = 5'000e6 / 100e6, .mark = 100e6, .instrument = InstrumentId{0}};
};

TEST_F(AnchorTest, of_longs_only_a_fall_matters_while_the_slope_is_below_the_rung) {
    ASSERT_TRUE(reach(100e6));
    EXPECT_NEAR(share(reach(100e6)->adverse), 0.15, 1e-6);
    EXPECT_EQ(reach(100e6)->favourable, no_edge);
    // After a fall of 5 % another 10 % of the first price are left.
    EXPECT_NEAR(share(reach(95e6)->adverse), 10.0 / 95, 1e-6);
    EXPECT_FALSE(reach(84e6)) << "beyond the edge";
    anchor.held.most = 0.4;
    EXPECT_FALSE(reach(100e6)) << "a rise might need more than the rung allows";
}

TEST_F(AnchorTest, of_shorts_only_a_rise_matters_and_it_adds_to_the_margin) {
    source.per_price = -source.per_price;
    ASSERT_TRUE(reach(100e6));
    EXPECT_NEAR(share(reach(100e6)->adverse), 0.1, 1e-6) << "1,000 - 5,000 w = 250 + 2,500 w";
    EXPECT_EQ(reach(100e6)->favourable, no_edge);
}

TEST_F(AnchorTest, on_a_rung_each_side_has_a_width_of_its_own) {
    anchor.healthy = false;
    anchor.maintenance_margin = 850e6;
    anchor.held = {.least = 0.8, .most = 0.9};
    ASSERT_TRUE(reach(100e6));
    EXPECT_NEAR(share(reach(100e6)->adverse), 50 / 4'500.0, 1e-6) << "850 = 0.9 (1,000 - 5,000 w)";
    EXPECT_NEAR(share(reach(100e6)->favourable), 50 / 4'000.0, 1e-6)
        << "850 = 0.8 (1,000 + 5,000 w)";
    anchor.held.most = std::numeric_limits<double>::infinity();
    EXPECT_NEAR(share(reach(100e6)->adverse), 0.2, 1e-6) << "the equity ends there";
    anchor.equity = -100e6;
    EXPECT_EQ(reach(100e6)->adverse, no_edge);
    EXPECT_NEAR(share(reach(100e6)->favourable), 0.02, 1e-6) << "and begins there";
}

TEST_F(AnchorTest, rounding_counts_against_it_and_a_price_far_off_says_nothing) {
    anchor.equity_rounding = 100e6;
    anchor.maintenance_rounding = 150e6;
    ASSERT_TRUE(reach(100e6));
    EXPECT_NEAR(share(reach(100e6)->adverse), 0.1, 1e-6) << "900 - 5,000 w = 400";
    EXPECT_FALSE(reach(201e6));
    EXPECT_FALSE(reach(49e6));
}

// An account whose margin moves with each notional by slopes of chance, as far as they are claimed.
class ChanceAccount {
public:
    explicit ChanceAccount(std::uint64_t seed) : random_{seed} {
        anchor.slope = 0.1 + 0.3 * random_.unit();
        anchor.falling = random_.one_in(2) ? 0 : 0.2 * random_.unit();
        for (std::int64_t count = random_.between(1, 4); count > 0; --count) {
            const double mark = std::round(1e9 * (1 + 9 * random_.unit()));
            const double value = 1e9 * (0.1 + random_.unit()) * (random_.one_in(3) ? -1 : 1);
            sources.push_back({.per_price = value / mark,
                               .mark = mark,
                               .instrument = InstrumentId{static_cast<std::uint32_t>(count)}});
            knots_.emplace_back();
            for (double& slope : knots_.back())
                slope = -anchor.falling + (anchor.slope + anchor.falling) * random_.unit();
        }
        marks = marks_at_anchor();
        anchor.healthy = random_.one_in(2);
        const double low = 0.5 + 0.3 * random_.unit();
        anchor.held = {.least = anchor.healthy ? -1 : low,
                       .most = low + 0.02 + 0.2 * random_.unit()};
        if (!anchor.healthy && random_.one_in(3)) {
            anchor.held.most = std::numeric_limits<double>::infinity();
        }
        double size = 0;
        for (const AnchorSource& source : sources)
            size += std::fabs(source.per_price) * source.mark;
        anchor.maintenance_margin = size * (0.02 + 0.1 * random_.unit());
        const double top = std::min(anchor.held.most, 2.0);
        const double ratio =
            anchor.healthy ? top * random_.unit() : low + (top - low) * random_.unit();
        anchor.equity = anchor.maintenance_margin / std::max(ratio, 0.05);
    }

    std::vector<Price> marks_at_anchor() const {
        std::vector<Price> at;
        for (const AnchorSource& source : sources)
            at.push_back({std::llround(source.mark)});
        return at;
    }

    // Of what a rule would say at these marks.
    double ratio() const {
        double equity = anchor.equity;
        double margin = anchor.maintenance_margin;
        for (std::size_t i = 0; i < sources.size(); ++i) {
            equity += sources[i].gain_at(marks[i]);
            margin += moved(knots_[i], std::fabs(sources[i].per_price) * sources[i].mark,
                            std::fabs(sources[i].per_price) * static_cast<double>(marks[i].raw));
        }
        return equity > 0 ? std::max(margin, 0.0) / equity : 1e9;
    }
    bool keeps_stage() const { return ratio() <= anchor.held.most && ratio() >= anchor.held.least; }

    // Anywhere inside: adverse moves up to the edge, and the others as far as theirs.
    void move_within(const AnchorReach& reach, const std::vector<Price>& from) {
        for (std::size_t i = 0; i < sources.size(); ++i) {
            const bool is_long = sources[i].per_price > 0;
            const BandWidth below = is_long ? reach.adverse : reach.favourable;
            const BandWidth above = is_long ? reach.favourable : reach.adverse;
            const double chance = random_.one_in(3) ? 1 : random_.unit();
            const bool down = random_.one_in(2);
            const BandWidth width = down ? below : above;
            const double share =
                width == no_edge ? (down ? 0.5 : 1.0) : static_cast<double>(width) / whole_width;
            const double moved = 1 + (down ? -1 : 1) * share * chance;
            // Edges are rounded to the near side.
            const double raw = static_cast<double>(from[i].raw) * moved;
            marks[i] = {static_cast<std::int64_t>(down ? std::ceil(raw) : std::floor(raw))};
        }
    }
    void walk(double step) {
        const std::size_t i = random_.below(sources.size());
        const double moved = 1 + step * (2 * random_.unit() - 1);
        marks[i] = {std::llround(static_cast<double>(marks[i].raw) * moved)};
        walked = i;
    }

    Anchor anchor;
    std::vector<AnchorSource> sources;
    std::vector<Price> marks;
    std::size_t walked{};

private:
    using Knots = std::array<double, 16>;
    // The integral of a slope that changes every 1/16 of the notional at the anchor.
    static double moved(const Knots& knots, double from, double to) {
        const double low = std::min(from, to);
        const double high = std::max(from, to);
        double sum = 0;
        for (double at = low; at < high;) {
            const double part = std::floor(at / (from / 16) + 1e-9);
            const double end = std::min((part + 1) * from / 16, high);
            sum += knots[static_cast<std::size_t>(part) % knots.size()] * (end - at);
            at = end;
        }
        return to > from ? sum : -sum;
    }

    RandomSource random_;
    std::vector<Knots> knots_;
};

TEST(AnchorProofTest, wherever_marks_go_inside_the_edges_the_stage_is_kept) {
    int held = 0;
    for (std::uint64_t seed = 1; seed <= 3'000; ++seed) {
        ChanceAccount account{seed};
        auto reach = reach_of(account.anchor, account.sources, account.marks, width_max);
        if (!reach) continue;
        ++held;
        // Three times from where it then is: new edges from the same anchor.
        for (int turn = 0; turn < 3 && reach; ++turn) {
            const std::vector<Price> from = account.marks;
            for (int i = 0; i < 40; ++i) {
                account.move_within(*reach, from);
                ASSERT_TRUE(account.keeps_stage()) << "seed " << seed << ", " << account.ratio();
            }
            reach = reach_of(account.anchor, account.sources, account.marks, width_max);
        }
    }
    EXPECT_GT(held, 2'000);
}

// Mark by mark the same as from the anchor.
TEST(WatchersTest, who_has_room_left_by_the_anchor_goes_on_watching_and_no_other) {
    constexpr BandWidth far = 100'000;
    int left = 0;
    int stayed = 0;
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        ChanceAccount account{seed};
        if (!reach_of(account.anchor, account.sources, account.marks, width_max)) continue;
        Watchers watchers;
        watchers.watch(AccountId{7}, account.anchor, account.sources, account.marks, far);
        for (int step = 0; step < 200; ++step) {
            account.walk(0.001);
            const std::size_t i = account.walked;
            std::vector<AccountId> leaving;
            watchers.see(account.sources[i].instrument, account.marks[i], leaving);
            const auto reach = reach_of(account.anchor, account.sources, account.marks, width_max);
            // How far is far enough is reckoned once, at the marks where the watch began.
            const BandWidth width = reach ? std::min(reach->adverse, reach->favourable) : 0;
            const bool is_about_far = reach && width > far * 8 / 10 && width < far * 12 / 10;
            if (!is_about_far) {
                ASSERT_EQ(!leaving.empty(), !reach || width > far)
                    << "seed " << seed << " step " << step;
            }
            ++(leaving.empty() ? stayed : left);
        }
        watchers.drop(AccountId{7});
        std::vector<AccountId> leaving;
        watchers.see(account.sources[0].instrument, {1}, leaving);
        ASSERT_TRUE(leaving.empty()) << "it was dropped";
    }
    EXPECT_GT(left, 1'000);
    EXPECT_GT(stayed, 100);
}

TEST(AnchorsTest, a_row_is_kept_until_dropped_and_used_again) {
    Anchors anchors;
    const std::vector<AnchorSource> two(2);
    const std::vector<AnchorSource> three(3);
    anchors.keep(AccountId{5}, {.equity = 1}, two);
    anchors.keep(AccountId{2}, {.equity = 2}, three);
    ASSERT_NE(anchors.find(AccountId{5}), nullptr);
    EXPECT_EQ(anchors.find(AccountId{5})->sources.size(), 2U);
    EXPECT_EQ(anchors.find(AccountId{2})->anchor.equity, 2);
    EXPECT_EQ(anchors.find(AccountId{9}), nullptr);
    anchors.drop(AccountId{5});
    EXPECT_EQ(anchors.find(AccountId{5}), nullptr);
    anchors.keep(AccountId{9}, {.equity = 3}, three);
    EXPECT_EQ(anchors.find(AccountId{9})->sources.size(), 3U);
    EXPECT_EQ(anchors.size(), 2U);
    anchors.clear();
    EXPECT_EQ(anchors.find(AccountId{2}), nullptr);
    EXPECT_EQ(anchors.size(), 0U);
}

}  // namespace
}  // namespace riskd
