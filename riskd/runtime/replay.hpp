// A journal played into an engine: as it was recorded, without asking a rule, or asking the rules
// again to see what they would answer today. Before the core thread starts, or in a verb.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "riskd/core/engine.hpp"
#include "riskd/runtime/journal_reader.hpp"

namespace riskd::runtime {

struct ReplayResult {
    std::string fault;  // empty: it reached the end
    JournalEnd end;
    std::uint64_t records{};
};

// Called about a hundred times over a long replay.
using ReplayProgress = std::function<void(const JournalProgress&)>;

// Called after each record was applied.
using ReplayEach = std::function<void(const JournalRecord&)>;

// Opens the reader and applies every record as it was decided then.
// REQUIRES: the engine is new.
ReplayResult replay(JournalReader& reader, Engine& engine, const ReplayProgress& progress,
                    const ReplayEach& after = nullptr);

struct ReplayDifference {
    const JournalRecord& recorded;
    const Outcome& asked;
    std::size_t output;  // index of the first that differs; either may have fewer
};
using ReplayDifferences = std::function<void(const ReplayDifference&)>;

// The same, but the engine decides again; every event whose outputs differ is reported.
ReplayResult replay_asking(JournalReader& reader, Engine& engine, const ReplayProgress& progress,
                           const ReplayDifferences& differences, const ReplayEach& after = nullptr);

}  // namespace riskd::runtime
