// What options pay at expiry and perpetual ones as time passes, by hand-worked figures.
#include <gtest/gtest.h>

#include "riskd/core/contracts/option.hpp"
#include "riskd/core/ledger.hpp"

namespace riskd {
namespace {

// Quantities in tenths, prices in ten-thousandths, the underlying's in tenths: its final price is
// told in hundred-thousandths.
class OptionTest : public testing::Test {
protected:
    OptionTest() : ledger_{{}} {
        apply(AssetDefinition{.name = Name{"USDT"}, .decimals = 8});
        apply(AssetDefinition{.name = Name{"BTC"}, .decimals = 8, .priced_by = Name{"BTC-PERP"}});
        InstrumentDefinition terms;
        terms.name = Name{"BTC-PERP"};
        terms.kind = ContractKind::linear_perpetual;
        terms.base = Name{"BTC"};
        terms.quote = terms.settle = Name{"USDT"};
        terms.price_decimals = 1;
        terms.mark_age_max.ns = 1;
        EXPECT_TRUE(ledger_.apply_instrument(terms));
    }

    void apply(const AssetDefinition& definition) { EXPECT_TRUE(ledger_.apply_asset(definition)); }

    static InstrumentDefinition terms(ContractKind kind, OptionRight right) {
        InstrumentDefinition terms;
        terms.name = Name{"OPTION"};
        terms.kind = kind;
        terms.base = Name{"BTC"};
        terms.quote = Name{kind == ContractKind::inverse_option ? "BTC" : "USDT"};
        terms.settle = terms.quote;
        terms.price_decimals = 4;
        terms.quantity_decimals = 1;
        terms.mark_age_max.ns = 1;
        terms.underlying = Name{"BTC-PERP"};
        terms.right = right;
        terms.strike = 50'000;
        if (kind == ContractKind::binary_option) terms.payout = Price{10'000};
        if (kind == ContractKind::perpetual_option) terms.funding_interval.ns = 86'400;
        return terms;
    }

    const Instrument& define(const InstrumentDefinition& terms) {
        const auto id = ledger_.apply_instrument(terms);
        EXPECT_TRUE(id);
        return ledger_.instrument(*id);
    }

    static Price final_price(std::int64_t whole) { return Price{whole * 100'000}; }

    Ledger ledger_;
};

constexpr Quantity ten{100};
constexpr std::int64_t unit = 100'000'000;

TEST_F(OptionTest, linear_pays_the_distance_from_the_strike) {
    const Instrument& call = define(terms(ContractKind::linear_option, OptionRight::call));
    EXPECT_EQ(call.final_price_decimals, 5);
    EXPECT_EQ(option::payoff(call, ten, Price{5'000'012'345}, Rounding::toward_minus),
              Money{10 * 12'345'000});
    EXPECT_EQ(option::payoff(call, -ten, final_price(62'500), Rounding::toward_minus),
              Money{-125'000 * unit});
    EXPECT_EQ(option::payoff(call, ten, final_price(50'000), Rounding::toward_minus), Money{});
    EXPECT_EQ(option::payoff(call, ten, final_price(40'000), Rounding::toward_minus), Money{});
}

TEST_F(OptionTest, a_put_pays_below_the_strike) {
    const Instrument& put = define(terms(ContractKind::linear_option, OptionRight::put));
    EXPECT_EQ(option::payoff(put, ten, final_price(49'999), Rounding::toward_minus),
              Money{10 * unit});
    EXPECT_EQ(option::payoff(put, ten, final_price(62'500), Rounding::toward_minus), Money{});
}

TEST_F(OptionTest, a_strike_may_have_more_decimals_than_the_final_price) {
    InstrumentDefinition finer = terms(ContractKind::linear_option, OptionRight::call);
    finer.strike = 499'999'999'995;  // 49,999.9999995
    finer.strike_decimals = 7;
    const Instrument& call = define(finer);
    EXPECT_EQ(option::payoff(call, Quantity{10}, final_price(50'000), Rounding::toward_minus),
              Money{50});
}

// The example of the header, and one that does not come out even.
TEST_F(OptionTest, inverse_pays_in_coin_and_rounds_as_asked) {
    const Instrument& call = define(terms(ContractKind::inverse_option, OptionRight::call));
    EXPECT_EQ(option::payoff(call, ten, final_price(62'500), Rounding::toward_minus),
              Money{2 * unit});
    EXPECT_EQ(option::payoff(call, Quantity{10}, final_price(75'000), Rounding::toward_minus),
              Money{33'333'333});
    EXPECT_EQ(option::payoff(call, Quantity{-10}, final_price(75'000), Rounding::toward_minus),
              Money{-33'333'334});
    EXPECT_FALSE(option::payoff(call, ten, Price{}, Rounding::toward_minus));
}

TEST_F(OptionTest, binary_pays_all_or_nothing_and_both_rights_pay_one_payout) {
    const Instrument call = define(terms(ContractKind::binary_option, OptionRight::call));
    InstrumentDefinition other = terms(ContractKind::binary_option, OptionRight::put);
    other.name = Name{"OTHER"};
    const Instrument& put = define(other);
    for (const std::int64_t price : {49'999, 50'000, 50'001}) {
        const Money calls =
            option::payoff(call, ten, final_price(price), Rounding::toward_minus).value();
        const Money puts =
            option::payoff(put, ten, final_price(price), Rounding::toward_minus).value();
        EXPECT_EQ(calls, Money{price >= 50'000 ? 10 * unit : 0}) << price;
        EXPECT_EQ(calls + puts, Money{10 * unit}) << price;
    }
}

// 1,250 - 1,000 for 2 over an hour of a day: 250 x 2 / 24.
TEST_F(OptionTest, the_long_of_a_perpetual_pays_what_the_mark_is_above_the_payoff) {
    const Instrument& call = define(terms(ContractKind::perpetual_option, OptionRight::call));
    const option::FundingPeriod hour{
        .mark = Price{12'500'000}, .underlying = final_price(51'000), .period = Duration{3'600}};
    EXPECT_EQ(option::funding(call, Quantity{20}, hour, Rounding::toward_plus),
              Money{2'083'333'334});
    EXPECT_EQ(option::funding(call, Quantity{-20}, hour, Rounding::toward_plus),
              Money{-2'083'333'333});
    option::FundingPeriod below = hour;
    below.mark = Price{9'999'000};
    EXPECT_EQ(option::funding(call, Quantity{20}, below, Rounding::toward_plus), Money{-833'333});
}

TEST_F(OptionTest, what_does_not_fit_is_nothing) {
    const Instrument& call = define(terms(ContractKind::inverse_option, OptionRight::call));
    EXPECT_FALSE(
        option::payoff(call, Quantity{raw_max}, final_price(75'000), Rounding::toward_minus));
}

TEST_F(OptionTest, a_definition_names_an_instrument_of_the_same_base_and_keeps_its_terms) {
    InstrumentDefinition wrong = terms(ContractKind::linear_option, OptionRight::call);
    wrong.underlying = Name{"BTC-Q1"};
    EXPECT_FALSE(ledger_.apply_instrument(wrong));
    wrong.underlying = Name{"BTC-PERP"};
    wrong.base = Name{"USDT"};
    EXPECT_FALSE(ledger_.apply_instrument(wrong));
    const auto id = ledger_.apply_instrument(terms(ContractKind::linear_option, OptionRight::call));
    ASSERT_TRUE(id);
    const InstrumentId underlying = ledger_.find_instrument("BTC-PERP");
    EXPECT_EQ(ledger_.instrument(*id).underlying, underlying);
    EXPECT_EQ(ledger_.instrument(underlying).options, std::vector<InstrumentId>{*id});
    wrong = terms(ContractKind::linear_option, OptionRight::call);
    wrong.name = Name{"ON-OPTION"};
    wrong.underlying = Name{"OPTION"};
    EXPECT_FALSE(ledger_.apply_instrument(wrong)) << "an option on an option";
    InstrumentDefinition moved = terms(ContractKind::linear_option, OptionRight::call);
    moved.strike += 1;
    EXPECT_FALSE(ledger_.apply_instrument(moved)) << "another strike";
    moved.strike -= 1;
    moved.taker_fee_rate = 5;
    EXPECT_TRUE(ledger_.apply_instrument(moved));
    EXPECT_EQ(ledger_.instrument(underlying).options.size(), 1U) << "defined again, still once";
}

}  // namespace
}  // namespace riskd
