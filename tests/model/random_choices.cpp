// Who and what a random event is about, and what accounts choose: leverage, modes of margin.
#include "riskd/core/hedge.hpp"
#include "tests/model/random_events.hpp"

namespace riskd::model {

AccountId RandomEvents::any_account() {
    if (random_.one_in(150)) return no_account;
    return AccountId{static_cast<std::uint32_t>(random_.below(accounts_.size()))};
}

InstrumentId RandomEvents::any_instrument() {
    if (random_.one_in(150)) return no_instrument;
    return InstrumentId{static_cast<std::uint32_t>(random_.below(instruments_.size()))};
}

AssetId RandomEvents::any_asset() {
    if (random_.one_in(100)) return no_asset;
    return AssetId{static_cast<std::uint32_t>(random_.below(assets_.size()))};
}

// One that the account has, but for a few; or the other kind of side.
PositionSide RandomEvents::any_side(AccountId account, InstrumentId instrument) {
    const bool known = is_known(account) && is_known(instrument);
    const bool hedges = known && accounts_[index(account)].position_mode == PositionMode::hedge &&
                        has_hedge_mode(instruments_[index(instrument)].terms.kind);
    if (hedges == random_.one_in(40)) return PositionSide::net;
    return random_.one_in(2) ? PositionSide::long_side : PositionSide::short_side;
}

EventBody RandomEvents::leverage() {
    LeverageChange change{.account = any_account(),
                          .instrument = any_instrument(),
                          .position_side = {},
                          .id = new_id('l'),
                          .leverage = static_cast<std::uint32_t>(random_.between(0, 25))};
    change.position_side = any_side(change.account, change.instrument);
    return change;
}

// Modes, that seldom find a flat position, and amounts of up to a few hundred units.
EventBody RandomEvents::margin() {
    MarginChange change;
    change.account = any_account();
    change.instrument = any_instrument();
    change.position_side = any_side(change.account, change.instrument);
    change.id = new_id('m');
    change.has_mode = random_.one_in(3);
    if (change.has_mode) {
        change.mode = random_.one_in(3) ? MarginMode::cross : MarginMode::isolated;
        return change;
    }
    if (!is_known(change.instrument)) return change;
    const Name& settle = instruments_[index(change.instrument)].terms.settle;
    for (std::uint32_t i = 0; i < assets_.size(); ++i) {
        if (assets_[i].name == settle) change.amount.raw = amount_of(AssetId{i}, 1) / 3;
    }
    if (random_.one_in(2)) change.amount = -change.amount;
    if (extreme_ && random_.one_in(10)) change.amount.raw = raw_max - random_.between(0, 3);
    return change;
}

// A tick as feeds send them on a bad day.
void RandomEvents::spoil(PriceUpdate& update, const Traded& traded) {
    // Without a guard it would be followed, and nobody would be left.
    const bool guarded = traded.terms.jump_max != 0;
    switch (guarded ? random_.below(7) : 3 + random_.below(4)) {
        case 0: update.mark.raw *= 10; break;
        case 1: update.mark.raw /= 10; break;
        case 2: update.mark.raw += update.mark.raw / 100 * random_.between(-30, 30); break;
        case 3:
            update.mark = {};
            update.faults.add(PriceFault::mark);
            break;
        case 4: update.index.raw = update.mark.raw / 100 * random_.between(0, 200); break;
        case 5:
            update.bid.raw = update.mark.raw + random_.between(-2, 20);
            update.ask.raw = update.mark.raw + random_.between(-20, 2);
            break;
        default: {
            const auto field = static_cast<PriceFault>(random_.below(5));
            update.faults.add(field);
            if (field == PriceFault::bid) update.bid = {};
            if (field == PriceFault::ask) update.ask.raw = random_.between(-1, 0);
            if (field == PriceFault::index) update.index.raw = random_.between(-1, 0);
        }
    }
    if (random_.one_in(4)) update.mark = {};
}

// How far marks of it may jump, and be from the index.
void RandomEvents::guard(InstrumentDefinition& terms) {
    terms.jump_max = random_.one_in(4) ? 0 : random_.between(1, 12) * 1'000'000;
    terms.confirmations = static_cast<std::uint32_t>(random_.between(1, 3));
    terms.divergence_max = random_.one_in(2) ? 0 : random_.between(1, 60) * 100'000;
}

}  // namespace riskd::model
