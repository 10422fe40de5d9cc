// What riskd says of liquidations, read from its output stream, in a form that can be compared with
// what must be said: the account, its episode, stage and margin, the mark prices used and the legs
// to close. Test thread only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/integration/raw_nats.hpp"

namespace riskd::tests {

struct Trigger {
    std::uint64_t sequence{};
    std::string account;
    std::uint64_t episode{};
    std::string before;  // as on the wire: `closed` is healthy
    std::string stage;
    std::string figures;  // margin, prices and legs in one line
    friend bool operator==(const Trigger&, const Trigger&) = default;
};
std::string text(const Trigger& trigger);

struct SaidTriggers {
    std::string fault;  // a message that cannot be read; empty: well
    std::vector<Trigger> triggers;
    std::size_t outputs{};  // of every kind
};

// All that the output stream holds, in its order; waits until there are so many `outputs` in it.
SaidTriggers read_triggers(int nats_port, std::size_t outputs, int timeout_ms);

// What differs, at most a few lines.
std::string differences(const std::vector<Trigger>& said, const std::vector<Trigger>& due);

// Each account's triggers must follow from one another: a stage is entered once, from the stage
// before it; episodes count from one and close before the next opens. What does not, one line each.
std::string contradictions(const std::vector<Trigger>& triggers);

}  // namespace riskd::tests
