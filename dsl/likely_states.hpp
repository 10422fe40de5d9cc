// Made-up but likely states that rules are asked about: to warm them, and to measure them. Each is
// the same for the same numbers. Plain values; any thread.
#pragma once

#include <array>
#include <cstddef>

#include "riskd/core/rulebook.hpp"

namespace riskd::dsl {

inline constexpr unsigned likely_ways = 32;  // of orders: type, side, whether they reduce
inline constexpr std::size_t likely_most = 64;

// An order far from any limit, in one of `likely_ways`.
CheckQuestion likely_check();
CheckQuestion likely_check(unsigned way, int round);

// The ordinary comes first: small margined positions, positive balances, healthy accounts. `rare`
// mixes in everything else. `i` is below likely_most.
MarginQuestion likely_margin(std::size_t i, bool rare);
CollateralQuestion likely_collateral(std::size_t i, bool rare);
StageQuestion likely_stage(std::size_t i, bool rare);

// A book of a few positions, long and short, futures and options. What a question points to is the
// book's.
class LikelyBook {
public:
    LikelyBook();
    BookQuestion question(int round) const noexcept;

private:
    static constexpr std::size_t most = 12;
    static constexpr std::size_t few = 4;
    void fill_positions();
    void fill_around();

    std::array<PositionView, most> positions_{};
    std::array<BalanceView, few> balances_{};
    std::array<BookOrderView, few> orders_{};
    std::array<InstrumentId, most> instruments_{};
    std::array<AssetId, few> assets_{};
};

}  // namespace riskd::dsl
