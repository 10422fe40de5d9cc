// nats-server is killed and started again under load: riskd finds it again by itself, says nothing
// that is stale, and takes up its facts where it was.
#include "tests/integration/durability_scene.hpp"

namespace riskd::tests {
namespace {

constexpr int outages = 6;

class NatsKilledTest : public DurabilityTest {
protected:
    // Down for a while; riskd must notice, say so, and stay up.
    void kill_server(int down_ms) {
        oms->trade_unheard(pick(10, 60));
        server.kill();
        oms->disconnect();
        oms->forget_questions();
        ASSERT_TRUE(riskd->wait_until_not_ready("nats_disconnected", 3'000))
            << riskd->ready().text << riskd->last_words();
        std::this_thread::sleep_for(std::chrono::milliseconds(down_ms));
        ASSERT_TRUE(riskd->running()) << riskd->last_words();
    }
    // Listens where the answers of before would arrive, before riskd is back.
    void start_server() {
        ASSERT_TRUE(server.start());
        while (!oms->connect())
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
};

TEST_F(NatsKilledTest, riskd_comes_back_says_nothing_stale_and_loses_no_fact) {
    ASSERT_NO_FATAL_FAILURE(begin());
    std::int64_t slowest_ms = 0;
    for (int round = 0; round < outages; ++round) {
        trade_for(pick(50, 400));
        ASSERT_NO_FATAL_FAILURE(kill_server(pick(0, 700)));
        ASSERT_NO_FATAL_FAILURE(start_server());
        const auto up = Clock::now();
        while (riskd->ready().code != 200) {
            ASSERT_LT(Clock::now() - up, std::chrono::seconds(10)) << riskd->last_words();
            oms->trade(2);
        }
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - up);
        slowest_ms = std::max<std::int64_t>(slowest_ms, took.count());
        trade_for(pick(50, 200));
        oms->pump(50);
        ASSERT_EQ(oms->counters().stale, 0U)
            << "answers to questions of before the outage came after it, round " << round;
        watcher = std::make_unique<OutputWatcher>(server.port());
        inspection = std::make_unique<Inspection>(*riskd, *oms, *watcher);
        ASSERT_EQ(inspection->everything(), "") << "round " << round;
        ASSERT_EQ(riskd->ready().code, 200);
    }
    const OmsCounters& counters = oms->counters();
    EXPECT_EQ(counters.stale, 0U);
    std::cout << outages << " outages: ready again within " << slowest_ms << " ms of the server; "
              << counters.questions << " questions, " << counters.accepted << " accepted, "
              << counters.facts << " facts, " << counters.facts_again
              << " published again; 0 stale answers\n";
    EXPECT_GT(counters.accepted, 100U);
    EXPECT_GT(counters.facts_again, 0U);
}

TEST_F(NatsKilledTest, riskd_that_is_killed_while_there_is_no_nats_starts_and_waits_for_it) {
    ASSERT_NO_FATAL_FAILURE(begin());
    trade_for(200);
    ASSERT_NO_FATAL_FAILURE(kill_server(50));
    riskd->kill();
    ASSERT_TRUE(riskd->start());
    ASSERT_TRUE(riskd->wait_until_not_ready("", 10'000)) << riskd->last_words();
    ASSERT_NO_FATAL_FAILURE(start_server());
    ASSERT_TRUE(riskd->wait_until_ready(10'000)) << riskd->last_words();
    watcher = std::make_unique<OutputWatcher>(server.port());
    inspection = std::make_unique<Inspection>(*riskd, *oms, *watcher);
    EXPECT_EQ(inspection->everything(), "");
    EXPECT_EQ(oms->counters().stale, 0U);
}

TEST_F(NatsKilledTest, a_server_that_hangs_for_a_moment_costs_nothing) {
    ASSERT_NO_FATAL_FAILURE(begin());
    trade_for(200);
    oms->trade_unheard(40);
    server.pause();
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    server.resume();
    // The connections outlived it: whatever was asked is answered, once.
    for (int i = 0; i < 300 && !oms->unanswered().empty(); ++i)
        oms->pump(10);
    ASSERT_TRUE(riskd->wait_until_ready(10'000)) << riskd->last_words();
    EXPECT_EQ(oms->unanswered().size(), 0U);
    EXPECT_EQ(riskd->log().find("disconnected"), std::string::npos) << riskd->last_words();
    EXPECT_EQ(inspection->everything(), "");
}

TEST_F(NatsKilledTest, a_server_that_hangs_for_long_is_left_and_found_again) {
    ASSERT_NO_FATAL_FAILURE(begin());
    trade_for(200);
    oms->trade_unheard(40);
    server.pause();
    EXPECT_TRUE(riskd->wait_until_not_ready("nats_disconnected", 8'000)) << riskd->ready().text;
    server.resume();
    ASSERT_TRUE(riskd->wait_until_ready(10'000)) << riskd->last_words();
    EXPECT_EQ(inspection->everything(), "");
}

}  // namespace
}  // namespace riskd::tests
