// The most steps a rule may take, as worked out at load: the figures of small rules by hand, what
// is refused and where, and that no question to any shipped rule ever takes more.
#include <gtest/gtest.h>

#include <cstring>

#include "dsl/step_bound.hpp"
#include "tests/unit/dsl_rig.hpp"

namespace riskd::dsl {
namespace {

using rig::RandomNumbers;

CheckedRule checked(RuleText source) {
    Diagnostics diagnostics;
    CheckedRule rule = check(std::move(source), diagnostics);
    EXPECT_TRUE(diagnostics.empty()) << render(rule.source, diagnostics.list()[0]);
    return rule;
}

std::string steps_of(const std::string& body, const std::string& before = "") {
    RuleText source =
        rig::check_rule("x", "order, params",
                        "s = steps { by = \"n\", columns = { a = quantity }, default = "
                        "{ { n = 0, a = 1 } } }",
                        body);
    source.text = before + source.text;
    return bound_of(checked(std::move(source))).of.text();
}

constexpr std::string_view first_row_answer = "return limit(order.quantity, params.s:at(1).a)";

TEST(StepBound, adds_the_turns_of_loops_one_after_another_and_multiplies_them_within) {
    const std::string end{first_row_answer};
    EXPECT_EQ(steps_of(end), "1");
    EXPECT_EQ(steps_of("for i = 1, 5 do local _ = i end " + end), "6");
    EXPECT_EQ(steps_of("for i = 5, 1 do local _ = i end " + end), "1");
    EXPECT_EQ(steps_of("for i = 9, 1, -2 do local _ = i end " + end), "6");
    EXPECT_EQ(steps_of("for i = 1, 5 do for j = 1, 3 do local _ = i + j end end " + end), "21");
    EXPECT_EQ(steps_of("for i = 1, 5 do local _ = i end for i = 1, 3 do local _ = i end " + end),
              "9");
    EXPECT_EQ(steps_of("for i = 0, 1, 0.1 do local _ = i end " + end), "13");  // 11, or one more
    EXPECT_EQ(steps_of("for i = 1, n do local _ = i end " + end, "local n = 7\n"), "8");
}

TEST(StepBound, takes_the_dearest_branch_and_every_call) {
    const std::string end{first_row_answer};
    EXPECT_EQ(steps_of("if order.reduces then for i = 1, 5 do local _ = i end elseif "
                       "order.post_only then for i = 1, 7 do local _ = i end end " +
                       end),
              "8");
    const std::string f =
        "local function f(x) local y = x for i = 1, 4 do y = y + i end return y end\n";
    EXPECT_EQ(steps_of("local y = f(f(1)) if y > 0 then return pass() end " + end, f), "11");
    EXPECT_EQ(steps_of("if f(1) > 0 or f(2) > 0 then return pass() end " + end, f), "11");
    const std::string g = f + "local function g(x) return f(x) + f(x) end\n";
    EXPECT_EQ(steps_of("for i = 1, 2 do if g(i) > 0 then return pass() end end " + end, g), "25");
}

TEST(StepBound, counts_a_row_of_steps_as_often_as_there_may_be_rows) {
    EXPECT_EQ(steps_of("local y = 0 for r in params.s do y = y + r.a end "
                       "return limit(order.quantity, y)"),
              "65");
}

TEST(StepBound, of_a_rule_about_books_has_a_term_for_what_is_walked) {
    const CheckedRule rule = checked({"b.lua", R"(rule {
  name = "b", kind = "margin",
  portfolio = function(book)
    local sum = 0
    for p in book.positions do
      for q in book.positions do sum = sum + p.value + q.value end
      for o in book.orders do sum = sum + o.value end
    end
    for b in book.balances do sum = sum + b.value end
    return sum, sum
  end,
})"});
    const StepBound bound = bound_of(rule).of;
    EXPECT_EQ(bound.text(),
              "1 + 1 per balance + 1 per position + 1 per position per order + 1 per position per "
              "position");
    EXPECT_EQ(bound.at({.positions = 3, .balances = 2, .orders = 4}).steps, 1 + 2 + 3 + 12 + 9);
    EXPECT_EQ(bound.at({}).steps, 1);
}

TEST(StepBound, a_loop_beyond_the_budget_is_refused_with_its_place_and_both_figures) {
    const LoadResult loaded = rig::load(
        {rig::check_rule("endless", "order", "",
                         "    local sum = 0\n    for i = 1, 3 do\n      sum = sum + i\n    end\n"
                         "    for i = 1, 1000000000 do\n      sum = sum + i\n    end\n"
                         "    return limit(order.quantity, sum)")});
    EXPECT_EQ(loaded.rulebook, nullptr);
    EXPECT_EQ(loaded.rendered,
              "endless.lua:9:5: `endless` may take 1000000004 steps, this loop 1000000000 of them; "
              "the budget of a check rule is 10000, a tenth of rules.steps_max\n"
              "    9 |     for i = 1, 1000000000 do\n"
              "      |     ^^^\n");
}

TEST(StepBound, a_rule_without_loops_is_refused_at_its_function) {
    std::string text = "local function f0(x) return x + 1 end\n";
    for (int i = 1; i < 20; ++i) {
        const std::string below = "f" + std::to_string(i - 1) + "(x)";
        text += "local function f" + std::to_string(i) + "(x) return " + below + " + " + below +
                " end\n";
    }
    RuleText rule = rig::check_rule("doubling", "order", "", "    return limit(f19(1), 1) end,\n");
    rule.text = text +
                "rule {\n  name = \"doubling\", kind = \"check\", reason = reject.other,\n"
                "  check = function()\n    return limit(f19(1), 1)\n  end,\n}\n";
    const LoadResult loaded = rig::load({rule});
    EXPECT_TRUE(loaded.rendered.starts_with(
        "doubling.lua:23:11: `doubling` may take 1048576 steps; the budget of a check rule is "
        "10000, a tenth of rules.steps_max\n"))
        << loaded.rendered;
}

TEST(StepBound, the_budget_is_rules_steps_max_and_a_tenth_of_it) {
    config::RulesSettings settings;
    settings.steps_max = 89'999;
    EXPECT_FALSE(rig::load({rig::long_loop()}, settings).ok());
    settings.steps_max = 90'010;  // 9000 turns and the entry
    EXPECT_TRUE(rig::load({rig::long_loop()}, settings).ok());
    EXPECT_EQ(step_budget(true, 100'000), 100'000);
    EXPECT_EQ(step_budget(false, 100'000), 10'000);
    EXPECT_EQ(step_budget(false, 5), 1);
}

TEST(StepBound, steps_that_are_walked_have_a_most_of_rows) {
    config::RulesSettings settings;
    auto setting = rig::setting("x", "s", 0);
    setting.value.number.reset();
    for (int i = 0; i < 65; ++i)
        setting.value.rows.push_back({{"n", i}, {"a", 1.0}});
    settings.parameters.push_back(setting);
    const auto rule = [](const std::string& body) {
        return rig::check_rule("x", "order, params",
                               "s = steps { by = \"n\", columns = { a = quantity } }", body);
    };
    const LoadResult walked = rig::load({rule("local y = 0 for r in params.s do y = y + r.a end "
                                              "return limit(order.quantity, y)")},
                                        settings);
    EXPECT_EQ(walked.rendered, "`s` has at most 64 rows\n");
    EXPECT_TRUE(rig::load({rule(std::string{first_row_answer})}, settings).ok());
}

// Any value for every field of a view.
void fill(void* at, ViewId id, RandomNumbers& random) {
    const auto store = [&](const FieldInfo& field, const auto& value) {
        std::memcpy(static_cast<char*>(at) + field.offset, &value, sizeof value);
    };
    for (const FieldInfo& field : view(id).fields) {
        if (field.storage == Storage::number) {
            store(field, random.flag() ? random.number() : 1.0 + random.below(3));
        } else if (field.storage == Storage::flag) {
            store(field, random.flag());
        } else {
            const EnumerationInfo* of = find_enumeration(field.unit);
            store(field, random.below(static_cast<std::int32_t>(of->enumerators.size())));
        }
    }
}

struct RandomBook {
    explicit RandomBook(RandomNumbers& random)
        : positions(static_cast<std::size_t>(random.below(12))),
          balances(static_cast<std::size_t>(random.below(5))),
          orders(static_cast<std::size_t>(random.below(7))),
          instruments(16, InstrumentId{0}),
          assets(16, AssetId{0}) {
        for (PositionView& each : positions)
            fill(&each, ViewId::position, random);
        for (BalanceView& each : balances)
            fill(&each, ViewId::balance, random);
        for (BookOrderView& each : orders)
            fill(&each, ViewId::book_order, random);
        fill(&book, ViewId::book, random);
    }
    BookQuestion question(RuleId rule) const {
        BookQuestion made{.rule = rule, .book = book};
        made.positions = positions.data();
        made.positions_count = static_cast<std::int32_t>(positions.size());
        made.balances = balances.data();
        made.balances_count = static_cast<std::int32_t>(balances.size());
        made.orders = orders.data();
        made.orders_count = static_cast<std::int32_t>(orders.size());
        made.assets = assets.data();
        made.instruments = made.orders_instruments = instruments.data();
        return made;
    }
    BookSize size() const {
        return {.positions = static_cast<double>(positions.size()),
                .balances = static_cast<double>(balances.size()),
                .orders = static_cast<double>(orders.size())};
    }

    BookView book;
    std::vector<PositionView> positions;
    std::vector<BalanceView> balances;
    std::vector<BookOrderView> orders;
    std::vector<InstrumentId> instruments;
    std::vector<AssetId> assets;
};

// What one random question to the rule took, and the most it might have.
struct Taken {
    double steps{};
    double bound{};
};

Taken ask_once(LuaRulebook& rules, const RuleDeclaration& declaration, const StepBound& bound,
               RandomNumbers& random) {
    if (is_about_books(declaration)) {
        const RandomBook book{random};
        const BookQuestion question = book.question(rules.margin_rule());
        MarginAnswer answered;
        rules.books({&question, 1}, {&answered, 1});
        return {static_cast<double>(rules.steps_used(true)), bound.at(book.size()).steps};
    }
    switch (declaration.kind) {
        case RuleKind::check: {
            CheckQuestion question;
            question.mark_fresh = true;
            fill(&question.order, ViewId::order, random);
            fill(&question.account, ViewId::account, random);
            fill(&question.instrument, ViewId::instrument, random);
            fill(&question.exposure, ViewId::exposure, random);
            question.groups_count = 1;
            fill(&question.groups[0].view, ViewId::group, random);
            rig::ask(rules, question);
            break;
        }
        case RuleKind::margin: {
            MarginQuestion question{.rule = rules.margin_rule()};
            MarginAnswer answered;
            fill(&question.exposure, ViewId::margin, random);
            rules.margin({&question, 1}, {&answered, 1});
            break;
        }
        case RuleKind::collateral: {
            CollateralQuestion question;
            CollateralAnswer answered;
            fill(&question.collateral, ViewId::collateral, random);
            rules.collateral({&question, 1}, {&answered, 1});
            break;
        }
        default: {
            StageQuestion question;
            StageAnswer answered;
            fill(&question.account, ViewId::account, random);
            rules.stage({&question, 1}, {&answered, 1});
        }
    }
    return {static_cast<double>(rules.steps_used(false)), bound.at({}).steps};
}

// Alone, with the plainest rule of each other kind beside it.
std::unique_ptr<LuaRulebook> alone(const RuleText& source, RuleKind kind) {
    std::vector<RuleText> texts{source};
    if (kind != RuleKind::margin) texts.push_back(rig::plain_margin());
    if (kind != RuleKind::collateral) texts.push_back(rig::plain_collateral());
    if (kind != RuleKind::liquidation) texts.push_back(rig::plain_ladder());
    LoadResult loaded = load_rules(std::move(texts), {});
    EXPECT_TRUE(loaded.ok()) << loaded.rendered;
    return std::move(loaded.rulebook);
}

TEST(StepBound, is_never_below_what_a_shipped_rule_takes) {
    RandomNumbers random(rig::seed_of_this_run());
    int reached = 0;
    for (const std::string& file : rig::rule_files()) {
        const RuleText source{file, rig::read_file(file)};
        const CheckedRule rule = checked(source);
        const StepBound bound = bound_of(rule).of;
        const auto rules = alone(source, rule.declaration.kind);
        ASSERT_NE(rules, nullptr);
        double nearest = 0;
        for (int round = 0; round < 300; ++round) {
            const Taken taken = ask_once(*rules, rule.declaration, bound, random);
            ASSERT_LE(taken.steps, taken.bound) << file << " round " << round;
            ASSERT_GE(taken.steps, 0) << file;
            nearest = std::max(nearest, taken.steps / taken.bound);
        }
        reached += nearest == 1 ? 1 : 0;
    }
    EXPECT_GT(reached, 30);  // of most rules the bound is what they take
}

}  // namespace
}  // namespace riskd::dsl
