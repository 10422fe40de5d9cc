#include "dsl/host.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "dsl/step_bound.hpp"
#include "riskd/core/check.hpp"

namespace riskd::dsl {
namespace {

constexpr std::size_t batch_max = 1024;
constexpr std::uint64_t timed_every = 4096;

std::int64_t now_ns() noexcept {
    using std::chrono::nanoseconds;
    return nanoseconds{std::chrono::steady_clock::now().time_since_epoch()}.count();
}

// Added to every number that leaves a rule. Compiled and interpreted code may differ in the sign of
// a zero and in nothing else, and within a rule nothing can tell the two zeros apart.
constexpr double positive_zero = 0.0;

constexpr std::uint64_t bit_of(RuleId rule) noexcept {
    return std::uint64_t{1} << rule.raw;
}

constexpr std::size_t slot_of(RuleFault fault) noexcept {
    return static_cast<std::size_t>(fault);
}

// What the highest rate is of: the notional; of an option the underlying's besides, or the payout,
// since what a short can lose has little to do with what it trades at.
double rate_basis(const MarginView& exposure) noexcept {
    const double notional = std::max(exposure.notional, exposure.entry_notional);
    if (exposure.right == no_right) return notional;
    const bool binary = exposure.kind == static_cast<std::int32_t>(ContractKind::binary_option);
    const double unit = binary ? exposure.payout : exposure.underlying_value;
    return notional + std::fabs(exposure.quantity) * exposure.contract_size * unit;
}

// A limit of which a figure is no number is no answer.
void refuse_odd_figures(CheckAnswer& answer) noexcept {
    if (answer.outcome != CheckOutcome::limit) return;
    if (std::isfinite(answer.used) && std::isfinite(answer.allowed)) return;
    answer = {.outcome = CheckOutcome::fault, .fault = RuleFault::not_a_number};
}

}  // namespace

LuaRulebook::LuaRulebook(Ruleset ruleset, const config::RulesSettings& settings)
    : ruleset_(std::move(ruleset)),
      parameters_(ruleset_.rules),
      lua_(static_cast<std::size_t>(std::max<std::int64_t>(settings.memory_max_bytes, 0))),
      counters_(ruleset_.rules.size()),
      blocks_(batch_max) {
    context_.steps = context_.steps_max = step_budget(false, settings.steps_max);
    context_.book_steps_max = step_budget(true, settings.steps_max);
    prepare_masks();
}

LuaRulebook::~LuaRulebook() = default;

void LuaRulebook::prepare_masks() {
    for (const RuleId id : ruleset_.checks) {
        const CheckedRule& rule = ruleset_.rules[index(id)];
        if (rule.needs_mark) needs_mark_mask_ |= bit_of(id);
        if (reads_groups(rule)) group_mask_ |= bit_of(id);
        group_reads_.gross_exposure |= rule.reads.contains("group.gross_exposure");
        group_reads_.net_exposure |= rule.reads.contains("group.net_exposure");
        group_reads_.gross_exposure_after |= rule.reads.contains("group.gross_exposure_after");
        for (std::size_t type = 0; type < order_type_masks_.size(); ++type) {
            if ((rule.declaration.order_types >> type & 1U) != 0) {
                order_type_masks_[type] |= bit_of(id);
            }
        }
    }
    group_reads_.any = group_mask_ != 0;
}

// Which rules have something to say about this order. A rule that reads a price is not asked about
// a reduction without one: it could only fail.
std::uint64_t LuaRulebook::runnable(const CheckQuestion& question) const noexcept {
    const auto type = static_cast<std::size_t>(question.order.type);
    std::uint64_t run = type < order_type_masks_.size() ? order_type_masks_[type] : 0;
    if (question.order.reduces && !question.mark_fresh) run &= ~needs_mark_mask_;
    if (question.order.reduces && !question.groups_known) run &= ~(needs_mark_mask_ & group_mask_);
    return run;
}

// The rules that can run; those that lack a parameter have their answer.
std::uint64_t LuaRulebook::begin_answers(std::uint64_t asked, const ParameterBlock& block,
                                         std::span<CheckAnswer> answers) const noexcept {
    const std::uint64_t run = asked & block.ready;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const bool unset = (asked & ~run & bit_of(ruleset_.checks[i])) != 0;
        answers[i] = unset ? CheckAnswer{.outcome = CheckOutcome::fault,
                                         .fault = RuleFault::missing_parameter}
                           : CheckAnswer{};
    }
    return run;
}

