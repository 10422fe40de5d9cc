#include "riskd/core/deleverage_queue.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace riskd {

std::size_t DeleverageQueue::step_of(std::int64_t score) noexcept {
    const auto size = static_cast<std::uint64_t>(score < 0 ? -score : score);
    if (size >> smallest == 0) return magnitudes;
    const int high = 63 - std::countl_zero(size);
    const std::uint64_t quarter = (size >> (high - 2)) & 3;
    const std::size_t within = static_cast<std::size_t>(high - smallest) * 4 + quarter;
    const std::size_t step = std::min(within, magnitudes - 1) + 1;
    return score > 0 ? magnitudes + step : magnitudes - step;
}

void DeleverageQueue::count(const Entry& entry) {
    const std::size_t at = index_of(entry);
    if (sides_.size() <= at) sides_.resize(at + 1);
    ++sides_[at][step_of(entry.score)];
}

std::uint64_t DeleverageQueue::positions(InstrumentId instrument, bool is_long) const noexcept {
    const std::size_t at = index_of({.instrument = instrument, .is_long = is_long});
    if (at >= sides_.size()) return 0;
    return std::accumulate(sides_[at].begin(), sides_[at].end(), std::uint64_t{0});
}

QueuePlace DeleverageQueue::place(const Entry& entry) const noexcept {
    QueuePlace found{.rank = 1};
    const std::size_t at = index_of(entry);
    if (at < sides_.size()) {
        const std::size_t own = step_of(entry.score);
        for (std::size_t step = 0; step < steps; ++step) {
            found.of += sides_[at][step];
            if (step > own) found.rank += sides_[at][step];
        }
    }
    found.of = std::max(found.of, found.rank);
    found.lights = 5 - static_cast<std::uint32_t>((found.rank - 1) * 5 / found.of);
    return found;
}

}  // namespace riskd
