#include "riskd/verbs/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace riskd::verbs {

namespace {

constexpr std::int64_t terminal_interval_ns = 200'000'000;
constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::uint64_t records_between = 4'096;  // looks at the clock

}  // namespace

std::int64_t steady_ns() noexcept {
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

std::int64_t wall_ns() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

Progress::Progress(std::int64_t plain_interval_ns)
    : terminal_(::isatty(STDERR_FILENO) == 1),
      interval_ns_(terminal_ ? terminal_interval_ns : plain_interval_ns),
      next_ns_(steady_ns() + interval_ns_) {}

Progress::~Progress() {
    clear();
}

bool Progress::due() noexcept {
    const std::int64_t now = steady_ns();
    if (now < next_ns_) return false;
    next_ns_ = now + interval_ns_;
    return true;
}

void Progress::show(std::string_view text) {
    const int size = static_cast<int>(text.size());
    if (terminal_) {
        std::fprintf(stderr, "\r\x1b[K%.*s", size, text.data());
        shown_ = true;
    } else {
        std::fprintf(stderr, "%.*s\n", size, text.data());
    }
    std::fflush(stderr);
}

void Progress::clear() {
    if (shown_) std::fprintf(stderr, "\r\x1b[K");
    shown_ = false;
}

std::string replaying(const runtime::JournalProgress& progress, std::int64_t elapsed_ns) {
    const double seconds = static_cast<double>(std::max<std::int64_t>(elapsed_ns, 1)) / 1e9;
    const double whole = static_cast<double>(std::max<std::uint64_t>(progress.bytes_total, 1));
    const double done = static_cast<double>(progress.bytes_read) / whole;
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(progress.records) / seconds);
    std::string text = grouped(progress.records) + " events, " + grouped(rate) + " a second, " +
                       std::to_string(static_cast<int>(done * 100)) + " % done";
    if (done <= 0) return text;
    const auto left = static_cast<std::uint64_t>(seconds * (1 - done) / done + 0.5);
    return text + ", " + grouped(left) + " s left";
}

void ReplayLine::look(const runtime::JournalProgress& progress) {
    if (progress.records % records_between != 0 || !line_.due()) return;
    line_.show(replaying(progress, steady_ns() - began_ns_));
}

void ReplayLine::finish(const runtime::JournalProgress& progress) {
    line_.clear();
    const std::int64_t took = steady_ns() - began_ns_;
    if (took < second_ns) return;
    const double seconds = static_cast<double>(took) / 1e9;
    std::fprintf(
        stderr, "%s events in %.1f s, %s a second\n", grouped(progress.records).c_str(), seconds,
        grouped(static_cast<std::uint64_t>(static_cast<double>(progress.records) / seconds))
            .c_str());
}

std::string grouped(std::uint64_t count) {
    const std::string figures = std::to_string(count);
    std::string text;
    for (std::size_t i = 0; i < figures.size(); ++i) {
        if (i > 0 && (figures.size() - i) % 3 == 0) text += ',';
        text += figures[i];
    }
    return text;
}

}  // namespace riskd::verbs
