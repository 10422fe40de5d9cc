// What to close when an account has come to the rungs `reduce` and `liquidate`, and at which price.
// riskd decides and follows; another system trades. Core thread only.
//
//   reduce: positions by largest maintenance margin first, each only as far as needed: the least
//           whole number of lots (close_search.hpp) with which margin_ratio < exit_ratio, supposing
//           they close at mark and pay the taker fee; whole, where that is not enough. Of an
//           account with books every position goes by the same share, rounded up to lots: so a
//           hedge stays one. Never less than quantity_min of the instrument, and no less is left.
//   liquidate, take_over: every position, whole.
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

// A position that closes in whole lots, by their number; the last may be a part of one.
struct ClosingLots {
    Quantity held;  // positive
    Quantity lot;
    Quantity least;  // to be closed, and to be left; zero when there is no such
};
ClosingLots closing_lots(const Instrument& instrument, const Position& position) noexcept;
std::int64_t lots_held(const ClosingLots& lots) noexcept;
Quantity quantity_of_lots(const ClosingLots& lots, std::int64_t count) noexcept;
// Of their number this share, rounded up.
Quantity quantity_of_share(const ClosingLots& lots, double share) noexcept;

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

// The position as a fill would leave it, with the margin it would then have, when it is isolated,
// and what that adds to the balance, the fee taken off. Nothing when it does not fit.
struct AssumedFill {
    Quantity quantity;  // signed
    Price price;
    Money fee;
    std::uint32_t leverage{1};  // as leverage_of()
};
std::optional<AssumedPosition> position_after(const Instrument& instrument,
                                              const Position& position, const AssumedFill& fill);
// The same of an order filled whole at the price it is held at, as taker. Nothing for spot.
std::optional<AssumedPosition> position_if_filled(const OrderFacts& facts);
// The same of a part closed at a price, as taker. `quantity` is positive.
struct ClosingFill {
    Quantity quantity;
    Price price;
};
std::optional<AssumedPosition> position_if_closed(const Instrument& instrument,
                                                  const Position& position,
                                                  const ClosingFill& fill);

// The same as it would be if an order were filled whole at the price it is held at, as taker.
std::optional<Price> liquidation_price_after(const Ledger& ledger, MarginEvaluator& evaluator,
                                             const OrderFacts& facts, Timestamp now);

}  // namespace riskd
