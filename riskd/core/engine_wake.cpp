// Whom an event concerns. A mark goes by the bands (engine_sleep.cpp); the sweeps here are for what
// is rare, and for brute force.
#include "riskd/core/engine.hpp"

namespace riskd {

void Engine::touch(AccountId account) {
    if (wakes_) to_evaluate_.push_back(account);
    if (outcome_ != nullptr) outcome_->touched.push_back(account);
}

template <typename Concerns>
void Engine::wake_positions(InstrumentId instrument, Concerns concerns) {
    const bool option = is_option(ledger_.instrument(instrument).terms.kind);
    for (const PositionSlot& row : ledger_.positions_in(instrument)) {
        const Position& position = ledger_.account(row.account).positions[row.slot];
        // An order for an option makes its account wait for the price of the underlying too; a
        // margin rule about books may ask maintenance margin for any order.
        const bool ordered =
            position.open_orders != 0 &&
            (option || decider_of(row.account).evaluator.model_of(row.account).of_books);
        const bool stands = position.quantity.raw != 0 || ordered;
        if (stands && concerns(row.account)) to_evaluate_.push_back(row.account);
    }
}

void Engine::wake_positions(InstrumentId instrument) {
    wake_positions(instrument, [](AccountId) { return true; });
}

// Whatever prices do, with the minute moves what a rule asks that looks at expiries, and what the
// options of a book come to by their model.
void Engine::wake_expiring() {
    const Timestamp minute = whole_minute(time_);
    if (minute == minute_) return;
    minute_ = minute;
    for (std::uint32_t i = 0; i < ledger_.instrument_count(); ++i) {
        const InstrumentDefinition& terms = ledger_.instrument(InstrumentId{i}).terms;
        const bool option = is_option(terms.kind);
        if (!option && terms.expiry.ns == 0) continue;
        wake_positions(InstrumentId{i}, [&](AccountId account) {
            const AccountModel model = decider_of(account).evaluator.model_of(account);
            return model.of_time || (model.of_books && option);
        });
    }
}

void Engine::wake_valued(InstrumentId instrument) {
    if (!wakes_) return;
    wake_positions(instrument);
    for (const InstrumentId option : ledger_.instrument(instrument).options)
        wake_positions(option);
}

// Margin rules about books see of a position how far the price of its coin is to be trusted.
void Engine::wake_coin(InstrumentId instrument) {
    if (!wakes_) return;
    const auto of_books = [this](AccountId account) {
        return decider_of(account).evaluator.model_of(account).of_books;
    };
    for (std::uint32_t i = 0; i < ledger_.instrument_count(); ++i) {
        const AssetId base = ledger_.instrument(InstrumentId{i}).base;
        if (ledger_.asset(base).priced_by == instrument) wake_positions(InstrumentId{i}, of_books);
    }
}

// Everyone whose figures a price of this instrument enters: its positions, those in options on it,
// the holders of the assets it prices, and positions that are quoted in one of them.
void Engine::wake_holders(InstrumentId instrument) {
    if (!wakes_) return;
    wake_valued(instrument);
    wake_coin(instrument);
    for (std::uint32_t a = 0; a < ledger_.asset_count(); ++a) {
        if (ledger_.asset(AssetId{a}).priced_by != instrument) continue;
        for (const Holder& holder : ledger_.holders_of(AssetId{a}))
            to_evaluate_.push_back(holder.account);
        for (const InstrumentId quoted : ledger_.asset(AssetId{a}).quoted)
            wake_positions(quoted);
    }
}

}  // namespace riskd
