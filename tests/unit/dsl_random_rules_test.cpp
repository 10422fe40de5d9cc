// Rules made at random answer the same, bit for bit, compiled and interpreted, over random states:
// what a replay relies on. RISKD_SEED repeats a run.
#include <gtest/gtest.h>

#include <bit>

#include "dsl/format.hpp"
#include "dsl/parser.hpp"
#include "dsl/step_bound.hpp"
#include "tests/unit/dsl_rig.hpp"

namespace riskd::dsl {
namespace {

using rig::RandomNumbers;

class RandomRules {
public:
    explicit RandomRules(std::uint64_t seed) : random_(seed) {}

    // All numbers in it are ratios, so that any of them fit together.
    RuleText rule(int number) {
        std::string body =
            "    local a = " + expression(4) + "\n    local b = " + expression(3) + "\n";
        body += "    for i = 1, " + std::to_string(1 + random_.below(5)) + " do\n      if " +
                condition(2) + " then a = " + expression(2) + " elseif " + condition(1) +
                " then b = b + a / i else b = " + expression(2) + " end\n    end\n    if " +
                condition(2) + " then return limit(a, b) end\n";
        body += "    return limit(max(" + expression(2) + ", b), min(a, " + expression(2) + ", b))";
        const std::string name = "random_" + std::to_string(number);
        RuleText made = rig::check_rule(
            name, "order, account, instrument, exposure, params",
            "bands = steps { by = \"n\", columns = { share = ratio { default = 1 } }, "
            "default = { { n = 0, share = 0.5 }, { n = 2, share = 2 }, { n = 3, share = 0 } } }",
            body);
        // Every parameter must be used.
        const std::string use =
            "    if order.reduces and account.leverage + exposure.leverage + "
            "instrument.contract_size > params.bands:at(1).share + 1e9 then return pass() end\n";
        made.text.insert(made.text.find("    local a"), use);
        return made;
    }

private:
    std::string expression(int depth) {
        const auto part = [&] { return expression(depth - 1); };
        switch (depth == 0 ? random_.below(6) : 6 + random_.below(14)) {
            case 0: return "account.leverage";
            case 1: return "account.margin_ratio";
            case 2: return "exposure.leverage";
            case 3: return "instrument.contract_size";
            case 4: return std::to_string(1 + random_.below(6));
            case 5: return "instrument.leverage_max";
            case 6: return "(" + part() + " + " + part() + ")";
            case 7: return "(" + part() + " - " + part() + ")";
            case 8: return "(" + part() + " * " + part() + ")";
            case 9: return "(" + part() + " / " + expression(0) + ")";
            case 10: return "max(" + part() + ", " + expression(0) + ")";
            case 11: return "min(" + expression(0) + ", " + part() + ")";
            case 12: return "abs(" + part() + ")";
            case 13: return "floor(" + part() + ")";
            case 14: return "ceil(" + part() + ")";
            case 15: return "params.bands:across(" + part() + ").share";
            case 16: return "params.bands:at(" + part() + ").share";
            case 17: return "sqrt(" + part() + ")";
            case 18: return "sqrt(abs(" + part() + "))";
            default: return "(- " + part() + ")";
        }
    }
    std::string condition(int depth) {
        constexpr std::array<std::string_view, 6> signs{"<", ">", "<=", ">=", "==", "~="};
        switch (depth == 0 ? 0 : random_.below(5)) {
            case 1: return "not (" + condition(depth - 1) + ")";
            case 2: return "(" + condition(depth - 1) + " and " + condition(depth - 1) + ")";
            case 3: return "(" + condition(depth - 1) + " or order.post_only)";
            case 4: return "order.side == side.buy";
            default:
                return "(" + expression(1) + " " +
                       std::string{signs[static_cast<std::size_t>(random_.below(6))]} + " " +
                       expression(1) + ")";
        }
    }

    RandomNumbers random_;
};

CheckQuestion random_state(RandomNumbers& random) {
    CheckQuestion question = rig::calm_question();
    // Whole numbers often, so that comparisons are equal and divisors zero now and then.
    const auto number = [&] {
        return random.below(3) != 0 ? static_cast<double>(random.below(5) - 2) : random.number();
    };
    question.order.side = random.below(2);
    question.order.post_only = random.flag();
    question.order.reduces = random.flag();
    question.account.leverage = number();
    question.account.margin_ratio = number();
    question.exposure.leverage = number();
    question.instrument.contract_size = number();
    question.instrument.leverage_max = number();
    return question;
}

TEST(RandomRules, answer_the_same_compiled_and_interpreted) {
    const std::uint64_t seed = rig::seed_of_this_run();
    RandomRules source(seed);
    RandomNumbers random(seed + 1);
    int limits = 0;
    for (int set = 0; set < 6; ++set) {
        std::vector<RuleText> texts;
        for (int i = 0; i < 8; ++i)
            texts.push_back(source.rule(i));
        const auto compiled = rig::rulebook(texts);
        ASSERT_NE(compiled, nullptr);
        std::vector<double> bounds;
        for (const RuleText& text : texts) {
            Diagnostics diagnostics;
            bounds.push_back(bound_of(check(text, diagnostics)).of.at({}).steps);
        }
        const auto interpreted = rig::rulebook(texts);
        interpreted->set_compiled(false);
        for (int round = 0; round < 2'000; ++round) {
            const CheckQuestion question = random_state(random);
            const auto a = rig::ask(*compiled, question);
            const auto b = rig::ask(*interpreted, question);
            // The last rule of the set is the one whose steps are left in the context.
            ASSERT_LE(compiled->steps_used(false), bounds.back());
            ASSERT_EQ(compiled->steps_used(false), interpreted->steps_used(false));
            for (std::size_t i = 0; i < a.size(); ++i) {
                const std::string where = texts[i].text + " round " + std::to_string(round);
                ASSERT_EQ(a[i].outcome, b[i].outcome) << where;
                ASSERT_EQ(a[i].fault, b[i].fault) << where;
                ASSERT_EQ(std::bit_cast<std::uint64_t>(a[i].used),
                          std::bit_cast<std::uint64_t>(b[i].used))
                    << where;
                ASSERT_EQ(std::bit_cast<std::uint64_t>(a[i].allowed),
                          std::bit_cast<std::uint64_t>(b[i].allowed))
                    << where;
                limits += a[i].outcome == CheckOutcome::limit ? 1 : 0;
            }
        }
    }
    EXPECT_GT(limits, 10'000);  // most answers are numbers, not faults
}

TEST(RandomRules, are_formatted_without_a_change_of_their_trees) {
    RandomRules source(rig::seed_of_this_run());
    for (int i = 0; i < 200; ++i) {
        const std::string text = source.rule(i).text;
        Diagnostics diagnostics;
        const auto once = format(text, diagnostics);
        ASSERT_TRUE(once) << text;
        EXPECT_TRUE(same_tree(parse(text, diagnostics), parse(*once, diagnostics))) << *once;
        EXPECT_EQ(format(*once, diagnostics), once);
        EXPECT_TRUE(diagnostics.empty());
    }
}

}  // namespace
}  // namespace riskd::dsl
