// How far the marks that an account's figures depend on may move before it can have reached another
// stage of its ladder. Core thread only; scratch space is reused.
//
// While every mark stays within (1 -+ w) of what it was, w at most a quarter, each figure stays
// within `per_move` x w + `rounding` of what it was (FigureMoves; margin_moves.cpp adds them up):
//   value of a position     |value| x w; inverse: x w / (1 - w), at most 4/3 w
//   amount of an asset      the sum of those settled in it; balances do not move
//   its price, converted    x (1 + w) / (1 - w) - 1, at most 8/3 w; 4/3 or 1 with one side fixed
//   counted as collateral   at most slope_max of the collateral rule times what its value moves
//   what is owed            no more than the equity
//   maintenance margin      at most slope_max of the margin rule times what its notional moves, and
//                           of an option its underlying's value
// PRECONDITIONS, declared by rules: `slope_max` holds; the ladder is `monotone`: of two accounts on
// the same stage the one with no more equity and no less maintenance margin and exposure gets no
// lower stage, and nothing else is looked at. Then the worst and the best corner bound all between:
// when the ladder answers the present stage at both, it does so everywhere inside, and the account
// may sleep. The ladder itself is asked at the corners of a few widths; the widest that holds
// stands.
// ONE SIDE. A ladder may look at the margin ratio alone. Of a healthy account with linear positions
// in its own currency, moves that hurt take at most L from the equity E and add at most A to the
// maintenance margin M; the others add g to E and at most slope x g to M, however far they go. As
// (M + A + slope g) / (E - L + g) is at most the larger of (M + A) / (E - L) and slope, the account
// sleeps through all of those when the ladder answers `healthy` at that: it needs the edges that
// hurt only, below the marks of longs and above those of shorts.
// Example: equity 1,000, long notional 5,000, slope_max 1, edge at maintenance 250: 5 % leaves
// equity 750 or more and maintenance 500 or less, so if 500 of 750 is no other stage, w is 5 %.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "riskd/core/figure_moves.hpp"
#include "riskd/core/instrument.hpp"
#include "riskd/core/outcome.hpp"
#include "riskd/core/rulebook.hpp"

namespace riskd {

// An account, or one of its isolated positions, as the ladder was last asked about it.
struct Sleeper {
    StageQuestion question;  // on the stage that it has now
    AccountMargin margin;
    Money gross_exposure;
    FigureMoves moves;
    const Asset* currency{};  // of the account
    bool may_owe{};
    bool no_fund{};    // nobody takes over: that is `liquidate` then
    bool one_sided{};  // REQUIRES: healthy, its moves may be, and the ladder reads the ratio alone
    BandWidth widest{width_max};
};

struct Reached {
    BandWidth width{};
    bool one_sided{};
};

class Reach {
public:
    // The widest band for each; nothing when the stage is not settled even where it is.
    // REQUIRES: the ladder of the rulebook is monotone.
    void widths(Rulebook& rulebook, std::span<const Sleeper> sleepers,
                std::span<std::optional<Reached>> reached);

private:
    struct Asked {
        std::uint32_t sleeper{};
        bool one_sided{};
        BandWidth width{};
    };
    // The margin ratios between which a ladder was seen to change its answer, by the stage it was
    // asked on: towards a higher one and towards a lower one. Only a guess where to ask next.
    struct Rung {
        double held{-1};
        double failed{-1};
    };
    void guess(std::span<const Sleeper> sleepers);
    void search(Rulebook& rulebook, std::span<const Sleeper> sleepers, bool one_sided,
                std::span<std::optional<Reached>> reached);
    void ask(Rulebook& rulebook, std::span<const Sleeper> sleepers,
             std::span<std::optional<Reached>> reached);
    void learn(const StageQuestion& question, bool worst, bool holds) noexcept;

    std::array<Rung, stage_names.size()> above_;
    std::array<Rung, stage_names.size()> below_;
    std::vector<Asked> asked_;
    std::vector<bool> sought_;  // by sleeper
    std::vector<StageQuestion> questions_;
    std::vector<StageAnswer> answers_;
};

// The ladder's question at the worst (or best) corner of a band.
struct Corner {
    BandWidth width{};
    bool worst{};
    bool one_sided{};
};
StageQuestion corner_of(const Sleeper& sleeper, Corner corner) noexcept;

}  // namespace riskd
