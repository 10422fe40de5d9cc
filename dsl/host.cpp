#include "dsl/host.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "dsl/host_parts.hpp"
#include "dsl/step_bound.hpp"
#include "riskd/core/check.hpp"

namespace riskd::dsl {
namespace {

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
      blocks_(host_batch_max) {
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
    run &= asked_mask_;
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

}  // namespace riskd::dsl
