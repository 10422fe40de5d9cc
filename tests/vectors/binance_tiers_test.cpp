// Binance USD-M futures: the shipped rule `tiered` with the brackets of each of their symbols, at
// every edge. Margin = notional x rate - amount (Binance support, "Leverage and Margin of USDS-M
// Futures"); the amount keeps it from jumping. What is expected is computed here in integers.
#include <gtest/gtest.h>

#include <cstdio>
#include <limits>

#include "tests/recordings.hpp"
#include "tests/vectors/binance_tiers.hpp"
#include "tests/vectors/case_numbers.hpp"
#include "tests/vectors/venue_world.hpp"

namespace riskd::vectors {
namespace {

// Prices with 4 decimals and quantities with 2: their product is in quanta of the money. The mark
// is 1, so that a quantity is its notional.
constexpr VenueWorld::Scale scale{.price = 4, .quantity = 2};
constexpr Price one{10'000};
constexpr std::int64_t cent = 10'000;  // a quantity's smallest step, as notional
constexpr std::int64_t rate_one = power_of_ten(tier_rate_decimals);

class BinanceTiers : public ::testing::Test {
protected:
    void SetUp() override {
        const auto file =
            tests::shared_data("data/tiers/binance_um_leverage_tiers_2024-10-24.csv.gz");
        if (!file) GTEST_SKIP() << tests::no_shared_data;
        symbols_ = read_binance_tiers(*file);
        ASSERT_FALSE(symbols_.empty());
    }

    InstrumentId list(VenueWorld& world, const BinanceSymbol& symbol) {
        const InstrumentId id = world.define(VenueWorld::perpetual(symbol.name, scale));
        std::vector<Row> rows;
        for (const BinanceTier& tier : symbol.tiers) {
            rows.push_back({{"notional", real(tier.floor, tier_money_decimals)},
                            {"initial", 1.0 / static_cast<double>(tier.leverage_max)},
                            {"maintenance", real(tier.rate, tier_rate_decimals)},
                            {"deduction", real(tier.amount, tier_money_decimals)}});
        }
        world.set_rows("tiered.tiers", symbol.name, rows);
        return id;
    }
    static double real(std::int64_t raw, int decimals) {
        return static_cast<double>(raw) / static_cast<double>(power_of_ten(decimals));
    }

    static const BinanceTier& tier_of(const BinanceSymbol& symbol, std::int64_t notional) {
        const BinanceTier* found = &symbol.tiers.front();
        for (const BinanceTier& tier : symbol.tiers) {
            if (notional >= tier.floor) found = &tier;
        }
        return *found;
    }
    // notional x rate - amount, in quanta / rate_one.
    static Wide exactly(const BinanceTier& tier, std::int64_t notional) {
        return Wide{notional} * tier.rate - Wide{tier.amount} * rate_one;
    }
    // Rounded up to a quantum.
    static std::int64_t maintenance(const BinanceTier& tier, std::int64_t notional) {
        return static_cast<std::int64_t>(
            divide(exactly(tier, notional), rate_one, Rounding::toward_plus));
    }
    // A rule computes in doubles. What lies so near above a quantum that they cannot tell is that
    // quantum: one less than rounded up.
    static std::int64_t least_maintenance(const BinanceTier& tier, std::int64_t notional) {
        const Wide exact = exactly(tier, notional);
        const auto above = static_cast<double>(exact % rate_one);
        const double blur = 16 * std::numeric_limits<double>::epsilon() *
                            static_cast<double>(notional) * static_cast<double>(tier.rate);
        const std::int64_t whole = maintenance(tier, notional);
        return above > 0 && above <= blur ? whole - 1 : whole;
    }

    std::vector<BinanceSymbol> symbols_;
};

TEST_F(BinanceTiers, ask_the_published_margin_at_every_edge_without_a_jump) {
    VenueWorld world{{}, tier_money_decimals};
    int points = 0;
    for (const BinanceSymbol& symbol : symbols_) {
        const InstrumentId id = list(world, symbol);
        for (std::size_t i = 0; i < symbol.tiers.size(); ++i) {
            const std::int64_t floor = symbol.tiers[i].floor;
            for (const std::int64_t notional : {floor - cent, floor, floor + cent}) {
                if (notional < 0) continue;
                const auto margin = world.margin_of(id, Quantity{notional / cent}, one);
                ASSERT_EQ(margin.maintenance.raw, maintenance(tier_of(symbol, notional), notional))
                    << symbol.name << " at " << notional;
                ++points;
            }
            if (i == 0) continue;
            const auto at_edge = world.margin_of(id, Quantity{floor / cent}, one);
            ASSERT_EQ(at_edge.maintenance.raw, maintenance(symbol.tiers[i - 1], floor))
                << symbol.name << " jumps at " << floor;
        }
    }
    std::printf("%zu symbols, margin compared at %d notionals\n", symbols_.size(), points);
}

// What a position of one symbol should be worth and keep, all its money being `balance`.
struct Held {
    const BinanceSymbol* symbol{};
    std::int64_t quantity{};  // signed, in hundredths
    std::int64_t balance{};
};

class BinanceLiquidation : public BinanceTiers {
protected:
    static std::int64_t equity(const Held& held, std::int64_t price) {
        return held.balance + held.quantity * (price - one.raw);
    }
    static std::int64_t kept(const Held& held, std::int64_t price) {
        const std::int64_t notional = std::abs(held.quantity) * price;
        return maintenance(tier_of(*held.symbol, notional), notional);
    }
    static std::int64_t least_kept(const Held& held, std::int64_t price) {
        const std::int64_t notional = std::abs(held.quantity) * price;
        return least_maintenance(tier_of(*held.symbol, notional), notional);
    }
    // The engine sees what is expected at this price, and that the account stands or does not.
    void look(VenueWorld& world, InstrumentId id, const Held& held, std::int64_t price,
              bool stands) {
        world.mark(id, Price{price});
        const AccountMargin margin = world.margin();
        ASSERT_EQ(margin.equity.raw, equity(held, price));
        ASSERT_LE(margin.maintenance_margin.raw, kept(held, price));
        ASSERT_GE(margin.maintenance_margin.raw, least_kept(held, price));
        ASSERT_EQ(margin.equity >= margin.maintenance_margin, stands) << price;
        ASSERT_EQ(world.is_liquidated(), !stands) << price;
    }

    void hold(VenueWorld& world, InstrumentId id, const Held& held, int& found) {
        world.mark(id, one);
        world.fill(id, Quantity{held.quantity - quantity_}, one);
        quantity_ = held.quantity;
        world.post(Money{held.balance} - world.balance(world.currency()));
        const auto edge = world.liquidation_price(id);
        if (!edge) {
            // A long whose money covers all it can lose.
            ASSERT_TRUE(held.quantity > 0 && equity(held, 1) >= kept(held, 1));
            return;
        }
        ++found;
        const std::int64_t step = held.quantity > 0 ? -1 : 1;
        ASSERT_GE(equity(held, edge->raw), least_kept(held, edge->raw));
        ASSERT_LT(equity(held, edge->raw + step), kept(held, edge->raw + step));
        look(world, id, held, edge->raw, true);
        look(world, id, held, edge->raw + step, false);
        look(world, id, held, edge->raw, true);
    }

    std::int64_t quantity_{};
};

TEST_F(BinanceLiquidation, begins_one_step_beyond_the_liquidation_price) {
    VenueWorld world{{}, tier_money_decimals};
    int found = 0;
    int points = 0;
    for (const BinanceSymbol& symbol : symbols_) {
        const InstrumentId id = list(world, symbol);
        quantity_ = 0;
        for (const BinanceTier& tier : symbol.tiers) {
            for (const std::int64_t notional : {tier.floor - cent, tier.floor, tier.floor + cent}) {
                if (notional <= 0) continue;
                // A long and a short by turns, with the initial margin of the tier and a quantum.
                const std::int64_t side = ++points % 2 == 0 ? 1 : -1;
                const Held held{.symbol = &symbol,
                                .quantity = side * (notional / cent),
                                .balance = notional / tier_of(symbol, notional).leverage_max + 1};
                SCOPED_TRACE(symbol.name + " " + std::to_string(held.quantity));
                ASSERT_NO_FATAL_FAILURE(hold(world, id, held, found));
            }
        }
        world.mark(id, one);
        world.fill(id, Quantity{-quantity_}, one);
    }
    EXPECT_GT(found, points / 2);
    std::printf("%d positions, %d liquidation prices\n", points, found);
}

}  // namespace
}  // namespace riskd::vectors
