#include "riskd/core/reach.hpp"

#include <algorithm>

#include "riskd/core/margin.hpp"

namespace riskd {

namespace {

constexpr std::size_t coarse_steps = 9;  // a fourth of the one before each, and no move at all
constexpr BandWidth fine_steps = 8;      // between two of them

Money moved(Money figure, Wide by) noexcept {
    const Wide sum = std::clamp<Wide>(figure.raw + by, -raw_max, raw_max);
    return {static_cast<std::int64_t>(sum)};
}

}  // namespace

StageQuestion corner_of(const Sleeper& sleeper, BandWidth width, bool worst) noexcept {
    const auto sign = worst ? Wide{1} : Wide{-1};
    AccountMargin margin = sleeper.margin;
    margin.equity = moved(margin.equity, -sign * sleeper.moves.equity.over(width));
    margin.maintenance_margin = std::max(
        Money{},
        moved(margin.maintenance_margin, sign * sleeper.moves.maintenance_margin.over(width)));
    // Who has less than nothing needs a quantum at least (margin.hpp).
    if (worst && margin.equity.raw < 0) {
        margin.maintenance_margin = std::max(margin.maintenance_margin, Money{1});
    }
    const Money gross = std::max(
        Money{}, moved(sleeper.gross_exposure, sign * sleeper.moves.gross_exposure.over(width)));
    StageQuestion question = sleeper.question;
    show_figures(question.account, margin, gross, *sleeper.currency);
    if (!sleeper.may_owe) return question;
    // With more debt the ratio comes nearer to one, from either side.
    AccountMargin more = margin;
    more.owed = moved(margin.owed, sleeper.moves.equity.over(width));
    margin.owed = std::max(Money{}, moved(margin.owed, -sleeper.moves.equity.over(width)));
    AccountView other = question.account;
    show_figures(question.account, margin, gross, *sleeper.currency);
    show_figures(other, more, gross, *sleeper.currency);
    const auto [least, most] = std::minmax(question.account.margin_ratio, other.margin_ratio);
    question.account.margin_ratio = worst ? most : least;
    return question;
}

// Each pair of questions is about one width; of the widths that hold the widest stands.
void Reach::ask(Rulebook& rulebook, std::span<const Sleeper> sleepers,
                std::span<std::optional<BandWidth>> widths) {
    questions_.clear();
    for (const Asked& asked : asked_) {
        questions_.push_back(corner_of(sleepers[asked.sleeper], asked.width, true));
        questions_.push_back(corner_of(sleepers[asked.sleeper], asked.width, false));
    }
    answers_.resize(questions_.size());
    rulebook.stage(questions_, answers_);
    for (std::size_t i = 0; i < asked_.size(); ++i) {
        const auto holds = [&](const StageQuestion& question, const StageAnswer& answer) {
            return answer.fault == RuleFault::none &&
                   static_cast<std::int32_t>(answer.stage) == question.account.stage;
        };
        if (!holds(questions_[2 * i], answers_[2 * i]) ||
            !holds(questions_[2 * i + 1], answers_[2 * i + 1])) {
            continue;
        }
        std::optional<BandWidth>& width = widths[asked_[i].sleeper];
        width = std::max(width.value_or(0), asked_[i].width);
    }
}

void Reach::widths(Rulebook& rulebook, std::span<const Sleeper> sleepers,
                   std::span<std::optional<BandWidth>> widths) {
    RISKD_CHECK(sleepers.size() == widths.size());
    asked_.clear();
    for (std::uint32_t i = 0; i < sleepers.size(); ++i) {
        widths[i].reset();
        BandWidth width = sleepers[i].widest;
        for (std::size_t step = 0; step < coarse_steps; ++step, width /= 4)
            asked_.push_back({i, width});
        asked_.push_back({i, 0});
    }
    ask(rulebook, sleepers, widths);
    asked_.clear();
    for (std::uint32_t i = 0; i < sleepers.size(); ++i) {
        if (!widths[i] || *widths[i] == 0 || *widths[i] == sleepers[i].widest) continue;
        // What did not hold was between four times that and a little more.
        for (BandWidth part = 1; part < fine_steps; ++part)
            asked_.push_back({i, *widths[i] + *widths[i] * 3 / fine_steps * part});
    }
    if (!asked_.empty()) ask(rulebook, sleepers, widths);
}

}  // namespace riskd
