// UTC in nanoseconds that never runs backwards, not even across restarts: it begins at the time of
// the last journalled event and holds still while the machine's clock is behind it. One clock
// stamps all events of an engine. Core thread only.
#pragma once

#include <algorithm>
#include <ctime>

#include "riskd/core/units.hpp"

namespace riskd::runtime {

inline Timestamp machine_time() noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return Timestamp{now.tv_sec * 1'000'000'000 + now.tv_nsec};
}

class Clock {
public:
    using Source = Timestamp (*)() noexcept;
    explicit Clock(Source source = machine_time) noexcept : source_(source) {}

    // Never gives a time before this one.
    void not_before(Timestamp time) noexcept { last_ = std::max(last_, time); }
    Timestamp now() noexcept {
        last_ = std::max(last_, source_());
        return last_;
    }
    Timestamp last() const noexcept { return last_; }

private:
    Source source_;
    Timestamp last_;
};

}  // namespace riskd::runtime
