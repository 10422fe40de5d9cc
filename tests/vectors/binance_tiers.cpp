#include "tests/vectors/binance_tiers.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <string_view>

#include "tests/vectors/case_numbers.hpp"

namespace riskd::vectors {

std::vector<BinanceSymbol> read_binance_tiers(const std::filesystem::path& file) {
    std::vector<BinanceSymbol> symbols;
    gzFile opened = gzopen(file.c_str(), "rb");
    EXPECT_NE(opened, nullptr) << file;
    if (opened == nullptr) return symbols;
    char buffer[512];
    bool is_header = true;
    while (gzgets(opened, buffer, sizeof buffer) != nullptr) {
        if (std::exchange(is_header, false)) continue;
        constexpr std::size_t columns = 8;
        std::array<std::string_view, columns> cells;
        std::string_view rest{buffer};
        for (std::string_view& cell : cells) {
            const std::size_t comma = std::min(rest.find(','), rest.size());
            cell = rest.substr(0, comma);
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
        EXPECT_FALSE(cells.back().empty()) << buffer;
        if (symbols.empty() || symbols.back().name != cells[0]) {
            symbols.push_back({.name = std::string{cells[0]}, .tiers = {}});
        }
        symbols.back().tiers.push_back({.floor = raw_of(cells[2], tier_money_decimals),
                                        .rate = raw_of(cells[4], tier_rate_decimals),
                                        .amount = raw_of(cells[6], tier_money_decimals),
                                        .leverage_max = raw_of(cells[5], 0)});
    }
    gzclose(opened);
    return symbols;
}

}  // namespace riskd::vectors
