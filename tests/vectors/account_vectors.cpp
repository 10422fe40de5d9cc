// What trades, funding and prices do to an account: results, equity, payments.
#include "tests/vectors/trial.hpp"
#include "tests/vectors/venue_world.hpp"

namespace riskd::vectors {

namespace {

// Binance and Bybit: size x mark x rate, from longs to shorts when positive (freqtrade's cases).
void funding_payment(Trial& trial) {
    VenueWorld world{{}, 12};
    const InstrumentId instrument = world.define(VenueWorld::perpetual("X"));
    const Quantity quantity{trial.raw("qty", 8)};
    world.fill(instrument, trial.text("side") == "short" ? -quantity : quantity,
               Price{power_of_ten(8)});
    int number = 0;
    for (const YAML::Node& each : trial.in("events")) {
        world.apply(Funding{.instrument = instrument,
                            .id = Id{"f" + std::to_string(++number)},
                            .rate = raw_of(each["funding_rate"].as<std::string>(), rate_decimals),
                            .price = Price{raw_of(each["mark_price"].as<std::string>(), 8)}});
    }
    trial.expect("funding_received", world.shown(world.balance(world.currency())));
}

// Synthetix perps market: collateral and unrealized results; its "available margin" is our equity.
void available_margin_of_results(Trial& trial) {
    VenueWorld world;
    world.post(Money{trial.raw("collateral", 8)});
    int number = 0;
    for (const YAML::Node& pnl : trial.in("pnls")) {
        const std::string name = "X" + std::to_string(++number);
        const InstrumentId instrument = world.define(VenueWorld::perpetual(name));
        world.set_rows("tiered.tiers", name, one_tier(0, 0));
        const Price entry{10'000 * power_of_ten(8)};
        world.fill(instrument, Quantity{power_of_ten(8)}, entry);
        world.mark(instrument, Price{entry.raw + raw_of(pnl.as<std::string>(), 8)});
    }
    trial.expect("available_margin", world.shown(world.margin().equity));
}

// nautilus_trader#2657: a fill beyond the position realizes the position's part only.
void linear_realized_pnl(Trial& trial) {
    VenueWorld world;
    const InstrumentId instrument = world.define(VenueWorld::perpetual("X"));
    const bool is_long = trial.text("side") == "long";
    const Quantity held{trial.raw("position_qty", 8)};
    const Quantity closing{trial.raw("close_qty", 8)};
    world.fill(instrument, is_long ? held : -held, Price{trial.raw("entry_price", 8)});
    world.fill(instrument, is_long ? -closing : closing, Price{trial.raw("exit_price", 8)});
    trial.expect("pnl", world.shown(world.position(instrument).realized_pnl));
}

// Vega specification 0012-POSR: position, realized and unrealized result after each step.
void netting_pnl_sequence(Trial& trial) {
    VenueWorld world;
    const InstrumentId instrument = world.define(VenueWorld::perpetual("X"));
    const YAML::Node wanted = trial.expected("position_realised_unrealised");
    for (std::size_t i = 0; i < trial.in("steps").size(); ++i) {
        const YAML::Node step = trial.in("steps")[i];
        const Price mark{raw_of(step["mark"].as<std::string>(), 8)};
        world.mark(instrument, mark);
        if (step["qty"]) {
            const Price price =
                step["price"] ? Price{raw_of(step["price"].as<std::string>(), 8)} : mark;
            world.fill(instrument, Quantity{raw_of(step["qty"].as<std::string>(), 8)}, price);
        }
        const Position& position = world.position(instrument);
        const Money unrealized = world.margin().equity - world.balance(world.currency());
        const std::string at = " after step " + std::to_string(i + 1);
        trial.expect(wanted[i][0], {.raw = position.quantity.raw, .decimals = 8}, "position" + at);
        trial.expect(wanted[i][1], world.shown(position.realized_pnl), "realized" + at);
        trial.expect(wanted[i][2], world.shown(unrealized), "unrealized" + at);
    }
}

}  // namespace

std::span<const Adapter> account_adapters() {
    static constexpr Adapter adapters[] = {
        {"funding_payment", funding_payment},
        {"available_margin", available_margin_of_results},
        {"linear_realized_pnl", linear_realized_pnl},
        {"netting_pnl_sequence", netting_pnl_sequence},
    };
    return adapters;
}

}  // namespace riskd::vectors
