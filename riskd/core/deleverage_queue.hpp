// Each position's place in the queue of auto-deleveraging, for its client to see: from a count of
// positions by score, instrument and side, made in a pass over all accounts, so a question costs
// nothing but the counts. Scores are counted in steps of a fifth to a quarter of themselves: who is
// in the same step counts as behind. Who is deleveraged is never decided by it. Core thread only.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "riskd/core/ids.hpp"
#include "riskd/core/units.hpp"

namespace riskd {

// rank: 1 is next. lights as venues show them: 5 is the first fifth of the queue, 1 the last.
struct QueuePlace {
    std::uint64_t rank{};
    std::uint64_t of{};
    std::uint32_t lights{};
    friend bool operator==(const QueuePlace&, const QueuePlace&) = default;
};

class DeleverageQueue {
public:
    void clear() noexcept { sides_.clear(); }
    // Of one position that is open; a score as of adl_score().
    struct Entry {
        InstrumentId instrument{no_instrument};
        bool is_long{};
        std::int64_t score{};
    };
    void count(const Entry& entry);
    // How many were counted on one side of an instrument.
    std::uint64_t positions(InstrumentId instrument, bool is_long) const noexcept;
    // Of a position that was counted, or came since.
    QueuePlace place(const Entry& entry) const noexcept;

private:
    // Steps up: losses by falling size, none, profits by rising size; four to a doubling, from a
    // millionth to four thousand.
    static constexpr int doublings = 32;
    static constexpr int smallest = 10;  // 2^10 in 1e-9
    static constexpr std::size_t magnitudes = doublings * 4;
    static constexpr std::size_t steps = 2 * magnitudes + 1;
    using Side = std::array<std::uint32_t, steps>;
    static std::size_t step_of(std::int64_t score) noexcept;
    static std::size_t index_of(const Entry& entry) noexcept {
        return 2 * index(entry.instrument) + (entry.is_long ? 1 : 0);
    }

    std::vector<Side> sides_;
};

}  // namespace riskd
