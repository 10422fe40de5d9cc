// At which price of one instrument an account would come to the edge.
#include <algorithm>

#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/isolated.hpp"
#include "riskd/core/liquidation.hpp"
#include "riskd/core/margin_isolated.hpp"
#include "riskd/core/position_change.hpp"

namespace riskd {

namespace {

// The account with the instrument at one price.
struct Sample {
    std::int64_t price{};
    Money equity;
    Money maintenance;
    bool fits{};
    bool below{};
};

// Walks away from the mark in steps that nothing can hide in: on the way the equity only falls or
// only rises, and so does the requirement, so a step is clear when the lower equity of its ends
// covers the higher requirement. A requirement that falls in jumps (a table of tiers without
// deductions) may put an account below the edge and above it again farther on; halving the whole
// way would miss that. The requirement of an option may turn at its strike: what is on the
// instrument is walked from strike to strike.
class EdgeSearch {
public:
    EdgeSearch(const Ledger& ledger, MarginEvaluator& evaluator,
               const LiquidationPriceQuestion& question) noexcept
        : ledger_{ledger}, evaluator_{evaluator}, question_{question} {}

    Sample at(std::int64_t price) {
        const AccountFigures figures = figures_at(Price{price});
        // Neither a rule that fails nor figures that do not fit liquidate, nor does an account that
        // has nothing to maintain.
        const AccountMargin& margin = figures.margin;
        const bool fits = margin.complete && figures.fault == RuleFault::none;
        return {.price = price,
                .equity = margin.equity,
                .maintenance = margin.maintenance_margin,
                .fits = fits,
                .below = fits && margin.maintenance_margin.raw > 0 &&
                         margin.equity < margin.maintenance_margin};
    }

    // The last price from `safe` towards `end` before the account is below; nothing when it is not
    // at any of them. REQUIRES: it is not at `safe`.
    std::optional<Price> last_before(Sample safe, std::int64_t end) {
        while (safe.price != end) {
            const std::int64_t stop = next_stop(safe, end);
            if (const auto found = last_before_stop(safe, stop)) return found;
            safe = at(stop);
        }
        return std::nullopt;
    }

private:
    // The nearest strike of an option on the instrument, to the price below and above; or `end`.
    std::int64_t next_stop(const Sample& safe, std::int64_t end) const {
        const int decimals = ledger_.instrument(question_.instrument).terms.price_decimals;
        std::int64_t stop = end;
        for (const Position& position : ledger_.account(question_.account).positions) {
            const Instrument& option = ledger_.instrument(position.instrument);
            const bool is_on = is_option(option.terms.kind) && position.quantity.raw != 0 &&
                               option.underlying == question_.instrument;
            if (!is_on) continue;
            const Wide strike =
                divide(Wide{option.terms.strike} * power_of_ten(decimals),
                       power_of_ten(option.terms.strike_decimals), Rounding::toward_minus);
            for (const Wide price : {strike, strike + 1}) {
                const bool between = end > safe.price ? price > safe.price && price < stop
                                                      : price < safe.price && price > stop;
                if (between) stop = static_cast<std::int64_t>(price);
            }
        }
        return stop;
    }

    // REQUIRES: as last_before().
    std::optional<Price> last_before_stop(Sample safe, std::int64_t end) {
        constexpr int samples_max = 256;
        const std::int64_t first = std::max<std::int64_t>(safe.price / 64, 1);
        Sample other = at(toward(safe, end, std::min(first, span(safe, end))));
        for (int samples = 0; safe.price != end && samples < samples_max;) {
            std::int64_t distance = guess(safe, other, end);
            Sample next = at(toward(safe, end, distance));
            for (++samples; distance > 1 && !is_clear(safe, next) && !is_bracket(safe, next);
                 ++samples) {
                distance /= 2;
                next = at(toward(safe, end, distance));
            }
            if (is_bracket(safe, next)) return halved(safe, next.price);
            if (next.below) return Price{safe.price};
            constexpr std::int64_t enough_for_a_slope = 8;
            if (distance >= enough_for_a_slope) other = safe;
            safe = next;
        }
        return doubled(safe, end);
    }

    // Of the account, or of the position when it answers for itself.
    AccountFigures figures_at(Price price) {
        const Position* position = question_.position;
        if (position == nullptr) {
            position =
                ledger_.find_position(question_.account, question_.instrument, question_.side);
        }
        if (position != nullptr && is_isolated(*position)) {
            const auto own = isolated_figures(ledger_, evaluator_,
                                              {.account = question_.account,
                                               .position = position,
                                               .mark = price,
                                               .now = question_.now});
            return {.margin = own.margin, .fault = own.fault};
        }
        return evaluator_.figures_if(question_.account, question_.now,
                                     {.instrument = question_.instrument,
                                      .mark = price,
                                      .position = question_.position,
                                      .realized = question_.realized});
    }

    static std::int64_t span(const Sample& from, std::int64_t to) noexcept {
        return to > from.price ? to - from.price : from.price - to;
    }
    static std::int64_t toward(const Sample& from, std::int64_t end,
                               std::int64_t distance) noexcept {
        return end > from.price ? from.price + distance : from.price - distance;
    }
    static bool is_clear(const Sample& from, const Sample& to) noexcept {
        return to.fits &&
               std::min(from.equity, to.equity) >= std::max(from.maintenance, to.maintenance);
    }

    // Less equity and more to keep: between them it crosses the edge once.
    static bool is_bracket(const Sample& from, const Sample& to) noexcept {
        return to.below && to.equity <= from.equity && to.maintenance >= from.maintenance;
    }

