// Margin rules are held to what they say of themselves (rulebook.hpp): while nothing but prices
// changes, what a rule asks for a position moves by at most slope_max of what the notional moves,
// and with it by no less than slope_min. Each evaluation is compared with the one before; who
// sleeps does so on that claim (margin_reach.hpp). Core thread; BrokenClaims are state.
// Example: slope_max 0.5, 1,000 asked of 20,000; at 20,100 from 950 to 1,050 is within the claim,
// and with a slope_min of 0 from 1,000 to 1,050.
#pragma once

#include <cstdint>
#include <vector>

#include "riskd/core/account.hpp"
#include "riskd/core/figure_moves.hpp"
#include "riskd/core/text.hpp"

namespace riskd {

// In rate_decimals.
struct SlopeClaim {
    std::int64_t max{};
    std::int64_t min{};  // zero or below
};

struct PositionAsked {
    std::uint32_t slot{};  // of Account::positions
    AskedMargin margin;
};

// Whether both can be answers of a rule that keeps its claim, roundings allowed for.
// REQUIRES: the same terms.
bool is_within(const AskedMargin& before, const AskedMargin& now, SlopeClaim claim) noexcept;

// "1000 of 20000, then 9000 of 20100", cut where it is too long.
Text<64> describe_points(const AskedMargin& before, const AskedMargin& now, int decimals) noexcept;

// Accounts whose margin rule was seen to break its claim, until the rules change. They stay awake.
class BrokenClaims {
public:
    bool contains(AccountId account) const noexcept {
        return index(account) < broken_.size() && broken_[index(account)];
    }
    void add(AccountId account);
    void clear() noexcept { broken_.clear(); }
    // Zero when there are none.
    std::uint64_t digest() const noexcept;

private:
    std::vector<bool> broken_;  // by account
};

}  // namespace riskd
