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
// may sleep. A ladder that reads the margin ratio alone is asked from which to which ratio it keeps
// the stage, to the last bit, and the widest band whose corners are inside stands; any other is
// asked at the corners of a few widths. Of healthy accounts and others with linear positions in
// their own currency alone, margin_anchor.hpp knows more.
// Example: equity 1,000, long notional 5,000, slope_max 1, edge at maintenance 250: 5 % leaves
// equity 750 or more and maintenance 500 or less, so if 500 of 750 is no other stage, w is 5 %.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "riskd/core/figure_moves.hpp"
#include "riskd/core/instrument.hpp"
#include "riskd/core/margin.hpp"
#include "riskd/core/margin_anchor.hpp"
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
    bool no_fund{};  // nobody takes over: that is `liquidate` then
    BandWidth widest{width_max};
};

class Reach {
public:
    // The widest band for each; nothing when the stage is not settled even where it is.
    // REQUIRES: the ladder of the rulebook is monotone.
    void widths(Rulebook& rulebook, std::span<const Sleeper> sleepers,
                std::span<std::optional<BandWidth>> widths);
    // Between which ratios the ladder keeps each on the stage it has; nothing when not even at the
    // present one. REQUIRES: it is monotone and reads the margin ratio alone.
    void ratios(Rulebook& rulebook, std::span<const StageQuestion> questions, bool no_fund,
                std::span<std::optional<HeldRatios>> held);

private:
    struct Asked {
        std::uint32_t sleeper{};
        BandWidth width{};
    };
    // Where ladders were last seen to keep a stage. A guess: each account may have another.
    struct Seen {
        double least{margin_ratio_max};
        double most{};
    };
    void ask_at_ends(const StageQuestion& question);
    void search(Rulebook& rulebook, std::span<const Sleeper> sleepers,
                std::span<std::optional<BandWidth>> widths);
    void ask(Rulebook& rulebook, std::span<const Sleeper> sleepers,
             std::span<std::optional<BandWidth>> widths);

    std::array<Seen, stage_names.size()> seen_;
    std::vector<Asked> asked_;
    std::vector<StageQuestion> questions_;
    std::vector<StageAnswer> answers_;
    std::vector<StageQuestion> now_;
    std::vector<std::optional<HeldRatios>> held_;
};

// The ladder's question at the worst (or best) corner of a band.
struct Corner {
    BandWidth width{};
    bool worst{};
};
StageQuestion corner_of(const Sleeper& sleeper, Corner corner) noexcept;

}  // namespace riskd
