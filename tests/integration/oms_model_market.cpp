#include "tests/integration/oms_model_market.hpp"

#include <sstream>

namespace riskd::tests {
namespace {

constexpr std::string_view oms_rules = R"(
  parameters:
    tiered:
      tiers:
        - { notional: 0, initial: 10%, maintenance: 5%, deduction: 0 }
    order_notional: { notional_max: 60000 }
    order_rate: { orders_max: 100000 }
    open_orders: { orders_max: 200 }
  overrides:
    - for: { asset: USDT }
      set: { haircut.haircut: 0% }
    - for: { asset: BTC }
      set: { haircut.haircut: 10% }
)";

constexpr std::string_view oms_reference = R"(
reference_asset: USDT
assets:
  USDT: { decimals: 8 }
  BTC: { decimals: 8, priced_by: BTC-USDT }
  ETH: { decimals: 8, priced_by: ETH-USDT }
instruments:
  BTC-PERP: { kind: linear_perpetual, base: BTC, quote: USDT, price_decimals: 1,
    quantity_decimals: 3, tick: 0.1, lot: 0.001, quantity_max: 100, maker_fee_rate: 0.02%,
    taker_fee_rate: 0.05%, market_price_band: 5%, leverage_max: 50, mark_age_max: 10m }
  ETH-PERP: { kind: linear_perpetual, base: ETH, quote: USDT, price_decimals: 2,
    quantity_decimals: 2, tick: 0.01, lot: 0.01, quantity_max: 1000, maker_fee_rate: 0.02%,
    taker_fee_rate: 0.05%, market_price_band: 5%, leverage_max: 50, mark_age_max: 10m }
  BTC-USDT: { kind: spot, base: BTC, quote: USDT, price_decimals: 2, quantity_decimals: 5,
    tick: 0.01, lot: 0.00001, quantity_max: 100, maker_fee_rate: 0.1%, taker_fee_rate: 0.1%,
    market_price_band: 5%, mark_age_max: 10m }
  ETH-USDT: { kind: spot, base: ETH, quote: USDT, price_decimals: 2, quantity_decimals: 4,
    tick: 0.01, lot: 0.0001, quantity_max: 1000, maker_fee_rate: 0.1%, taker_fee_rate: 0.1%,
    market_price_band: 5%, mark_age_max: 10m }
groups: [retail]
)";

}  // namespace

std::string market_configuration(const MarketPlaces& places) {
    std::ostringstream text;
    const std::string root = RISKD_SOURCE_DIR;
    const LedgerLimits& limits = market_limits;
    text << "nats: { url: \"" << places.nats_url << "\", reconnect_wait: 50ms }\n"
         << "journal: { directory: \"" << places.journal_directory
         << "\", promise: " << places.promise << " }\n"
         << "http: { listen: \"127.0.0.1:" << places.http_port << "\" }\n"
         << "limits: { accounts_max: " << limits.accounts_max
         << ", instruments_max: " << limits.instruments_max
         << ", open_orders_max: " << limits.open_orders_max
         << ",\n  open_orders_per_account_max: " << limits.open_orders_per_account_max
         << ", orders_remembered_max: " << limits.orders_remembered_max
         << ",\n  ids_remembered_max: " << limits.ids_remembered_max << " }\n"
         << "board: { nearest_accounts: 5, account_interval: 50ms, metrics_interval: 200ms }\n"
         << "rules:\n  directory: \"" << places.journal_directory << "-rulesets\"\n  files:\n";
    for (const char* rule :
         {"check", "margin/tiered.lua", "collateral/haircut.lua", "liquidation/ladder.lua"}) {
        text << "    - \"" << root << "/rules/" << rule << "\"\n";
    }
    text << oms_rules << oms_reference << "accounts:\n";
    for (std::size_t i = 0; i < first_accounts; ++i) {
        text << "  " << account_name(i)
             << ": { group: retail, currency: USDT, leverage: " << (i % 2 == 0 ? 10 : 20) << " }\n";
    }
    return text.str();
}

}  // namespace riskd::tests
