// Where double rounding is a quantum or more, the nearest quantum was missed by one: for a negative
// number always, for a positive one when its fraction was more than a half. Found by the comparison
// of the engines, with an equity of -19 million USDT in 8 decimals.
#include <gtest/gtest.h>

#include "riskd/core/margin.hpp"

namespace riskd {
namespace {

TEST(MoneyFromRule, takes_the_nearest_quantum_of_large_numbers) {
    for (const Rounding rounding : {Rounding::toward_minus, Rounding::toward_plus}) {
        EXPECT_EQ(money_from_rule(-1932430319271886.0, 1, rounding), Money{-1932430319271886});
        EXPECT_EQ(money_from_rule(1932430319271886.0, 1, rounding), Money{1932430319271886});
        EXPECT_EQ(money_from_rule(1932430319271886.75, 1, rounding), Money{1932430319271887});
        EXPECT_EQ(money_from_rule(-1932430319271886.75, 1, rounding), Money{-1932430319271887});
        EXPECT_EQ(money_from_rule(-46227793016881768.0, 1, rounding), Money{-46227793016881768});
    }
}

TEST(MoneyFromRule, rounds_small_numbers_against_the_customer) {
    EXPECT_EQ(money_from_rule(-5.5, 1, Rounding::toward_minus), Money{-6});
    EXPECT_EQ(money_from_rule(-5.5, 1, Rounding::toward_plus), Money{-5});
    EXPECT_EQ(money_from_rule(5.25, 1, Rounding::toward_plus), Money{6});
    EXPECT_EQ(money_from_rule(-5.0, 1, Rounding::toward_plus), Money{-5});
    EXPECT_EQ(money_from_rule(0.1 * 3, 10, Rounding::toward_plus), Money{3});
}

}  // namespace
}  // namespace riskd
