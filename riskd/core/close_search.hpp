// How little has to be closed. A requirement is a black box that need not fall with every lot, so
// it is not halved: the way from nothing to everything is walked from below, in 16 parts; the first
// part at whose end it suffices is walked in 16 parts again, down to single steps. Pure; any
// thread.
//
// The answer suffices. It is the least that does wherever closing more raises neither the
// requirement nor the equity: a part between two ends that do not suffice is passed over only when
// the equity at its beginning would not suffice for the requirement at its end, and walked as well
// when it would. 64 such parts are; beyond that, and where a requirement falls and rises again
// within a part, something less that suffices may be missed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "riskd/core/margin.hpp"

namespace riskd {

template <typename IsEnough, typename MarginAt>
class CloseSearch {
public:
    // `is_enough(margin)`; `margin_at(n)`: the margin with n steps closed, not complete when it
    // cannot be said.
    CloseSearch(IsEnough is_enough, MarginAt margin_at)
        : is_enough_{std::move(is_enough)}, margin_at_{std::move(margin_at)} {}

    bool suffices(const AccountMargin& margin) const noexcept {
        return margin.complete && is_enough_(margin);
    }

    // Of 1 to `whole` steps the least that suffices; nothing when not even all of them do.
    std::optional<std::int64_t> least(std::int64_t whole) {
        if (!suffices(margin_at_(whole))) return std::nullopt;
        return least_within({.at = 0, .margin = margin_at_(0)}, whole).value_or(whole);
    }

private:
    struct Sample {
        std::int64_t at{};
        AccountMargin margin;
    };

    // The first after `from` and up to `to`, by the walk; nothing when it meets none.
    std::optional<std::int64_t> least_within(Sample from, std::int64_t to) {
        const std::int64_t part = std::max<std::int64_t>((to - from.at) / parts, 1);
        while (from.at < to) {
            const std::int64_t end = to - from.at < 2 * part ? to : from.at + part;
            const Sample next{.at = end, .margin = margin_at_(end)};
            const bool enough = suffices(next.margin);
            if (end - from.at > 1 && (enough || is_doubtful(from, next))) {
                const auto within = least_within(from, enough ? end : end - 1);
                if (within) return within;
            }
            if (enough) return end;
            from = next;
        }
        return std::nullopt;
    }

    bool is_doubtful(const Sample& from, const Sample& next) noexcept {
        AccountMargin best = next.margin;
        best.equity = std::max(from.margin.equity, next.margin.equity);
        best.owed = std::min(from.margin.owed, next.margin.owed);
        best.complete = from.margin.complete && next.margin.complete;
        if (!suffices(best) || doubtful_ == doubtful_max) return false;
        ++doubtful_;
        return true;
    }

    static constexpr std::int64_t parts = 16;
    static constexpr int doubtful_max = 64;

    IsEnough is_enough_;
    MarginAt margin_at_;
    int doubtful_{};
};

}  // namespace riskd
