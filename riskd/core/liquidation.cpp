#include "riskd/core/liquidation.hpp"

#include <algorithm>
#include <cmath>

#include "riskd/core/close_search.hpp"
#include "riskd/core/contracts/contract.hpp"

namespace riskd {

namespace {

// One position as the plan sees it.
struct Candidate {
    const Position* position{};
    const Instrument* instrument{};
    Price mark;
    Money maintenance;  // in the account's currency
    std::size_t slot{};
    Quantity closing;  // positive

    ClosingLots lots() const noexcept { return closing_lots(*instrument, *position); }
};

std::vector<Candidate> candidates_of(const Ledger& ledger, MarginEvaluator& evaluator,
                                     const CloseQuestion& question) {
    const Account& account = ledger.account(question.account);
    const Marks marks{ledger, question.now};
    std::vector<Candidate> candidates;
    for (const Position& position : account.positions) {
        if (position.quantity.raw == 0 || is_isolated(position)) continue;
        const Instrument& instrument = ledger.instrument(position.instrument);
        const auto mark = fresh_mark(instrument, question.now);
        if (!mark) continue;
        const auto margin =
            evaluator.position_margin(question.account, position, *mark, question.now);
        const auto maintenance = convert(
            marks, margin.maintenance,
            {.from = instrument.settle, .to = account.currency, .rounding = Rounding::toward_plus});
        candidates.push_back(
            {.position = &position,
             .instrument = &instrument,
             .mark = *mark,
             .maintenance = maintenance.value_or(Money{}),
             .slot = static_cast<std::size_t>(&position - account.positions.begin()),
             .closing = {}});
    }
    std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
        if (a.maintenance != b.maintenance) return a.maintenance > b.maintenance;
        if (a.position->instrument != b.position->instrument) {
            return a.position->instrument < b.position->instrument;
        }
        return a.position->side < b.position->side;
    });
    return candidates;
}

// The position's share of the equity, in its settlement asset, rounded toward zero equity.
std::optional<Money> equity_share(const Ledger& ledger, const CloseQuestion& question,
                                  const Candidate& candidate, Wide whole) {
    if (whole <= 0) return std::nullopt;
    const Wide share = divide(Wide{question.margin.equity.raw} * candidate.maintenance.raw, whole,
                              Rounding::toward_minus);
    const auto raw = narrow(share);
    if (!raw) return std::nullopt;
    return convert(Marks{ledger, question.now}, Money{*raw},
                   {.from = ledger.account(question.account).currency,
                    .to = candidate.instrument->settle,
                    .rounding = Rounding::toward_minus});
}

std::optional<Price> bankruptcy_price(const Ledger& ledger, const CloseQuestion& question,
                                      const Candidate& candidate, Wide whole) {
    const auto share = equity_share(ledger, question, candidate, whole);
    if (!share) return std::nullopt;
    return price_at_loss(*candidate.instrument, candidate.position->quantity, candidate.mark,
                         *share);
}

// The account as it would be when parts of its positions were closed at their marks.
class ClosingTrial {
public:
    ClosingTrial(const Ledger& ledger, MarginEvaluator& evaluator, const CloseQuestion& question)
        : account_{ledger.account(question.account)}, evaluator_{evaluator}, now_{question.now} {
        for (const Position& position : account_.positions)
            assumed_.push_back({.position = position, .realized = {}});
    }

    void close(const Candidate& candidate, Quantity quantity) {
        const auto after = position_if_closed(*candidate.instrument, *candidate.position,
                                              {.quantity = quantity, .price = candidate.mark});
        fits_ = fits_ && after.has_value();
        if (after) assumed_[candidate.slot] = *after;
    }

    AccountMargin margin() {
        const AccountFigures figures =
            evaluator_.figures_if(account_.id, now_, {.positions = assumed_});
        AccountMargin margin = figures.margin;
        margin.complete = fits_ && margin.complete && figures.fault == RuleFault::none;
        fits_ = true;
        return margin;
    }

private:
    const Account& account_;
    MarginEvaluator& evaluator_;
    Timestamp now_;
    std::vector<AssumedPosition> assumed_;
    bool fits_{true};
};

// One after another, each as far as needed.
void reduce_in_turn(ClosingTrial& trial, std::vector<Candidate>& candidates, double exit_ratio) {
    for (Candidate& candidate : candidates) {
        const ClosingLots lots = candidate.lots();
        CloseSearch search{Inside{exit_ratio}, [&](std::int64_t count) {
                               trial.close(candidate, quantity_of_lots(lots, count));
                               return trial.margin();
                           }};
        const auto least = search.least(lots_held(lots));
        candidate.closing = least ? quantity_of_lots(lots, *least) : lots.held;
        trial.close(candidate, candidate.closing);
        if (least) return;
    }
}

