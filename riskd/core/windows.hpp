// Windows of history that rules declared: calendar windows remember a measure as it stood when the
// period began, rolling windows count in sixteen parts of their span (so a part is forgotten at
// most one sixteenth of the span late). Kept by the engine from events alone; a replay sees the
// same. Core thread only.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "riskd/core/ledger.hpp"
#include "riskd/core/rulebook.hpp"

namespace riskd {

class WindowBook {
public:
    // From `now` on these windows are kept; those kept before go on. Of accounts nothing is touched
    // here: each follows when it is looked at next.
    void activate(std::span<const WindowSpec> specs, const Ledger& ledger, Timestamp now);

    std::span<const WindowSpec> specs() const noexcept { return specs_; }

    // Before any event changes anything: remembers the prices at which calendar periods ended.
    void pass_time(const Ledger& ledger, Timestamp now);
    // Before the first change of an account in a period: stores its measure at the period's start.
    void roll(Ledger& ledger, AccountId account, Timestamp now);
    void count(Ledger& ledger, AccountId account, WindowMeasure measure, std::int64_t amount,
               Timestamp now);

    // What a rule sees, in the order of specs(). `net_pnl` is the account's now.
    void view(const Ledger& ledger, const Account& account, Money net_pnl, Timestamp now,
              std::span<WindowView> views) const noexcept;

private:
    static constexpr std::size_t is_new = windows_max;
    // Of each window, which one it was in the list before; or is_new.
    using Origins = std::array<std::size_t, windows_max>;

    std::size_t origin_of(std::size_t window, std::uint32_t list) const noexcept;
    void follow(Ledger& ledger, AccountId account) const;

    struct PeriodStart {
        std::int64_t period{-1};
        std::vector<Price> marks;  // by instrument, when the period began
    };

    std::vector<WindowSpec> specs_;
    std::vector<Origins> lists_;       // of each list of windows there has been
    std::vector<PeriodStart> starts_;  // by window; empty marks for rolling windows
};

}  // namespace riskd
