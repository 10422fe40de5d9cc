// Facts from a real stream: every message once and in order, whatever dies in between.
#include <gtest/gtest.h>

#include <atomic>

#include "feeds/fact_reader.hpp"
#include "tests/integration/raw_nats.hpp"

namespace riskd::feeds {
namespace {

using std::chrono::steady_clock;
using tests::NatsServer;
using tests::RawMessage;
using tests::RawNats;

std::int64_t now_ns() {
    return steady_clock::now().time_since_epoch().count();
}

// One riskd as far as facts are concerned; destroyed and made again it is a restarted riskd.
struct Reading {
    Reading(const NatsServer& server, FactPosition from) {
        auto opened = NatsSession::open(server.settings(), "facts", poller);
        auto admin = StreamAdmin::open(server.settings(), "facts-admin");
        if (!opened.session || !admin.admin) return;
        session = std::move(opened.session);
        keeper = std::make_unique<StreamKeeper>(std::move(admin.admin), poller);
        reader = std::make_unique<FactReader>(*session, *keeper, "RISK_IN", from);
    }
    // Takes up to `most` facts and checks that each is the next of the stream.
    void cycle(std::size_t most = 10'000) {
        poller.wait(5);
        session->read();
        reader->tick(now_ns());
        Fact fact;
        while (most-- > 0 && reader->next(fact)) {
            in_order = in_order && fact.stream_sequence == last + 1 &&
                       fact.message.payload == std::to_string(fact.stream_sequence);
            last = fact.stream_sequence;
        }
        session->flush();
    }
    template <typename Condition>
    bool until(Condition condition, int timeout_ms = 30'000, std::size_t most = 10'000) {
        const auto end = steady_clock::now() + std::chrono::milliseconds(timeout_ms);
        while (!condition()) {
            if (steady_clock::now() > end) return false;
            cycle(most);
        }
        return true;
    }

