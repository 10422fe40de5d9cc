#include <gtest/gtest.h>

#include "tests/unit/core_world.hpp"

namespace riskd::test {
namespace {

using Kind = ContractKind;

TEST(MarginTest, works_the_example_of_the_header) {
    World world;
    world.deposit("alice", "USDT", 10'000);
    world.price("BTC-PERP", 50'000);
    world.fill("alice", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    world.price("BTC-PERP", 49'000);
    AccountMargin margin = world.margin("alice");
    EXPECT_EQ(margin.equity, World::units(9'000));
    EXPECT_EQ(margin.initial_margin, World::units(4'900));
    EXPECT_EQ(margin.maintenance_margin, World::units(2'450));
    EXPECT_EQ(available_margin(margin), World::units(4'100));
    EXPECT_EQ(headroom(margin), World::units(6'550));
    world.rules.initial_rate = 0.05;  // so that the second order fits
    EXPECT_TRUE(
        world.check(world.order("alice", "o2", Side::buy, 1'000, "BTC-PERP", 48'000)).accepted);
    world.rules.initial_rate = 0.10;
    EXPECT_EQ(world.margin("alice").initial_margin, World::units(9'700));
}

TEST(EngineTest, accepts_exactly_enough_and_refuses_one_quantum_less) {
    World world;
    world.deposit("alice", "USDT", 5'000);
    world.deposit("bob", "USDT", 5'000);
    world.apply(BalanceChange{.account = world.id("bob"),
                              .id = Id{"less"},
                              .asset = world.engine.ledger().find_asset("USDT"),
                              .amount = Money{-1},
                              .kind = BalanceKind::withdrawal});
    world.price("BTC-PERP", 50'000);
    const Decision yes =
        world.check(world.order("alice", "a", Side::buy, 1'000, "BTC-PERP", 50'000));
    EXPECT_TRUE(yes.accepted);
    EXPECT_EQ(yes.hold, World::units(5'000));
    EXPECT_EQ(available_margin(yes.margin), Money{0});
    const Decision no = world.check(world.order("bob", "b", Side::buy, 1'000, "BTC-PERP", 50'000));
    EXPECT_FALSE(no.accepted);
    EXPECT_EQ(no.reason, RejectReason::insufficient_initial_margin);
    EXPECT_EQ(no.rule_name.view(), "margin/flat");
    EXPECT_EQ(no.limit, (Decimal{World::units(5'000).raw - 1, 8}));
    EXPECT_EQ(no.used, (Decimal{0, 8}));
    EXPECT_EQ(no.would_be, (Decimal{World::units(5'000).raw, 8}));
    EXPECT_EQ(no.headroom, no.limit);
    EXPECT_TRUE(no.has_largest_quantity);
    EXPECT_EQ(no.largest_quantity, Quantity{999});
}

TEST(EngineTest, the_same_question_gets_the_same_answer_and_no_second_hold) {
    World world;
    world.deposit("alice", "USDT", 5'000);
    world.price("BTC-PERP", 50'000);
    const OrderRequest request = world.order("alice", "a", Side::buy, 500, "BTC-PERP", 50'000);
    const Decision first = world.check(request);
    const Digest before = world.engine.digest();
    const Decision again = world.check(request);
    EXPECT_TRUE(again.repeated);
    EXPECT_EQ(again.hold, first.hold);
    EXPECT_EQ(again.sequence, first.sequence);
    EXPECT_EQ(world.margin("alice").initial_margin, World::units(2'500));
    EXPECT_EQ(world.engine.digest(), before);
    EXPECT_EQ(world.engine.counters().orders_repeated, 1U);
}

TEST(PositionTest, flips_from_long_to_short_and_realizes_the_closed_part) {
    World world;
    world.deposit("alice", "USDT", 100'000);
    world.price("BTC-PERP", 50'000);
    world.fill("alice", "o", Side::buy, 2'000, "BTC-PERP", 50'000);
    world.fill("alice", "o", Side::sell, 3'000, "BTC-PERP", 51'000);
    const Position& position = world.position("alice", "BTC-PERP");
    EXPECT_EQ(position.quantity, Quantity{-1'000});
    EXPECT_EQ(position.entry_value, World::units(-51'000));
    EXPECT_EQ(position.realized_pnl, World::units(2'000));
    EXPECT_EQ(world.balance("alice", "USDT"), World::units(102'000));
    EXPECT_EQ(world.engine.ledger().conservation(AssetId{0}), 0);
}

TEST(PositionTest, partial_closes_lose_nothing_over_the_life_of_the_position) {
    World world;
    InstrumentDefinition coarse = World::definition("ODD-PERP", Kind::linear_perpetual, "BTC");
    coarse.price_decimals = 6;
    coarse.quantity_decimals = 6;  // twelve figures into eight decimals: every fill rounds
    world.apply(coarse);
    world.deposit("alice", "USDT", 1'000);
    const InstrumentId odd = world.engine.ledger().find_instrument("ODD-PERP");
    const auto fill = [&](Side side, std::int64_t quantity, std::int64_t price) {
        world.apply(Fill{.account = world.id("alice"),
                         .instrument = odd,
                         .fill = world.next_id(),
                         .order = Id{"o"},
                         .side = side,
                         .price = Price{price},
                         .quantity = Quantity{quantity}});
    };
    fill(Side::buy, 1'000'003, 1'333'333);
    for (int i = 0; i < 7; ++i)
        fill(Side::sell, 142'857, 1'333'333);
    fill(Side::sell, 4, 1'333'333);
    const Position& position = world.position("alice", "ODD-PERP");
    EXPECT_EQ(position.quantity, Quantity{0});
    EXPECT_EQ(position.entry_value, Money{0});
    // Nine fills, each rounded against the customer by less than one quantum.
    EXPECT_LE(position.realized_pnl, Money{0});
    EXPECT_GT(position.realized_pnl, Money{-10});
    EXPECT_EQ(world.engine.ledger().conservation(AssetId{0}), 0);
}

TEST(SpotTest, holds_quote_with_fee_and_moves_both_balances) {
    World world;
    InstrumentDefinition spot = World::definition("BTC-USDT", Kind::spot, "BTC");
    spot.taker_fee_rate = 100'000;  // 0.1 %
    world.apply(spot);
    world.deposit("alice", "USDT", 50'050);
    world.price("BTC-USDT", 50'000);
    const Decision decision =
        world.check(world.order("alice", "a", Side::buy, 1'000, "BTC-USDT", 50'000));
    EXPECT_TRUE(decision.accepted);
    EXPECT_EQ(decision.hold, World::units(50'050));
    EXPECT_EQ(decision.hold_asset, AssetId{0});
    const Decision second =
        world.check(world.order("alice", "b", Side::buy, 1, "BTC-USDT", 50'000));
    EXPECT_EQ(second.reason, RejectReason::insufficient_balance);
    world.fill("alice", "a", Side::buy, 400, "BTC-USDT", 49'000, World::units(19));
    EXPECT_EQ(world.balance("alice", "BTC"), Money{40'000'000});
    EXPECT_EQ(world.balance("alice", "USDT"), World::units(50'050 - 19'600 - 19));
    EXPECT_EQ(world.engine.ledger().find_balance(world.id("alice"), AssetId{0})->hold,
              World::units(30'030));
    world.fill("alice", "a", Side::buy, 600, "BTC-USDT", 50'000);
    EXPECT_EQ(world.engine.ledger().find_balance(world.id("alice"), AssetId{0})->hold, Money{0});
    EXPECT_EQ(world.engine.ledger().conservation(AssetId{0}), 0);
    EXPECT_EQ(world.engine.ledger().conservation(AssetId{1}), 0);
}

TEST(EngineTest, a_dead_rulebook_refuses_new_risk_and_lets_reductions_pass) {
    World world;
    world.deposit("alice", "USDT", 10'000);
    world.price("BTC-PERP", 50'000);
    world.fill("alice", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    world.rules.margin_fault = RuleFault::raised;
    world.rules.check_answer = {.outcome = CheckOutcome::fault, .fault = RuleFault::over_budget};
    const Decision adds = world.check(world.order("alice", "a", Side::buy, 1, "BTC-PERP", 50'000));
    EXPECT_EQ(adds.reason, RejectReason::rule_failed);
    EXPECT_TRUE(
        world.check(world.order("alice", "b", Side::sell, 1'000, "BTC-PERP", 50'000)).accepted);
    const Decision flips =
        world.check(world.order("alice", "c", Side::sell, 1'001, "BTC-PERP", 50'000));
    EXPECT_EQ(flips.reason, RejectReason::rule_failed);
    world.price("BTC-PERP", 30'000);  // hopeless, but no rule can say so
    EXPECT_EQ(world.engine.ledger().account(world.id("alice")).stage, Stage::healthy);
}

TEST(EngineTest, a_stale_mark_refuses_new_risk_and_liquidates_nobody) {
    World world;
    world.deposit("alice", "USDT", 10'000);
    world.price("BTC-PERP", 50'000);
    world.price("ETH-PERP", 3'000);
    world.fill("alice", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    world.fill("alice", "o", Side::buy, 1'000, "ETH-PERP", 3'000);
    world.time.ns += 120 * World::second;
    world.price("BTC-PERP", 20'000);  // deep under water, but ETH is unknown
    EXPECT_EQ(world.engine.ledger().account(world.id("alice")).stage, Stage::healthy);
    const Decision adds = world.check(world.order("alice", "a", Side::buy, 1, "BTC-PERP", 20'000));
    EXPECT_EQ(adds.reason, RejectReason::reference_price_not_available);
    EXPECT_TRUE(
        world.check(world.order("alice", "b", Side::sell, 500, "ETH-PERP", 2'000)).accepted);
    const Outcome& recovered = world.price("ETH-PERP", 3'000);
    ASSERT_EQ(recovered.outputs.size(), 1U);
    EXPECT_EQ(std::get<StageChange>(recovered.outputs[0]).stage, Stage::liquidate);
}

TEST(LiquidationTest, climbs_the_ladder_once_and_says_what_to_close) {
    World world;
    world.deposit("alice", "USDT", 10'000);
    world.price("BTC-PERP", 50'000);
    world.fill("alice", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    EXPECT_TRUE(world.price("BTC-PERP", 45'000).outputs.empty());  // 2250 / 5000
    const auto stage_at = [&](std::int64_t price) -> std::optional<StageChange> {
        const Outcome& outcome = world.price("BTC-PERP", price);
        if (outcome.outputs.empty()) return std::nullopt;
        return std::get<StageChange>(outcome.outputs.at(0));
    };
    EXPECT_EQ(stage_at(43'000)->stage, Stage::margin_call);  // 2150 / 3000 = 0.717
    EXPECT_EQ(stage_at(42'950), std::nullopt);
    const auto reduce = stage_at(42'300);  // 2115 / 2300 = 0.92
    ASSERT_TRUE(reduce);
    EXPECT_EQ(reduce->stage, Stage::reduce);
    EXPECT_EQ(reduce->episode, 1U);
    ASSERT_EQ(reduce->close.size(), 1U);
    EXPECT_EQ(reduce->close[0].side, Side::sell);
    // 965.00000001 of 2,115 must go: 0.456265 of the position, 0.457 in whole lots.
    EXPECT_EQ(reduce->close[0].quantity, Quantity{457});
    EXPECT_EQ(reduce->close[0].bankruptcy_price, Price{400'000});
    const auto liquidate = stage_at(42'000);
    ASSERT_TRUE(liquidate);
    EXPECT_EQ(liquidate->stage, Stage::liquidate);
    EXPECT_EQ(liquidate->margin.equity, World::units(2'000));
    EXPECT_EQ(liquidate->margin.maintenance_margin, World::units(2'100));
    EXPECT_EQ(liquidate->close[0].quantity, Quantity{1'000});
    EXPECT_EQ(stage_at(41'900), std::nullopt);
    world.deposit("alice", "USDT", 10'000);
    const auto* closed = std::get_if<StageChange>(&world.outcomes.back().outputs.at(0));
    ASSERT_NE(closed, nullptr);
    EXPECT_EQ(closed->stage, Stage::healthy);
    EXPECT_EQ(closed->episode, 1U);
}

TEST(LiquidationTest, the_liquidation_price_is_the_last_one_that_is_safe) {
    World world;
    world.deposit("alice", "USDT", 10'000);
    world.deposit("bob", "USDT", 10'000);
    world.price("BTC-PERP", 50'000);
    world.fill("alice", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    world.fill("bob", "o", Side::sell, 1'000, "BTC-PERP", 50'000);
    const InstrumentId perp = world.engine.ledger().find_instrument("BTC-PERP");
    const auto price = [&](std::string_view who) {
        return world.engine.liquidation_price(world.id(who), perp, world.time);
    };
    // long: 10000 + (p - 50000) >= 0.05 p  <=>  p >= 42105.26; short: p <= 57142.857
    EXPECT_EQ(price("alice"), Price{421'053});
    EXPECT_EQ(price("bob"), Price{571'428});
    world.deposit("alice", "USDT", 50'000);
    EXPECT_EQ(price("alice"), std::nullopt);  // it could fall to nothing
}

TEST(LiquidationTest, a_preview_gives_the_liquidation_price_that_the_fill_then_has) {
    World world;
    world.deposit("alice", "USDT", 10'000);
    world.price("BTC-PERP", 50'000);
    const InstrumentId perp = world.engine.ledger().find_instrument("BTC-PERP");
    const auto compare = [&](Side side, std::int64_t thousandths) {
        const OrderRequest order = world.order("alice", "p", side, thousandths, "BTC-PERP", 50'000);
        const Digest before = world.engine.digest();
        const Preview preview = world.engine.preview(order, world.time);
        EXPECT_EQ(world.engine.digest(), before);
        EXPECT_TRUE(preview.decision.accepted);
        world.fill("alice", "p", side, thousandths, "BTC-PERP", 50'000);
        const auto after = world.engine.liquidation_price(world.id("alice"), perp, world.time);
        EXPECT_EQ(preview.liquidation_price, after);
        return after;
    };
    EXPECT_EQ(compare(Side::buy, 1'000), Price{421'053});   // from flat
    EXPECT_EQ(compare(Side::sell, 400), Price{350'878});    // a part closed: 10000 - 0.6 x 50000
    EXPECT_EQ(compare(Side::sell, 1'600), Price{571'428});  // through zero to a short of one
    EXPECT_EQ(compare(Side::buy, 1'000), std::nullopt);     // flat again
}

TEST(LiquidationTest, a_preview_counts_the_funding_that_the_fill_will_pay) {
    World world;
    world.deposit("alice", "USDT", 10'000);
    world.price("BTC-PERP", 50'000);
    const InstrumentId perp = world.engine.ledger().find_instrument("BTC-PERP");
    const auto index = [&](std::int64_t whole) {
        world.apply(FundingIndex{
            .instrument = perp, .id = world.next_id(), .index = whole * 1'000'000'000});
    };
    index(700);
    world.fill("alice", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    index(1'650);
    EXPECT_EQ(world.margin("alice").equity, World::units(9'050));
    const OrderRequest order = world.order("alice", "p", Side::sell, 500, "BTC-PERP", 50'000);
    const Preview preview = world.engine.preview(order, world.time);
    world.fill("alice", "p", Side::sell, 500, "BTC-PERP", 50'000);
    EXPECT_EQ(world.balance("alice", "USDT"), World::units(9'050));
    const auto after = world.engine.liquidation_price(world.id("alice"), perp, world.time);
    EXPECT_EQ(preview.liquidation_price, Price{335'790});  // (25000 - 9050) / 0.475, one tick safe
    EXPECT_EQ(preview.liquidation_price, after);
}

TEST(LiquidationTest, a_preview_counts_the_fee_that_the_fill_will_cost) {
    World world;
    InstrumentDefinition terms =
        World::definition("BTC-PERP", ContractKind::linear_perpetual, "BTC");
    terms.taker_fee_rate = 1'000'000;  // 1 %
    world.apply(terms);
    world.deposit("alice", "USDT", 10'000);
    world.price("BTC-PERP", 50'000);
    const OrderRequest order = world.order("alice", "p", Side::buy, 1'000, "BTC-PERP", 50'000);
    const Preview preview = world.engine.preview(order, world.time);
    ASSERT_TRUE(preview.decision.accepted);
    EXPECT_EQ(preview.fee, World::units(500));
    world.fill("alice", "p", Side::buy, 1'000, "BTC-PERP", 50'000, preview.fee);
    const auto after = world.engine.liquidation_price(
        world.id("alice"), world.engine.ledger().find_instrument("BTC-PERP"), world.time);
    EXPECT_EQ(preview.liquidation_price, Price{426'316});  // (50000 - 9500) / 0.95, one tick safe
    EXPECT_EQ(preview.liquidation_price, after);
}

TEST(EngineTest, a_replay_of_what_was_recorded_asks_no_rule_and_gives_the_same_digest) {
    World world;
    world.deposit("alice", "USDT", 10'000);
    world.price("BTC-PERP", 50'000);
    world.check(world.order("alice", "a", Side::buy, 1'000, "BTC-PERP", 50'000));
    world.fill("alice", "a", Side::buy, 600, "BTC-PERP", 50'000);
    world.apply(Funding{.instrument = InstrumentId{1}, .id = Id{"f1"}, .rate = 10'000});
    world.apply(FundingIndex{.instrument = InstrumentId{1}, .id = Id{"i1"}, .index = 5});
    world.apply(FundingIndex{
        .instrument = InstrumentId{1}, .id = Id{"i2"}, .index = 5'005, .is_paid = true});
    world.apply(LeverageChange{.account = world.id("alice"),
                               .instrument = InstrumentId{1},
                               .id = Id{"l1"},
                               .leverage = 3});
    world.price("BTC-PERP", 35'000);
    FlatRules dead;
    dead.margin_fault = RuleFault::raised;
    dead.stage_fault = RuleFault::raised;
    Engine replayed{{}, dead};
    for (std::size_t i = 0; i < world.events.size(); ++i) {
        replayed.apply_recorded(world.events[i], world.outcomes[i]);
    }
    EXPECT_EQ(replayed.digest(), world.engine.digest());
    EXPECT_EQ(replayed.counters().orders_accepted, 1U);
    EXPECT_EQ(replayed.counters().stage_changes, world.engine.counters().stage_changes);
}

TEST(WindowTest, a_calendar_day_starts_from_the_marks_at_midnight_even_when_nobody_looked) {
    World world;
    constexpr std::int64_t day = 86'400 * World::second;
    world.rules.window_specs = {
        {.measure = WindowMeasure::net_pnl, .calendar = true, .span = {day}},
        {.measure = WindowMeasure::orders, .span = {16 * World::second}}};
    RulesetActivation activation{.windows_count = 2};
    activation.window_measures = {0, 1};
    activation.window_calendar = {1, 0};
    activation.window_spans = {Duration{day}, Duration{16 * World::second}};
    world.apply(activation);
    world.deposit("alice", "USDT", 100'000);
    world.price("BTC-PERP", 50'000);
    world.fill("alice", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    const InstrumentId perp = world.engine.ledger().find_instrument("BTC-PERP");
    world.apply(FundingIndex{.instrument = perp, .id = world.next_id(), .index = 1});
    world.price("BTC-PERP", 49'000);
    world.apply(FundingIndex{.instrument = perp, .id = world.next_id(), .index = 60'000'000'001});
    world.time.ns = (world.time.ns / day + 1) * day;  // midnight passes with the mark at 49,000
    world.apply(FundingIndex{.instrument = perp, .id = world.next_id(), .index = 67'000'000'001});
    world.price("BTC-PERP", 48'500);
    world.check(world.order("alice", "a", Side::buy, 1, "BTC-PERP", 48'500));
    // 500 of price and the 7 that accrued today.
    EXPECT_DOUBLE_EQ(world.rules.last_check.history[0].change, -507.0);
    EXPECT_DOUBLE_EQ(world.rules.last_check.history[1].count, 0.0);
    world.check(world.order("alice", "b", Side::buy, 1, "BTC-PERP", 48'500));
    EXPECT_DOUBLE_EQ(world.rules.last_check.history[1].count, 1.0);
    world.time.ns += 20 * World::second;
    world.price("BTC-PERP", 48'500);
    world.check(world.order("alice", "c", Side::buy, 1, "BTC-PERP", 48'500));
    EXPECT_DOUBLE_EQ(world.rules.last_check.history[1].count, 0.0);
}

}  // namespace
}  // namespace riskd::test
