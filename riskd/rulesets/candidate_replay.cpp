#include "riskd/rulesets/candidate_replay.hpp"

#include <algorithm>
#include <utility>

#include "riskd/core/activation.hpp"
#include "riskd/rule_names.hpp"

namespace riskd::rulesets {
namespace {

constexpr std::uint64_t every_rule = ~std::uint64_t{};

bool has(const std::vector<WindowSpec>& windows, const WindowSpec& wanted) {
    return std::find(windows.begin(), windows.end(), wanted) != windows.end();
}

// Refusals of the core that come before any rule is asked.
bool is_before_rules(const Decision& decided) noexcept {
    return !is_known(decided.rule) && decided.reason <= RejectReason::insufficient_balance;
}

bool is_by_check(const Name& rule) noexcept {
    return rule.view().starts_with("check/");
}

const Alert* fault_in(const Output& output) noexcept {
    const auto* alert = std::get_if<Alert>(&output);
    return alert != nullptr && alert->kind == AlertKind::rule_fault ? alert : nullptr;
}

}  // namespace

CandidateReplay::CandidateReplay(const LedgerLimits& limits, dsl::LuaRulebook& candidate,
                                 FindRuleset find, ReplayComparison::Flipped flipped)
    : candidate_{candidate},
      find_{std::move(find)},
      engine_{limits, candidate},
      decider_{engine_.ledger(), engine_.windows(), candidate},
      stages_{engine_.ledger(), candidate, decider_.evaluator},
      comparison_{engine_.ledger(), std::move(flipped)},
      activation_{activation_of(candidate)} {}

void CandidateReplay::take(const runtime::JournalRecord& record) {
    comparison_.count_event();
    if (const auto* activation = std::get_if<RulesetActivation>(&record.event.body)) {
        return activate(record, *activation);
    }
    if (std::holds_alternative<CanaryChange>(record.event.body)) judge_from_here();
    const auto* request = std::get_if<OrderRequest>(&record.event.body);
    if (request != nullptr) take_order(record, *request);
    if (judges_) {
        engine_.apply_recorded(record.event, record.outcome, woken_);
    } else {
        engine_.apply_recorded(record.event, record.outcome);
    }
    verbs::define_name(candidate_, engine_.ledger(), record.event.body);
    if (request == nullptr) judge(record.event.time, record.outcome);
    settle();
}

// Up to here the candidate's stages were those of the record.
void CandidateReplay::judge_from_here() {
    if (!judges_) stages_.take_recorded();
    judges_ = true;
    is_unsettled_ = true;
}

// All accounts are judged behind an activation, and behind a canary. When everyone then stands
// where the record says, and no rule of the ladder is another, the record has the answers from
// there on.
void CandidateReplay::settle() {
    if (!is_unsettled_ || engine_.accounts_waiting() > 0 || !engine_.canary().hash.empty()) return;
    is_unsettled_ = false;
    judges_ = changed_.ladder || !stages_.is_as_recorded();
}

// Whatever ruleset decides from here on, the windows kept are the candidate's.
void CandidateReplay::activate(const runtime::JournalRecord& record,
                               const RulesetActivation& activation) {
    judge_from_here();
    Event event = record.event;
    event.body = activation_;
    engine_.apply_recorded(event, record.outcome, woken_);
    const dsl::LuaRulebook* decides = find_(activation.hash.view());
    changed_ = decides == nullptr ? ChangedRules{} : changed_rules(*decides, candidate_);
    keep_common_windows(activation);
    judge(event.time, record.outcome);
    settle();
}

// What a rule that has not changed saw of history must be what the candidate's sees of it.
void CandidateReplay::keep_common_windows(const RulesetActivation& activation) {
    const std::vector<WindowSpec> kept = windows_of(activation);
    if (!windows_kept_) windows_kept_ = kept;
    std::erase_if(*windows_kept_, [&](const WindowSpec& window) { return !has(kept, window); });
    for (const WindowSpec& window : candidate_.windows())
        changed_.checks = changed_.checks || !has(*windows_kept_, window);
}

void CandidateReplay::judge(Timestamp now, const Outcome& recorded) {
    const std::uint64_t sequence = engine_.sequence().raw;
    std::uint64_t recorded_faults = 0;
    for (const Output& output : recorded.outputs) {
        if (const auto* change = std::get_if<StageChange>(&output)) {
            // A further step, or a take-over behind a liquidation, is of the one that was counted.
            const bool begins =
                change->stage >= Stage::liquidate && change->before < Stage::liquidate;
            if (!begins) continue;
            comparison_.count_liquidation(change->account, sequence, false);
            if (!judges_) comparison_.count_liquidation(change->account, sequence, true);
        } else if (fault_in(output) != nullptr) {
            ++recorded_faults;
        }
    }
    if (!judges_) return comparison_.count_faults(recorded_faults);
    stages_.judge(woken_, now);
    work_.accounts_judged += woken_.size();
    comparison_.count_faults(stages_.faults());
    for (const AccountId account : stages_.liquidated())
        comparison_.count_liquidation(account, sequence, true);
}

void CandidateReplay::take_order(const runtime::JournalRecord& record,
                                 const OrderRequest& request) {
    const auto& decided = std::get<Decision>(record.outcome.outputs.front());
    if (decided.repeated) return;
    engine_.pass_time(record.event.time);
    const std::uint64_t sequence = record.event.sequence.raw;
    // In a canary others decided, and may have refused what these would not.
    switch (engine_.in_canary(request.account) ? Way::in_full : way_of(decided)) {
        case Way::as_recorded:
            comparison_.count_faults(recorded_faults(record.outcome));
            return comparison_.take_same();
        case Way::in_part:
            ++work_.asked_in_part;
            return comparison_.take(
                request, decided, ask_in_part(request, record.event.time, decided, record.outcome),
                sequence);
        case Way::in_full:
            ++work_.asked_in_full;
            return comparison_.take(request, decided, ask_in_full(request, record.event.time),
                                    sequence);
    }
}

// The margin is part of a decision: where the ladder is another, all is asked.
CandidateReplay::Way CandidateReplay::way_of(const Decision& decided) const noexcept {
    if (changed_.checks || changed_.ladder) return Way::in_full;
    if (decided.accepted) return changed_.asked == 0 ? Way::as_recorded : Way::in_part;
    if (is_before_rules(decided)) return Way::as_recorded;
    const bool by_margin = decided.reason == RejectReason::insufficient_initial_margin &&
                           !is_by_check(decided.rule_name);
    const bool by_same = is_known(decided.rule) &&
                         changed_.place_of(decided.rule) != ChangedRules::none_unchanged &&
                         decided.reason != RejectReason::rule_failed &&
                         decided.reason != RejectReason::reference_price_not_available;
    if (!by_margin && !by_same) return Way::in_full;
    return changed_.asked == 0 ? Way::as_recorded : Way::in_part;
}

Decision CandidateReplay::ask_in_full(const OrderRequest& request, Timestamp now) {
    candidate_.ask_only(every_rule);
    const Decision asked = decider_.order_check.decide(request, now, LargestQuantity::left_out);
    std::uint64_t faults = 0;
    const auto seen = decider_.order_check.faults();
    for (std::size_t i = 0; i < seen.size(); ++i) {
        const auto same = [&](const RuleFaultSeen& other) { return other.rule == seen[i].rule; };
        const auto end = seen.begin() + static_cast<std::ptrdiff_t>(i);
        if (std::none_of(seen.begin(), end, same)) ++faults;
    }
    comparison_.count_faults(faults);
    return asked;
}

// What the record says, unless a rule that changed refuses before it.
Decision CandidateReplay::ask_in_part(const OrderRequest& request, Timestamp now,
                                      const Decision& decided, const Outcome& recorded) {
    candidate_.ask_only(changed_.asked);
    const Verdict& verdict =
        decider_.order_check.ask_rules_alone(request, now, changed_.reads_figures);
    std::uint64_t faults = recorded_faults(recorded);
    for (const RuleFaultSeen& seen : decider_.order_check.faults()) {
        const bool is_asked =
            is_known(seen.rule) && (changed_.asked >> seen.rule.raw & std::uint64_t{1}) != 0;
        if (is_asked) ++faults;
    }
    comparison_.count_faults(faults);
    if (!verdict.reason || is_refused_before(decided, verdict)) return decided;
    return {.account = request.account,
            .instrument = request.instrument,
            .order = request.order,
            .accepted = false,
            .reason = *verdict.reason,
            .rule = verdict.rule,
            .rule_name = candidate_.rules()[index(verdict.rule)].name,
            .group_name = Name{engine_.ledger().group_name(verdict.group)}};
}

// By the order of reasons, and of rules when the reason is the same. Margin comes after all rules.
bool CandidateReplay::is_refused_before(const Decision& decided,
                                        const Verdict& verdict) const noexcept {
    if (decided.accepted) return false;
    const std::uint32_t old_place = changed_.place_of(decided.rule);
    if (old_place == ChangedRules::none_unchanged) return false;
    if (decided.reason != *verdict.reason) return decided.reason < *verdict.reason;
    const auto rules = candidate_.check_rules();
    const auto place = std::find(rules.begin(), rules.end(), verdict.rule) - rules.begin();
    return old_place < static_cast<std::uint32_t>(place);
}

// Of rules that the candidate has unchanged: they fail in it as they did.
std::uint64_t CandidateReplay::recorded_faults(const Outcome& outcome) const noexcept {
    std::uint64_t faults = 0;
    for (const Output& output : outcome.outputs) {
        const Alert* alert = fault_in(output);
        if (alert == nullptr) continue;
        const bool unchanged = !is_by_check(alert->about) ||
                               changed_.place_of(alert->rule) != ChangedRules::none_unchanged;
        if (unchanged) ++faults;
    }
    return faults;
}

}  // namespace riskd::rulesets
