// What a fill does to a position. Rounding is against the customer; what is rounded off one part
// stays in the other, so nothing is lost over the life of a position. Pure; any thread.
//   opening: entry_value + cost; closing a part: realized = -(its share of entry_value + its cost)
#pragma once

#include <optional>

#include "riskd/core/account.hpp"
#include "riskd/core/instrument.hpp"
#include "riskd/core/units.hpp"

namespace riskd {

struct PositionChange {
    Quantity quantity;
    Money entry_value;
    Money realized;
};

// `fill` is signed; `cost` is its signed value: what a buy pays, minus what a sell receives.
// Nothing when a result does not fit.
std::optional<PositionChange> change_position(const Position& position, Quantity fill,
                                              Money cost) noexcept;

// Of the instrument's funding, what the position has not been paid yet; below zero it owes it.
std::optional<Money> accrued_funding(const Instrument& instrument,
                                     const Position& position) noexcept;

// worth - entry_value + accrued funding, where `worth` is what the quantity is worth at mark.
inline std::optional<Money> unrealized_pnl(const Instrument& instrument, const Position& position,
                                           Money worth) noexcept {
    const auto gained = checked_add(worth, -position.entry_value);
    if (!gained || position.funding_index == instrument.funding_index) return gained;
    const auto accrued = accrued_funding(instrument, position);
    return accrued ? checked_add(*gained, *accrued) : std::nullopt;
}

// What a position adds to the amount of its settlement asset: what it gained since it was opened.
// An option was paid for when it was bought, so all it is worth counts.
inline std::optional<Money> position_worth(const Instrument& instrument, const Position& position,
                                           Money worth) noexcept {
    const auto gained = unrealized_pnl(instrument, position, worth);
    if (!gained || !is_option(instrument.terms.kind)) return gained;
    return checked_add(*gained, position.entry_value);
}

}  // namespace riskd
