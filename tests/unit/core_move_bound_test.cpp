// Bounds on how far values move, against values and option models at random prices in the range.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/contracts/move_bound.hpp"
#include "riskd/core/contracts/option_model.hpp"
#include "riskd/core/ledger.hpp"

namespace riskd {
namespace {

class MoveBoundTest : public testing::Test {
protected:
    MoveBoundTest() : ledger_{{}} {
        EXPECT_TRUE(ledger_.apply_asset({.name = Name{"USDT"}, .decimals = 8}));
        EXPECT_TRUE(ledger_.apply_asset(
            {.name = Name{"BTC"}, .decimals = 8, .priced_by = Name{"BTC-PERP"}}));
        define("BTC-PERP", ContractKind::linear_perpetual, "USDT", 1);
    }

    const Instrument& define(const char* name, ContractKind kind, const char* settle,
                             int price_decimals, OptionRight right = OptionRight::call) {
        InstrumentDefinition terms;
        terms.name = Name{name};
        terms.kind = kind;
        terms.base = Name{"BTC"};
        terms.quote = Name{is_inverse(kind) && !is_option(kind) ? "USDT" : settle};
        terms.settle = Name{settle};
        terms.price_decimals = static_cast<std::uint8_t>(price_decimals);
        terms.quantity_decimals = 1;
        terms.mark_age_max.ns = 1;
        if (is_option(kind)) {
            terms.underlying = Name{"BTC-PERP"};
            terms.right = right;
            terms.strike = 50'000;
            if (kind == ContractKind::binary_option) terms.payout = Price{10'000};
            if (kind == ContractKind::perpetual_option) terms.funding_interval.ns = 86'400;
        }
        const auto id = ledger_.apply_instrument(terms);
        EXPECT_TRUE(id) << name;
        return ledger_.instrument(*id);
    }
    std::int64_t between(std::int64_t least, std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>{least, most}(random_);
    }
    double uniform(double least, double most) {
        return std::uniform_real_distribution<>{least, most}(random_);
    }
    PriceRange range() {
        const std::int64_t low = between(1'000, 900'000);
        return {.low = Price{low}, .high = Price{low + between(0, low)}};
    }

    Ledger ledger_;
    std::mt19937_64 random_{20261122};
};

TEST_F(MoveBoundTest, by_its_own_mark_a_value_stays_within_its_ends) {
    const Instrument& linear = ledger_.instrument(ledger_.find_instrument("BTC-PERP"));
    for (int i = 0; i < 2'000; ++i) {
        const PriceRange marks = range();
        const Quantity quantity{between(-5'000, 5'000)};
        const auto bound = value_move_max(linear, quantity, marks);
        ASSERT_TRUE(bound);
        const Price one{between(marks.low.raw, marks.high.raw)};
        const Price other{between(marks.low.raw, marks.high.raw)};
        const Money moved = *value(linear, quantity, one, Rounding::toward_minus) -
                            *value(linear, quantity, other, Rounding::toward_minus);
        EXPECT_LE(magnitude(moved), *bound);
        const Money ends = *value(linear, quantity, marks.high, Rounding::toward_minus) -
                           *value(linear, quantity, marks.low, Rounding::toward_minus);
        EXPECT_LE(bound->raw, magnitude(ends).raw + 1) << "no more than is needed";
    }
}

TEST_F(MoveBoundTest, of_an_inverse_contract_too) {
    const Instrument& inverse = define("BTC-INV", ContractKind::inverse_perpetual, "BTC", 1);
    // 10,000 contracts of a dollar from 40,000 to 50,000: 0.25 and 0.2 coins.
    EXPECT_EQ(
        value_move_max(inverse, Quantity{100'000}, {.low = Price{400'000}, .high = Price{500'000}}),
        Money{5'000'000});
    for (int i = 0; i < 2'000; ++i) {
        const PriceRange marks = range();
        const Quantity quantity{between(-5'000'000, 5'000'000)};
        const auto bound = value_move_max(inverse, quantity, marks);
        ASSERT_TRUE(bound);
        const Price one{between(marks.low.raw, marks.high.raw)};
        const Price other{between(marks.low.raw, marks.high.raw)};
        const Money moved = *value(inverse, quantity, one, Rounding::toward_minus) -
                            *value(inverse, quantity, other, Rounding::toward_minus);
        EXPECT_LE(magnitude(moved), *bound);
    }
}

TEST_F(MoveBoundTest, by_its_underlying_an_option_stays_within_what_any_model_allows) {
    struct Kind {
        ContractKind kind;
        const char* settle;
    };
    const Kind kinds[] = {{ContractKind::linear_option, "USDT"},
                          {ContractKind::inverse_option, "BTC"},
                          {ContractKind::perpetual_option, "USDT"},
                          {ContractKind::binary_option, "USDT"}};
    int named = 0;
    for (const Kind& kind : kinds) {
        for (const OptionRight right : {OptionRight::call, OptionRight::put}) {
            const Instrument& option =
                define(("O" + std::to_string(++named)).c_str(), kind.kind, kind.settle, 4, right);
            const Instrument& underlying = ledger_.instrument(option.underlying);
            const double unit = ledger_.asset(option.settle).unit;
            for (int i = 0; i < 500; ++i) {
                const PriceRange marks = range();
                const Quantity quantity{between(1, 5'000)};
                const auto bound = option_move_max(option, underlying, quantity, marks);
                ASSERT_TRUE(bound);
                option::Model model{.option = &option,
                                    .underlying = uniform(static_cast<double>(marks.low.raw),
                                                          static_cast<double>(marks.high.raw)) /
                                                  10,
                                    .volatility = uniform(0.05, 3),
                                    .years = uniform(0.0001, 2)};
                const double one = option::price(model);
                model.underlying = uniform(static_cast<double>(marks.low.raw),
                                           static_cast<double>(marks.high.raw)) /
                                   10;
                const double moved = std::fabs(option::price(model) - one) *
                                     static_cast<double>(quantity.raw) / 10 * unit;
                EXPECT_LE(moved, static_cast<double>(bound->raw) * (1 + 1e-9) + 1)
                    << name(kind.kind) << ' ' << marks.low.raw << ' ' << marks.high.raw;
            }
        }
    }
}

TEST_F(MoveBoundTest, what_is_no_range_has_none) {
    const Instrument& linear = ledger_.instrument(ledger_.find_instrument("BTC-PERP"));
    EXPECT_FALSE(value_move_max(linear, Quantity{1}, {.low = Price{0}, .high = Price{5}}));
    EXPECT_FALSE(value_move_max(linear, Quantity{1}, {.low = Price{6}, .high = Price{5}}));
    EXPECT_FALSE(
        value_move_max(linear, Quantity{raw_max}, {.low = Price{1}, .high = Price{raw_max}}));
    EXPECT_EQ(value_move_max(linear, Quantity{1}, {.low = Price{5}, .high = Price{5}}), Money{});
}

}  // namespace
}  // namespace riskd
