// Prices: what of a message is taken, who is woken by it, and what is said when a mark is in doubt.
#include "riskd/core/engine.hpp"
#include "riskd/core/price_guard.hpp"

namespace riskd {

namespace {

constexpr std::array<std::string_view, price_fault_names.size()> fault_texts{
    "mark is not above zero", "index is not above zero", "bid is not above zero",
    "ask is not above zero", "bid is above ask"};

std::string_view doubt_text(const Prices& prices) noexcept {
    if (!in_doubt(prices)) return "the mark is trusted again";
    return prices.guard.candidate.raw > 0 ? "mark moved more than jump_max"
                                          : "mark and index differ by more than divergence_max";
}

}  // namespace

void Engine::commit(const PriceUpdate& update) {
    if (!is_known(update.instrument)) return;
    const Prices before = ledger_.instrument(update.instrument).prices;
    const PriceChange change = change_prices(ledger_.instrument(update.instrument), update, time_);
    ledger_.apply_prices(update.instrument, change.prices);
    if (change.held) ++counters_.marks_held;
    report_price(update.instrument, before, change.faults);
    const bool cleared = in_doubt(before) && !in_doubt(change.prices);
    if (!change.marked && !cleared) {
        // Books are revalued with these.
        if (!change.indexed && !change.modelled) return;
        if (sleeps()) return wake_awake(update.instrument);
        return wake_valued(update.instrument);
    }
    if (change.marked) ledger_.report_stale(update.instrument, false);
    wake_by_mark(update.instrument);
}

// One alert when a spell begins and, of doubt, one when it ends.
void Engine::report_price(InstrumentId id, const Prices& before, PriceFaults seen) {
    const Instrument& instrument = ledger_.instrument(id);
    const auto report = [&](Severity severity, AlertKind kind, std::string_view detail) {
        alert({.severity = severity,
               .kind = kind,
               .instrument = id,
               .about = instrument.terms.name,
               .detail = Text<64>{detail}});
    };
    for (std::size_t i = 0; i < price_fault_names.size(); ++i) {
        const auto fault = static_cast<PriceFault>(i);
        if (!seen.has(fault)) continue;
        ++counters_.prices_refused[i];
        if (before.guard.faults.has(fault)) continue;
        report(Severity::warning, AlertKind::price_refused, fault_texts[i]);
    }
    const bool doubted = in_doubt(instrument.prices);
    if (doubted == in_doubt(before)) return;
    report(doubted ? Severity::warning : Severity::information, AlertKind::price_in_doubt,
           doubt_text(instrument.prices));
}

// Without a new mark: time passed, or the terms changed.
void Engine::review_prices(InstrumentId id) {
    const Prices before = ledger_.instrument(id).prices;
    if (!in_doubt(before) && before.guard.candidate.raw <= 0) return;
    const Prices after = riskd::review_prices(ledger_.instrument(id), time_);
    ledger_.apply_prices(id, after);
    report_price(id, before, {});
    if (in_doubt(before) == in_doubt(after) && before.mark == after.mark) return;
    wake_by_mark(id);
}

void Engine::report_stale(InstrumentId id) {
    const Instrument& instrument = ledger_.instrument(id);
    if (!is_stale(instrument, time_) || instrument.stale_reported ||
        instrument.terms.status == InstrumentStatus::settled) {
        return;
    }
    ledger_.report_stale(id, true);
    alert({.severity = Severity::warning,
           .kind = AlertKind::stale_price,
           .instrument = id,
           .about = instrument.terms.name,
           .detail = Text<64>{"mark price older than mark_age_max"}});
}

}  // namespace riskd
