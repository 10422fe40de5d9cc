#include "riskd/core/margin_reach.hpp"

#include <algorithm>

#include "riskd/core/definitions.hpp"
#include "riskd/core/margin.hpp"

namespace riskd {

namespace {

constexpr std::size_t coarse_steps = 9;  // a fourth of the one before each, and no move at all
constexpr BandWidth fine_steps = 8;      // between two of them
constexpr double near_enough = 0.002;    // of a ratio

Money moved(Money figure, Wide by) noexcept {
    const Wide sum = std::clamp<Wide>(figure.raw + by, -raw_max, raw_max);
    return {static_cast<std::int64_t>(sum)};
}

double number(Wide figure) noexcept {
    return static_cast<double>(figure);
}

// How wide a band may be for the ratio at its corner to come to `ratio`; a guess.
BandWidth width_at(const Sleeper& sleeper, double ratio, Corner corner) noexcept {
    const FigureMoves& moves = sleeper.moves;
    const FigureMove& needed =
        corner.one_sided ? moves.maintenance_margin_adverse : moves.maintenance_margin;
    const double sign = corner.worst ? 1 : -1;
    const double equity = number(sleeper.margin.equity.raw) - sign * number(moves.equity.rounding);
    const double margin =
        number(sleeper.margin.maintenance_margin.raw) + sign * number(needed.rounding);
    const double gap = sign * (ratio * equity - margin);
    const double per_move = number(needed.per_move) + ratio * number(moves.equity.per_move);
    if (!(gap > 0)) return 0;
    constexpr double little_less = 0.9999;
    const double width = gap * whole_width * little_less / std::max(per_move, 1.0);
    return width < sleeper.widest ? static_cast<BandWidth>(width) : sleeper.widest;
}

bool holds(const StageQuestion& question, const StageAnswer& answer, bool no_fund) noexcept {
    const Stage stage = no_fund ? std::min(answer.stage, Stage::liquidate) : answer.stage;
    return answer.fault == RuleFault::none &&
           static_cast<std::int32_t>(stage) == question.account.stage;
}

}  // namespace

StageQuestion corner_of(const Sleeper& sleeper, Corner corner) noexcept {
    const BandWidth width = corner.width;
    const FigureMoves& moves = sleeper.moves;
    const auto sign = corner.worst ? Wide{1} : Wide{-1};
    const FigureMove& needed =
        corner.one_sided ? moves.maintenance_margin_adverse : moves.maintenance_margin;
    AccountMargin margin = sleeper.margin;
    margin.equity = moved(margin.equity, -sign * moves.equity.over(width));
    margin.maintenance_margin =
        std::max(Money{}, moved(margin.maintenance_margin, sign * needed.over(width)));
    // Who has less than nothing needs a quantum at least (margin.hpp).
    if (corner.worst && margin.equity.raw < 0) {
        margin.maintenance_margin = std::max(margin.maintenance_margin, Money{1});
    }
    const Money gross =
        std::max(Money{}, moved(sleeper.gross_exposure, sign * moves.gross_exposure.over(width)));
    StageQuestion question = sleeper.question;
    AccountView& view = question.account;
    show_figures(view, margin, gross, *sleeper.currency);
    if (corner.one_sided) {
        const double slope = number(moves.favourable_slope) / number(power_of_ten(rate_decimals));
        view.margin_ratio = std::max(view.margin_ratio, slope);
    }
    if (!sleeper.may_owe) return question;
    // With more debt the ratio comes nearer to one, from either side.
    AccountView more = view;
    const Money owed = margin.owed;
    margin.owed = std::max(Money{}, moved(owed, -moves.equity.over(width)));
    show_figures(view, margin, gross, *sleeper.currency);
    margin.owed = moved(owed, moves.equity.over(width));
    show_figures(more, margin, gross, *sleeper.currency);
    view.margin_ratio = corner.worst ? std::max(view.margin_ratio, more.margin_ratio)
                                     : std::min(view.margin_ratio, more.margin_ratio);
    return question;
}

void Reach::learn(const StageQuestion& question, bool worst, bool held) noexcept {
    const auto stage = static_cast<std::size_t>(question.account.stage);
    const double ratio = question.account.margin_ratio;
    Rung& rung = worst ? above_[stage] : below_[stage];
    const auto beyond = [worst](double a, double b) { return worst ? a > b : a < b; };
    if (held) {
        if (rung.held < 0 || beyond(ratio, rung.held)) rung.held = ratio;
        if (rung.failed >= 0 && !beyond(rung.failed, rung.held)) rung.failed = -1;
    } else {
        if (rung.held >= 0 && !beyond(ratio, rung.held)) rung = {};  // there are other ladders
        if (rung.failed < 0 || beyond(rung.failed, ratio)) rung.failed = ratio;
    }
}

// Of the widths that hold the widest stands.
void Reach::ask(Rulebook& rulebook, std::span<const Sleeper> sleepers,
                std::span<std::optional<Reached>> reached) {
    questions_.clear();
    for (const Asked& asked : asked_) {
        const Sleeper& sleeper = sleepers[asked.sleeper];
        questions_.push_back(corner_of(
            sleeper, {.width = asked.width, .worst = true, .one_sided = asked.one_sided}));
        // There is no lower stage than healthy.
        if (sleeper.question.account.stage == 0) continue;
        questions_.push_back(corner_of(sleeper, {.width = asked.width}));
    }
    answers_.resize(questions_.size());
    rulebook.stage(questions_, answers_);
    std::size_t at = 0;
    for (const Asked& asked : asked_) {
        const bool no_fund = sleepers[asked.sleeper].no_fund;
        bool both = holds(questions_[at], answers_[at], no_fund);
        learn(questions_[at], true, both);
        ++at;
        if (sleepers[asked.sleeper].question.account.stage != 0) {
            const bool best = holds(questions_[at], answers_[at], no_fund);
            learn(questions_[at], false, best);
            both = both && best;
            ++at;
        }
        std::optional<Reached>& width = reached[asked.sleeper];
        if (!both || (width && width->width >= asked.width)) continue;
        width = Reached{.width = asked.width, .one_sided = asked.one_sided};
    }
}

// Where the ladder was last seen to change its answer, and half way to where it was not.
void Reach::guess(std::span<const Sleeper> sleepers) {
    asked_.clear();
    for (std::uint32_t i = 0; i < sleepers.size(); ++i) {
        const Sleeper& sleeper = sleepers[i];
        const auto stage = static_cast<std::size_t>(sleeper.question.account.stage);
        const Rung& above = above_[stage];
        const Rung& below = below_[stage];
        const Stage top_stage = sleeper.no_fund ? Stage::liquidate : Stage::take_over;
        const bool top = stage >= static_cast<std::size_t>(top_stage);
        if (sleeper.may_owe || (!top && (above.held < 0 || above.failed < 0))) continue;
        if (stage != 0 && (below.held < 0 || below.failed < 0)) continue;
        const auto width_for = [&](double part) {
            BandWidth width = sleeper.widest;
            const auto between = [&](const Rung& rung) {
                return rung.held + part * (rung.failed - rung.held);
            };
            if (!top) {
                width = std::min(width, width_at(sleeper, between(above),
                                                 {.worst = true, .one_sided = sleeper.one_sided}));
            }
            if (stage != 0) width = std::min(width, width_at(sleeper, between(below), {}));
            return width;
        };
        const auto is_near = [](const Rung& rung) {
            return std::max(rung.held, rung.failed) - std::min(rung.held, rung.failed) <
                   near_enough * std::max(rung.held, rung.failed);
        };
        asked_.push_back({i, sleeper.one_sided, width_for(0)});
        if ((!top && !is_near(above)) || (stage != 0 && !is_near(below))) {
            asked_.push_back({i, sleeper.one_sided, width_for(0.5)});
        }
    }
}

// Of those that have none yet.
void Reach::search(Rulebook& rulebook, std::span<const Sleeper> sleepers, bool one_sided,
                   std::span<std::optional<Reached>> reached) {
    asked_.clear();
    sought_.assign(sleepers.size(), false);
    for (std::uint32_t i = 0; i < sleepers.size(); ++i) {
        if (reached[i] || (one_sided && !sleepers[i].one_sided)) continue;
        sought_[i] = true;
        BandWidth width = sleepers[i].widest;
        for (std::size_t step = 0; step < coarse_steps; ++step, width /= 4)
            asked_.push_back({i, one_sided, width});
        asked_.push_back({i, one_sided, 0});
    }
    if (asked_.empty()) return;
    ask(rulebook, sleepers, reached);
    asked_.clear();
    for (std::uint32_t i = 0; i < sleepers.size(); ++i) {
        const bool between = sought_[i] && reached[i] && reached[i]->width != 0 &&
                             reached[i]->width < sleepers[i].widest;
        if (!between) continue;
        // What did not hold was between four times that and a little more.
        for (BandWidth part = 1; part < fine_steps; ++part) {
            const BandWidth least = reached[i]->width;
            asked_.push_back({i, one_sided, least + least * 3 / fine_steps * part});
        }
    }
    if (!asked_.empty()) ask(rulebook, sleepers, reached);
}

void Reach::widths(Rulebook& rulebook, std::span<const Sleeper> sleepers,
                   std::span<std::optional<Reached>> reached) {
    RISKD_CHECK(sleepers.size() == reached.size());
    std::fill(reached.begin(), reached.end(), std::nullopt);
    guess(sleepers);
    if (!asked_.empty()) ask(rulebook, sleepers, reached);
    search(rulebook, sleepers, true, reached);
    search(rulebook, sleepers, false, reached);
}

}  // namespace riskd
