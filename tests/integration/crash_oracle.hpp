// What must be said: the slow reference engine over the events of riskd's journal, in the order
// that riskd gave them, without what riskd made of them. An account is judged when something
// happens to it, or to the price of something it holds. Accounts do not touch each other, so the
// halves of them are worked out on two threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "riskd/core/event.hpp"
#include "tests/integration/crash_market.hpp"
#include "tests/integration/crash_triggers.hpp"

namespace riskd::tests {

struct JournalledCrash {
    std::string fault;  // of the journal, or an event or output that has no business in it
    std::vector<Event> events;
    std::size_t outputs{};  // that riskd recorded
    std::size_t fills{};
    std::size_t deposits{};
    std::size_t accounts{};
    // Raw marks in the order they were applied, by listing.
    std::array<std::vector<std::int64_t>, crash_listings.size()> marks;
};
JournalledCrash read_journalled_crash(const std::string& directory);

struct DueTriggers {
    std::string fault;  // an output that has no business here
    std::vector<Trigger> triggers;
    std::uint64_t judgements{};
};
DueTriggers work_out_triggers(const std::vector<Event>& events);

}  // namespace riskd::tests
