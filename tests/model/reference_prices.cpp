// What is taken of prices. Marks that wait for others to confirm them are kept one by one.
#include <algorithm>

#include "tests/model/reference_engine.hpp"

namespace riskd::model {

namespace {

// The difference as a share of the smaller one, in 1e-8.
bool far_apart(Price one, Price other, std::int64_t share) {
    const Exact smaller = std::min(one.raw, other.raw);
    const Exact difference = absolute(Exact{one.raw} - other.raw);
    return difference * 100'000'000 > smaller * share;
}

// Whether the mark that stands lets the other one in without more.
bool lets_in(const ReferenceInstrument& row, Price mark) {
    if (row.terms.jump_max == 0) return true;
    return row.prices.mark.raw > 0 && !far_apart(row.prices.mark, mark, row.terms.jump_max);
}

std::uint32_t confirmations(const ReferenceInstrument& row) {
    return static_cast<std::uint32_t>(
        std::count_if(row.waiting.begin(), row.waiting.end(),
                      [](const ReferenceWaiting& mark) { return mark.later; }));
}

bool index_differs(const ReferenceInstrument& row, Timestamp now) {
    const Prices& prices = row.prices;
    if (row.terms.divergence_max == 0 || prices.mark.raw <= 0 || prices.index.raw <= 0) {
        return false;
    }
    if (now.ns - prices.index_as_of.ns > row.terms.mark_age_max.ns) return false;
    return far_apart(prices.mark, prices.index, row.terms.divergence_max);
}

void stand(ReferenceInstrument& row, const ReferenceWaiting& mark) {
    row.prices.mark = mark.mark;
    row.prices.as_of = mark.as_of;
    row.prices.confidence = mark.confidence;
    row.waiting.clear();
}

std::string_view said_of(PriceFault fault) {
    switch (fault) {
        case PriceFault::mark: return "mark is not above zero";
        case PriceFault::index: return "index is not above zero";
        case PriceFault::bid: return "bid is not above zero";
        case PriceFault::ask: return "ask is not above zero";
        case PriceFault::quotes: return "bid is above ask";
    }
    return {};
}

constexpr std::array every_fault{PriceFault::mark, PriceFault::index, PriceFault::bid,
                                 PriceFault::ask, PriceFault::quotes};

}  // namespace

void ReferenceEngine::apply(const PriceUpdate& update) {
    if (!is_known(update.instrument)) return;
    const std::uint32_t id = update.instrument.raw;
    ReferenceInstrument& row = state_.instruments[id];
    Prices& prices = row.prices;
    const bool doubted = state_.is_doubted(id);
    const Timestamp as_of = std::min(update.as_of, state_.time);
    Timestamp newest = prices.as_of;
    if (!row.waiting.empty()) newest = std::max(newest, row.waiting.back().as_of);
    std::set<PriceFault> bad;
    std::set<PriceFault> good;
    const auto look = [&](PriceFault field, Price price) {
        if (update.faults.has(field) || price.raw < 0) bad.insert(field);
    };
    look(PriceFault::mark, update.mark);
    look(PriceFault::index, update.index);
    look(PriceFault::bid, update.bid);
    look(PriceFault::ask, update.ask);
    if (update.faults.has(PriceFault::quotes)) bad.insert(PriceFault::quotes);
    if (update.index.raw > 0 && as_of >= prices.index_as_of) {
        prices.index = update.index;
        prices.index_as_of = as_of;
        good.insert(PriceFault::index);
    }
    if (as_of >= newest) {
        const Price bid = update.bid.raw > 0 ? update.bid : prices.bid;
        const Price ask = update.ask.raw > 0 ? update.ask : prices.ask;
        const bool told = update.bid.raw > 0 || update.ask.raw > 0;
        const bool crossed = bid.raw > 0 && ask.raw > 0 && bid > ask;
        if (told && crossed) bad.insert(PriceFault::quotes);
        if (told && !crossed) {
            prices.bid = bid;
            prices.ask = ask;
            good.insert(PriceFault::quotes);
            if (update.bid.raw > 0) good.insert(PriceFault::bid);
            if (update.ask.raw > 0) good.insert(PriceFault::ask);
        }
        if (update.implied_volatility > 0) prices.implied_volatility = update.implied_volatility;
        if (update.has_interest_rate) prices.interest_rate = update.interest_rate;
        if (update.mark.raw > 0) {
            good.insert(PriceFault::mark);
            take_mark(id, update, as_of);
        }
    }
    row.index_differs = index_differs(row, state_.time);
    for (const PriceFault fault : every_fault) {
        if (bad.contains(fault) && !row.refused.contains(fault)) {
            alert({.severity = Severity::warning,
                   .kind = AlertKind::price_refused,
                   .instrument = update.instrument,
                   .about = row.terms.name,
                   .detail = Text<64>{said_of(fault)}});
        }
        if (good.contains(fault)) row.refused.erase(fault);
        if (bad.contains(fault)) row.refused.insert(fault);
    }
    say_doubt(id, doubted);
}

void ReferenceEngine::take_mark(std::uint32_t id, const PriceUpdate& update, Timestamp as_of) {
    ReferenceInstrument& row = state_.instruments[id];
    ReferenceWaiting told{
        .mark = update.mark,
        .as_of = as_of,
        .confidence = std::min(std::max<std::int64_t>(update.confidence, 0), 100'000'000L)};
    bool taken = lets_in(row, told.mark);
    if (!taken) {
        if (!row.waiting.empty()) {
            const ReferenceWaiting& last = row.waiting.back();
            told.later = as_of > last.as_of;
            const bool apart = far_apart(last.mark, told.mark, row.terms.jump_max);
            if (apart) {
                told.later = false;
                row.waiting.clear();
            }
        }
        row.waiting.push_back(told);
        taken = confirmations(row) >= row.terms.confirmations;
    }
    if (!taken) return;
    stand(row, told);
    row.stale_reported = false;
}

// The terms may be others, and an index grows old.
void ReferenceEngine::look_again(std::uint32_t id) {
    ReferenceInstrument& row = state_.instruments[id];
    const bool doubted = state_.is_doubted(id);
    if (!row.waiting.empty()) {
        const ReferenceWaiting last = row.waiting.back();
        if (lets_in(row, last.mark) || confirmations(row) >= row.terms.confirmations) {
            stand(row, last);
        }
    }
    row.index_differs = index_differs(row, state_.time);
    say_doubt(id, doubted);
}

void ReferenceEngine::say_doubt(std::uint32_t id, bool before) {
    const ReferenceInstrument& row = state_.instruments[id];
    if (state_.is_doubted(id) == before) return;
    Alert made{.severity = before ? Severity::information : Severity::warning,
               .kind = AlertKind::price_in_doubt,
               .instrument = InstrumentId{id},
               .about = row.terms.name,
               .detail = Text<64>{"the mark is trusted again"}};
    if (!before) {
        made.detail = row.waiting.empty()
                          ? Text<64>{"mark and index differ by more than divergence_max"}
                          : Text<64>{"mark moved more than jump_max"};
    }
    alert(made);
}

void ReferenceEngine::apply(const TimePassed&) {
    for (std::uint32_t i = 0; i < state_.instruments.size(); ++i) {
        look_again(i);
        report_stale(i);
    }
}

void ReferenceEngine::report_stale(std::uint32_t id) {
    ReferenceInstrument& row = state_.instruments[id];
    const bool settled = row.terms.status == InstrumentStatus::settled;
    if (!state_.is_stale(id, state_.time) || row.stale_reported || settled) return;
    row.stale_reported = true;
    alert({.severity = Severity::warning,
           .kind = AlertKind::stale_price,
           .instrument = InstrumentId{id},
           .about = row.terms.name,
           .detail = Text<64>{"mark price older than mark_age_max"}});
}

}  // namespace riskd::model
