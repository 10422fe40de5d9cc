#include "riskd/core/withdrawal.hpp"

#include <algorithm>

namespace riskd {

namespace {

// An amount taken out, and what is left of the margin then.
struct Trial {
    Money amount;
    Money slack;
};

std::optional<AccountMargin> margin_without(MarginEvaluator& evaluator,
                                            const WithdrawalQuestion& question,
                                            Money amount) noexcept {
    const AccountFigures figures = evaluator.figures_if(
        question.account, question.now, {.asset = question.asset, .withdrawn = amount});
    if (!figures.margin.complete || figures.fault != RuleFault::none) return std::nullopt;
    return figures.margin;
}

Money slack_of(const AccountMargin& margin) noexcept {
    return std::min(available_margin(margin), headroom(margin));
}

// Whether a is more than b, and by more than the last bits of the 53 that rules calculate with.
bool is_more(Money a, Money b, const AccountMargin& present) noexcept {
    const Wide noise = 1 + magnitude(present.equity).raw / (std::int64_t{1} << 48);
    return Wide{a.raw} > Wide{b.raw} + noise;
}

// Strictly between the two: where a straight line through them comes to zero.
Money crossing(const Trial& stands, const Trial& falls) noexcept {
    const Wide span = Wide{falls.amount.raw} - stands.amount.raw;
    const Wide fall = Wide{stands.slack.raw} - falls.slack.raw;
    const Wide step = std::clamp<Wide>(span * stands.slack.raw / fall, 1, span - 1);
    return Money{static_cast<std::int64_t>(stands.amount.raw + step)};
}

Money half_way(const Trial& stands, const Trial& falls) noexcept {
    return Money{stands.amount.raw + (falls.amount.raw - stands.amount.raw) / 2};
}

}  // namespace

// The interval between an amount that stands and one that falls is made smaller until they are
// neighbours. Lines find the edge of a flat haircut in a few steps; every third step halves, which
// bounds their number whatever the rule is.
std::optional<Money> withdrawable(const Ledger& ledger, MarginEvaluator& evaluator,
                                  const WithdrawalQuestion& question) noexcept {
    const auto present = margin_without(evaluator, question, Money{});
    if (!present) return std::nullopt;
    const Balance* balance = ledger.find_balance(question.account, question.asset);
    const auto raw = narrow(balance == nullptr ? Wide{} : free_amount(*balance));
    if (!raw) return std::nullopt;
    const Money free{*raw};
    Trial stands{.amount = {}, .slack = slack_of(*present)};
    if (free.raw <= 0 || stands.slack.raw < 0) return Money{};
    const auto emptied = margin_without(evaluator, question, free);
    if (!emptied) return std::nullopt;
    Trial falls{.amount = free, .slack = slack_of(*emptied)};
    if (is_more(falls.slack, stands.slack, *present)) return std::nullopt;
    if (falls.slack.raw >= 0) return free;
    for (int turn = 0; falls.amount.raw - stands.amount.raw > 1; ++turn) {
        const Money amount = turn % 3 == 2 ? half_way(stands, falls) : crossing(stands, falls);
        const auto margin = margin_without(evaluator, question, amount);
        if (!margin) return std::nullopt;
        const Money slack = slack_of(*margin);
        if (is_more(slack, stands.slack, *present) || is_more(falls.slack, slack, *present)) {
            return std::nullopt;
        }
        (slack.raw >= 0 ? stands : falls) = {.amount = amount, .slack = slack};
    }
    return stands.amount;
}

}  // namespace riskd
