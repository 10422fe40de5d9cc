#include "riskd/core/margin_reach.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "riskd/core/definitions.hpp"
#include "riskd/core/margin.hpp"

namespace riskd {

namespace {

constexpr std::size_t coarse_steps = 9;  // a fourth of the one before each, and no move at all
constexpr BandWidth fine_steps = 8;      // between two of them
constexpr double no_ratio_above = std::numeric_limits<double>::infinity();
constexpr double no_ratio_below = -1;

Money moved(Money figure, Wide by) noexcept {
    const Wide sum = std::clamp<Wide>(figure.raw + by, -raw_max, raw_max);
    return {static_cast<std::int64_t>(sum)};
}

bool holds(const StageQuestion& question, const StageAnswer& answer, bool no_fund) noexcept {
    const Stage stage = no_fund ? std::min(answer.stage, Stage::liquidate) : answer.stage;
    return answer.fault == RuleFault::none &&
           static_cast<std::int32_t>(stage) == question.account.stage;
}

StageQuestion at_ratio(StageQuestion question, double ratio) noexcept {
    question.account.margin_ratio = ratio;
    return question;
}

// The next number up or down; ratios are never below zero.
double next_ratio(double ratio, bool up) noexcept {
    const auto bits = std::bit_cast<std::uint64_t>(ratio);
    return up ? std::bit_cast<double>(bits + 1) : ratio > 0 ? std::bit_cast<double>(bits - 1) : 0;
}

bool keeps_now(Rulebook& rulebook, const StageQuestion& question, bool no_fund) noexcept {
    StageAnswer answer;
    rulebook.stage({&question, 1}, {&answer, 1});
    return holds(question, answer, no_fund);
}

// From the present ratio, which holds, up to the highest there is, or down to zero: the last that
// holds. Numbers above zero are in the order of their bits.
double last_that_holds(Rulebook& rulebook, const StageQuestion& question, bool no_fund,
                       bool up) noexcept {
    const auto holds_at = [&](double ratio) {
        return keeps_now(rulebook, at_ratio(question, ratio), no_fund);
    };
    const double end = up ? margin_ratio_max : 0.0;
    if (holds_at(end)) return up ? no_ratio_above : no_ratio_below;
    auto held = std::bit_cast<std::uint64_t>(question.account.margin_ratio);
    auto failed = std::bit_cast<std::uint64_t>(end);
    while (std::max(held, failed) - std::min(held, failed) > 1) {
        const std::uint64_t middle = std::midpoint(held, failed);
        (holds_at(std::bit_cast<double>(middle)) ? held : failed) = middle;
    }
    return std::bit_cast<double>(held);
}

}  // namespace

StageQuestion corner_of(const Sleeper& sleeper, Corner corner) noexcept {
    const BandWidth width = corner.width;
    const FigureMoves& moves = sleeper.moves;
    const auto sign = corner.worst ? Wide{1} : Wide{-1};
    AccountMargin margin = sleeper.margin;
    margin.equity = moved(margin.equity, -sign * moves.equity.over(width));
    margin.maintenance_margin = std::max(
        Money{}, moved(margin.maintenance_margin, sign * moves.maintenance_margin.over(width)));
    // Who has less than nothing needs a quantum at least (margin.hpp).
    if (corner.worst && margin.equity.raw < 0) {
        margin.maintenance_margin = std::max(margin.maintenance_margin, Money{1});
    }
    const Money gross =
        std::max(Money{}, moved(sleeper.gross_exposure, sign * moves.gross_exposure.over(width)));
    StageQuestion question = sleeper.question;
    AccountView& view = question.account;
    show_figures(view, margin, gross, *sleeper.currency);
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

namespace {

bool is_within(const Sleeper& sleeper, const HeldRatios& held, BandWidth width) noexcept {
    const auto ratio_at = [&](bool worst) {
        return corner_of(sleeper, {.width = width, .worst = worst}).account.margin_ratio;
    };
    return ratio_at(true) <= held.most && (held.least < 0 || ratio_at(false) >= held.least);
}

// How wide a band may be for the ratio at its corner to come to one of these; a guess.
BandWidth guess_of(const Sleeper& sleeper, const HeldRatios& held) noexcept {
    const auto number = [](Wide figure) { return static_cast<double>(figure); };
    const FigureMoves& moves = sleeper.moves;
    const auto width_at = [&](double ratio, double sign) {
        const double equity =
            number(sleeper.margin.equity.raw) - sign * number(moves.equity.rounding);
        const double margin = number(sleeper.margin.maintenance_margin.raw) +
                              sign * number(moves.maintenance_margin.rounding);
        const double per_move =
            number(moves.maintenance_margin.per_move) + ratio * number(moves.equity.per_move);
        constexpr double little_less = 0.99999;
        return sign * (ratio * equity - margin) * whole_width * little_less / per_move;
    };
    double width = sleeper.widest;
    if (held.most <= margin_ratio_max) width = std::min(width, width_at(held.most, 1));
    if (held.least >= 0) width = std::min(width, width_at(held.least, -1));
    return width > 0 ? static_cast<BandWidth>(width) : 0;
}

std::optional<BandWidth> widest_within(const Sleeper& sleeper, const HeldRatios& held) noexcept {
    const BandWidth guess = guess_of(sleeper, held);
    if (is_within(sleeper, held, guess)) return guess;
    if (!is_within(sleeper, held, 0)) return std::nullopt;
    BandWidth within = 0;
    BandWidth beyond = guess;
    while (beyond - within > 1) {
        const BandWidth middle = std::midpoint(within, beyond);
        (is_within(sleeper, held, middle) ? within : beyond) = middle;
    }
    return within;
}

}  // namespace

// At the present ratio, or where the stage was last seen to end, and just beyond.
void Reach::ask_at_ends(const StageQuestion& question) {
    const double ratio = question.account.margin_ratio;
    const Seen& seen = seen_[static_cast<std::size_t>(question.account.stage)];
    const double most = std::max(ratio, std::min(seen.most, margin_ratio_max));
    questions_.push_back(at_ratio(question, most));
    questions_.push_back(at_ratio(question, next_ratio(most, true)));
    if (question.account.stage == 0) return;  // there is no lower stage than healthy
    const double least = std::min(ratio, std::max(seen.least, 0.0));
    questions_.push_back(at_ratio(question, least));
    questions_.push_back(at_ratio(question, next_ratio(least, false)));
}

void Reach::ratios(Rulebook& rulebook, std::span<const StageQuestion> questions, bool no_fund,
                   std::span<std::optional<HeldRatios>> held) {
    RISKD_CHECK(questions.size() == held.size());
    questions_.clear();
    for (const StageQuestion& question : questions)
        ask_at_ends(question);
    answers_.resize(questions_.size());
    if (!questions_.empty()) rulebook.stage(questions_, answers_);
    std::size_t at = 0;
    for (std::size_t i = 0; i < questions.size(); ++i) {
        const StageQuestion& question = questions[i];
        const auto keeps = [&](std::size_t which) {
            return holds(questions_[at + which], answers_[at + which], no_fund);
        };
        const auto ratio = [&](std::size_t which) {
            return questions_[at + which].account.margin_ratio;
        };
        const bool is_lowest = question.account.stage == 0;
        held[i].reset();
        if ((keeps(0) && (is_lowest || keeps(2))) || keeps_now(rulebook, question, no_fund)) {
            Seen& seen = seen_[static_cast<std::size_t>(question.account.stage)];
            const bool is_end = keeps(0) && !keeps(1);
            seen.most = is_end ? ratio(0) : last_that_holds(rulebook, question, no_fund, true);
            if (keeps(0) && ratio(0) >= margin_ratio_max) seen.most = no_ratio_above;
            if (is_lowest || (keeps(2) && ratio(2) <= 0)) {
                seen.least = no_ratio_below;
            } else {
                const bool begins = keeps(2) && !keeps(3);
                seen.least =
                    begins ? ratio(2) : last_that_holds(rulebook, question, no_fund, false);
            }
            held[i] = HeldRatios{.least = seen.least, .most = seen.most};
        }
        at += is_lowest ? 2 : 4;
    }
}

// Of the widths that hold the widest stands.
void Reach::ask(Rulebook& rulebook, std::span<const Sleeper> sleepers,
                std::span<std::optional<BandWidth>> widths) {
    questions_.clear();
    for (const Asked& asked : asked_) {
        const Sleeper& sleeper = sleepers[asked.sleeper];
        questions_.push_back(corner_of(sleeper, {.width = asked.width, .worst = true}));
        if (sleeper.question.account.stage == 0) continue;
        questions_.push_back(corner_of(sleeper, {.width = asked.width}));
    }
    answers_.resize(questions_.size());
    rulebook.stage(questions_, answers_);
    std::size_t at = 0;
    for (const Asked& asked : asked_) {
        const bool no_fund = sleepers[asked.sleeper].no_fund;
        bool both = holds(questions_[at], answers_[at], no_fund);
        ++at;
        if (sleepers[asked.sleeper].question.account.stage != 0) {
            both = holds(questions_[at], answers_[at], no_fund) && both;
            ++at;
        }
        std::optional<BandWidth>& width = widths[asked.sleeper];
        if (both && (!width || *width < asked.width)) width = asked.width;
    }
}

void Reach::search(Rulebook& rulebook, std::span<const Sleeper> sleepers,
                   std::span<std::optional<BandWidth>> widths) {
    asked_.clear();
    for (std::uint32_t i = 0; i < sleepers.size(); ++i) {
        BandWidth width = sleepers[i].widest;
        for (std::size_t step = 0; step < coarse_steps; ++step, width /= 4)
            asked_.push_back({i, width});
        asked_.push_back({i, 0});
    }
    ask(rulebook, sleepers, widths);
    asked_.clear();
    for (std::uint32_t i = 0; i < sleepers.size(); ++i) {
        const bool between = widths[i] && *widths[i] != 0 && *widths[i] < sleepers[i].widest;
        if (!between) continue;
        // What did not hold was between four times that and a little more.
        for (BandWidth part = 1; part < fine_steps; ++part)
            asked_.push_back({i, *widths[i] + *widths[i] * 3 / fine_steps * part});
    }
    if (!asked_.empty()) ask(rulebook, sleepers, widths);
}

void Reach::widths(Rulebook& rulebook, std::span<const Sleeper> sleepers,
                   std::span<std::optional<BandWidth>> widths) {
    RISKD_CHECK(sleepers.size() == widths.size());
    std::fill(widths.begin(), widths.end(), std::nullopt);
    if (sleepers.empty()) return;
    if (!rulebook.ladder_reads_ratio_alone()) return search(rulebook, sleepers, widths);
    now_.clear();
    for (const Sleeper& sleeper : sleepers)
        now_.push_back(corner_of(sleeper, {.width = 0, .worst = true}));
    held_.resize(sleepers.size());
    ratios(rulebook, now_, sleepers.front().no_fund, held_);
    for (std::size_t i = 0; i < sleepers.size(); ++i) {
        if (held_[i]) widths[i] = widest_within(sleepers[i], *held_[i]);
    }
}

}  // namespace riskd
