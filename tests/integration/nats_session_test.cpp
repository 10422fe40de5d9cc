// NatsSession against a real nats-server: batches, reconnects, nothing stale, nothing lost
// silently.
#include "feeds/nats_session.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/integration/raw_nats.hpp"

namespace riskd::feeds {
namespace {

using tests::NatsServer;
using tests::RawMessage;
using tests::RawNats;

class NatsSessionTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (!server.running()) GTEST_SKIP() << "skipped: no nats-server";
        auto opened = NatsSession::open(server.settings(), "test", poller);
        ASSERT_EQ(opened.error, "");
        session = std::move(opened.session);
        checks = session->subscribe("risk.check.>");
        pump(1);
    }

    // One duty cycle: read, answer every check with its own payload, one send.
    std::size_t cycle(int timeout_ms = 5) {
        poller.wait(timeout_ms);
        session->read();
        std::size_t answered = 0;
        Message message;
        while (session->next(checks, message)) {
            if (session->publish(message.reply, {}, message.payload)) ++answered;
        }
        session->flush();
        return answered;
    }
    void pump(int cycles) {
        for (int i = 0; i < cycles; ++i)
            cycle();
    }
    bool pump_until_connected(bool wanted, int timeout_ms = 10'000) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
        while (session->connected() != wanted) {
            if (std::chrono::steady_clock::now() > until) return false;
            cycle();
        }
        return true;
    }

    NatsServer server;
    Poller poller;
    std::unique_ptr<NatsSession> session;
    std::size_t checks{};
};

