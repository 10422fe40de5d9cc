// What rules claim so that accounts may sleep, tried when they are loaded (claim_states.hpp). What
// these states do not show is seen by the core, at each evaluation (riskd/core/margin_claims.hpp).
#include <algorithm>
#include <cmath>
#include <optional>

#include "dsl/claim_states.hpp"
#include "dsl/host.hpp"

namespace riskd::dsl {
namespace {

constexpr std::size_t blocks_tried_max = 256;  // of one rule: settings that differ by scope

struct SlopeClaimed {
    double max{};
    double min{};
};

// Neighbours are enough: who keeps a slope between all of them keeps it from end to end.
std::optional<std::pair<TriedPoint, TriedPoint>> find_breach(const std::vector<TriedPoint>& points,
                                                             SlopeClaimed claim) {
    for (std::size_t i = 1; i < points.size(); ++i) {
        const TriedPoint& one = points[i - 1];
        const TriedPoint& other = points[i];
        const double moved = other.at - one.at;
        const double more = other.answer - one.answer;
        // Tables are published rounded; a rule reckons in doubles.
        const double slack = 1e-9 * (std::fabs(one.at) + std::fabs(other.at) +
                                     std::fabs(one.answer) + std::fabs(other.answer));
        if (more > claim.max * moved + slack || more < claim.min * moved - slack) {
            return std::pair{one, other};
        }
    }
    return std::nullopt;
}

std::string with(const std::string& whom) {
    return whom.empty() ? "" : ", with the parameters of " + whom;
}

std::string points_text(const TriedPoint& point, std::string_view of) {
    return shown(point.answer) + " " + std::string{of} + " " + shown(point.at);
}

}  // namespace

// What it answers to each of the numbers, where it answers at all; by what it is asked of, rising.
std::vector<TriedPoint> LuaRulebook::tried_points(RuleId id, const ParameterBlock& block,
                                                  std::span<const double> numbers,
                                                  std::size_t way) {
    std::vector<TriedPoint> points;
    if (ruleset_.rules[index(id)].declaration.kind == RuleKind::margin) {
        std::vector<MarginQuestion> questions;
        for (const double number : numbers)
            questions.push_back(tried_margin(static_cast<TriedPosition>(way), number, id));
        std::vector<MarginAnswer> answers(questions.size());
        margin_with(block, questions, answers);
        for (std::size_t i = 0; i < answers.size(); ++i) {
            if (answers[i].fault != RuleFault::none) continue;
            points.push_back({numbers[i], answers[i].maintenance});
        }
        return points;
    }
    std::vector<CollateralQuestion> questions;
    for (const double number : numbers)
        questions.push_back(tried_collateral(number, way == 1));
    std::vector<CollateralAnswer> answers(questions.size());
    collateral_with(block, questions, answers);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (answers[i].fault != RuleFault::none) continue;
        points.push_back({questions[i].collateral.value, answers[i].value});
    }
    if (way == 1) std::reverse(points.begin(), points.end());
    return points;
}

std::optional<Diagnostic> LuaRulebook::broken_slope(RuleId id) {
    const CheckedRule& rule = ruleset_.rules[index(id)];
    const RuleDeclaration& declared = rule.declaration;
    const bool of_margin = declared.kind == RuleKind::margin;
    const std::size_t ways = !of_margin ? 2 : reads_options(rule) ? tried_positions : tried_futures;
    for (const auto& [block, whom] : parameters_.tried_with(index(id), blocks_tried_max)) {
        const std::vector<double> numbers = tried_numbers(rule, parameters_, index(id), block);
        for (std::size_t way = 0; way < ways; ++way) {
            const bool of_future = of_margin && way < tried_futures;
            const auto breach =
                find_breach(tried_points(id, block, numbers, way),
                            {.max = declared.slope_max,
                             .min = of_future ? declared.slope_min : -declared.slope_max});
            if (!breach) continue;
            const std::string_view of = of_margin ? "is asked of a notional of" : "is counted of";
            return Diagnostic{.at = declared.slope_at,
                              .message = "this is not kept: " + points_text(breach->first, of) +
                                         ", and " + points_text(breach->second, of) + with(whom)};
        }
    }
    return std::nullopt;
}

std::optional<Diagnostic> LuaRulebook::broken_order(RuleId id) {
    const CheckedRule& rule = ruleset_.rules[index(id)];
    std::vector<StageAnswer> answers;
    for (const auto& [block, whom] : parameters_.tried_with(index(id), blocks_tried_max)) {
        const std::vector<double> numbers = tried_numbers(rule, parameters_, index(id), block);
        for (std::size_t stage = 0; stage < stage_names.size(); ++stage) {
            for (const auto& chain : tried_accounts(numbers, static_cast<Stage>(stage))) {
                answers.assign(chain.size(), {});
                stage_with(block, chain, answers);
                const StageQuestion* better = nullptr;
                Stage answered{};
                for (std::size_t i = 0; i < chain.size(); ++i) {
                    if (answers[i].fault != RuleFault::none) continue;
                    if (better == nullptr || answers[i].stage >= answered) {
                        better = &chain[i];
                        answered = answers[i].stage;
                        continue;
                    }
                    const auto said = [](const StageQuestion& of, Stage to) {
                        return std::string{name(to)} + " for an equity of " +
                               shown(of.account.equity) + ", a maintenance margin of " +
                               shown(of.account.maintenance_margin) + " and an exposure of " +
                               shown(of.account.gross_exposure);
                    };
                    return Diagnostic{.at = rule.declaration.monotone_at,
                                      .message = "this is not kept: of accounts on " +
                                                 std::string{stage_names[stage]} + ", " +
                                                 said(*better, answered) + ", but " +
                                                 said(chain[i], answers[i].stage) + with(whom)};
                }
            }
        }
    }
    return std::nullopt;
}

// By the interpreter: what these states would make LuaJIT compile is not what orders need.
std::vector<SourceFault> LuaRulebook::broken_claims() {
    const std::vector<RuleCounters> before = counters_;
    lua_.set_compiled(false);
    std::vector<SourceFault> faults;
    for (std::size_t i = 0; i < ruleset_.rules.size(); ++i) {
        const RuleDeclaration& declared = ruleset_.rules[i].declaration;
        const RuleId id{static_cast<std::uint32_t>(i)};
        std::optional<Diagnostic> broken;
        if (declared.slope_max > 0) broken = broken_slope(id);
        if (declared.monotone) broken = broken_order(id);
        if (broken) faults.push_back({i, std::move(*broken)});
    }
    lua_.set_compiled(true);
    counters_ = before;
    if (watched_) std::fill(watched_->hits.begin(), watched_->hits.end(), std::uint8_t{0});
    return faults;
}

}  // namespace riskd::dsl
