// Options: what shorts must keep, what a trade of one moves, and the funding of perpetual ones.
// Sources beside each adapter; the case names the page or the test.
#include <cmath>

#include "riskd/core/contracts/black76.hpp"
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

double field(const YAML::Node& of, const char* name) {
    return number_of(of[name].as<std::string>());
}

}  // namespace

bool is_single_option(Trial& trial) {
    const YAML::Node markets = trial.in("markets");
    return markets.size() == 1 && markets[0]["options"].size() == 1 && !markets[0]["perp"] &&
           !markets[0]["base_qty"];
}

// The venue makes the mark from a volatility and a forward; margin is of the spot price. Balances
// are after the requirement, of an account without cash.
void single_option_margin(Trial& trial) {
    const YAML::Node market = trial.in("markets")[0];
    const YAML::Node held = market["options"][0];
    const bool sure = field(market, "spot_confidence") == 1 && field(held, "vol_confidence") == 1 &&
                      field(held, "forward_confidence") == 1;
    if (!sure) return trial.leave_out("prices have no confidence in riskd, only an age");
    if (trial.number("stable_price") != 1) return trial.leave_out("no add-on for a lost peg");
    const double strike = field(held, "strike");
    const double quantity = field(held, "qty");
    const bool is_put = held["right"].as<std::string>() == "put";
    const YAML::Node params = trial.in("params");
    if (is_put && quantity < 0 && strike < field(params, "min_spot") * field(market, "spot"))
        return option_book_margin(trial);  // a put that cannot lose as much as it is asked
    VenueWorld world{{.margin = "venues/deribit/options_standard"}};
    world.set("options_standard.published", 1);
    world.set("options_standard.initial", field(params, "max_spot"));
    world.set("options_standard.initial_min", field(params, "min_spot"));
    world.set("options_standard.maintenance", field(params, "mm_put_spot"));
    world.set("options_standard.maintenance_of_mark", field(params, "mm_put_mtm"));
    const InstrumentId spot = world.define(VenueWorld::perpetual("U"));
    world.mark(spot, Price{raw_of(market["spot"].as<std::string>(), 8)});
    InstrumentDefinition definition = linear_option(8);
    definition.underlying = Name{"U"};
    definition.right = is_put ? OptionRight::put : OptionRight::call;
    definition.strike = static_cast<std::int64_t>(strike);
    definition.expiry.ns = raw_max;
    const InstrumentId option = world.define(definition);
    const double mark = black76::price({.right = definition.right,
                                        .forward = field(held, "forward"),
                                        .strike = strike,
                                        .volatility = field(held, "vol"),
                                        .years = field(held, "expiry_seconds") / (365 * 86'400)});
    const Price price{std::max<std::int64_t>(std::llround(mark * 1e8), 1)};
    const auto margin =
        world.margin_of(option, Quantity{raw_of(held["qty"].as<std::string>(), 8)}, price);
    trial.expect("initial_margin_balance", world.shown(-margin.initial));
    trial.expect("maintenance_margin_balance", world.shown(-margin.maintenance));
}

namespace {

// Whether every price is sure, which riskd takes prices for.
bool is_sure(const YAML::Node& market) {
    bool sure = field(market, "spot_confidence") == 1;
    if (market["perp"]) sure = sure && field(market["perp"], "confidence") == 1;
    for (const YAML::Node& held : market["options"]) {
        sure = sure && field(held, "forward_confidence") == 1 && field(held, "vol_confidence") == 1;
    }
    return sure;
}

void hold_option(VenueWorld& world, const YAML::Node& market, const YAML::Node& held) {
    const std::string name = market["name"].as<std::string>();
    InstrumentDefinition definition = linear_option(8);
    const std::string right = held["right"].as<std::string>();
    const std::string expiry = held["expiry_seconds"].as<std::string>();
    definition.name = Name{name + right + held["strike"].as<std::string>() + "-" + expiry};
    definition.base = Name{name};
    definition.underlying = Name{name + "-SPOT"};
    definition.right = *find_enumerator<OptionRight>(option_right_names, right);
    definition.strike = raw_of(held["strike"].as<std::string>(), 0);
    constexpr std::int64_t begin = 1'700'000'000;
    definition.expiry.ns = (begin + raw_of(expiry, 0)) * 1'000'000'000;
    const InstrumentId option = world.define(definition);
    const double mark = black76::price({.right = definition.right,
                                        .forward = field(held, "forward"),
                                        .strike = field(held, "strike"),
                                        .volatility = field(held, "vol"),
                                        .years = field(held, "expiry_seconds") / (365 * 86'400)});
    const Price price{std::max<std::int64_t>(std::llround(mark * 1e8), 1)};
    world.apply(PriceUpdate{.instrument = option,
                            .mark = price,
                            .implied_volatility = std::llround(field(held, "vol") * 1e8),
                            .as_of = {begin * 1'000'000'000}});
    world.fill(option, Quantity{raw_of(held["qty"].as<std::string>(), 8)}, price);
}

}  // namespace

// The whole of an account: options by expiry, perpetuals, base collateral. Cash is set after the
// premiums. The margin of a forward is asked of the spot price, which differs by a thousandth.
void option_book_margin(Trial& trial) {
    if (trial.number("stable_price") != 1) return trial.leave_out("no add-on for a lost peg");
    const YAML::Node params = trial.in("params");
    VenueWorld world{{.margin = "venues/derive/standard"}};
    world.set("haircut.haircut", 1 - field(params, "base_factor"));
    for (const YAML::Node& market : trial.in("markets")) {
        if (!is_sure(market)) {
            return trial.leave_out("prices have no confidence in riskd, only an age");
        }
        const std::string name = market["name"].as<std::string>();
        const AssetId asset = world.define_priced_asset(name, 8, market["spot"].as<std::string>());
        InstrumentDefinition spot = VenueWorld::perpetual(name + "-SPOT");
        spot.base = Name{name};
        world.mark(world.define(spot), Price{raw_of(market["spot"].as<std::string>(), 8)});
        for (const YAML::Node& held : market["options"])
            hold_option(world, market, held);
        if (market["base_qty"]) {
            world.post(asset, Money{raw_of(market["base_qty"].as<std::string>(), 8)});
        }
        if (market["perp"]) return trial.leave_out("perpetuals beside options");
    }
    world.post(Money{trial.raw("cash", 8) - world.balance(world.currency()).raw});
    trial.expect("initial_margin_balance", world.shown(available_margin(world.margin())));
    trial.expect("maintenance_margin_balance", world.shown(headroom(world.margin())));
}

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
