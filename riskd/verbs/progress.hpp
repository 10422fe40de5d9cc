// Progress of long work on standard error: one line that is renewed on a terminal, a line every few
// seconds elsewhere. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace riskd::verbs {

std::int64_t steady_ns() noexcept;
// Wall clock, nanoseconds since the epoch.
std::int64_t wall_ns() noexcept;

class Progress {
public:
    Progress();
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
    std::int64_t next_ns_{};
};

// "1,234,567"
std::string grouped(std::uint64_t count);

}  // namespace riskd::verbs
