// Latencies counted in buckets of 1.6 % width, so that percentiles of any number of samples cost
// nothing to keep. One thread.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>

namespace riskd::verbs {

class LatencyRecorder {
public:
    void record(std::int64_t ns) noexcept {
        const auto value = static_cast<std::uint64_t>(ns < 0 ? 0 : ns);
        ++buckets_[bucket_of(value)];
        ++count_;
        if (value > max_) max_ = value;
    }
    void add(const LatencyRecorder& other) noexcept;

    std::uint64_t count() const noexcept { return count_; }
    std::uint64_t max() const noexcept { return max_; }
    // The smallest value that `share` (0 to 1) of the samples do not exceed, to bucket width.
    std::uint64_t percentile(double share) const noexcept;
    // "p50 12.3  p99 45.6  p99.9 78.9  max 99.9 us"
    std::string text() const;

private:
    static constexpr unsigned fine_bits = 6;
    static constexpr std::size_t bucket_count = (64 - fine_bits + 1) << fine_bits;

    static constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
        if (value < (1U << fine_bits)) return value;
        const auto exponent = static_cast<unsigned>(std::bit_width(value)) - 1 - fine_bits;
        return ((exponent + 1) << fine_bits) + ((value >> exponent) - (1U << fine_bits));
    }
    static constexpr std::uint64_t upper_end(std::size_t bucket) noexcept {
        if (bucket < (1U << fine_bits)) return bucket;
        const std::size_t exponent = (bucket >> fine_bits) - 1;
        const std::uint64_t fine = (bucket & ((1U << fine_bits) - 1)) + (1U << fine_bits) + 1;
        return (fine << exponent) - 1;
    }

    std::array<std::uint64_t, bucket_count> buckets_{};
    std::uint64_t count_{};
    std::uint64_t max_{};
};

}  // namespace riskd::verbs
