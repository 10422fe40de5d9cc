// Books: what their scenarios lose, against sums made by hand; and what must be true of any book.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tests/model/random_source.hpp"
#include "tests/unit/core_book_world.hpp"

namespace riskd {
namespace {

using test::BookWorld;
using test::percent;
using test::second;
using test::volatility_percent;

// The example of portfolio.hpp.
TEST(PortfolioTest, the_legs_of_a_hedge_answer_for_their_difference) {
    BookWorld world;
    world.rules.grid = {{-10 * percent, 0, 100 * percent}, {10 * percent, 0, 100 * percent}};
    world.price("B0", 1'000);
    world.price("B1", 1'010);
    const AccountId hedged = world.account("hedged", "books", 1'000);
    const AccountId alone = world.account("alone", "books", 1'000);
    world.fill(hedged, "B0", 1'000, 1'000);
    world.fill(hedged, "B1", -1'000, 1'010);
    world.fill(alone, "B0", 1'000, 1'000);
    const AccountFigures figures = world.figures(hedged);
    EXPECT_EQ(world.rules.last.worst_loss, 0.1);
    EXPECT_EQ(world.rules.last.worst_scenario, 1);
    EXPECT_EQ(world.rules.last.long_futures, 100);
    EXPECT_EQ(world.rules.last.short_futures, 101);
    ASSERT_EQ(world.rules.last_positions.size(), 2U);
    EXPECT_EQ(world.rules.last_positions[1].value, -101);
    EXPECT_EQ(world.rules.last_positions[1].quantity, -1);
    EXPECT_EQ(figures.margin.maintenance_margin, Money{2'1100'0000});  // 0.1 and 1 % of 201
    EXPECT_EQ(world.figures(alone).margin.maintenance_margin, Money{11'0000'0000});
}

TEST(PortfolioTest, every_underlying_is_a_book_of_its_own) {
    BookWorld world;
    world.price("B0", 1'000);
    world.price("E0", 1'000);
    const AccountId id = world.account("a", "books", 1'000);
    world.fill(id, "B0", 1'000, 1'000);
    world.fill(id, "E0", -1'000, 1'000);
    // 15 for the long, 18 (60 % up, 30 % of it) for the short, 1 each for the notional.
    EXPECT_EQ(world.figures(id).margin.maintenance_margin, Money{35'0000'0000});
}

TEST(PortfolioTest, an_isolated_position_is_in_no_book) {
    BookWorld world;
    world.rules.grid = {{-5 * percent, 0, 100 * percent}, {5 * percent, 0, 100 * percent}};
    world.price("B0", 1'000);
    world.price("B1", 1'010);
    const AccountId id = world.account("a", "books", 1'000);
    const InstrumentId own = world.instrument("B1");
    world.apply(MarginChange{.account = id,
                             .instrument = own,
                             .id = world.next_id(),
                             .has_mode = true,
                             .mode = MarginMode::isolated});
    world.fill(id, "B0", 1'000, 1'000);
    world.fill(id, "B1", -1'000, 1'010);
    EXPECT_TRUE(world.check(world.order(id, "B1", -1'000, 1'010)).accepted);
    const AccountMargin margin = world.figures(id).margin;
    EXPECT_EQ(margin.equity, Money{989'9000'0000});
    EXPECT_EQ(margin.maintenance_margin, Money{6'0000'0000});
    EXPECT_EQ(margin.initial_margin, Money{16'1000'0000});  // its order would set apart 10.1
    const auto& change = std::get<StageChange>(world.price("B1", 1'060).outputs.at(0));
    EXPECT_EQ(change.instrument, own);
    EXPECT_EQ(change.margin.equity, Money{5'1000'0000});
    EXPECT_EQ(change.margin.maintenance_margin, Money{6'3600'0000});  // 5 % and 1 % of 106
}

struct Held {
    std::string_view name;
    std::int64_t quantity;
    std::int64_t bought;
    std::int64_t sold;
};

// A side's orders at the mark: the cost is quantity x mark.
std::int64_t worst_by_hand(const BookWorld& world, const std::vector<Held>& book, bool orders) {
    std::int64_t worst = 0;
    for (const Scenario& scenario : world.rules.grid) {
        std::vector<std::int64_t> moves;  // of each position and side, in quanta of USDT
        for (const Held& held : book) {
            const std::int64_t mark =
                world.engine.ledger().instrument(world.instrument(held.name)).prices.mark.raw;
            const Wide moved = Wide{mark} * (100 * percent + scenario.price_move);
            const auto shocked = static_cast<std::int64_t>(moved / (100 * percent));
            constexpr std::int64_t quanta = 10'000;  // of a tenth times a thousandth
            moves.push_back(held.quantity * (shocked - mark) * quanta);
            moves.push_back(held.bought * (shocked - mark) * quanta);
            moves.push_back(-held.sold * (shocked - mark) * quanta);
        }
        const std::size_t sides = book.size() * 2;
        for (std::size_t subset = 0; subset < (std::size_t{1} << (orders ? sides : 0)); ++subset) {
            Wide profit = 0;
            for (std::size_t i = 0; i < moves.size(); ++i) {
                const std::size_t side = i / 3 * 2 + i % 3 - 1;
                if (i % 3 == 0 || (subset >> side & 1U) != 0) profit += moves[i];
            }
            const Wide loss =
                divide(-profit * scenario.weight, 100 * percent, Rounding::toward_plus);
            worst = std::max(worst, static_cast<std::int64_t>(loss));
        }
    }
    return worst;
}

TEST(PortfolioTest, random_books_equal_every_combination_of_what_may_fill) {
    constexpr std::uint64_t seed = 20261121;
    SCOPED_TRACE("seed " + std::to_string(seed));
    model::RandomSource random{seed};
    for (int turn = 0; turn < 60; ++turn) {
        BookWorld world;
        const AccountId id = world.account("a", "books", 100'000'000);
        std::vector<Held> book;
        for (const std::string_view name : {"B0", "B1", "B2"}) {
            const std::int64_t mark = random.between(5'000, 900'000);
            world.price(name, mark);
            Held held{.name = name,
                      .quantity = random.between(-9'000, 9'000),
                      .bought = random.between(0, 1) * random.between(1, 9'000),
                      .sold = random.between(0, 1) * random.between(1, 9'000)};
            if (held.quantity != 0) world.fill(id, name, held.quantity, mark);
            if (held.bought != 0) {
                ASSERT_TRUE(world.check(world.order(id, name, held.bought, mark)).accepted);
            }
            if (held.sold != 0) {
                ASSERT_TRUE(world.check(world.order(id, name, -held.sold, mark)).accepted);
            }
            book.push_back(held);
        }
        ASSERT_EQ(world.figures(id).fault, RuleFault::none);
        const auto raw = [](double usdt) { return static_cast<std::int64_t>(usdt * 1e8 + 0.5); };
        EXPECT_EQ(raw(world.rules.last.worst_loss), worst_by_hand(world, book, false));
        EXPECT_EQ(raw(world.rules.last.worst_loss_after), worst_by_hand(world, book, true));
    }
}

TEST(PortfolioTest, a_book_never_needs_more_than_its_parts_and_never_less_than_its_floor) {
    model::RandomSource random{7};
    for (int turn = 0; turn < 60; ++turn) {
        BookWorld world;
        const AccountId id = world.account("a", "books", 100'000'000);
        const AccountId other = world.account("b", "books", 100'000'000);
        std::vector<std::pair<std::string_view, std::int64_t>> fills;
        for (const std::string_view name : {"B0", "B1", "B2", "E0", "E1"}) {
            world.price(name, random.between(5'000, 900'000));
            fills.emplace_back(name, random.between(-9'000, 9'000) * 2 + 1);
        }
        for (const auto& [name, quantity] : fills)
            world.fill(id, name, quantity, 10'000);
        // The same in parts and the other way round.
        std::reverse(fills.begin(), fills.end());
        for (const auto& [name, quantity] : fills)
            world.fill(other, name, quantity + 3, 10'000);
        for (const auto& [name, quantity] : fills)
            world.fill(other, name, -3, 10'000);
        const AccountMargin margin = world.figures(id).margin;
        EXPECT_EQ(world.figures(other).margin.maintenance_margin, margin.maintenance_margin);
        EXPECT_EQ(world.figures(other).margin.initial_margin, margin.initial_margin);
        Money parts;
        for (const Position& position : world.engine.ledger().account(id).positions) {
            const Price mark = world.engine.ledger().instrument(position.instrument).prices.mark;
            parts =
                parts + world.engine.position_margin(id, position, mark, world.time).maintenance;
        }
        EXPECT_LE(margin.maintenance_margin, parts);
        EXPECT_GE(margin.maintenance_margin.raw, world.figures(id).gross_exposure.raw / 100);
    }
}

// Options on B0, prices in tenths; quantities in thousandths.
InstrumentDefinition option_on_b0(std::string_view name, OptionRight right, std::int64_t strike) {
    return {.name = Name{name},
            .kind = ContractKind::linear_option,
            .base = Name{"BTC"},
            .quote = Name{"USDT"},
            .settle = Name{"USDT"},
            .price_decimals = 1,
            .quantity_decimals = 3,
            .leverage_max = 10,
            .mark_age_max = {3'600 * second},
            .expiry = {(1'700'000'000 + 365 * 86'400) * second},
            .underlying = Name{"B0"},
            .right = right,
            .strike = strike};
}

// The example of option_model.hpp, by the mark alone and with both moves 10 % up.
TEST(PortfolioTest, an_option_moves_by_what_its_model_says) {
    BookWorld world;
    world.rules.grid = {{10 * percent, 10 * percent, 100 * percent}};
    world.price("B0", 1'000);
    world.apply(option_on_b0("C", OptionRight::call, 100));
    world.apply(PriceUpdate{.instrument = world.instrument("C"),
                            .mark = Price{80},
                            .implied_volatility = 20 * volatility_percent});
    const AccountId id = world.account("a", "books", 1'000);
    world.fill(id, "C", -1'000, 80);
    static_cast<void>(world.figures(id));
    EXPECT_NEAR(world.rules.last.worst_loss, 15.0426 - 7.9656, 2e-4);
    ASSERT_EQ(world.rules.last_positions.size(), 1U);
    const PositionView& view = world.rules.last_positions[0];
    EXPECT_TRUE(view.is_option);
    EXPECT_EQ(view.strike, 100);
    EXPECT_EQ(view.value, -8);
    EXPECT_NEAR(view.delta, 0.5398, 1e-4);
    EXPECT_EQ(world.rules.last.short_options, 100);
    EXPECT_EQ(world.rules.last.option_value, -8);
}

TEST(PortfolioTest, a_book_of_options_never_needs_more_than_its_parts) {
    model::RandomSource random{23};
    for (int turn = 0; turn < 40; ++turn) {
        BookWorld world;
        world.price("B0", random.between(800, 1'200));
        const AccountId id = world.account("a", "books", 100'000'000);
        for (int i = 0; i < 6; ++i) {
            const std::string name = "O" + std::to_string(i);
            world.apply(option_on_b0(name, i % 2 == 0 ? OptionRight::call : OptionRight::put,
                                     random.between(70, 130)));
            const std::int64_t mark = random.between(1, 400);
            world.apply(
                PriceUpdate{.instrument = world.instrument(name),
                            .mark = Price{mark},
                            .implied_volatility = random.between(5, 150) * volatility_percent});
            world.fill(id, name, random.between(-9'000, 9'000) | 1, mark);
        }
        world.fill(id, "B0", random.between(-9'000, 9'000) | 1, 1'000);
        const AccountMargin margin = world.figures(id).margin;
        ASSERT_TRUE(margin.complete);
        Money parts;
        for (const Position& position : world.engine.ledger().account(id).positions) {
            const Price mark = world.engine.ledger().instrument(position.instrument).prices.mark;
            parts =
                parts + world.engine.position_margin(id, position, mark, world.time).maintenance;
        }
        EXPECT_LE(margin.maintenance_margin, parts);
        EXPECT_GE(margin.maintenance_margin, Money{});
    }
}

TEST(PortfolioTest, the_largest_quantity_of_a_refusal_passes) {
    model::RandomSource random{11};
    int refused = 0;
    for (int turn = 0; turn < 200; ++turn) {
        BookWorld world;
        const AccountId id = world.account("a", "books", random.between(50, 3'000));
        for (const std::string_view name : {"B0", "B1"})
            world.price(name, random.between(900, 1'100));
        world.fill(id, "B0", random.between(-9'000, 9'000) | 1, 1'000);
        OrderRequest request = world.order(id, "B1", random.between(-90'000, 90'000) | 1, 1'000);
        const Decision decision = world.check(request);
        if (decision.accepted || decision.largest_quantity.raw == 0) continue;
        ++refused;
        request.quantity = decision.largest_quantity;
        request.order = world.next_id();
        EXPECT_TRUE(world.check(request).accepted);
    }
    EXPECT_GT(refused, 20);
}

TEST(PortfolioTest, an_order_that_leaves_a_hedge_alone_is_held_to_the_margin) {
    BookWorld world;
    world.price("B0", 1'000);
    world.price("B1", 1'000);
    const AccountId id = world.account("a", "books", 10);
    world.fill(id, "B0", 1'000, 1'000);
    world.fill(id, "B1", -1'000, 1'000);
    const Decision decision = world.check(world.order(id, "B0", -1'000, 1'000));
    EXPECT_EQ(decision.reason, RejectReason::insufficient_initial_margin);
    EXPECT_FALSE(decision.accepted);
    EXPECT_TRUE(world.check(world.order(id, "B0", -100, 1'000)).accepted);
    // Not while it is being closed down: then another system takes it apart.
    world.apply(BalanceChange{.account = id,
                              .id = world.next_id(),
                              .asset = AssetId{0},
                              .amount = Money{-7'6000'0000},
                              .kind = BalanceKind::withdrawal});
    ASSERT_EQ(world.engine.ledger().account(id).stage, Stage::reduce);
    EXPECT_TRUE(world.check(world.order(id, "B0", -900, 1'000)).accepted);
}

TEST(PortfolioTest, a_reduction_takes_the_same_share_of_every_position) {
    BookWorld world;
    world.price("B0", 1'000);
    world.price("B1", 1'000);
    const AccountId id = world.account("a", "books", 40);
    world.fill(id, "B0", 4'000, 1'000);
    world.fill(id, "B1", -2'000, 1'000);  // 30 for what is open, 6 for the notional
    ASSERT_EQ(world.engine.ledger().account(id).stage, Stage::reduce);
    const auto& change = std::get<StageChange>(world.outcome.outputs.back());
    ASSERT_EQ(change.close.size(), 2U);
    // From 36 to below 24: a third and a quantum, in whole lots.
    EXPECT_EQ(change.close[0].quantity, Quantity{1'334});
    EXPECT_EQ(change.close[0].side, Side::sell);
    EXPECT_EQ(change.close[1].quantity, Quantity{667});
    EXPECT_EQ(change.close[1].side, Side::buy);
}

TEST(PortfolioTest, an_account_whose_rule_is_missing_takes_no_risk_and_is_not_liquidated) {
    BookWorld world;
    world.price("B0", 1'000);
    const AccountId id = world.account("a", "nowhere", 100);
    const Outcome& defined = world.apply(
        AccountDefinition{.name = Name{"a"}, .currency = Name{"USDT"}, .margin = Name{"nowhere"}});
    ASSERT_EQ(defined.outputs.size(), 1U);
    const auto& alert = std::get<Alert>(defined.outputs[0]);
    EXPECT_EQ(alert.kind, AlertKind::unknown_name);
    EXPECT_EQ(alert.about.view(), "a");
    EXPECT_EQ(world.check(world.order(id, "B0", 1, 1'000)).reason, RejectReason::rule_failed);
    world.fill(id, "B0", 9'000, 1'000);
    world.price("B0", 10);
    EXPECT_EQ(world.engine.ledger().account(id).stage, Stage::healthy);
    EXPECT_EQ(world.figures(id).fault, RuleFault::unknown_rule);
    EXPECT_TRUE(world.check(world.order(id, "B0", -9'000, 1'000)).accepted);
    world.apply(
        AccountDefinition{.name = Name{"a"}, .currency = Name{"USDT"}, .margin = Name{"plain"}});
    EXPECT_EQ(world.engine.ledger().account(id).stage, Stage::liquidate);
}

}  // namespace
}  // namespace riskd
