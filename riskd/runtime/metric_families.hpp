// Building blocks of metrics.cpp: a list of Prometheus families that grows one sample at a time.
// One thread.
#pragma once

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "riskd/runtime/latency.hpp"

namespace riskd::runtime {

using LabelList = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class MetricFamilies {
public:
    // Begins a family; the samples that follow belong to it.
    MetricFamilies& counter(std::string_view name, std::string_view help);
    MetricFamilies& gauge(std::string_view name, std::string_view help);
    MetricFamilies& histogram(std::string_view name, std::string_view help);

    // REQUIRES: a family was begun; of a counter or gauge.
    MetricFamilies& sample(double value, LabelList labels = {});
    MetricFamilies& sample(std::uint64_t value, LabelList labels = {}) {
        return sample(static_cast<double>(value), labels);
    }
    // REQUIRES: the family is a histogram. In seconds, two buckets to a doubling.
    MetricFamilies& sample(const LatencyHistogram& durations);

    const std::vector<prometheus::MetricFamily>& all() const noexcept { return families_; }

private:
    MetricFamilies& begin(std::string_view name, std::string_view help,
                          prometheus::MetricType type);

    std::vector<prometheus::MetricFamily> families_;
};

// Of this process, from the system: start time, processor time, memory, open files.
void add_process_metrics(MetricFamilies& families);

}  // namespace riskd::runtime
