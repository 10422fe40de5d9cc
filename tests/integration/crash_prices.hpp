// The prices of a crash, one set of the perpetuals a moment: the recorded minutes of 19 May 2021
// (four moments a candle: open, low and high, close), or a seeded walk. Values; any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/integration/crash_market.hpp"

namespace riskd::tests {

struct RecordedPath {
    std::string fault;  // empty: well
    std::vector<CrashPrices> path;
};
// Minutes of that day, of UTC: from 12 * 60 + 30 is from half past twelve; `to` is not included.
struct MinutesOfDay {
    int from{};
    int to{};
};
RecordedPath read_recorded_crash(const std::filesystem::path& folder, MinutesOfDay minutes);

// Calm, then a fall of about a third with wicks, then half of it back.
std::vector<CrashPrices> invent_crash(std::uint64_t seed, std::size_t moments);

}  // namespace riskd::tests
