#include "riskd/rulesets/shadow.hpp"

#include <algorithm>

#include "riskd/rulesets/verdict.hpp"
#include "riskd/runtime/latency.hpp"

namespace riskd::rulesets {

std::string Shadow::why_not(const Rulebook& candidate, const Rulebook& active) {
    for (const WindowSpec& window : candidate.windows()) {
        const auto kept = active.windows();
        if (std::find(kept.begin(), kept.end(), window) == kept.end()) {
            return "it declares a window that the ruleset which decides does not: there is no "
                   "history to ask it about";
        }
    }
    const bool same = std::equal(candidate.windows().begin(), candidate.windows().end(),
                                 active.windows().begin(), active.windows().end());
    return same ? std::string{} : "its windows stand in another order";
}

Shadow::Shadow(const Engine& engine, Rulebook& candidate, Rulebook& active,
               const config::CanarySettings& bounds)
    : engine_{engine},
      bounds_{bounds},
      candidate_{engine.ledger(), engine.windows(), candidate},
      active_{engine.ledger(), engine.windows(), active},
      since_{engine.sequence().raw + 1} {}

void Shadow::before(const Event& event) {
    const auto* request = std::get_if<OrderRequest>(&event.body);
    has_asked_ = request != nullptr;
    if (!has_asked_) return;
    in_canary_ = engine_.in_canary(request->account);
    OrderCheck& check = (in_canary_ ? active_ : candidate_).order_check;
    asked_ = check.decide(*request, event.time);
    if (!in_canary_) orders_.faults += check.faults().size();
    asked_ns_ = runtime::interval_clock_ns();
}

void Shadow::after(const Event&, const Outcome& outcome) {
    if (!engine_.canary().hash.empty()) count_canary(outcome);
    if (!has_asked_) return;
    has_asked_ = false;
    const auto& decided = std::get<Decision>(outcome.outputs.front());
    if (decided.repeated) return;
    const std::uint64_t same = orders_.same;
    in_canary_ ? count(decided, asked_) : count(asked_, decided);
    if (!in_canary_) return;
    ++canary_.orders;
    if (orders_.same == same) ++canary_.differences;
    const std::int64_t took = runtime::interval_clock_ns() - asked_ns_;
    if (took > bounds_.slow_after_ms * 1'000'000) ++canary_.slow;
}

void Shadow::count(const Decision& candidate, const Decision& active) {
    ++orders_.decided;
    if (candidate.accepted && !active.accepted) {
        ++orders_.would_accept;
        ++rules_[refused_by(active)].would_accept;
    } else if (!candidate.accepted && active.accepted) {
        ++orders_.would_refuse;
        ++rules_[refused_by(candidate)].would_refuse;
    } else if (!candidate.accepted && refused_by(candidate) != refused_by(active)) {
        ++orders_.other_reason;
    } else {
        ++orders_.same;
    }
}

void Shadow::count_canary(const Outcome& outcome) {
    for (const Output& output : outcome.outputs) {
        if (const auto* alert = std::get_if<Alert>(&output)) {
            const bool failed = alert->kind == AlertKind::rule_fault;
            if (failed && engine_.in_canary(alert->account)) ++canary_.faults;
            continue;
        }
        const auto* change = std::get_if<StageChange>(&output);
        const bool closes = change != nullptr && change->stage >= Stage::reduce &&
                            change->stage != change->before && !is_known(change->instrument) &&
                            engine_.in_canary(change->account);
        if (!closes) continue;
        const auto otherwise = stage_of(change->account, change->time, active_);
        if (otherwise && *otherwise < Stage::reduce) ++canary_.liquidations;
    }
}

std::string Shadow::breach() const {
    const auto above = [](std::uint64_t count, std::int64_t most) {
        return count > static_cast<std::uint64_t>(most);
    };
    const auto share_above = [&](std::uint64_t count, std::int64_t percent) {
        const auto orders = static_cast<std::int64_t>(canary_.orders);
        return orders >= bounds_.orders_min && above(100 * count, percent * orders);
    };
    const auto said = [&](std::uint64_t count, const char* what) {
        return std::to_string(count) + " " + what + " in " + std::to_string(canary_.orders) +
               " orders of the canary";
    };
    if (above(canary_.faults, bounds_.faults_max)) return said(canary_.faults, "faults");
    if (above(canary_.liquidations, bounds_.liquidations_max)) {
        return said(canary_.liquidations, "liquidations that only the candidate sees,");
    }
    if (share_above(canary_.differences, bounds_.differences_percent_max)) {
        return said(canary_.differences, "decisions otherwise");
    }
    if (share_above(canary_.slow, bounds_.slow_percent_max)) {
        return said(canary_.slow, "slow decisions");
    }
    return {};
}

void Shadow::look_on(Timestamp now, std::uint32_t accounts) {
    const auto all = static_cast<std::uint32_t>(engine_.ledger().account_count());
    const std::uint32_t end = std::min(next_ + accounts, all);
    for (; next_ < end; ++next_)
        look_at(AccountId{next_}, now);
    if (next_ < all) return;
    next_ = 0;
    stages_ = looking_;
    looking_ = {};
}

// As the engine does it, for the account as a whole; nothing for want of a price.
std::optional<Stage> Shadow::stage_of(AccountId id, Timestamp now, Decider& asked) {
    const AccountFigures figures = asked.evaluator.figures(id, now);
    if (figures.fault != RuleFault::none || !figures.margin.complete) return std::nullopt;
    const Account& account = engine_.ledger().account(id);
    const StageQuestion question{.scope = {.account = id, .group = account.group},
                                 .account = account_view(engine_.ledger(), account, figures)};
    StageAnswer answer;
    asked.rulebook.stage({&question, 1}, {&answer, 1});
    if (answer.fault != RuleFault::none) return std::nullopt;
    return answer.stage;
}

// Under the candidate, beside where the other ruleset has it.
void Shadow::look_at(AccountId id, Timestamp now) {
    ++looking_.accounts;
    const bool in_canary = engine_.in_canary(id);
    const auto asked = stage_of(id, now, in_canary ? active_ : candidate_);
    if (!asked) {
        ++looking_.unknown;
        return;
    }
    const Stage stands = engine_.ledger().account(id).stage;
    const Stage candidate = in_canary ? stands : *asked;
    const Stage active = in_canary ? *asked : stands;
    if (candidate > active) {
        ++looking_.nearer;
        if (candidate == Stage::liquidate) ++looking_.liquidated;
    } else if (candidate < active) {
        ++looking_.farther;
    }
}

}  // namespace riskd::rulesets
