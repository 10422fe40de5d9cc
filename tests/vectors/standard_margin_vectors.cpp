// Derive (v2-core), standard manager: options by expiry, perpetuals and base collateral of several
// coins in one account.
#include <cmath>

#include "riskd/core/contracts/black76.hpp"
#include "tests/vectors/trial.hpp"
#include "tests/vectors/venue_world.hpp"

namespace riskd::vectors {

namespace {

constexpr int coin_decimals = 8;

constexpr std::pair<const char*, const char*> standard_sources[] = {
    {"perp_maintenance", "perp_mm"},
    {"perp_initial", "perp_im"},
    {"spot_max", "max_spot"},
    {"spot_min", "min_spot"},
    {"call_spot", "mm_call_spot"},
    {"put_spot", "mm_put_spot"},
    {"put_mark", "mm_put_mtm"},
    {"unpaired_initial", "unpaired_im"},
    {"unpaired_maintenance", "unpaired_mm"},
    {"put_offset", "mm_offset_scale"},
    {"confidence_threshold", "oc_threshold"},
    {"confidence_factor", "oc_factor"},
    {"peg_threshold", "depeg_threshold"},
    {"peg_factor", "depeg_factor"},
};

// Never more than was said, when it was said in more figures.
std::int64_t trusted(double confidence) {
    constexpr double of_a_double = 1e-6;
    const double figures = confidence * static_cast<double>(whole_confidence);
    return static_cast<std::int64_t>(std::floor(figures + of_a_double));
}

// A perpetual of the coin in the account's currency.
InstrumentDefinition of_coin(const std::string& coin, const std::string& name) {
    InstrumentDefinition definition = VenueWorld::perpetual(name);
    definition.base = Name{coin};
    definition.quote = definition.settle = Name{"USDC"};
    return definition;
}

struct Told {
    double mark{};
    double index{};
    double confidence{1};
    double volatility{};
};
void tell(VenueWorld& world, InstrumentId instrument, const Told& told) {
    world.apply(PriceUpdate{.instrument = instrument,
                            .mark = Price{std::max<std::int64_t>(nearest_raw(told.mark), 1)},
                            .index = Price{nearest_raw(told.index)},
                            .implied_volatility = nearest_raw(told.volatility, volatility_decimals),
                            .confidence = trusted(told.confidence),
                            .as_of = {(world_begin + 1) * second_ns}});
}

void hold_option(VenueWorld& world, const YAML::Node& market, const YAML::Node& held) {
    const std::string coin = market["name"].as<std::string>();
    const std::string expiry = held["expiry_seconds"].as<std::string>();
    const std::string forward = coin + "-F" + expiry;
    if (!is_known(world.ledger().find_instrument(forward))) {
        tell(world, world.define(of_coin(coin, forward)),
             {.mark = number_in(held, "forward"),
              .index = number_in(market, "spot"),
              .confidence = number_in(held, "forward_confidence")});
    }
    const std::string right = held["right"].as<std::string>();
    InstrumentDefinition definition =
        of_coin(coin, right + held["strike"].as<std::string>() + "-" + forward);
    definition.kind = ContractKind::linear_option;
    definition.underlying = Name{forward};
    definition.right = *find_enumerator<OptionRight>(option_right_names, right);
    definition.strike = raw_of(held["strike"].as<std::string>(), 0);
    definition.expiry.ns = (world_begin + raw_of(expiry, 0)) * second_ns;
    const InstrumentId option = world.define(definition);
    const double mark =
        black76::price({.right = definition.right,
                        .forward = number_in(held, "forward"),
                        .strike = number_in(held, "strike"),
                        .volatility = number_in(held, "vol"),
                        .years = number_in(held, "expiry_seconds") / (365 * 86'400)});
    tell(world, option,
         {.mark = mark,
          .confidence = number_in(held, "vol_confidence"),
          .volatility = number_in(held, "vol")});
    world.fill(option, Quantity{nearest_raw(number_in(held, "qty"))},
               world.ledger().instrument(option).prices.mark);
}

void hold_perpetual(VenueWorld& world, const YAML::Node& market) {
    const YAML::Node perp = market["perp"];
    const std::string coin = market["name"].as<std::string>();
    const InstrumentId instrument = world.define(of_coin(coin, coin + "-PERP"));
    tell(world, instrument,
         {.mark = number_in(perp, "price"),
          .index = number_in(market, "spot"),
          .confidence = number_in(perp, "confidence")});
    world.fill(instrument, Quantity{nearest_raw(number_in(perp, "qty"))},
               Price{nearest_raw(number_in(perp, "entry_price"))});
}

// The venue counts a dollar's worth of a coin as one of its currency.
void price_coin(VenueWorld& world, const YAML::Node& market, double currency) {
    const std::string coin = market["name"].as<std::string>();
    const AssetId asset =
        world.define_priced_asset(coin, coin_decimals, market["spot"].as<std::string>());
    const InstrumentId spot = world.ledger().asset(asset).priced_by;
    const Price price{std::llround(number_in(market, "spot") * currency *
                                   world.ledger().instrument(spot).price_unit)};
    world.apply(PriceUpdate{.instrument = spot,
                            .mark = price,
                            .confidence = trusted(number_in(market, "spot_confidence")),
                            .as_of = {(world_begin + 1) * second_ns}});
    if (!market["base_qty"]) return;
    world.post(asset, Money{nearest_raw(number_in(market, "base_qty"))});
}

// Cash is set after premiums are paid. Balances are after the requirement.
void standard_margin(Trial& trial) {
    VenueWorld world{{.margin = "venues/derive/standard", .currency = "USDC"}};
    const YAML::Node params = trial.in("params");
    for (const auto& [parameter, field] : standard_sources)
        world.set("standard." + std::string{parameter}, number_in(params, field));
    world.set("haircut.haircut", 1 - number_in(params, "base_factor"));
    world.define_priced_asset("USDC", coin_decimals, trial.text("stable_price"));
    double funding = 0;
    for (const YAML::Node& market : trial.in("markets")) {
        price_coin(world, market, trial.number("stable_price"));
        for (const YAML::Node& held : market["options"])
            hold_option(world, market, held);
        if (!market["perp"]) continue;
        hold_perpetual(world, market);
        const YAML::Node owed = market["perp"]["unsettled_funding"];
        if (owed) funding += number_of(owed.as<std::string>());
    }
    const Money cash{nearest_raw(trial.number("cash") + funding)};
    world.post(cash - world.balance(world.currency()));
    trial.expect("initial_margin_balance", world.shown(available_margin(world.margin())));
    trial.expect("maintenance_margin_balance", world.shown(headroom(world.margin())));
}

}  // namespace

std::span<const Adapter> standard_margin_adapters() {
    static constexpr Adapter adapters[] = {
        {"option_portfolio_standard_margin", standard_margin},
    };
    return adapters;
}

}  // namespace riskd::vectors
