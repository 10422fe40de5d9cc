#include "tests/simulation/crash_paths.hpp"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "tests/model/random_source.hpp"

namespace riskd::simulation {
namespace {

struct JoinedCandle {
    std::int64_t low{};
    std::int64_t close{};
};
using JoinedCandles = std::map<std::int64_t, JoinedCandle>;

// open_time_ms,open,high,low,close,volume
bool join_line(const char* line, const RecordedCrash& crash, double unit, JoinedCandles& into) {
    char* at = nullptr;
    const std::int64_t time = std::strtoll(line, &at, 10);
    if (time < crash.from_ms || time >= crash.to_ms) return true;
    std::array<double, 4> figures{};
    for (double& figure : figures) {
        if (*at != ',') return false;
        figure = std::strtod(at + 1, &at);
        if (!(figure > 0)) return false;
    }
    const std::int64_t low = std::llround(figures[2] * unit);
    const auto [candle, is_new] =
        into.try_emplace((time - crash.from_ms) / crash.step_ms, JoinedCandle{.low = low});
    candle->second.low = std::min(candle->second.low, low);
    candle->second.close = std::llround(figures[3] * unit);
    return true;
}

std::string join_candles(const std::filesystem::path& file, const RecordedCrash& crash, double unit,
                         JoinedCandles& into) {
    gzFile opened = gzopen(file.c_str(), "rb");
    if (opened == nullptr) return file.filename().string() + " cannot be opened";
    char line[512];
    std::string fault;
    gzgets(opened, line, sizeof line);  // names of the columns
    while (fault.empty() && gzgets(opened, line, sizeof line) != nullptr) {
        if (!join_line(line, crash, unit, into)) fault = std::string("not a candle: ") + line;
    }
    gzclose(opened);
    const auto wanted = static_cast<std::size_t>((crash.to_ms - crash.from_ms) / crash.step_ms);
    if (fault.empty() && into.size() != wanted) fault = file.filename().string() + " has gaps";
    return fault;
}

// Twelve dice make a bell that is the same on every machine.
double bell(model::RandomSource& random) {
    double sum = -6;
    for (int i = 0; i < 12; ++i)
        sum += random.unit();
    return sum;
}

}  // namespace

const std::vector<RecordedCrash>& recorded_crashes() {
    constexpr std::int64_t minute = 60'000;
    constexpr std::int64_t hour = 60 * minute;
    static const std::vector<RecordedCrash> crashes{
        {.name = "may_2021",
         .from_ms = 1'621'382'400'000 + 12 * hour,
         .to_ms = 1'621'382'400'000 + 14 * hour,
         .step_ms = minute,
         .listings = {{"BTC-PERP", "binance_spot_BTCUSDT_1m_2021-04-20_2021-05-20.csv.gz", 2},
                      {"ETH-PERP", "binance_spot_ETHUSDT_1m_2021-04-20_2021-05-20.csv.gz", 2},
                      {"DOGE-PERP", "binance_spot_DOGEUSDT_1m_2021-04-20_2021-05-20.csv.gz", 5}}},
        {.name = "january_2022",
         .from_ms = 1'642'723'200'000,  // 2022-01-21
         .to_ms = 1'642'723'200'000 + 32 * hour,
         .step_ms = 10 * minute,
         .listings = {{"BTC-PERP", "ftx_perp_BTC-PERP_1m_2021-12-31_2022-02-01.csv.gz", 2}}},
        {.name = "november_2022",
         .from_ms = 1'667'865'600'000 + 12 * hour,  // 2022-11-08
         .to_ms = 1'667'865'600'000 + 48 * hour,
         .step_ms = 10 * minute,
         .listings = {{"BTC-PERP", "binance_um_BTCUSDT_5m_2022-06-01_2022-11-24.csv.gz", 2},
                      {"ETH-PERP", "binance_um_ETHUSDT_5m_2022-06-01_2022-11-24.csv.gz", 2}}},
        {.name = "february_2026",
         .from_ms = 1'770'249'600'000,  // 2026-02-05
         .to_ms = 1'770'249'600'000 + 26 * hour,
         .step_ms = 10 * minute,
         .listings = {{"AVAX-PERP", "binance_um_AVAXUSDT_1m_2026-02.csv.gz", 4}}},
    };
    return crashes;
}

CrashPath read_crash(const std::filesystem::path& folder, const RecordedCrash& crash) {
    CrashPath path;
    const auto steps = static_cast<std::size_t>((crash.to_ms - crash.from_ms) / crash.step_ms);
    path.moments.assign(2 * steps, {});
    for (const RecordedListing& listing : crash.listings) {
        path.listings.push_back(
            {.name = std::string(listing.name), .price_decimals = listing.price_decimals});
        JoinedCandles candles;
        path.fault = join_candles(folder / listing.file, crash,
                                  std::pow(10.0, listing.price_decimals), candles);
        if (!path.fault.empty()) return path;
        std::size_t at = 0;
        for (const auto& [step, candle] : candles) {
            path.moments[at++].push_back(candle.low);
            path.moments[at++].push_back(candle.close);
        }
    }
    return path;
}

CrashPath invent_crash(std::uint64_t seed, std::size_t moments) {
    model::RandomSource random{seed};
    CrashPath path;
    path.listings = {{"BTC-PERP", 2}, {"ETH-PERP", 2}, {"ALT-PERP", 4}};
    std::array<double, 3> prices{40'000, 2'700, 9};
    const std::array<double, 3> beta{1, 1.2, 1.5};
    const double fall = -0.15 - 0.2 * random.unit();
    const auto steps = static_cast<double>(moments);
    for (std::size_t i = 0; i < moments; ++i) {
        const double done = static_cast<double>(i) / steps;
        const bool wild = done > 0.2 && done <= 0.85;
        double drift = 0;
        if (done > 0.2 && done <= 0.55) drift = fall / (0.35 * steps);
        if (done > 0.55 && done <= 0.85) drift = -0.5 * fall / (0.3 * steps);
        const double noise = wild ? 0.006 : 0.001;
        const double market = drift + noise * bell(random);
        std::vector<std::int64_t>& moment = path.moments.emplace_back();
        for (std::size_t k = 0; k < prices.size(); ++k) {
            prices[k] *= 1 + beta[k] * market + 0.4 * noise * bell(random);
            const double unit = std::pow(10.0, path.listings[k].price_decimals);
            moment.push_back(std::max<std::int64_t>(std::llround(prices[k] * unit), 1));
        }
    }
    return path;
}

}  // namespace riskd::simulation
