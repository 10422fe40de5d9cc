// What assets count as margin: haircuts, weights, and portfolios of collateral and perpetuals.
#include "tests/vectors/trial.hpp"
#include "tests/vectors/venue_world.hpp"

namespace riskd::vectors {

namespace {

constexpr int asset_decimals = 9;

// Each asset with its balance, price and haircut; the haircut is none when it does not say.
void post_assets(VenueWorld& world, const YAML::Node& assets, const char* share) {
    int number = 0;
    for (const YAML::Node& each : assets) {
        const std::string name = "T" + std::to_string(++number);
        const AssetId asset =
            world.define_priced_asset(name, asset_decimals, each["price"].as<std::string>());
        world.set_for_asset("haircut.haircut", name,
                            each[share] ? number_of(each[share].as<std::string>()) : 0);
        world.post(asset, Money{raw_of(each["qty"].as<std::string>(), asset_decimals)});
    }
}

// BIT help centre, haircut ratio.
void haircut_collateral(Trial& trial) {
    VenueWorld world;
    post_assets(world, trial.in("assets"), "haircut");
    trial.expect("collateral_usd", world.shown(world.margin().equity));
}

// MEXC multi-asset margin: each rate is for the part of the balance in its tier. At a price of one.
void tiered_collateral_rate(Trial& trial) {
    VenueWorld world{{.collateral = "collateral/tiered_haircut"}};
    const AssetId asset = world.define_priced_asset("T", asset_decimals, "1");
    std::vector<Row> rows;
    for (const YAML::Node& tier : trial.in("tiers")) {
        rows.push_back({{"amount", number_of(tier["min"].as<std::string>())},
                        {"haircut", 1 - number_of(tier["rate"].as<std::string>())}});
    }
    world.set_rows("tiered_haircut.tiers", {}, rows);
    world.post(asset, Money{trial.raw("qty", asset_decimals)});
    trial.expect("effective_qty", world.shown(world.margin().equity));
}

// Drift protocol-v2, calculate_user_equity: without weights.
void account_equity(Trial& trial) {
    VenueWorld world;
    world.post(Money{trial.raw("quote_balance", 8)});
    if (trial.has("base_balances")) post_assets(world, trial.in("base_balances"), "haircut");
    if (trial.has("perps")) {
        for (const YAML::Node& each : trial.in("perps")) {
            const InstrumentId instrument = world.define(VenueWorld::perpetual("X"));
            const std::string size = each["qty"].as<std::string>();
            const std::string cost = each["quote_entry_amount"].as<std::string>();
            // What it cost, by the unit: a quantity of one in the cases that there are.
            const Price entry{std::abs(raw_of(cost + "/" + size, 8))};
            world.fill(instrument, Quantity{raw_of(size, 8)}, entry);
            world.mark(instrument, Price{raw_of(each["price"].as<std::string>(), 8)});
        }
    }
    trial.expect("equity", world.shown(world.margin().equity));
}

// Lean CryptoFutureMarginModel: collateral that several currencies share, less what other positions
// keep, at a leverage of 25.
void buying_power_shared_collateral(Trial& trial) {
    VenueWorld world;
    post_assets(world, trial.in("assets"), "haircut");
    for (const YAML::Node& needed : trial.in("other_maintenance")) {
        const InstrumentId instrument = world.define(VenueWorld::perpetual("X"));
        world.set_rows("tiered.tiers", "X", one_tier(0.04, 0.04));
        world.fill(instrument, Quantity{25 * raw_of(needed.as<std::string>(), 8)},
                   Price{power_of_ten(8)});
    }
    trial.expect("buying_power", world.shown(available_margin(world.margin())));
}

// Drift protocol-v2, scale_initial_asset_weight: what ten thousand units worth one each count.
void deposit_scaled_asset_weight(Trial& trial) {
    VenueWorld world{{.collateral = "venues/mango/weights"}, 0};
    const AssetId asset = world.define_priced_asset("T", 6, trial.text("price_1e6") + "e-6");
    world.set("weights.asset_weight", number_of(trial.text("asset_weight_1e4") + "e-4"));
    world.set("weights.deposits", number_of(trial.text("deposits_tokens_1e9") + "e-9"));
    world.set("weights.deposits_start", number_of(trial.text("scale_start_1e6") + "e-6"));
    world.post(asset, Money{raw_of("10000e6/" + trial.text("price_1e6"), 6)});
    trial.expect("weight_1e4", world.shown(world.margin().equity));
}

// Drift protocol-v2, calculate_size_discount_asset_weight and ..._premium_liability_weight: what
// ten thousand worth of the asset count, in whole units, at a price that makes its size worth that.
struct SizeWeight {
    const char* input;
    const char* parameter;
    bool owed{};
};
Decimal weight_by_size(Trial& trial, const SizeWeight& of, int decimals) {
    constexpr int price_decimals = 12;
    VenueWorld world{{.collateral = "venues/drift/size_weights"}, decimals};
    const std::string size = trial.text("size_1e9") + "e-9";
    const std::int64_t units = raw_of(size, 0);
    const Decimal price{.raw = 10'000 * power_of_ten(price_decimals) / units,
                        .decimals = price_decimals};
    const AssetId asset = world.define_priced_asset("T", 0, std::string{DecimalText{price}.view()});
    world.set(std::string{"size_weights."} + of.parameter, number_of(trial.text(of.input) + "e-4"));
    world.set("size_weights.factor", number_of(trial.text("imf_factor_1e6") + "e-6"));
    world.post(asset, Money{of.owed ? -units : units});
    const Money worth = world.margin().equity;
    return world.shown(of.owed ? -worth : worth);
}

void size_discounted_asset_weight(Trial& trial) {
    const SizeWeight of{.input = "asset_weight_1e4", .parameter = "asset_weight"};
    trial.expect("weight_1e4", weight_by_size(trial, of, 0));
}

void size_premium_liability_weight(Trial& trial) {
    const SizeWeight of{
        .input = "liability_weight_1e4", .parameter = "liability_weight", .owed = true};
    constexpr int finer = 4;
    if (weight_by_size(trial, of, finer).raw % power_of_ten(finer) != 0) {
        return trial.leave_out("Drift cuts what a debt weighs; riskd rounds what is owed up");
    }
    trial.expect("weight_1e4", weight_by_size(trial, of, 0));
}

}  // namespace

std::span<const Adapter> collateral_adapters() {
    static constexpr Adapter adapters[] = {
        {"haircut_collateral", haircut_collateral},
        {"tiered_collateral_rate", tiered_collateral_rate},
        {"account_equity", account_equity},
        {"buying_power_shared_collateral", buying_power_shared_collateral},
        {"deposit_scaled_asset_weight", deposit_scaled_asset_weight},
        {"size_discounted_asset_weight", size_discounted_asset_weight},
        {"size_premium_liability_weight", size_premium_liability_weight},
    };
    return adapters;
}

}  // namespace riskd::vectors
