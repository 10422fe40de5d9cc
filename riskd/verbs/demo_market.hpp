// A seeded market for the demo: every instrument wanders, and once in each cycle all of them crash
// together and half recover. The same seed gives the same prices at the same steps. One thread.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "riskd/core/definitions.hpp"

namespace riskd::verbs {

enum class Weather : std::uint8_t { calm, crash, recovery };

struct MarketPlan {
    double crash_after_seconds{20};
    double crash_seconds{14};
    double crash_depth{0.22};  // share of the price that is lost
    double recovery_seconds{12};
    double cycle_seconds{70};
};

struct MarketInstrument {
    InstrumentDefinition terms;
    double price{};       // of its underlying now
    double calm_price{};  // where it wanders about
    std::int64_t mark{};  // raw, on the tick
    bool is_spot() const noexcept { return terms.kind == ContractKind::spot; }
};

class DemoMarket {
public:
    // Takes every instrument it knows a price for: BTC, ETH, DOGE and others at 100.
    DemoMarket(const std::vector<InstrumentDefinition>& definitions, std::uint64_t seed,
               const MarketPlan& plan);

    // Moves all prices to `seconds` since the start.
    void step(double seconds);
    Weather weather() const noexcept { return weather_; }
    const std::vector<MarketInstrument>& instruments() const noexcept { return instruments_; }

    // The payload of a price message.
    void encode(const MarketInstrument& instrument, std::string& into) const;

private:
    double common_level(double seconds) const noexcept;

    MarketPlan plan_;
    std::mt19937_64 random_;
    std::vector<MarketInstrument> instruments_;
    std::vector<std::string> bases_;
    std::vector<double> drift_;  // by base, about 1
    Weather weather_{Weather::calm};
};

}  // namespace riskd::verbs
