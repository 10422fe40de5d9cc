// Accounts as they are defined, and hedge mode, from the words at the top of riskd/core/hedge.hpp:
// who has which positions, what a fill beyond one says, and when the mode may change.
#include <algorithm>

#include "tests/model/reference_books.hpp"
#include "tests/model/reference_engine.hpp"

namespace riskd::model {

// True when the fact was refused.
bool ReferenceEngine::refuse_side(AccountId account, InstrumentId instrument, PositionSide side,
                                  const Id& about, Severity severity) {
    const auto fault = state_.side_fault(account.raw, {.instrument = instrument.raw, .side = side});
    if (!fault) return false;
    alert({.severity = severity,
           .kind = AlertKind::refused_fact,
           .account = account,
           .instrument = instrument,
           .about = about,
           .detail = Text<64>{*fault}});
    return true;
}

// It has taken effect: the long is short now, or the short long, and by this fill.
void ReferenceEngine::alert_beyond(const Fill& fill) {
    const ReferencePlace place{.instrument = fill.instrument.raw, .side = fill.position_side};
    if (place.side == PositionSide::net) return;
    const Exact quantity = state_.accounts[fill.account.raw].positions[place].quantity;
    const bool is_long = place.side == PositionSide::long_side;
    const bool beyond = is_long ? quantity < 0 : quantity > 0;
    if (!beyond || (fill.side == Side::buy) == is_long) return;
    alert({.severity = Severity::critical,
           .kind = AlertKind::fill_beyond_position,
           .account = fill.account,
           .instrument = fill.instrument,
           .about = fill.fill,
           .detail = Text<64>{is_long ? "long" : "short"}});
}

std::optional<std::string_view> ReferenceEngine::mode_fault(
    std::uint32_t account, const AccountDefinition& definition) const {
    if (account == none_raw) return std::nullopt;
    const ReferenceAccount& row = state_.accounts[account];
    if (row.terms.position_mode == definition.position_mode) return std::nullopt;
    const auto has_mode = [&](std::uint32_t instrument) {
        return !state_.is_spot(instrument) && !state_.is_option(instrument);
    };
    bool is_busy = false;
    for (const auto& [place, position] : row.positions) {
        is_busy = is_busy || (has_mode(place.instrument) && position.quantity != 0);
    }
    for (const ReferenceOrder& order : state_.orders) {
        const bool here = order.request.account.raw == account;
        is_busy = is_busy || (here && has_mode(order.request.instrument.raw));
    }
    if (is_busy) return "position_mode refused: a position or an order is open";
    return std::nullopt;
}

void ReferenceEngine::apply(const AccountDefinition& definition) {
    const std::uint32_t known = state_.account(definition.name.view());
    const bool group_known =
        definition.group.empty() || state_.group(definition.group.view()) != none_raw;
    bool well = state_.asset(definition.currency.view()) != none_raw && group_known;
    if (known == none_raw) {
        well = well && state_.accounts.size() < state_.limits.accounts_max;
    } else {
        well = well && state_.accounts[known].terms.currency == definition.currency;
    }
    if (const auto fault = mode_fault(known, definition)) {
        return refuse(AlertKind::refused_fact, definition.name, *fault, no_account,
                      Severity::critical);
    }
    if (!well) {
        return refuse(AlertKind::refused_fact, definition.name,
                      "definition refused: unknown name, scale changed, or full", no_account,
                      Severity::critical);
    }
    if (known == none_raw) state_.accounts.emplace_back();
    ReferenceAccount& row = state_.accounts[known == none_raw ? state_.accounts.size() - 1 : known];
    const AccountStatus before = row.terms.status;
    row.terms = definition;
    // Reference data may make an account stricter; only a control makes it looser again.
    if (known != none_raw) row.terms.status = std::max(before, definition.status);
    row.currency = state_.asset(definition.currency.view());
    row.group = state_.group(definition.group.view());
    if (!model_of(rules_, row)) alert_unknown_margin(definition.name);
}

void ReferenceEngine::apply(const AccountControl& control) {
    if (!is_known(control.account)) return;
    state_.accounts[control.account.raw].terms.status = control.status;
}

}  // namespace riskd::model
