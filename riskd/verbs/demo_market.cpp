#include "riskd/verbs/demo_market.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "feeds/codec_client.hpp"
#include "riskd/core/decimal.hpp"
#include "riskd/core/units.hpp"

namespace riskd::verbs {

namespace {

struct BasePrice {
    std::string_view asset;
    double price;
};
constexpr std::array<BasePrice, 3> base_prices{{{"BTC", 43'000}, {"ETH", 3'300}, {"DOGE", 0.48}}};

double base_price(std::string_view asset) noexcept {
    for (const BasePrice& each : base_prices) {
        if (each.asset == asset) return each.price;
    }
    return 100;
}

std::int64_t on_tick(double price, const InstrumentDefinition& terms) noexcept {
    const auto raw = static_cast<std::int64_t>(
        std::llround(price * static_cast<double>(power_of_ten(terms.price_decimals))));
    return std::max(raw / terms.tick.raw, std::int64_t{1}) * terms.tick.raw;
}

}  // namespace

DemoMarket::DemoMarket(const std::vector<InstrumentDefinition>& definitions, std::uint64_t seed,
                       const MarketPlan& plan)
    : plan_(plan), random_(seed) {
    for (const InstrumentDefinition& terms : definitions) {
        if (is_option(terms.kind)) continue;  // this market makes no prices for them
        MarketInstrument instrument;
        instrument.terms = terms;
        instrument.calm_price = base_price(terms.base.view());
        instruments_.push_back(instrument);
        const std::string base{terms.base.view()};
        if (std::find(bases_.begin(), bases_.end(), base) == bases_.end()) bases_.push_back(base);
    }
    drift_.assign(bases_.size(), 1.0);
    step(0);
}

// The share of its price that everything has at this time: 1 in calm, down in the crash, then half
// of the way back and the rest during the next calm.
double DemoMarket::common_level(double seconds) const noexcept {
    const double at = std::fmod(seconds, plan_.cycle_seconds) - plan_.crash_after_seconds;
    const double bottom = 1 - plan_.crash_depth;
    const double recovered = 1 - plan_.crash_depth / 2;
    if (at < 0) {
        if (seconds < plan_.cycle_seconds) return 1;
        const double share = 1 + at / plan_.crash_after_seconds;
        return recovered + (1 - recovered) * share;
    }
    if (at < plan_.crash_seconds) {
        const double share = at / plan_.crash_seconds;
        return 1 - plan_.crash_depth * share * share * (3 - 2 * share);
    }
    const double share = std::min(1.0, (at - plan_.crash_seconds) / plan_.recovery_seconds);
    return bottom + (recovered - bottom) * share;
}

void DemoMarket::step(double seconds) {
    const double at = std::fmod(seconds, plan_.cycle_seconds) - plan_.crash_after_seconds;
    weather_ = Weather::calm;
    if (at >= 0 && at < plan_.crash_seconds + plan_.recovery_seconds) {
        weather_ = at < plan_.crash_seconds ? Weather::crash : Weather::recovery;
    }
    const double volatility = weather_ == Weather::calm ? 0.0004 : 0.003;
    std::normal_distribution<double> noise(0.0, volatility);
    for (double& drift : drift_)
        drift *= 1 + noise(random_) - 0.02 * (drift - 1);
    const double level = common_level(seconds);
    for (MarketInstrument& instrument : instruments_) {
        const auto base = static_cast<std::size_t>(
            std::find(bases_.begin(), bases_.end(), instrument.terms.base.view()) - bases_.begin());
        // What is small falls deeper.
        const double beta = instrument.calm_price < 1 ? 1.3 : 1.0;
        const double fall = 1 - (1 - level) * beta;
        const double basis = instrument.is_spot() ? 1.0 : 1.0 - (1 - level) * 0.01;
        instrument.price = instrument.calm_price * drift_[base] * fall * basis;
        instrument.mark = on_tick(instrument.price, instrument.terms);
    }
}

void DemoMarket::encode(const MarketInstrument& instrument, std::string& into) const {
    const int decimals = instrument.terms.price_decimals;
    const std::int64_t tick = instrument.terms.tick.raw;
    const DecimalText mark{instrument.mark, decimals};
    const DecimalText bid{std::max(instrument.mark - tick, tick), decimals};
    const DecimalText ask{instrument.mark + tick, decimals};
    const feeds::FieldText fields[] = {
        {"mark", mark.view()}, {"index", mark.view()}, {"bid", bid.view()}, {"ask", ask.view()}};
    feeds::encode_fields(fields, into);
}

}  // namespace riskd::verbs
