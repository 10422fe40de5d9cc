// The shipped rules against the same rules by hand in C++, bit for bit, compiled and interpreted.
#include <gtest/gtest.h>

#include <bit>

#include "tests/model/native_rulebook.hpp"
#include "tests/unit/dsl_rig.hpp"

namespace riskd::dsl {
namespace {

using model::NativeParameters;
using model::NativeRulebook;
using rig::RandomNumbers;

std::uint64_t bits(double value) {
    return std::bit_cast<std::uint64_t>(value);
}

CheckQuestion random_check(RandomNumbers& random) {
    CheckQuestion question;
    question.mark_fresh = random.below(4) != 0;
    question.order = {.quantity = random.number(),
                      .price = random.number(),
                      .notional = random.number(),
                      .side = random.below(2),
                      .type = random.below(4),
                      .time_in_force = random.below(5),
                      .reduce_only = random.flag(),
                      .post_only = random.flag(),
                      .reduces = random.flag(),
                      .borrowed_after = random.flag() ? 0.0 : random.number()};
    question.account.open_orders = random.below(3) == 0 ? random.number() : random.below(210);
    question.account.leverage = random.number();
    question.instrument.mark_price =
        random.flag() ? question.order.price * random.near_one() : random.number();
    question.exposure.worst_case_notional_after = random.number();
    question.exposure.worst_case_quantity_after = random.number();
    question.history[0].change = -random.number();
    question.history[1].count = random.below(3) == 0 ? random.number() : random.below(110);
    question.groups_known = random.below(4) != 0;
    question.groups_count = static_cast<std::uint8_t>(random.below(4));
    for (std::uint32_t i = 0; i < question.groups_count; ++i) {
        question.groups[i].group = GroupId{i};
        question.groups[i].view.gross_exposure_after = random.number() * 1e9;
    }
    return question;
}

MarginQuestion random_margin(RandomNumbers& random) {
    MarginQuestion question;
    question.exposure = {.quantity = random.number(),
                         .notional = random.number(),
                         .mark_price = random.number(),
                         .leverage = random.flag() ? 1.0 + random.below(50) : random.number(),
                         .leverage_max = 50};
    if (random.flag()) return question;
    const auto positive = [&] { return 1.0 + random.below(100'000) / 8.0; };
    MarginView& option = question.exposure;
    option.quantity = random.flag() ? positive() : -positive();
    option.notional = positive() * 1e4;
    option.mark_price = positive();
    option.leverage = 1.0 + random.below(50);
    option.contract_size = positive();
    option.kind = static_cast<std::int32_t>(random.flag() ? ContractKind::linear_option
                                                          : ContractKind::binary_option);
    option.right = right_seen(random.flag() ? OptionRight::call : OptionRight::put);
    option.underlying_value = option.payout = option.mark_price + positive();
    return question;
}

CollateralQuestion random_collateral(RandomNumbers& random) {
    CollateralQuestion question;
    question.collateral = {
        .amount = random.number(), .price = random.number(), .value = random.number()};
    return question;
}

StageQuestion random_stage(RandomNumbers& random) {
    StageQuestion question;
    question.account.margin_ratio = random.below(8) == 0 ? random.number() : random.near_one();
    question.account.stage = random.below(5);
    return question;
}

class ShippedRules : public ::testing::TestWithParam<bool> {
protected:
    ShippedRules() : rules_(rig::shipped()), random_(rig::seed_of_this_run()) {
        rules_->set_compiled(GetParam());
        rules_->warm();
    }

    template <typename Question, typename Answer, typename Make, typename Ask, typename Same>
    void compare_batches(Make make, Ask ask, Same same) {
        constexpr std::array<std::size_t, 6> sizes{1, 2, 8, 33, 1024, 3000};
        for (int round = 0; round < 60; ++round) {
            const std::size_t size = sizes[static_cast<std::size_t>(random_.below(6))];
            std::vector<Question> questions(size);
            for (Question& each : questions)
                each = make(random_);
            std::vector<Answer> lua(size);
            std::vector<Answer> native(size);
            ask(*rules_, std::span<const Question>{questions}, std::span{lua});
            ask(native_, std::span<const Question>{questions}, std::span{native});
            for (std::size_t i = 0; i < size; ++i) {
                ASSERT_EQ(lua[i].fault, native[i].fault) << i << " of " << size;
                same(lua[i], native[i]);
            }
        }
    }

    std::unique_ptr<LuaRulebook> rules_;
    NativeRulebook native_;
    RandomNumbers random_;
};

TEST_P(ShippedRules, have_the_names_reasons_and_windows_of_the_native_ones) {
    ASSERT_EQ(rules_->rules().size(), native_.rules().size());
    for (std::size_t i = 0; i < native_.rules().size(); ++i) {
        EXPECT_EQ(rules_->rules()[i].name.view(), native_.rules()[i].name.view());
        EXPECT_EQ(rules_->rules()[i].kind, native_.rules()[i].kind);
        EXPECT_EQ(rules_->rules()[i].reason, native_.rules()[i].reason);
        EXPECT_EQ(rules_->rules()[i].needs_mark, native_.rules()[i].needs_mark);
    }
    ASSERT_EQ(rules_->windows().size(), native_.windows().size());
    EXPECT_EQ(rules_->windows()[0], native_.windows()[0]);
    EXPECT_EQ(rules_->windows()[1], native_.windows()[1]);
    ASSERT_EQ(rules_->check_rules().size(), native_.check_rules().size());
    EXPECT_EQ(rules_->margin_rule(), native_.margin_rule());
    EXPECT_EQ(rules_->collateral_rule(), native_.collateral_rule());
    EXPECT_EQ(rules_->liquidation_rule(), native_.liquidation_rule());
}

TEST_P(ShippedRules, check_orders_as_the_native_ones_do) {
    for (int round = 0; round < 20'000; ++round) {
        const CheckQuestion question = random_check(random_);
        const auto lua = rig::ask(*rules_, question);
        const auto native = rig::ask(native_, question);
        for (std::size_t i = 0; i < lua.size(); ++i) {
            const auto name = rules_->rules()[i].name;
            ASSERT_EQ(lua[i].outcome, native[i].outcome) << name.view() << " round " << round;
            ASSERT_EQ(lua[i].fault, native[i].fault) << name.view() << " round " << round;
            ASSERT_EQ(bits(lua[i].used), bits(native[i].used)) << name.view();
            ASSERT_EQ(bits(lua[i].allowed), bits(native[i].allowed)) << name.view();
        }
    }
}

TEST_P(ShippedRules, ask_the_same_margin_as_the_native_ones) {
    compare_batches<MarginQuestion, MarginAnswer>(
        random_margin,
        [](Rulebook& rules, auto asked, auto answers) { rules.margin(asked, answers); },
        [](const MarginAnswer& a, const MarginAnswer& b) {
            ASSERT_EQ(bits(a.initial), bits(b.initial));
            ASSERT_EQ(bits(a.maintenance), bits(b.maintenance));
        });
}

TEST_P(ShippedRules, value_collateral_as_the_native_ones_do) {
    compare_batches<CollateralQuestion, CollateralAnswer>(
        random_collateral,
        [](Rulebook& rules, auto asked, auto answers) { rules.collateral(asked, answers); },
        [](const CollateralAnswer& a, const CollateralAnswer& b) {
            ASSERT_EQ(bits(a.value), bits(b.value));
        });
}

TEST_P(ShippedRules, climb_the_same_ladder_as_the_native_ones) {
    compare_batches<StageQuestion, StageAnswer>(
        random_stage,
        [](Rulebook& rules, auto asked, auto answers) { rules.stage(asked, answers); },
        [](const StageAnswer& a, const StageAnswer& b) {
            ASSERT_EQ(a.stage, b.stage);
            ASSERT_EQ(bits(a.exit_ratio), bits(b.exit_ratio));
            ASSERT_EQ(bits(a.step_max), bits(b.step_max));
            ASSERT_EQ(bits(a.cool_down), bits(b.cool_down));
        });
}

INSTANTIATE_TEST_SUITE_P(Rules, ShippedRules, ::testing::Values(true, false),
                         [](const auto& each) { return each.param ? "compiled" : "interpreted"; });

TEST(ShippedLadder, an_episode_ends_only_below_its_exit) {
    const auto rules = rig::shipped();
    struct Step {
        double ratio;
        Stage before;
        Stage after;
    };
    constexpr std::array<Step, 21> steps{{
        {0.69, Stage::healthy, Stage::healthy},
        {0.70, Stage::healthy, Stage::margin_call},
        {0.695, Stage::margin_call, Stage::margin_call},
        {0.685, Stage::margin_call, Stage::healthy},
        {0.695, Stage::healthy, Stage::healthy},
        {0.80, Stage::margin_call, Stage::cancel_orders},
        {0.795, Stage::cancel_orders, Stage::cancel_orders},
        {0.785, Stage::cancel_orders, Stage::margin_call},
        {0.685, Stage::cancel_orders, Stage::healthy},
        {0.90, Stage::cancel_orders, Stage::reduce},
        {0.76, Stage::reduce, Stage::reduce},
        {0.75, Stage::reduce, Stage::reduce},
        {0.74, Stage::reduce, Stage::margin_call},
        {1.00, Stage::reduce, Stage::liquidate},
        {0.95, Stage::liquidate, Stage::liquidate},
        {0.74, Stage::liquidate, Stage::margin_call},
        {9.99, Stage::healthy, Stage::liquidate},
        {1e6, Stage::liquidate, Stage::take_over},
        // What is left of a take-over is closed, never taken over when there is more than before.
        {1e5, Stage::take_over, Stage::liquidate},
        {0.95, Stage::take_over, Stage::liquidate},
        {0.74, Stage::take_over, Stage::margin_call},
    }};
    for (const Step& step : steps) {
        std::array<StageQuestion, 1> question{};
        std::array<StageAnswer, 1> answer{};
        question[0].account.margin_ratio = step.ratio;
        question[0].account.stage = static_cast<std::int32_t>(step.before);
        rules->stage(question, answer);
        EXPECT_EQ(answer[0].fault, RuleFault::none);
        EXPECT_EQ(name(answer[0].stage), name(step.after)) << step.ratio;
        EXPECT_EQ(answer[0].exit_ratio, step.after >= Stage::reduce ? 0.75 : 1.0);
    }
}

TEST(ShippedTiers, do_not_jump_at_their_edges) {
    const auto rules = rig::shipped();
    const auto maintenance = [&](double notional) {
        std::array<MarginQuestion, 1> question{};
        std::array<MarginAnswer, 1> answer{};
        question[0].exposure = {.notional = notional, .leverage = 10};
        rules->margin(question, answer);
        EXPECT_EQ(answer[0].fault, RuleFault::none);
        return answer[0].maintenance;
    };
    EXPECT_EQ(maintenance(100), 5);
    EXPECT_EQ(maintenance(1'000'000), 50'000);
    EXPECT_NEAR(maintenance(999'999.99), 50'000, 0.01);
    EXPECT_EQ(maintenance(10'000'000), 950'000);
    EXPECT_NEAR(maintenance(9'999'999.99), 950'000, 0.01);
    EXPECT_EQ(maintenance(0), 0);
}

}  // namespace
}  // namespace riskd::dsl
