// Which definitions of the configuration are already in the journal, so that a start applies only
// what was edited since. What the stream or an operator changed afterwards stays as it is until the
// file says something new. Before the core thread's loop starts.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/settings.hpp"
#include "riskd/core/event.hpp"

namespace riskd::verbs {

class ReferenceMemory {
public:
    // Every event of the replay, in order.
    void learn(const Event& event);

    // Definitions of the settings that the journal does not have yet: assets, instruments, groups,
    // accounts, each in the order written.
    std::vector<EventBody> missing(const config::ReferenceSettings& settings) const;

private:
    template <typename Definition>
    void add_missing(const std::vector<Definition>& definitions,
                     std::vector<EventBody>& bodies) const;

    std::unordered_map<std::string, std::uint64_t> prints_;  // kind and name, print of the terms
};

}  // namespace riskd::verbs
