#include "riskd/core/margin_anchor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace riskd {

namespace {

constexpr double no_limit = std::numeric_limits<double>::infinity();

// The margin's slopes against a position's gains and losses.
struct MarginSlopes {
    double adverse{};
    double favourable{};
};

MarginSlopes margin_slopes_of(const Anchor& anchor, bool is_long) noexcept {
    return is_long ? MarginSlopes{.adverse = anchor.falling, .favourable = anchor.slope}
                   : MarginSlopes{.adverse = anchor.slope, .favourable = anchor.falling};
}

// What the two rooms are made of: weights of equity and margin. A room is
//   adverse     most x equity - margin; of a highest rung the equity alone
//   favourable  margin - least x equity; where the equity is below zero, what it is below by
struct Weights {
    double adverse_equity{};
    double adverse_margin{};
    double favourable_equity{};
    double favourable_margin{};
    bool has_adverse{};
    bool has_favourable{};
};

Weights weights_of(const Anchor& anchor) noexcept {
    Weights weights;
    if (anchor.equity < 0) {
        weights.has_favourable = true;
        weights.favourable_equity = 1;
        return weights;
    }
    const bool no_rung_above = std::isinf(anchor.held.most);
    weights.has_adverse = !no_rung_above || !anchor.healthy;
    weights.adverse_equity = no_rung_above ? 1 : anchor.held.most;
    weights.adverse_margin = no_rung_above ? 0 : 1;
    weights.has_favourable = !anchor.healthy && anchor.held.least >= 0;
    // Below its slope a ratio may fall while the equity does.
    weights.favourable_equity = std::max({anchor.held.least, anchor.slope, anchor.falling});
    weights.favourable_margin = 1;
    return weights;
}

// Nothing: there is no room.
std::optional<BandWidth> width_of(double room, double per_move, BandWidth widest) noexcept {
    if (!(room >= 0)) return std::nullopt;
    if (room >= per_move) return widest;
    constexpr double little_less = 1 - 1e-9;
    const double width = room / per_move * whole_width * little_less;
    return std::min(static_cast<BandWidth>(width), widest);
}

bool are_near(std::span<const AnchorSource> sources, std::span<const Price> marks) noexcept {
    for (std::size_t i = 0; i < sources.size(); ++i) {
        if (!sources[i].is_near(marks[i])) return false;
    }
    return true;
}

}  // namespace

RoomSlopes slopes_of(const Anchor& anchor, bool is_long) noexcept {
    const Weights weights = weights_of(anchor);
    const auto [adverse, favourable] = margin_slopes_of(anchor, is_long);
    return {
        .adverse_of_gain = weights.adverse_equity - weights.adverse_margin * favourable,
        .adverse_of_loss = weights.adverse_equity + weights.adverse_margin * adverse,
        .favourable_of_gain = -weights.favourable_equity - weights.favourable_margin * adverse,
        .favourable_of_loss = -weights.favourable_equity + weights.favourable_margin * favourable};
}

AnchorRoom room_of(const Anchor& anchor, std::span<const AnchorSource> sources,
                   std::span<const Price> marks) noexcept {
    const Weights weights = weights_of(anchor);
    double adverse =
        weights.adverse_equity * anchor.equity - weights.adverse_margin * anchor.maintenance_margin;
    double favourable = weights.favourable_margin * anchor.maintenance_margin -
                        weights.favourable_equity * anchor.equity;
    double size = 0;
    double margin_per_move = 0;
    double moved = 0;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const AnchorSource& source = sources[i];
        const bool is_long = source.per_price > 0;
        const RoomSlopes slopes = slopes_of(anchor, is_long);
        const double gain = source.gain_at(marks[i]);
        adverse += slopes.adverse(gain);
        favourable += slopes.favourable(gain);
        moved += std::fabs(gain);
        const double held = std::fabs(source.per_price) * static_cast<double>(marks[i].raw);
        size += held;
        margin_per_move += margin_slopes_of(anchor, is_long).adverse * held;
    }
    const double rounding =
        1e-10 * (std::fabs(anchor.equity) + anchor.maintenance_margin + size + moved) + 2 +
        anchor.maintenance_rounding +
        std::max({weights.adverse_equity, weights.favourable_equity, 1.0}) * anchor.equity_rounding;
    return {.adverse = weights.has_adverse ? adverse - rounding : no_limit,
            .favourable = weights.has_favourable ? favourable - rounding : no_limit,
            .adverse_per_move =
                weights.adverse_equity * size + weights.adverse_margin * margin_per_move,
            .favourable_per_move =
                weights.favourable_equity * size + weights.favourable_margin * margin_per_move};
}

std::optional<AnchorReach> reach_of(const Anchor& anchor, std::span<const AnchorSource> sources,
                                    std::span<const Price> marks, BandWidth widest) noexcept {
    if (!are_near(sources, marks)) return std::nullopt;
    // What moves the other way must not need more than the rung above allows; and with less than
    // nothing it is on the highest rung, or on none that can be kept.
    const bool no_rung_above = std::isinf(anchor.held.most);
    if (!no_rung_above && std::max(anchor.slope, anchor.falling) > anchor.held.most) {
        return std::nullopt;
    }
    if (anchor.equity < 0 && !no_rung_above) return std::nullopt;
    const AnchorRoom room = room_of(anchor, sources, marks);
    AnchorReach reach;
    if (room.adverse != no_limit) {
        const auto width = width_of(room.adverse, room.adverse_per_move, widest);
        if (!width) return std::nullopt;
        reach.adverse = *width;
    }
    if (room.favourable != no_limit) {
        const auto width = width_of(room.favourable, room.favourable_per_move, widest);
        if (!width) return std::nullopt;
        reach.favourable = *width;
    }
    return reach;
}

}  // namespace riskd
