#include "riskd/core/contracts/black76.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "tests/unit/black76_reference.hpp"

namespace riskd::black76 {
namespace {

using tests::call;
using tests::put;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double relative(double figure, long double reference) {
    return static_cast<double>(std::abs(figure - reference) / std::abs(reference));
}

Option other_right(Option option) {
    option.right = option.right == call ? put : call;
    return option;
}

struct Worked {
    Option option;
    Greeks expected;
};

// Figures of 60-digit arithmetic on the same inputs.
constexpr std::array worked{
    Worked{{call, 100, 100, 0.2, 1, 0},
           {7.9655674554057967, 0.53982783727702898, 0.019847627373850587, 39.695254747701177,
            -3.9695254747701179}},
    Worked{{put, 20, 20, 0.25, 4.0 / 12, 0.09},
           {1.1166414565589435, -0.4573067303602805, 0.13376450266134562, 4.4588167553781869,
            -1.5715585521765153}},
    Worked{{call, 60000, 80000, 0.6, 0.25, 0.05},
           {1835.163601632422, 0.20667510736872955, 1.5780150152144111e-5, 8521.2810821578194,
            -10133.779118507762}},
    Worked{{put, 60000, 80000, 0.6, 0.25, 0.05},
           {21586.719611510051, -0.78090269312515188, 1.5780150152144111e-5, 8521.2810821578194,
            -9146.2013180138803}},
    Worked{{call, 60000, 90000, 0.5, 0.0027397260273972603, 0},
           {2.3884380425223028e-52, 2.3778960544296242e-54, 2.3538288171669462e-56,
            1.1607922933973981e-49, -1.0592229677251258e-47}},
    Worked{{put, 60000, 30000, 0.5, 0.0027397260273972603, 0},
           {3.0065824539718771e-153, -5.0829686632569005e-155, 8.5896476454777171e-157,
            4.2359906196876414e-150, -3.8653414404649727e-148}},
    Worked{{call, 100, 100.00001, 1e-4, 1e-4, 0},
           {3.5093535103771871e-5, 0.46017236317141261, 3969.5256752180529, 0.39695256752180532,
            -0.19847628376090266}},
    Worked{{call, 100, 160, 0.01, 2, 0},
           {9.2532497789593052e-244, 2.1789200469717699e-242, 5.1240407782949811e-241,
            1.0248081556589962e-238, -2.5620203891474906e-241}},
    Worked{{call, 3000, 4500, 2.5, 3, -0.02},
           {3067.3718501315676, 1.0414922554749338, 3.8160127044977967e-6, 257.58085755360127,
            -168.67279431663188}},
    Worked{{call, 100, 0.01, 0.8, 0.5, 0.03},
           {98.501342840910236, 0.98511193960306266, 1.8189533260560635e-62, 7.2758133042242543e-59,
            2.955040285227307}},
    Worked{{put, 1, 1000, 1.5, 4, 0},
           {999.13951026405851, -0.78889270635145979, 0.096364034062338004, 0.57818420437402802,
            -0.10840953832013025}},
};

TEST(Black76Test, agrees_with_worked_figures_near_the_strike_and_in_the_deep_tails) {
    for (const auto& [option, expected] : worked) {
        const Greeks found = greeks(option);
        EXPECT_LT(relative(found.price, expected.price), 1e-12) << option.strike;
        EXPECT_LT(relative(price(option), expected.price), 1e-12) << option.strike;
        EXPECT_LT(relative(found.delta, expected.delta), 1e-12) << option.strike;
        EXPECT_LT(relative(found.gamma, expected.gamma), 1e-12) << option.strike;
        EXPECT_LT(relative(found.vega, expected.vega), 1e-12) << option.strike;
        EXPECT_LT(relative(found.theta, expected.theta), 1e-12) << option.strike;
    }
}

// Forward, strike, volatility, years and rate over the ranges that are traded and far beyond them.
template <typename Visit>
void for_each_option(Visit visit) {
    constexpr std::array forwards{0.02, 1.0, 2'700.0, 61'234.5};
    constexpr std::array moneyness{0.05, 0.4, 0.8, 0.95, 0.999, 1.0, 1.0001, 1.02, 1.3, 2.5, 12.0};
    constexpr std::array volatilities{1e-4, 0.02, 0.15, 0.6, 1.1, 3.5};
    constexpr std::array lengths{1e-6, 1.0 / 8760, 1.0 / 365, 0.03, 0.25, 1.0, 5.0};
    constexpr std::array rates{-0.03, 0.0, 0.08};
    for (const double forward : forwards)
        for (const double at : moneyness)
            for (const double volatility : volatilities)
                for (const double years : lengths)
                    for (const double rate : rates)
                        for (const OptionRight right : {call, put})
                            visit(Option{right, forward, forward * at, volatility, years, rate});
}

constexpr double meaningful = 1e-290;  // below it a double itself has fewer digits

TEST(Black76Test, keeps_its_digits_everywhere_against_longer_arithmetic) {
    std::size_t compared = 0;
    for_each_option([&](const Option& option) {
        const Greeks found = greeks(option);
        const auto expected = tests::reference_greeks(option);
        const auto agrees = [&](double figure, long double reference, const char* name,
                                long double doubt = 0) {
            if (std::abs(reference) < meaningful) {
                EXPECT_LT(std::abs(figure), 2 * meaningful) << name;
                return;
            }
            ++compared;
            EXPECT_LT(relative(figure, reference), 1e-12L + doubt)
                << name << " forward " << option.forward << " strike " << option.strike
                << " volatility " << option.volatility << " years " << option.years;
        };
        agrees(found.price, expected.price, "price", expected.price_doubt);
        agrees(found.delta, expected.delta, "delta");
        agrees(found.gamma, expected.gamma, "gamma");
        agrees(found.vega, expected.vega, "vega");
        // Interest and decay may cancel in theta; each has its digits.
        const long double parts =
            std::abs(expected.theta - expected.decay) + std::abs(expected.decay);
        EXPECT_LE(std::abs(found.theta - expected.theta), 1e-12L * parts + meaningful);
    });
    EXPECT_GT(compared, 30'000U);
}

TEST(Black76Test, a_call_less_a_put_is_the_discounted_forward_less_the_strike) {
    for_each_option([](const Option& option) {
        if (option.right == put) return;
        const double discount = std::exp(-option.rate * option.years);
        const double scale = discount * std::max(option.forward, option.strike);
        const double difference = price(option) - price(other_right(option));
        EXPECT_NEAR(difference, discount * (option.forward - option.strike), 4e-16 * scale);
        EXPECT_NEAR(greeks(option).delta - greeks(other_right(option)).delta, discount,
                    4e-16 * discount);
    });
}

TEST(Black76Test, a_price_lies_between_the_discounted_payoff_and_its_upper_bound) {
    for_each_option([](const Option& option) {
        const double discount = std::exp(-option.rate * option.years);
        const Expiry now{option.right, option.forward, option.strike};
        EXPECT_GE(price(option), discount * payoff(now));
        EXPECT_LE(price(option),
                  discount * (option.right == call ? option.forward : option.strike));
    });
}

TEST(Black76Test, a_price_rises_with_volatility_and_time_and_moves_with_the_forward) {
    for_each_option([](Option option) {
        option.rate = 0;
        const double before = price(option);
        const auto changed = [&](auto change) {
            Option other = option;
            change(other);
            return price(other);
        };
        EXPECT_GE(changed([](Option& o) { o.volatility *= 1.01; }), before);
        EXPECT_GE(changed([](Option& o) { o.years *= 1.01; }), before);
        const double higher = changed([](Option& o) { o.forward *= 1.01; });
        const double higher_strike = changed([](Option& o) { o.strike *= 1.01; });
        if (option.right == call) {
            EXPECT_GE(higher, before);
            EXPECT_LE(higher_strike, before);
        } else {
            EXPECT_LE(higher, before);
            EXPECT_GE(higher_strike, before);
        }
    });
}

TEST(Black76Test, greeks_are_what_small_moves_do_to_the_price) {
    constexpr double step = 1e-4;
    std::size_t compared = 0;
    for_each_option([&](const Option& option) {
        const double total = option.volatility * std::sqrt(option.years);
        const double far = std::abs(std::log(option.forward / option.strike)) / total;
        if (total < 0.01 || far > 6) return;
        ++compared;
        const Greeks found = greeks(option);
        const auto moved = [&](double Option::*input, double by) {
            Option other = option;
            other.*input += by;
            return greeks(other);
        };
        const auto slope = [&](double Option::*input, double by, double Greeks::*figure) {
            return (moved(input, by).*figure - moved(input, -by).*figure) / (2 * by);
        };
        const double scale = option.forward + option.strike;
        const double by = step * total * option.forward;
        EXPECT_NEAR(found.delta, slope(&Option::forward, by, &Greeks::price),
                    2e-7 + 1e-15 * scale / by);
        EXPECT_NEAR(found.gamma, slope(&Option::forward, by, &Greeks::delta),
                    1e-6 / (option.forward * total));
        const double by_volatility = step * option.volatility;
        EXPECT_NEAR(
            found.vega, slope(&Option::volatility, by_volatility, &Greeks::price),
            1e-6 * option.forward * std::sqrt(option.years) + 1e-15 * scale / by_volatility);
        const double by_years = step * option.years;
        EXPECT_NEAR(found.theta, -slope(&Option::years, by_years, &Greeks::price),
                    1e-6 * option.forward * total / option.years + 1e-15 * scale / by_years);
    });
    EXPECT_GT(compared, 3'000U);
}

TEST(Black76Test, without_time_or_volatility_it_is_the_discounted_payoff) {
    for (const double years : {0.0, 2.0}) {
        const double volatility = years > 0 ? 0.0 : 0.7;
        const double discount = std::exp(-0.05 * years);
        const auto at = [&](OptionRight right, double forward) {
            return greeks({right, forward, 100, volatility, years, 0.05});
        };
        EXPECT_EQ(at(call, 130).price, discount * 30);
        EXPECT_EQ(at(call, 130).delta, discount);
        EXPECT_EQ(at(call, 130).theta, 0.05 * discount * 30);
        EXPECT_EQ(at(call, 70).price, 0.0);
        EXPECT_EQ(at(call, 70).delta, 0.0);
        EXPECT_EQ(at(put, 70).price, discount * 30);
        EXPECT_EQ(at(put, 70).delta, -discount);
        EXPECT_EQ(at(put, 130).price, 0.0);
        EXPECT_EQ(at(put, 130).delta, 0.0);
        EXPECT_EQ(at(call, 100).price, 0.0);
        EXPECT_EQ(at(call, 100).delta, discount / 2);
        EXPECT_EQ(at(put, 100).delta, -discount / 2);
        for (const double forward : {70.0, 130.0}) {
            EXPECT_EQ(at(call, forward).gamma, 0.0);
            EXPECT_EQ(at(call, forward).vega, 0.0);
        }
    }
    // At the strike a first bit of volatility is worth something: F sqrt(t) / sqrt(2 pi).
    EXPECT_NEAR(greeks({call, 100, 100, 0, 4, 0}).vega, 79.788456080286536, 1e-12);
}

TEST(Black76Test, a_strike_or_a_forward_of_zero_leaves_nothing_to_chance) {
    const double discount = std::exp(-0.1);
    const Greeks at_no_strike = greeks({call, 100, 0, 0.8, 1, 0.1});
    EXPECT_EQ(at_no_strike.price, discount * 100);
    EXPECT_EQ(at_no_strike.delta, discount);
    EXPECT_EQ(at_no_strike.gamma, 0.0);
    EXPECT_EQ(at_no_strike.vega, 0.0);
    EXPECT_EQ(greeks({put, 100, 0, 0.8, 1, 0.1}).price, 0.0);
    EXPECT_EQ(greeks({put, 100, 0, 0.8, 1, 0.1}).delta, 0.0);
    EXPECT_EQ(greeks({put, 0, 100, 0.8, 1, 0.1}).price, discount * 100);
    EXPECT_EQ(greeks({put, 0, 100, 0.8, 1, 0.1}).delta, -discount);
    EXPECT_EQ(greeks({call, 0, 100, 0.8, 1, 0.1}).price, 0.0);
    EXPECT_EQ(greeks({call, 0, 0, 0.8, 1, 0.1}).delta, discount);
}

TEST(Black76Test, extremes_have_their_limits_and_never_nan) {
    constexpr double largest = std::numeric_limits<double>::max();
    constexpr double smallest = std::numeric_limits<double>::denorm_min();
    EXPECT_EQ(price({call, 100, 120, 1e300, 1, 0}), 100.0);
    EXPECT_EQ(price({put, 100, 120, 1e300, 1, 0}), 120.0);
    EXPECT_EQ(price({call, 100, 1e9, 0.5, 0.1, 0}), 0.0);
    EXPECT_EQ(price({put, 1e9, 100, 0.5, 0.1, 0}), 0.0);
    EXPECT_EQ(price({call, 1e9, 100, 0.5, 0.1, 0}), 1e9 - 100);
    for (const double forward : {0.0, smallest, 1.0, largest})
        for (const double strike : {0.0, smallest, 1.0, largest})
            for (const double volatility : {0.0, smallest, 1.0, largest})
                for (const double years : {0.0, smallest, 1.0, largest})
                    for (const OptionRight right : {call, put}) {
                        const Option option{right, forward, strike, volatility, years, 0};
                        const Greeks found = greeks(option);
                        EXPECT_GE(found.price, 0.0);
                        EXPECT_LE(std::abs(found.delta), 1.0);
                        EXPECT_GE(found.gamma, 0.0);
                        EXPECT_GE(found.vega, 0.0);
                        EXPECT_LE(found.theta, 0.0);
                    }
}

TEST(Black76Test, what_is_not_an_option_has_no_figures) {
    for (const Option& wrong :
         {Option{call, -1, 100, 0.5, 1, 0}, Option{call, 100, -1, 0.5, 1, 0},
          Option{put, 100, 100, -0.5, 1, 0}, Option{put, 100, 100, 0.5, -1, 0},
          Option{call, nan, 100, 0.5, 1, 0}, Option{call, 100, infinity, 0.5, 1, 0},
          Option{call, 100, 100, 0.5, 1, nan}, Option{call, 100, 100, 0.5, 1, -infinity},
          Option{call, 100, 100, 0.5, 1, 1e3}, Option{put, 100, 100, 0.5, 1e6, -1e300}}) {
        EXPECT_FALSE(is_valid(wrong));
        EXPECT_TRUE(std::isnan(price(wrong)));
        EXPECT_TRUE(std::isnan(price_in_coin(wrong)));
        EXPECT_TRUE(std::isnan(greeks(wrong).price));
        EXPECT_TRUE(std::isnan(greeks(wrong).delta));
        EXPECT_TRUE(std::isnan(greeks(wrong).gamma));
        EXPECT_TRUE(std::isnan(greeks(wrong).vega));
        EXPECT_TRUE(std::isnan(greeks(wrong).theta));
    }
}

TEST(Black76Test, pays_at_expiry_what_it_is_in_the_money) {
    EXPECT_EQ(payoff({call, 61'000, 60'000}), 1'000.0);
    EXPECT_EQ(payoff({call, 60'000, 60'000}), 0.0);
    EXPECT_EQ(payoff({call, 59'000, 60'000}), 0.0);
    EXPECT_EQ(payoff({put, 59'000, 60'000}), 1'000.0);
    EXPECT_EQ(payoff({put, 60'000, 60'000}), 0.0);
    EXPECT_EQ(payoff({put, 61'000, 60'000}), 0.0);
}

TEST(Black76Test, an_inverse_option_is_priced_in_coin) {
    // N(d1) - K/F N(d2) for a call, K/F N(-d2) - N(-d1) for a put, with d1 = 0.1, d2 = -0.1.
    EXPECT_NEAR(price_in_coin({call, 50'000, 50'000, 0.2, 1, 0}), 0.0796556745540580, 1e-15);
    EXPECT_NEAR(price_in_coin({put, 50'000, 50'000, 0.2, 1, 0}), 0.0796556745540580, 1e-15);
    // A call is never worth a coin; a put may be worth many.
    EXPECT_EQ(price_in_coin({call, 50'000, 1, 0.2, 0.1, 0}), 49'999.0 / 50'000);
    EXPECT_EQ(price_in_coin({put, 1, 50'000, 0.2, 0.1, 0}), 49'999.0);
    EXPECT_TRUE(std::isnan(price_in_coin({put, 0, 50'000, 0.2, 0.1, 0})));
}

}  // namespace
}  // namespace riskd::black76
