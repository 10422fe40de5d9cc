// Margin rules about books: walks over positions, scenarios as they were set, several margin rules.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/unit/dsl_rig.hpp"

namespace riskd::dsl {
namespace {

// Of all prices that are strikes: what the book pays there at least.
constexpr std::string_view payoffs = R"lua(
local function intrinsic(right, strike, at)
  if right == option_right.call then return max(at - strike, 0) end
  return max(strike - at, 0)
end
rule {
  name = "payoffs", kind = "margin",
  portfolio = function(book)
    local worst = 0
    for s in book.positions do
      local sum = 0
      for p in book.positions do
        if p.is_option then
          sum = sum + p.quantity * intrinsic(p.right, p.strike, s.strike)
        end
      end
      worst = max(worst, -sum)
    end
    return worst, worst / 2
  end,
}
)lua";

PositionView option(OptionRight right, double strike, double quantity) {
    return {.right = right_seen(right),
            .is_option = true,
            .quantity = quantity,
            .strike = strike,
            .mark_price = 1,
            .value = quantity};
}

MarginAnswer ask_of(Rulebook& rules, RuleId rule, const std::vector<PositionView>& positions) {
    BookQuestion question{.rule = rule,
                          .positions = positions.data(),
                          .positions_count = static_cast<std::int32_t>(positions.size())};
    MarginAnswer answer;
    rules.books({&question, 1}, {&answer, 1});
    return answer;
}

std::vector<PositionView> spread() {
    return {option(OptionRight::put, 80, -2), option(OptionRight::call, 100, -1),
            option(OptionRight::call, 130, 1)};
}

std::unique_ptr<LuaRulebook> payoff_rules(std::int32_t steps) {
    LoadResult loaded = load_rules(
        {{"payoffs.lua", std::string{payoffs}}, rig::plain_collateral(), rig::plain_ladder()}, {});
    EXPECT_TRUE(loaded.ok()) << loaded.rendered;
    if (loaded.ok()) loaded.rulebook->set_steps_max(steps);
    return std::move(loaded.rulebook);
}

TEST(Portfolio, a_rule_walks_the_positions_of_a_book_within_another_walk) {
    const auto rules = payoff_rules(1'000);
    for (const bool compiled : {true, false}) {
        rules->set_compiled(compiled);
        for (int round = 0; round < 100; ++round) {
            const MarginAnswer answer = ask_of(*rules, RuleId{0}, spread());
            ASSERT_EQ(answer.fault, RuleFault::none) << rules->last_error();
            EXPECT_EQ(answer.initial, 30);  // at 130: the call at 100; at 80 and 100: nothing
            EXPECT_EQ(answer.maintenance, 15);
        }
        EXPECT_EQ(ask_of(*rules, RuleId{0}, {}).initial, 0);
    }
}

TEST(Portfolio, every_turn_of_a_walk_is_a_step) {
    // One for the rule, three turns, nine turns within, nine calls of intrinsic().
    EXPECT_EQ(ask_of(*payoff_rules(22), RuleId{0}, spread()).fault, RuleFault::none);
    EXPECT_EQ(ask_of(*payoff_rules(21), RuleId{0}, spread()).fault, RuleFault::over_budget);
}

TEST(Portfolio, a_figure_that_is_absent_is_a_fault) {
    auto positions = spread();
    positions[1].strike = absent;
    EXPECT_EQ(ask_of(*payoff_rules(1'000), RuleId{0}, positions).fault, RuleFault::not_a_number);
}

std::unique_ptr<LuaRulebook> both_rules() {
    config::RulesSettings settings;
    const std::string folder = std::string{RISKD_SOURCE_DIR} + "/rules/";
    for (const char* name : {"margin/tiered.lua", "margin/portfolio.lua", "collateral/haircut.lua",
                             "liquidation/ladder.lua"}) {
        settings.files.push_back(folder + name);
    }
    return rig::shipped(settings);
}

TEST(Portfolio, a_ruleset_may_have_several_margin_rules_and_the_first_is_the_usual_one) {
    const auto rules = both_rules();
    ASSERT_EQ(rules->margin_models().size(), 2U);
    EXPECT_EQ(rules->margin_models()[0].name.view(), "tiered");
    EXPECT_EQ(rules->margin_models()[1].name.view(), "portfolio");
    EXPECT_TRUE(rules->margin_models()[1].of_books);
    EXPECT_EQ(rules->margin_rule(), rules->margin_models()[0].rule);
    std::array<MarginQuestion, 3> questions{};
    for (MarginQuestion& question : questions)
        question.exposure = {.notional = 100, .leverage = 10};
    questions[0].rule = RuleId{0};
    questions[1].rule = RuleId{1};  // about books: it cannot be asked of an instrument
    std::array<MarginAnswer, 3> answers{};
    rules->margin(questions, answers);
    EXPECT_EQ(answers[0].initial, 10);
    EXPECT_EQ(answers[1].fault, RuleFault::unknown_rule);
    EXPECT_EQ(answers[2].initial, 10);
    EXPECT_EQ(ask_of(*rules, RuleId{0}, {}).fault, RuleFault::unknown_rule);
}

// Only those that do are asked again with every minute.
TEST(Portfolio, a_margin_rule_says_whether_it_looks_at_expiries) {
    const auto looks = [](const std::string& file) {
        for (const std::string& each : rig::rule_files()) {
            if (!each.ends_with(file)) continue;
            return rig::shipped(rig::shipped_with(each))->margin_models().back().of_time;
        }
        ADD_FAILURE() << file;
        return false;
    };
    EXPECT_TRUE(looks("derive/portfolio_risk.lua"));
    EXPECT_TRUE(looks("deribit/portfolio_margin.lua"));
    EXPECT_FALSE(looks("margin/tiered.lua"));
    EXPECT_FALSE(looks("margin/short_option.lua"));
    EXPECT_FALSE(looks("margin/portfolio.lua"));
}

TEST(Portfolio, scenarios_are_what_was_declared_and_then_what_was_set) {
    const auto rules = both_rules();
    const RuleId portfolio = rules->margin_models()[1].rule;
    ASSERT_EQ(rules->scenarios(portfolio).size(), 35U);
    EXPECT_EQ(rules->scenarios(portfolio)[0],
              (riskd::Scenario{-15'000'000, -30'000'000, 100'000'000}));
    EXPECT_EQ(rules->scenarios(portfolio)[34],
              (riskd::Scenario{45'000'000, 45'000'000, 33'000'000}));
    EXPECT_TRUE(rules->scenarios(rules->margin_rule()).empty());
    config::ParameterSetting setting{.rule = "portfolio", .parameter = "scenarios"};
    setting.value.rows = {{{"number", 0}, {"price_move", 0.1}, {"volatility_move", 0}}};
    EXPECT_TRUE(rules->set(setting).empty());
    ASSERT_EQ(rules->scenarios(portfolio).size(), 1U);
    EXPECT_EQ(rules->scenarios(portfolio)[0], (riskd::Scenario{10'000'000, 0, 100'000'000}));
    setting.group = "makers";
    ASSERT_EQ(rules->set(setting).size(), 1U);
    setting.group = {};
    setting.value.rows[0][1].second = -1;
    ASSERT_EQ(rules->set(setting).size(), 1U);
    EXPECT_EQ(rules->scenarios(portfolio)[0].price_move, 10'000'000);
}

TEST(Portfolio, accounts_that_name_a_missing_rule_are_faults_with_their_place) {
    const auto rules = both_rules();
    const std::array<config::MarginChoice, 2> choices{
        {{"a", "portfolio", {"x.yaml", 3, 5}}, {"b", "portfolo", {"x.yaml", 4, 5}}}};
    const auto faults = faults_of_margins(*rules, choices);
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults[0].place.line, 4);
    EXPECT_EQ(faults[0].message,
              "`margin` of `b` is `portfolo`: the ruleset has no such margin rule; did you mean "
              "`portfolio`?");
}

constexpr std::string_view whole_account = R"lua(
rule {
  name = "whole", kind = "margin",
  params = {
    weight = ratio { default = 1, at_least = 0, at_most = 1 },
    rate   = ratio { default = 0.5, at_least = 0, at_most = 1 },
    shocks = steps {
      by = "number", columns = { move = ratio, half = ratio { default = 1 } },
      default = { { number = 0, move = -0.5 }, { number = 1, move = 1, half = 0.5 } },
    },
  },
  portfolio = function(book, params)
    local sum = 0
    for b in book.balances do
      sum = sum + b.value * (1 - b.params.weight)
    end
    for o in book.orders do
      if o.side == side.sell then sum = sum + o.value * o.params.rate end
    end
    local worst = 0
    for s in params.shocks do
      local lost = 0
      for p in book.positions do
        local there = p.underlying_price * (1 + s.move)
        local price = option_price(p.right, there, p.strike, p.years_to_expiry, 0.2)
        lost = lost - p.quantity * price * p.params.rate
      end
      worst = max(worst, lost * s.half)
    end
    local same = power(exp(log(4)), 0.5) - 2
    return sum + worst + sum * same, sum
  end,
}
)lua";

std::unique_ptr<LuaRulebook> whole_rules() {
    LoadResult loaded = load_rules(
        {{"whole.lua", std::string{whole_account}}, rig::plain_collateral(), rig::plain_ladder()},
        {});
    EXPECT_TRUE(loaded.ok()) << loaded.rendered;
    return std::move(loaded.rulebook);
}

config::ParameterSetting setting_of(const char* parameter, double value) {
    config::ParameterSetting setting;
    setting.rule = "whole";
    setting.parameter = parameter;
    setting.value.number = value;
    return setting;
}

// Two books in one call, each with what its own assets and instruments were set.
TEST(WholeAccounts, what_is_walked_has_parameters_of_its_own) {
    const auto rules = whole_rules();
    ASSERT_TRUE(rules->margin_models()[0].of_accounts);
    ASSERT_TRUE(rules->margin_models()[0].of_orders);
    rules->define_asset(AssetId{1}, "ETH");
    rules->define_instrument(InstrumentId{2}, "ETH-C");
    config::ParameterSetting weight = setting_of("weight", 0.75);
    weight.asset = "ETH";
    EXPECT_TRUE(rules->set(weight).empty());
    config::ParameterSetting rate = setting_of("rate", 0.25);
    rate.instrument = "ETH-C";
    EXPECT_TRUE(rules->set(rate).empty());
    const std::array balances{BalanceView{.amount = 5, .price = 1, .value = 5},
                              BalanceView{.amount = 2, .price = 100, .value = 200}};
    const std::array assets{AssetId{0}, AssetId{1}};
    const std::array orders{
        BookOrderView{.side = static_cast<std::int32_t>(Side::buy), .value = 7},
        BookOrderView{.side = static_cast<std::int32_t>(Side::sell), .value = 40}};
    const std::array instruments{InstrumentId{0}, InstrumentId{2}};
    PositionView short_call = option(OptionRight::call, 100, -1);
    short_call.underlying_price = 100;
    short_call.years_to_expiry = 0;
    const std::array positions{short_call};
    const std::array held{InstrumentId{2}};
    BookQuestion full{.rule = RuleId{0},
                      .positions = positions.data(),
                      .positions_count = 1,
                      .balances_count = 2,
                      .balances = balances.data(),
                      .orders = orders.data(),
                      .orders_count = 2,
                      .assets = assets.data(),
                      .instruments = held.data(),
                      .orders_instruments = instruments.data()};
    BookQuestion orders_only = full;
    orders_only.positions_count = 0;
    orders_only.balances_count = 0;
    const std::array questions{orders_only, full};
    for (const bool compiled : {true, false}) {
        rules->set_compiled(compiled);
        for (int round = 0; round < 100; ++round) {
            std::array<MarginAnswer, 2> answers;
            rules->books(questions, answers);
            ASSERT_EQ(answers[1].fault, RuleFault::none) << rules->last_error();
            EXPECT_EQ(answers[0].initial, 10);      // 40 x 0.25
            EXPECT_EQ(answers[1].maintenance, 60);  // and 200 x 0.25
            EXPECT_EQ(answers[1].initial, 72.5);    // twice the price: 100 x 0.25 x 0.5
        }
    }
}

TEST(WholeAccounts, a_parameter_that_is_not_read_of_assets_cannot_be_set_for_one) {
    const auto rules = whole_rules();
    config::ParameterSetting rate = setting_of("rate", 0.25);
    rate.asset = "ETH";
    const auto faults = rules->set(rate);
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults[0].message, "rule `whole` is not asked for `rate` of assets");
    config::ParameterSetting weight = setting_of("weight", 0.25);
    weight.instrument = "ETH-C";
    ASSERT_EQ(rules->set(weight).size(), 1U);
}

TEST(WholeAccounts, numbers_that_functions_cannot_take_are_faults) {
    const std::array bodies{"log(x)", "power(x, 0.5)", "exp(x * -1000) * 0 + log(0)",
                            "option_price(option_right.none, 1, 1, 1, x)",
                            "option_price(option_right.call, 1, 1, x, 1)"};
    for (const char* body : bodies) {
        const std::string text = std::string{"rule { name = \"x\", kind = \"margin\", "} +
                                 "portfolio = function(book)\nlocal x = 0 - book.currency_price\n" +
                                 "local y = " + body +
                                 "\nif y > 0 then return book.net_notional, 0 end\n" +
                                 "return 0, 0 end }";
        LoadResult loaded =
            load_rules({{"x.lua", text}, rig::plain_collateral(), rig::plain_ladder()}, {});
        ASSERT_TRUE(loaded.ok()) << loaded.rendered;
        for (const bool compiled : {true, false}) {
            loaded.rulebook->set_compiled(compiled);
            for (int round = 0; round < 60; ++round) {
                const BookQuestion question{.rule = RuleId{0}, .book = {.currency_price = 1}};
                MarginAnswer answer;
                loaded.rulebook->books({&question, 1}, {&answer, 1});
                ASSERT_NE(answer.fault, RuleFault::none) << body;
            }
        }
    }
}

}  // namespace
}  // namespace riskd::dsl