void LuaRulebook::check(const CheckQuestion& question, std::span<CheckAnswer> answers) noexcept {
    RISKD_CHECK(answers.size() == ruleset_.checks.size());
    const ParameterBlock& block = parameters_.find(question.scope);
    const std::uint64_t asked = runnable(question);
    const std::uint64_t run = begin_answers(asked & ~group_mask_, block, answers);
    context_.order = &question.order;
    context_.account = &question.account;
    context_.instrument = &question.instrument;
    context_.exposure = &question.exposure;
    context_.history = question.history.data();
    context_.params = block.values.data();
    context_.check_answers = answers.data();
    const bool timed = ++check_calls_ % timed_every == 0;
    timed ? run_checks_timed(run, answers) : run_checks(run, answers);
    if ((asked & group_mask_) != 0) check_groups(question, asked & group_mask_, timed, answers);
    judge_checks(question, answers);
}

// An account without a group is bound by no limit of one.
void LuaRulebook::check_groups(const CheckQuestion& question, std::uint64_t asked, bool timed,
                               std::span<CheckAnswer> answers) noexcept {
    const std::span<CheckAnswer> here{group_answers_.data(), answers.size()};
    context_.check_answers = here.data();
    for (std::size_t g = 0; g < question.groups_count; ++g) {
        const GroupQuestion& about = question.groups[g];
        const ParameterBlock& block =
            parameters_.find({.group = about.group, .instrument = question.scope.instrument});
        const std::uint64_t run = begin_answers(asked, block, here);
        context_.group = &about.view;
        context_.params = block.values.data();
        timed ? run_checks_timed(run, here) : run_checks(run, here);
        for (std::size_t i = 0; i < here.size(); ++i) {
            if ((asked & bit_of(ruleset_.checks[i])) == 0) continue;
            CheckAnswer& answer = here[i];
            refuse_odd_figures(answer);
            answer.group = about.group;
            take_group_answer(answers[i], answer);
            if (g > 0) ++counters_[index(ruleset_.checks[i])].calls;
        }
    }
}

// All rules of the set in one call. When one fails, the rest are asked again from behind it.
void LuaRulebook::run_checks(std::uint64_t run, std::span<CheckAnswer> answers) noexcept {
    while (run != 0) {
        context_.run_low = static_cast<std::uint32_t>(run);
        context_.run_high = static_cast<std::uint32_t>(run >> 32);
        context_.fault = 0;
        context_.at = -1;
        const LuaState::Result result = lua_.call(EntryPoint::check);
        if (result == LuaState::Result::well) return;
        const RuleFault fault = fault_of(result);
        if (result == LuaState::Result::out_of_memory) lua_.collect();
        if (context_.at < 0) {  // nothing was begun: the call itself failed
            for (std::size_t i = 0; i < answers.size(); ++i) {
                if ((run & bit_of(ruleset_.checks[i])) != 0) {
                    answers[i] = {.outcome = CheckOutcome::fault, .fault = fault};
                }
            }
            return;
        }
        const auto at = static_cast<std::size_t>(context_.at);
        answers[at] = {.outcome = CheckOutcome::fault, .fault = fault};
        run &= ~((bit_of(ruleset_.checks[at]) << 1) - 1);
    }
}

void LuaRulebook::run_checks_timed(std::uint64_t run, std::span<CheckAnswer> answers) noexcept {
    for (const RuleId id : ruleset_.checks) {
        if ((run & bit_of(id)) == 0) continue;
        const std::int64_t before = now_ns();
        run_checks(bit_of(id), answers);
        ++counters_[index(id)].timed_calls;
        counters_[index(id)].timed_ns += static_cast<std::uint64_t>(now_ns() - before);
    }
}

void LuaRulebook::judge_checks(const CheckQuestion& question,
                               std::span<CheckAnswer> answers) noexcept {
    for (std::size_t i = 0; i < answers.size(); ++i) {
        CheckAnswer& answer = answers[i];
        RuleCounters& counters = counters_[index(ruleset_.checks[i])];
        ++counters.calls;
        refuse_odd_figures(answer);
        answer.used += positive_zero;
        answer.allowed += positive_zero;
        if (watched_) [[unlikely]]
            watched_->note(index(ruleset_.checks[i]), answer);
        if (lacks_price(question, answer)) continue;
        if (answer.outcome == CheckOutcome::fault) {
            ++counters.faults[slot_of(answer.fault)];
        } else if (answer.outcome == CheckOutcome::not_applicable) {
            ++counters.not_applicable;
        }
    }
}

