// What a contract is worth, by kind: hand figures, and what must hold for all of them.
#include <gtest/gtest.h>

#include <random>

#include "riskd/core/contracts/contract.hpp"
#include "tests/unit/core_world.hpp"

namespace riskd {
namespace {

using test::World;

constexpr std::int64_t coin = 100'000'000;

// Contracts of 100 USD, prices to the tenth, settled in BTC with eight decimals.
// A copy: the ledger's own moves when another is defined.
Instrument inverse(World& world) {
    InstrumentDefinition terms =
        World::definition("BTC-USD", ContractKind::inverse_perpetual, "BTC");
    terms.settle = Name{"BTC"};
    terms.quantity_decimals = 0;
    terms.contract_size = 100;
    terms.tick = Price{5};
    terms.market_price_band = 5'000'000;
    world.apply(terms);
    return world.engine.ledger().instrument(world.engine.ledger().find_instrument("BTC-USD"));
}

// One contract moves by 0.000001 BTC for each USDT.
Instrument quanto(World& world) {
    InstrumentDefinition terms =
        World::definition("ETH-QUANTO", ContractKind::quanto_perpetual, "ETH");
    terms.settle = Name{"BTC"};
    terms.quantity_decimals = 0;
    terms.contract_size = 1;
    terms.contract_size_decimals = 6;
    world.apply(terms);
    return world.engine.ledger().instrument(world.engine.ledger().find_instrument("ETH-QUANTO"));
}

TEST(ContractTest, an_inverse_contract_owes_fewer_coins_as_the_price_rises) {
    World world;
    const Instrument btc = inverse(world);
    // 100 contracts are 10,000 USD: 0.2 BTC at 50,000.
    const Quantity hundred{100};
    EXPECT_EQ(value(btc, hundred, Price{500'000}, Rounding::toward_minus), Money{-coin / 5});
    EXPECT_EQ(value(btc, hundred, Price{400'000}, Rounding::toward_minus), Money{-coin / 4});
    EXPECT_EQ(notional_of(btc, hundred, Price{400'000}, Rounding::toward_plus), Money{coin / 4});
    EXPECT_EQ(exposure_of(btc, Money{-coin / 4}), Money{coin / 4});
    // 100 / 30,000 BTC is no whole number of quanta: what is owned is rounded down, a size up.
    EXPECT_EQ(value(btc, Quantity{1}, Price{300'000}, Rounding::toward_minus), Money{-333'334});
    EXPECT_EQ(value(btc, Quantity{-1}, Price{300'000}, Rounding::toward_minus), Money{333'333});
    EXPECT_EQ(notional_of(btc, Quantity{1}, Price{300'000}, Rounding::toward_plus), Money{333'334});
    EXPECT_EQ(value(btc, hundred, Price{}, Rounding::toward_minus), std::nullopt);
    EXPECT_EQ(value(btc, Quantity{raw_max}, Price{1}, Rounding::toward_minus), std::nullopt);
}

TEST(ContractTest, a_quanto_contract_pays_the_same_coins_whatever_they_cost) {
    World world;
    const Instrument eth = quanto(world);
    EXPECT_EQ(value(eth, Quantity{10'000}, Price{5'000}, Rounding::toward_minus), Money{5 * coin});
    EXPECT_EQ(value(eth, Quantity{10'000}, Price{5'050}, Rounding::toward_minus),
              Money{505 * coin / 100});
    EXPECT_EQ(exposure_of(eth, Money{-5}), Money{-5});
}

// Linear and quanto: 1.5 of price; inverse: a rate of 0.01 % at 50,000, in coins for each USD.
TEST(ContractTest, funding_accrues_with_the_index_in_the_settlement_asset) {
    World world;
    const InstrumentId perp = world.engine.ledger().find_instrument("BTC-PERP");
    Instrument linear = world.engine.ledger().instrument(perp);
    EXPECT_EQ(funding_index_decimals(linear.terms), 9);
    linear.funding_index = 14'000'000'000;
    EXPECT_EQ(accrued_funding(linear, Quantity{2'000}, 12'500'000'000), World::units(-3));
    EXPECT_EQ(accrued_funding(linear, Quantity{-2'000}, 12'500'000'000), World::units(3));
    EXPECT_EQ(accrued_funding(linear, Quantity{2'000}, 14'000'000'000), Money{});
    EXPECT_EQ(accrued_funding(linear, Quantity{}, 0), Money{});
    Instrument coins = inverse(world);
    EXPECT_EQ(funding_index_decimals(coins.terms), 16);
    coins.funding_index = 20'000'000;
    EXPECT_EQ(accrued_funding(coins, Quantity{100}, 0), Money{-2'000});  // 0.2 BTC x 0.01 %
    Instrument eth = quanto(world);
    eth.funding_index = 1'500'000'000;
    EXPECT_EQ(accrued_funding(eth, Quantity{10'000}, 0), Money{-3 * coin / 200});
}

TEST(ContractTest, funding_is_rounded_against_both_and_refused_when_it_does_not_fit) {
    World world;
    const InstrumentId perp = world.engine.ledger().find_instrument("BTC-PERP");
    Instrument linear = world.engine.ledger().instrument(perp);
    linear.funding_index = 1;
    EXPECT_EQ(accrued_funding(linear, Quantity{1}, 0), Money{-1});
    EXPECT_EQ(accrued_funding(linear, Quantity{-1}, 0), Money{0});
    linear.funding_index = -raw_max;
    EXPECT_EQ(accrued_funding(linear, Quantity{raw_max}, raw_max), std::nullopt);
    for (const int decimals : {0, 10, 12}) {
        linear.terms.price_decimals = static_cast<std::uint8_t>(decimals);
        EXPECT_LE(funding_index_decimals(linear.terms), 18);
        linear.terms.kind = ContractKind::inverse_perpetual;
        EXPECT_GE(funding_index_decimals(linear.terms), 5);
        linear.terms.kind = ContractKind::linear_perpetual;
    }
}

TEST(ContractTest, a_market_order_is_held_where_its_size_is_largest) {
    World world;
    const InstrumentId id = inverse(world).id;
    world.price("BTC-USD", 50'000);
    const Instrument& btc = world.engine.ledger().instrument(id);
    const auto held_at = [&](Side side) {
        return hold_price(btc, {.side = side, .type = OrderType::market});
    };
    EXPECT_EQ(held_at(Side::buy), Price{500'000});
    EXPECT_EQ(held_at(Side::sell), Price{475'000});
}

TEST(ContractTest, definitions_name_the_asset_they_can_settle_in) {
    InstrumentDefinition terms = World::definition("X", ContractKind::inverse_future, "BTC");
    EXPECT_EQ(definition_fault(terms), "settle must be the base asset");
    terms.settle = Name{"BTC"};
    EXPECT_EQ(definition_fault(terms), std::nullopt);
    terms.kind = ContractKind::linear_future;
    EXPECT_EQ(definition_fault(terms), "settle must be the quote asset");
    terms.kind = ContractKind::quanto_future;
    terms.settle = Name{"ETH"};
    EXPECT_EQ(definition_fault(terms), std::nullopt);
}

// By definition: at that tick no more than the loss is gone, one tick beyond it more is.
TEST(ContractTest, the_price_at_a_loss_is_the_last_tick_that_costs_the_house_nothing) {
    World world;
    const std::array<Instrument, 3> instruments{
        inverse(world), quanto(world),
        world.engine.ledger().instrument(world.engine.ledger().find_instrument("BTC-PERP"))};
    std::mt19937_64 random{20261121};
    const auto between = [&](std::int64_t low, std::int64_t high) {
        return std::uniform_int_distribution<std::int64_t>{low, high}(random);
    };
    int found = 0;
    for (int i = 0; i < 20'000; ++i) {
        const Instrument& instrument = instruments[static_cast<std::size_t>(i % 3)];
        const Quantity quantity{between(1, 1'000'000) * (between(0, 1) == 0 ? 1 : -1)};
        const std::int64_t tick = instrument.terms.tick.raw;
        const Price mark{between(2'000, 1'000'000) * tick};
        const auto at = [&](Price price) {
            return *value(instrument, quantity, price, Rounding::toward_minus);
        };
        const Money loss{between(0, magnitude(at(mark)).raw)};
        const auto price = price_at_loss(instrument, quantity, mark, loss);
        if (!price) continue;
        ++found;
        // Two roundings of a quantum each.
        EXPECT_LE((at(mark) - at(*price)).raw, loss.raw + 2) << "case " << i;
        const Price beyond{quantity.raw > 0 ? price->raw - tick : price->raw + tick};
        if (beyond.raw > 0) {
            EXPECT_GE((at(mark) - at(beyond)).raw, loss.raw - 2) << "case " << i;
        }
    }
    EXPECT_GT(found, 10'000);
}

TEST(ContractTest, the_entry_price_is_the_price_that_was_paid) {
    World world;
    std::mt19937_64 random{7};
    for (const Instrument& instrument : {inverse(world), quanto(world)}) {
        for (int i = 0; i < 2'000; ++i) {
            const Quantity quantity{
                std::uniform_int_distribution<std::int64_t>{10'000, 1'000'000}(random)};
            const Price paid{std::uniform_int_distribution<std::int64_t>{10'000, 900'000}(random)};
            for (const Quantity held : {quantity, -quantity}) {
                const Money cost = *value(instrument, held, paid, Rounding::toward_plus);
                const auto entry = entry_price(instrument, held, cost);
                ASSERT_TRUE(entry);
                EXPECT_NEAR(static_cast<double>(entry->raw) / 1e4, static_cast<double>(paid.raw),
                            static_cast<double>(paid.raw) * 1e-7);
                EXPECT_NEAR(entry_price_number(instrument, held, cost),
                            static_cast<double>(paid.raw) / 10,
                            static_cast<double>(paid.raw) * 1e-8);
            }
        }
    }
    EXPECT_EQ(entry_price(quanto(world), Quantity{}, Money{}), std::nullopt);
}

TEST(ContractTest, the_liquidation_price_of_an_inverse_position_is_the_last_tick_that_is_safe) {
    World world;
    inverse(world);
    world.apply(AccountDefinition{.name = Name{"carol"}, .currency = Name{"BTC"}});
    world.deposit("carol", "BTC", 1);
    world.price("BTC-USD", 50'000);
    world.fill("carol", "o", Side::buy, 500, "BTC-USD", 50'000);  // 50,000 USD: 1 BTC
    const AccountId carol = world.id("carol");
    const InstrumentId btc = world.engine.ledger().find_instrument("BTC-USD");
    const auto safe = world.engine.liquidation_price(carol, btc, world.time);
    ASSERT_TRUE(safe);
    // 2 - V = 0.05 V, V = 50,000 / p: p = 26,250, where a quantum is missing to the rounding.
    EXPECT_EQ(*safe, Price{262'501});
    // A short of the same size has its highest loss at an infinite price: its own size, 1 BTC.
    world.fill("carol", "o2", Side::sell, 1'000, "BTC-USD", 50'000);
    EXPECT_EQ(world.engine.liquidation_price(carol, btc, world.time), std::nullopt);
}

}  // namespace
}  // namespace riskd
