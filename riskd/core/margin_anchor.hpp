// What an account's bands were proved from: its figures at the marks of one evaluation, and what
// each position adds to the equity when its mark moves. As long as nothing else about the account
// changes, new bands follow from the anchor and the marks alone: most prices that wake an account
// ask no rule. Sums are doubles, with a margin for their rounding. Any thread.
//
// REQUIRES: linear positions in the account's own currency and nothing but that asset, no debt, no
// isolated position; a margin rule that claims its slopes; a ladder that is monotone and reads the
// margin ratio alone, and keeps the present stage for ratios from `least` to `most`.
// With d the sum of what positions have gained (g) less what they have lost (l) since the anchor:
//   equity = E + g - l
//   maintenance margin, at most  M + adverse x l + favourable x g,  at least  M - favourable x l -
//   adverse x g, where of a long favourable is slope_max and adverse is -slope_min when that is
//   below zero, else nothing; of a short it is the other way round
// ADVERSE EDGES, below longs and above shorts: what moves the other way adds to the margin at most
// slope x g, so it leads to no ratio above the larger of slope and what the adverse moves alone
// lead to. FAVOURABLE EDGES, needed above `healthy`: what moves the adverse way lowers the ratio
// only where it is below slope already. So either side has a width of its own, and moves of the
// other kind may go as far as they like; only must the equity keep its sign, off `healthy`.
// Example: E 1,000, M 250, long notional 5,000, healthy up to a ratio of 1, slopes 0 to 0.5: the
// equity meets 250 after a fall of 15 %, and no rise matters.
#pragma once

#include <optional>
#include <span>

#include "riskd/core/figure_moves.hpp"
#include "riskd/core/ids.hpp"
#include "riskd/core/units.hpp"

namespace riskd {

// Margin ratios, both included. Below nothing: none is too low; infinite: none too high.
struct HeldRatios {
    double least{};
    double most{};
};

struct AnchorSource {
    double per_price{};  // what the equity gains for each unit of the raw mark; below zero: short
    double mark{};       // raw, at the anchor
    InstrumentId instrument{no_instrument};
    double gain_at(Price now) const noexcept {
        return per_price * (static_cast<double>(now.raw) - mark);
    }
    // A value is rounded at the anchor: beyond that the error might be more than is allowed for.
    bool is_near(Price now) const noexcept {
        const auto raw = static_cast<double>(now.raw);
        return raw >= mark / 2 && raw <= mark * 2;
    }
};

// In quanta of the account's currency.
struct Anchor {
    double equity{};
    double maintenance_margin{};
    double equity_rounding{};
    double maintenance_rounding{};
    double slope{};    // as shares: slope_max
    double falling{};  // -slope_min, or nothing
    bool healthy{};
    HeldRatios held;
};

// Shares of the marks now; no_edge: that side does not matter.
struct AnchorReach {
    BandWidth adverse{no_edge};
    BandWidth favourable{no_edge};
};

// `marks`: one for each source. Nothing: it cannot be told from the anchor that the stage is
// still the same.
std::optional<AnchorReach> reach_of(const Anchor& anchor, std::span<const AnchorSource> sources,
                                    std::span<const Price> marks, BandWidth widest) noexcept;

// The same as sums: how much of the room on either side is left at these marks, in quanta, and how
// much a whole move of all marks takes; infinite where no room is needed. Below zero: as when
// reach_of() says nothing.
struct AnchorRoom {
    double adverse{};
    double favourable{};
    double adverse_per_move{};
    double favourable_per_move{};
};
AnchorRoom room_of(const Anchor& anchor, std::span<const AnchorSource> sources,
                   std::span<const Price> marks) noexcept;

// What a position that has gained so much since the anchor, or lost it, adds to the room.
struct RoomSlopes {
    double adverse_of_gain{};
    double adverse_of_loss{};
    double favourable_of_gain{};
    double favourable_of_loss{};
    double adverse(double gain) const noexcept {
        return gain < 0 ? adverse_of_loss * gain : adverse_of_gain * gain;
    }
    double favourable(double gain) const noexcept {
        return gain < 0 ? favourable_of_loss * gain : favourable_of_gain * gain;
    }
};
RoomSlopes slopes_of(const Anchor& anchor, bool is_long) noexcept;

}  // namespace riskd
