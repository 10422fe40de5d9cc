// A market that takes accounts through whole liquidation episodes: the configuration of riskd, with
// a ladder in small steps and an insurance fund, and prices that fall and rise from a seed. Prices
// and quantities are raw in the decimals of their instrument. Values; test thread only.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace riskd::tests {

struct EpisodeListing {
    std::string_view name;
    int price_decimals{};
    int quantity_decimals{};
    std::int64_t start_price{};
    double long_share{};  // of those who open a position
};
// Nearly everybody is long of the last one: what is bankrupt there finds no opponent.
inline constexpr std::array<EpisodeListing, 3> episode_listings{{
    {"BTC-PERP", 2, 3, 5'000'000, 0.55},
    {"ETH-PERP", 2, 2, 200'000, 0.60},
    {"DOGE-PERP", 5, 0, 10'000, 0.93},
}};
// REQUIRES: it is one of them.
std::size_t episode_listing_of(std::string_view name);
inline constexpr std::string_view episode_fund = "FUND";

// All but the places: limits, the shipped rules, instruments. Accounts come by the stream.
std::string episode_configuration(std::uint32_t judged_at_once_max);

class EpisodePrices {
public:
    explicit EpisodePrices(std::uint64_t seed) : random_{seed} {}

    // A step of some hundredths of a second.
    void move();
    // All fall at once, by a percent or two; in a gap by so much that many pass every rung.
    void fall(bool gap);
    std::int64_t mark(std::size_t listing) const;

private:
    double between(double least, double most) {
        return std::uniform_real_distribution<double>(least, most)(random_);
    }

    std::mt19937_64 random_;
    std::array<double, episode_listings.size()> wanted_{};  // logarithm of price / start price
    std::array<double, episode_listings.size()> moved_{};
};

}  // namespace riskd::tests
