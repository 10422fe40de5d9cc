// A table line of the wrong configuration files: its text, and all that a person reads for it. The
// sections a text leaves out are the small right ones below it. Test thread only.
#pragma once

#include <array>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/load.hpp"

namespace riskd::config {

inline constexpr std::array<std::pair<std::string_view, std::string_view>, 4> right_sections{{
    {"assets", "{ USDT: { decimals: 8 }, BTC: { decimals: 8, priced_by: BTC-USDT } }"},
    {"instruments",
     "{ BTC-USDT: { kind: spot, base: BTC, quote: USDT, price_decimals: 2, quantity_decimals: 5,"
     " tick: 0.01, lot: 0.00001, quantity_max: 100, maker_fee_rate: 0, taker_fee_rate: 0,"
     " market_price_band: 5%, mark_age_max: 60s } }"},
    {"groups", "[retail]"},
    {"accounts", "{ alice: { group: retail, currency: USDT } }"},
}};

inline std::string with_right_sections(std::string_view text) {
    std::string whole{text};
    for (const auto& [section, value] : right_sections) {
        const std::string key = std::string{section} + ":";
        if (text.starts_with(key) || text.find("\n" + key) != std::string_view::npos) continue;
        whole += key + " " + std::string{value} + "\n";
    }
    return whole;
}

inline std::vector<std::string> faults_of(std::string_view text) {
    std::vector<std::string> lines;
    for (const Fault& fault : load_text(text, "riskd.yaml").faults)
        lines.push_back(render(fault));
    return lines;
}

struct WrongFile {
    std::string_view name;
    std::string text;
    std::vector<std::string> faults;
};

inline void PrintTo(const WrongFile& file, std::ostream* out) {
    *out << file.name;
}

}  // namespace riskd::config
