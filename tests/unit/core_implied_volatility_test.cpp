#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>
#include <random>

#include "riskd/core/contracts/black76.hpp"
#include "tests/unit/black76_reference.hpp"

namespace riskd::black76 {
namespace {

using tests::call;
using tests::put;
using tests::uniform;

Option random_option(std::mt19937_64& random) {
    Option option;
    option.right = uniform(random, 0, 1) < 0.5 ? call : put;
    option.forward = std::exp(uniform(random, -5, 12));
    option.volatility = std::exp(uniform(random, std::log(0.02), std::log(4.0)));
    option.years = std::exp(uniform(random, std::log(1e-4), std::log(4.0)));
    option.rate = uniform(random, -0.05, 0.15);
    const double total = option.volatility * std::sqrt(option.years);
    option.strike = option.forward * std::exp(total * uniform(random, -5, 5));
    return option;
}

// The price says the volatility no better than its own last digits allow: an error of the price,
// by vega, is one of the volatility.
TEST(ImpliedVolatilityTest, is_the_volatility_that_made_the_price) {
    constexpr std::uint64_t seed = 20260176;
    std::cout << "seed " << seed << '\n';
    std::mt19937_64 random(seed);
    constexpr double epsilon = std::numeric_limits<double>::epsilon();
    int told = 0;
    for (int i = 0; i < 50'000; ++i) {
        const Option option = random_option(random);
        const Greeks made = greeks(option);
        const auto found = implied_volatility(option, made.price);
        ASSERT_TRUE(found.has_value()) << option.strike / option.forward;
        const double allowed = 8 * epsilon * made.price / made.vega + 1e-12 * option.volatility;
        if (allowed > 0.1 * option.volatility) {
            Option again = option;
            again.volatility = *found;
            EXPECT_NEAR(price(again), made.price, 8 * epsilon * made.price);
            continue;
        }
        ++told;
        EXPECT_NEAR(*found, option.volatility, allowed)
            << "strike " << option.strike << " of " << option.forward << " years " << option.years;
    }
    EXPECT_GT(told, 40'000);
}

TEST(ImpliedVolatilityTest, is_found_to_the_last_digits_far_out_of_the_money) {
    std::size_t compared = 0;
    for (const double distance : {1e-9, 1e-4, 0.01, 0.5, 3.0})
        for (const double deviations : {0.1, 2.0, 10.0, 35.0})
            for (const double years : {1e-5, 0.1, 3.0})
                for (const OptionRight right : {call, put}) {
                    const double sign = right == call ? 1 : -1;
                    Option option{right, 40'000, 40'000 * std::exp(sign * distance), 0, years, 0};
                    const double total = distance / deviations;
                    if (total > 10) continue;  // the price is its upper bound, to the last digit
                    option.volatility = total / std::sqrt(years);
                    const auto found = implied_volatility(option, price(option));
                    ASSERT_TRUE(found.has_value());
                    EXPECT_NEAR(*found / option.volatility, 1, 1e-11)
                        << distance << ' ' << deviations;
                    ++compared;
                }
    EXPECT_EQ(compared, 114U);
}

TEST(ImpliedVolatilityTest, gives_the_price_back_between_the_bounds) {
    for (const double strike : {1.0, 60.0, 99.9999, 100.0, 101.0, 400.0, 1e5})
        for (const double part : {1e-250, 1e-30, 1e-6, 0.01, 0.3, 0.5, 0.7, 0.99, 0.999999}) {
            Option option{strike < 100 ? put : call, 100, strike, 0, 0.5, 0.04};
            const double discount = std::exp(-0.02);
            const double quoted = discount * part * std::min(strike, 100.0);
            const auto found = implied_volatility(option, quoted);
            ASSERT_TRUE(found.has_value()) << strike << ' ' << part;
            option.volatility = *found;
            EXPECT_NEAR(price(option) / quoted, 1, 1e-11) << strike << ' ' << part;
        }
}

TEST(ImpliedVolatilityTest, is_nothing_outside_the_bounds_of_no_arbitrage) {
    const double discount = std::exp(-0.05);
    const Option dear{call, 120, 100, 0, 1, 0.05};
    EXPECT_EQ(implied_volatility(dear, discount * 19.999), std::nullopt);
    EXPECT_EQ(implied_volatility(dear, discount * 120), std::nullopt);
    EXPECT_EQ(implied_volatility(dear, 121), std::nullopt);
    EXPECT_TRUE(implied_volatility(dear, discount * 20.001).has_value());
    EXPECT_TRUE(implied_volatility(dear, discount * 119.999).has_value());
    const Option floor{put, 80, 100, 0, 1, 0.05};
    EXPECT_EQ(implied_volatility(floor, discount * 19.999), std::nullopt);
    EXPECT_EQ(implied_volatility(floor, discount * 100), std::nullopt);
    EXPECT_TRUE(implied_volatility(floor, discount * 99.999).has_value());
    const Option out{call, 80, 100, 0, 1, 0.05};
    EXPECT_EQ(implied_volatility(out, -1e-9), std::nullopt);
    EXPECT_EQ(implied_volatility(out, discount * 80), std::nullopt);
}

TEST(ImpliedVolatilityTest, is_zero_where_the_price_is_the_payoff) {
    EXPECT_EQ(implied_volatility({call, 120, 100, 0, 1, 0}, 20), 0.0);
    EXPECT_EQ(implied_volatility({put, 80, 100, 0, 1, 0.05}, std::exp(-0.05) * 20), 0.0);
    EXPECT_EQ(implied_volatility({call, 80, 100, 0, 1, 0}, 0), 0.0);
}

TEST(ImpliedVolatilityTest, is_nothing_where_the_price_cannot_tell) {
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(implied_volatility({call, 100, 100, 0, 0, 0}, 3), std::nullopt);
    EXPECT_EQ(implied_volatility({call, 100, 0, 0, 1, 0}, 100), std::nullopt);
    EXPECT_EQ(implied_volatility({put, 0, 100, 0, 1, 0}, 100), std::nullopt);
    EXPECT_EQ(implied_volatility({call, -100, 100, 0, 1, 0}, 3), std::nullopt);
    EXPECT_EQ(implied_volatility({call, 100, 100, 0, 1, 0}, unknown), std::nullopt);
    EXPECT_EQ(implied_volatility({call, 100, 100, 0, 1, unknown}, 3), std::nullopt);
}

}  // namespace
}  // namespace riskd::black76
