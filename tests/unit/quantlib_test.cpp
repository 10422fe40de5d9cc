// Our Black-76 against QuantLib's calculator, over a grid of options. QuantLib's normal
// distribution is 1 + erf, good to 1e-16 of one and no more, so far out of the money it has fewer
// digits than we claim. There a third opinion decides: the book's formula in 64 bits of mantissa.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <iostream>
#include <ql/pricingengines/blackcalculator.hpp>
#include <string_view>

#include "tests/unit/black76_reference.hpp"

namespace riskd {
namespace {

constexpr long double tolerance = 1e-10L;
constexpr long double meaningful = 1e-290L;  // below it a double itself has fewer digits

struct Figure {
    std::string_view name;
    long double ours{};
    long double quantlib{};
    long double book{};
    long double scale{};  // what is summed: theta is a difference of two parts
};

struct Tally {
    std::size_t agree{};
    std::size_t quantlib_is_further_off{};
    std::size_t too_small{};
    std::size_t differ{};
    long double widest{};  // among those that agree
};

bool within(long double a, long double b, long double scale) {
    return std::abs(a - b) <= tolerance * scale;
}

void compare(const Figure& figure, Tally& tally) {
    if (std::abs(figure.scale) < meaningful) {
        ++tally.too_small;
        EXPECT_LT(std::abs(figure.ours), 2 * meaningful) << figure.name;
        return;
    }
    const long double scale = std::abs(figure.scale);
    EXPECT_TRUE(within(figure.ours, figure.book, scale)) << figure.name;
    if (within(figure.ours, figure.quantlib, scale)) {
        ++tally.agree;
        tally.widest = std::max(tally.widest, std::abs(figure.ours - figure.quantlib) / scale);
        return;
    }
    const bool is_theirs = !within(figure.quantlib, figure.book, scale);
    ++(is_theirs ? tally.quantlib_is_further_off : tally.differ);
}

std::array<Figure, 5> figures(const black76::Option& option) {
    const auto right =
        option.right == OptionRight::call ? QuantLib::Option::Call : QuantLib::Option::Put;
    const double total = option.volatility * std::sqrt(option.years);
    const QuantLib::BlackCalculator theirs(right, option.strike, option.forward, total,
                                           std::exp(-option.rate * option.years));
    const black76::Greeks ours = black76::greeks(option);
    const tests::ReferenceGreeks book = tests::reference_greeks(option);
    const double at = option.forward;
    const long double parts = std::abs(option.rate * book.price) + std::abs(book.decay);
    return {{{"price", ours.price, theirs.value(), book.price, book.price},
             {"delta", ours.delta, theirs.deltaForward(), book.delta, book.delta},
             {"gamma", ours.gamma, theirs.gammaForward(), book.gamma, book.gamma},
             {"vega", ours.vega, theirs.vega(option.years), book.vega, book.vega},
             {"theta", ours.theta, theirs.theta(at, option.years), book.theta, parts}}};
}

TEST(QuantLibTest, agrees_on_price_and_greeks_over_a_grid) {
    constexpr double forward = 61'234.5;
    constexpr std::array moneyness{0.2,  0.35, 0.5,   0.6, 0.7,   0.8,  0.85, 0.9,  0.94,
                                   0.97, 0.99, 0.995, 1.0, 1.005, 1.01, 1.03, 1.06, 1.1,
                                   1.15, 1.25, 1.4,   1.6, 2.0,   3.0,  5.0};
    constexpr std::array volatilities{0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0, 1.5, 2.5};
    constexpr std::array lengths{1.0 / 8760, 1.0 / 365, 3.0 / 365, 7.0 / 365, 14.0 / 365,
                                 1.0 / 12,   0.25,      0.5,       1.0,       2.0};
    constexpr std::array rates{-0.02, 0.0, 0.03, 0.12};
    std::array<Tally, 5> tallies;
    std::array<std::string_view, 5> names;
    std::size_t points = 0;
    for (const double at : moneyness)
        for (const double volatility : volatilities)
            for (const double years : lengths)
                for (const double rate : rates)
                    for (const OptionRight right : {tests::call, tests::put}) {
                        const auto compared =
                            figures({right, forward, forward * at, volatility, years, rate});
                        for (std::size_t i = 0; i < compared.size(); ++i) {
                            names[i] = compared[i].name;
                            compare(compared[i], tallies[i]);
                        }
                        ++points;
                    }
    std::cout << points << " points\n";
    for (std::size_t i = 0; i < tallies.size(); ++i) {
        const Tally& tally = tallies[i];
        std::cout << names[i] << ": " << tally.agree << " agree to 1e-10, at most "
                  << static_cast<double>(tally.widest) << " apart; " << tally.too_small
                  << " below 1e-290; " << tally.quantlib_is_further_off
                  << " where QuantLib is further off than that from longer arithmetic\n";
        EXPECT_EQ(tally.differ, 0U) << names[i];
        EXPECT_GE(tally.agree, 10'000U) << names[i];
    }
}

}  // namespace
}  // namespace riskd
