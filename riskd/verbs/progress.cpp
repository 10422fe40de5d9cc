#include "riskd/verbs/progress.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace riskd::verbs {

namespace {

constexpr std::int64_t terminal_interval_ns = 200'000'000;
constexpr std::int64_t plain_interval_ns = 5'000'000'000;

}  // namespace

std::int64_t steady_ns() noexcept {
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

std::int64_t wall_ns() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

Progress::Progress() : terminal_(::isatty(STDERR_FILENO) == 1) {
    next_ns_ = steady_ns() + (terminal_ ? terminal_interval_ns : plain_interval_ns);
}

Progress::~Progress() {
    clear();
}

bool Progress::due() noexcept {
    const std::int64_t now = steady_ns();
    if (now < next_ns_) return false;
    next_ns_ = now + (terminal_ ? terminal_interval_ns : plain_interval_ns);
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