TEST_F(NatsSessionTest, answers_a_batch_of_requests_in_order_with_one_send) {
    ASSERT_TRUE(session->drain(1'000));
    RawNats client(server.port());
    client.subscribe("answers.*");
    ASSERT_TRUE(client.ping());
    for (int i = 0; i < 100; ++i) {
        client.publish("risk.check.A" + std::to_string(i % 7), std::to_string(i), "answers.x");
    }
    ASSERT_TRUE(client.ping());  // the server has all of them
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const SessionCounters before = session->counters();
    std::size_t answered = 0;
    for (int i = 0; i < 100 && answered < 100; ++i)
        answered += cycle();
    ASSERT_EQ(answered, 100U);
    EXPECT_EQ(session->counters().reads - before.reads, session->counters().sends - before.sends);
    EXPECT_LE(session->counters().sends - before.sends, 2U);
    EXPECT_EQ(session->counters().messages_in - before.messages_in, 100U);
    EXPECT_EQ(session->counters().messages_out - before.messages_out, 100U);
    RawMessage message;
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(client.next(message));
        EXPECT_EQ(message.payload, std::to_string(i));
    }
    EXPECT_FALSE(client.next(message, 50));
}

TEST_F(NatsSessionTest, sends_and_reads_headers) {
    RawNats client(server.port());
    client.subscribe("out.*");
    ASSERT_TRUE(client.ping());
    const Header headers[] = {{"Nats-Msg-Id", "e-1-0"}, {"Riskd-Sequence", "1"}};
    ASSERT_TRUE(session->publish("out.A", "back", "payload", headers));
    session->flush();
    RawMessage message;
    ASSERT_TRUE(client.next(message));
    EXPECT_EQ(message.subject, "out.A");
    EXPECT_EQ(message.reply, "back");
    EXPECT_EQ(message.payload, "payload");
    EXPECT_NE(message.headers.find("Nats-Msg-Id: e-1-0\r\n"), std::string_view::npos);
    EXPECT_NE(message.headers.find("Riskd-Sequence: 1\r\n"), std::string_view::npos);
}

TEST_F(NatsSessionTest, does_not_hear_itself) {
    ASSERT_TRUE(session->publish("risk.check.A", "nowhere", "mine"));
    ASSERT_TRUE(session->drain(1'000));
    std::size_t heard = 0;
    for (int i = 0; i < 10; ++i)
        heard += cycle();
    EXPECT_EQ(heard, 0U);
}

TEST_F(NatsSessionTest, refuses_to_publish_while_disconnected_and_sends_nothing_stale_after) {
    server.kill();
    ASSERT_TRUE(pump_until_connected(false));
    const SessionCounters before = session->counters();
    for (int i = 0; i < 1'000; ++i)
        EXPECT_FALSE(session->publish("out.stale", {}, "old"));
    session->flush();
    EXPECT_EQ(session->counters().publish_failures - before.publish_failures, 1'000U);
    EXPECT_EQ(session->counters().messages_out, before.messages_out);

    ASSERT_TRUE(server.start());
    RawNats client(server.port());
    client.subscribe("out.>");
    ASSERT_TRUE(client.ping());
    ASSERT_TRUE(pump_until_connected(true));
    ASSERT_TRUE(session->publish("out.fresh", {}, "new"));
    session->flush();
    RawMessage message;
    ASSERT_TRUE(client.next(message));
    EXPECT_EQ(message.subject, "out.fresh");
    EXPECT_EQ(message.payload, "new");
    EXPECT_FALSE(client.next(message, 200));
}

TEST_F(NatsSessionTest, subscribes_again_after_each_of_ten_kills_under_load) {
    for (int round = 0; round < 10; ++round) {
        ASSERT_TRUE(pump_until_connected(true)) << "round " << round;
        ASSERT_TRUE(session->drain(5'000)) << "round " << round;
        RawNats client(server.port());
        client.subscribe("answers.*");
        ASSERT_TRUE(client.ping());
        std::size_t answered = 0;
        const std::string payload(1'000, 'x');
        for (int i = 0; i < 2'000; ++i) {
            client.publish("risk.check.A", payload, "answers." + std::to_string(i));
        }
        ASSERT_TRUE(client.send());
        // The kill falls somewhere into the stream of bytes, mostly within a message.
        while (answered < static_cast<std::size_t>(100 * round))
            answered += cycle();
        server.kill();
        ASSERT_TRUE(pump_until_connected(false)) << "round " << round;
        ASSERT_TRUE(server.start());
    }
    ASSERT_TRUE(pump_until_connected(true));
    EXPECT_EQ(session->counters().connects, 11U);
    EXPECT_EQ(session->counters().disconnects, 10U);
    ASSERT_TRUE(session->drain(5'000));
    RawNats client(server.port());
    client.subscribe("answers.*");
    client.publish("risk.check.A", "after", "answers.x");
    ASSERT_TRUE(client.ping());
    std::size_t answered = 0;
    for (int i = 0; i < 100 && answered == 0; ++i)
        answered += cycle();
    RawMessage message;
    ASSERT_TRUE(client.next(message));
    EXPECT_EQ(message.payload, "after");
}

TEST_F(NatsSessionTest, notices_a_server_that_is_silent_and_returns_when_it_answers) {
    server.pause();
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(pump_until_connected(false, 8'000));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
    server.resume();
    ASSERT_TRUE(pump_until_connected(true));
}

TEST_F(NatsSessionTest, a_long_pause_of_our_own_does_not_cost_the_connection) {
    std::this_thread::sleep_for(std::chrono::milliseconds(4'500));
    pump(20);
    EXPECT_TRUE(session->connected());
    EXPECT_EQ(session->counters().disconnects, 0U);
}

TEST_F(NatsSessionTest, keeps_what_was_read_and_not_taken_for_the_next_cycle) {
    RawNats client(server.port());
    for (int i = 0; i < 10; ++i)
        client.publish("risk.check.A", std::to_string(i));
    ASSERT_TRUE(client.ping());
    std::set<std::string> seen;
    for (int i = 0; i < 50 && seen.size() < 10; ++i) {
        poller.wait(5);
        session->read();
        Message message;
        if (session->next(checks, message)) seen.insert(std::string(message.payload));
    }
    EXPECT_EQ(seen.size(), 10U);
}

TEST_F(NatsSessionTest, a_poke_from_another_thread_ends_the_wait) {
    pump(3);
    std::thread other([this] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        poller.poke();
    });
    const auto start = std::chrono::steady_clock::now();
    poller.wait(30'000);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
    other.join();
}

TEST(NatsSessionOpenTest, says_where_it_could_not_connect) {
    Poller poller;
    config::NatsSettings settings;
    settings.url = "nats://127.0.0.1:" + std::to_string(NatsServer::free_port());
    const auto opened = NatsSession::open(settings, "test", poller);
    EXPECT_EQ(opened.session, nullptr);
    EXPECT_NE(opened.error.find(settings.url), std::string::npos) << opened.error;
}

}  // namespace
}  // namespace riskd::feeds
