// The parts of the NATS side that need no server: what subjects, greetings and ids say, and the
// bounded list of unconfirmed outputs.
#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <string>

#include "feeds/ack_subject.hpp"
#include "feeds/output_list.hpp"
#include "feeds/server_version.hpp"
#include "feeds/streams.hpp"

namespace riskd::feeds {
namespace {

TEST(AckSubjectTest, reads_the_plain_form) {
    const auto ack = parse_ack_subject("$JS.ACK.RISK_IN.riskd_x_1.1.42.7.1700000000000000001.9");
    ASSERT_TRUE(ack.has_value());
    EXPECT_EQ(ack->stream, "RISK_IN");
    EXPECT_EQ(ack->consumer, "riskd_x_1");
    EXPECT_EQ(ack->delivered, 1U);
    EXPECT_EQ(ack->stream_sequence, 42U);
    EXPECT_EQ(ack->consumer_sequence, 7U);
    EXPECT_EQ(ack->time_ns, 1700000000000000001);
    EXPECT_EQ(ack->pending, 9U);
}

TEST(AckSubjectTest, reads_the_form_between_domains) {
    const auto ack = parse_ack_subject("$JS.ACK.hub.AB12.RISK_IN.c.1.42.7.1700.9.token");
    ASSERT_TRUE(ack.has_value());
    EXPECT_EQ(ack->stream, "RISK_IN");
    EXPECT_EQ(ack->consumer, "c");
    EXPECT_EQ(ack->stream_sequence, 42U);
    EXPECT_EQ(ack->pending, 9U);
}

TEST(AckSubjectTest, refuses_everything_else) {
    for (const char* text :
         {"", "$JS.ACK.", "$JS.ACK", "$JS.FC.RISK_IN.c.1", "$JS.ACK.S.C.1.2.3.4",
          "$JS.ACK.S.C.1.2.3.4.x", "$JS.ACK.S.C.1.2.3.4.-5", "$JS.ACK..C.1.2.3.4.5",
          "$JS.ACK.S..1.2.3.4.5", "$JS.ACK.S.C.1.2.3.4.99999999999999999999999",
          "$JS.ACK.d.a.S.C.1.2.3.4", "risk.in.fill.A"}) {
        EXPECT_FALSE(parse_ack_subject(text).has_value()) << text;
    }
}

TEST(ServerVersionTest, reads_the_greeting_and_compares) {
    const auto version = server_version_of_greeting(
        "INFO {\"server_id\":\"N\",\"version\":\"2.9.10\",\"proto\":1}\r\n");
    ASSERT_TRUE(version.has_value());
    EXPECT_EQ(*version, (ServerVersion{2, 9, 10}));
    EXPECT_EQ(server_version_warning(*version),
              "nats-server 2.9.10 lacks JetStream fixes that protect streams on restart; 2.9.25 or "
              "later is advised");
    EXPECT_EQ(server_version_warning({2, 9, 25}), "");
    EXPECT_EQ(server_version_warning({2, 10, 0}), "");
    EXPECT_EQ(parse_server_version("2.10.0-beta.1"), (ServerVersion{2, 10, 0}));
    for (const char* text : {"", "2", "2.9", "2.9.", "a.b.c", "2.-1.0"}) {
        EXPECT_FALSE(parse_server_version(text).has_value()) << text;
    }
    EXPECT_FALSE(server_version_of_greeting("PING\r\n").has_value());
    EXPECT_FALSE(server_version_of_greeting("INFO {}\r\n").has_value());
}

TEST(OutputIdTest, reads_epoch_sequence_and_number) {
    const auto tail = parse_output_id("17-42-3");
    ASSERT_TRUE(tail.has_value());
    EXPECT_TRUE(tail->known);
    EXPECT_EQ(tail->epoch, 17U);
    EXPECT_EQ(tail->sequence, 42U);
    EXPECT_EQ(tail->number, 3U);
    for (const char* text : {"", "1-2", "1-2-", "1-2-3-4", "a-2-3", "1--2-3", " 1-2-3"}) {
        EXPECT_FALSE(parse_output_id(text).has_value()) << text;
    }
}

TEST(StreamSpecTest, facts_are_in_the_input_stream_and_prices_are_not) {
    config::NatsSettings settings;
    settings.subject_prefix = "p";
    const StreamSpec input = input_stream(settings);
    EXPECT_EQ(input.name, "RISK_IN");
    EXPECT_EQ(input.subjects,
              (std::vector<std::string>{"p.in.order.*", "p.in.fill.*", "p.in.balance.*",
                                        "p.in.transfer", "p.in.funding.*", "p.in.funding_index.*",
                                        "p.in.settlement.*", "p.in.leverage.*", "p.in.margin.*",
                                        "p.in.instrument.*", "p.in.account.*", "p.in.group.*"}));
    const StreamSpec output = output_stream(settings);
    EXPECT_EQ(output.name, "RISK_OUT");
    EXPECT_EQ(output.subjects, (std::vector<std::string>{"p.out.decision.*", "p.out.liquidation.*",
                                                         "p.out.alert.*"}));
    EXPECT_EQ(output.age_ns_max, 168LL * 3'600 * 1'000'000'000);
}

TEST(OutputListTest, refuses_when_the_records_or_the_bytes_are_used_up) {
    OutputList few(2, 1'000);
    EXPECT_TRUE(few.try_push({1, 0}, "s", "p"));
    EXPECT_TRUE(few.try_push({2, 0}, "s", "p"));
    EXPECT_FALSE(few.try_push({3, 0}, "s", "p"));
    EXPECT_TRUE(few.confirm(1));
    EXPECT_TRUE(few.try_push({3, 0}, "s", "p"));

    OutputList small(100, 10);
    EXPECT_FALSE(small.try_push({1, 0}, "subject", "longer than it all"));
    EXPECT_TRUE(small.try_push({1, 0}, "s", "12345"));
    EXPECT_FALSE(small.try_push({2, 0}, "s", "12345"));
    EXPECT_TRUE(small.confirm(1));
    EXPECT_TRUE(small.try_push({2, 0}, "s", "12345"));
}

TEST(OutputListTest, keeps_what_stands_behind_an_unconfirmed_record) {
    OutputList list(4, 100);
    for (std::uint64_t i = 1; i <= 4; ++i)
        ASSERT_TRUE(list.try_push({i, 0}, "s", "p"));
    EXPECT_TRUE(list.confirm(2));
    EXPECT_TRUE(list.confirm(3));
    EXPECT_FALSE(list.confirm(3));
    EXPECT_EQ(list.head(), 1U);
    EXPECT_EQ(list.size(), 4U);
    EXPECT_TRUE(list.confirm(1));
    EXPECT_EQ(list.head(), 4U);
    EXPECT_EQ(list.size(), 1U);
    EXPECT_FALSE(list.confirm(1));
    EXPECT_FALSE(list.confirm(5));
}

// The list against a deque that simply keeps the texts, over random sizes and confirmations.
TEST(OutputListTest, never_mixes_bytes_of_two_records) {
    const std::uint32_t seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    OutputList list(64, 1'024);
    struct Kept {
        std::uint64_t index;
        std::string subject;
        std::string payload;
    };
    std::deque<Kept> model;
    std::size_t refused = 0;
    for (int step = 0; step < 200'000; ++step) {
        if (random() % 5 < 3) {
            const std::string subject(random() % 20 + 1, static_cast<char>('a' + random() % 26));
            const std::string payload(random() % 100, static_cast<char>('A' + random() % 26));
            const std::uint64_t index = list.tail();
            if (list.try_push({index, 7}, subject, payload)) {
                model.push_back({index, subject, payload});
            } else {
                ++refused;
                ASSERT_FALSE(model.empty());
            }
        } else if (!model.empty()) {
            ASSERT_TRUE(list.confirm(model.front().index));
            model.pop_front();
        }
        ASSERT_EQ(list.size(), model.size());
        if (model.empty()) continue;
        const Kept& kept = model[random() % model.size()];
        const OutputList::Record& record = list.at(kept.index);
        ASSERT_EQ(list.subject(record), kept.subject);
        ASSERT_EQ(list.payload(record), kept.payload);
        ASSERT_EQ(record.id, (OutputId{kept.index, 7}));
    }
    EXPECT_GT(refused, 0U);
}

}  // namespace
}  // namespace riskd::feeds
