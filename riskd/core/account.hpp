// What the ledger keeps of an account: balances and positions in blocks side by side, the stage on
// the liquidation ladder, and windows of history. Core thread only. Everything derived from prices
// (equity, margins, unrealized pnl) is computed when asked, in margin.hpp, and never stored, except
// the last evaluation, which is for boards and is no part of the state.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "riskd/core/block.hpp"
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

// What its margin rule asked for a position when it was last evaluated, in the settlement asset: to
// hold the rule to its claims, no part of the state.
struct AskedMargin {
    Money notional;
    Money maintenance;
    std::uint32_t terms{};  // of all that the rule saw besides prices; zero: never asked
};

// One account in one instrument, or on one side of it. Invariants: entry_value is zero when
// quantity is; the open figures are the sums over the account's open orders there.
struct Position {
    InstrumentId instrument{no_instrument};
    PositionSide side{};  // net, or in hedge mode one of the two
    MarginMode mode{};    // changes only while flat and without open orders
    Stage stage{};        // of an isolated position, which has a ladder of its own
    std::uint32_t open_orders{};
    std::uint32_t leverage{};     // the client's choice here; zero means the account's
    std::uint32_t episode{};      // of its latest liquidation, by the account's count
    std::uint32_t asked_terms{};  // as all below that was asked: AskedMargin
    Quantity quantity;            // signed; stays zero for spot, whose position is the base balance
    Money entry_value;            // what the open quantity cost, in the settlement asset
    Money isolated_margin;        // part of the settlement asset's balance; zero when flat
    Money realized_pnl;           // closed result and funding, before fees, in the settlement asset
    std::int64_t funding_index{};  // of the instrument, up to which funding is in realized_pnl
    Quantity open_buy;             // remaining of working buys
    Quantity open_sell;            // remaining of working sells; positive
    Money open_buy_notional;       // at the price each order is held at, in the settlement asset
    Money open_sell_notional;
    Money open_buy_fee;  // taker fee of the same
    Money open_sell_fee;
    Money asked_notional;
    Money asked_maintenance;
};

constexpr AskedMargin asked_of(const Position& position) noexcept {
    return {.notional = position.asked_notional,
            .maintenance = position.asked_maintenance,
            .terms = position.asked_terms};
}

constexpr bool is_isolated(const Position& position) noexcept {
    return position.mode == MarginMode::isolated;
}

// The ladder of an account, or of an isolated position of it.
struct LadderKey {
    AccountId account{no_account};
    InstrumentId instrument{no_instrument};  // not known: the account's
    PositionSide side{};
    friend constexpr auto operator<=>(const LadderKey&, const LadderKey&) = default;
};
// How far an episode has come on the rungs that close, and when it goes on.
struct LadderStep {
    std::uint32_t step{};  // the latest; 1 first
    Timestamp next;        // not before; zero: no more
};

// Where a position lies among many.
struct PositionPlace {
    InstrumentId instrument{no_instrument};
    PositionSide side{};
    std::uint32_t slot{};  // in Account::positions
};

constexpr bool comes_before(const PositionPlace& a, const PositionPlace& b) noexcept {
    if (a.instrument != b.instrument) return a.instrument < b.instrument;
    return a.side < b.side;
}

inline constexpr std::size_t window_buckets = 16;

using WindowBuckets = std::array<std::int64_t, window_buckets>;
inline constexpr WindowBuckets nothing_counted{};

// calendar: `anchor` is the measure when `period` began. rolling: the parts of the span, where
// `period` is the newest part's number.
struct WindowState {
    std::int64_t period{-1};
    Money anchor;
    WindowBuckets* counted{};  // in the ledger's store; null: nothing yet
};

constexpr const WindowBuckets& buckets_of(const WindowState& window) noexcept {
    return window.counted == nullptr ? nothing_counted : *window.counted;
}

// A text that many accounts share, kept by the ledger.
class SharedName {
public:
    SharedName() = default;
    explicit SharedName(const Name& kept) noexcept : name_{&kept} {}
    operator const Name&() const noexcept { return name_ == nullptr ? nothing : *name_; }
    std::string_view view() const noexcept { return static_cast<const Name&>(*this).view(); }
    bool empty() const noexcept { return name_ == nullptr || name_->empty(); }

private:
    static inline const Name nothing;
    const Name* name_{};
};

// What an AccountDefinition says, without the names that the account has as ids.
struct AccountTerms {
    StoredText name;
    SharedName margin;
    std::uint32_t leverage{};
    AccountStatus status{AccountStatus::active};
    bool borrow{};
    PositionMode position_mode{};
    bool insurance_fund{};
};

struct Account {
    AccountTerms terms;
    AccountId id{no_account};
    GroupId group{no_group};
    AssetId currency{no_asset};
    AccountStatus status{};
    Stage stage{};
    std::uint32_t episode{};             // number of its own latest liquidation episode
    std::uint32_t episodes{};            // so far, of the account and of its isolated positions
    std::uint32_t isolated_positions{};  // in isolated mode, whether open or flat
    std::uint32_t open_orders{};
    std::uint32_t windows_list{};  // which one `windows` follows; counted by the WindowBook
    Money net_deposits;            // in the account's currency, each at its price when it came
    Block<Balance> balances;
    Block<Position> positions;
    Block<PositionPlace> places;  // of each position, in order; empty while few: PlacesInOrder
    Block<WindowState> windows;   // in the order of the list of windows it has followed up to
    AccountMargin last_margin;    // of the latest evaluation; for boards only
    AccountMargin last_isolated;  // of its isolated position nearest the edge; for boards only
};

// The positions of an account in order of instrument, then side. Good until it gets another one.
class PlacesInOrder {
public:
    static constexpr std::size_t scanned_max = 16;  // so few are found by looking at each

    explicit PlacesInOrder(const Account& account) noexcept
        : rows_{account.places.begin(), account.places.size()} {
        if (!rows_.empty()) return;
        const std::size_t count = account.positions.size();
        for (std::size_t slot = 0; slot < count; ++slot) {
            const Position& position = account.positions[slot];
            few_[slot] = {position.instrument, position.side, static_cast<std::uint32_t>(slot)};
        }
        std::sort(few_.begin(), few_.begin() + count, comes_before);
        rows_ = std::span{few_}.first(count);
    }
    PlacesInOrder(const PlacesInOrder&) = delete;
    PlacesInOrder& operator=(const PlacesInOrder&) = delete;
    auto begin() const noexcept { return rows_.begin(); }
    auto end() const noexcept { return rows_.end(); }

private:
    std::array<PositionPlace, scanned_max> few_;
    std::span<const PositionPlace> rows_;
};

}  // namespace riskd
