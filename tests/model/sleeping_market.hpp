// Events for those who sleep: what random events make of a small world, and between them many
// prices that walk, jump and come back, for every kind of contract. Seeded; one thread.
#pragma once

#include "riskd/core/engine.hpp"
#include "tests/model/random_events.hpp"

namespace riskd::model {

class SleepingMarket {
public:
    SleepingMarket(std::uint64_t seed, const Rulebook& rules, bool extreme);

    // The next event, without a sequence; `engine` is where it goes next.
    Event next(const Engine& engine);
    void observe(const Event& event, const Outcome& outcome) { events_.observe(event, outcome); }

private:
    EventBody price(const Ledger& ledger);
    bool keeps_awake(InstrumentId instrument, const Ledger& ledger) const;

    RandomSource random_;
    RandomEvents events_;
    Timestamp time_;
    std::int64_t roughness_{};  // of this market, in millionths of a price
    bool awake_too_{};          // it also has what nobody can sleep with
};

}  // namespace riskd::model
