// Auto-deleveraging: who gives up a winning position when nothing is left to bear a bankrupt one,
// in which order and how much; and how a loss is shared when that is not enough. Exact integers in
// the settlement asset. Pure functions, any thread; opponents_of: core thread.
//
//   profit   = unrealized_pnl / |entry_value|
//   leverage = notional at mark / equity; the equity of the account, or of the isolated position
//   score    = profit x leverage when in profit, profit / leverage at a loss; in 1e-9, cut off
//              toward zero, within +-score_max. A profit without equity or entry value: score_max.
//              A loss without equity: 0, where the formula goes as equity falls
//   order    = score falling, then account id, then position side: total, so it is the same in a
//              replay and on every machine
// BitMEX, Binance and Bybit rank so in what they publish on auto-deleveraging; BitMEX has as
// leverage |mark value| / (mark value - bankruptcy value), and that divisor is the equity.
// Example: short 2 from 110, mark 100, equity 50: profit 20 / 220, leverage 200 / 50, score
// 0.363636363. Long 2 from 110 with the same equity: -20 / 220 / 4 = -0.022727272.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "riskd/core/margin.hpp"

namespace riskd {

inline constexpr int score_decimals = 9;
inline constexpr std::int64_t score_max = raw_max;

// What a score is made of; all in the settlement asset.
struct Standing {
    Money unrealized_pnl;
    Money entry_value;
    Money notional;  // at mark; its sign is not looked at
    Money equity;
};
std::int64_t adl_score(const Standing& standing) noexcept;

// Nothing when a figure does not fit. REQUIRES: the quantity is not zero and the mark positive.
std::optional<Standing> standing_of(const Instrument& instrument, const Position& position,
                                    Price mark, Money equity) noexcept;

// The score of a position by the figures of its account, or, isolated, by its own. Nothing when it
// is flat, its mark not fresh, or the equity unknown.
struct ScoreQuestion {
    AccountId account{no_account};
    const Position* position{};
    const AccountFigures* figures{};
    Timestamp now;
};
std::optional<std::int64_t> adl_score_now(const Ledger& ledger,
                                          const ScoreQuestion& question) noexcept;

// A position on the other side of the one that is to be closed.
struct Opponent {
    AccountId account{no_account};
    PositionSide position_side{};
    Quantity quantity;  // positive
    std::int64_t score{};
    friend bool operator==(const Opponent&, const Opponent&) = default;
};
bool is_ahead(const Opponent& one, const Opponent& other) noexcept;

// Who can be asked to close against an order of this side: holders of the position it closes
// against, in rank order, cross and isolated. Worked out from the ledger as it stands, never from a
// rank that was published. None without a fresh mark, nor any whose equity needs a price that is
// not fresh or whose rules fail. All by one evaluator, so that all ranks are by one ruleset.
struct OpponentQuestion {
    InstrumentId instrument{no_instrument};
    Side side{};  // of the order that closes: a sell closes a long, so its opponents are short
    Timestamp now;
    std::span<const AccountId> left_out;  // the bankrupt account, the insurance fund
};
std::vector<Opponent> opponents_of(const Ledger& ledger, MarginEvaluator& evaluator,
                                   const OpponentQuestion& question);

// From the top, each whole; the last in part, in whole lots. What is `left` found no opponent, or
// is less than a lot of the last one.
struct AllottedPart {
    AccountId account{no_account};
    PositionSide position_side{};
    Quantity quantity;
    std::uint32_t rank{};  // 1 first
    friend bool operator==(const AllottedPart&, const AllottedPart&) = default;
};
struct Allotment {
    std::vector<AllottedPart> parts;
    Quantity left;
};
struct AllotmentQuestion {
    Quantity quantity;  // positive
    Quantity lot{1};
};
Allotment allot(std::span<const Opponent> ranked, const AllotmentQuestion& question);

// A loss over many, in proportion to their weights, nobody more than his cap: who would bear more
// bears his cap, and the rest is for the others. Whole quanta by the largest remainder, of equals
// the first. The shares and what is `left` sum to the amount exactly; nothing is left unless all
// caps are used up. Weights and caps that are not positive bear nothing.
// Example: 10 over the weights 1, 1, 1 with a cap of 2 on the first: 2, 4, 4.
struct LossBearer {
    Money weight;
    Money cap;
};
struct LossShares {
    std::vector<Money> shares;  // by bearer
    Money left;
};
LossShares share_loss(Money amount, std::span<const LossBearer> bearers);

}  // namespace riskd
