// What the ledger keeps of an account: balances and positions in blocks side by side, the stage on
// the liquidation ladder, and windows of history. Core thread only. Everything derived from prices
// (equity, margins, unrealized pnl) is computed when asked, in margin.hpp, and never stored, except
// the last evaluation, which is for boards and is no part of the state.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "riskd/core/definitions.hpp"
#include "riskd/core/ids.hpp"
#include "riskd/core/outcome.hpp"
#include "riskd/core/units.hpp"

namespace riskd {

// Settled amount of one asset. hold: part of it set aside for open spot orders. isolated: part that
// is the margin of isolated positions settled in the asset.
struct Balance {
    AssetId asset{no_asset};
    Money amount;
    Money hold;
    Money isolated;
};

// What is neither held by orders nor the margin of an isolated position.
constexpr Wide free_amount(const Balance& balance) noexcept {
    return Wide{balance.amount.raw} - balance.hold.raw - balance.isolated.raw;
}

// What is not the margin of an isolated position; zero when it does not fit.
constexpr Money shared_amount(const Balance& balance) noexcept {
    return checked_add(balance.amount, -balance.isolated).value_or(Money{});
}

// One account in one instrument, or on one side of it. Invariants: entry_value is zero when
// quantity is; the open figures are the sums over the account's open orders there.
struct Position {
    InstrumentId instrument{no_instrument};
    PositionSide side{};  // net, or in hedge mode one of the two
    std::uint32_t open_orders{};
    std::uint32_t leverage{};  // the client's choice here; zero means the account's
    MarginMode mode{};         // changes only while flat and without open orders
    Stage stage{};             // of an isolated position, which has a ladder of its own
    std::uint32_t episode{};   // of its latest liquidation, by the account's count
    Quantity quantity;         // signed; stays zero for spot, whose position is the base balance
    Money entry_value;         // what the open quantity cost, in the settlement asset
    Money isolated_margin;     // part of the settlement asset's balance; zero when flat
    Money realized_pnl;        // closed result and funding, before fees, in the settlement asset
    std::int64_t funding_index{};  // of the instrument, up to which funding is in realized_pnl
    Quantity open_buy;             // remaining of working buys
    Quantity open_sell;            // remaining of working sells; positive
    Money open_buy_notional;       // at the price each order is held at, in the settlement asset
    Money open_sell_notional;
    Money open_buy_fee;  // taker fee of the same
    Money open_sell_fee;
};

constexpr bool is_isolated(const Position& position) noexcept {
    return position.mode == MarginMode::isolated;
}

// Where a position lies among many.
struct PositionPlace {
    InstrumentId instrument{no_instrument};
    PositionSide side{};
    std::uint32_t slot{};  // in Account::positions
};

inline constexpr std::size_t window_buckets = 16;

// calendar: `anchor` is the measure when `period` began. rolling: the parts of the span, where
// `period` is the newest part's number.
struct WindowState {
    std::int64_t period{-1};
    Money anchor;
    std::array<std::int64_t, window_buckets> buckets{};
};

struct Account {
    AccountDefinition terms;
    AccountId id{no_account};
    GroupId group{no_group};
    AssetId currency{no_asset};
    AccountStatus status{};
    Stage stage{};
    bool episode_open{};
    std::uint32_t episode{};             // number of its own latest liquidation episode
    std::uint32_t episodes{};            // so far, of the account and of its isolated positions
    std::uint32_t isolated_positions{};  // in isolated mode, whether open or flat
    std::uint32_t open_orders{};
    Money net_deposits;  // in the account's currency, each at its price when it came
    std::vector<Balance> balances;
    std::vector<Position> positions;
    std::vector<PositionPlace> places;  // of each position, in order; empty while they are few
    std::vector<WindowState> windows;   // in the order of the list of windows it has followed up to
    std::uint32_t windows_list{};       // which that is; the lists are counted by the WindowBook
    AccountMargin last_margin;          // of the latest evaluation; for boards only
    AccountMargin last_isolated;  // of its isolated position nearest the edge; for boards only
};

}  // namespace riskd
