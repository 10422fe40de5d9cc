#include "riskd/core/liquidation.hpp"

#include <algorithm>

#include "riskd/core/contracts/contract.hpp"

namespace riskd {

namespace {

// One position as the plan sees it.
struct Candidate {
    const Position* position{};
    const Instrument* instrument{};
    Price mark;
    Money maintenance;  // in the account's currency
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
        candidates.push_back({.position = &position,
                              .instrument = &instrument,
                              .mark = *mark,
                              .maintenance = maintenance.value_or(Money{})});
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

}  // namespace

Quantity quantity_to_close(const Reduction& reduction) noexcept {
    const Quantity held = reduction.held;
    const Money maintenance = reduction.maintenance;
    if (maintenance.raw <= 0 || reduction.excess >= maintenance) return held;
    const Wide share =
        divide(Wide{held.raw} * reduction.excess.raw, maintenance.raw, Rounding::toward_plus);
    const Wide lot = reduction.lot.raw;
    const Wide whole_lots = divide(share, lot, Rounding::toward_plus) * lot;
    return whole_lots >= held.raw ? held : Quantity{static_cast<std::int64_t>(whole_lots)};
}

Money excess_margin(const AccountMargin& margin, double unit, double exit_ratio) noexcept {
    const double allowed = static_cast<double>(margin.equity.raw) / unit * exit_ratio;
    const auto target = money_from_rule(allowed, unit, Rounding::toward_minus);
    if (!target || target->raw <= 0) return margin.maintenance_margin;
    return margin.maintenance_margin - *target + Money{1};
}

ClosePlan plan_close(const Ledger& ledger, MarginEvaluator& evaluator,
                     const CloseQuestion& question) {
    ClosePlan plan;
    const auto candidates = candidates_of(ledger, evaluator, question);
    const bool whole = question.stage == Stage::liquidate;
    const bool closes = whole || question.stage == Stage::reduce;
    const Money required = question.margin.maintenance_margin;
    const bool of_books = evaluator.model_of(question.account).of_books;
    Wide shared = required.raw;  // what the equity is divided by
    if (of_books) {
        shared = 0;
        for (const Candidate& candidate : candidates)
            shared += candidate.maintenance.raw;
    }
    const double unit = ledger.asset(ledger.account(question.account).currency).unit;
    Money excess = whole ? required : excess_margin(question.margin, unit, question.exit_ratio);
    for (const Candidate& candidate : candidates) {
        const InstrumentId instrument = candidate.position->instrument;
        plan.prices.push_back({.instrument = instrument, .price = candidate.mark});
        if (!closes || (!whole && excess.raw <= 0)) continue;
        const Quantity held = magnitude(candidate.position->quantity);
        const Quantity quantity =
            whole ? held
                  : quantity_to_close({.held = held,
                                       .lot = candidate.instrument->terms.lot,
                                       .maintenance = of_books ? required : candidate.maintenance,
                                       .excess = excess});
        const auto bankruptcy = bankruptcy_price(ledger, question, candidate, shared);
        plan.legs.push_back({.instrument = instrument,
                             .position_side = candidate.position->side,
                             .side = candidate.position->quantity.raw > 0 ? Side::sell : Side::buy,
                             .quantity = quantity,
                             .has_bankruptcy_price = bankruptcy.has_value(),
                             .bankruptcy_price = bankruptcy.value_or(Price{})});
        if (!of_books) excess = excess - candidate.maintenance;
    }
    return plan;
}

}  // namespace riskd