    // How far the headroom lasts and a quantum more, by what fell between two samples: of the
    // headroom where the requirement rises on the way, else of the equity.
    static std::int64_t guess(const Sample& safe, const Sample& other, std::int64_t end) noexcept {
        const std::int64_t whole = span(safe, end);
        if (!safe.fits || !other.fits || safe.price == other.price) return whole;
        const bool is_ahead = (other.price > safe.price) == (end > safe.price);
        const Sample& near = is_ahead ? safe : other;
        const Sample& far = is_ahead ? other : safe;
        Wide fall = Wide{near.equity.raw} - far.equity.raw;
        const Wide rise = Wide{far.maintenance.raw} - near.maintenance.raw;
        if (rise > 0) fall += rise;
        if (fall <= 0) return whole;
        const Wide room = Wide{safe.equity.raw} - safe.maintenance.raw + 1;
        const Wide lasts = divide(room * span(safe, other.price), fall, Rounding::toward_minus);
        return lasts < 1 ? 1 : lasts > whole ? whole : static_cast<std::int64_t>(lasts);
    }

    // What is left of a walk that goes on for too long, in steps that double.
    std::optional<Price> doubled(Sample safe, std::int64_t end) {
        for (std::int64_t distance = 1; safe.price != end; distance *= 2) {
            distance = std::min(distance, span(safe, end));
            const Sample next = at(toward(safe, end, distance));
            if (next.below) return halved(safe, next.price);
            safe = next;
        }
        return std::nullopt;
    }

    // REQUIRES: the account is below at `below`.
    Price halved(Sample safe, std::int64_t below) {
        while (span(safe, below) > 1) {
            const Sample middle = at(toward(safe, below, span(safe, below) / 2));
            if (middle.below) {
                below = middle.price;
            } else {
                safe = middle;
            }
        }
        return Price{safe.price};
    }

    const Ledger& ledger_;
    MarginEvaluator& evaluator_;
    const LiquidationPriceQuestion& question_;
};

}  // namespace

std::optional<Price> liquidation_price(const Ledger& ledger, MarginEvaluator& evaluator,
                                       const LiquidationPriceQuestion& question) {
    const Position* position =
        question.position != nullptr
            ? question.position
            : ledger.find_position(question.account, question.instrument, question.side);
    if (position == nullptr || position->quantity.raw == 0) return std::nullopt;
    const auto mark = fresh_mark(ledger.instrument(question.instrument), question.now);
    if (!mark) return std::nullopt;
    EdgeSearch search{ledger, evaluator, question};
    const Sample present = search.at(mark->raw);
    if (!present.fits) return std::nullopt;
    if (present.below) return mark;
    // There is no highest price: look up to 1,024 times the mark.
    constexpr std::int64_t times = 1'024;
    const std::int64_t highest = std::min(mark->raw, raw_max / times) * times;
    const bool is_long = position->quantity.raw > 0;
    const auto adverse = search.last_before(present, is_long ? 1 : highest);
    return adverse ? adverse : search.last_before(present, is_long ? highest : 1);
}

std::optional<AssumedPosition> position_after(const Instrument& instrument,
                                              const Position& position, const AssumedFill& fill) {
    const auto cost = value(instrument, fill.quantity, fill.price, Rounding::toward_plus);
    const auto change = cost ? change_position(position, fill.quantity, *cost) : std::nullopt;
    const auto accrued = accrued_funding(instrument, position);
    const auto earned =
        change && accrued
            ? checked_add(fill_cash(instrument, {.cost = *cost, .realized = change->realized}),
                          *accrued)
            : std::nullopt;
    const auto realized = earned ? checked_add(*earned, -fill.fee) : std::nullopt;
    if (!realized) return std::nullopt;
    AssumedPosition after{.position = position, .realized = *realized};
    if (is_isolated(position)) {
        const auto moved = isolated_after(position, {.fill = fill.quantity,
                                                     .change = *change,
                                                     .accrued = *accrued,
                                                     .leverage = fill.leverage});
        if (!moved) return std::nullopt;
        after.position.isolated_margin = moved->margin;
    }
    after.position.funding_index = instrument.funding_index;
    after.position.quantity = change->quantity;
    after.position.entry_value = change->entry_value;
    return after;
}

std::optional<AssumedPosition> position_if_filled(const OrderFacts& facts) {
    if (!facts.amounts || is_spot(*facts.instrument)) return std::nullopt;
    const Position none{.instrument = facts.request->instrument,
                        .side = facts.request->position_side};
    const Position& position = facts.position == nullptr ? none : *facts.position;
    const bool buys = facts.request->side == Side::buy;
    return position_after(*facts.instrument, position,
                          {.quantity = buys ? facts.quantity : -facts.quantity,
                           .price = *facts.hold_price,
                           .fee = facts.amounts->fee,
                           .leverage = leverage_of(*facts.account, &position, *facts.instrument)});
}

std::optional<Price> liquidation_price_after(const Ledger& ledger, MarginEvaluator& evaluator,
                                             const OrderFacts& facts, Timestamp now) {
    const auto filled = position_if_filled(facts);
    if (!filled) return std::nullopt;
    return liquidation_price(ledger, evaluator,
                             {.account = facts.account->id,
                              .instrument = facts.request->instrument,
                              .side = facts.request->position_side,
                              .now = now,
                              .position = &filled->position,
                              .realized = filled->realized});
}

}  // namespace riskd
