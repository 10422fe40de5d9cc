// What a ruleset is set to: its parameters, those of what books hold, and the scenarios that its
// margin rules suppose.
#include <algorithm>
#include <cmath>

#include "dsl/host.hpp"
#include "dsl/suggest.hpp"

namespace riskd::dsl {

namespace {

std::int64_t rate_of(double ratio) noexcept {
    return std::llround(ratio * static_cast<double>(power_of_ten(rate_decimals)));
}

}  // namespace

// The block of everyone has them: a narrower setting was refused.
void LuaRulebook::resolve_scenarios() {
    scenarios_.assign(ruleset_.rules.size(), {});
    const ParameterBlock& block = parameters_.find(RuleScope{});
    for (const MarginModel& model : ruleset_.margins) {
        const RuleDeclaration& rule = ruleset_.rules[index(model.rule)].declaration;
        const ParameterDeclaration* declared = find_scenarios(rule);
        if (declared == nullptr) continue;
        const auto place = static_cast<std::size_t>(declared - rule.parameters.data());
        const auto slot = static_cast<std::size_t>(parameters_.slot(index(model.rule), place));
        const auto first = static_cast<std::size_t>(block.values[slot]);
        const auto count = static_cast<std::size_t>(block.values[slot + 1]);
        for (std::size_t row = 0; row < count; ++row) {
            const double* cells = &block.values[first + row * (declared->columns.size() + 1)];
            riskd::Scenario& scenario = scenarios_[index(model.rule)].emplace_back();
            for (std::size_t c = 0; c < declared->columns.size(); ++c) {
                const std::string& column = declared->columns[c].name;
                const std::int64_t rate = rate_of(cells[c + 1]);
                if (column == "price_move") scenario.price_move = rate;
                if (column == "volatility_move") scenario.volatility_move = rate;
                if (column == "weight") scenario.weight = rate;
            }
        }
    }
}

std::vector<config::Fault> LuaRulebook::set_parameters(
    std::span<const config::ParameterSetting> settings) {
    auto faults = parameters_.set_all(settings);
    resolve_scenarios();
    make_hash();
    return faults;
}

std::vector<config::Fault> LuaRulebook::set(const config::ParameterSetting& setting) {
    auto faults = parameters_.set(setting);
    resolve_scenarios();
    make_hash();
    return faults;
}

std::vector<config::Fault> faults_of_margins(const LuaRulebook& rulebook,
                                             std::span<const config::MarginChoice> choices) {
    std::vector<std::string_view> known;
    for (const MarginModel& model : rulebook.margin_models())
        known.push_back(model.name.view());
    std::vector<config::Fault> faults;
    for (const config::MarginChoice& choice : choices) {
        if (std::find(known.begin(), known.end(), choice.rule) != known.end()) continue;
        faults.push_back({.place = choice.place,
                          .message = "`margin` of `" + choice.account + "` is `" + choice.rule +
                                     "`: the ruleset has no such margin rule" +
                                     did_you_mean(choice.rule, known)});
    }
    return faults;
}

// Not on the way of any answer: tests look at what the state makes of such a text.
LuaState::Result LuaRulebook::run_unchecked(std::string_view text) noexcept {
    context_.fault = 0;
    context_.steps = context_.steps_max;
    const LuaState::Result result = lua_.run_unchecked(text);
    if (result == LuaState::Result::out_of_memory) lua_.collect();
    return result;
}

// The parameters of each balance and position of a book, when the rule reads them: those set for
// the asset and for the instrument.
void LuaRulebook::find_owns(RuleId rule, std::span<const BookQuestion> questions) noexcept {
    question_owns_.assign(questions.size(), nullptr);
    const auto& reads = ruleset_.rules[index(rule)].reads;
    const bool any = reads.contains("balance.params") || reads.contains("position.params") ||
                     reads.contains("book_order.params");
    if (!any) return;
    owns_.clear();
    const ParameterFinder parameters = parameters_.finder();
    for (const BookQuestion& question : questions) {
        RuleScope scope = question.scope;
        for (std::int32_t i = 0; i < question.balances_count; ++i)
            owns_.push_back(parameters.find(scope, question.assets[i]).values.data());
        for (std::int32_t i = 0; i < question.positions_count; ++i) {
            scope.instrument = question.instruments[i];
            owns_.push_back(parameters.find(scope).values.data());
        }
        for (std::int32_t i = 0; i < question.orders_count; ++i) {
            scope.instrument = question.orders_instruments[i];
            owns_.push_back(parameters.find(scope).values.data());
        }
    }
    const double* const* next = owns_.data();
    for (std::size_t i = 0; i < questions.size(); ++i) {
        question_owns_[i] = next;
        next +=
            questions[i].balances_count + questions[i].positions_count + questions[i].orders_count;
    }
}

RuleFault LuaRulebook::fault_of(LuaState::Result result) const noexcept {
    if (result == LuaState::Result::out_of_memory) return RuleFault::out_of_memory;
    const bool said =
        context_.fault > 0 && context_.fault < static_cast<std::int32_t>(rule_fault_names.size());
    return said ? static_cast<RuleFault>(context_.fault) : RuleFault::raised;
}

}  // namespace riskd::dsl
