// Liquidation and bankruptcy prices, found by the engine in its own evaluation of the account.
#include "tests/vectors/trial.hpp"
#include "tests/vectors/venue_world.hpp"

namespace riskd::vectors {

namespace {

Quantity signed_quantity(const std::string& side, const std::string& quantity) {
    const Quantity size{raw_of(quantity, 8)};
    return side == "short" ? -size : size;
}

// Binance: one rate with its amount is a table whose first tier, where nothing is asked, ends where
// the rate begins to ask something.
std::vector<Row> with_amount(const std::string& rate, const std::string& amount) {
    const Row nothing{{"notional", 0}, {"initial", 1}, {"maintenance", 0}};
    return {nothing,
            {{"notional", number_of(amount) / number_of(rate)},
             {"initial", 1},
             {"maintenance", number_of(rate)},
             {"deduction", number_of(amount)}}};
}

void expect_liquidation_price(Trial& trial, VenueWorld& world, InstrumentId instrument) {
    const auto price = world.liquidation_price(instrument);
    trial.expect_true(price.has_value(), "there is a liquidation price");
    if (price) trial.expect("liq_price", world.shown(instrument, *price));
}

// Binance USD-M, "How to calculate liquidation price": LP = (WB - TMM of others + UPNL of others +
// cum - side x q x EP) / (q x MMR - side x q).
void linear_liq_price_maint_amount(Trial& trial) {
    VenueWorld world;
    world.post(Money{trial.raw("wallet_balance", 8)});
    const InstrumentId instrument = world.define(VenueWorld::perpetual("X"));
    world.set_rows("tiered.tiers", "X", with_amount(trial.text("mmr"), trial.text("maint_amount")));
    if (trial.has("other_positions")) {
        for (const YAML::Node& other : trial.in("other_positions")) {
            const auto field = [&](const char* name) { return other[name].as<std::string>(); };
            const InstrumentId id = world.define(VenueWorld::perpetual("Y"));
            world.set_rows("tiered.tiers", "Y", with_amount(field("mmr"), field("maint_amount")));
            world.fill(id, signed_quantity(field("side"), field("qty")),
                       Price{raw_of(field("entry_price"), 8)});
            world.mark(id, Price{raw_of(field("mark_price"), 8)});
        }
    }
    world.fill(instrument, signed_quantity(trial.text("side"), trial.text("qty")),
               Price{trial.raw("entry_price", 8)});
    expect_liquidation_price(trial, world, instrument);
}

// Binance COIN-M, cross: LP = (1 + MMR) x Q / (WB + cum + Q / EP) for a long.
void inverse_cross_liq_price_maint_amount(Trial& trial) {
    VenueWorld world{{.currency = "COIN"}};
    const InstrumentId instrument =
        world.define(VenueWorld::inverse("X", {.price = 8, .quantity = 0}));
    world.set_rows("tiered.tiers", "X",
                   with_amount(trial.text("mmr"), trial.text("maint_amount_btc")));
    world.post(Money{trial.raw("wallet_balance_btc", 8)});
    const Quantity contracts{trial.raw("contracts_usd", 0)};
    world.fill(instrument, trial.text("side") == "short" ? -contracts : contracts,
               Price{trial.raw("entry_price", 8)});
    expect_liquidation_price(trial, world, instrument);
}

// Bybit, isolated: EP x (1 -+ 1 / leverage +- MMR), a share of what the position cost.
void linear_isolated_liq_price_simple(Trial& trial) {
    VenueWorld world{{.margin = "venues/bybit/entry_value"}};
    const InstrumentId instrument = world.define(VenueWorld::perpetual("X"));
    world.set("entry_value.maintenance", trial.number("mmr"));
    world.post(Money{raw_of(trial.text("entry_price") + "/" + trial.text("leverage"), 8)});
    world.fill(instrument, signed_quantity(trial.text("side"), "1"),
               Price{trial.raw("entry_price", 8)});
    expect_liquidation_price(trial, world, instrument);
}

// The same of contracts of one USD: what they are worth, what they need, where they end.
void inverse_isolated_liq_price(Trial& trial) {
    VenueWorld world{{.margin = "venues/bybit/entry_value", .currency = "COIN"}};
    const InstrumentId instrument =
        world.define(VenueWorld::inverse("X", {.price = 8, .quantity = 0}));
    world.set("entry_value.maintenance", trial.number("mmr"));
    world.choose_leverage(static_cast<std::uint32_t>(trial.raw("leverage", 0)));
    const Quantity contracts{trial.raw("contracts_usd", 0)};
    world.fill(instrument, trial.text("side") == "short" ? -contracts : contracts,
               Price{trial.raw("entry_price", 8)});
    trial.expect("position_value", world.shown(world.figures().gross_exposure));
    const AccountMargin margin = world.margin();
    trial.expect("initial_margin", world.shown(margin.initial_margin));
    trial.expect("maintenance_margin", world.shown(margin.maintenance_margin));
    // The margin is the account's only money.
    world.post(margin.initial_margin);
    expect_liquidation_price(trial, world, instrument);
}

InstrumentId long_inverse_cross(Trial& trial, VenueWorld& world) {
    const InstrumentId instrument =
        world.define(VenueWorld::inverse("X", {.price = 8, .quantity = 0}));
    world.set("entry_value.fee", trial.number("taker_fee"));
    world.post(Money{trial.raw("available_balance_btc", 8)});
    world.fill(instrument, Quantity{trial.raw("contracts_usd", 0)},
               Price{trial.raw("entry_price", 8)});
    return instrument;
}

// Bybit takes the closing fee at the bankruptcy price, the rule at mark: two cents between them.
void inverse_cross_liq_price(Trial& trial) {
    VenueWorld world{{.margin = "venues/bybit/entry_value", .currency = "COIN"}};
    world.set("entry_value.maintenance", trial.number("mmr"));
    const InstrumentId instrument = long_inverse_cross(trial, world);
    expect_liquidation_price(trial, world, instrument);
}

// With the fee of closing there, and nothing else, to be kept.
void inverse_cross_bankruptcy_price(Trial& trial) {
    VenueWorld world{{.margin = "venues/bybit/entry_value", .currency = "COIN"}};
    world.set("entry_value.maintenance", 0);
    const InstrumentId instrument = long_inverse_cross(trial, world);
    const auto price = world.liquidation_price(instrument);
    trial.expect_true(price.has_value(), "there is a price at which the fee takes all");
    if (price) trial.expect("bankruptcy_price", world.shown(instrument, *price));
}

// TorchTrade#344: equity + size x (P - mark) = MMR x size x P + what the others must keep.
void cross_liq_price_other_maintenance(Trial& trial) {
    VenueWorld world;
    const InstrumentId other = world.define(VenueWorld::perpetual("Y"));
    const InstrumentId instrument = world.define(VenueWorld::perpetual("X"));
    world.set_rows("tiered.tiers", "X", one_tier(0, trial.number("mmr")));
    world.set_rows("tiered.tiers", "Y", one_tier(0, 0.5));
    world.post(Money{trial.raw("equity", 8)});
    // Half of two times the requirement.
    world.fill(other, Quantity{2 * trial.raw("other_maintenance", 8)}, Price{power_of_ten(8)});
    world.fill(instrument, Quantity{trial.raw("size", 8)}, Price{trial.raw("mark", 8)});
    expect_liquidation_price(trial, world, instrument);
}

// Bybit, bankruptcy price: EP x (1 -+ 1 / leverage), the margin being the account's only money.
void isolated_bankruptcy_price(Trial& trial) {
    VenueWorld world;
    const InstrumentId instrument = world.define(VenueWorld::perpetual("X"));
    world.set_rows("tiered.tiers", "X", one_tier(0, 0.005));
    const std::string margin = trial.text("entry_price") + "/" + trial.text("leverage");
    world.post(Money{raw_of(margin, 8)});
    world.fill(instrument, signed_quantity(trial.text("side"), "1"),
               Price{trial.raw("entry_price", 8)});
    const auto edge = world.liquidation_price(instrument);
    trial.expect_true(edge.has_value(), "there is a liquidation price");
    if (!edge) return;
    world.mark(instrument, Price{edge->raw + (trial.text("side") == "short" ? 1 : -1)});
    const CloseLeg* leg = world.last_close(instrument);
    trial.expect_true(leg != nullptr && leg->has_bankruptcy_price, "the position is to be closed");
    if (leg != nullptr) {
        trial.expect("bankruptcy_price", world.shown(instrument, leg->bankruptcy_price));
    }
}

}  // namespace

std::span<const Adapter> liquidation_adapters() {
    static constexpr Adapter adapters[] = {
        {"linear_liq_price_maint_amount", linear_liq_price_maint_amount},
        {"inverse_cross_liq_price_maint_amount", inverse_cross_liq_price_maint_amount},
        {"cross_liq_price_other_maintenance", cross_liq_price_other_maintenance},
        {"isolated_bankruptcy_price", isolated_bankruptcy_price},
        {"linear_isolated_liq_price_simple", linear_isolated_liq_price_simple},
        {"inverse_isolated_liq_price", inverse_isolated_liq_price},
        {"inverse_cross_liq_price", inverse_cross_liq_price},
        {"inverse_cross_bankruptcy_price", inverse_cross_bankruptcy_price},
    };
    return adapters;
}

}  // namespace riskd::vectors
