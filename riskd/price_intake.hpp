// Prices between their arrival and their turn: the newest per instrument, merged field by field, so
// that a burst costs one event each. Conflated before sequencing, never after. Core thread only.
#pragma once

#include <cstdint>
#include <vector>

#include "riskd/core/event.hpp"

namespace riskd::verbs {

class PriceIntake {
public:
    // REQUIRES: the instrument is known.
    void take(const PriceUpdate& update);

    bool empty() const noexcept { return changed_.empty(); }
    std::size_t size() const noexcept { return changed_.size(); }
    // Hands out each changed instrument once, in order of first arrival, and forgets it.
    template <typename Apply>
    void drain(Apply apply) {
        for (const InstrumentId id : changed_) {
            waiting_[index(id)] = false;
            apply(newest_[index(id)]);
        }
        changed_.clear();
    }
    std::uint64_t conflated() const noexcept { return conflated_; }

private:
    std::vector<PriceUpdate> newest_;  // by instrument
    std::vector<bool> waiting_;
    std::vector<InstrumentId> changed_;
    std::uint64_t conflated_{};
};

}  // namespace riskd::verbs
