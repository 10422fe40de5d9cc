// Marks as they were recorded, one candle four moments (open, then low and high in the order that
// fits its direction, close); prices are raw, of so many decimals. Values; test thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace riskd::tests {

struct RecordedSpan {
    std::filesystem::path file;  // a .csv.gz of open_time_ms,open,high,low,close,volume
    std::int64_t from_ms{};
    std::int64_t to_ms{};  // not included
    int decimals{};
};
struct RecordedMarks {
    std::string fault;  // empty: well
    std::vector<std::int64_t> marks;
};
RecordedMarks read_marks(const RecordedSpan& span);

}  // namespace riskd::tests
