// Options: what shorts must keep, what a trade of one moves, and the funding of perpetual ones.
// Sources beside each adapter; the case names the page or the test.
#include "tests/vectors/trial.hpp"
#include "tests/vectors/venue_world.hpp"

namespace riskd::vectors {

namespace {

// An option on the perpetual "U", whose price is the underlying's; prices to 8 decimals.
struct Defined {
    InstrumentId underlying;
    InstrumentId option;
};

Defined define(VenueWorld& world, Trial& trial, InstrumentDefinition definition) {
    const InstrumentId underlying = world.define(VenueWorld::perpetual("U"));
    definition.underlying = Name{"U"};
    const std::string right = trial.has("right") ? trial.text("right") : "call";
    definition.right = *find_enumerator<OptionRight>(option_right_names, right);
    definition.strike = trial.has("strike") ? trial.raw("strike", 0) : 1;
    definition.leverage_max = 1;
    if (is_dated(definition.kind)) definition.expiry.ns = raw_max;
    return {.underlying = underlying, .option = world.define(definition)};
}

InstrumentDefinition linear_option(int quantity_decimals) {
    InstrumentDefinition definition =
        VenueWorld::perpetual("X", {.price = 8, .quantity = quantity_decimals});
    definition.kind = ContractKind::linear_option;
    return definition;
}

// QuantConnect Lean, OptionMarginModel, and Interactive Brokers' figures for the same positions:
// the premium, and the larger of a share of the underlying less what is out of the money and a
// least share.
void equity_style_short_option_margin(Trial& trial) {
    VenueWorld world{{.margin = "margin/short_option"}};
    world.set("short_option.published", 1);
    world.set("short_option.min_rate", trial.number("min_rate"));
    world.set("short_option.otm_rate", trial.number("otm_rate"));
    InstrumentDefinition definition = linear_option(0);
    definition.contract_size = trial.raw("multiplier", 0);
    const Defined made = define(world, trial, definition);
    world.mark(made.underlying, Price{trial.raw("underlying", 8)});
    const auto margin = world.margin_of(made.option, Quantity{-trial.raw("contracts", 0)},
                                        Price{trial.raw("premium_basis", 8)});
    trial.expect("maintenance_margin", world.shown(margin.maintenance));
}

// BIT help centre, USDT margined options.
void crypto_short_option_margin(Trial& trial) {
    VenueWorld world{{.margin = "venues/deribit/options_standard"}};
    world.set("options_standard.published", 1);
    world.set("options_standard.initial", trial.number("im_rate"));
    world.set("options_standard.initial_min", trial.number("im_min_rate"));
    world.set("options_standard.maintenance", trial.number("mm_rate"));
    world.set("options_standard.maintenance_of_mark", trial.number("mm_rate"));
    const Defined made = define(world, trial, linear_option(0));
    world.mark(made.underlying, Price{trial.raw("underlying", 8)});
    const auto margin =
        world.margin_of(made.option, Quantity{-trial.raw("qty", 0)}, Price{trial.raw("mark", 8)});
    trial.expect("initial_margin", world.shown(margin.initial));
    trial.expect("maintenance_margin", world.shown(margin.maintenance));
}

// NautilusTrader, MarginAccount: the premium is cash at once, and no profit or loss.
void option_premium_cashflow(Trial& trial) {
    VenueWorld world;
    InstrumentDefinition definition = linear_option(0);
    definition.contract_size = trial.raw("multiplier", 0);
    const Defined made = define(world, trial, definition);
    world.mark(made.underlying, Price{100'000'000});
    const std::int64_t quantity = trial.raw("qty", 0);
    world.fill(made.option, Quantity{trial.text("side") == "buy" ? quantity : -quantity},
               Price{trial.raw("price", 8)});
    trial.expect("cash_flow_usd", world.shown(world.balance(world.currency())));
    trial.expect_true(world.position(made.option).realized_pnl == Money{}, "nothing is realized");
}

// Deri, everlasting options: the long pays mark - payoff for each funding period, as time passes.
void perpetual_option_funding(Trial& trial) {
    VenueWorld world{{}, 12};
    constexpr std::int64_t second = 1'000'000'000;
    InstrumentDefinition definition = VenueWorld::perpetual("X", {.price = 8, .quantity = 0});
    definition.kind = ContractKind::perpetual_option;
    definition.funding_interval.ns = trial.raw("funding_period_seconds", 0) * second;
    const Defined made = define(world, trial, definition);
    world.mark(made.underlying, Price{trial.raw("spot", 8)});
    world.fill(made.option, Quantity{trial.raw("qty", 0)}, Price{trial.raw("mark", 8)});
    const Money before = world.balance(world.currency());
    const int decimals = world.ledger().instrument(made.option).final_price_decimals;
    world.apply(Funding{.instrument = made.option,
                        .id = Id{"f"},
                        .price = Price{trial.raw("spot", decimals)},
                        .period = {trial.raw("elapsed_seconds", 0) * second}});
    trial.expect("funding_paid_by_long", world.shown(before - world.balance(world.currency())));
}

}  // namespace

std::span<const Adapter> option_adapters() {
    static constexpr Adapter adapters[] = {
        {"equity_style_short_option_margin", equity_style_short_option_margin},
        {"crypto_short_option_margin", crypto_short_option_margin},
        {"option_premium_cashflow", option_premium_cashflow},
        {"perpetual_option_funding", perpetual_option_funding},
    };
    return adapters;
}

}  // namespace riskd::vectors
