// Portfolio margin of whole accounts: options by expiry, a perpetual, collateral of many kinds.
#include <cmath>

#include "riskd/core/contracts/black76.hpp"
#include "tests/vectors/trial.hpp"
#include "tests/vectors/venue_world.hpp"

namespace riskd::vectors {

namespace {

constexpr int decimals_of_assets = 9;

std::int64_t confidence(const YAML::Node& of, const char* name) {
    return nearest_raw(number_in(of, name), rate_decimals);
}

// Each parameter of the rule and where the case has it.
struct Source {
    const char* parameter;
    const char* group;
    const char* field;
    double times{1};
    double plus{};
};
constexpr double day = 86'400;
constexpr Source portfolio_sources[] = {
    {"initial_factor", "params", "im_factor"},
    {"maintenance_factor", "params", "mm_factor"},
    {"peg_threshold", "params", "peg_threshold"},
    {"peg_factor", "params", "peg_factor"},
    {"confidence_threshold", "params", "conf_threshold"},
    {"confidence_factor", "params", "conf_margin"},
    {"perp_maintenance", "params", "mm_perp"},
    {"perp_initial", "params", "im_perp"},
    {"option_maintenance", "params", "mm_option"},
    {"option_initial", "params", "im_option"},
    {"volatility_up", "vol_shock", "VOLRANGEUP"},
    {"volatility_down", "vol_shock", "VOLRANGEDOWN"},
    {"volatility_min", "vol_shock", "MIN_VOL_EVAL_SHOCKED"},
    {"short_power", "vol_shock", "SHORTTERMPOWER"},
    {"long_power", "vol_shock", "LONGTERMPOWER"},
    {"term_floor", "vol_shock", "DTE_FLOOR", day},
    {"linear_limit", "skew_shock", "LINEAR_SCALE_CAP"},
    {"linear_slope", "skew_shock", "LINEAR_CBASE"},
    {"absolute_limit", "skew_shock", "ABS_SCALE_CAP"},
    {"absolute_slope", "skew_shock", "ABS_CBASE"},
    {"reach_min", "skew_shock", "MIN_K_STAR"},
    {"reach_width", "skew_shock", "MIN_WIDTH_SCALE"},
    {"reach_fixed", "skew_shock", "VOL_PARAM_STATIC"},
    {"reach_slope", "skew_shock", "VOL_PARAM_SCALE"},
    {"basis_up", "basis_contingency", "SCENARIO_SPOT_UP", 1, -1},
    {"basis_down", "basis_contingency", "SCENARIO_SPOT_DOWN", 1, -1},
    {"basis_fixed", "basis_contingency", "BASIS_CONT_ADD_FACTOR"},
    {"basis_yearly", "basis_contingency", "BASIS_CONT_MULT_FACTOR"},
    {"long_discount", "margin", "BASE_STATIC_DISCOUNT"},
    {"long_rate_scale", "margin", "LONG_RATE_MULTSCALE"},
    {"long_rate_added", "margin", "LONG_RATE_ADDSCALE"},
    {"short_discount", "margin", "BASE_STATIC_DISCOUNT_NEG"},
    {"short_rate_scale", "margin", "SHORT_RATE_MULTSCALE"},
    {"short_rate_added", "margin", "SHORT_RATE_ADDSCALE"},
};

// [multiple of the price, direction of the volatility, weight]; without options no direction.
std::vector<Row> shocks_of(const YAML::Node& scenarios) {
    std::vector<Row> rows;
    for (const YAML::Node& each : scenarios) {
        const std::size_t last = each.size() - 1;
        const std::string word = last == 2 ? each[1].as<std::string>() : "None";
        const auto is = [&](const char* wanted) { return word == wanted ? 1.0 : 0.0; };
        rows.push_back({{"number", static_cast<double>(rows.size())},
                        {"price_move", number_of(each[0].as<std::string>()) - 1},
                        {"up", is("Up")},
                        {"down", is("Down")},
                        {"linear", is("LINEAR")},
                        {"absolute", is("ABS")},
                        {"weight", number_of(each[last].as<std::string>())}});
    }
    return rows;
}

void set_parameters(VenueWorld& world, Trial& trial) {
    for (const Source& each : portfolio_sources) {
        if (!trial.has(each.group)) continue;
        const double value = number_in(trial.in(each.group), each.field) * each.times + each.plus;
        world.set("portfolio_risk." + std::string{each.parameter}, value);
    }
    world.set_rows("portfolio_risk.shocks", {}, shocks_of(trial.in("scenarios")));
    world.set("haircut.haircut", 0);
}

// A perpetual of the coin in the account's currency, whose index is the spot price.
InstrumentDefinition of_coin(std::string_view name) {
    InstrumentDefinition definition = VenueWorld::perpetual(name);
    definition.base = Name{"COIN"};
    definition.quote = Name{"USDC"};
    definition.settle = Name{"USDC"};
    return definition;
}

void mark(VenueWorld& world, InstrumentId instrument, Trial& trial, double price,
          std::int64_t trusted = whole_confidence) {
    world.apply(PriceUpdate{.instrument = instrument,
                            .mark = Price{nearest_raw(price)},
                            .index = Price{nearest_raw(trial.number("spot"))},
                            .confidence = trusted,
                            .as_of = {(world_begin + 1) * second_ns}});
}

struct Priced {
    const char* price;
    const char* confidence;
    int decimals{decimals_of_assets};
};
void price_asset(VenueWorld& world, const std::string& name, const YAML::Node& of,
                 const Priced& by) {
    const AssetId asset =
        world.define_priced_asset(name, by.decimals, of[by.price].as<std::string>());
    const InstrumentId spot = world.ledger().asset(asset).priced_by;
    world.apply(PriceUpdate{.instrument = spot,
                            .mark = world.ledger().instrument(spot).prices.mark,
                            .confidence = confidence(of, by.confidence),
                            .as_of = {(world_begin + 1) * second_ns}});
}

// What has the price of the coin and moves with it is the coin.
void post_collateral(VenueWorld& world, Trial& trial, const YAML::Node& each) {
    const std::string name = each["name"].as<std::string>();
    price_asset(world, name, each, {.price = "price", .confidence = "confidence"});
    const auto set = [&](const char* parameter, double value) {
        world.set_for_asset("portfolio_risk." + std::string{parameter}, name, value);
    };
    const bool moves = each["risk_cancelling"].as<bool>();
    set("moves", moves ? 1 : 0);
    set("coin", moves && number_in(each, "price") == trial.number("spot") ? 1 : 0);
    set("haircut", number_in(each, "mm_haircut"));
    set("initial_haircut", number_in(each, "im_haircut"));
    world.post(world.ledger().find_asset(name),
               Money{nearest_raw(number_in(each, "qty"), decimals_of_assets)});
}

void hold_option(VenueWorld& world, Trial& trial, const YAML::Node& held) {
    const std::string expiry = held["expiry_seconds"].as<std::string>();
    const std::string forward = "F" + expiry;
    InstrumentId underlying = world.ledger().find_instrument(forward);
    if (!is_known(underlying)) {
        underlying = world.define(of_coin(forward));
        mark(world, underlying, trial, number_in(held, "forward"));
    }
    const std::string right = held["right"].as<std::string>();
    InstrumentDefinition definition = of_coin(right + held["strike"].as<std::string>() + forward);
    definition.kind = ContractKind::linear_option;
    definition.underlying = Name{forward};
    definition.right = *find_enumerator<OptionRight>(option_right_names, right);
    definition.strike = raw_of(held["strike"].as<std::string>(), 0);
    definition.expiry.ns = (world_begin + raw_of(expiry, 0)) * second_ns;
    const InstrumentId option = world.define(definition);
    const double rate = std::fmax(number_in(held, "rate"), 0);
    const double price = black76::price({.right = definition.right,
                                         .forward = number_in(held, "forward"),
                                         .strike = number_in(held, "strike"),
                                         .volatility = number_in(held, "vol"),
                                         .years = number_in(held, "expiry_seconds") / (365 * day),
                                         .rate = rate});
    const Price made{std::max<std::int64_t>(nearest_raw(price), 1)};
    world.apply(
        PriceUpdate{.instrument = option,
                    .mark = made,
                    .implied_volatility = nearest_raw(number_in(held, "vol"), volatility_decimals),
                    .has_interest_rate = true,
                    .interest_rate = nearest_raw(number_in(held, "rate"), rate_decimals),
                    .as_of = {(world_begin + 1) * second_ns}});
    world.fill(option, Quantity{nearest_raw(number_in(held, "qty"))}, made);
}

void hold_coin_perpetual(VenueWorld& world, Trial& trial) {
    const double quantity = trial.number("perp_qty");
    if (quantity == 0) return;
    const InstrumentId perpetual = world.define(of_coin("PERP"));
    const double price = trial.number("perp_price");
    mark(world, perpetual, trial, price,
         nearest_raw(trial.number("perp_confidence"), rate_decimals));
    const double entry = price - trial.number("perp_unrealised_pnl") / quantity;
    world.fill(perpetual, Quantity{nearest_raw(quantity)}, Price{nearest_raw(entry)});
}

// Derive (v2-core), PMRM 2: balances after the requirement, of an account with this much cash once
// premiums are paid. Its collateral is worth what it is in dollars, by the price of the currency.
void portfolio_margin(Trial& trial) {
    if (trial.id() == "derive-pmrm-opt-test-44-skews-abs-as-worst-case-complex") {
        return trial.leave_out("a doubtful price adds to initial margin, and the case names none");
    }
    VenueWorld world{{.margin = "venues/derive/portfolio_risk", .currency = "USDC"}};
    set_parameters(world, trial);
    YAML::Node prices;
    for (const char* name : {"spot", "spot_confidence", "stable_price", "stable_confidence"})
        prices[name] = trial.in(name);
    price_asset(world, "USDC", prices,
                {.price = "stable_price", .confidence = "stable_confidence", .decimals = 8});
    price_asset(world, "COIN", prices, {.price = "spot", .confidence = "spot_confidence"});
    hold_coin_perpetual(world, trial);
    if (trial.has("options")) {
        for (const YAML::Node& held : trial.in("options"))
            hold_option(world, trial, held);
    }
    for (const YAML::Node& each : trial.in("collaterals"))
        post_collateral(world, trial, each);
    const Money cash{nearest_raw(trial.number("cash"))};
    world.post(cash - world.balance(world.currency()));
    if (trial.has("perp_unsettled_funding_credit")) {
        world.post(world.currency(),
                   Money{nearest_raw(trial.number("perp_unsettled_funding_credit"))},
                   BalanceKind::rebate);
    }
    const AccountMargin margin = world.margin();
    trial.expect("initial_margin_balance", world.shown(available_margin(margin)));
    trial.expect("maintenance_margin_balance", world.shown(headroom(margin)));
    if (trial.expected("mark_to_market"))
        trial.expect("mark_to_market", world.shown(margin.equity));
}

}  // namespace

std::span<const Adapter> portfolio_adapters() {
    static constexpr Adapter adapters[] = {
        {"scenario_portfolio_margin", portfolio_margin},
        {"scenario_portfolio_margin_no_options", portfolio_margin},
    };
    return adapters;
}

}  // namespace riskd::vectors
