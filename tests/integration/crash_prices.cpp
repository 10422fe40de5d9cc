#include "tests/integration/crash_prices.hpp"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <random>

#include "tests/integration/oms_model_json.hpp"

namespace riskd::tests {
namespace {

constexpr std::int64_t day_ms = 1'621'382'400'000;  // 2021-05-19T00:00:00Z
constexpr std::int64_t minute_ms = 60'000;
constexpr std::size_t moments_of_candle = 4;

using Candle = std::array<std::int64_t, moments_of_candle>;  // in the order they happened

// open_time_ms,open,high,low,close,volume
std::optional<Candle> read_candle(std::string_view line, int decimals) {
    std::array<std::int64_t, 4> figures{};
    for (std::int64_t& figure : figures) {
        line.remove_prefix(std::min(line.find(','), line.size() - 1) + 1);
        const auto raw = read_decimal(line.substr(0, line.find(',')), decimals);
        if (!raw || *raw <= 0) return std::nullopt;
        figure = *raw;
    }
    const auto [open, high, low, close] = figures;
    if (close >= open) return Candle{open, low, high, close};
    return Candle{open, high, low, close};
}

std::string read_candles(const std::filesystem::path& file, MinutesOfDay minutes, int decimals,
                         std::map<std::int64_t, Candle>& into) {
    gzFile opened = gzopen(file.c_str(), "rb");
    if (opened == nullptr) return file.filename().string() + " cannot be opened";
    char buffer[512];
    std::string fault;
    while (fault.empty() && gzgets(opened, buffer, sizeof buffer) != nullptr) {
        const std::string_view line{buffer};
        const std::int64_t minute = (std::atoll(buffer) - day_ms) / minute_ms;
        if (minute < minutes.from || minute >= minutes.to) continue;
        const auto candle = read_candle(line, decimals);
        if (candle) {
            into[minute] = *candle;
        } else {
            fault = file.filename().string() + " has a line of its own kind: " + buffer;
        }
    }
    gzclose(opened);
    const auto wanted = static_cast<std::size_t>(minutes.to - minutes.from);
    if (fault.empty() && into.size() != wanted) {
        fault = file.filename().string() + " lacks minutes of that day";
    }
    return fault;
}

}  // namespace

RecordedPath read_recorded_crash(const std::filesystem::path& folder, MinutesOfDay minutes) {
    RecordedPath read;
    read.path.resize(static_cast<std::size_t>(minutes.to - minutes.from) * moments_of_candle);
    constexpr std::array<const char*, crash_perpetuals> coins{"BTC", "ETH", "DOGE"};
    for (std::size_t coin = 0; coin < coins.size() && read.fault.empty(); ++coin) {
        const std::string name =
            "binance_spot_" + std::string(coins[coin]) + "USDT_1m_2021-04-20_2021-05-20.csv.gz";
        std::map<std::int64_t, Candle> candles;
        read.fault =
            read_candles(folder / name, minutes, crash_listings[coin].price_decimals, candles);
        std::size_t at = 0;
        for (const auto& [minute, candle] : candles) {
            for (const std::int64_t price : candle)
                read.path[at++][coin] = price;
        }
    }
    return read;
}

std::vector<CrashPrices> invent_crash(std::uint64_t seed, std::size_t moments) {
    std::mt19937_64 random{seed};
    std::normal_distribution<double> noise;
    std::array<double, crash_perpetuals> prices{38'700, 2'720, 0.378};
    constexpr std::array<double, crash_perpetuals> beta{1, 1.35, 1.6};
    std::vector<CrashPrices> path;
    for (std::size_t i = 0; i < moments; ++i) {
        const double done = static_cast<double>(i) / static_cast<double>(moments);
        const double steps = static_cast<double>(moments);
        double drift = 0;
        if (done > 0.25 && done <= 0.60) drift = -0.25 / (0.35 * steps);
        if (done > 0.60 && done <= 0.85) drift = 0.16 / (0.25 * steps);
        const double wild = done > 0.25 && done <= 0.85 ? 0.009 : 0.0015;
        const double market = drift + wild * noise(random);
        CrashPrices& moment = path.emplace_back();
        for (std::size_t coin = 0; coin < prices.size(); ++coin) {
            prices[coin] *= std::exp(beta[coin] * market + wild * 0.4 * noise(random));
            const double unit = std::pow(10.0, crash_listings[coin].price_decimals);
            moment[coin] = std::max<std::int64_t>(std::llround(prices[coin] * unit), 1);
        }
    }
    return path;
}

}  // namespace riskd::tests
