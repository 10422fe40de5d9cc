#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "riskd/core/decimal.hpp"
#include "riskd/core/margin.hpp"
#include "riskd/core/order_terms.hpp"
#include "riskd/core/text.hpp"
#include "riskd/core/units.hpp"

namespace riskd {
namespace {

TEST(UnitsTest, division_rounds_the_way_it_is_told_on_both_sides_of_zero) {
    EXPECT_EQ(divide(10, 3, Rounding::toward_minus), 3);
    EXPECT_EQ(divide(10, 3, Rounding::toward_plus), 4);
    EXPECT_EQ(divide(-10, 3, Rounding::toward_minus), -4);
    EXPECT_EQ(divide(-10, 3, Rounding::toward_plus), -3);
    EXPECT_EQ(divide(9, 3, Rounding::toward_plus), 3);
    const Wide large = Wide{raw_max} * 1'000'003;
    EXPECT_EQ(divide(large, 1'000'003, Rounding::toward_plus), raw_max);
    EXPECT_EQ(divide(large + 1, 1'000'003, Rounding::toward_plus), Wide{raw_max} + 1);
    EXPECT_EQ(divide(large + 1, 1'000'003, Rounding::toward_minus), raw_max);
}

TEST(UnitsTest, a_sum_that_does_not_fit_is_nothing) {
    EXPECT_EQ(checked_add(Money{raw_max}, Money{0}), Money{raw_max});
    EXPECT_EQ(checked_add(Money{raw_max}, Money{1}), std::nullopt);
    EXPECT_EQ(checked_add(Money{-raw_max}, Money{-1}), std::nullopt);
    EXPECT_EQ(checked_add(Money{-raw_max}, Money{raw_max}), Money{0});
}

TEST(UnitsDeathTest, a_plain_sum_that_wraps_stops_the_process) {
    const Money large{std::numeric_limits<std::int64_t>::max()};
    EXPECT_DEATH(static_cast<void>(large + Money{1}), "broken invariant");
}

struct DecimalCase {
    std::string_view text;
    int decimals;
    std::int64_t raw;
    DecimalFault fault;
};

TEST(DecimalTest, reads_exactly_what_is_written_or_says_why_not) {
    constexpr auto none = DecimalFault::none;
    constexpr auto wrong = DecimalFault::not_a_decimal;
    const std::array cases{
        DecimalCase{"0", 0, 0, none},
        DecimalCase{"12.5", 3, 12'500, none},
        DecimalCase{"-12.5", 3, -12'500, none},
        DecimalCase{"1.500000", 1, 15, none},
        DecimalCase{"0.00000001", 8, 1, none},
        DecimalCase{"4611686018427387904", 0, raw_max, none},
        DecimalCase{"4611686018427387905", 0, 0, DecimalFault::out_of_range},
        DecimalCase{"99999999999999999999999999", 0, 0, DecimalFault::out_of_range},
        DecimalCase{"1.25", 1, 0, DecimalFault::too_many_decimals},
        DecimalCase{"", 2, 0, wrong},
        DecimalCase{"-", 2, 0, wrong},
        DecimalCase{".5", 2, 0, wrong},
        DecimalCase{"5.", 2, 0, wrong},
        DecimalCase{"+5", 2, 0, wrong},
        DecimalCase{"1e3", 2, 0, wrong},
        DecimalCase{"1,5", 2, 0, wrong},
        DecimalCase{" 1", 2, 0, wrong},
        DecimalCase{"1.2.3", 4, 0, wrong},
        DecimalCase{"NaN", 2, 0, wrong},
        DecimalCase{"0x10", 2, 0, wrong},
    };
    for (const DecimalCase& c : cases) {
        const DecimalRead read = parse_decimal(c.text, c.decimals);
        EXPECT_EQ(read.fault, c.fault) << c.text;
        EXPECT_EQ(read.raw, c.raw) << c.text;
    }
}

TEST(DecimalTest, writes_the_shortest_text_that_reads_back) {
    EXPECT_EQ(DecimalText(12'500, 3).view(), "12.5");
    EXPECT_EQ(DecimalText(-12'500, 3).view(), "-12.5");
    EXPECT_EQ(DecimalText(0, 8).view(), "0");
    EXPECT_EQ(DecimalText(1, 8).view(), "0.00000001");
    EXPECT_EQ(DecimalText(100, 2).view(), "1");
    EXPECT_EQ(DecimalText(100, 0).view(), "100");
    for (const std::int64_t raw : {raw_max, -raw_max, std::int64_t{7}, std::int64_t{-70}}) {
        EXPECT_EQ(parse_decimal(DecimalText(raw, 12).view(), 12).raw, raw);
    }
}

TEST(DecimalTest, shows_a_double_with_nine_figures_and_bounds_what_no_decimal_can_hold) {
    EXPECT_EQ(DecimalText(decimal_from_double(0.05)).view(), "0.05");
    EXPECT_EQ(DecimalText(decimal_from_double(1.0 / 3)).view(), "0.333333333");
    EXPECT_EQ(decimal_from_double(1e300).raw, raw_max);
    EXPECT_EQ(decimal_from_double(-1e300).raw, -raw_max);
}

TEST(RuleMoneyTest, snaps_to_the_quantum_within_double_rounding_and_else_rounds_against_customer) {
    // 0.1 + 0.2 is 0.30000000000000004: thirty quanta of a hundredth, not thirty-one.
    EXPECT_EQ(money_from_rule(0.1 + 0.2, 100, Rounding::toward_plus), Money{30});
    EXPECT_EQ(money_from_rule(0.301, 100, Rounding::toward_plus), Money{31});
    EXPECT_EQ(money_from_rule(0.309, 100, Rounding::toward_minus), Money{30});
    EXPECT_EQ(money_from_rule(-0.301, 100, Rounding::toward_minus), Money{-31});
    EXPECT_EQ(money_from_rule(std::nan(""), 100, Rounding::toward_plus), std::nullopt);
    EXPECT_EQ(money_from_rule(HUGE_VAL, 100, Rounding::toward_plus), std::nullopt);
    EXPECT_EQ(money_from_rule(1e30, 100, Rounding::toward_plus), std::nullopt);
}

TEST(TextTest, an_id_is_what_the_protocol_says) {
    EXPECT_TRUE(is_id("o-1:A.b_c"));
    EXPECT_TRUE(is_id(std::string(64, 'a')));
    EXPECT_FALSE(is_id(std::string(65, 'a')));
    EXPECT_FALSE(is_id(""));
    EXPECT_FALSE(is_id("a b"));
    EXPECT_FALSE(is_id("a*"));
    EXPECT_FALSE(is_id("\xc3\xa9"));
    EXPECT_EQ(Id{std::string(64, 'a')}.view(), std::string(64, 'a'));
}

TEST(TextTest, a_seed_and_a_text_that_differ_in_the_same_bits_do_not_cancel) {
    // Accounts 8 and 9 with ids "x9" and "x8" once had one fingerprint, and a deposit was lost.
    std::set<std::uint64_t> hashes;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        for (int id = 0; id < 300; ++id) {
            hashes.insert(hash_text("x" + std::to_string(id), seed << 8));
        }
    }
    EXPECT_EQ(hashes.size(), 300U * 300U);
}

TEST(ReasonsTest, every_name_is_found_and_no_two_are_the_same) {
    for (std::size_t i = 0; i < reject_reason_names.size(); ++i) {
        EXPECT_EQ(find_reject_reason(reject_reason_names[i]), static_cast<RejectReason>(i));
    }
    EXPECT_EQ(find_reject_reason("nsf"), std::nullopt);
}

}  // namespace
}  // namespace riskd
