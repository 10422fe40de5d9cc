// A group of accounts as the ledger keeps it: its place in the tree (a desk in a firm) and
// what the accounts in it and in every group below it have in each instrument. The figures are sums
// of exact integers, kept in 128 bits: they never overflow. Core thread only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "riskd/core/account.hpp"

namespace riskd {

// Sums over accounts, in raw quantities of the instrument. Spot has no positions, only orders.
struct GroupExposure {
    InstrumentId instrument{no_instrument};
    Wide long_quantity{};
    Wide short_quantity{};  // positive
    Wide open_buy{};        // remaining of working buys
    Wide open_sell{};       // remaining of working sells; positive
    Wide worst_quantity{};  // of each position the larger of |q + open_buy| and |q - open_sell|
    friend bool operator==(const GroupExposure&, const GroupExposure&) = default;
};

struct Group {
    GroupDefinition terms;
    GroupId id{no_group};
    GroupId parent{no_group};
    std::vector<GroupExposure> exposures;  // of the instruments ever traded, the oldest first
    std::vector<std::uint32_t> places;     // by instrument, where in `exposures`; or none_raw
};

constexpr Wide worst_quantity(Wide quantity, Wide open_buy, Wide open_sell) noexcept {
    const Wide bought = quantity + open_buy;
    const Wide sold = quantity - open_sell;
    return std::max(bought < 0 ? -bought : bought, sold < 0 ? -sold : sold);
}
static_assert(worst_quantity(+5, 3, 20) == 15);
static_assert(worst_quantity(-5, 3, 1) == 6);

// What one position adds to each group above it.
constexpr GroupExposure share_of(const Position& position) noexcept {
    const Wide quantity = position.quantity.raw;
    return {
        .instrument = position.instrument,
        .long_quantity = quantity > 0 ? quantity : 0,
        .short_quantity = quantity < 0 ? -quantity : 0,
        .open_buy = position.open_buy.raw,
        .open_sell = position.open_sell.raw,
        .worst_quantity = worst_quantity(quantity, position.open_buy.raw, position.open_sell.raw)};
}

}  // namespace riskd
