// What the order management system of the tests trades, and the configuration of riskd for it.
// Decimals are chosen so that the value of every fill is a whole number of units of money: what
// rounds is only the share of an entry value that a partial close takes. Constants.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "riskd/core/ledger.hpp"

namespace riskd::tests {

inline constexpr int money_decimals = 8;  // of every asset

struct Listing {
    std::string_view name;
    std::string_view base;
    bool spot{};
    int price_decimals{};
    int quantity_decimals{};
    std::int64_t value_scale{};     // money units of one quantity unit times one price unit
    std::int64_t start_price{};     // in price units
    std::int64_t order_quantity{};  // of a usual order, at most, in quantity units
};
inline constexpr std::array<Listing, 3> listings{{
    {"BTC-PERP", "BTC", false, 1, 3, 10'000, 500'000, 200},
    {"ETH-PERP", "ETH", false, 2, 2, 10'000, 200'000, 500},
    {"BTC-USDT", "BTC", true, 2, 5, 10, 5'000'000, 2'000},
}};
inline constexpr std::int64_t base_scale = 1'000;          // BTC units of one unit of BTC-USDT
inline constexpr std::int64_t spot_fee_rate_e8 = 100'000;  // 0.1 %

inline constexpr std::size_t first_accounts =
    12;  // A0, A1... of the configuration; more come later
inline std::string account_name(std::size_t number) {
    return "A" + std::to_string(number);
}

// What the limits of the configuration below are to the core.
inline constexpr LedgerLimits market_limits{.accounts_max = 1'000,
                                            .instruments_max = 16,
                                            .open_orders_max = 100'000,
                                            .open_orders_per_account_max = 1'000,
                                            .orders_remembered_max = 1'000'000,
                                            .ids_remembered_max = 2'000'000};

struct MarketPlaces {
    std::string nats_url;
    std::string journal_directory;
    int http_port{};
    std::string promise{"os"};
};
// The text of riskd.yaml, with the shipped rules.
std::string market_configuration(const MarketPlaces& places);

}  // namespace riskd::tests
