#include "tests/bench/rule_budget.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace riskd::bench {
namespace {

constexpr std::size_t questions_max = 256;

// As the emitter writes it for each entry of a function and turn of a loop.
constexpr std::string_view spend =
    "riskd_ctx.steps=riskd_ctx.steps-1 if riskd_ctx.steps<0 then riskd_over() end ";

constexpr const char* walker = R"lua(
rule {
  name = "walker", kind = "margin",
  portfolio = function(book)
    local worst = 0
    for s in book.positions do
      local sum = 0
      for p in book.positions do
        sum = sum + p.quantity * abs(p.mark_price - s.mark_price)
      end
      worst = max(worst, -sum)
    end
    return worst, worst / 2
  end,
}
)lua";

[[noreturn]] void stop(const std::string& why) {
    std::fprintf(stderr, "rule_bench: %s\n", why.c_str());
    std::exit(2);
}

std::vector<dsl::RuleText> texts() {
    std::vector<dsl::RuleText> made;
    for (const char* path :
         {"check/borrowed.lua", "check/daily_loss.lua", "check/group_exposure.lua",
          "check/open_orders.lua", "check/order_notional.lua", "check/order_quantity.lua",
          "check/order_rate.lua", "check/position_notional.lua", "check/position_quantity.lua",
          "check/price_collar.lua", "check/reduce_only.lua", "check/restricted_instrument.lua",
          "collateral/haircut.lua", "liquidation/ladder.lua", "margin/tiered.lua"}) {
        std::ifstream file(std::filesystem::path{RISKD_SOURCE_DIR} / "rules" / path);
        made.push_back({path, {std::istreambuf_iterator<char>(file), {}}});
    }
    made.push_back({"walker.lua", walker});
    return made;
}

}  // namespace

BudgetedCode::BudgetedCode(bool with_budget) {
    load(with_budget);
    fill();
    for (int round = 0; round < 200; ++round) {
        ask_checks(8);
        ask_margins(questions_max);
        ask_stages(questions_max);
        ask_books(questions_max);
    }
}

void BudgetedCode::load(bool with_budget) {
    std::vector<dsl::SourceFault> faults;
    ruleset_ = dsl::make_ruleset(texts(), faults);
    if (!faults.empty()) stop(faults.front().diagnostic.message);
    parameters_ = std::make_unique<dsl::ParameterBook>(ruleset_.rules);
    std::vector<dsl::Chunk> chunks = dsl::emit_chunks(ruleset_, *parameters_);
    std::size_t taken = 0;
    for (dsl::Chunk& chunk : chunks) {
        for (auto at = chunk.text.find(spend); at != std::string::npos && !with_budget;
             at = chunk.text.find(spend)) {
            chunk.text.erase(at, spend.size());
            ++taken;
        }
    }
    if (!with_budget && taken < ruleset_.rules.size()) stop("the budget is written otherwise");
    if (const auto fault = lua_.load(context_, chunks, dsl::emit_driver(ruleset_))) stop(*fault);
}

// Numbers that must be set are set to 1: what is measured does not depend on them.
void BudgetedCode::fill() {
    for (const dsl::CheckedRule& rule : ruleset_.rules) {
        for (const dsl::ParameterDeclaration& each : rule.declaration.parameters) {
            if (each.value.value_default || each.value.kind == dsl::ParameterKind::steps) continue;
            config::ParameterSetting setting;
            setting.rule = rule.declaration.name;
            setting.parameter = each.value.name;
            setting.value.number = each.value.at_most < 1 ? each.value.at_most : 1;
            const auto faults = parameters_->set(setting);
            if (!faults.empty()) stop(faults.front().message);
        }
    }
    check_ = dsl::likely_check();
    check_answers_.resize(ruleset_.checks.size());
    blocks_.assign(questions_max, parameters_->find({}).values.data());
    owns_.assign(questions_max, nullptr);
    margin_answers_.resize(questions_max);
    stage_answers_.resize(questions_max);
    for (std::size_t i = 0; i < questions_max; ++i) {
        margins_.push_back(dsl::likely_margin(i % dsl::likely_most, false));
        stages_.push_back(dsl::likely_stage(i % dsl::likely_most, false));
        books_.push_back(book_.question(12));
    }
    context_.steps_max = context_.book_steps_max = 1'000'000'000;
    context_.order = &check_.order;
    context_.account = &check_.account;
    context_.instrument = &check_.instrument;
    context_.exposure = &check_.exposure;
    context_.history = check_.history.data();
    context_.params = blocks_[0];
    context_.blocks = blocks_.data();
    context_.check_answers = check_answers_.data();
    context_.margin_questions = margins_.data();
    context_.margin_answers = margin_answers_.data();
    context_.stage_questions = stages_.data();
    context_.stage_answers = stage_answers_.data();
    context_.book_questions = books_.data();
    context_.question_owns = owns_.data();
}

void BudgetedCode::call(dsl::EntryPoint entry, std::size_t questions) {
    context_.first = 0;
    context_.count = static_cast<std::int32_t>(questions);
    if (lua_.call(entry) != dsl::LuaState::Result::well) stop(std::string{lua_.last_error()});
}

// All but the rule about groups, which is asked apart.
void BudgetedCode::ask_checks(std::size_t questions) {
    std::uint32_t run = 0;
    for (const RuleId id : ruleset_.checks) {
        if (!dsl::reads_groups(ruleset_.rules[index(id)])) run |= 1U << id.raw;
    }
    context_.run_low = run;
    for (std::size_t i = 0; i < questions; ++i)
        call(dsl::EntryPoint::check, 1);
}

void BudgetedCode::ask_margins(std::size_t questions) {
    context_.rule = static_cast<std::int32_t>(ruleset_.margins[0].rule.raw);
    call(dsl::EntryPoint::margin, questions);
}

void BudgetedCode::ask_stages(std::size_t questions) {
    call(dsl::EntryPoint::stage, questions);
}

void BudgetedCode::ask_books(std::size_t questions) {
    context_.rule = static_cast<std::int32_t>(ruleset_.margins[1].rule.raw);
    call(dsl::EntryPoint::portfolio, questions);
}

}  // namespace riskd::bench
