#include "riskd/runtime/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>

namespace riskd::runtime {
namespace {

LogLevel parse_level(std::string_view level) {
    if (level == "debug") return LogLevel::debug;
    if (level == "warning") return LogLevel::warning;
    if (level == "error") return LogLevel::error;
    return LogLevel::info;
}

spdlog::level::level_enum level_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::info: return spdlog::level::info;
        case LogLevel::warning: return spdlog::level::warn;
        case LogLevel::error: return spdlog::level::err;
    }
    return spdlog::level::info;
}

}  // namespace

Log::Log(std::string_view level)
    : logger_(std::make_shared<spdlog::logger>("riskd",
                                               std::make_shared<spdlog::sinks::stderr_sink_mt>())),
      lowest_(parse_level(level)) {
    logger_->set_level(level_of(lowest_));
    logger_->set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %l %v", spdlog::pattern_time_type::utc);
    thread_ = std::thread([this] { run(); });
}

Log::~Log() {
    stopping_.store(true, std::memory_order_release);
    thread_.join();
}

void Log::from_core(LogLevel level, std::string_view line) noexcept {
    if (level < lowest_) return;
    const Line item{.level = level, .text = Text<248>(line.substr(0, 248))};
    if (!ring_.try_push(item)) ++lines_lost_;
}

void Log::write(LogLevel level, std::string_view line) {
    logger_->log(level_of(level), line);
}

void Log::run() {
    Line line;
    bool last_turn = false;
    while (true) {
        last_turn = stopping_.load(std::memory_order_acquire);
        while (ring_.try_pop(line))
            write(line.level, line.text.view());
        logger_->flush();
        if (last_turn) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

}  // namespace riskd::runtime
