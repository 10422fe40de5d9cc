// How far an account's figures can move while each mark that they depend on stays within a share
// of what it was; margin_reach.hpp has the terms of it. In the account's currency, rounded up.
// Plain values.
#pragma once

#include "riskd/core/units.hpp"

namespace riskd {

// Half the width of a band as a share of the mark, in rate_decimals: 5'000'000 is 5 % up and down.
using BandWidth = std::uint32_t;
inline constexpr BandWidth whole_width = 100'000'000;
inline constexpr BandWidth width_max = whole_width / 4;
inline constexpr BandWidth no_edge = 0xffffffffU;  // a side on which no price matters

// Of one figure: how much it can move for a whole move of the marks, and by how much rounding may
// change it besides.
struct FigureMove {
    Wide per_move{};
    Wide rounding{};
    constexpr Wide over(BandWidth width) const noexcept {
        return divide(per_move * width, whole_width, Rounding::toward_plus) + rounding;
    }
};

// A rule's doubles are good to 52 bits.
constexpr Wide double_error(Wide amount) noexcept {
    return (amount >> 48) + 1;
}

struct FigureMoves {
    FigureMove equity;
    FigureMove maintenance_margin;
    FigureMove gross_exposure;
};

}  // namespace riskd
