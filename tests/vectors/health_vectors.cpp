// Mango v4: the health of whole accounts, tokens and a perpetual and spot orders together.
#include <cmath>

#include "tests/vectors/trial.hpp"
#include "tests/vectors/venue_world.hpp"

namespace riskd::vectors {

namespace {

constexpr int token_decimals = 8;
constexpr std::int64_t plenty =
    1'000'000 * power_of_ten(token_decimals);  // for orders to be accepted

// The first token is what the account is valued in.
void define_tokens(VenueWorld& world, Trial& trial) {
    for (const YAML::Node& token : trial.in("tokens")) {
        const std::string name = token["id"].as<std::string>();
        if (world.ledger().find_asset(name) != world.currency()) {
            world.define_priced_asset(name, token_decimals, token["price"].as<std::string>());
        }
        const auto set = [&](const char* parameter, double value) {
            world.set_for_asset("health." + std::string{parameter}, name, value);
        };
        set("asset_weight", number_in(token, "asset_weight"));
        set("liability_weight", number_in(token, "liab_weight"));
        const auto field = [&](const char* of) { return token[of] ? number_in(token, of) : 0.0; };
        set("deposits", field("total_deposits") + field("potential_tokens"));
        set("deposits_start", field("deposit_scale_start_quote"));
        set("borrows", field("total_borrows"));
        set("borrows_start", field("borrow_scale_start_quote"));
        world.post(world.ledger().find_asset(name), Money{plenty});
    }
}

void place(VenueWorld& world, Trial& trial, InstrumentId instrument, Side side, double quantity,
           double price) {
    if (quantity == 0) return;
    const Decision decision = world.order({.instrument = instrument,
                                           .side = side,
                                           .quantity = Quantity{nearest_raw(quantity)},
                                           .price = Price{nearest_raw(price)}});
    trial.expect_true(decision.accepted, "the order is accepted");
}

double price_of(Trial& trial, const std::string& token) {
    for (const YAML::Node& each : trial.in("tokens")) {
        if (each["id"].as<std::string>() == token) return number_in(each, "price");
    }
    return 0;
}

void place_spot_orders(VenueWorld& world, Trial& trial) {
    for (const YAML::Node& market : trial.in("open_orders")) {
        const std::string base = market["base"].as<std::string>();
        const std::string quote = market["quote"].as<std::string>();
        InstrumentDefinition definition = VenueWorld::perpetual(base + "-" + quote);
        definition.kind = ContractKind::spot;
        definition.base = Name{base};
        definition.quote = definition.settle = Name{quote};
        const InstrumentId spot = world.define(definition);
        const double price = price_of(trial, base);
        world.mark(spot, Price{nearest_raw(price)});
        const double ask = market["lowest_ask"] ? number_in(market, "lowest_ask") : price;
        const double bid =
            market["highest_bid_inv"] ? 1 / number_in(market, "highest_bid_inv") : price;
        place(world, trial, spot, Side::sell, number_in(market, "reserved_base"), ask);
        place(world, trial, spot, Side::buy, number_in(market, "reserved_quote") / bid, bid);
    }
}

// A position that would have had to be opened at less than nothing is opened at its price, and the
// rest of its result is cash: below zero both weigh the same.
double hold_weighted_perpetual(VenueWorld& world, Trial& trial) {
    const YAML::Node perp = trial.in("perp");
    InstrumentDefinition definition = VenueWorld::perpetual("PERP");
    definition.quote = definition.settle = Name{perp["settle_token"].as<std::string>()};
    const InstrumentId perpetual = world.define(definition);
    const auto set = [&](const char* parameter, const char* field) {
        world.set_for_instrument("health." + std::string{parameter}, "PERP",
                                 number_in(perp, field));
    };
    set("asset_weight", "asset_weight");
    set("liability_weight", "liab_weight");
    set("gain_weight", "overall_asset_weight");
    const double price = number_in(perp, "lot_quote_value");
    const double lots = number_in(perp, "base_lots");
    const double paid = -number_in(perp, "quote");
    world.mark(perpetual, Price{nearest_raw(price)});
    const bool opens = paid / lots > 0;
    const double entry = opens ? paid / lots : price;
    world.fill(perpetual, Quantity{nearest_raw(lots)}, Price{nearest_raw(entry)});
    world.mark(perpetual, Price{nearest_raw(price)});
    place(world, trial, perpetual, Side::buy, number_in(perp, "bids_lots"), price);
    place(world, trial, perpetual, Side::sell, number_in(perp, "asks_lots"), price);
    return opens ? 0 : lots * price - paid;
}

// Balances without what orders reserve; orders are placed while there is plenty.
void weighted_health(Trial& trial) {
    VenueWorld world{{.margin = "venues/mango/health", .currency = "t1"}};
    world.set("haircut.haircut", 0);
    define_tokens(world, trial);
    place_spot_orders(world, trial);
    const double cash = trial.has("perp") ? hold_weighted_perpetual(world, trial) : 0;
    for (const YAML::Node& token : trial.in("tokens")) {
        const AssetId asset = world.ledger().find_asset(token["id"].as<std::string>());
        const Balance* now = world.ledger().find_balance(world.account(), asset);
        const double more = asset == world.currency() ? cash : 0;
        const Money wanted = Money{nearest_raw(number_in(token, "balance") + more)} + now->hold;
        world.post(asset, wanted - now->amount);
    }
    trial.expect("health", world.shown(available_margin(world.margin())));
}

}  // namespace

std::span<const Adapter> health_adapters() {
    static constexpr Adapter adapters[] = {
        {"weighted_health", weighted_health},
    };
    return adapters;
}

}  // namespace riskd::vectors
