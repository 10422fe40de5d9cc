#include "riskd/verbs/latency.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace riskd::verbs {

void LatencyRecorder::add(const LatencyRecorder& other) noexcept {
    for (std::size_t i = 0; i < buckets_.size(); ++i)
        buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
}

std::uint64_t LatencyRecorder::percentile(double share) const noexcept {
    if (count_ == 0) return 0;
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        seen += buckets_[i];
        if (seen >= wanted && seen > 0) return std::min(upper_end(i), max_);
    }
    return max_;
}

std::string LatencyRecorder::text() const {
    const auto us = [](std::uint64_t ns) { return static_cast<double>(ns) / 1'000.0; };
    char text[160];
    std::snprintf(text, sizeof text, "p50 %.1f  p99 %.1f  p99.9 %.1f  max %.1f us",
                  us(percentile(0.5)), us(percentile(0.99)), us(percentile(0.999)), us(max_));
    return text;
}

}  // namespace riskd::verbs
