// Isolated margin: money of the balance set apart for one position, that answers with it alone. All
// amounts in the settlement asset; pure functions, any thread. Binance USD-M, Bybit and Vega (its
// specification of isolated margin) move money at the same moments.
//
//   a fill that opens    margin += |entry value added| / leverage, rounded up
//   a fill that closes   margin -= its share closed / held, rounded down. What that share does not
//                        cover of a loss, the rest of the margin does, and then the house.
//   through zero         all of it is released, then as one that opens
//   from `reduce` on     a close releases nothing, its result goes to the margin, until flat
//   funding              goes to the margin, and comes from it
//   equity = margin + unrealized pnl
// Example: long 2 at 100 with leverage 10 has a margin of 20. 1 closed at 95 releases 10, of which
// 5 are the loss: 10 stay with the other. IsolatedTest repeats this.
#pragma once

#include <optional>

#include "riskd/core/instrument.hpp"
#include "riskd/core/position_change.hpp"

namespace riskd {

// Which kinds can have a margin of their own: those whose entry value over the leverage is one. An
// option is paid for when it is bought.
constexpr bool has_margin_mode(ContractKind kind) noexcept {
    return kind != ContractKind::spot && !is_option(kind);
}

struct IsolatedFill {
    Quantity fill;  // signed
    PositionChange change;
    Money accrued;  // funding, paid with the fill
    std::uint32_t leverage{1};
};

struct IsolatedMove {
    Money margin;   // afterwards
    Money deficit;  // of a loss beyond the margin: what the house pays into the balance
};

// What a fill of an isolated position makes of its margin; nothing when it does not fit.
std::optional<IsolatedMove> isolated_after(const Position& before,
                                           const IsolatedFill& fill) noexcept;

// What the working orders of a side would move to the margin: of their notional the part that does
// not close the position, over the leverage, rounded up.
struct OpenSideOrders {
    Quantity held;   // of the position, when the side closes it; else zero
    Quantity open;   // remaining of the orders
    Money notional;  // of the same
};
Money isolated_top_up(const OpenSideOrders& side, std::uint32_t leverage) noexcept;

}  // namespace riskd
