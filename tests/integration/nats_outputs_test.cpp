// Outputs into a real stream: each once and in order, over kills of the server and of riskd.
#include <gtest/gtest.h>

#include <limits>

#include "feeds/output_publisher.hpp"
#include "tests/integration/raw_nats.hpp"

namespace riskd::feeds {
namespace {

using std::chrono::steady_clock;
using tests::NatsServer;
using tests::RawMessage;
using tests::RawNats;

constexpr std::uint64_t epoch = 77;

std::int64_t now_ns() {
    return steady_clock::now().time_since_epoch().count();
}

// One riskd as far as outputs are concerned. Its journal is simply the numbers from 1 on: record i
// has two outputs, `i-0` and `i-1`.
struct Publishing {
    explicit Publishing(const NatsServer& server, OutputLimits limits = {}) {
        auto opened = NatsSession::open(server.settings(), "outputs", poller);
        auto admin = StreamAdmin::open(server.settings(), "outputs-admin");
        if (!opened.session || !admin.admin) return;
        session = std::move(opened.session);
        std::string error;
        start = admin.admin->output_tail("RISK_OUT", error);
        keeper = std::make_unique<StreamKeeper>(std::move(admin.admin), poller);
        publisher = std::make_unique<OutputPublisher>(*session, *keeper, "RISK_OUT", epoch, limits);
        if (start && start->known) next = after({start->sequence, start->number});
    }
    static OutputId after(OutputId id) {
        return id.number == 0 ? OutputId{id.sequence, 1} : OutputId{id.sequence + 1, 0};
    }
    static std::string text(OutputId id) {
        return std::to_string(id.sequence) + "-" + std::to_string(id.number);
    }
    void cycle(std::size_t outputs = 0) {
        poller.wait(5);
        session->read();
        publisher->tick(now_ns());
        if (publisher->unconfirmed() > unconfirmed_max) outputs = 0;
        while (outputs-- > 0) {
            if (publisher->refused_from()) next = *publisher->refused_from();
            if (!publisher->publish(next, "risk.out.decision.A", text(next))) break;
            next = after(next);
        }
        session->flush();
    }
    template <typename Condition>
    bool until(Condition condition, std::size_t outputs = 0, int timeout_ms = 20'000) {
        const auto end = steady_clock::now() + std::chrono::milliseconds(timeout_ms);
        while (!condition()) {
            if (steady_clock::now() > end) return false;
            cycle(outputs);
        }
        return true;
    }
    bool until_confirmed() {
        return until([this] { return publisher->unconfirmed() == 0; });
    }

    Poller poller;
    std::unique_ptr<NatsSession> session;
    std::unique_ptr<StreamKeeper> keeper;
    std::unique_ptr<OutputPublisher> publisher;
    std::optional<OutputTail> start;
    OutputId next{1, 0};
    std::size_t unconfirmed_max{std::numeric_limits<std::size_t>::max()};
};

class OutputPublisherTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (!server.running()) GTEST_SKIP() << "skipped: no nats-server";
        make_stream();
    }
    void make_stream() {
        auto opened = StreamAdmin::open(server.settings(), "setup");
        ASSERT_EQ(opened.error, "");
        ASSERT_TRUE(opened.admin->ensure(output_stream(server.settings()), true).usable());
    }
    // Reads the whole stream and checks that it is 1-0 1-1 2-0 2-1... up to and without `end`.
    void expect_stream(OutputId end) {
        RawNats reader(server.port());
        reader.subscribe("everything");
        reader.publish("$JS.API.CONSUMER.CREATE.RISK_OUT",
                       "{\"stream_name\":\"RISK_OUT\",\"config\":{\"deliver_policy\":\"all\","
                       "\"ack_policy\":\"none\",\"deliver_subject\":\"everything\"}}",
                       "created");
        RawMessage message;
        for (OutputId id{1, 0}; id != end; id = Publishing::after(id)) {
            ASSERT_TRUE(reader.next(message)) << Publishing::text(id);
            ASSERT_EQ(message.payload, Publishing::text(id));
            const std::string expected = "Nats-Msg-Id: 77-" + Publishing::text(id) + "\r\n";
            ASSERT_NE(message.headers.find(expected), std::string_view::npos) << message.headers;
        }
        EXPECT_FALSE(reader.next(message, 200)) << message.payload;
    }
    NatsServer server;
};

