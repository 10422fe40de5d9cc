// What to close on the lower rungs of the ladder, from the words at the top of liquidation.hpp and
// close_search.hpp: tried by booking the fills and taking them back.
#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>

#include "tests/model/reference_engine.hpp"
#include "tests/model/reference_figures.hpp"

namespace riskd::model {

namespace {

struct Candidate {
    ReferencePlace place;
    Exact quantity;
    Exact maintenance;  // in the account's currency
    Exact closing;
};

struct Lots {
    Exact held;
    Exact lot;
    Exact least;

    Exact count() const { return ceiling_of(held, lot); }
    Exact of(const Exact& lots) const {
        if (lots == 0) return 0;
        Exact closed = lots * lot;
        if (closed < least) closed = least;
        const Exact left = held - closed;
        return left <= 0 || left < least ? held : closed;
    }
};

Lots lots_of(const ReferenceState& state, std::uint32_t instrument, const Exact& quantity) {
    const InstrumentDefinition& terms = state.instruments[instrument].terms;
    return {.held = absolute(quantity), .lot = terms.lot.raw, .least = terms.quantity_min.raw};
}

bool is_enough(const AccountMargin& margin, double exit_ratio) {
    return margin.complete && reference_ratio(margin) < exit_ratio;
}

// The ranges that are still to be walked are kept in a list, the next one in front.
class Walk {
public:
    using MarginAt = std::function<AccountMargin(const Exact&)>;
    Walk(double exit_ratio, MarginAt at) : exit_{exit_ratio}, at_{std::move(at)} {}

    std::optional<Exact> least(const Exact& whole) {
        if (!is_enough(at_(whole), exit_)) return std::nullopt;
        divide(0, whole);
        while (true) {
            const auto [from, to] = ahead_.front();
            ahead_.pop_front();
            const AccountMargin end = at_(to);
            if (is_enough(end, exit_)) {
                if (to - from == 1) return to;
                ahead_.clear();
                divide(from, to);
            } else if (to - from > 1 && might_be_within(at_(from), end)) {
                divide(from, to - 1);
            }
        }
    }

private:
    // Sixteen parts in front of what is ahead; the last takes what is left over.
    void divide(const Exact& from, const Exact& to) {
        const Exact part = std::max(Exact{(to - from) / 16}, Exact{1});
        std::deque<std::pair<Exact, Exact>> parts;
        for (Exact begin = from; begin < to;) {
            Exact end = begin + part;
            if (end + part > to) end = to;
            parts.emplace_back(begin, end);
            begin = end;
        }
        ahead_.insert(ahead_.begin(), parts.begin(), parts.end());
    }

    bool might_be_within(const AccountMargin& from, const AccountMargin& to) {
        const AccountMargin best{.equity = std::max(from.equity, to.equity),
                                 .initial_margin = {},
                                 .maintenance_margin = to.maintenance_margin,
                                 .owed = std::min(from.owed, to.owed),
                                 .complete = from.complete && to.complete};
        return is_enough(best, exit_) && ++looked_into_ <= 64;
    }

