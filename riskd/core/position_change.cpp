#include "riskd/core/position_change.hpp"

#include "riskd/core/contracts/contract.hpp"

namespace riskd {

namespace {

std::optional<Money> share_of(Money whole, Quantity part, Quantity total) noexcept {
    return scaled_product(whole.raw, part.raw, {.numerator = 1, .denominator = total.raw},
                          Rounding::toward_plus);
}

}  // namespace

std::optional<PositionChange> change_position(const Position& position, Quantity fill,
                                              Money cost) noexcept {
    const auto quantity = checked_add(position.quantity, fill);
    if (!quantity) return std::nullopt;
    const bool opposite =
        position.quantity.raw != 0 && (position.quantity.raw > 0) != (fill.raw > 0);
    if (!opposite) {
        const auto entry = checked_add(position.entry_value, cost);
        if (!entry) return std::nullopt;
        return PositionChange{.quantity = *quantity, .entry_value = *entry, .realized = {}};
    }
    const Quantity held = magnitude(position.quantity);
    const Quantity filled = magnitude(fill);
    const Quantity closed = held < filled ? held : filled;
    const auto closed_entry = share_of(position.entry_value, closed, held);
    const auto closed_cost = share_of(cost, closed, filled);
    if (!closed_entry || !closed_cost) return std::nullopt;
    const auto left_entry = checked_add(position.entry_value, -*closed_entry);
    const auto left_cost = checked_add(cost, -*closed_cost);
    if (!left_entry || !left_cost) return std::nullopt;
    const auto entry = checked_add(*left_entry, *left_cost);
    const auto spent = checked_add(*closed_entry, *closed_cost);
    if (!entry || !spent) return std::nullopt;
    return PositionChange{.quantity = *quantity, .entry_value = *entry, .realized = -*spent};
}

std::optional<Money> accrued_funding(const Instrument& instrument,
                                     const Position& position) noexcept {
    return accrued_funding(instrument, position.quantity, position.funding_index);
}

}  // namespace riskd
