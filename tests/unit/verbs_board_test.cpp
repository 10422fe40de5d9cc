#include "riskd/verbs/board.hpp"

#include <gtest/gtest.h>

#include <string>

#include "riskd/verbs/demo_market.hpp"
#include "riskd/verbs/latency.hpp"
#include "riskd/verbs/progress.hpp"

namespace riskd::verbs {
namespace {

using feeds::Tree;

Tree tree(const std::string& text) {
    const auto made = Tree::parse(text);
    EXPECT_TRUE(made.has_value()) << text;
    return made.value_or(Tree{});
}

Tree status(int accepted, int margin_rejects, bool ready = true) {
    return tree(
        R"({"version":"0.1.0","ruleset":"9f3c55aa77","sequence":42,"role":"leader","ready":)" +
        std::string{ready ? "true" : "false"} +
        R"(,"not_ready_because":"no price","lag":3,"started":1,"accounts":2,)"
        R"("open_orders":7,"counters":{"events":10,"accepted":)" +
        std::to_string(accepted) +
        R"(,"malformed":0,"rejected":{"insufficient_balance":1,)"
        R"("insufficient_initial_margin":)" +
        std::to_string(margin_rejects) + "}}}");
}

Board full_board() {
    Board board;
    board.take_status(status(100, 10), 0);
    board.take_status(status(300, 30), 2'000'000'000);
    board.take_exposure(tree(
        R"({"instruments":[{"instrument":"BTC-PERP","settle":"USDT","mark_price":"49000.5",)"
        R"("mark_fresh":true,"long_quantity":"12","short_quantity":"7.5","net_notional":"220500"},)"
        R"({"instrument":"OLD","settle":"USDT","mark_price":null,"mark_fresh":false,)"
        R"("long_quantity":"0","short_quantity":"0","net_notional":null}],"nearest":[)"
        R"({"account":"A1","stage":"healthy","equity":"2600","maintenance_margin":"1300",)"
        R"("headroom":"1300","margin_ratio":"0.5"},)"
        R"({"account":"A2","stage":"liquidate","equity":"-1","maintenance_margin":"5",)"
        R"("headroom":"-6","margin_ratio":"1000000000"}]})"));
    board.take_trigger(tree(R"({"stage":"liquidate","equity":"500","maintenance_margin":"2100",)"
                            R"("close":[{"side":"sell","quantity":"1","instrument":"BTC-PERP"}]})"),
                       "A2");
    return board;
}

TEST(BoardTest, a_page_holds_what_the_answers_said) {
    const std::string page = full_board().render("the title", {.columns = 120, .lines = 60});
    EXPECT_EQ(
        page,
        "the title\n"
        "riskd 0.1.0  ready  leader  ruleset 9f3c55aa  sequence 42  lag 3 facts\n"
        "2 accounts  7 open orders  0 events/s\n"
        "\n"
        "DECISIONS A SECOND  accept 100.0  reject 10.0  malformed 0.0\n"
        "  insufficient_initial_margin              10.0/s          30 in all\n"
        "  insufficient_balance                      0.0/s           1 in all\n"
        "\n"
        "NEAREST THE EDGE      ratio         equity    maintenance       headroom  stage\n"
        "  A2               no equity          -1.00           5.00          -6.00  liquidate\n"
        "  A1                   0.500        2600.00        1300.00        1300.00  healthy\n"
        "  ratio = maintenance margin / equity; 1 is the edge\n"
        "\n"
        "EXPOSURE                  mark           long          short            net notional\n"
        "  BTC-PERP              49000.5             12            7.5          220500.00 USDT\n"
        "  OLD                         -              0              0                  - USDT"
        "  STALE\n"
        "\n"
        "LIQUIDATION  margin_call 0  reduce 0  liquidate 1  closed 0\n"
        "  liquidate     A2  equity 500.00  maintenance 2100.00  sell 1 BTC-PERP\n");
}

TEST(BoardTest, overrides_are_on_it_until_they_end) {
    Board board = full_board();
    EXPECT_EQ(board.render("x", {.columns = 120, .lines = 60}).find("overridden"),
              std::string::npos);
    board.take_status(tree(R"({"version":"0.1.0","ruleset":"9f3c","sequence":42,"role":"leader",)"
                           R"("ready":true,"lag":0,"accounts":2,"open_orders":7,"time":)"
                           R"(1700000000000000000,"overrides":2,"override_ends":)"
                           R"(1700005400000000000,"counters":{"events":10,"accepted":1,)"
                           R"("malformed":0,"rejected":{}}})"),
                      3'000'000'000);
    EXPECT_NE(board.render("x", {.columns = 120, .lines = 60})
                  .find("2 limits of single accounts overridden, the next for 90 min more\n"),
              std::string::npos);
}

TEST(BoardTest, a_page_fits_its_terminal) {
    const Board board = full_board();
    for (const std::size_t lines : {1U, 5U, 12U, 24U}) {
        const std::string page = board.render("title", {.columns = 30, .lines = lines});
        EXPECT_LE(static_cast<std::size_t>(std::count(page.begin(), page.end(), '\n')), lines);
        for (std::size_t at = 0; at < page.size();) {
            const std::size_t end = page.find('\n', at);
            EXPECT_LE(end - at, 30U);
            at = end + 1;
        }
    }
}

TEST(BoardTest, a_daemon_that_is_silent_or_not_ready_is_named_so) {
    EXPECT_NE(Board{}.render("t", {}).find("riskd does not answer"), std::string::npos);
    Board board;
    board.take_status(status(1, 1, false), 0);
    EXPECT_NE(board.render("t", {}).find("NOT READY: no price"), std::string::npos);
    EXPECT_EQ(full_board().line(),
              "accept  100.0/s  reject   10.0/s  margin_call 0  reduce 0  liquidate 1  closed 0  "
              "nearest A2 no equity");
}

TEST(BoardTest, a_restarted_daemon_makes_no_negative_rate) {
    Board board;
    board.take_status(status(1000, 50), 0);
    board.take_status(status(10, 5), 1'000'000'000);
    EXPECT_EQ(board.rate_accepted(), 0);
    EXPECT_EQ(board.rate_rejected(), 0);
}

TEST(LatencyTest, percentiles_are_right_to_the_width_of_a_bucket) {
    LatencyRecorder recorder;
    EXPECT_EQ(recorder.percentile(0.5), 0U);
    for (int i = 1; i <= 100'000; ++i)
        recorder.record(i * 10);
    EXPECT_EQ(recorder.count(), 100'000U);
    EXPECT_EQ(recorder.max(), 1'000'000U);
    for (const double share : {0.01, 0.5, 0.99, 0.999}) {
        const double exact = share * 1'000'000;
        EXPECT_GE(static_cast<double>(recorder.percentile(share)), exact);
        EXPECT_LE(static_cast<double>(recorder.percentile(share)), exact * 1.017);
    }
    EXPECT_EQ(recorder.percentile(1), 1'000'000U);
    LatencyRecorder both;
    both.record(-5);
    both.add(recorder);
    EXPECT_EQ(both.count(), 100'001U);
    EXPECT_EQ(both.percentile(0.000005), 0U);
    EXPECT_EQ(both.max(), 1'000'000U);
}

TEST(ProgressTest, counts_are_grouped_by_thousands) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1'000), "1,000");
    EXPECT_EQ(grouped(1'234'567), "1,234,567");
}

InstrumentDefinition instrument(const char* name, const char* base, ContractKind kind) {
    InstrumentDefinition made;
    made.name = Name{name};
    made.base = Name{base};
    made.kind = kind;
    made.price_decimals = 2;
    made.tick = Price{5};
    return made;
}

TEST(DemoMarketTest, the_same_seed_gives_the_same_crash) {
    const std::vector<InstrumentDefinition> definitions{
        instrument("BTC-PERP", "BTC", ContractKind::linear_perpetual),
        instrument("BTC-USDT", "BTC", ContractKind::spot)};
    const MarketPlan plan;
    DemoMarket one{definitions, 7, plan};
    DemoMarket two{definitions, 7, plan};
    double lowest = 1e9;
    for (int step = 0; step < 5 * 60; ++step) {
        const double seconds = step / 5.0;
        one.step(seconds);
        two.step(seconds);
        const Weather expected = seconds < 20   ? Weather::calm
                                 : seconds < 34 ? Weather::crash
                                 : seconds < 46 ? Weather::recovery
                                                : Weather::calm;
        EXPECT_EQ(one.weather(), expected) << seconds;
        for (std::size_t i = 0; i < definitions.size(); ++i) {
            EXPECT_EQ(one.instruments()[i].mark, two.instruments()[i].mark);
            EXPECT_GT(one.instruments()[i].mark, 0);
            EXPECT_EQ(one.instruments()[i].mark % 5, 0);
        }
        lowest = std::min(lowest, one.instruments()[0].price);
    }
    EXPECT_LT(lowest, 43'000 * 0.83);
    EXPECT_GT(lowest, 43'000 * 0.70);
}

}  // namespace
}  // namespace riskd::verbs
