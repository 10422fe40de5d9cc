// One pass after another over the accounts for the queue of auto-deleveraging, in slices small
// enough for a duty cycle. Accounts are judged anew at the marks of the moment: quiet ones may
// not have been for long. The queue of the last whole pass stands until the next. Core thread only.
#pragma once

#include <cstdint>

#include "riskd/core/deleverage_queue.hpp"
#include "riskd/core/engine.hpp"

namespace riskd::runtime {

class QueueScan {
public:
    // Looks at `budget` accounts more; one with open positions counts as some. True when a pass
    // ended; then queue() is new.
    bool step(Engine& engine, Timestamp now, std::uint32_t budget);
    const DeleverageQueue& queue() const noexcept { return whole_; }
    Timestamp as_of() const noexcept { return as_of_; }  // zero: there was no pass yet

private:
    void count(Engine& engine, const Account& account, Timestamp now);

    std::uint32_t account_{};
    DeleverageQueue pass_;   // being filled
    DeleverageQueue whole_;  // of the last whole pass
    Timestamp as_of_;
};

}  // namespace riskd::runtime
