#include "dsl/ruleset.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace riskd::dsl {
namespace {

std::string full_name(const RuleDeclaration& rule) {
    return std::string{name(rule.kind)} + "/" + rule.name;
}

void add_windows(Ruleset& ruleset, std::size_t source, std::vector<SourceFault>& faults) {
    for (const WindowDeclaration& each : ruleset.rules[source].declaration.windows) {
        if (std::find(ruleset.windows.begin(), ruleset.windows.end(), each.spec) !=
            ruleset.windows.end()) {
            continue;
        }
        if (ruleset.windows.size() == windows_max) {
            faults.push_back(
                {source, {each.at, "a ruleset keeps at most eight different windows"}});
            return;
        }
        ruleset.windows.push_back(each.spec);
    }
}

// The one rule of its kind, or a fault.
void take_single(const Ruleset& ruleset, std::size_t source, RuleId& single,
                 std::vector<SourceFault>& faults) {
    const RuleDeclaration& rule = ruleset.rules[source].declaration;
    if (!is_known(single)) {
        single = RuleId{static_cast<std::uint32_t>(source)};
        return;
    }
    const RuleDeclaration& first = ruleset.rules[index(single)].declaration;
    faults.push_back({source,
                      {rule.name_at, "a ruleset has one " + std::string{name(rule.kind)} +
                                         " rule; `" + first.name + "` is one already"}});
}

void check_name(const Ruleset& ruleset, std::size_t source, std::vector<SourceFault>& faults) {
    const RuleDeclaration& rule = ruleset.rules[source].declaration;
    for (std::size_t i = 0; i < source; ++i) {
        if (ruleset.rules[i].declaration.name != rule.name) continue;
        faults.push_back({source,
                          {rule.name_at, "there is already a rule `" + rule.name + "`, in " +
                                             ruleset.rules[i].source.path}});
        return;
    }
}

// In rate_decimals, rounded up: what is claimed is then a little more.
std::int64_t slope_of(double slope) {
    return static_cast<std::int64_t>(
        std::ceil(slope * static_cast<double>(power_of_ten(rate_decimals))));
}

bool reads_ratio_alone(const CheckedRule& rule) {
    return std::all_of(rule.reads.begin(), rule.reads.end(), [](const std::string& read) {
        return !read.starts_with("account.") || read == "account.margin_ratio" ||
               read == "account.stage";
    });
}

void take_rule(Ruleset& ruleset, std::size_t source, std::vector<SourceFault>& faults) {
    const RuleDeclaration& rule = ruleset.rules[source].declaration;
    check_name(ruleset, source, faults);
    add_windows(ruleset, source, faults);
    ruleset.described.push_back({.name = Name{full_name(rule)},
                                 .kind = rule.kind,
                                 .reason = rule.reason,
                                 .needs_mark = ruleset.rules[source].needs_mark});
    switch (rule.kind) {
        case RuleKind::margin: {
            const auto& reads = ruleset.rules[source].reads;
            const RuleId id{static_cast<std::uint32_t>(source)};
            if (!is_known(ruleset.margin)) ruleset.margin = id;
            ruleset.margins.push_back({.name = Name{rule.name},
                                       .rule = id,
                                       .of_books = is_about_books(rule),
                                       .of_accounts = reads.contains("book.balances"),
                                       .of_orders = reads.contains("book.orders"),
                                       .of_time = reads.contains("exposure.years_to_expiry") ||
                                                  reads.contains("position.years_to_expiry") ||
                                                  reads.contains("position.seconds_to_expiry"),
                                       .slope_max = slope_of(rule.slope_max),
                                       .slope_min = -slope_of(-rule.slope_min)});
            return;
        }
        case RuleKind::collateral:
            ruleset.collateral_slope_max = slope_of(rule.slope_max);
            return take_single(ruleset, source, ruleset.collateral, faults);
        case RuleKind::liquidation:
            ruleset.ladder_reads_ratio_alone = reads_ratio_alone(ruleset.rules[source]);
            return take_single(ruleset, source, ruleset.liquidation, faults);
        default: ruleset.checks.push_back(RuleId{static_cast<std::uint32_t>(source)});
    }
}

std::string function_name(std::size_t rule, std::string_view role) {
    return "rule_" + std::to_string(rule) + "_" + std::string{role};
}

// A rule's bit stands in the low or the high word. A Lua function names at most 60 names around it,
// so the rules of each word have a function of their own.
constexpr std::size_t word_bits = 32;

constexpr std::array<std::string_view, 6> check_views{"order",    "account", "instrument",
                                                      "exposure", "group",   "history"};

bool sees(const CheckedRule& rule, std::string_view view) {
    const auto& parameters = rule.declaration.functions.at(0).function->parameters;
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const Named& each) { return each.text == view; });
}

