// What an order sets aside, and what its fill gives back. Sources: exchange-core risk.feature,
// Drift protocol-v2, Vega isolated margin, Bybit order cost.
#include "tests/vectors/trial.hpp"
#include "tests/vectors/venue_world.hpp"

namespace riskd::vectors {

namespace {

int decimals_of(std::int64_t scale) {
    int decimals = 0;
    for (; scale >= 10; scale /= 10)
        ++decimals;
    return decimals;
}

// exchange-core: balances in atoms, sizes in lots of `base_scale` atoms, prices in steps of
// `quote_scale` atoms. A unit of each asset is a lot and a step here.
struct SpotMarket {
    explicit SpotMarket(Trial& trial)
        : world{{}, decimals_of(trial.raw("quote_scale", 0))},
          base{world.define_asset("B", decimals_of(trial.raw("base_scale", 0)), "B-USD")} {
        InstrumentDefinition definition =
            VenueWorld::perpetual("B-USD", {.price = 0, .quantity = 0});
        definition.kind = ContractKind::spot;
        definition.base = Name{"B"};
        instrument = world.define(definition);
    }
    Money free(AssetId asset) const {
        const Balance* row = world.ledger().find_balance(world.account(), asset);
        return row == nullptr ? Money{} : row->amount - row->hold;
    }

    VenueWorld world;
    AssetId base{no_asset};
    InstrumentId instrument{no_instrument};
};

Decimal atoms(Money amount) {
    return {.raw = amount.raw};
}

void spot_order_hold(Trial& trial) {
    if (trial.raw("taker_fee", 0) != 0) {
        return trial.leave_out("a fee of so much for each lot; riskd's is a share of the notional");
    }
    SpotMarket market{trial};
    market.world.mark(market.instrument, Price{trial.raw("price", 0)});
    const bool buys = trial.text("side") == "bid";
    const AssetId asset = buys ? market.world.currency() : market.base;
    market.world.post(asset, Money{trial.raw("balance", 0)});
    const Decision decision = market.world.order({.instrument = market.instrument,
                                                  .side = buys ? Side::buy : Side::sell,
                                                  .quantity = Quantity{trial.raw("size", 0)},
                                                  .price = Price{trial.raw("reserve_price", 0)}});
    trial.expect_word("decision", decision.accepted ? "accept" : "reject");
    trial.expect("balance_after", atoms(market.free(asset)));
}

// The fill costs less than was held: the difference is free again.
void spot_bid_fill_release(Trial& trial) {
    SpotMarket market{trial};
    market.world.mark(market.instrument, Price{trial.raw("fill_price", 0)});
    const VenueWorld::Ask ask{.instrument = market.instrument,
                              .side = Side::buy,
                              .quantity = Quantity{trial.raw("size", 0)},
                              .price = Price{trial.raw("hold_price", 0)}};
    const auto held = value(market.world.ledger().instrument(market.instrument), ask.quantity,
                            ask.price, Rounding::toward_plus);
    market.world.post(Money{trial.raw("quote_balance_before", 0)} + *held);
    market.world.post(market.base, Money{trial.raw("base_balance_before", 0)});
    const Decision decision = market.world.order(ask);
    trial.expect_true(decision.accepted, "the order is accepted");
    trial.expect_true(
        market.free(market.world.currency()).raw == trial.raw("quote_balance_before", 0),
        "the hold leaves the balance of the case");
    market.world.fill(market.instrument, ask.quantity, Price{trial.raw("fill_price", 0)},
                      decision.order.view());
    trial.expect("quote_balance_after", atoms(market.free(market.world.currency())));
    trial.expect("base_balance_after", atoms(market.free(market.base)));
}

// Drift, validate_spot_margin_trading without margin trading: what is not there is not sold.
void spot_no_borrow_gate(Trial& trial) {
    VenueWorld world;
    const AssetId sol = world.define_priced_asset("SOL", 8, trial.text("price"));
    world.post(Money{trial.raw("usdc", 8)});
    world.post(sol, Money{trial.raw("sol", 8)});
    const bool buys = trial.raw("open_bids", 0) > 0;
    const Decision decision =
        world.order({.instrument = world.ledger().find_instrument("SOL-USD"),
                     .side = buys ? Side::buy : Side::sell,
                     .quantity = Quantity{trial.raw(buys ? "open_bids" : "open_asks", 0)},
                     .price = Price{trial.raw("price", 12)}});
    trial.expect_word("decision", decision.accepted ? "accept" : "reject");
}

// Vega isolated margin of orders: what the orders add to the margin of the position.
void isolated_order_margin_worst_side(Trial& trial) {
    VenueWorld world{{.margin = "venues/vega/isolated_orders"}, 0};
    const int decimals = decimals_of(trial.raw("position_factor", 0));
    const InstrumentId instrument =
        world.define(VenueWorld::perpetual("X", {.price = 0, .quantity = decimals}));
    world.set("isolated_orders.factor", trial.number("margin_factor"));
    world.set("isolated_orders.auction_price", trial.number("auction_price"));
    world.set("isolated_orders.quantum", 1);
    world.post(Money{1'000'000});
    const Price mark{40};
    world.fill(instrument, Quantity{trial.raw("position_lots", 0)}, mark);
    world.mark(instrument, mark);
    const Money before = world.margin().initial_margin;
    const auto place = [&](Side side, const YAML::Node& orders) {
        for (const YAML::Node& each : orders) {
            const Decision decision =
                world.order({.instrument = instrument,
                             .side = side,
                             .quantity = Quantity{raw_of(each["lots"].as<std::string>(), 0)},
                             .price = Price{raw_of(each["price"].as<std::string>(), 0)}});
            trial.expect_true(decision.accepted, "the order is accepted");
        }
    };
    place(Side::buy, trial.in("buy_orders"));
    place(Side::sell, trial.in("sell_orders"));
    trial.expect("order_margin", world.shown(world.margin().initial_margin - before));
}

// Bybit: initial margin, fee to open, fee to close at the bankruptcy price.
void order_cost_with_fees(Trial& trial) {
    VenueWorld world{{.margin = "venues/bybit/order_cost"}};
    InstrumentDefinition definition = VenueWorld::perpetual("X");
    definition.taker_fee_rate = trial.raw("taker_fee", rate_decimals);
    const InstrumentId instrument = world.define(definition);
    world.choose_leverage(static_cast<std::uint32_t>(trial.raw("leverage", 0)));
    world.set("order_cost.fee", trial.number("taker_fee"));
    world.mark(instrument, Price{trial.raw("price", 8)});
    world.post(Money{1'000 * power_of_ten(8)});
    const Decision decision =
        world.order({.instrument = instrument,
                     .side = trial.text("side") == "long" ? Side::buy : Side::sell,
                     .quantity = Quantity{trial.raw("qty", 8)},
                     .price = Price{trial.raw("price", 8)}});
    trial.expect_true(decision.accepted, "the order is accepted");
    trial.expect("order_cost", world.shown(decision.hold));
}

}  // namespace

std::span<const Adapter> order_adapters() {
    static constexpr Adapter adapters[] = {
        {"spot_order_hold", spot_order_hold},
        {"spot_bid_fill_release", spot_bid_fill_release},
        {"spot_no_borrow_gate", spot_no_borrow_gate},
        {"isolated_order_margin_worst_side", isolated_order_margin_worst_side},
        {"order_cost_with_fees", order_cost_with_fees},
    };
    return adapters;
}

}  // namespace riskd::vectors
