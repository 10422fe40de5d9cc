#include "riskd/core/contracts/everlasting.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>
#include <random>

#include "riskd/core/contracts/black76.hpp"
#include "tests/unit/black76_reference.hpp"

namespace riskd::everlasting {
namespace {

using tests::call;
using tests::put;
using tests::uniform;
constexpr double week = 7.0 / 365;

double payoff(const Option& option) {
    return black76::payoff(
        {.right = option.right, .settlement = option.index, .strike = option.strike});
}

Option random_option(std::mt19937_64& random) {
    Option option;
    option.right = uniform(random, 0, 1) < 0.5 ? call : put;
    option.index = std::exp(uniform(random, -5, 12));
    option.strike = option.index * std::exp(uniform(random, -0.7, 0.7));
    option.volatility = uniform(random, 0.1, 2.5);
    option.interval_years = std::exp(uniform(random, std::log(1.0 / 8760), std::log(0.5)));
    return option;
}

template <typename Visit>
void for_random_options(int count, Visit visit) {
    constexpr std::uint64_t seed = 20210511;
    std::cout << "seed " << seed << '\n';
    std::mt19937_64 random(seed);
    for (int i = 0; i < count; ++i)
        visit(random_option(random));
}

// Figures published with the closed form: strike 50000, volatility 100 %, a funding interval of a
// week; the fees are those of one day.
TEST(EverlastingTest, agrees_with_the_published_examples) {
    const auto at = [](double index) { return Option{call, index, 50'000, 1, week}; };
    const auto daily = [&](double index) {
        return funding({call, value(at(index)), index, 50'000, 1.0 / 7});
    };
    EXPECT_NEAR(value(at(40'000)), 223.3667, 5e-4);
    EXPECT_NEAR(daily(40'000), 31.9095, 5e-5);
    EXPECT_NEAR(value(at(50'000)), 2445.1621, 5e-3);
}

TEST(EverlastingTest, is_never_below_the_payoff_nor_above_what_it_can_pay) {
    for_random_options(20'000, [](const Option& option) {
        EXPECT_GE(value(option), payoff(option));
        EXPECT_LE(value(option), option.right == call ? option.index : option.strike);
    });
}

TEST(EverlastingTest, a_call_less_a_put_is_the_index_less_the_strike) {
    for_random_options(20'000, [](Option option) {
        option.right = call;
        const Greeks of_call = greeks(option);
        option.right = put;
        const Greeks of_put = greeks(option);
        EXPECT_NEAR(of_call.value - of_put.value, option.index - option.strike,
                    4e-16 * std::max(option.index, option.strike));
        EXPECT_NEAR(of_call.delta - of_put.delta, 1, 4e-16);
        EXPECT_EQ(of_call.gamma, of_put.gamma);
        EXPECT_EQ(of_call.vega, of_put.vega);
    });
}

// The same by Simpson's rule: the mean of undiscounted Black-76 prices over a time to expiry with
// density e^(-t/T) / T. With t = T y^2 the integrand is smooth: 2 y e^(-y^2) price(T y^2).
double mean_of_dated_prices(const Option& option) {
    const double deviations = std::abs(std::log(option.index / option.strike)) /
                              (option.volatility * std::sqrt(option.interval_years));
    const double end = std::sqrt(deviations / std::sqrt(2.0)) + 6.5;
    constexpr int halves = 3'000;
    const double step = end / (2 * halves);
    const auto integrand = [&](int i) {
        const double y = step * i;
        const double years = option.interval_years * y * y;
        const double time_value = black76::price({option.right, option.index, option.strike,
                                                  option.volatility, years, 0}) -
                                  payoff(option);
        return 2 * y * std::exp(-y * y) * time_value;
    };
    double sum = 0;
    for (int i = 0; i < halves; ++i)
        sum += integrand(2 * i) + 4 * integrand(2 * i + 1) + integrand(2 * i + 2);
    return payoff(option) + sum * step / 3;
}

TEST(EverlastingTest, is_the_mean_of_dated_options_over_an_exponential_time) {
    for_random_options(300, [](const Option& option) {
        EXPECT_NEAR(value(option), mean_of_dated_prices(option),
                    1e-9 * std::max(option.index, option.strike))
            << "index " << option.index << " strike " << option.strike << " volatility "
            << option.volatility << " interval " << option.interval_years;
    });
}

TEST(EverlastingTest, keeps_its_digits_where_only_time_value_is_left) {
    // Out of the money the payoff is zero and the integral has no difference to lose digits in.
    for_random_options(300, [](Option option) {
        option.right = option.index < option.strike ? call : put;
        EXPECT_NEAR(value(option) / mean_of_dated_prices(option), 1, 1e-8)
            << "index " << option.index << " strike " << option.strike << " volatility "
            << option.volatility << " interval " << option.interval_years;
    });
}

// The paper's own form: paid n times an interval, (mark - payoff) / n each, it is worth the sum of
// options expiring at those times, weighted 1/(n+1) (n/(n+1))^(i-1). More often comes closer.
double sum_of_dated_prices(const Option& option, int times) {
    const double ratio = static_cast<double>(times) / (times + 1);
    double weight = 1.0 / (times + 1);
    double sum = 0;
    for (int i = 1; weight > 1e-18; ++i, weight *= ratio) {
        const double years = option.interval_years * i / times;
        sum += weight * black76::price({option.right, option.index, option.strike,
                                        option.volatility, years, 0});
    }
    return sum;
}

TEST(EverlastingTest, is_the_limit_of_the_sum_in_the_paper) {
    for (const double index : {48'000.0, 50'000.0, 53'000.0}) {
        const Option option{call, index, 50'000, 0.9, week};
        double previous = std::abs(sum_of_dated_prices(option, 1) - value(option));
        for (int times = 4; times <= 1024; times *= 4) {
            const double difference = std::abs(sum_of_dated_prices(option, times) - value(option));
            EXPECT_LT(difference, previous / 2) << index << ' ' << times;
            previous = difference;
        }
        EXPECT_LT(previous, 1e-3 * value(option));
    }
}

TEST(EverlastingTest, greeks_are_what_small_moves_do_to_the_value) {
    for_random_options(20'000, [](const Option& option) {
        const Greeks found = greeks(option);
        const double total = option.volatility * std::sqrt(option.interval_years);
        const double by = 1e-4 * std::min(total, 1.0) * option.index;
        if (std::abs(option.index - option.strike) <= by) return;  // gamma jumps at the strike
        const auto moved = [&](double Option::*input, double step) {
            Option other = option;
            other.*input += step;
            return greeks(other);
        };
        const auto slope = [&](double Option::*input, double step, double Greeks::*figure) {
            return (moved(input, step).*figure - moved(input, -step).*figure) / (2 * step);
        };
        EXPECT_NEAR(found.delta, slope(&Option::index, by, &Greeks::value), 1e-6);
        EXPECT_NEAR(found.gamma, slope(&Option::index, by, &Greeks::delta),
                    1e-6 * std::max(1.0, 1 / total) / option.index);
        const double by_volatility = 1e-5 * option.volatility;
        EXPECT_NEAR(found.vega, slope(&Option::volatility, by_volatility, &Greeks::value),
                    1e-6 * option.index);
        EXPECT_GE(found.gamma, 0.0);
        EXPECT_GE(found.vega, 0.0);
    });
}

TEST(EverlastingTest, is_the_payoff_without_an_interval_and_all_of_it_without_an_end) {
    for (const double index : {40'000.0, 50'000.0, 70'000.0}) {
        for (const OptionRight right : {call, put}) {
            const auto with = [&](double volatility, double interval) {
                return Option{right, index, 50'000, volatility, interval};
            };
            EXPECT_EQ(value(with(1, 0)), payoff(with(1, 0)));
            EXPECT_EQ(value(with(0, week)), payoff(with(0, week)));
            EXPECT_NEAR(value(with(1, 1e-12)), payoff(with(1, 0)), 0.02);
            const double everything = right == call ? index : 50'000;
            EXPECT_NEAR(value(with(1, 1e18)), everything, 1e-9 * everything);
            EXPECT_LT(value(with(1, week)), value(with(1, 2 * week)));
            EXPECT_LT(value(with(1, week)), value(with(1.1, week)));
        }
    }
    EXPECT_EQ(greeks({call, 60, 50, 0, week}).delta, 1.0);
    EXPECT_EQ(greeks({call, 40, 50, 0, week}).delta, 0.0);
    EXPECT_EQ(greeks({call, 50, 50, 0, week}).delta, 0.5);
    EXPECT_EQ(greeks({put, 60, 50, 0, week}).delta, 0.0);
    EXPECT_EQ(greeks({put, 40, 50, 0, week}).delta, -1.0);
    EXPECT_EQ(greeks({put, 50, 50, 0, week}).delta, -0.5);
    EXPECT_EQ(greeks({call, 50, 50, 0, week}).gamma, 0.0);
    EXPECT_EQ(greeks({call, 50, 50, 0, week}).vega, 0.0);
}

TEST(EverlastingTest, an_index_or_a_strike_of_zero_leaves_the_payoff) {
    EXPECT_EQ(value({call, 100, 0, 1, week}), 100.0);
    EXPECT_EQ(greeks({call, 100, 0, 1, week}).delta, 1.0);
    EXPECT_EQ(value({put, 100, 0, 1, week}), 0.0);
    EXPECT_EQ(value({call, 0, 100, 1, week}), 0.0);
    EXPECT_EQ(value({put, 0, 100, 1, week}), 100.0);
    EXPECT_EQ(greeks({put, 0, 100, 1, week}).delta, -1.0);
    EXPECT_EQ(greeks({call, 0, 0, 1, week}).delta, 1.0);
}

TEST(EverlastingTest, what_is_not_an_option_has_no_figures) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (const Option& wrong : {Option{call, -1, 100, 1, week}, Option{call, 1, -100, 1, week},
                                Option{put, 1, 100, nan, week}, Option{put, 1, 100, 1, infinity}}) {
        EXPECT_FALSE(is_valid(wrong));
        EXPECT_TRUE(std::isnan(value(wrong)));
        EXPECT_TRUE(std::isnan(greeks(wrong).value));
        EXPECT_TRUE(std::isnan(greeks(wrong).delta));
        EXPECT_TRUE(std::isnan(greeks(wrong).gamma));
        EXPECT_TRUE(std::isnan(greeks(wrong).vega));
    }
}

TEST(EverlastingTest, extremes_are_never_nan) {
    constexpr double largest = std::numeric_limits<double>::max();
    constexpr double smallest = std::numeric_limits<double>::denorm_min();
    for (const double index : {0.0, smallest, 1.0, largest})
        for (const double strike : {0.0, smallest, 1.0, largest})
            for (const double volatility : {0.0, smallest, 1.0, largest})
                for (const double interval : {0.0, smallest, 1.0, largest}) {
                    const Greeks found = greeks({call, index, strike, volatility, interval});
                    EXPECT_GE(found.value, 0.0);
                    EXPECT_GE(found.delta, 0.0);
                    EXPECT_GE(found.gamma, 0.0);
                    EXPECT_GE(found.vega, 0.0);
                }
}

TEST(EverlastingTest, a_long_pays_mark_less_payoff_and_is_paid_below_it) {
    EXPECT_EQ(funding({call, 2'500, 51'000, 50'000, 1}), 1'500.0);
    EXPECT_EQ(funding({call, 2'500, 49'000, 50'000, 1}), 2'500.0);
    EXPECT_EQ(funding({call, 2'500, 51'000, 50'000, 0.125}), 187.5);
    EXPECT_EQ(funding({put, 2'500, 47'000, 50'000, 1}), -500.0);
    EXPECT_EQ(funding({put, 3'000, 47'000, 50'000, 1}), 0.0);
}

}  // namespace
}  // namespace riskd::everlasting
