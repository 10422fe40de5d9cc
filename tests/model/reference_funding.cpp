// Funding, paid at once or by an index, and settlement.
#include <string>

#include "tests/model/reference_engine.hpp"
#include "tests/model/reference_figures.hpp"

namespace riskd::model {

namespace {

// Every account in turn, with each position it may have in the instrument.
std::vector<std::pair<std::uint32_t, ReferencePlace>> places_in(const ReferenceState& state,
                                                                std::uint32_t instrument) {
    std::vector<std::pair<std::uint32_t, ReferencePlace>> places;
    for (std::uint32_t account = 0; account < state.accounts.size(); ++account) {
        for (const PositionSide side : all_sides) {
            places.push_back({account, {.instrument = instrument, .side = side}});
        }
    }
    return places;
}

}  // namespace

void ReferenceEngine::apply(const Funding& funding) {
    if (!is_known(funding.instrument)) {
        return refuse(AlertKind::unknown_name, funding.id, "instrument of funding");
    }
    const std::uint32_t id = funding.instrument.raw;
    if (!is_new("funding/" + std::to_string(id) + "/" + std::string(funding.id.view()))) return;
    const ReferenceInstrument& instrument = state_.instruments[id];
    const Price price = funding.price.raw > 0 ? funding.price : instrument.prices.mark;
    const std::uint32_t settle = instrument.settle;
    const bool option = state_.is_option(id);
    if (option && instrument.terms.kind != ContractKind::perpetual_option) {
        return refuse(AlertKind::refused_fact, funding.id, "funding of an option that expires");
    }
    if (option && (instrument.prices.mark.raw <= 0 || funding.price.raw <= 0)) {
        return refuse(AlertKind::refused_fact, funding.id, "funding without price");
    }
    if (option && funding.period.ns <= 0) {
        return refuse(AlertKind::refused_fact, funding.id, "funding without period");
    }
    for (const auto& [i, place] : places_in(state_, id)) {
        ReferencePosition position = state_.accounts[i].positions[place];
        if (position.quantity == 0) continue;
        Exact value = 0;
        Exact payment = 0;
        if (option) {
            const auto paid = state_.option_funding(id, position.quantity, funding);
            payment = floor_of(-paid.dividend, paid.divisor);
        } else {
            const auto worth = state_.value(id, position.quantity, price.raw);
            value = floor_of(worth.dividend, worth.divisor);
            payment =
                floor_of(-state_.exposure_of(id, value) * funding.rate, ten_to(rate_decimals));
        }
        position.realized += payment;
        if (position.isolated) position.margin += payment;
        if (!fit(value) || !fit(payment) ||
            !post(i, {{settle, payment, &ReferenceHouse::funding}}, place, &position)) {
            refuse(AlertKind::amount_out_of_range, funding.id, "funding", AccountId{i});
        }
    }
}

void ReferenceEngine::apply(const FundingIndex& update) {
    if (!is_known(update.instrument)) {
        return refuse(AlertKind::unknown_name, update.id, "instrument of a funding index");
    }
    const std::uint32_t id = update.instrument.raw;
    if (state_.is_spot(id)) {
        return alert({.severity = Severity::warning,
                      .kind = AlertKind::refused_fact,
                      .instrument = update.instrument,
                      .about = update.id,
                      .detail = Text<64>{"spot has no funding"}});
    }
    const std::string key = "funding_index/" + std::to_string(id) + "/";
    if (!is_new(key + std::string(update.id.view()))) return;
    ReferenceInstrument& instrument = state_.instruments[id];
    const bool is_first = !instrument.funding_index;
    instrument.funding_index = update.index;
    for (const auto& [i, place] : places_in(state_, id)) {
        ReferencePosition position = state_.accounts[i].positions[place];
        if (is_first) state_.accounts[i].positions[place].funding_index = update.index;
        if (is_first || !update.is_paid || position.quantity == 0) continue;
        const Exact accrued = state_.accrued(id, position);
        position.realized += accrued;
        if (position.isolated) position.margin += accrued;
        position.funding_index = update.index;
        if (!fit(accrued) ||
            !post(i, {{instrument.settle, accrued, &ReferenceHouse::funding}}, place, &position)) {
            refuse(AlertKind::amount_out_of_range, update.id, "funding index", AccountId{i});
        }
    }
}

void ReferenceEngine::apply(const Settlement& settlement) {
    if (!is_known(settlement.instrument)) {
        return refuse(AlertKind::unknown_name, settlement.id, "instrument of settlement");
    }
    const std::uint32_t id = settlement.instrument.raw;
    if (!is_new("settlement/" + std::to_string(id) + "/" + std::string(settlement.id.view()))) {
        return;
    }
    state_.instruments[id].terms.status = InstrumentStatus::settled;
    for (const auto& [i, place] : places_in(state_, id)) {
        const Exact quantity = state_.accounts[i].positions[place].quantity;
        if (quantity == 0) continue;
        Fill close;
        close.account = AccountId{i};
        close.instrument = settlement.instrument;
        close.side = quantity > 0 ? Side::sell : Side::buy;
        close.position_side = place.side;
        close.price = settlement.price;
        close.quantity.raw = static_cast<std::int64_t>(absolute(quantity));
        bool closed = false;
        if (state_.is_option(id)) {
            const auto paid = state_.payoff(id, quantity, settlement.price.raw);
            closed = trade_at(close, -floor_of(paid.dividend, paid.divisor));
        } else {
            closed = trade(close);
        }
        if (!closed) {
            refuse(AlertKind::amount_out_of_range, settlement.id, "settlement", AccountId{i});
        }
    }
}

}  // namespace riskd::model
