// What to close when an account has come to the rungs `reduce` and `liquidate`, and at which price.
// riskd decides and follows; another system trades. Core thread only.
//
//   reduce: positions by largest maintenance margin first, each only as far as needed, until
//           maintenance_margin < exit_ratio x equity, supposing they close at mark. The requirement
//           of a part is at most its share of the whole (tiers rise), so the share is enough.
//           Of an account with books every position goes by the same share, rounded up to lots:
//           so a hedge stays one, and the requirement falls with the share.
//   liquidate: every position, whole.
//   bankruptcy_price(i) = mark -+ share / (|quantity| x contract size), where share is the equity
//           times the position's part of the maintenance margin (with books: of the sum of what
//           each needs alone): closing all of them there leaves
//           the account with nothing. Nothing when that is not a positive price. (dYdX divides
//           equity the same way; formulas differ between venues.)
// Example: equity 500, long 1 BTC-PERP at mark 42,000 as the only position: bankruptcy 41,500.
#pragma once

#include <vector>

#include "riskd/core/margin.hpp"
#include "riskd/core/order_check.hpp"
#include "riskd/core/outcome.hpp"

namespace riskd {

struct ClosePlan {
    std::vector<CloseLeg> legs;
    std::vector<PriceUsed> prices;
};

// How much of a position goes, when `excess` of a maintenance margin must go and `maintenance` of
// it is the position's: the same share of the position, in whole lots.
struct Reduction {
    Quantity held;  // positive
    Quantity lot;
    Money maintenance;
    Money excess;
};
Quantity quantity_to_close(const Reduction& reduction) noexcept;

// What lies above exit_ratio x equity, and one quantum: the exit is below the ratio, not at it.
Money excess_margin(const AccountMargin& margin, double unit, double exit_ratio) noexcept;

// Isolated positions are not part of it; theirs is in margin_isolated.hpp.
struct CloseQuestion {
    AccountId account{no_account};
    Timestamp now;
    Stage stage{};
    double exit_ratio{1.0};
    AccountMargin margin;
};

ClosePlan plan_close(const Ledger& ledger, MarginEvaluator& evaluator,
                     const CloseQuestion& question);

// The last price of the instrument, on its adverse side, before the account is below its
// maintenance margin, all else unchanged; the mark when it is below already. When there is none,
// the last one on the other side: what a position gains may count with a haircut and need margin in
// full. Nothing when there is no position, no fresh price, or no such price from one step to 1,024
// times the mark. By search over the engine's own evaluation; exact, but for what the figures are
// rounded by, where the requirement only rises, or only falls, with the notional; what options on
// the instrument need may turn at their strikes. Of a book the prices in scenarios are rounded too.
struct LiquidationPriceQuestion {
    AccountId account{no_account};
    InstrumentId instrument{no_instrument};
    PositionSide side{};
    Timestamp now;
    const Position* position{};  // null: as it is; else as it might be
    Money realized;              // what coming to that position would add to the balance
};
std::optional<Price> liquidation_price(const Ledger& ledger, MarginEvaluator& evaluator,
                                       const LiquidationPriceQuestion& question);

// The position as an order would leave it, filled whole at the price it is held at, as taker; with
// the margin it would then have, when it is isolated. Nothing for spot, or when it does not fit.
struct FilledPosition {
    Position position;
    Money realized;  // added to the balance
};
std::optional<FilledPosition> position_if_filled(const OrderFacts& facts);

// The same as it would be if an order were filled whole at the price it is held at, as taker.
std::optional<Price> liquidation_price_after(const Ledger& ledger, MarginEvaluator& evaluator,
                                             const OrderFacts& facts, Timestamp now);

}  // namespace riskd
