// What an isolated position is worth and must keep, and what to close of it when it is on the rungs
// `reduce` and `liquidate`. In its settlement asset, so that no price but its own mark is needed;
// each figure rounded against the customer. Core thread only.
//
//   equity = isolated_margin + unrealized_pnl; initial and maintenance as the margin rule says
//   reduce: the least lots (liquidation.hpp) with which margin_ratio < exit_ratio, supposing they
//           close at mark: its margin stays (isolated.hpp), the account pays the fee
//   bankruptcy_price: closing all of it there leaves nothing of its margin
#pragma once

#include "riskd/core/liquidation.hpp"

namespace riskd {

struct IsolatedFigures {
    AccountMargin margin;  // not complete: a price is missing, or a figure does not fit
    Money unrealized_pnl;
    Money value;  // as exposure_of()
    RuleFault fault{};
};

// REQUIRES: the quantity is not zero and the mark positive.
struct IsolatedQuestion {
    AccountId account{no_account};
    const Position* position{};
    Price mark;
    Timestamp now;
};
IsolatedFigures isolated_figures(const Ledger& ledger, MarginEvaluator& evaluator,
                                 const IsolatedQuestion& question) noexcept;

// The same in the account's currency, as the liquidation rule sees them; not complete when a price
// is missing.
AccountFigures in_currency(const Marks& marks, const Account& account, const Instrument& instrument,
                           const IsolatedFigures& figures) noexcept;

// What the liquidation rule sees of the position alone.
StageQuestion isolated_question(const Ledger& ledger, const Account& account,
                                const Position& position, const AccountFigures& figures) noexcept;

// How far those can move, in the account's currency; nothing when no bound is known.
std::optional<FigureMoves> isolated_moves(const Marks& marks, const Account& account,
                                          const Position& position, const IsolatedFigures& figures,
                                          std::int64_t slope_max) noexcept;

struct IsolatedCloseQuestion {
    IsolatedQuestion position;
    Stage stage{};
    double exit_ratio{1.0};
    AccountMargin margin;  // in the settlement asset
};
ClosePlan plan_isolated_close(const Ledger& ledger, MarginEvaluator& evaluator,
                              const IsolatedCloseQuestion& question);

}  // namespace riskd
