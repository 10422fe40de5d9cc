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

// Mango v4, health of tokens: weights, scaled past the platform's thresholds.
void weighted_health(Trial& trial) {
    if (trial.has("perp")) {
        return trial.leave_out("a weight on the whole of a perpetual's position and result");
    }
    if (trial.in("open_orders").size() > 0) {
        return trial.leave_out("spot orders reserve funds, credited where weights are worse");
    }
    VenueWorld world{{.collateral = "venues/mango/weights"}};
    for (const YAML::Node& token : trial.in("tokens")) {
        const std::string name = token["id"].as<std::string>();
        const AssetId asset =
            world.define_priced_asset(name, asset_decimals, token["price"].as<std::string>());
        const auto set = [&](const char* parameter, const char* field) {
            if (!token[field]) return;
            world.set_for_asset("weights." + std::string{parameter}, name,
                                number_of(token[field].as<std::string>()));
        };
        set("asset_weight", "asset_weight");
        set("liability_weight", "liab_weight");
        set("deposits", "total_deposits");
        set("deposits_start", "deposit_scale_start_quote");
        set("borrows", "total_borrows");
        set("borrows_start", "borrow_scale_start_quote");
        world.post(asset, Money{raw_of(token["balance"].as<std::string>(), asset_decimals)});
    }
    trial.expect("health", world.shown(world.margin().equity));
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

// Derive (v2-core) standard manager, without options or with one: 6.5 % and 5 % of a perpetual at
// mark, a share of base collateral. Balances are after the requirement.
void standard_margin(Trial& trial) {
    if (is_single_option(trial)) return single_option_margin(trial);
    for (const YAML::Node& market : trial.in("markets")) {
        if (market["options"].size() > 0) return option_book_margin(trial);
        const bool sure =
            number_of(market["spot_confidence"].as<std::string>()) == 1 &&
            (!market["perp"] || number_of(market["perp"]["confidence"].as<std::string>()) == 1);
        if (!sure) return trial.leave_out("prices have no confidence in riskd, only an age");
    }
    const YAML::Node params = trial.in("params");
    const auto param = [&](const char* name) { return number_of(params[name].as<std::string>()); };
    VenueWorld world;
    world.post(Money{trial.raw("cash", 8)});
    world.set("haircut.haircut", 1 - param("base_factor"));
    for (const YAML::Node& market : trial.in("markets")) {
        const std::string name = market["name"].as<std::string>();
        if (market["base_qty"]) {
            const AssetId asset =
                world.define_priced_asset(name, asset_decimals, market["spot"].as<std::string>());
            world.post(asset, Money{raw_of(market["base_qty"].as<std::string>(), asset_decimals)});
        }
        const YAML::Node perp = market["perp"];
        if (!perp) continue;
        const auto field = [&](const char* key) { return perp[key].as<std::string>(); };
        const InstrumentId instrument = world.define(VenueWorld::perpetual(name + "-PERP"));
        world.set_rows("tiered.tiers", name + "-PERP",
                       one_tier(param("perp_im"), param("perp_mm")));
        world.fill(instrument, Quantity{raw_of(field("qty"), 8)},
                   Price{raw_of(field("entry_price"), 8)});
        world.mark(instrument, Price{raw_of(field("price"), 8)});
        if (perp["unsettled_funding"]) {
            world.post(world.currency(), Money{raw_of(field("unsettled_funding"), 8)},
                       BalanceKind::rebate);
        }
    }
    trial.expect("initial_margin_balance", world.shown(available_margin(world.margin())));
    trial.expect("maintenance_margin_balance", world.shown(headroom(world.margin())));
}

}  // namespace

std::span<const Adapter> collateral_adapters() {
    static constexpr Adapter adapters[] = {
        {"haircut_collateral", haircut_collateral},
        {"tiered_collateral_rate", tiered_collateral_rate},
        {"account_equity", account_equity},
        {"buying_power_shared_collateral", buying_power_shared_collateral},
        {"weighted_health", weighted_health},
        {"deposit_scaled_asset_weight", deposit_scaled_asset_weight},
        {"option_portfolio_standard_margin", standard_margin},
        {"size_discounted_asset_weight", size_discounted_asset_weight},
        {"size_premium_liability_weight", size_premium_liability_weight},
    };
    return adapters;
}

}  // namespace riskd::vectors