// Each rule under its bit, with the views that any of them sees loaded once.
std::string emit_check_word(const Ruleset& ruleset, std::size_t word) {
    std::string views;
    std::string arguments;
    std::string calls;
    for (const std::string_view view : check_views) {
        const bool used = std::any_of(ruleset.checks.begin(), ruleset.checks.end(), [&](RuleId id) {
            return index(id) / word_bits == word && sees(ruleset.rules[index(id)], view);
        });
        if (used) views += "  local " + std::string{view} + " = ctx." + std::string{view} + "\n";
        arguments += (used ? std::string{view} : "nil") + ", ";
    }
    for (std::size_t i = 0; i < ruleset.checks.size(); ++i) {
        const std::size_t rule = index(ruleset.checks[i]);
        if (rule / word_bits != word) continue;
        const std::string place = std::to_string(i);
        // As a signed 32-bit number, which is what band() gives.
        const auto bit = static_cast<std::int32_t>(1U << (rule % word_bits));
        calls += "  if band(run, " + std::to_string(bit) + ") ~= 0 then\n    ctx.at = " + place +
                 " ctx.steps = ctx.steps_max\n    local outcome, used, allowed = " +
                 function_name(rule, "check") + "(" + arguments + "params)\n" +
                 "    local answer = answers[" + place + "]\n    answer.outcome = outcome" +
                 " answer.used = used answer.allowed = allowed\n  end\n";
    }
    return "local function check_word_" + std::to_string(word) + "()\n" + "  local run = ctx.run_" +
           (word == 0 ? "low" : "high") +
           "\n  local answers, params = ctx.check_answers, ctx.params\n" + views + calls + "end\n";
}

// The context is read anew in each turn: a pointer kept over the loop would be boxed on entry.
constexpr std::string_view batch_text = R"lua(
local function collateral()
  for i = ctx.first, ctx.count - 1 do
    ctx.at = i ctx.steps = ctx.steps_max
    local value = $collateral(ctx.collateral_questions[i].collateral, ctx.blocks[i])
    ctx.collateral_answers[i].value = value
  end
end
local function stage()
  for i = ctx.first, ctx.count - 1 do
    ctx.at = i ctx.steps = ctx.steps_max
    local account, params = ctx.stage_questions[i].account, ctx.blocks[i]
    local reached = $stage(account, params)
    local answer = ctx.stage_answers[i]
    if reached >= $reduce then
      answer.exit_ratio, answer.step_max, answer.cool_down = $close(account, params)
    end
    answer.stage = reached
  end
end
return check, margin, portfolio, collateral, stage
)lua";

// One margin rule; each has a loop of its own, so that each is compiled by itself.
constexpr std::string_view margin_text = R"lua(
local function margin_$rule()
  for i = ctx.first, ctx.count - 1 do
    ctx.at = i ctx.steps = ctx.steps_max
    local initial, maintenance = $margin(ctx.margin_questions[i].exposure, ctx.blocks[i])
    local answer = ctx.margin_answers[i]
    answer.initial = initial answer.maintenance = maintenance
  end
end
)lua";
constexpr std::string_view portfolio_text = R"lua(
local function margin_$rule()
  for i = ctx.first, ctx.count - 1 do
    ctx.at = i ctx.steps = ctx.book_steps_max
    ctx.positions = ctx.book_questions[i].positions
    ctx.positions_count = ctx.book_questions[i].positions_count
    ctx.balances = ctx.book_questions[i].balances
    ctx.balances_count = ctx.book_questions[i].balances_count
    ctx.orders = ctx.book_questions[i].orders
    ctx.orders_count = ctx.book_questions[i].orders_count
    ctx.owns = ctx.question_owns[i]
    local initial, maintenance = $portfolio(ctx.book_questions[i].book, ctx.blocks[i])
    local answer = ctx.margin_answers[i]
    answer.initial = initial answer.maintenance = maintenance
  end
