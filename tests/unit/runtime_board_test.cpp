#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <cmath>

#include "riskd/core/activation.hpp"
#include "riskd/core/deleverage.hpp"
#include "riskd/runtime/board_scan.hpp"
#include "riskd/runtime/metrics.hpp"
#include "riskd/runtime/queue_scan.hpp"
#include "riskd/runtime/status_server.hpp"
#include "tests/unit/core_world.hpp"

namespace riskd::runtime {
namespace {

using testing::HasSubstr;
using testing::Not;

class BoardTest : public testing::Test {
protected:
    // alice long 4 BTC-PERP on 30,000; bob short 1 on 100,000; mark 50,000.
    BoardTest() {
        world.deposit("alice", "USDT", 30'000);
        world.deposit("bob", "USDT", 100'000);
        world.price("BTC-PERP", 50'000);
        world.fill("alice", "a", Side::buy, 4'000, "BTC-PERP", 50'000);
        world.fill("bob", "b", Side::sell, 1'000, "BTC-PERP", 50'000);
    }
    int pass(BoardScan& scan, std::uint32_t budget) {
        int steps = 1;
        while (!scan.step(world.engine, world.time, budget))
            ++steps;
        return steps;
    }

    test::World world;
};

TEST_F(BoardTest, finds_the_accounts_nearest_the_edge_and_the_totals) {
    BoardScan scan(10);
    pass(scan, 1'000'000);
    const ExposureFigures& figures = scan.figures();
    ASSERT_EQ(figures.nearest.size(), 2U);
    const NearAccount& alice = figures.nearest[0];
    EXPECT_EQ(alice.account.view(), "alice");
    EXPECT_EQ(alice.currency.view(), "USDT");
    EXPECT_EQ(alice.instrument.view(), "BTC-PERP");
    EXPECT_DOUBLE_EQ(alice.equity, 30'000);
    EXPECT_DOUBLE_EQ(alice.maintenance_margin, 10'000);
    EXPECT_DOUBLE_EQ(alice.headroom, 20'000);
    EXPECT_DOUBLE_EQ(alice.gross_exposure, 200'000);
    EXPECT_NEAR(alice.margin_ratio, 1.0 / 3, 1e-9);
    EXPECT_EQ(figures.nearest[1].account.view(), "bob");
    EXPECT_EQ(figures.accounts_by_stage[0], 2U);
    ASSERT_EQ(figures.instruments.size(), 3U);
    const InstrumentFigures& perpetual = figures.instruments[1];
    EXPECT_EQ(perpetual.instrument.view(), "BTC-PERP");
    EXPECT_FALSE(perpetual.stale);
    EXPECT_DOUBLE_EQ(perpetual.mark_price, 50'000);
    EXPECT_DOUBLE_EQ(perpetual.mark_age_seconds, 2);
    EXPECT_DOUBLE_EQ(perpetual.gross_exposure, 250'000);
    EXPECT_DOUBLE_EQ(perpetual.net_exposure, 150'000);
    EXPECT_TRUE(figures.instruments[2].stale);
    EXPECT_EQ(figures.instruments[2].mark_price, 0);
    ASSERT_EQ(figures.assets.size(), 3U);
    EXPECT_EQ(figures.assets[0].asset.view(), "USDT");
    EXPECT_DOUBLE_EQ(figures.assets[0].balance, 130'000);
    EXPECT_DOUBLE_EQ(figures.assets[0].exposure, 130'000);
}

TEST_F(BoardTest, keeps_only_as_many_accounts_as_asked_and_works_in_slices) {
    BoardScan scan(1);
    EXPECT_GT(pass(scan, 9), 2);
    ASSERT_EQ(scan.figures().nearest.size(), 1U);
    EXPECT_EQ(scan.figures().nearest[0].account.view(), "alice");
    EXPECT_EQ(scan.figures().instruments.size(), 3U);
    world.price("BTC-PERP", 120'000);
    pass(scan, 9);
    EXPECT_EQ(scan.figures().nearest[0].account.view(), "bob");
    BoardScan none(0);
    pass(none, 100);
    EXPECT_TRUE(none.figures().nearest.empty());
}

// What is shown is judged when it is read: nobody was woken since 50,000.
TEST_F(BoardTest, shows_those_who_sleep_as_they_stand_now) {
    world.rules.claim(5'000'000, 0);
    world.apply(activation_of(world.rules));
    while (world.engine.accounts_waiting() > 0)
        world.apply(TimePassed{});
    ASSERT_EQ(world.engine.bands().accounts_awake(), 0U);
    world.price("BTC-PERP", 49'900);
    EXPECT_EQ(world.engine.judged().size(), 0U) << "or it shows nothing";
    BoardScan scan(2);
    pass(scan, 9);
    ASSERT_EQ(scan.figures().nearest.size(), 2U);
    EXPECT_EQ(scan.figures().nearest[0].account.view(), "alice");
    EXPECT_DOUBLE_EQ(scan.figures().nearest[0].equity, 29'600);
    EXPECT_DOUBLE_EQ(scan.figures().nearest[0].maintenance_margin, 9'980);
    EXPECT_FALSE(scan.figures().nearest[0].stale);
    world.time.ns += 61 * test::World::second;
    pass(scan, 9);
    ASSERT_EQ(scan.figures().nearest.size(), 2U);
    EXPECT_DOUBLE_EQ(scan.figures().nearest[0].equity, 29'600) << "by the mark there is";
    EXPECT_TRUE(scan.figures().nearest[0].stale);
}

// At 10,000 alice has lost 160,000 of 30,000 and bob has won; then bob owes more than she does.
TEST_F(BoardTest, ranks_accounts_past_the_edge_by_how_far_they_are_past_it) {
    world.price("BTC-PERP", 10'000);
    BoardScan scan(1);
    pass(scan, 1'000'000);
    EXPECT_EQ(scan.figures().nearest[0].account.view(), "alice");
    world.apply(BalanceChange{.account = world.id("bob"),
                              .id = world.next_id(),
                              .asset = AssetId{0},
                              .amount = test::World::units(-200'000),
                              .kind = BalanceKind::adjustment});
    pass(scan, 1'000'000);
    // -60,000 for 500 to keep against -130,000 for 2,000.
    EXPECT_EQ(scan.figures().nearest[0].account.view(), "bob");
    EXPECT_DOUBLE_EQ(scan.figures().nearest[0].equity, -60'000);
}

TEST_F(BoardTest, a_group_has_what_the_groups_below_it_have) {
    const auto join = [this](std::string_view account, std::string_view group) {
        world.apply(AccountDefinition{
            .name = Name{account}, .group = Name{group}, .currency = Name{"USDT"}});
    };
    world.apply(GroupDefinition{.name = Name{"firm"}});
    world.apply(GroupDefinition{.name = Name{"desk-a"}, .parent = Name{"firm"}});
    world.apply(GroupDefinition{.name = Name{"desk-b"}, .parent = Name{"firm"}});
    join("alice", "desk-a");
    join("bob", "desk-b");
    BoardScan scan(1);
    pass(scan, 100);
    const auto& groups = scan.figures().groups;
    ASSERT_EQ(groups.size(), 3U);
    EXPECT_EQ(groups[0].group.view(), "firm");
    EXPECT_GT(groups[1].gross_exposure, 0);
    EXPECT_GT(groups[2].gross_exposure, 0);
    EXPECT_DOUBLE_EQ(groups[0].gross_exposure, groups[1].gross_exposure + groups[2].gross_exposure);
    EXPECT_DOUBLE_EQ(groups[0].net_exposure, groups[1].net_exposure + groups[2].net_exposure);
    EXPECT_NE(groups[1].net_exposure, groups[2].net_exposure);
}

// alice's long loses, bob's short wins; the scan sees each on its own side.
TEST_F(BoardTest, the_queue_of_deleveraging_is_counted_in_slices) {
    world.apply(AccountDefinition{.name = Name{"carol"}, .currency = Name{"USDT"}});
    world.deposit("carol", "USDT", 10'000);
    world.fill("carol", "c", Side::sell, 1'000, "BTC-PERP", 50'000);
    world.price("BTC-PERP", 48'000);
    QueueScan scan;
    int steps = 1;
    while (!scan.step(world.engine, world.time, 1))
        ++steps;
    EXPECT_EQ(steps, 3);
    EXPECT_EQ(scan.as_of(), world.time);
    const auto place_of = [&](std::string_view account) {
        const Position& position = world.position(account, "BTC-PERP");
        const AccountFigures figures = world.engine.figures(world.id(account), world.time);
        const auto score = adl_score_now(world.engine.ledger(), {.account = world.id(account),
                                                                 .position = &position,
                                                                 .figures = &figures,
                                                                 .now = world.time});
        return scan.queue().place({.instrument = position.instrument,
                                   .is_long = position.quantity.raw > 0,
                                   .score = score.value()});
    };
    EXPECT_EQ(place_of("alice"), (QueuePlace{.rank = 1, .of = 1, .lights = 5}));
    EXPECT_EQ(scan.queue().positions(world.position("bob", "BTC-PERP").instrument, true), 1U);
    EXPECT_EQ(scan.queue().positions(world.position("bob", "BTC-PERP").instrument, false), 2U);
    // Both won 4 %; carol with 48,000 on 12,000, bob with the same on 102,000.
    EXPECT_EQ(place_of("carol"), (QueuePlace{.rank = 1, .of = 2, .lights = 5}));
    EXPECT_EQ(place_of("bob"), (QueuePlace{.rank = 2, .of = 2, .lights = 3}));
    world.time.ns += 61 * test::World::second;  // stale: nobody has a score
    scan.step(world.engine, world.time, 1'000);
    EXPECT_EQ(scan.queue().place({.instrument = world.position("bob", "BTC-PERP").instrument}).of,
              1U);
}

BoardSnapshot filled_snapshot() {
    BoardSnapshot board;
    board.not_ready = {};
    board.ruleset = Text<64>{"9f3c"};
    board.sequence = Sequence{42};
    board.engine.orders_accepted = 5;
    board.engine.orders_rejected[static_cast<std::size_t>(RejectReason::rule_failed)] = 2;
    board.daemon.refusals[static_cast<std::size_t>(RejectReason::overloaded)] = 3;
    board.daemon.check.record(1'000);
    board.daemon.check.record(3'000'000);
    board.exposure.nearest.push_back({.account = Name{"A\"1"},
                                      .group = Name{"vip"},
                                      .currency = Name{"USDT"},
                                      .instrument = Name{"BTC-PERP"},
                                      .stage = Stage::reduce,
                                      .margin_ratio = 0.95,
                                      .stale = true});
    board.rules.push_back({.rule = Name{"check/price_collar"}, .calls = 7, .ns = 1'500'000'000});
    board.overrides.push_back({.account = "A\"1",
                               .where = {},
                               .parameter = "open_orders.orders_max",
                               .value = "7",
                               .instead = "60",
                               .end_seconds = 1'800'000'000});
    board.overrides_overdue = 1;
    board.shadow = {.running = true, .orders = {5, 1, 2, 0}, .faults = 3, .accounts = {4, 0, 1, 0}};
    board.connections.push_back({.connection = Name{"checks"}, .connected = true});
    return board;
}

TEST(MetricsTest, shows_every_family_with_bounded_labels) {
    const std::string text = metrics_text(filled_snapshot(), "0.1.0");
    for (const char* line : {
             "riskd_info{version=\"0.1.0\",ruleset=\"9f3c\"} 1",
             "riskd_ready 1",
             "riskd_sequence 42",
             "riskd_decisions_total{decision=\"accept\",reason=\"none\"} 5",
             "riskd_decisions_total{decision=\"reject\",reason=\"rule_failed\"} 2",
             "riskd_decisions_total{decision=\"reject\",reason=\"overloaded\"} 3",
             "riskd_overloaded_total 3",
             "riskd_check_seconds_count 2",
             "riskd_check_seconds_bucket{le=\"+Inf\"} 2",
             "riskd_account_nearest{account=\"A\\\"1\",group=\"vip\",currency=\"USDT\","
             "stage=\"reduce\",instrument=\"BTC-PERP\"} 1",
             "riskd_account_margin_ratio{account=\"A\\\"1\"} 0.95",
             "riskd_account_mark_stale{account=\"A\\\"1\"} 1",
             "riskd_rule_seconds_total{rule=\"check/price_collar\"} 1.5",
             "riskd_nats_connected{connection=\"checks\"} 1",
             "riskd_ruleset_overrides 1",
             "riskd_ruleset_overrides_overdue 1",
             "riskd_ruleset_override_end_seconds{account=\"A\\\"1\",where=\"\","
             "parameter=\"open_orders.orders_max\",value=\"7\",instead=\"60\"} 1800000000",
             "riskd_shadow_running 1",
             "riskd_shadow_orders_total{outcome=\"same\"} 5",
             "riskd_shadow_orders_total{outcome=\"would_refuse\"} 2",
             "riskd_shadow_faults_total 3",
             "riskd_shadow_accounts{change=\"nearer\"} 4",
             "riskd_shadow_accounts{change=\"liquidated\"} 1",
             "# TYPE riskd_decisions_total counter",
             "# TYPE riskd_check_seconds histogram",
             "# TYPE riskd_accounts gauge",
         }) {
        EXPECT_THAT(text, HasSubstr(line));
    }
    EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes "));
}

TEST(MetricsTest, buckets_of_a_histogram_hold_exactly_what_is_below_their_bound) {
    BoardSnapshot board;
    for (const std::int64_t ns : {200, 255, 256, 1'535, 1'536})
        board.daemon.cycle.record(ns);
    const std::string text = metrics_text(board, "x");
    EXPECT_THAT(text, HasSubstr("riskd_cycle_seconds_bucket{le=\"2.56e-07\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("riskd_cycle_seconds_bucket{le=\"3.84e-07\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("riskd_cycle_seconds_bucket{le=\"1.536e-06\"} 4\n"));
    EXPECT_THAT(text, HasSubstr("riskd_cycle_seconds_bucket{le=\"2.048e-06\"} 5\n"));
}

TEST(StatusServerTest, serves_metrics_health_and_readiness_with_reasons) {
    Published published;
    StatusServer server(published, "0.1.0");
    ASSERT_EQ(server.start("127.0.0.1:0"), "");
    httplib::Client client("127.0.0.1", server.port());
    auto ready = client.Get("/readyz");
    ASSERT_TRUE(ready);
    EXPECT_EQ(ready->status, 503);
    EXPECT_EQ(ready->body, "{\"ready\":false,\"reasons\":[\n\"replaying\"\n]}\n");
    published.board.draft() = filled_snapshot();
    published.board.publish();
    ready = client.Get("/readyz");
    EXPECT_EQ(ready->status, 200);
    EXPECT_EQ(ready->body, "{\"ready\":true,\"reasons\":[]}\n");
    const auto metrics = client.Get("/metrics");
    EXPECT_EQ(metrics->status, 200);
    EXPECT_THAT(metrics->body, HasSubstr("riskd_sequence 42"));
    EXPECT_THAT(metrics->get_header_value("Content-Type"), HasSubstr("version=0.0.4"));
    EXPECT_EQ(client.Get("/healthz")->status, 200);
    published.beat_ns.store(interval_clock_ns() - 60'000'000'000);
    EXPECT_EQ(client.Get("/healthz")->status, 503);
    server.stop();
}

TEST(StatusServerTest, says_what_is_wrong_with_an_address) {
    Published published;
    EXPECT_THAT(StatusServer(published, "x").start("localhost"), HasSubstr("not host:port"));
    EXPECT_THAT(StatusServer(published, "x").start("127.0.0.1:99999"), HasSubstr("not host:port"));
    StatusServer first(published, "x");
    ASSERT_EQ(first.start("127.0.0.1:0"), "");
    StatusServer second(published, "x");
    EXPECT_THAT(second.start("127.0.0.1:" + std::to_string(first.port())),
                HasSubstr("cannot listen"));
}

}  // namespace
}  // namespace riskd::runtime
