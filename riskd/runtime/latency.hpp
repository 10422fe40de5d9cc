// A log-linear histogram of durations: eight parts to each doubling, so a figure is right within an
// eighth; and a clock for intervals. Plain integers, one writer; copied whole to be read elsewhere.
// Recording is a few instructions, no allocation.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <ctime>

namespace riskd::runtime {

class LatencyHistogram {
public:
    static constexpr std::size_t parts = 8;
    static constexpr std::size_t doublings = 40;  // to about eighteen minutes
    static constexpr std::size_t slots = parts * doublings;

    // Which slot a duration falls into: below 8 ns each has its own, then eight to a doubling.
    static constexpr std::size_t slot_of(std::uint64_t ns) noexcept {
        if (ns < parts) return static_cast<std::size_t>(ns);
        const auto octave = static_cast<std::size_t>(std::bit_width(ns)) - 4;
        const std::size_t slot = (octave + 1) * parts + ((ns >> octave) & (parts - 1));
        return slot < slots ? slot : slots - 1;
    }
    // The first duration past the slot.
    static constexpr std::uint64_t upper_ns(std::size_t slot) noexcept {
        if (slot < parts) return slot + 1;
        const std::size_t octave = slot / parts - 1;
        return static_cast<std::uint64_t>(slot % parts + parts + 1) << octave;
    }

    void record(std::int64_t ns) noexcept {
        const std::uint64_t value = ns < 0 ? 0 : static_cast<std::uint64_t>(ns);
        ++counts_[slot_of(value)];
        ++count_;
        sum_ns_ += value;
        if (value > max_ns_) max_ns_ = value;
    }

    std::uint64_t count() const noexcept { return count_; }
    std::uint64_t sum_ns() const noexcept { return sum_ns_; }
    std::uint64_t max_ns() const noexcept { return max_ns_; }
    const std::array<std::uint64_t, slots>& counts() const noexcept { return counts_; }

    // The duration that `share` (0.99) of all are below or at, as the upper end of its slot.
    std::uint64_t percentile_ns(double share) const noexcept {
        const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
        std::uint64_t seen = 0;
        for (std::size_t slot = 0; slot < slots; ++slot) {
            seen += counts_[slot];
            if (seen > wanted || seen == count_) return upper_ns(slot) - 1;
        }
        return 0;
    }

private:
    std::array<std::uint64_t, slots> counts_{};
    std::uint64_t count_{};
    std::uint64_t sum_ns_{};
    std::uint64_t max_ns_{};
};
static_assert(LatencyHistogram::slot_of(7) == 7 && LatencyHistogram::slot_of(8) == 8);
static_assert(LatencyHistogram::slot_of(15) == 15 && LatencyHistogram::slot_of(16) == 16);
static_assert(LatencyHistogram::upper_ns(LatencyHistogram::slot_of(1024) - 1) == 1024);

// For intervals only; it says nothing about the time of day.
inline std::int64_t interval_clock_ns() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

}  // namespace riskd::runtime