end
)lua";

void replace(std::string& text, std::string_view what, const std::string& with) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), with);
    }
}

// The loops of all margin rules, and the two functions that choose among them.
std::string emit_margins(const Ruleset& ruleset) {
    std::string loops;
    std::array<std::string, 2> chosen{"local function margin()\n  local rule = ctx.rule\n",
                                      "local function portfolio()\n  local rule = ctx.rule\n"};
    for (const MarginModel& model : ruleset.margins) {
        const std::string number = std::to_string(model.rule.raw);
        std::string text{model.of_books ? portfolio_text : margin_text};
        replace(text, "$rule", number);
        replace(text, "$margin", function_name(index(model.rule), "margin"));
        replace(text, "$portfolio", function_name(index(model.rule), "portfolio"));
        loops += text;
        chosen[model.of_books ? 1 : 0] +=
            "  if rule == " + number + " then return margin_" + number + "() end\n";
    }
    return loops + chosen[0] + "end\n" + chosen[1] + "end\n";
}

}  // namespace

Ruleset make_ruleset(std::vector<RuleText> texts, std::vector<SourceFault>& faults) {
    Ruleset ruleset;
    const auto add = [&](std::string message) {
        faults.push_back({none_source, {{}, std::move(message)}});
    };
    if (texts.size() > rules_max) {
        add("a ruleset has at most 64 rules");
        return ruleset;
    }
    for (std::size_t i = 0; i < texts.size(); ++i) {
        Diagnostics diagnostics;
        ruleset.rules.push_back(check(std::move(texts[i]), diagnostics));
        for (const Diagnostic& each : diagnostics.list())
            faults.push_back({i, each});
    }
    const bool every_file_well = faults.empty();
    for (std::size_t i = 0; i < ruleset.rules.size(); ++i)
        take_rule(ruleset, i, faults);
    if (!every_file_well) return ruleset;  // a missing rule may be one of those at fault
    if (!is_known(ruleset.margin)) add("the ruleset has no margin rule");
    if (!is_known(ruleset.collateral)) add("the ruleset has no collateral rule");
    if (!is_known(ruleset.liquidation)) add("the ruleset has no liquidation rule");
    return ruleset;
}

std::vector<Chunk> emit_chunks(const Ruleset& ruleset, const ParameterBook& parameters,
                               const StatementPlaces* marks) {
    std::vector<Chunk> chunks;
    for (std::size_t r = 0; r < ruleset.rules.size(); ++r) {
        const CheckedRule& rule = ruleset.rules[r];
        Placement placement;
        placement.marks = marks;
        for (std::size_t p = 0; p < rule.declaration.parameters.size(); ++p) {
            placement.parameter_slots.push_back(parameters.slot(r, p));
        }
        for (const WindowDeclaration& each : rule.declaration.windows) {
            const auto found = std::find(ruleset.windows.begin(), ruleset.windows.end(), each.spec);
            placement.windows.push_back(static_cast<int>(found - ruleset.windows.begin()));
        }
        chunks.push_back({rule.source.path, emit(rule, placement)});
    }
    return chunks;
}

Chunk emit_driver(const Ruleset& ruleset) {
    std::string out = "local ctx, band";
    for (std::size_t r = 0; r < ruleset.rules.size(); ++r) {
        for (const RoleInfo& info : roles()) {
            if (info.kind != ruleset.rules[r].declaration.kind) continue;
            out += ", " + function_name(r, info.name);
        }
    }
    out += " = ...\n";
    out += emit_check_word(ruleset, 0);
    if (ruleset.rules.size() > word_bits) out += emit_check_word(ruleset, 1);
    out += "local function check()\n  check_word_0()\n";
    if (ruleset.rules.size() > word_bits) out += "  check_word_1()\n";
    out += "end\n";
    out += emit_margins(ruleset);
    std::string batch{batch_text};
    replace(batch, "$collateral", function_name(index(ruleset.collateral), "collateral"));
    replace(batch, "$stage", function_name(index(ruleset.liquidation), "stage"));
    replace(batch, "$close", function_name(index(ruleset.liquidation), "close"));
    replace(batch, "$reduce", std::to_string(static_cast<int>(Stage::reduce)));
    return {"driver", out + batch};
}

}  // namespace riskd::dsl
