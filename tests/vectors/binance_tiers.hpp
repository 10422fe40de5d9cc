// The leverage brackets of Binance USD-M futures, as recorded. Amounts in quanta of 10^-6 of the
// quote asset, rates in millionths. Test code; any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace riskd::vectors {

inline constexpr int tier_money_decimals = 6;
inline constexpr int tier_rate_decimals = 6;

struct BinanceTier {
    std::int64_t floor{};   // notional from which it applies
    std::int64_t rate{};    // maintenance margin rate
    std::int64_t amount{};  // maintenance amount
    std::int64_t leverage_max{};
};
struct BinanceSymbol {
    std::string name;
    std::vector<BinanceTier> tiers;
};

// A gzip of lines symbol,tier,min_notional,max_notional,maint_margin_rate,max_leverage,
// maint_amount_cum,currency. A line that is none of these fails the test.
std::vector<BinanceSymbol> read_binance_tiers(const std::filesystem::path& file);

}  // namespace riskd::vectors
