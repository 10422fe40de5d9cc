#include "riskd/core/isolated.hpp"

#include <algorithm>

namespace riskd {

namespace {

// What is set apart for an entry value; REQUIRES: leverage is not zero.
Money margin_of(Money entry_value, std::uint32_t leverage) noexcept {
    const Wide margin = divide(magnitude(entry_value).raw, leverage, Rounding::toward_plus);
    return Money{static_cast<std::int64_t>(margin)};
}

std::optional<Money> money(Wide amount) noexcept {
    const auto raw = narrow(amount);
    if (!raw) return std::nullopt;
    return Money{*raw};
}

struct Closing {
    Wide margin{};  // before, with what has accrued
    Wide realized{};
    Quantity held;
    Quantity closed;
    bool is_liquidating{};
};

// In 128 bits: a margin below raw_max times a quantity below it.
std::optional<IsolatedMove> after_close(const Closing& close) noexcept {
    const bool is_whole = close.closed == close.held;
    if (close.is_liquidating && !is_whole) {
        const auto left = money(close.margin + close.realized);
        if (!left) return std::nullopt;
        return IsolatedMove{.margin = *left, .deficit = {}};
    }
    const Wide share =
        is_whole ? close.margin
                 : divide(close.margin * close.closed.raw, close.held.raw, Rounding::toward_minus);
    const Wide lacking = std::max<Wide>(-(close.realized + share), 0);
    const Wide rest = close.margin - share;
    const Wide covered = std::min(lacking, std::max<Wide>(rest, 0));
    const auto left = money(rest - covered);
    const auto deficit = money(lacking - covered);
    if (!left || !deficit) return std::nullopt;
    return IsolatedMove{.margin = *left, .deficit = *deficit};
}

}  // namespace

std::optional<IsolatedMove> isolated_after(const Position& before,
                                           const IsolatedFill& fill) noexcept {
    const auto margin = checked_add(before.isolated_margin, fill.accrued);
    if (!margin) return std::nullopt;
    const bool closes =
        before.quantity.raw != 0 && (before.quantity.raw > 0) != (fill.fill.raw > 0);
    IsolatedMove move{.margin = *margin, .deficit = {}};
    Wide opened = Wide{fill.change.entry_value.raw} - before.entry_value.raw;
    if (closes) {
        const Quantity held = magnitude(before.quantity);
        const auto closed = after_close({.margin = margin->raw,
                                         .realized = fill.change.realized.raw,
                                         .held = held,
                                         .closed = std::min(held, magnitude(fill.fill)),
                                         .is_liquidating = before.stage >= Stage::reduce});
        if (!closed) return std::nullopt;
        move = *closed;
        const bool flips = magnitude(fill.fill) > held;
        opened = flips ? fill.change.entry_value.raw : 0;
    }
    const auto added = money(opened);
    const auto after =
        added ? checked_add(move.margin, margin_of(*added, fill.leverage)) : std::nullopt;
    if (!after) return std::nullopt;
    move.margin = *after;
    return move;
}

Money isolated_top_up(const OpenSideOrders& side, std::uint32_t leverage) noexcept {
    const Wide opens = Wide{side.open.raw} - side.held.raw;
    if (opens <= 0) return {};
    const Wide margin = divide(Wide{side.notional.raw} * opens, Wide{side.open.raw} * leverage,
                               Rounding::toward_plus);
    return Money{static_cast<std::int64_t>(margin)};
}

}  // namespace riskd
