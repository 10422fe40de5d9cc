// Requirements of one position: tiers, rates that grow, fixed amounts, what a venue derives from
// leverage. Sources beside each adapter; the case names the page or the test.
#include "tests/vectors/trial.hpp"
#include "tests/vectors/venue_world.hpp"

namespace riskd::vectors {

namespace {

// Prices are 1, so that a quantity is its notional: 8 decimals of each.
constexpr Price unit_price{100'000'000};

VenueWorld::Scale to_the_cent() {
    return {.price = 8, .quantity = 8};
}

Row tier(const std::string& from, const std::string& maintenance, const std::string& amount) {
    return {{"notional", number_of(from)},
            {"initial", 1},
            {"maintenance", number_of(maintenance)},
            {"deduction", number_of(amount)}};
}

// What the engine says a notional must keep.
Decimal maintenance_of(VenueWorld& world, InstrumentId instrument, Quantity notional) {
    return world.shown(world.margin_of(instrument, notional, unit_price).maintenance);
}

// Binance USD-M "maintenance amount": margin = notional x rate - amount, by the last tier whose
// floor is not above the notional. Two notionals tell the rate and the amount apart.
void maintenance_tier_lookup(Trial& trial) {
    VenueWorld world;
    const InstrumentId instrument = world.define(VenueWorld::perpetual("X", to_the_cent()));
    std::vector<Row> rows;
    for (const YAML::Node& row : trial.in("tiers")) {
        rows.push_back(tier(row["min_notional"].as<std::string>(), row["mmr"].as<std::string>(),
                            row["maint_amount"].as<std::string>()));
    }
    world.set_rows("tiered.tiers", "X", rows);
    const Quantity notional{trial.raw("notional", 8)};
    const Quantity more{notional.raw + 100 * unit_price.raw};
    const Decimal held = maintenance_of(world, instrument, notional);
    const Decimal after = maintenance_of(world, instrument, more);
    const Decimal rate{.raw = (after.raw - held.raw) / 100, .decimals = 8};
    trial.expect("mmr", rate);
    if (!trial.expected("maint_amount")) return;
    const auto whole = static_cast<Wide>(notional.raw) * rate.raw / unit_price.raw;
    trial.expect("maint_amount", world.shown(Money{static_cast<std::int64_t>(whole) - held.raw}));
}

// Binance: the amounts are those that keep the margin from jumping. At each floor the engine's
// margin is what the rate below the floor would ask.
void maintenance_is_continuous(Trial& trial, const std::vector<Row>& rows,
                               const std::vector<std::string>& floors, std::size_t first) {
    VenueWorld world;
    const InstrumentId instrument = world.define(VenueWorld::perpetual("X", to_the_cent()));
    world.set_rows("tiered.tiers", "X", rows);
    for (std::size_t i = first; i < rows.size(); ++i) {
        const Quantity floor{raw_of(floors[i], 8)};
        const auto amount = maintenance_of(world, instrument, floor).raw;
        const auto below = maintenance_of(world, instrument, Quantity{floor.raw - 1}).raw;
        const std::int64_t cent = 2'000'000;  // amounts are published to the cent
        trial.expect_true(amount - below >= 0 && amount - below <= cent,
                          "continuous at " + floors[i]);
    }
}

// Bybit, the same without amounts: each rate is for the part of the notional in its tier.
void set_marginal_tiers(VenueWorld& world, const YAML::Node& tiers, const char* from) {
    std::vector<Row> rows;
    for (const YAML::Node& row : tiers) {
        rows.push_back({{"notional", number_of(row[from].as<std::string>())},
                        {"initial", 1},
                        {"maintenance", number_of(row["mmr"].as<std::string>())}});
    }
    world.set_rows("marginal_tiers.tiers", "X", rows);
}

void maintenance_margin_piecewise(Trial& trial) {
    VenueWorld world{{.margin = "venues/bybit/marginal_tiers"}};
    const InstrumentId instrument = world.define(VenueWorld::perpetual("X", to_the_cent()));
    set_marginal_tiers(world, trial.in("tiers"), "min");
    trial.expect("maintenance_margin",
                 maintenance_of(world, instrument, Quantity{trial.raw("notional", 8)}));
}

void maintenance_amount_recurrence(Trial& trial) {
    std::vector<Row> rows;
    std::vector<std::string> floors;
    for (std::size_t i = 0; i < trial.in("tiers").size(); ++i) {
        const YAML::Node row = trial.in("tiers")[i];
        floors.push_back(row["floor"].as<std::string>());
        rows.push_back(tier(floors.back(), row["mmr"].as<std::string>(),
                            trial.expected("maint_amounts")[i].as<std::string>()));
    }
    maintenance_is_continuous(trial, rows, floors, 1);
    // The amounts are what marginal rates ask less than the rate of the tier would.
    VenueWorld world{{.margin = "venues/bybit/marginal_tiers"}};
    const InstrumentId instrument = world.define(VenueWorld::perpetual("X", to_the_cent()));
    set_marginal_tiers(world, trial.in("tiers"), "floor");
    for (std::size_t i = 0; i < floors.size(); ++i) {
        const Quantity floor{raw_of(floors[i], 8)};
        const std::int64_t rate = raw_of(trial.in("tiers")[i]["mmr"].as<std::string>(), 8);
        const auto whole = static_cast<Wide>(floor.raw) * rate / unit_price.raw;
        const std::int64_t kept = maintenance_of(world, instrument, floor).raw;
        trial.expect(trial.expected("maint_amounts")[i],
                     world.shown(Money{static_cast<std::int64_t>(whole) - kept}),
                     "amount from " + floors[i]);
    }
}

// Binance COIN-M support page: the same with amounts in coin. The tiers below the one before are
// not given; nothing is asked there.
void maintenance_amount_step(Trial& trial) {
    const double begins = trial.number("amount_prev") / trial.number("mmr_prev");
    const std::vector<std::string> floors{"0", std::to_string(begins), trial.text("floor")};
    const std::vector<Row> rows{
        tier("0", "0", "0"), tier(floors[1], trial.text("mmr_prev"), trial.text("amount_prev")),
        tier(floors[2], trial.text("mmr"), trial.expected("amount").as<std::string>())};
    maintenance_is_continuous(trial, rows, floors, 2);
}

// Deribit help centre, linear perpetual: rate = base + size x slope.
void size_scaled_margin_rate(Trial& trial) {
    VenueWorld world{{.margin = "venues/deribit/size_scaled"}};
    const InstrumentId instrument = world.define(VenueWorld::perpetual("X"));
    world.set("size_scaled.initial", trial.number("base_rate"));
    world.set("size_scaled.growth", number_of("1/" + trial.text("rate_per_unit")));
    const auto margin =
        world.margin_of(instrument, Quantity{trial.raw("qty", 8)}, Price{trial.raw("price", 8)});
    trial.expect("margin_quote", world.shown(margin.initial));
}

// NautilusTrader LeveragedMarginModel, and Lean's, whose rate is one.
void leveraged_initial_margin(Trial& trial) {
    VenueWorld world{{.margin = "venues/nautilus_trader/leveraged"}};
    const InstrumentId instrument = world.define(VenueWorld::perpetual("X"));
    world.choose_leverage(
        trial.has("leverage") ? static_cast<std::uint32_t>(trial.raw("leverage", 0)) : 1);
    world.set("leveraged.initial", trial.has("rate") ? trial.number("rate") : 1);
    const auto margin =
        world.margin_of(instrument, Quantity{trial.raw("qty", 8)}, Price{trial.raw("price", 8)});
    trial.expect("margin", world.shown(margin.initial));
}

// The same of contracts of one USD, margined in the coin. Its figures are cut to 8 decimals.
void leveraged_initial_margin_inverse(Trial& trial) {
    VenueWorld world{{.margin = "venues/nautilus_trader/leveraged", .currency = "COIN"}, 12};
    const InstrumentId instrument =
        world.define(VenueWorld::inverse("X", {.price = 2, .quantity = 0}));
    world.choose_leverage(1);
    world.set("leveraged.initial", trial.number("rate"));
    const auto margin = world.margin_of(instrument, Quantity{trial.raw("contracts", 0)},
                                        Price{trial.raw("price", 2)});
    trial.expect("margin", world.shown(margin.initial));
}

// BitMEX, quanto futures: value = price x multiplier x contracts, in the settlement coin.
void quanto_contract(Trial& trial) {
    VenueWorld world{{.currency = "COIN"}};
    InstrumentDefinition definition = VenueWorld::perpetual("X", {.price = 2, .quantity = 0});
    definition.kind = ContractKind::quanto_perpetual;
    definition.settle = Name{"COIN"};
    definition.contract_size = trial.raw("multiplier_xbt_per_usd", 8);
    definition.contract_size_decimals = 8;
    const InstrumentId instrument = world.define(definition);
    world.set_rows("tiered.tiers", "X", one_tier(trial.number("im_rate"), 0));
    const Quantity contracts{trial.raw("contracts", 0)};
    world.post(Money{power_of_ten(8)});
    const Money before = world.margin().equity;
    world.fill(instrument, contracts, Price{trial.raw("entry_price", 2)});
    trial.expect("value_xbt", world.shown(world.figures().gross_exposure));
    trial.expect("initial_margin_xbt", world.shown(world.margin().initial_margin));
    world.mark(instrument, Price{trial.raw("exit_price", 2)});
    trial.expect("pnl_xbt", world.shown(world.margin().equity - before));
}

// Vega specification 0019-MCAL: isolated position margin = price x size x margin factor.
void product_of_factors(Trial& trial) {
    VenueWorld world;
    const InstrumentId instrument = world.define(VenueWorld::perpetual("X"));
    const auto factor = [&](int at) { return trial.in("factors")[at].as<std::string>(); };
    world.set_rows("tiered.tiers", "X", one_tier(number_of(factor(2)), 0));
    const auto margin =
        world.margin_of(instrument, Quantity{raw_of(factor(1), 8)}, Price{raw_of(factor(0), 8)});
    trial.expect("result", world.shown(margin.initial));
}

// Vega specification 0019-MCAL, of a position alone.
void cross_maintenance_margin_with_orders(Trial& trial) {
    VenueWorld world{{.margin = "venues/vega/with_orders"}, 0};
    const InstrumentId instrument =
        world.define(VenueWorld::perpetual("X", {.price = 0, .quantity = 0}));
    for (const char* name : {"risk_factor_long", "risk_factor_short", "linear_slippage"})
        world.set("with_orders." + std::string{name}, trial.number(name));
    world.set("with_orders.funding_due", trial.number("funding_per_unit"));
    constexpr std::int64_t enough = 1'000'000'000;
    world.post(Money{enough});
    const Price mark{trial.raw("mark_price", 0)};
    world.fill(instrument, Quantity{trial.raw("position_lots", 0)}, mark);
    world.mark(instrument, mark);
    for (const auto& [side, name] :
         {std::pair{Side::buy, "buy_orders"}, std::pair{Side::sell, "sell_orders"}}) {
        if (!trial.has(name)) continue;
        for (const YAML::Node& each : trial.in(name)) {
            const Decision decision =
                world.order({.instrument = instrument,
                             .side = side,
                             .quantity = Quantity{raw_of(each["lots"].as<std::string>(), 0)},
                             .price = Price{raw_of(each["price"].as<std::string>(), 0)}});
            trial.expect_true(decision.accepted, "the order is accepted");
        }
    }
    trial.expect("maintenance_margin", world.shown(world.margin().maintenance_margin));
}

// Vega 0019-MCAL: the margin of the future, and a share of the funding due. A price that is the
// future's margin, at a factor of one.
void perp_margin_with_funding(Trial& trial) {
    VenueWorld world{{.margin = "venues/vega/risk_factors"}};
    const InstrumentId instrument = world.define(VenueWorld::perpetual("X"));
    for (const char* name : {"risk_factor_long", "risk_factor_short"})
        world.set("risk_factors." + std::string{name}, 0);
    world.set("risk_factors.linear_slippage", 1);
    world.set("risk_factors.funding_factor", trial.number("margin_funding_factor"));
    world.set("risk_factors.funding_due", trial.number("funding_payment_per_unit"));
    const auto margin = world.margin_of(instrument, Quantity{trial.raw("position_units", 8)},
                                        Price{trial.raw("futures_margin", 8)});
    trial.expect("maintenance_margin", world.shown(margin.maintenance));
}

// exchange-core SymbolPositionRecord: max(buy x (pending buys + position), sell x (pending sells -
// position)), a fixed amount for each lot.
void per_lot_margin_worst_side(Trial& trial) {
    const std::int64_t position = trial.raw("position_lots", 0);
    const std::int64_t buys = trial.raw("pending_buy_lots", 0);
    const std::int64_t sells = trial.raw("pending_sell_lots", 0);
    VenueWorld world{{.margin = "venues/exchange_core/per_lot"}, 0};
    const InstrumentId instrument =
        world.define(VenueWorld::perpetual("X", {.price = 0, .quantity = 0}));
    world.set("per_lot.margin_buy", trial.number("margin_buy_per_lot"));
    world.set("per_lot.margin_sell", trial.number("margin_sell_per_lot"));
    const Price price{100'000};
    world.post(Money{1'000'000});
    world.fill(instrument, Quantity{position}, price);
    world.mark(instrument, price);
    for (const auto& [side, lots] : {std::pair{Side::buy, buys}, std::pair{Side::sell, sells}}) {
        if (lots == 0) continue;
        const Decision decision = world.order(
            {.instrument = instrument, .side = side, .quantity = Quantity{lots}, .price = price});
        trial.expect_true(decision.accepted, "the pending order is accepted");
    }
    trial.expect("required_margin", world.shown(world.margin().initial_margin));
}

// Hyperliquid documentation, liquidations.
void maintenance_from_max_leverage(Trial& trial) {
    VenueWorld world{{.margin = "venues/hyperliquid/half_of_initial"}};
    InstrumentDefinition definition = VenueWorld::perpetual("X", to_the_cent());
    definition.leverage_max = static_cast<std::uint32_t>(trial.raw("max_leverage", 0));
    const InstrumentId instrument = world.define(definition);
    trial.expect("maintenance_rate", maintenance_of(world, instrument, Quantity{unit_price.raw}));
}

// Drift protocol-v2, prediction markets: a short can lose what is left to the highest price.
void prediction_market_margin(Trial& trial) {
    VenueWorld world{{.margin = "venues/drift/bounded_price"}};
    const InstrumentId instrument = world.define(VenueWorld::perpetual("X"));
    world.set("bounded_price.price_max", trial.number("max_price"));
    world.set("bounded_price.initial", trial.number("margin_ratio"));
    const auto margin =
        world.margin_of(instrument, Quantity{trial.raw("qty", 8)}, Price{trial.raw("price", 8)});
    trial.expect("margin", world.shown(margin.initial));
}

}  // namespace

std::span<const Adapter> margin_adapters() {
    static constexpr Adapter adapters[] = {
        {"maintenance_tier_lookup", maintenance_tier_lookup},
        {"maintenance_amount_recurrence", maintenance_amount_recurrence},
        {"maintenance_margin_piecewise", maintenance_margin_piecewise},
        {"maintenance_amount_step", maintenance_amount_step},
        {"size_scaled_margin_rate", size_scaled_margin_rate},
        {"leveraged_initial_margin_linear", leveraged_initial_margin},
        {"leveraged_initial_margin_inverse", leveraged_initial_margin_inverse},
        {"quanto_contract", quanto_contract},
        {"product_of_factors", product_of_factors},
        {"cross_maintenance_margin_with_orders", cross_maintenance_margin_with_orders},
        {"perp_margin_with_funding", perp_margin_with_funding},
        {"per_lot_margin_worst_side", per_lot_margin_worst_side},
        {"maintenance_from_max_leverage", maintenance_from_max_leverage},
        {"prediction_market_margin", prediction_market_margin},
    };
    return adapters;
}

}  // namespace riskd::vectors
