#include "tests/integration/recorded_marks.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "riskd/core/decimal.hpp"

namespace riskd::tests {

RecordedMarks read_marks(const RecordedSpan& span) {
    RecordedMarks read;
    const std::string name = span.file.filename().string();
    gzFile opened = gzopen(span.file.c_str(), "rb");
    if (opened == nullptr) return {.fault = name + " cannot be opened", .marks = {}};
    char buffer[512];
    while (read.fault.empty() && gzgets(opened, buffer, sizeof buffer) != nullptr) {
        const std::int64_t opens = std::atoll(buffer);
        if (opens < span.from_ms || opens >= span.to_ms) continue;
        std::string_view line{buffer};
        std::array<std::int64_t, 4> figures{};
        for (std::int64_t& figure : figures) {
            line.remove_prefix(std::min(line.find(','), line.size() - 1) + 1);
            const DecimalRead made = parse_decimal(line.substr(0, line.find(',')), span.decimals);
            figure = made.raw;
            if (made.fault != DecimalFault::none || made.raw <= 0) {
                read.fault = name + " has a line of its own kind: " + buffer;
            }
        }
        const auto [open, high, low, close] = figures;
        const bool rises = close >= open;
        for (const std::int64_t mark : {open, rises ? low : high, rises ? high : low, close})
            read.marks.push_back(mark);
    }
    gzclose(opened);
    if (read.fault.empty() && read.marks.empty()) read.fault = name + " has nothing of that time";
    return read;
}

}  // namespace riskd::tests
