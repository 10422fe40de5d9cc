// A crash as riskd is fed with it: the configuration, a seeded population of accounts of mixed
// leverage, and rounds of facts and prices. Each round has one price of each instrument at most, so
// that none is conflated when a round waits for the one before. Values; test thread only.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "riskd/core/ledger.hpp"
#include "tests/model/native_rulebook.hpp"

namespace riskd::tests {

struct CrashListing {
    std::string_view name;
    int price_decimals{};
    int quantity_decimals{};  // of a perpetual
    std::size_t moves_as{};   // the listing whose prices it has
};
// The perpetuals come first. The spot pairs price collateral.
inline constexpr std::size_t crash_perpetuals = 3;
inline constexpr std::array<CrashListing, 5> crash_listings{{
    {"BTC-PERP", 2, 3, 0},
    {"ETH-PERP", 2, 3, 1},
    {"DOGE-PERP", 5, 0, 2},
    {"BTC-USDT", 2, 5, 0},
    {"ETH-USDT", 2, 4, 1},
}};

// Of the perpetuals, raw in their decimals, at one moment.
using CrashPrices = std::array<std::int64_t, crash_perpetuals>;

struct CrashMessage {
    std::string subject;
    std::string payload;
};

struct CrashRound {
    std::vector<CrashMessage> facts;
    CrashPrices prices{};
};

struct CrashPopulation {
    std::size_t accounts{};
    std::size_t configured{};  // of them, in the configuration file; the others come by the stream
    std::uint64_t seed{};
};

inline constexpr LedgerLimits crash_limits{.accounts_max = 12'000,
                                           .instruments_max = 16,
                                           .open_orders_max = 1'000,
                                           .open_orders_per_account_max = 100,
                                           .orders_remembered_max = 1'000,
                                           .ids_remembered_max = 100'000};

// All but the places: limits, the shipped rules, assets, instruments, the first accounts.
std::string crash_configuration(const CrashPopulation& population);
// The parameters of that configuration, for the shipped rules by hand.
model::NativeParameters crash_parameters();
model::NativeParameters crash_doge_parameters();
inline constexpr double btc_haircut = 0.05;
inline constexpr double eth_haircut = 0.075;

// What happens: accounts and their deposits and positions before the first round's prices, later
// positions, deposits and reductions during the rounds.
std::vector<CrashRound> crash_rounds(const CrashPopulation& population,
                                     const std::vector<CrashPrices>& path);

}  // namespace riskd::tests
