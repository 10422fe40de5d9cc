// Reference data, controls, activation of a ruleset, and time.
#include "riskd/core/engine.hpp"

namespace riskd {

namespace {

Alert refused_definition(const Name& name) noexcept {
    return {.severity = Severity::critical,
            .kind = AlertKind::refused_fact,
            .about = name,
            .detail = Text<64>{"definition refused: unknown name, scale changed, or full"}};
}

}  // namespace

void Engine::commit(const AssetDefinition& definition) {
    if (!ledger_.apply_asset(definition)) alert(refused_definition(definition.name));
}

void Engine::commit(const InstrumentDefinition& definition) {
    const auto id = ledger_.apply_instrument(definition);
    if (!id) return alert(refused_definition(definition.name));
    wake_holders(*id);
}

void Engine::commit(const GroupDefinition& definition) {
    const auto fault = ledger_.group_fault(definition);
    if (!fault) {
        static_cast<void>(ledger_.apply_group(definition));
        return;
    }
    Alert refused = refused_definition(definition.name);
    refused.detail = Text<64>{*fault};
    alert(refused);
}

void Engine::commit(const AccountDefinition& definition) {
    const auto id = ledger_.apply_account(definition);
    if (!id) return alert(refused_definition(definition.name));
    windows_.roll(ledger_, *id, time_);
    touch(*id);
}

void Engine::commit(const AccountControl& control) {
    if (!is_known(control.account)) return;
    ledger_.apply_status(control.account, control.status);
    touch(control.account);
}

void Engine::commit(const InstrumentControl& control) {
    if (!is_known(control.instrument)) return;
    ledger_.apply_status(control.instrument, control.status);
}

void Engine::commit(const RulesetActivation& activation) {
    ruleset_ = activation;
    std::vector<WindowSpec> specs(activation.windows_count);
    for (std::size_t w = 0; w < specs.size(); ++w) {
        specs[w] = {.measure = static_cast<WindowMeasure>(activation.window_measures[w]),
                    .calendar = activation.window_calendar[w] != 0,
                    .span = activation.window_spans[w],
                    .offset = activation.window_offsets[w]};
    }
    windows_.activate(specs, ledger_, time_);
}

void Engine::commit(const TimePassed&) {
    for (std::uint32_t i = 0; i < ledger_.instrument_count(); ++i) {
        const InstrumentId id{i};
        const Instrument& instrument = ledger_.instrument(id);
        const bool is_known_price = instrument.prices.mark.raw > 0;
        if (!is_known_price || instrument.stale_reported || fresh_mark(instrument, time_) ||
            instrument.terms.status == InstrumentStatus::settled) {
            continue;
        }
        ledger_.report_stale(id, true);
        alert({.severity = Severity::warning,
               .kind = AlertKind::stale_price,
               .instrument = id,
               .about = instrument.terms.name,
               .detail = Text<64>{"mark price older than mark_age_max"}});
    }
}

}  // namespace riskd