// All by the same share, counted in lots of the position that has most of them.
void reduce_together(ClosingTrial& trial, std::vector<Candidate>& candidates, double exit_ratio) {
    std::int64_t most = 0;
    for (const Candidate& candidate : candidates)
        most = std::max(most, lots_held(candidate.lots()));
    const auto part = [&](const Candidate& candidate, std::int64_t share) {
        const ClosingLots lots = candidate.lots();
        const Wide count = divide(Wide{lots_held(lots)} * share, most, Rounding::toward_plus);
        return quantity_of_lots(lots, static_cast<std::int64_t>(count));
    };
    CloseSearch search{Inside{exit_ratio}, [&](std::int64_t share) {
                           for (const Candidate& candidate : candidates)
                               trial.close(candidate, part(candidate, share));
                           return trial.margin();
                       }};
    const std::int64_t share = search.least(most).value_or(most);
    for (Candidate& candidate : candidates)
        candidate.closing = part(candidate, share);
}

void choose_closing(const Ledger& ledger, MarginEvaluator& evaluator, const CloseQuestion& question,
                    std::vector<Candidate>& candidates) {
    if (question.stage >= Stage::liquidate) {
        for (Candidate& candidate : candidates)
            candidate.closing = magnitude(candidate.position->quantity);
    } else if (question.stage == Stage::reduce && !candidates.empty() &&
               margin_ratio(question.margin) >= question.exit_ratio) {
        ClosingTrial trial{ledger, evaluator, question};
        const bool of_books = evaluator.model_of(question.account).of_books;
        const auto reduce = of_books ? reduce_together : reduce_in_turn;
        reduce(trial, candidates, question.exit_ratio);
    }
}

}  // namespace

ClosingLots closing_lots(const Instrument& instrument, const Position& position) noexcept {
    return {.held = magnitude(position.quantity),
            .lot = instrument.terms.lot,
            .least = instrument.terms.quantity_min};
}

std::int64_t lots_held(const ClosingLots& lots) noexcept {
    return static_cast<std::int64_t>(divide(lots.held.raw, lots.lot.raw, Rounding::toward_plus));
}

Quantity quantity_of_lots(const ClosingLots& lots, std::int64_t count) noexcept {
    if (count == 0) return {};
    const Wide closed = std::max(Wide{lots.lot.raw} * count, Wide{lots.least.raw});
    const bool is_whole = closed >= lots.held.raw || lots.held.raw - closed < lots.least.raw;
    return is_whole ? lots.held : Quantity{static_cast<std::int64_t>(closed)};
}

Quantity quantity_of_share(const ClosingLots& lots, double share) noexcept {
    const double count = std::ceil(static_cast<double>(lots_held(lots)) * share);
    return quantity_of_lots(lots, static_cast<std::int64_t>(count));
}

std::optional<AssumedPosition> position_if_closed(const Instrument& instrument,
                                                  const Position& position,
                                                  const ClosingFill& fill) {
    if (fill.quantity.raw == 0) return AssumedPosition{.position = position, .realized = {}};
    const auto notional = notional_of(instrument, fill.quantity, fill.price, Rounding::toward_plus);
    const auto fee =
        notional ? taker_fee(*notional, instrument.terms.taker_fee_rate) : std::nullopt;
    if (!fee) return std::nullopt;
    const bool is_long = position.quantity.raw > 0;
    return position_after(
        instrument, position,
        {.quantity = is_long ? -fill.quantity : fill.quantity, .price = fill.price, .fee = *fee});
}

ClosePlan plan_close(const Ledger& ledger, MarginEvaluator& evaluator,
                     const CloseQuestion& question) {
    ClosePlan plan;
    auto candidates = candidates_of(ledger, evaluator, question);
    choose_closing(ledger, evaluator, question, candidates);
    Wide shared = question.margin.maintenance_margin.raw;  // what the equity is divided by
    if (evaluator.model_of(question.account).of_books) {
        shared = 0;
        for (const Candidate& candidate : candidates)
            shared += candidate.maintenance.raw;
    }
    for (const Candidate& candidate : candidates) {
        const InstrumentId instrument = candidate.position->instrument;
        plan.prices.push_back({.instrument = instrument, .price = candidate.mark});
        if (candidate.closing.raw == 0) continue;
        const auto bankruptcy = bankruptcy_price(ledger, question, candidate, shared);
        plan.legs.push_back({.instrument = instrument,
                             .position_side = candidate.position->side,
                             .side = candidate.position->quantity.raw > 0 ? Side::sell : Side::buy,
                             .quantity = candidate.closing,
                             .has_bankruptcy_price = bankruptcy.has_value(),
                             .bankruptcy_price = bankruptcy.value_or(Price{})});
    }
    return plan;
}

}  // namespace riskd
