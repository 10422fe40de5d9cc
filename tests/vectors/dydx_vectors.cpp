// dYdX v4: margin requirements in quote quantums, the tests of collateralization, funding by index,
// bankruptcy prices. Sources: protocol/x/perpetuals, protocol/lib/margin, protocol/x/clob.
#include <algorithm>

#include "tests/vectors/trial.hpp"
#include "tests/vectors/venue_world.hpp"

namespace riskd::vectors {

namespace {

constexpr double million = 1e6;

VenueRules liquidity_tier() {
    return {.margin = "venues/dydx/liquidity_tier"};
}

void set_tier(VenueWorld& world, Trial& trial, const char* initial_ppm) {
    world.set("liquidity_tier.initial", trial.number(initial_ppm) / million);
    if (trial.has("maintenance_fraction_ppm")) {
        world.set("liquidity_tier.maintenance_fraction",
                  trial.number("maintenance_fraction_ppm") / million);
    }
    if (!trial.has("oi_upper_cap")) return;
    world.set("liquidity_tier.lower_cap", trial.number("oi_lower_cap"));
    world.set("liquidity_tier.upper_cap", trial.number("oi_upper_cap"));
}

// One unit of the account's money is a quote quantum, one of quantity a base quantum; the price is
// in quote quantums per base quantum: 6 decimals of USDC, and those of the market.
void linear_margin_requirement(Trial& trial) {
    VenueWorld world{liquidity_tier(), 0};
    const auto exponent =
        static_cast<int>(trial.raw("price_exponent", 0) + trial.raw("atomic_resolution", 0) + 6);
    const int decimals = std::max(0, -exponent);
    const InstrumentId instrument =
        world.define(VenueWorld::perpetual("X", {.price = decimals, .quantity = 0}));
    set_tier(world, trial, "base_imf_ppm");
    world.set("liquidity_tier.open_interest", trial.number("open_interest_base_quantums"));
    const auto margin =
        world.margin_of(instrument, Quantity{trial.raw("position_base_quantums", 0)},
                        Price{trial.raw("price", std::max(0, exponent))});
    trial.expect("initial_margin_quote_quantums", world.shown(margin.initial));
    trial.expect("maintenance_margin_quote_quantums", world.shown(margin.maintenance));
}

// At a price of one a quantity is its notional.
MarginEvaluator::PositionMargin margin_of_notional(VenueWorld& world, std::int64_t notional) {
    const InstrumentId instrument =
        world.define(VenueWorld::perpetual("X", {.price = 0, .quantity = 0}));
    return world.margin_of(instrument, Quantity{notional}, Price{1});
}

void initial_margin_rounded_up(Trial& trial) {
    VenueWorld world{liquidity_tier(), 0};
    set_tier(world, trial, "base_imf_ppm");
    world.set("liquidity_tier.open_interest", trial.number("open_interest_notional"));
    const auto margin = margin_of_notional(world, trial.raw("position_notional_quote_quantums", 0));
    trial.expect("initial_margin_quote_quantums", world.shown(margin.initial));
}

// The rate in millionths is what a notional of a million needs.
void scaled_initial_margin_fraction(Trial& trial) {
    VenueWorld world{liquidity_tier(), 0};
    set_tier(world, trial, "base_imf_ppm");
    world.set("liquidity_tier.open_interest", trial.number("open_interest_notional"));
    trial.expect("imf_ppm", world.shown(margin_of_notional(world, 1'000'000).initial));
}

void maintenance_margin_fraction(Trial& trial) {
    const std::int64_t product = trial.raw("imf_ppm", 0) * trial.raw("maintenance_fraction_ppm", 0);
    if (product % 1'000'000 != 0) {
        return trial.leave_out("dYdX cuts the rate to millionths; riskd rounds money, never rates");
    }
    VenueWorld world{liquidity_tier(), 0};
    set_tier(world, trial, "imf_ppm");
    trial.expect("mmf_ppm", world.shown(margin_of_notional(world, 1'000'000).maintenance));
}

// An account with this equity and a position that needs ten percent of its notional, or none.
void hold(VenueWorld& world, const std::string& equity, std::int64_t margin) {
    const InstrumentId instrument =
        world.define(VenueWorld::perpetual("X", {.price = 0, .quantity = 0}));
    world.set_rows("tiered.tiers", "X", one_tier(0.1, 0.1));
    world.post(Money{raw_of(equity, 0)});
    world.fill(instrument, Quantity{10 * margin}, Price{1});
    world.mark(instrument, Price{1});
}

// What a trade of so many base quantums costs; a sale's proceeds are cut, as dYdX cuts both. The
// price has more figures than an instrument's, so the contract size takes some of them.
void linear_net_notional(Trial& trial) {
    VenueWorld world{{}, 0};
    constexpr int size_decimals = 10;
    const auto exponent =
        static_cast<int>(trial.raw("price_exponent", 0) + trial.raw("atomic_resolution", 0) + 6);
    InstrumentDefinition definition =
        VenueWorld::perpetual("X", {.price = -exponent - size_decimals, .quantity = 0});
    definition.contract_size_decimals = size_decimals;
    const InstrumentId instrument = world.define(definition);
    const auto cost = value(world.ledger().instrument(instrument),
                            Quantity{trial.raw("position_base_quantums", 0)},
                            Price{trial.raw("price", 0)}, Rounding::toward_plus);
    trial.expect_true(cost.has_value(), "the cost fits");
    if (cost) trial.expect("net_notional_quote_quantums", world.shown(*cost));
}

// Which of two accounts stands first on the board of those nearest the edge.
void account_riskiness_order(Trial& trial) {
    const auto margin_of = [&](const char* collateral, const char* maintenance) {
        VenueWorld world{{}, 0};
        hold(world, trial.text(collateral), trial.raw(maintenance, 0));
        return world.margin();
    };
    const AccountMargin first = margin_of("first_net_collateral", "first_maintenance_margin");
    const AccountMargin second = margin_of("second_net_collateral", "second_maintenance_margin");
    trial.expect("cmp", {.raw = is_riskier(first, second) - is_riskier(second, first)});
}

bool expects_true(Trial& trial) {
    return trial.expected("result").as<std::string>() == "true";
}

// MMR > 0 and NC < MMR: without a requirement there is nothing to liquidate.
void is_liquidatable(Trial& trial) {
    VenueWorld world{{}, 0};
    hold(world, trial.text("net_collateral"), trial.raw("maintenance_margin", 0));
    trial.expect_true(world.is_liquidated() == expects_true(trial), "the stage is liquidate");
}

void is_maintenance_collateralized(Trial& trial) {
    VenueWorld world{{}, 0};
    hold(world, trial.text("net_collateral"), trial.raw("maintenance_margin", 0));
    const bool covered = headroom(world.margin()) >= Money{};
    trial.expect_true(covered == expects_true(trial), "equity covers the maintenance margin");
}

// Equality passes: as a figure, and as the answer to an order that needs as much.
void is_initial_collateralized(Trial& trial) {
    const std::int64_t needed = trial.raw("initial_margin", 0);
    VenueWorld world{{}, 0};
    hold(world, trial.text("net_collateral"), needed);
    const bool covered = available_margin(world.margin()) >= Money{};
    trial.expect_true(covered == expects_true(trial), "equity covers the initial margin");
    if (needed == 0) return;
    VenueWorld flat{{}, 0};
    hold(flat, trial.text("net_collateral"), 0);
    const Decision decision = flat.order({.instrument = flat.ledger().find_instrument("X"),
                                          .side = Side::buy,
                                          .quantity = Quantity{10 * needed},
                                          .price = Price{1}});
    trial.expect_true(decision.accepted == expects_true(trial), "the order is accepted");
}

// The venue's index is in ppm of a quote quantum, and so is the account's money here.
void perp_funding_index_settlement(Trial& trial) {
    constexpr int ppm = 6;
    VenueWorld world{{}, ppm};
    const InstrumentId instrument =
        world.define(VenueWorld::perpetual("X", {.price = 0, .quantity = 0}));
    const int figures = funding_index_decimals(world.ledger().instrument(instrument).terms);
    const auto index = [&](const char* name, bool is_paid) {
        return FundingIndex{.instrument = instrument,
                            .id = Id{name},
                            .index = trial.raw(name, 0) * power_of_ten(figures - ppm),
                            .is_paid = is_paid};
    };
    world.apply(index("funding_index_entry", false));
    world.fill(instrument, Quantity{trial.raw("position_base_quantums", 0)}, Price{1});
    world.apply(index("funding_index_now", true));
    const Money paid = world.balance(world.currency());
    trial.expect("net_settlement_ppm_quote_quantums", Decimal{.raw = paid.raw, .decimals = 0});
}

// -DNNV - floor(TNC x DMMR / TMMR): each position closes at its share of what is left. riskd names
// the price of a whole position when it liquidates; the quotient of a part is the same.
void bankruptcy_price_pro_rata(Trial& trial) {
    constexpr int usdc = 6;
    VenueWorld world{liquidity_tier(), usdc};
    // Taken away at the end, so that the account comes to the edge as a whole.
    const Money support{power_of_ten(15)};
    world.post(support);
    for (const YAML::Node& held : trial.in("positions")) {
        const auto field = [&](const char* name) { return held[name].as<std::string>(); };
        const int decimals = -static_cast<int>(raw_of(field("atomic_resolution"), 0));
        const InstrumentId instrument = world.define(
            VenueWorld::perpetual(field("market"), {.price = 8, .quantity = decimals}));
        world.set("liquidity_tier.initial", number_of(field("imf_ppm")) / million);
        world.set("liquidity_tier.maintenance_fraction",
                  number_of(field("maintenance_fraction_ppm")) / million);
        const Quantity quantity{raw_of(field("base_quantums"), 0)};
        const Price price{raw_of(field("price") + "e" + field("price_exponent"), 8)};
        // dYdX counts what a position cost in the quote balance; riskd counts it in the position.
        world.post(
            *value(world.ledger().instrument(instrument), quantity, price, Rounding::toward_minus));
        world.fill(instrument, quantity, price);
    }
    world.post(Money{trial.raw("quote_balance_quote_quantums", 0)} - support);
    const InstrumentId market = world.ledger().find_instrument(trial.text("market"));
    const auto leg = world.close_if_liquidated(market);
    trial.expect_true(leg.has_value(), "the position is to be closed");
    if (!leg) return;
    if (world.is_liquidated()) {
        const CloseLeg* said = world.last_close(market);
        trial.expect_true(said != nullptr && said->bankruptcy_price == leg->bankruptcy_price,
                          "the stage change names the same price");
    } else if (!leg->has_bankruptcy_price) {
        return trial.leave_out("it would have to be closed at less than nothing: riskd names none");
    }
    const Quantity closed{-trial.raw("delta_base_quantums", 0)};
    const auto quote = value(world.ledger().instrument(market), closed, leg->bankruptcy_price,
                             Rounding::toward_plus);
    trial.expect("bankruptcy_quote_quantums", {.raw = quote.value_or(Money{}).raw});
}

}  // namespace

std::span<const Adapter> dydx_adapters() {
    static constexpr Adapter adapters[] = {
        {"linear_margin_requirement_int", linear_margin_requirement},
        {"initial_margin_rounded_up", initial_margin_rounded_up},
        {"oi_scaled_initial_margin_fraction", scaled_initial_margin_fraction},
        {"maintenance_margin_fraction", maintenance_margin_fraction},
        {"is_liquidatable", is_liquidatable},
        {"is_maintenance_collateralized", is_maintenance_collateralized},
        {"is_initial_collateralized", is_initial_collateralized},
        {"perp_funding_index_settlement", perp_funding_index_settlement},
        {"bankruptcy_price_pro_rata", bankruptcy_price_pro_rata},
        {"linear_net_notional_int", linear_net_notional},
        {"account_riskiness_order", account_riskiness_order},
    };
    return adapters;
}

}  // namespace riskd::vectors
