// Streams created and verified on a real nats-server.
#include "feeds/streams.hpp"

#include <gtest/gtest.h>

#include "tests/integration/raw_nats.hpp"

namespace riskd::feeds {
namespace {

using tests::NatsServer;
using tests::RawMessage;
using tests::RawNats;

class StreamsTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (!server.running()) GTEST_SKIP() << "skipped: no nats-server";
        auto opened = StreamAdmin::open(server.settings(), "test-admin");
        ASSERT_EQ(opened.error, "");
        admin = std::move(opened.admin);
    }
    NatsServer server;
    std::unique_ptr<StreamAdmin> admin;
};

TEST_F(StreamsTest, creates_what_is_missing_and_verifies_it_the_next_time) {
    const StreamSpec spec = input_stream(server.settings());
    const StreamReport refused = admin->ensure(spec, false);
    EXPECT_EQ(refused.status, StreamStatus::missing);
    EXPECT_FALSE(refused.usable());
    const StreamReport first = admin->ensure(spec, true);
    EXPECT_EQ(first.status, StreamStatus::created) << first.error;
    EXPECT_EQ(first.state.last_sequence, 0U);
    const StreamReport second = admin->ensure(spec, false);
    EXPECT_EQ(second.status, StreamStatus::verified) << second.error;
    EXPECT_EQ(second.differences, std::vector<std::string>{});
    EXPECT_TRUE(second.usable());
    EXPECT_EQ(admin->ensure(output_stream(server.settings()), true).status, StreamStatus::created);
}

TEST_F(StreamsTest, lists_every_difference_and_changes_nothing) {
    config::NatsSettings settings = server.settings();
    StreamSpec other = input_stream(settings);
    other.subjects.pop_back();
    other.subjects.push_back("risk.in.price.*");
    other.age_ns_max = 5'000'000'000;
    other.duplicate_window_ns = 1'000'000'000;
    ASSERT_EQ(admin->ensure(other, true).status, StreamStatus::created);
    const StreamReport report = admin->ensure(input_stream(settings), true);
    EXPECT_EQ(report.status, StreamStatus::differs);
    EXPECT_FALSE(report.usable());
    EXPECT_EQ(
        report.differences,
        (std::vector<std::string>{"subjects missing: is risk.in.group.*, must be none",
                                  "subjects too many: is risk.in.price.*, must be none",
                                  "max_age (ns): is 5000000000, must be 604800000000000",
                                  "duplicate_window (ns): is 1000000000, must be 120000000000"}));
    EXPECT_EQ(admin->ensure(other, false).status, StreamStatus::verified);
}

TEST_F(StreamsTest, knows_the_server_and_what_a_stream_holds) {
    ASSERT_TRUE(admin->ensure(input_stream(server.settings()), true).usable());
    const auto version = admin->server_version();
    ASSERT_TRUE(version.has_value());
    EXPECT_GE(version->major, 2);
    RawNats oms(server.port());
    for (int i = 0; i < 3; ++i)
        oms.publish("risk.in.fill.A", "{}");
    oms.publish("risk.in.price.BTC", "{}");  // not a fact
    ASSERT_TRUE(oms.ping());
    std::string error;
    const auto state = admin->state("RISK_IN", error);
    ASSERT_TRUE(state.has_value()) << error;
    EXPECT_EQ(state->messages, 3U);
    EXPECT_EQ(state->first_sequence, 1U);
    EXPECT_EQ(state->last_sequence, 3U);
    EXPECT_TRUE(admin->message_time_ns("RISK_IN", 2, error).has_value());
    EXPECT_FALSE(admin->message_time_ns("RISK_IN", 9, error).has_value());
    EXPECT_EQ(error, "");
    EXPECT_FALSE(admin->state("NO_SUCH", error).has_value());
    EXPECT_NE(error, "");
}

TEST_F(StreamsTest, reads_back_what_riskd_said_last) {
    ASSERT_TRUE(admin->ensure(output_stream(server.settings()), true).usable());
    std::string error;
    auto tail = admin->output_tail("RISK_OUT", error);
    ASSERT_TRUE(tail.has_value()) << error;
    EXPECT_FALSE(tail->known);
    RawNats raw(server.port());
    raw.publish("risk.out.alert.low", "{}");
    ASSERT_TRUE(raw.ping());
    EXPECT_FALSE(admin->output_tail("RISK_OUT", error).has_value());
    EXPECT_EQ(error, "stream RISK_OUT: its last message is not from riskd");
}

TEST_F(StreamsTest, fails_with_a_text_when_the_server_is_gone) {
    server.kill();
    const StreamReport report = admin->ensure(input_stream(server.settings()), true);
    EXPECT_EQ(report.status, StreamStatus::unreachable);
    EXPECT_NE(report.error, "");
    EXPECT_EQ(StreamAdmin::open(server.settings(), "again").admin, nullptr);
}

}  // namespace
}  // namespace riskd::feeds
