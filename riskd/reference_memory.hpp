// Which definitions of the configuration are already in the journal, so that a start applies only
// what was edited since. What the stream changed afterwards stays until the files say something
// new; a status that an operator made stricter is never loosened. Before the core thread's loop
// starts.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/settings.hpp"
#include "riskd/core/event.hpp"
#include "riskd/core/ledger.hpp"

namespace riskd::verbs {

class ReferenceMemory {
public:
    // Every event of the replay, in order.
    void learn(const Event& event);

    // Definitions of the settings that the journal does not have yet: assets, instruments, groups,
    // accounts, each in the order written. `ledger` is the replayed one.
    std::vector<EventBody> missing(const config::ReferenceSettings& settings,
                                   const Ledger& ledger) const;

private:
    template <typename Definition>
    void add_missing(const std::vector<Definition>& definitions, const Ledger& ledger,
                     std::vector<EventBody>& bodies) const;

    std::unordered_map<std::string, std::uint64_t>
        prints_;  // kind and name, print of the terms without status
};

}  // namespace riskd::verbs
