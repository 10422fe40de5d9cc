// Progress of long work on standard error: one line that is renewed on a terminal, a line every few
// seconds elsewhere. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "riskd/runtime/journal_reader.hpp"

namespace riskd::verbs {

std::int64_t steady_ns() noexcept;
// Wall clock, nanoseconds since the epoch.
std::int64_t wall_ns() noexcept;

class Progress {
public:
    explicit Progress(std::int64_t plain_interval_ns = 5'000'000'000);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // True when it is time to say something; then call show().
    bool due() noexcept;
    void show(std::string_view text);
    // Leaves the terminal's line free for what follows.
    void clear();

private:
    bool terminal_{};
    bool shown_{};
    std::int64_t interval_ns_{};
    std::int64_t next_ns_{};
};

// Of a journal that is replayed, a line a second: events, how many a second, which part of the
// journal is done, and the time left if it goes on so.
class ReplayLine {
public:
    // After each record; the clock is looked at every few thousand.
    void look(const runtime::JournalProgress& progress);
    void clear() { line_.clear(); }
    // Leaves the line free, and says what a long replay took.
    void finish(const runtime::JournalProgress& progress);

private:
    Progress line_{1'000'000'000};
    std::int64_t began_ns_{steady_ns()};
};
// "1,234,567 events, 1,000,000 a second, 25 % done, 4 s left"
std::string replaying(const runtime::JournalProgress& progress, std::int64_t elapsed_ns);

// "1,234,567"
std::string grouped(std::uint64_t count);

}  // namespace riskd::verbs
