#include "riskd/rulesets/shadow.hpp"

#include <algorithm>

#include "riskd/rulesets/verdict.hpp"

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

Shadow::Shadow(const Engine& engine, Rulebook& candidate)
    : engine_{engine},
      candidate_{candidate},
      evaluator_{engine.ledger(), candidate},
      check_{engine.ledger(), candidate, evaluator_, engine.windows()},
      since_{engine.sequence().raw + 1} {}

void Shadow::before(const Event& event) {
    const auto* request = std::get_if<OrderRequest>(&event.body);
    has_asked_ = request != nullptr;
    if (!has_asked_) return;
    asked_ = check_.decide(*request, event.time);
    orders_.faults += check_.faults().size();
}

void Shadow::after(const Event&, const Outcome& outcome) {
    if (!has_asked_) return;
    has_asked_ = false;
    const auto& decided = std::get<Decision>(outcome.outputs.front());
    if (decided.repeated) return;
    ++orders_.decided;
    if (asked_.accepted && !decided.accepted) {
        ++orders_.would_accept;
        ++rules_[refused_by(decided)].would_accept;
    } else if (!asked_.accepted && decided.accepted) {
        ++orders_.would_refuse;
        ++rules_[refused_by(asked_)].would_refuse;
    } else if (!asked_.accepted && refused_by(asked_) != refused_by(decided)) {
        ++orders_.other_reason;
    } else {
        ++orders_.same;
    }
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

// As the engine does it, for the account as a whole.
void Shadow::look_at(AccountId id, Timestamp now) {
    ++looking_.accounts;
    const AccountFigures figures = evaluator_.figures(id, now);
    if (figures.fault != RuleFault::none || !figures.margin.complete) {
        ++looking_.unknown;
        return;
    }
    const Account& account = engine_.ledger().account(id);
    const StageQuestion question{.scope = {.account = id, .group = account.group},
                                 .account = account_view(engine_.ledger(), account, figures)};
    StageAnswer answer;
    candidate_.stage({&question, 1}, {&answer, 1});
    if (answer.fault != RuleFault::none) {
        ++looking_.unknown;
    } else if (answer.stage > account.stage) {
        ++looking_.nearer;
        if (answer.stage == Stage::liquidate) ++looking_.liquidated;
    } else if (answer.stage < account.stage) {
        ++looking_.farther;
    }
}

}  // namespace riskd::rulesets
