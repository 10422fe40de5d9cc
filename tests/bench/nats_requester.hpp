// The asking side of request/reply benchmarks: a hand-written client, a fixed number of requests in
// flight, latencies from send to answer. Shared by the bare echo and by riskd's own figures, so
// that both stand on the same floor. One thread.
#pragma once

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "tests/integration/raw_nats.hpp"

namespace riskd::bench {

struct Percentiles {
    std::size_t count{};
    double p50_us{};
    double p99_us{};
    double p999_us{};
    double max_us{};
    double per_second{};
};

inline Percentiles percentiles(std::vector<std::int64_t>& latencies_ns, double seconds) {
    Percentiles result;
    result.count = latencies_ns.size();
    if (latencies_ns.empty()) return result;
    std::sort(latencies_ns.begin(), latencies_ns.end());
    const auto at = [&](double fraction) {
        const auto index =
            static_cast<std::size_t>(fraction * static_cast<double>(latencies_ns.size() - 1));
        return static_cast<double>(latencies_ns[index]) / 1e3;
    };
    result.p50_us = at(0.5);
    result.p99_us = at(0.99);
    result.p999_us = at(0.999);
    result.max_us = at(1.0);
    result.per_second = static_cast<double>(latencies_ns.size()) / seconds;
    return result;
}

inline std::int64_t clock_ns() {
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

// All of the calling process, and what it starts from here on, on one CPU.
inline bool pin_to_cpu(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(cpu), &set);
    return ::sched_setaffinity(0, sizeof set, &set) == 0;
}

struct Load {
    std::string subject{"risk.check.A1"};
    std::string payload{std::string(128, 'x')};
    std::size_t in_flight{1};
    std::size_t requests{10'000};
    std::size_t warm_up{1'000};
};

// Answers come in the order of the questions, as one responder gives them. An empty result: the
// connection broke or an answer took longer than five seconds.
inline Percentiles measure(int port, const Load& load) {
    tests::RawNats client(port);
    client.subscribe("bench.answer");
    if (!client.ping()) return {};
    std::vector<std::int64_t> sent_ns(load.in_flight);
    std::vector<std::int64_t> latencies_ns;
    const std::size_t all = load.warm_up + load.requests;
    latencies_ns.reserve(load.requests);
    std::size_t sent = 0;
    std::size_t answered = 0;
    std::int64_t start_ns = clock_ns();
    tests::RawMessage answer;
    while (answered < all) {
        while (sent < all && sent - answered < load.in_flight) {
            sent_ns[sent++ % load.in_flight] = clock_ns();
            client.publish(load.subject, load.payload, "bench.answer");
        }
        if (!client.next(answer)) return {};
        if (answered == load.warm_up) start_ns = clock_ns();
        const std::int64_t took_ns = clock_ns() - sent_ns[answered % load.in_flight];
        if (answered >= load.warm_up) latencies_ns.push_back(took_ns);
        ++answered;
    }
    return percentiles(latencies_ns, static_cast<double>(clock_ns() - start_ns) / 1e9);
}

inline void print_heading() {
    std::printf("%-24s %9s %9s %9s %9s %9s %11s\n", "responder", "in flight", "p50 us", "p99 us",
                "p99.9 us", "max us", "answers/s");
}

inline void print_line(std::string_view name, std::size_t in_flight, const Percentiles& figures) {
    std::printf("%-24.*s %9zu %9.1f %9.1f %9.1f %9.1f %11.0f\n", static_cast<int>(name.size()),
                name.data(), in_flight, figures.p50_us, figures.p99_us, figures.p999_us,
                figures.max_us, figures.per_second);
    std::fflush(stdout);
}

}  // namespace riskd::bench
