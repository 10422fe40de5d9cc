// Lines for people, on standard error. The core thread leaves a line in a ring and never waits: a
// line that finds the ring full is counted and dropped. A thread of the log's own writes them.
// Other threads write directly.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>

#include "riskd/core/text.hpp"
#include "riskd/runtime/spsc_ring.hpp"

namespace spdlog {
class logger;
}

namespace riskd::runtime {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

class Log {
public:
    // `level` as in log.level: debug, info, warning or error.
    explicit Log(std::string_view level);
    ~Log();  // writes what is left
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    // Core thread only. Longer lines are cut.
    void from_core(LogLevel level, std::string_view line) noexcept;
    // Any thread but the core thread.
    void write(LogLevel level, std::string_view line);

    std::uint64_t lines_lost() const noexcept { return lines_lost_; }

private:
    struct Line {
        LogLevel level{};
        Text<248> text;
    };
    void run();

    std::shared_ptr<spdlog::logger> logger_;
    LogLevel lowest_{};
    SpscRing<Line, 1024> ring_;
    std::uint64_t lines_lost_{};  // core thread
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace riskd::runtime
