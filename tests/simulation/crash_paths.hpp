// Prices of a crash, moment by moment: four that happened, from recorded candles (the low of each,
// then its close), and invented ones that are the same for a seed on every machine. Raw prices; a
// price and a quantity have five decimals between them, so a worth is whole quanta. Values.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace riskd::simulation {

struct Listing {
    std::string name;
    int price_decimals{};
    int quantity_decimals() const { return 5 - price_decimals; }
};

struct CrashPath {
    std::string fault;  // empty: well
    std::vector<Listing> listings;
    std::vector<std::vector<std::int64_t>> moments;  // a price of each listing
};

struct RecordedListing {
    std::string_view name;
    std::string_view file;
    int price_decimals{};
};
struct RecordedCrash {
    std::string_view name;
    std::int64_t from_ms{};
    std::int64_t to_ms{};    // not included
    std::int64_t step_ms{};  // candles are joined to ones of this length
    std::vector<RecordedListing> listings;
};
const std::vector<RecordedCrash>& recorded_crashes();
CrashPath read_crash(const std::filesystem::path& folder, const RecordedCrash& crash);

// Calm, then a fall of a quarter to a half with wicks, then some of it back.
CrashPath invent_crash(std::uint64_t seed, std::size_t moments);

}  // namespace riskd::simulation