// Questions go to LuaJIT in runs of up to batch_max whose parameters are all set. The entry that
// fails is marked, and the run is taken up behind it.
template <typename Question, typename Answer, typename Find, typename Bind, typename Judge>
void LuaRulebook::batch(EntryPoint entry, RuleId rule, std::span<const Question> questions,
                        std::span<Answer> answers, Find find, Bind bind, Judge judge) noexcept {
    RISKD_CHECK(questions.size() == answers.size());
    RuleCounters& counters = counters_[index(rule)];
    const std::uint64_t asked_before = counters.calls;
    counters.calls += questions.size();
    const bool timed = counters.calls / timed_every != asked_before / timed_every;
    std::size_t begin = 0;
    while (begin < questions.size()) {
        std::size_t count = 0;
        while (count < batch_max && begin + count < questions.size()) {
            const ParameterBlock& block = find(questions[begin + count]);
            if ((block.ready & bit_of(rule)) == 0) break;
            answers[begin + count] = Answer{};
            blocks_[count++] = block.values.data();
        }
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

namespace {

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

void refuse_all(std::span<MarginAnswer> answers) noexcept {
    for (MarginAnswer& answer : answers)
        answer = {.fault = RuleFault::unknown_rule};
}

// Finite, not negative, and the maintenance margin at most this.
RuleFault judge_margin(MarginAnswer& answer, double highest) noexcept {
    answer.initial += positive_zero;
    answer.maintenance += positive_zero;
    if (!std::isfinite(answer.initial) || !std::isfinite(answer.maintenance)) {
        return RuleFault::not_a_number;
    }
    const bool fits =
        answer.initial >= 0 && answer.maintenance >= 0 && answer.maintenance <= highest;
    return fits ? RuleFault::none : RuleFault::out_of_range;
}

}  // namespace

void LuaRulebook::margin(std::span<const MarginQuestion> questions,
                         std::span<MarginAnswer> answers) noexcept {
    RISKD_CHECK(questions.size() == answers.size());
    by_rule(questions, ruleset_.margin, [&](RuleId rule, std::size_t begin, std::size_t count) {
        margin_of(rule, questions.subspan(begin, count), answers.subspan(begin, count));
    });
}

void LuaRulebook::margin_of(RuleId rule, std::span<const MarginQuestion> questions,
                            std::span<MarginAnswer> answers) noexcept {
    if (is_about_books(ruleset_.rules[index(rule)].declaration)) return refuse_all(answers);
    context_.rule = static_cast<std::int32_t>(rule.raw);
    batch(
        EntryPoint::margin, rule, questions, answers,
        [&](const MarginQuestion& question) -> const ParameterBlock& {
            return parameters_.find(question.scope);
        },
        [&](const MarginQuestion* first_question, MarginAnswer* first_answer) {
            context_.margin_questions = first_question;
            context_.margin_answers = first_answer;
        },
        [&](const MarginQuestion& question, MarginAnswer& answer) {
            // A claim that quiet accounts sleep on; a rule that breaks it is not believed.
            return judge_margin(answer,
                                rate_basis(question.exposure) * rate_max(rule) * (1 + 1e-12));
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
        EntryPoint::portfolio, rule, questions, answers,
        [&](const BookQuestion& question) -> const ParameterBlock& {
            return parameters_.find(question.scope);
        },
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
    batch(
        EntryPoint::collateral, ruleset_.collateral, questions, answers,
        [&](const CollateralQuestion& question) -> const ParameterBlock& {
            return parameters_.find(question.scope, question.asset);
        },
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
    batch(
        EntryPoint::stage, ruleset_.liquidation, questions, answers,
        [&](const StageQuestion& question) -> const ParameterBlock& {
            return parameters_.find(question.scope);
        },
        [&](const StageQuestion* first_question, StageAnswer* first_answer) {
            context_.stage_questions = first_question;
            context_.stage_answers = first_answer;
        },
        [](const StageQuestion&, const StageAnswer& answer) {
            if (!std::isfinite(answer.exit_ratio)) return RuleFault::not_a_number;
            const bool fits = answer.exit_ratio > 0 && answer.exit_ratio <= 1;
            return fits ? RuleFault::none : RuleFault::out_of_range;
        });
}

}  // namespace riskd::dsl
