// How little has to be closed. A requirement is a black box that need not fall with every lot, so
// the way from nothing to everything is not halved: it is walked from below, in 16 parts, and
// within the first part at whose end it suffices the place is guessed from what is lacking at both
// ends, and guessed again between the nearest two that were asked about. Pure; any thread.
//
// The answer suffices. It is the least that does wherever closing more raises neither the
// requirement nor the equity: a part between two ends that do not suffice is passed over only when
// the equity at its beginning would not suffice for the requirement at its end, and walked as well
// when it would. 64 such parts are; beyond that, and where a requirement falls and rises again
// within a part, something less that suffices may be missed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "riskd/core/margin.hpp"

namespace riskd {

// What suffices: a margin_ratio below this.
struct Inside {
    double exit_ratio{};
    bool operator()(const AccountMargin& margin) const noexcept {
        return margin_ratio(margin) < exit_ratio;
    }
    // How much more is needed than there is.
    double lacking(const AccountMargin& margin) const noexcept {
        const auto number = [](Money amount) { return static_cast<double>(amount.raw); };
        return number(margin.maintenance_margin) + number(margin.owed) -
               exit_ratio * (number(margin.equity) + number(margin.owed));
    }
};

template <typename IsEnough, typename MarginAt>
class CloseSearch {
public:
    // `is_enough(margin)`, which may say what is lacking too; `margin_at(n)`: the margin with n
    // steps closed, not complete when it cannot be said.
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
            if (suffices(next.margin)) return least_between(from, next);
            if (const auto within = look_again(from, next)) return within;
            from = next;
        }
        return std::nullopt;
    }

    // Of two ends that do not suffice: whether something between them does.
    std::optional<std::int64_t> look_again(const Sample& from, const Sample& next) {
        if (next.at - from.at < 2 || !is_doubtful(from, next)) return std::nullopt;
        return least_within(from, next.at - 1);
    }

    // `low` does not suffice and `high` does. Now a little below the guess, now a little above, now
    // half way: so both ends come near it.
    std::int64_t least_between(Sample low, Sample high) {
        for (int turn = 0; high.at - low.at > 1; turn = (turn + 1) % 3) {
            const std::int64_t span = high.at - low.at;
            const std::int64_t aside = std::max<std::int64_t>(span / 1'024, 1);
            const double share = lacking(low.margin) / (lacking(low.margin) - lacking(high.margin));
            const auto guess =
                low.at + static_cast<std::int64_t>(static_cast<double>(span) * share_within(share));
            const std::int64_t wanted = turn == 0   ? guess - aside
                                        : turn == 1 ? guess + aside
                                                    : low.at + span / 2;
            const std::int64_t at = std::clamp(wanted, low.at + 1, high.at - 1);
            const Sample next{.at = at, .margin = margin_at_(at)};
            if (suffices(next.margin)) {
                high = next;
                continue;
            }
            if (const auto within = look_again(low, next)) return *within;
            low = next;
        }
        return high.at;
    }

    static double share_within(double share) noexcept {
        return share > 0 && share < 1 ? share : 0.5;  // not a number is neither
    }

    // Not a number where that is not known.
    double lacking(const AccountMargin& margin) const noexcept {
        if constexpr (requires { is_enough_.lacking(margin); }) {
            if (margin.complete) return is_enough_.lacking(margin);
        }
        return std::numeric_limits<double>::quiet_NaN();
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
