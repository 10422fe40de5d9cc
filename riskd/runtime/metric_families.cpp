#include "riskd/runtime/metric_families.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace riskd::runtime {
namespace {

constexpr std::size_t first_doubling = 8;  // buckets from 256 ns
constexpr std::size_t last_doubling = 34;  // to 17 s

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double resident_bytes() {
    std::ifstream file("/proc/self/statm");
    double pages = 0;
    double resident = 0;
    file >> pages >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double open_files() {
    std::error_code error;
    double count = 0;
    std::filesystem::directory_iterator at("/proc/self/fd", error);
    for (; !error && at != std::filesystem::directory_iterator{}; at.increment(error))
        ++count;
    return count - 1;  // without the directory itself
}

// Taken when the program's objects are made, before main.
const double process_started =
    static_cast<double>(std::chrono::system_clock::now().time_since_epoch() /
                        std::chrono::milliseconds(1)) /
    1e3;

}  // namespace

MetricFamilies& MetricFamilies::begin(std::string_view name, std::string_view help,
                                      prometheus::MetricType type) {
    prometheus::MetricFamily family;
    family.name = name;
    family.help = help;
    family.type = type;
    families_.push_back(std::move(family));
    return *this;
}

MetricFamilies& MetricFamilies::counter(std::string_view name, std::string_view help) {
    return begin(name, help, prometheus::MetricType::Counter);
}

MetricFamilies& MetricFamilies::gauge(std::string_view name, std::string_view help) {
    return begin(name, help, prometheus::MetricType::Gauge);
}

MetricFamilies& MetricFamilies::histogram(std::string_view name, std::string_view help) {
    return begin(name, help, prometheus::MetricType::Histogram);
}

MetricFamilies& MetricFamilies::sample(double value, LabelList labels) {
    prometheus::ClientMetric metric;
    for (const auto& [label, text] : labels) {
        metric.label.push_back({std::string(label), std::string(text)});
    }
    metric.counter.value = value;
    metric.gauge.value = value;
    families_.back().metric.push_back(std::move(metric));
    return *this;
}

MetricFamilies& MetricFamilies::sample(const LatencyHistogram& durations) {
    prometheus::ClientMetric metric;
    metric.histogram.sample_count = durations.count();
    metric.histogram.sample_sum = static_cast<double>(durations.sum_ns()) / 1e9;
    std::uint64_t seen = 0;
    std::size_t slot = 0;
    for (std::size_t doubling = first_doubling; doubling <= last_doubling; ++doubling) {
        for (const std::uint64_t half : {2ULL, 3ULL}) {
            const std::uint64_t bound = (half << doubling) / 2;
            for (; slot < LatencyHistogram::slots && LatencyHistogram::upper_ns(slot) <= bound;
                 ++slot) {
                seen += durations.counts()[slot];
            }
            metric.histogram.bucket.push_back({seen, static_cast<double>(bound) / 1e9});
        }
    }
    families_.back().metric.push_back(std::move(metric));
    return *this;
}

void add_process_metrics(MetricFamilies& families) {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    families.gauge("process_start_time_seconds", "when the process began").sample(process_started);
    families.counter("process_cpu_seconds_total", "processor time, all threads")
        .sample(seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
    families.gauge("process_resident_memory_bytes", "memory in use").sample(resident_bytes());
    families.gauge("process_open_fds", "open file descriptors").sample(open_files());
}

}  // namespace riskd::runtime
