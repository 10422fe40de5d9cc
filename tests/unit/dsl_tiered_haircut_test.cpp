// rules/collateral/tiered_haircut.lua against the same in plain C++, and the sum over steps that it
// is made of: bit for bit, compiled and interpreted, with numbers as they should not come too.
#include <gtest/gtest.h>

#include <bit>
#include <cstdio>
#include <cstdlib>

#include "tests/unit/dsl_rig.hpp"

namespace riskd::dsl {
namespace {

struct HaircutTier {
    double amount{};
    double haircut{};
};
struct HaircutTerms {
    std::vector<HaircutTier> tiers;
    double value_max{};
    double liability_haircut{};
};

// Tier by tier, each with the part of the amount that lies in it.
double cut_of(const HaircutTerms& terms, double amount) {
    double cut = 0;
    for (std::size_t i = 0; i < terms.tiers.size(); ++i) {
        const double from = terms.tiers[i].amount;
        const bool is_last = i + 1 == terms.tiers.size();
        const double end = is_last ? std::numeric_limits<double>::infinity()  //
                                   : terms.tiers[i + 1].amount;
        if (amount > from) cut += (std::min(amount, end) - from) * terms.tiers[i].haircut;
    }
    return cut;
}

CollateralAnswer plain_answer(const HaircutTerms& terms, const CollateralView& view) {
    const CollateralAnswer absent_number{.fault = RuleFault::not_a_number};
    if (std::isnan(view.amount) || std::isnan(view.value)) return absent_number;
    double worth = 0;
    if (view.amount < 0) {
        worth = view.value * (1 + terms.liability_haircut);
    } else {
        const double left = view.value - view.price * cut_of(terms, view.amount);
        if (std::isnan(left)) return absent_number;
        worth = std::min(std::max(left, 0.0), terms.value_max);
    }
    if (!std::isfinite(worth)) return absent_number;
    if (worth > view.value) return {.fault = RuleFault::out_of_range};
    return {.value = worth};
}

class TieredHaircut : public ::testing::TestWithParam<bool> {
protected:
    TieredHaircut()
        : rules_(rig::shipped(rig::shipped_with(std::string{RISKD_SOURCE_DIR} +
                                                "/rules/collateral/tiered_haircut.lua"))),
          random_(seed()) {
        rules_->set_compiled(GetParam());
        rules_->warm();
    }

    static std::uint64_t seed() {
        const char* given = std::getenv("RISKD_SEED");
        const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 20260121;
        std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
        return seed;
    }
    HaircutTerms random_terms() {
        HaircutTerms terms{.tiers = {{0, share()}},
                           .value_max = std::pow(10.0, random_.below(9)),
                           .liability_haircut = share()};
        for (std::int32_t i = random_.below(6); i > 0; --i) {
            terms.tiers.push_back(
                {terms.tiers.back().amount + 0.1 + random_.below(1'000), share()});
        }
        return terms;
    }
    double share() { return random_.below(5) == 0 ? random_.below(2) : random_.near_one() / 1.3; }

    void set(const HaircutTerms& terms) {
        auto tiers = rig::setting("tiered_haircut", "tiers", 0);
        tiers.value.number.reset();
        for (const HaircutTier& each : terms.tiers) {
            tiers.value.rows.push_back({{"amount", each.amount}, {"haircut", each.haircut}});
        }
        const std::array<config::ParameterSetting, 3> settings{
            tiers, rig::setting("tiered_haircut", "value_max", terms.value_max),
            rig::setting("tiered_haircut", "liability_haircut", terms.liability_haircut)};
        EXPECT_TRUE(rules_->set_parameters(settings).empty());
    }

    // An amount at, beside or among the edges, at its own price; or numbers without sense.
    CollateralView random_view(const HaircutTerms& terms) {
        if (random_.below(4) == 0) {
            return {
                .amount = random_.number(), .price = random_.number(), .value = random_.number()};
        }
        const auto at = random_.below(static_cast<std::int32_t>(terms.tiers.size()));
        double amount = terms.tiers[static_cast<std::size_t>(at)].amount;
        switch (random_.below(5)) {
            case 0: break;
            case 1: amount = std::nextafter(amount, 1e9); break;
            case 2: amount = std::nextafter(amount, -1e9); break;
            case 3: amount *= random_.near_one(); break;
            default: amount = std::fabs(random_.number()); break;
        }
        const double price = std::pow(10.0, random_.below(9) - 4) * (1 + random_.near_one());
        return {.amount = amount, .price = price, .value = amount * price};
    }

    CollateralAnswer ask(const CollateralView& view) {
        CollateralQuestion question;
        question.collateral = view;
        CollateralAnswer answer;
        rules_->collateral({&question, 1}, {&answer, 1});
        return answer;
    }

    std::unique_ptr<LuaRulebook> rules_;
    rig::RandomNumbers random_;
};

TEST_P(TieredHaircut, is_what_plain_code_makes_of_it) {
    int numbers = 0;
    for (int set_of_terms = 0; set_of_terms < 200; ++set_of_terms) {
        const HaircutTerms terms = random_terms();
        set(terms);
        for (int round = 0; round < 250; ++round) {
            const CollateralView view = random_view(terms);
            const CollateralAnswer wanted = plain_answer(terms, view);
            const CollateralAnswer given = ask(view);
            ASSERT_EQ(given.fault, wanted.fault) << view.amount << " at " << view.price;
            ASSERT_EQ(std::bit_cast<std::uint64_t>(given.value),
                      std::bit_cast<std::uint64_t>(wanted.value + 0.0))
                << view.amount << " at " << view.price;
            numbers += given.fault == RuleFault::none ? 1 : 0;
        }
    }
    EXPECT_GT(numbers, 30'000);
}

TEST_P(TieredHaircut, counts_never_less_for_more) {
    for (int set_of_terms = 0; set_of_terms < 200; ++set_of_terms) {
        const HaircutTerms terms = random_terms();
        set(terms);
        double before = -1e18;
        double amount = -50;
        while (amount < terms.tiers.back().amount * 1.2 + 10) {
            const double worth = ask({.amount = amount, .price = 7, .value = 7 * amount}).value;
            // A difference of two doubles errs by a unit of the larger in the last place.
            ASSERT_GE(worth, before - 4e-16 * 7 * std::fabs(amount)) << amount;
            before = worth;
            amount += 0.01 + terms.tiers.back().amount / 200 * random_.near_one();
        }
    }
}

TEST_P(TieredHaircut, works_the_example_of_a_venue) {
    // MEXC, multi-asset margin: 2 BTC with 90 % of the first and 80 % of the rest count as 1.7.
    set({.tiers = {{0, 0.1}, {1, 0.2}}, .value_max = 1e6, .liability_haircut = 0});
    EXPECT_DOUBLE_EQ(ask({.amount = 2, .price = 1, .value = 2}).value, 1.7);
    EXPECT_DOUBLE_EQ(ask({.amount = 2, .price = 50'000, .value = 100'000}).value, 85'000);
}

TEST_P(TieredHaircut, an_asset_that_nobody_has_set_counts_nothing_and_is_owed_in_full) {
    EXPECT_EQ(ask({.amount = 3, .price = 5, .value = 15}).value, 0);
    EXPECT_EQ(ask({.amount = -3, .price = 5, .value = -15}).value, -15);
}

INSTANTIATE_TEST_SUITE_P(Rules, TieredHaircut, ::testing::Values(true, false),
                         [](const auto& each) { return each.param ? "compiled" : "interpreted"; });

}  // namespace
}  // namespace riskd::dsl
