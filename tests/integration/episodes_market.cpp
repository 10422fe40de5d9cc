#include "tests/integration/episodes_market.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace riskd::tests {
namespace {

constexpr std::string_view episode_rules = R"(
  parameters:
    ladder: { take_over_at: 4, step_max: 30%, cool_down: 1s }
    tiered:
      tiers:
        - { notional: 0, initial: 8%, maintenance: 4%, deduction: 0 }
        - { notional: 20000, initial: 10%, maintenance: 5%, deduction: 200 }
    order_notional: { notional_max: 100000 }
    order_rate: { orders_max: 100000 }
    open_orders: { orders_max: 50 }
  overrides:
    - for: { asset: USDT }
      set: { haircut.haircut: 0% }
)";

constexpr std::string_view episode_reference = R"(
reference_asset: USDT
assets:
  USDT: { decimals: 8 }
  BTC: { decimals: 8, priced_by: BTC-PERP }
  ETH: { decimals: 8, priced_by: ETH-PERP }
  DOGE: { decimals: 8, priced_by: DOGE-PERP }
instruments:
  BTC-PERP: { kind: linear_perpetual, base: BTC, quote: USDT, price_decimals: 2,
    quantity_decimals: 3, tick: 0.01, lot: 0.001, quantity_max: 100, maker_fee_rate: 0.02%,
    taker_fee_rate: 0.05%, market_price_band: 5%, leverage_max: 50, mark_age_max: 6h }
  ETH-PERP: { kind: linear_perpetual, base: ETH, quote: USDT, price_decimals: 2,
    quantity_decimals: 2, tick: 0.01, lot: 0.01, quantity_max: 2000, maker_fee_rate: 0.02%,
    taker_fee_rate: 0.05%, market_price_band: 5%, leverage_max: 50, mark_age_max: 6h }
  DOGE-PERP: { kind: linear_perpetual, base: DOGE, quote: USDT, price_decimals: 5,
    quantity_decimals: 0, tick: 0.00001, lot: 1, quantity_max: 50000000, maker_fee_rate: 0.02%,
    taker_fee_rate: 0.05%, market_price_band: 10%, leverage_max: 50, mark_age_max: 6h }
groups: [retail]
)";

}  // namespace

std::size_t episode_listing_of(std::string_view name) {
    const auto found = std::find_if(episode_listings.begin(), episode_listings.end(),
                                    [&](const EpisodeListing& each) { return each.name == name; });
    return static_cast<std::size_t>(found - episode_listings.begin());
}

std::string episode_configuration(std::uint32_t judged_at_once_max) {
    std::ostringstream text;
    text << "limits: { accounts_max: 2000, instruments_max: 8, open_orders_max: 20000,\n"
         << "  open_orders_per_account_max: 100, orders_remembered_max: 100000,\n"
         << "  ids_remembered_max: 500000, judged_at_once_max: " << judged_at_once_max << " }\n"
         << "rules:\n  files:\n";
    for (const char* rule :
         {"check", "margin/tiered.lua", "collateral/haircut.lua", "liquidation/ladder.lua"}) {
        text << "    - \"" << RISKD_SOURCE_DIR << "/rules/" << rule << "\"\n";
    }
    text << episode_rules << episode_reference;
    return text.str();
}

// Each goes towards a level of its own, which changes now and then.
void EpisodePrices::move() {
    for (std::size_t i = 0; i < moved_.size(); ++i) {
        if (between(0, 1) < 0.003) wanted_[i] = between(-0.50, 0.30);
        moved_[i] += 0.001 * (wanted_[i] - moved_[i]) + between(-0.0008, 0.0008);
    }
}

void EpisodePrices::fall(bool gap) {
    for (double& moved : moved_)
        moved -= gap ? between(0.06, 0.11) : between(0.005, 0.03);
}

std::int64_t EpisodePrices::mark(std::size_t listing) const {
    const auto start = static_cast<double>(episode_listings[listing].start_price);
    return std::max<std::int64_t>(std::llround(start * std::exp(moved_[listing])), 1);
}

}  // namespace riskd::tests
