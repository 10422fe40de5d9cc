#include "riskd/core/price_guard.hpp"

#include <algorithm>

namespace riskd {

namespace {

struct Told {
    Price mark;
    Timestamp as_of;
    std::int64_t confidence{};
};

void take_mark(Prices& prices, const Told& told) noexcept {
    prices.mark = told.mark;
    prices.as_of = told.as_of;
    prices.confidence = told.confidence;
    prices.guard.candidate = {};
    prices.guard.candidate_as_of = {};
    prices.guard.candidate_confidence = {};
    prices.guard.confirmations = {};
}

bool is_kept_out(const InstrumentDefinition& terms, const Prices& prices, Price mark) noexcept {
    if (terms.jump_max == 0) return false;
    return prices.mark.raw <= 0 || is_beyond(mark, prices.mark, terms.jump_max);
}

// False when the mark is only a candidate.
bool offer_mark(const InstrumentDefinition& terms, Prices& prices, const Told& told) noexcept {
    PriceGuard& guard = prices.guard;
    bool is_taken = !is_kept_out(terms, prices, told.mark);
    if (!is_taken) {
        const bool is_near =
            guard.candidate.raw > 0 && !is_beyond(told.mark, guard.candidate, terms.jump_max);
        if (!is_near) guard.confirmations = 0;
        if (is_near && told.as_of > guard.candidate_as_of) ++guard.confirmations;
        is_taken = guard.confirmations >= terms.confirmations;
    }
    if (is_taken) {
        take_mark(prices, told);
        return true;
    }
    guard.candidate = told.mark;
    guard.candidate_as_of = told.as_of;
    guard.candidate_confidence = told.confidence;
    return false;
}

bool diverges(const InstrumentDefinition& terms, const Prices& prices, Timestamp now) noexcept {
    const bool judged = terms.divergence_max != 0 && prices.mark.raw > 0 && prices.index.raw > 0 &&
                        now - prices.index_as_of <= terms.mark_age_max;
    return judged && is_beyond(prices.mark, prices.index, terms.divergence_max);
}

// What was told and is not above zero; zero itself is said by the reader.
PriceFaults faults_of(const PriceUpdate& update) noexcept {
    PriceFaults faults = update.faults;
    if (update.mark.raw < 0) faults.add(PriceFault::mark);
    if (update.index.raw < 0) faults.add(PriceFault::index);
    if (update.bid.raw < 0) faults.add(PriceFault::bid);
    if (update.ask.raw < 0) faults.add(PriceFault::ask);
    return faults;
}

// What is told of one side is measured by what stands of the other.
void take_quotes(Prices& prices, const PriceUpdate& update, PriceFaults& faults) noexcept {
    const bool has_bid = update.bid.raw > 0;
    const bool has_ask = update.ask.raw > 0;
    if (!has_bid && !has_ask) return;
    const Price bid = has_bid ? update.bid : prices.bid;
    const Price ask = has_ask ? update.ask : prices.ask;
    if (ask.raw > 0 && bid > ask) {
        faults.add(PriceFault::quotes);
        return;
    }
    prices.bid = bid;
    prices.ask = ask;
    prices.guard.faults.remove(PriceFault::quotes);
    if (has_bid) prices.guard.faults.remove(PriceFault::bid);
    if (has_ask) prices.guard.faults.remove(PriceFault::ask);
}

// All but the index, of a message that was not made before the newest mark.
void take_newer(const InstrumentDefinition& terms, const PriceUpdate& update, Timestamp as_of,
                PriceChange& change) noexcept {
    Prices& prices = change.prices;
    take_quotes(prices, update, change.faults);
    change.modelled = update.implied_volatility > 0 || update.has_interest_rate;
    if (update.implied_volatility > 0) prices.implied_volatility = update.implied_volatility;
    if (update.has_interest_rate) prices.interest_rate = update.interest_rate;
    if (update.mark.raw <= 0) return;
    prices.guard.faults.remove(PriceFault::mark);
    const Told told{.mark = update.mark,
                    .as_of = as_of,
                    .confidence = std::clamp<std::int64_t>(update.confidence, 0, whole_confidence)};
    change.marked = offer_mark(terms, prices, told);
    change.held = !change.marked;
}

}  // namespace

bool is_beyond(Price a, Price b, std::int64_t share_max) noexcept {
    const auto [low, high] = std::minmax(a.raw, b.raw);
    return (Wide{high} - low) * power_of_ten(rate_decimals) > Wide{low} * share_max;
}

PriceChange change_prices(const Instrument& instrument, const PriceUpdate& update,
                          Timestamp now) noexcept {
    PriceChange change{.prices = instrument.prices};
    Prices& prices = change.prices;
    const Timestamp as_of = std::min(update.as_of, now);
    change.faults = faults_of(update);
    change.indexed = update.index.raw > 0 && as_of >= prices.index_as_of;
    if (change.indexed) {
        prices.index = update.index;
        prices.index_as_of = as_of;
        prices.guard.faults.remove(PriceFault::index);
    }
    const bool is_old = as_of < std::max(prices.as_of, prices.guard.candidate_as_of);
    if (!is_old) take_newer(instrument.terms, update, as_of, change);
    prices.guard.diverges = diverges(instrument.terms, prices, now);
    prices.guard.faults.bits =
        static_cast<std::uint8_t>(prices.guard.faults.bits | change.faults.bits);
    return change;
}

Prices review_prices(const Instrument& instrument, Timestamp now) noexcept {
    Prices prices = instrument.prices;
    const PriceGuard guard = prices.guard;
    const bool let_in =
        guard.candidate.raw > 0 && (!is_kept_out(instrument.terms, prices, guard.candidate) ||
                                    guard.confirmations >= instrument.terms.confirmations);
    if (let_in) {
        take_mark(prices, {.mark = guard.candidate,
                           .as_of = guard.candidate_as_of,
                           .confidence = guard.candidate_confidence});
    }
    prices.guard.diverges = diverges(instrument.terms, prices, now);
    return prices;
}

}  // namespace riskd
