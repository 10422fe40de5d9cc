#include "riskd/core/anchor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace riskd {

namespace {

// What the figures are known to be within, and how they move with what is left to move.
struct Bounds {
    double equity_low{};
    double equity_high{};
    double margin_low{};
    double margin_high{};
    double size{};         // of all positions: what the equity moves for a whole move
    double adverse{};      // what the margin moves for a whole adverse move
    double slope_other{};  // the most it moves with the other kind, as a share of the equity
};

std::optional<Bounds> bounds_of(const Anchor& anchor, std::span<const AnchorSource> sources,
                                std::span<const double> marks) noexcept {
    double gained = 0;
    double high = 0;
    double low = 0;
    Bounds bounds;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const AnchorSource& source = sources[i];
        // A value is rounded at the anchor: beyond this the error might be more than allowed for.
        if (marks[i] < source.mark / 2 || marks[i] > source.mark * 2) return std::nullopt;
        const bool is_long = source.per_price > 0;
        const double adverse = is_long ? anchor.falling : anchor.slope;
        const double favourable = is_long ? anchor.slope : anchor.falling;
        const double gain = source.per_price * (marks[i] - source.mark);
        gained += gain;
        high += gain < 0 ? -adverse * gain : favourable * gain;
        low += gain < 0 ? -favourable * gain : adverse * gain;
        const double size = std::fabs(source.per_price) * marks[i];
        bounds.size += size;
        bounds.adverse += adverse * size;
        bounds.slope_other = std::max(bounds.slope_other, favourable);
    }
    const double slack =
        1e-12 * (std::fabs(anchor.equity) + anchor.maintenance_margin + bounds.size + high + low) +
        1;
    const double equity = anchor.equity + gained;
    bounds.equity_low = equity - anchor.equity_rounding - slack;
    bounds.equity_high = equity + anchor.equity_rounding + slack;
    bounds.margin_high = anchor.maintenance_margin + high + anchor.maintenance_rounding + slack;
    bounds.margin_low = anchor.maintenance_margin - low - anchor.maintenance_rounding - slack;
    return bounds;
}

// Nothing: there is no room.
std::optional<BandWidth> width_of(double room, double per_move, BandWidth widest) noexcept {
    if (!(room >= 0)) return std::nullopt;
    if (room >= per_move) return widest;
    constexpr double little_less = 1 - 1e-9;
    const double width = room / per_move * whole_width * little_less;
    return std::min(static_cast<BandWidth>(width), widest);
}

}  // namespace

std::optional<AnchorReach> reach_of(const Anchor& anchor, std::span<const AnchorSource> sources,
                                    std::span<const double> marks, BandWidth widest) noexcept {
    const auto bounds = bounds_of(anchor, sources, marks);
    if (!bounds) return std::nullopt;
    const auto& [equity_low, equity_high, margin_low, margin_high, size, adverse, slope_other] =
        *bounds;
    AnchorReach reach;
    const bool no_rung_above = std::isinf(anchor.held.most);
    if (anchor.equity < 0) {
        // The ratio is the highest there is as long as that stays so.
        const auto favourable = width_of(-equity_high, size, widest);
        if (!no_rung_above || !favourable) return std::nullopt;
        reach.favourable = *favourable;
        return reach;
    }
    if (!no_rung_above) {
        if (slope_other > anchor.held.most) return std::nullopt;
        const double most = anchor.held.most;
        const auto width = width_of(most * equity_low - margin_high, adverse + most * size, widest);
        if (!width) return std::nullopt;
        reach.adverse = *width;
    }
    if (anchor.healthy) return reach;
    const auto solvent = width_of(equity_low - 1, size, widest);
    if (!solvent) return std::nullopt;
    reach.adverse = std::min(reach.adverse, *solvent);
    if (anchor.held.least < 0) return reach;
    const double least = std::max(anchor.held.least, slope_other);
    const auto favourable =
        width_of(margin_low - least * equity_high, adverse + least * size, widest);
    if (!favourable) return std::nullopt;
    reach.favourable = *favourable;
    return reach;
}

}  // namespace riskd
