#include "riskd/core/contracts/binary.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

namespace riskd::binary {
namespace {

constexpr OptionRight call = OptionRight::call;
constexpr OptionRight put = OptionRight::put;

TEST(BinaryTest, a_call_pays_at_the_strike_and_above_and_a_put_below) {
    const CashOrNothing above{call, Price{60'000}, Price{100}};
    const CashOrNothing below{put, Price{60'000}, Price{100}};
    EXPECT_EQ(payoff(above, Price{59'999}), Price{0});
    EXPECT_EQ(payoff(above, Price{60'000}), Price{100});
    EXPECT_EQ(payoff(above, Price{60'001}), Price{100});
    EXPECT_EQ(payoff(below, Price{59'999}), Price{100});
    EXPECT_EQ(payoff(below, Price{60'000}), Price{0});
    EXPECT_EQ(payoff(below, Price{60'001}), Price{0});
}

TEST(BinaryTest, a_capped_option_pays_the_distance_up_to_its_cap) {
    const Capped up{call, Price{100}, Price{30}};
    EXPECT_EQ(payoff(up, Price{-5}), Price{0});
    EXPECT_EQ(payoff(up, Price{100}), Price{0});
    EXPECT_EQ(payoff(up, Price{101}), Price{1});
    EXPECT_EQ(payoff(up, Price{130}), Price{30});
    EXPECT_EQ(payoff(up, Price{5'000}), Price{30});
    const Capped down{put, Price{100}, Price{30}};
    EXPECT_EQ(payoff(down, Price{5'000}), Price{0});
    EXPECT_EQ(payoff(down, Price{99}), Price{1});
    EXPECT_EQ(payoff(down, Price{70}), Price{30});
    EXPECT_EQ(payoff(down, Price{-5}), Price{30});
}

TEST(BinaryTest, a_distance_that_does_not_fit_is_nothing) {
    EXPECT_EQ(payoff(Capped{call, Price{-raw_max}, Price{1}}, Price{raw_max}), std::nullopt);
    EXPECT_EQ(payoff(Capped{put, Price{raw_max}, Price{1}}, Price{-raw_max}), std::nullopt);
    EXPECT_EQ(payoff(Capped{call, Price{0}, Price{1}}, Price{raw_max}), Price{1});
    EXPECT_EQ(loss_max({Price{-raw_max}, Price{0}}, Side::buy, Price{1}), std::nullopt);
    EXPECT_EQ(loss_max({Price{0}, Price{raw_max}}, Side::sell, Price{-1}), std::nullopt);
    EXPECT_EQ(loss_max({Price{0}, Price{raw_max}}, Side::sell, Price{0}), Price{raw_max});
}

TEST(BinaryTest, both_sides_together_can_lose_the_width_and_neither_less_than_nothing) {
    const SettlementBounds range{Price{20}, Price{100}};
    for (const std::int64_t price : {20, 21, 63, 99, 100}) {
        EXPECT_EQ(loss_max(range, Side::buy, Price{price}), Price{price - 20});
        EXPECT_EQ(loss_max(range, Side::sell, Price{price}), Price{100 - price});
    }
    // Bought below what it must pay, or sold above what it can: nothing to lose on that side.
    EXPECT_EQ(loss_max(range, Side::buy, Price{15}), Price{0});
    EXPECT_EQ(loss_max(range, Side::sell, Price{15}), Price{85});
    EXPECT_EQ(loss_max(range, Side::sell, Price{110}), Price{0});
    EXPECT_EQ(loss_max(range, Side::buy, Price{110}), Price{90});
}

// By brute force: over every settlement, what the side loses at most is exactly loss_max.
template <typename Contract>
void expect_exact_bound(const Contract& contract, Price price) {
    std::int64_t long_worst = 0;
    std::int64_t short_worst = 0;
    for (std::int64_t settlement = -20; settlement <= 220; ++settlement) {
        const std::optional<Price> paid = payoff(contract, Price{settlement});
        ASSERT_TRUE(paid.has_value());
        long_worst = std::max(long_worst, price.raw - paid->raw);
        short_worst = std::max(short_worst, paid->raw - price.raw);
    }
    EXPECT_EQ(loss_max(bounds(contract), Side::buy, price), Price{long_worst});
    EXPECT_EQ(loss_max(bounds(contract), Side::sell, price), Price{short_worst});
}

TEST(BinaryTest, the_bound_is_the_worst_settlement_and_not_more) {
    for (const OptionRight right : {call, put})
        for (std::int64_t strike = 60; strike <= 140; strike += 8)
            for (std::int64_t most = 0; most <= 50; most += 7)
                for (std::int64_t price = -3; price <= 60; price += 3) {
                    expect_exact_bound(CashOrNothing{right, Price{strike}, Price{most}},
                                       Price{price});
                    expect_exact_bound(Capped{right, Price{strike}, Price{most}}, Price{price});
                }
}

}  // namespace
}  // namespace riskd::binary
