#include <algorithm>
#include <cmath>
#include <limits>

#include "dsl/host.hpp"
#include "dsl/host_parts.hpp"
#include "riskd/core/check.hpp"

namespace riskd::dsl {
namespace {

// What the highest rate is of: the notional; of an option the underlying's besides, or the payout,
// since what a short can lose has little to do with what it trades at.
double rate_basis(const MarginView& exposure) noexcept {
    const double notional = std::max(exposure.notional, exposure.entry_notional);
    if (exposure.right == no_right) return notional;
    const bool binary = exposure.kind == static_cast<std::int32_t>(ContractKind::binary_option);
    const double unit = binary ? exposure.payout : exposure.underlying_value;
    return notional + std::fabs(exposure.quantity) * exposure.contract_size * unit;
}

// Of a hundred thousand questions each comes from far away, and all of it is read: fetched this
// many ahead, it is there in time.
template <typename Question>
void fetch_ahead(const Question* question) noexcept {
    constexpr std::size_t questions_ahead = 32;
    constexpr std::size_t line_bytes = 64;
    // A number, since it may lie behind the last question; nothing is read there.
    const auto from =
        reinterpret_cast<std::uintptr_t>(question) + questions_ahead * sizeof *question;
    for (std::size_t at = 0; at + line_bytes <= sizeof(Question); at += line_bytes)
        __builtin_prefetch(reinterpret_cast<const void*>(from + at));
}

// Questions of one rule after another, each run of them together.
template <typename Question, typename Ask>
void by_rule(std::span<const Question> questions, RuleId usual, Ask ask) noexcept {
    std::size_t end = 0;
    for (std::size_t begin = 0; begin < questions.size(); begin = end) {
        const RuleId rule = questions[begin].rule;
        for (end = begin; end < questions.size() && questions[end].rule == rule; ++end) {
        }
        ask(is_known(rule) ? rule : usual, begin, end - begin);
    }
}

constexpr auto every_one = [](const auto&) { return true; };

void refuse_all(std::span<MarginAnswer> answers) noexcept {
    for (MarginAnswer& answer : answers)
        answer = {.fault = RuleFault::unknown_rule};
}

RuleFault fault_of_margin(const MarginAnswer& answer) noexcept {
    const bool finite = std::isfinite(answer.initial) && std::isfinite(answer.maintenance);
    return finite ? RuleFault::out_of_range : RuleFault::not_a_number;
}

// Finite, not negative, and the maintenance margin at most this.
inline RuleFault judge_margin(MarginAnswer& answer, double highest) noexcept {
    constexpr double finite_max = std::numeric_limits<double>::max();
    answer.initial += positive_zero;
    answer.maintenance += positive_zero;
    const bool fits = (answer.initial >= 0) & (answer.initial <= finite_max) &
                      (answer.maintenance >= 0) & (answer.maintenance <= highest) &
                      (answer.maintenance <= finite_max);
    return fits ? RuleFault::none : fault_of_margin(answer);
}

}  // namespace

// Questions go to LuaJIT in runs of up to host_batch_max whose parameters are all set. The entry
// that fails is marked, and the run is taken up behind it. Ends before the first question that is
// not for this rule, and says how many were before it.
template <typename Question, typename Answer, typename Belongs, typename Find, typename Bind,
          typename Judge>
std::size_t LuaRulebook::batch(EntryPoint entry, RuleId rule, std::span<const Question> questions,
                               std::span<Answer> answers, Belongs belongs, Find find, Bind bind,
                               Judge judge) noexcept {
    RISKD_CHECK(questions.size() == answers.size());
    RuleCounters& counters = counters_[index(rule)];
    const ParameterFinder parameters = parameters_.finder();
    std::size_t begin = 0;
    while (begin < questions.size() && belongs(questions[begin])) {
        const std::size_t most = std::min(host_batch_max, questions.size() - begin);
        std::size_t count = 0;
        while (count < most && belongs(questions[begin + count])) {
            fetch_ahead(&questions[begin + count]);
            const ParameterBlock& block = find(parameters, questions[begin + count]);
            if ((block.ready & bit_of(rule)) == 0) break;
            answers[begin + count] = Answer{};
            blocks_[count++] = block.values.data();
        }
        const std::uint64_t asked_before = counters.calls;
        counters.calls += std::max<std::size_t>(count, 1);
        const bool timed = counters.calls / timed_every != asked_before / timed_every;
        if (count == 0) {
            answers[begin] = Answer{};
            answers[begin].fault = RuleFault::missing_parameter;
            ++counters.faults[slot_of(RuleFault::missing_parameter)];
            ++begin;
            continue;
        }
        bind(&questions[begin], &answers[begin]);
        const std::int64_t began = timed ? now_ns() : 0;
        run_batch(entry, count, [&](std::size_t at, RuleFault fault) {
            answers[begin + at] = Answer{};
            answers[begin + at].fault = fault;
        });
        if (timed) {
            counters.timed_calls += count;
            counters.timed_ns += static_cast<std::uint64_t>(now_ns() - began);
        }
        for (std::size_t i = begin; i < begin + count; ++i) {
            if (answers[i].fault == RuleFault::none) {
                const RuleFault fault = judge(questions[i], answers[i]);
                if (fault != RuleFault::none) {
                    answers[i] = Answer{};
                    answers[i].fault = fault;
                }
            }
            if (answers[i].fault != RuleFault::none) ++counters.faults[slot_of(answers[i].fault)];
        }
        begin += count;
    }
    return begin;
}

template <typename Mark>
void LuaRulebook::run_batch(EntryPoint entry, std::size_t count, Mark mark) noexcept {
    context_.blocks = blocks_.data();
    context_.first = 0;
    context_.count = static_cast<std::int32_t>(count);
    while (context_.first < context_.count) {
        context_.fault = 0;
        context_.at = context_.first;
        const LuaState::Result result = lua_.call(entry);
        if (result == LuaState::Result::well) return;
        if (result == LuaState::Result::out_of_memory) lua_.collect();
        mark(static_cast<std::size_t>(context_.at), fault_of(result));
        context_.first = context_.at + 1;
    }
}

void LuaRulebook::margin(std::span<const MarginQuestion> questions,
                         std::span<MarginAnswer> answers) noexcept {
    RISKD_CHECK(questions.size() == answers.size());
    while (!questions.empty()) {
        const std::size_t count = margin_of_first(questions, answers);
        questions = questions.subspan(count);
        answers = answers.subspan(count);
    }
}

// Those of the first question's rule, up to the first of another; how many they were.
std::size_t LuaRulebook::margin_of_first(std::span<const MarginQuestion> questions,
                                         std::span<MarginAnswer> answers) noexcept {
    const RuleId asked = questions[0].rule;
    const RuleId rule = is_known(asked) ? asked : ruleset_.margin;
    if (is_about_books(ruleset_.rules[index(rule)].declaration)) {
        refuse_all(answers.first(1));
        return 1;
    }
    return margin_batch(
        rule, questions, answers,
        [&](const MarginQuestion& question) { return question.rule == asked; },
        [](const ParameterFinder& parameters, const MarginQuestion& question)
            -> const ParameterBlock& { return parameters.find(question.scope); });
}

template <typename Belongs, typename Find>
std::size_t LuaRulebook::margin_batch(RuleId rule, std::span<const MarginQuestion> questions,
                                      std::span<MarginAnswer> answers, Belongs belongs,
                                      Find find) noexcept {
    context_.rule = static_cast<std::int32_t>(rule.raw);
    const double rate = rate_max(rule) * (1 + 1e-12);
    return batch(
        EntryPoint::margin, rule, questions, answers, belongs, find,
        [&](const MarginQuestion* first_question, MarginAnswer* first_answer) {
            context_.margin_questions = first_question;
            context_.margin_answers = first_answer;
        },
        // A claim that quiet accounts sleep on; a rule that breaks it is not believed.
        [rate](const MarginQuestion& question, MarginAnswer& answer) {
            return judge_margin(answer, rate_basis(question.exposure) * rate);
        });
}

void LuaRulebook::books(std::span<const BookQuestion> questions,
                        std::span<MarginAnswer> answers) noexcept {
    RISKD_CHECK(questions.size() == answers.size());
    by_rule(questions, ruleset_.margin, [&](RuleId rule, std::size_t begin, std::size_t count) {
        books_of(rule, questions.subspan(begin, count), answers.subspan(begin, count));
    });
}

void LuaRulebook::books_of(RuleId rule, std::span<const BookQuestion> questions,
                           std::span<MarginAnswer> answers) noexcept {
    if (!is_about_books(ruleset_.rules[index(rule)].declaration)) return refuse_all(answers);
    context_.rule = static_cast<std::int32_t>(rule.raw);
    find_owns(rule, questions);
    batch(
        EntryPoint::portfolio, rule, questions, answers, every_one,
        [](const ParameterFinder& parameters, const BookQuestion& question)
            -> const ParameterBlock& { return parameters.find(question.scope); },
        [&](const BookQuestion* first_question, MarginAnswer* first_answer) {
            context_.book_questions = first_question;
            context_.question_owns = question_owns_.data() + (first_question - questions.data());
            context_.margin_answers = first_answer;
        },
        [](const BookQuestion&, MarginAnswer& answer) {
            return judge_margin(answer, std::numeric_limits<double>::infinity());
        });
}

void LuaRulebook::collateral(std::span<const CollateralQuestion> questions,
                             std::span<CollateralAnswer> answers) noexcept {
    collateral_batch(questions, answers,
                     [](const ParameterFinder& parameters,
                        const CollateralQuestion& question) -> const ParameterBlock& {
                         return parameters.find(question.scope, question.asset);
                     });
}

template <typename Find>
void LuaRulebook::collateral_batch(std::span<const CollateralQuestion> questions,
                                   std::span<CollateralAnswer> answers, Find find) noexcept {
    batch(
        EntryPoint::collateral, ruleset_.collateral, questions, answers, every_one, find,
        [&](const CollateralQuestion* first_question, CollateralAnswer* first_answer) {
            context_.collateral_questions = first_question;
            context_.collateral_answers = first_answer;
        },
        [](const CollateralQuestion& question, CollateralAnswer& answer) {
            answer.value += positive_zero;
            if (!std::isfinite(answer.value)) return RuleFault::not_a_number;
            const bool fits = answer.value <= question.collateral.value;
            return fits ? RuleFault::none : RuleFault::out_of_range;
        });
}

void LuaRulebook::stage(std::span<const StageQuestion> questions,
                        std::span<StageAnswer> answers) noexcept {
    stage_batch(questions, answers,
                [](const ParameterFinder& parameters, const StageQuestion& question)
                    -> const ParameterBlock& { return parameters.find(question.scope); });
}

template <typename Find>
void LuaRulebook::stage_batch(std::span<const StageQuestion> questions,
                              std::span<StageAnswer> answers, Find find) noexcept {
    batch(
        EntryPoint::stage, ruleset_.liquidation, questions, answers, every_one, find,
        [&](const StageQuestion* first_question, StageAnswer* first_answer) {
            context_.stage_questions = first_question;
            context_.stage_answers = first_answer;
        },
        [](const StageQuestion&, const StageAnswer& answer) {
            const bool finite = std::isfinite(answer.exit_ratio) &&
                                std::isfinite(answer.step_max) && std::isfinite(answer.cool_down);
            if (!finite) return RuleFault::not_a_number;
            constexpr double year = 366 * 86'400;  // no step waits for longer
            const auto is_share = [](double x) { return x > 0 && x <= 1; };
            const bool fits = is_share(answer.exit_ratio) && is_share(answer.step_max) &&
                              answer.cool_down >= 0 && answer.cool_down <= year;
            return fits ? RuleFault::none : RuleFault::out_of_range;
        });
}

void LuaRulebook::margin_with(const ParameterBlock& block,
                              std::span<const MarginQuestion> questions,
                              std::span<MarginAnswer> answers) noexcept {
    if (questions.empty()) return;
    margin_batch(questions[0].rule, questions, answers, every_one,
                 [&block](const auto&, const auto&) -> const ParameterBlock& { return block; });
}

void LuaRulebook::collateral_with(const ParameterBlock& block,
                                  std::span<const CollateralQuestion> questions,
                                  std::span<CollateralAnswer> answers) noexcept {
    collateral_batch(questions, answers,
                     [&block](const auto&, const auto&) -> const ParameterBlock& { return block; });
}

void LuaRulebook::stage_with(const ParameterBlock& block, std::span<const StageQuestion> questions,
                             std::span<StageAnswer> answers) noexcept {
    stage_batch(questions, answers,
                [&block](const auto&, const auto&) -> const ParameterBlock& { return block; });
}

}  // namespace riskd::dsl