    double exit_;
    MarginAt at_;
    std::deque<std::pair<Exact, Exact>> ahead_;
    int looked_into_{};
};

}  // namespace

// As taker, at the mark.
bool ReferenceEngine::close_at_mark(std::uint32_t account, ReferencePlace place,
                                    const Exact& quantity) {
    if (quantity == 0) return true;
    const ReferenceInstrument& row = state_.instruments[place.instrument];
    const Exact mark = row.prices.mark.raw;
    const auto worth = state_.value(place.instrument, quantity, mark);
    const Exact notional = ceiling_of(absolute(worth.dividend), worth.divisor);
    const std::int64_t rate = row.terms.taker_fee_rate;
    const Exact fee = rate > 0 ? ceiling_of(notional * rate, ten_to(rate_decimals)) : Exact{0};
    if (!fit(notional) || !fit(fee)) return false;
    const bool is_long = state_.accounts[account].positions[place].quantity > 0;
    return trade({.account = AccountId{account},
                  .instrument = InstrumentId{place.instrument},
                  .side = is_long ? Side::sell : Side::buy,
                  .position_side = place.side,
                  .price = row.prices.mark,
                  .quantity = Quantity{static_cast<std::int64_t>(quantity)},
                  .fee = Money{static_cast<std::int64_t>(fee)}});
}

AccountMargin ReferenceEngine::margin_if_closed(std::uint32_t account,
                                                const std::vector<ReferenceClose>& closes) {
    // What others refer to stays what it is; a copy is tried on.
    ReferenceAccount before = state_.accounts[account];
    std::swap(before, state_.accounts[account]);
    const auto houses = state_.houses;
    bool fits = true;
    for (const ReferenceClose& close : closes)
        fits = close_at_mark(account, close.place, close.quantity) && fits;
    const ReferenceFigures figures = figures_of(state_, rules_, account, state_.time);
    std::swap(before, state_.accounts[account]);
    state_.houses = houses;
    AccountMargin margin = figures.margin();
    margin.complete = fits && figures.complete && figures.fault == RuleFault::none;
    return margin;
}

void ReferenceEngine::pace(StageChange& change, const StageAnswer& answer,
                           std::uint32_t step_before) const {
    if (change.stage < Stage::reduce) return;
    change.step = step_before + 1;
    if (answer.cool_down > 0) {
        const double span = std::ceil(answer.cool_down * 1e9);
        change.next_step.ns = state_.time.ns + static_cast<std::int64_t>(span);
    }
    for (CloseLeg& leg : change.close) {
        const ReferencePlace place{.instrument = leg.instrument.raw, .side = leg.position_side};
        const Exact held = state_.accounts[change.account.raw].positions.at(place).quantity;
        const Lots lots = lots_of(state_, place.instrument, held);
        const double share = std::ceil(static_cast<double>(lots.count()) * answer.step_max);
        const Exact most = answer.step_max < 1 ? lots.of(Exact{share}) : lots.held;
        if (most < leg.quantity.raw) leg.quantity.raw = static_cast<std::int64_t>(most);
    }
}

// Of what is held, in this order; what comes behind the last that has to go is not named.
std::vector<ReferenceEngine::ReferenceClose> ReferenceEngine::reduced_in_turn(
    std::uint32_t account, const std::vector<ReferenceClose>& held, double exit_ratio) {
    std::vector<ReferenceClose> closes;
    for (const ReferenceClose& whole : held) {
        const Lots lots = lots_of(state_, whole.place.instrument, whole.quantity);
        Walk walk{exit_ratio, [&](const Exact& count) {
                      auto with = closes;
                      with.push_back({whole.place, lots.of(count)});
                      return margin_if_closed(account, with);
                  }};
        const auto least = walk.least(lots.count());
        closes.push_back({whole.place, least ? lots.of(*least) : lots.held});
        if (least) break;
    }
    return closes;
}

std::vector<ReferenceEngine::ReferenceClose> ReferenceEngine::reduced_together(
    std::uint32_t account, const std::vector<ReferenceClose>& held, double exit_ratio) {
    if (held.empty()) return {};
    Exact most = 0;
    for (const ReferenceClose& whole : held) {
        most = std::max(most, lots_of(state_, whole.place.instrument, whole.quantity).count());
    }
    const auto all = [&](const Exact& share) {
        std::vector<ReferenceClose> closes;
        for (const ReferenceClose& whole : held) {
            const Lots lots = lots_of(state_, whole.place.instrument, whole.quantity);
            closes.push_back({whole.place, lots.of(ceiling_of(lots.count() * share, most))});
        }
        return closes;
    };
    Walk walk{exit_ratio,
              [&](const Exact& share) { return margin_if_closed(account, all(share)); }};
    return all(walk.least(most).value_or(most));
}

void ReferenceEngine::plan(StageChange& change, const ReferenceFigures& figures,
                           double exit_ratio) {
    const std::uint32_t id = change.account.raw;
    std::vector<Candidate> candidates;
    for (const auto& [place, position] : state_.accounts[id].positions) {
        if (position.quantity == 0 || position.isolated) continue;
        const Exact needed = maintenance_of(id, place, position.quantity);
        candidates.push_back(
            {.place = place, .quantity = position.quantity, .maintenance = needed, .closing = 0});
    }
    std::stable_sort(
        candidates.begin(), candidates.end(),
        [](const Candidate& a, const Candidate& b) { return a.maintenance > b.maintenance; });
    const auto model = model_of(rules_, state_.accounts[id]);
    const bool of_books = model && model->of_books;
    Exact shared = figures.maintenance_margin;  // what the equity is divided by
    if (of_books) shared = 0;
    for (const Candidate& candidate : candidates)
        shared += of_books ? candidate.maintenance : Exact{0};
    std::vector<ReferenceClose> held;
    for (const Candidate& candidate : candidates)
        held.push_back({candidate.place, absolute(candidate.quantity)});
    const bool reduces = change.stage == Stage::reduce && !is_enough(change.margin, exit_ratio);
    std::vector<ReferenceClose> closing;
    if (change.stage == Stage::liquidate) closing = held;
    if (reduces) {
        closing = of_books ? reduced_together(id, held, exit_ratio)
                           : reduced_in_turn(id, held, exit_ratio);
    }
    for (std::size_t i = 0; i < closing.size(); ++i)
        candidates[i].closing = closing[i].quantity;
    for (const Candidate& candidate : candidates) {
        const InstrumentId instrument{candidate.place.instrument};
        change.prices.push_back(
            {.instrument = instrument, .price = state_.instruments[instrument.raw].prices.mark});
        if (candidate.closing == 0) continue;
        CloseLeg leg{.instrument = instrument,
                     .position_side = candidate.place.side,
                     .side = candidate.quantity > 0 ? Side::sell : Side::buy,
                     .quantity = Quantity{static_cast<std::int64_t>(candidate.closing)}};
        const auto bankruptcy =
            bankruptcy_of(id, candidate.place, candidate.maintenance, shared, figures.equity);
        leg.has_bankruptcy_price = bankruptcy.has_value();
        leg.bankruptcy_price = Price{bankruptcy.value_or(0)};
        change.close.push_back(leg);
    }
}

// Of an isolated position; everything when it is to be liquidated.
void ReferenceEngine::plan(StageChange& change, ReferencePlace place,
                           const ReferencePosition& position, const ReferenceEdge& edge) {
    const std::uint32_t instrument = place.instrument;
    change.prices = {{.instrument = InstrumentId{instrument},
                      .price = state_.instruments[instrument].prices.mark}};
    const AccountMargin now{
        .equity = Money{static_cast<std::int64_t>(edge.equity)},
        .initial_margin = {},
        .maintenance_margin = Money{static_cast<std::int64_t>(edge.maintenance)},
        .owed = {}};
    Exact quantity = 0;
    if (change.stage == Stage::liquidate) quantity = absolute(position.quantity);
    if (change.stage == Stage::reduce && !is_enough(now, edge.exit_ratio)) {
        const Lots lots = lots_of(state_, instrument, position.quantity);
        Walk walk{edge.exit_ratio, [&](const Exact& count) {
                      return isolated_if_closed(change.account.raw, place, lots.of(count));
                  }};
        const auto least = walk.least(lots.count());
        quantity = least ? lots.of(*least) : lots.held;
    }
    if (quantity == 0) return;
    const auto price = price_without(instrument, position.quantity, edge.equity);
    change.close = {{.instrument = InstrumentId{instrument},
                     .position_side = place.side,
                     .side = position.quantity > 0 ? Side::sell : Side::buy,
                     .quantity = Quantity{static_cast<std::int64_t>(quantity)},
                     .has_bankruptcy_price = price.has_value(),
                     .bankruptcy_price = Price{price.value_or(0)}}};
}

// In the settlement asset.
AccountMargin ReferenceEngine::isolated_if_closed(std::uint32_t account, ReferencePlace place,
                                                  const Exact& quantity) {
    // What others refer to stays what it is; a copy is tried on.
    ReferenceAccount before = state_.accounts[account];
    std::swap(before, state_.accounts[account]);
    const auto houses = state_.houses;
    AccountMargin margin{.equity = {},
                         .initial_margin = {},
                         .maintenance_margin = {},
                         .owed = {},
                         .complete = false};
    ReferencePosition& position = state_.accounts[account].positions[place];
    position.stage = Stage::reduce;
    if (close_at_mark(account, place, quantity)) {
        margin.complete = position.quantity == 0;
        const auto own = position.quantity != 0 ? own_edge(account, place, position) : std::nullopt;
        if (own) {
            margin.equity = Money{static_cast<std::int64_t>(own->equity)};
            margin.maintenance_margin = Money{static_cast<std::int64_t>(own->maintenance)};
            margin.complete = true;
        }
    }
    std::swap(before, state_.accounts[account]);
    state_.houses = houses;
    return margin;
}

}  // namespace riskd::model
