// Scores of any figures, what is allotted to whom, and how a loss is shared: against the words of
// the header, worked out in rational numbers.
#include <gtest/gtest.h>
#include <algorithm>
#include <cstdlib>

#include "riskd/core/deleverage.hpp"
#include "tests/model/random_source.hpp"
#include "tests/unit/core_deleverage_formula.hpp"

namespace riskd {
namespace {

using model::RandomSource;
using test::cpp_int;
using test::cpp_rational;
using test::rounded_down;
using test::written_score;

TEST(LossSharingTest, the_examples_of_the_header) {
    const Money unit{1};
    EXPECT_EQ(adl_score({.unrealized_pnl = Money{20},
                         .entry_value = Money{-220},
                         .notional = Money{200},
                         .equity = Money{50}}),
              363'636'363);
    EXPECT_EQ(adl_score({.unrealized_pnl = Money{-20},
                         .entry_value = Money{220},
                         .notional = Money{200},
                         .equity = Money{50}}),
              -22'727'272);
    const std::vector<LossBearer> bearers{
        {.weight = unit, .cap = Money{2}}, {unit, Money{100}}, {unit, Money{100}}};
    const LossShares shared = share_loss(Money{10}, bearers);
    EXPECT_EQ(shared.shares, (std::vector{Money{2}, Money{4}, Money{4}}));
    EXPECT_EQ(shared.left, Money{});
}

TEST(LossSharingTest, a_score_of_any_figures_is_the_formula_cut_off) {
    constexpr std::uint64_t seed = 7;
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    RandomSource random{seed};
    const auto amount = [&] {
        const std::int64_t most = std::int64_t{1} << random.between(0, 62);
        return random.one_in(20) ? 0 : random.between(-most, most);
    };
    for (int i = 0; i < 20'000; ++i) {
        const Standing standing{.unrealized_pnl = Money{amount()},
                                .entry_value = Money{amount()},
                                .notional = Money{std::abs(amount())},
                                .equity = Money{amount()}};
        const cpp_int written = written_score(
            cpp_rational{standing.unrealized_pnl.raw}, cpp_rational{standing.entry_value.raw},
            cpp_rational{standing.notional.raw}, cpp_rational{standing.equity.raw});
        ASSERT_EQ(cpp_int{adl_score(standing)}, written)
            << standing.unrealized_pnl.raw << ' ' << standing.entry_value.raw << ' '
            << standing.notional.raw << ' ' << standing.equity.raw;
    }
}

TEST(LossSharingTest, the_last_gives_a_part_in_whole_lots) {
    const std::vector<Opponent> ranked{
        {.account = {4}, .quantity = Quantity{3}, .score = 9},
        {.account = {1}, .quantity = Quantity{10}, .score = 5},
        {.account = {2}, .quantity = Quantity{10}, .score = 4},
    };
    const Allotment made = allot(ranked, {.quantity = Quantity{8}, .lot = Quantity{2}});
    const std::vector<AllottedPart> parts{{.account = {4}, .quantity = Quantity{3}, .rank = 1},
                                          {.account = {1}, .quantity = Quantity{4}, .rank = 2}};
    EXPECT_EQ(made.parts, parts);
    EXPECT_EQ(made.left, Quantity{1});
    const Allotment all = allot(ranked, {.quantity = Quantity{30}, .lot = Quantity{2}});
    EXPECT_EQ(all.parts.size(), 3U);
    EXPECT_EQ(all.left, Quantity{7});
    EXPECT_TRUE(allot({}, {.quantity = Quantity{5}}).parts.empty());
}

// Rounds until nobody bears more than his cap, then the largest remainders.
std::vector<std::int64_t> written_shares(std::int64_t amount,
                                         const std::vector<LossBearer>& bearers) {
    std::vector<std::int64_t> shares(bearers.size());
    std::vector<bool> open(bearers.size());
    for (std::size_t i = 0; i < bearers.size(); ++i)
        open[i] = bearers[i].weight.raw > 0 && bearers[i].cap.raw > 0;
    std::vector<cpp_rational> exact;
    for (bool again = true; again;) {
        again = false;
        cpp_int rest = amount;
        cpp_int weights = 0;
        for (std::size_t i = 0; i < bearers.size(); ++i) {
            rest -= shares[i];
            if (open[i]) weights += bearers[i].weight.raw;
        }
        exact.assign(bearers.size(), cpp_rational{0});
        for (std::size_t i = 0; i < bearers.size(); ++i) {
            if (open[i]) exact[i] = cpp_rational{rest * bearers[i].weight.raw, weights};
        }
        for (std::size_t i = 0; i < bearers.size(); ++i) {
            if (!open[i] || exact[i] <= bearers[i].cap.raw) continue;
            shares[i] = bearers[i].cap.raw;
            open[i] = false;
            again = true;
        }
    }
    cpp_rational spare = 0;
    for (std::size_t i = 0; i < bearers.size(); ++i) {
        if (!open[i]) continue;
        shares[i] = static_cast<std::int64_t>(rounded_down(exact[i]));
        exact[i] -= shares[i];
        spare += exact[i];
    }
    for (; spare > 0; spare -= 1) {
        const auto most = std::max_element(exact.begin(), exact.end());
        ++shares[static_cast<std::size_t>(most - exact.begin())];
        *most = -1;
    }
    return shares;
}

TEST(LossSharingTest, a_loss_is_shared_to_the_quantum_and_nobody_bears_more_than_his_cap) {
    constexpr std::uint64_t seed = 11;
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    RandomSource random{seed};
    std::size_t unplaced = 0;
    for (int number = 0; number < 2'000; ++number) {
        const std::int64_t most = std::int64_t{1} << random.between(1, 62);
        std::vector<LossBearer> bearers;
        std::int64_t placeable = 0;
        for (std::int64_t i = random.between(0, 12); i > 0; --i) {
            bearers.push_back({.weight = Money{random.between(-1, most)},
                               .cap = Money{random.between(-1, most / 16)}});
            const bool bears = bearers.back().weight.raw > 0 && bearers.back().cap.raw > 0;
            placeable += bears ? bearers.back().cap.raw : 0;
        }
        const std::int64_t amount = random.between(0, most);
        const LossShares shared = share_loss(Money{amount}, bearers);
        ASSERT_EQ(shared.left.raw, std::max<std::int64_t>(0, amount - placeable)) << number;
        const std::vector<std::int64_t> written = written_shares(amount, bearers);
        std::int64_t sum = shared.left.raw;
        for (std::size_t i = 0; i < bearers.size(); ++i) {
            ASSERT_EQ(shared.shares[i].raw, written[i]) << number << " bearer " << i;
            ASSERT_LE(shared.shares[i].raw, std::max<std::int64_t>(0, bearers[i].cap.raw));
            sum += shared.shares[i].raw;
        }
        ASSERT_EQ(sum, amount);
        if (shared.left.raw > 0) ++unplaced;
    }
    EXPECT_GT(unplaced, 100U);
    EXPECT_LT(unplaced, 1'900U);
}

}  // namespace
}  // namespace riskd
