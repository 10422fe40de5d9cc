// Isolated margin: what fills set apart and release (Vega core/risk, isolated margin), and when
// such a position is liquidated (FLOX; OKX and Gate with the fee of closing).
#include "tests/vectors/trial.hpp"
#include "tests/vectors/venue_world.hpp"

namespace riskd::vectors {

namespace {

// Amounts of whole units, as Vega's tests have them; prices too.
VenueWorld vega_world() {
    return VenueWorld{{}, 0};
}

InstrumentId vega_instrument(Trial& trial, VenueWorld& world) {
    int decimals = 0;
    for (auto factor = trial.raw("position_factor", 0); factor > 1; factor /= 10)
        ++decimals;
    const InstrumentId id =
        world.define(VenueWorld::perpetual("X", {.price = 0, .quantity = decimals}));
    world.set_rows("tiered.tiers", "X", one_tier(0, 0));
    world.isolate(id);
    world.post(Money{1'000'000});
    return id;
}

// margin_factor 0.5 is leverage 2.
void choose_factor(Trial& trial, VenueWorld& world) {
    world.choose_leverage(static_cast<std::uint32_t>(1 / trial.number("margin_factor") + 0.5));
}

std::int64_t whole(const YAML::Node& trade, const char* name) {
    return raw_of(trade[name].as<std::string>(), 0);
}

struct Trades {
    std::int64_t lots{};
    std::int64_t price{};  // of all of them by volume, cut to whole units as the source does
};
Trades together(const YAML::Node& trades) {
    Trades all;
    for (const YAML::Node& trade : trades) {
        all.lots += whole(trade, "lots");
        all.price += whole(trade, "lots") * whole(trade, "price");
    }
    all.price /= all.lots;
    return all;
}

void isolated_margin_topup_on_increase(Trial& trial) {
    VenueWorld world = vega_world();
    const InstrumentId id = vega_instrument(trial, world);
    choose_factor(trial, world);
    for (const YAML::Node& trade : trial.in("trades"))
        world.fill(id, Quantity{whole(trade, "lots")}, Price{whole(trade, "price")});
    trial.expect("transfer", world.shown(world.position(id).isolated_margin));
}

// Vega settles at each mark, so the position costs what it is worth there. What it hands out is the
// margin released and what the close has earned.
void isolated_margin_release_on_decrease(Trial& trial) {
    VenueWorld world = vega_world();
    const InstrumentId id = vega_instrument(trial, world);
    world.fill(id, Quantity{trial.raw("position_lots_before", 0)},
               Price{trial.raw("mark_price", 0)});
    world.set_isolated_margin(id, Money{trial.raw("margin_balance", 0)});
    const Money before = world.margin().equity;
    const Trades all = together(trial.in("trades"));
    world.fill(id, Quantity{-all.lots}, Price{all.price});
    trial.expect("transfer", world.shown(world.margin().equity - before));
}

// From the other side through zero, at the entry price, so that nothing is earned.
void isolated_margin_flip_transfer(Trial& trial) {
    const bool tops_up = trial.expected("direction").as<std::string>() == "topup";
    if (!tops_up) return trial.leave_out("the new margin is cut toward zero; riskd rounds it up");
    VenueWorld world = vega_world();
    const InstrumentId id = vega_instrument(trial, world);
    choose_factor(trial, world);
    const YAML::Node trades = trial.in("trades");
    const Price last{whole(trades[trades.size() - 1], "price")};
    const std::int64_t opened = trial.raw("new_position_lots", 0);
    const std::int64_t closed = together(trades).lots - opened;
    world.fill(id, Quantity{closed}, last);
    world.set_isolated_margin(id, Money{trial.raw("margin_balance", 0)});
    const Money before = world.position(id).isolated_margin;
    world.fill(id, Quantity{-closed - opened}, last);
    trial.expect("transfer", world.shown(world.position(id).isolated_margin - before));
}

// FLOX: margin + q x (mark - entry) < fraction x |q| x mark. The account has money enough.
void isolated_liquidation_trigger(Trial& trial) {
    VenueWorld world;
    const InstrumentId id = world.define(VenueWorld::perpetual("X"));
    world.set_rows("tiered.tiers", "X", one_tier(0, trial.number("mm_fraction")));
    world.isolate(id);
    world.post(Money{100'000 * power_of_ten(8)});
    world.fill(id, Quantity{trial.raw("qty", 8)}, Price{trial.raw("entry", 8)});
    world.set_isolated_margin(id, Money{trial.raw("equity", 8)});
    world.mark(id, Price{trial.raw("mark", 8)});
    const bool triggered = world.position(id).stage == Stage::liquidate;
    trial.expect_word("liquidate", triggered ? "true" : "false");
    trial.expect_true(!world.is_liquidated(), "the account's own ladder is not touched");
}

// OKX and Gate: (EP -+ margin / q) / (1 -+ (MMR + taker fee)).
void linear_isolated_liq_price_with_taker_fee(Trial& trial) {
    VenueWorld world{{.margin = "venues/okx/closing_fee"}};
    const InstrumentId id = world.define(VenueWorld::perpetual("X"));
    world.set_rows("closing_fee.tiers", "X", one_tier(0, trial.number("mmr")));
    world.set("closing_fee.fee", trial.number("taker_fee"));
    world.isolate(id);
    world.post(Money{1'000 * power_of_ten(8)});
    const Quantity quantity{trial.raw("qty", 8)};
    const bool is_short = trial.text("side") == "short";
    world.fill(id, is_short ? -quantity : quantity, Price{trial.raw("entry_price", 8)});
    world.set_isolated_margin(id, Money{trial.raw("margin", 8)});
    const auto price = world.liquidation_price(id);
    trial.expect_true(price.has_value(), "there is a liquidation price");
    if (price) trial.expect("liq_price", world.shown(id, *price));
}

}  // namespace

std::span<const Adapter> isolated_adapters() {
    static constexpr Adapter adapters[] = {
        {"isolated_margin_topup_on_increase", isolated_margin_topup_on_increase},
        {"isolated_margin_release_on_decrease", isolated_margin_release_on_decrease},
        {"isolated_margin_flip_transfer", isolated_margin_flip_transfer},
        {"isolated_liquidation_trigger", isolated_liquidation_trigger},
        {"linear_isolated_liq_price_with_taker_fee", linear_isolated_liq_price_with_taker_fee},
    };
    return adapters;
}

}  // namespace riskd::vectors