TEST_F(OutputPublisherTest, stores_every_output_once_and_knows_it) {
    Publishing riskd(server);
    ASSERT_TRUE(riskd.publisher);
    EXPECT_FALSE(riskd.start->known);
    ASSERT_TRUE(riskd.until([&] { return riskd.next.sequence > 10'000; }, 500));
    ASSERT_TRUE(riskd.until_confirmed());
    EXPECT_EQ(Publishing::after(riskd.publisher->confirmed()), riskd.next);
    EXPECT_EQ(riskd.publisher->status(), OutputStatus::publishing);
    EXPECT_EQ(riskd.publisher->counters().confirmed, riskd.publisher->counters().published);
    EXPECT_EQ(riskd.publisher->counters().sent_again, 0U);
    EXPECT_EQ(riskd.publisher->counters().refused, 0U);
    expect_stream(riskd.next);
}

TEST_F(OutputPublisherTest, a_restarted_riskd_offers_what_is_missing_and_nothing_is_doubled) {
    OutputId last;
    for (int life = 0; life < 5; ++life) {
        Publishing riskd(server);
        ASSERT_TRUE(riskd.publisher);
        // A crash at any point: some outputs are sent and unconfirmed, some are not sent at all.
        for (int i = 0; i < 7 + life; ++i)
            riskd.cycle(300);
        riskd.publisher->publish(riskd.next, "risk.out.decision.A", Publishing::text(riskd.next));
        last = riskd.next;
    }
    Publishing riskd(server);
    ASSERT_TRUE(riskd.start->known);
    EXPECT_EQ(riskd.start->epoch, epoch);
    EXPECT_LE((OutputId{riskd.start->sequence, riskd.start->number}), last);
    ASSERT_TRUE(riskd.until([&] { return riskd.next > last; }, 100));
    ASSERT_TRUE(riskd.until_confirmed());
    expect_stream(riskd.next);
}

TEST_F(OutputPublisherTest, survives_kills_of_the_server_under_load_without_loss_or_doubling) {
    Publishing riskd(server);
    ASSERT_TRUE(riskd.publisher);
    riskd.unconfirmed_max = 30'000;  // as riskd itself, which takes no facts while outputs wait
    for (int kill = 1; kill <= 6; ++kill) {
        const std::uint64_t mark = static_cast<std::uint64_t>(kill) * 2'000;
        ASSERT_TRUE(riskd.until([&] { return riskd.publisher->confirmed().sequence >= mark; }, 200))
            << "kill " << kill << " " << riskd.keeper->last_error() << " "
            << riskd.publisher->last_error();
        server.kill();
        for (int i = 0; i < 20; ++i)
            riskd.cycle(50);  // outputs go on while it is away
        EXPECT_NE(riskd.publisher->status(), OutputStatus::publishing);
        ASSERT_TRUE(server.start());
    }
    ASSERT_TRUE(riskd.until_confirmed())
        << riskd.keeper->last_error() << " " << riskd.publisher->last_error();
    EXPECT_EQ(riskd.publisher->counters().refused, 0U);
    EXPECT_EQ(riskd.publisher->status(), OutputStatus::publishing);
    expect_stream(riskd.next);
}

TEST_F(OutputPublisherTest, a_full_list_refuses_from_one_point_on_until_it_is_offered_again) {
    Publishing riskd(server, {.records_max = 100, .bytes_max = 1 << 20, .in_flight_max = 50});
    ASSERT_TRUE(riskd.publisher);
    ASSERT_TRUE(riskd.until([&] { return riskd.next.sequence > 20; }, 10));
    ASSERT_TRUE(riskd.until_confirmed());
    server.kill();
    ASSERT_TRUE(riskd.until([&] { return !riskd.session->connected(); }));
    const OutputId first = riskd.next;
    OutputId id = first;
    for (int i = 0; i < 100; ++i, id = Publishing::after(id)) {
        ASSERT_TRUE(riskd.publisher->publish(id, "risk.out.decision.A", Publishing::text(id)));
    }
    EXPECT_EQ(riskd.publisher->status(), OutputStatus::disconnected);
    const OutputId refused = id;
    for (int i = 0; i < 10; ++i, id = Publishing::after(id)) {
        EXPECT_FALSE(riskd.publisher->publish(id, "risk.out.decision.A", Publishing::text(id)));
    }
    EXPECT_EQ(riskd.publisher->status(), OutputStatus::backlogged);
    EXPECT_EQ(riskd.publisher->refused_from(), refused);
    EXPECT_EQ(riskd.publisher->counters().refused, 10U);

    ASSERT_TRUE(server.start());
    ASSERT_TRUE(riskd.until_confirmed());
    // There is room again, but a later output must not overtake the refused one.
    EXPECT_FALSE(riskd.publisher->publish(id, "risk.out.decision.A", Publishing::text(id)));
    EXPECT_EQ(riskd.publisher->status(), OutputStatus::backlogged);
    riskd.next = refused;
    riskd.cycle(20);
    ASSERT_TRUE(riskd.until_confirmed());
    EXPECT_EQ(riskd.publisher->status(), OutputStatus::publishing);
    EXPECT_EQ(riskd.publisher->refused_from(), std::nullopt);
    expect_stream(riskd.next);
}

TEST_F(OutputPublisherTest, waits_for_a_stream_that_is_away_and_says_why) {
    Publishing riskd(server);
    ASSERT_TRUE(riskd.publisher);
    riskd.cycle();
    RawNats raw(server.port());
    raw.subscribe("deleted");
    raw.publish("$JS.API.STREAM.DELETE.RISK_OUT", "", "deleted");
    RawMessage answer;
    ASSERT_TRUE(raw.next(answer));
    riskd.cycle(10);
    ASSERT_TRUE(riskd.until([&] { return riskd.publisher->counters().refused_by_server >= 10; }));
    EXPECT_EQ(riskd.publisher->last_error(), "no stream takes these outputs");
    EXPECT_EQ(riskd.publisher->unconfirmed(), 10U);
    make_stream();
    ASSERT_TRUE(riskd.until_confirmed());
    EXPECT_GE(riskd.publisher->counters().sent_again, 10U);
    expect_stream(riskd.next);
}

}  // namespace
}  // namespace riskd::feeds