    Poller poller;
    std::unique_ptr<NatsSession> session;
    std::unique_ptr<StreamKeeper> keeper;
    std::unique_ptr<FactReader> reader;
    std::uint64_t last{};
    bool in_order{true};
};

// An OMS that publishes 1, 2, 3... as payloads and goes on only with what the stream acknowledged,
// so that the payload always equals the stream sequence.
class Oms {
public:
    Oms(const NatsServer& server, std::uint64_t first) : server_(server), next_(first) {}
    // False: the connection is lost; call again and it goes on.
    bool publish_up_to(std::uint64_t last) {
        if (!client_.connected() && !reconnect()) return false;
        RawMessage answer;
        while (next_ <= last) {
            const std::uint64_t end = std::min(last, next_ + 255);
            for (std::uint64_t i = next_; i <= end; ++i) {
                client_.publish("risk.in.fill.A" + std::to_string(i % 10), std::to_string(i),
                                "oms.ack");
            }
            while (next_ <= end) {
                if (!client_.next(answer, 2'000) || !stored(answer)) {
                    client_.close();
                    return false;
                }
                ++next_;
            }
        }
        return true;
    }
    std::uint64_t next() const { return next_; }

private:
    static bool stored(const RawMessage& answer) {
        return answer.payload.find("\"seq\"") != std::string_view::npos;
    }
    // What of the last batch was stored is not known, so the stream itself is asked.
    bool reconnect() {
        if (!client_.open(server_.port())) return false;
        client_.subscribe("oms.ack");
        RawMessage answer;
        for (int attempt = 0; attempt < 200; ++attempt) {
            client_.publish("$JS.API.STREAM.INFO.RISK_IN", "", "oms.ack");
            if (!client_.next(answer, 500)) break;
            constexpr std::string_view key = "\"last_seq\":";
            const auto at = answer.payload.find(key);
            if (at != std::string_view::npos) {
                next_ = std::strtoull(answer.payload.data() + at + key.size(), nullptr, 10) + 1;
                return true;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        client_.close();
        return false;
    }

    const NatsServer& server_;
    RawNats client_{0};
    std::uint64_t next_;
};

class FactReaderTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (!server.running()) GTEST_SKIP() << "skipped: no nats-server";
        make_stream();
    }
    void make_stream() {
        auto opened = StreamAdmin::open(server.settings(), "setup");
        ASSERT_EQ(opened.error, "");
        const StreamReport report = opened.admin->ensure(input_stream(server.settings()), true);
        ASSERT_TRUE(report.usable()) << report.error;
    }
    NatsServer server;
};

TEST_F(FactReaderTest, hands_out_the_whole_stream_in_order_and_then_what_comes) {
    Oms oms(server, 1);
    ASSERT_TRUE(oms.publish_up_to(50'000));
    Reading reading(server, {});
    ASSERT_TRUE(reading.reader);
    ASSERT_TRUE(reading.until([&] { return reading.last == 50'000; }));
    EXPECT_TRUE(reading.until([&] { return reading.reader->caught_up(); }));
    ASSERT_TRUE(oms.publish_up_to(50'100));
    ASSERT_TRUE(reading.until([&] { return reading.last == 50'100; }));
    EXPECT_TRUE(reading.in_order);
    EXPECT_EQ(reading.reader->counters().facts, 50'100U);
    EXPECT_EQ(reading.reader->counters().consumers, 1U);
    EXPECT_EQ(reading.reader->counters().gaps, 0U);
    EXPECT_EQ(reading.reader->position().sequence, 50'100U);
    EXPECT_NE(reading.reader->position().time_ns, 0);
}

TEST_F(FactReaderTest, stays_calm_while_nothing_comes) {
    Oms oms(server, 1);
    ASSERT_TRUE(oms.publish_up_to(10));
    Reading reading(server, {});
    ASSERT_TRUE(reading.until([&] { return reading.last == 10; }));
    const auto end = steady_clock::now() + std::chrono::seconds(4);
    while (steady_clock::now() < end)
        reading.cycle();
    EXPECT_EQ(reading.reader->status(), FactStatus::reading);
    EXPECT_EQ(reading.reader->pending(), 0U);
    EXPECT_EQ(reading.reader->counters().consumers, 1U);
    EXPECT_EQ(reading.reader->counters().gaps, 0U);
}

TEST_F(FactReaderTest, keeps_its_consumer_while_nobody_takes_facts) {
    Reading reading(server, {});
    ASSERT_TRUE(reading.reader);
    ASSERT_TRUE(reading.until([&] { return reading.reader->status() == FactStatus::reading; }));
    Oms oms(server, 1);
    ASSERT_TRUE(oms.publish_up_to(1'000));
    const auto end = steady_clock::now() + std::chrono::seconds(5);
    while (steady_clock::now() < end) {  // as when the journal cannot be written
        reading.cycle(0);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(reading.last, 0U);
    ASSERT_TRUE(reading.until([&] { return reading.last == 1'000; }));
    EXPECT_TRUE(reading.in_order);
    EXPECT_EQ(reading.reader->counters().consumers, 1U);
}

TEST_F(FactReaderTest, goes_on_where_a_killed_riskd_stopped) {
    Oms oms(server, 1);
    ASSERT_TRUE(oms.publish_up_to(20'000));
    FactPosition position;
    std::uint64_t handed_out = 0;
    for (const std::uint64_t stop : {1ULL, 777ULL, 5'000ULL, 5'001ULL, 19'999ULL, 20'000ULL}) {
        Reading reading(server, position);
        ASSERT_TRUE(reading.reader);
        reading.last = position.sequence;
        ASSERT_TRUE(reading.until([&] { return reading.last >= stop; }, 30'000, 100));
        EXPECT_TRUE(reading.in_order);
        handed_out += reading.reader->counters().facts;
        position = reading.reader->position();
    }
    EXPECT_EQ(position.sequence, 20'000U);
    EXPECT_EQ(handed_out, 20'000U);
}

TEST_F(FactReaderTest, survives_kills_of_the_server_under_load_without_loss_or_doubling) {
    constexpr std::uint64_t all = 60'000;
    Oms oms(server, 1);
    std::atomic<bool> done{false};
    std::thread load([&] {
        while (!oms.publish_up_to(all))
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        done = true;
    });
    Reading reading(server, {});
    ASSERT_TRUE(reading.reader);
    for (int kill = 1; kill <= 5; ++kill) {
        const std::uint64_t mark = all * static_cast<std::uint64_t>(kill) / 7;
        ASSERT_TRUE(reading.until([&] { return reading.last >= mark; })) << "kill " << kill;
        if (kill % 2 == 0) {
            server.stop();
        } else {
            server.kill();
        }
        reading.until([&] { return !reading.session->connected(); }, 5'000);
        ASSERT_TRUE(server.start());
    }
    const bool finished = reading.until([&] { return reading.last == all; }, 60'000);
    EXPECT_TRUE(finished) << "last " << reading.last << " " << reading.keeper->last_error();
    load.join();
    EXPECT_TRUE(reading.in_order);
    EXPECT_EQ(reading.reader->counters().facts, all);
    EXPECT_GE(reading.reader->counters().consumers, 6U);
    EXPECT_EQ(reading.reader->counters().missing, 0U);
}

TEST_F(FactReaderTest, a_slow_reader_loses_nothing) {
    constexpr std::uint64_t all = 30'000;
    Reading reading(server, {});
    ASSERT_TRUE(reading.reader);
    ASSERT_TRUE(reading.until([&] { return reading.reader->status() == FactStatus::reading; }));
    Oms oms(server, 1);
    std::thread load([&] { ASSERT_TRUE(oms.publish_up_to(all)); });
    std::this_thread::sleep_for(std::chrono::milliseconds(2'500));  // the core thread stands still
    EXPECT_TRUE(reading.until([&] { return reading.last == all; }, 30'000, 200));
    load.join();
    EXPECT_TRUE(reading.in_order);
    EXPECT_EQ(reading.reader->counters().facts, all);
}

TEST_F(FactReaderTest, makes_a_new_consumer_when_its_own_is_deleted) {
    Oms oms(server, 1);
    ASSERT_TRUE(oms.publish_up_to(100));
    Reading reading(server, {});
    ASSERT_TRUE(reading.until([&] { return reading.last == 100; }));
    const std::string inbox = reading.session->inbox();
    auto opened = StreamAdmin::open(server.settings(), "vandal");
    ASSERT_TRUE(opened.admin->delete_consumer(
        "RISK_IN", "riskd_" + inbox.substr(inbox.rfind('.') + 1) + "_1"));
    ASSERT_TRUE(oms.publish_up_to(200));
    ASSERT_TRUE(reading.until([&] { return reading.last == 200; }));
    EXPECT_TRUE(reading.in_order);
    EXPECT_EQ(reading.reader->counters().consumers, 2U);
}

TEST_F(FactReaderTest, stops_and_says_so_when_the_stream_lost_what_was_applied) {
    Oms oms(server, 1);
    ASSERT_TRUE(oms.publish_up_to(100));
    Reading reading(server, {});
    ASSERT_TRUE(reading.until([&] { return reading.last == 100; }));
    server.kill();
    server.forget_streams();
    ASSERT_TRUE(server.start());
    make_stream();
    ASSERT_TRUE(
        reading.until([&] { return reading.reader->status() == FactStatus::stream_behind; }));
    EXPECT_EQ(reading.reader->stream_state().last_sequence, 0U);
    EXPECT_EQ(reading.reader->position().sequence, 100U);
    for (int i = 0; i < 20; ++i)
        reading.cycle();
    EXPECT_EQ(reading.reader->status(), FactStatus::stream_behind);

    // Once the new stream is as long as the old one, the time of the applied message tells.
    Oms fresh(server, 1);
    ASSERT_TRUE(fresh.publish_up_to(150));
    reading.reader->resume_at(reading.reader->position());
    ASSERT_TRUE(
        reading.until([&] { return reading.reader->status() == FactStatus::stream_rewritten; }));
    EXPECT_EQ(reading.last, 100U);

    reading.last = 0;
    reading.reader->resume_at({});
    ASSERT_TRUE(reading.until([&] { return reading.last == 150; }));
    EXPECT_TRUE(reading.in_order);
}

TEST_F(FactReaderTest, counts_facts_that_the_stream_no_longer_has) {
    Oms oms(server, 1);
    ASSERT_TRUE(oms.publish_up_to(100));
    RawNats raw(server.port());
    raw.subscribe("purged");
    raw.publish("$JS.API.STREAM.PURGE.RISK_IN", "{\"seq\":51}", "purged");
    RawMessage answer;
    ASSERT_TRUE(raw.next(answer));
    Reading reading(server, {10, 0});
    reading.last = 50;
    ASSERT_TRUE(reading.until([&] { return reading.last == 100; }));
    EXPECT_TRUE(reading.in_order);
    EXPECT_EQ(reading.reader->counters().missing, 40U);
}

}  // namespace
}  // namespace riskd::feeds
