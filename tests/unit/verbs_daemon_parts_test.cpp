#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "riskd/outbox.hpp"
#include "riskd/price_intake.hpp"
#include "riskd/reference_memory.hpp"
#include "tests/unit/core_world.hpp"
#include "tests/unit/runtime_random_record.hpp"

namespace riskd::verbs {
namespace {

TEST(OutboxTest, gives_back_random_messages_in_order_however_far_it_falls_behind) {
    struct Kept {
        Sequence sequence;
        std::string subject;
        std::string payload;
    };
    std::mt19937_64 random(test::printed_seed());
    Outbox outbox;
    std::deque<Kept> model;
    std::uint64_t sequence = 0;
    for (int round = 0; round < 20'000; ++round) {
        const bool filling = (round / 4'000) % 2 == 0;
        if (random() % 10 < (filling ? 7U : 4U)) {
            const Kept kept{Sequence{++sequence}, std::string(random() % 40 + 1, 's'),
                            std::string(random() % 900, static_cast<char>('a' + random() % 26))};
            outbox.push({.sequence = kept.sequence,
                         .number = static_cast<std::uint32_t>(sequence % 7),
                         .asked_ns = round,
                         .subject = kept.subject,
                         .payload = kept.payload});
            model.push_back(kept);
        } else if (!model.empty()) {
            const Waiting front = outbox.front();
            ASSERT_EQ(front.sequence, model.front().sequence);
            ASSERT_EQ(front.number, front.sequence.raw % 7);
            ASSERT_EQ(front.subject, model.front().subject);
            ASSERT_EQ(front.payload, model.front().payload);
            outbox.pop();
            model.pop_front();
        }
        ASSERT_EQ(outbox.size(), model.size());
        ASSERT_EQ(outbox.empty(), model.empty());
        if (!model.empty()) {
            ASSERT_EQ(outbox.at(model.size() - 1).payload, model.back().payload);
        }
    }
}

TEST(OutboxTest, an_empty_one_keeps_no_bytes) {
    Outbox outbox;
    outbox.push({.sequence = Sequence{1}, .subject = "a", .payload = "b"});
    outbox.pop();
    EXPECT_EQ(outbox.bytes(), 0U);
}

PriceUpdate price(std::uint32_t instrument, std::int64_t mark, std::int64_t as_of) {
    return {.instrument = InstrumentId{instrument}, .mark = Price{mark}, .as_of = {as_of}};
}

std::vector<PriceUpdate> drained(PriceIntake& intake) {
    std::vector<PriceUpdate> updates;
    intake.drain([&updates](const PriceUpdate& update) { updates.push_back(update); });
    return updates;
}

TEST(PriceIntakeTest, keeps_the_newest_of_each_instrument_in_order_of_arrival) {
    PriceIntake intake;
    intake.take(price(5, 100, 1));
    intake.take(price(2, 7, 1));
    intake.take(price(5, 101, 2));
    intake.take(price(5, 102, 3));
    EXPECT_EQ(intake.size(), 2U);
    const auto updates = drained(intake);
    ASSERT_EQ(updates.size(), 2U);
    EXPECT_EQ(updates[0].instrument, InstrumentId{5});
    EXPECT_EQ(updates[0].mark, Price{102});
    EXPECT_EQ(updates[0].as_of, Timestamp{3});
    EXPECT_EQ(updates[1].mark, Price{7});
    EXPECT_EQ(intake.conflated(), 2U);
    EXPECT_TRUE(intake.empty());
    EXPECT_TRUE(drained(intake).empty());
}

TEST(PriceIntakeTest, drops_what_is_older_than_what_waits) {
    PriceIntake intake;
    intake.take(price(0, 100, 10));
    intake.take(price(0, 90, 9));
    EXPECT_EQ(drained(intake).at(0).mark, Price{100});
}

TEST(PriceIntakeTest, merges_fields_so_that_a_quote_does_not_hide_a_mark) {
    PriceIntake intake;
    intake.take({.instrument = InstrumentId{0},
                 .mark = Price{100},
                 .index = Price{99},
                 .implied_volatility = 5,
                 .confidence = 7,
                 .has_interest_rate = true,
                 .interest_rate = 9,
                 .as_of = {10}});
    intake.take(
        {.instrument = InstrumentId{0}, .bid = Price{98}, .ask = Price{102}, .as_of = {20}});
    const PriceUpdate merged = drained(intake).at(0);
    EXPECT_EQ(merged.mark, Price{100});
    EXPECT_EQ(merged.index, Price{99});
    EXPECT_EQ(merged.bid, Price{98});
    EXPECT_EQ(merged.ask, Price{102});
    EXPECT_EQ(merged.implied_volatility, 5);
    EXPECT_EQ(merged.confidence, 7) << "it is that of the mark";
    EXPECT_TRUE(merged.has_interest_rate);
    EXPECT_EQ(merged.interest_rate, 9);
    EXPECT_EQ(merged.as_of, Timestamp{10}) << "the time is that of the mark";
    intake.take({.instrument = InstrumentId{0}, .bid = Price{98}, .as_of = {30}});
    intake.take(price(0, 101, 40));
    EXPECT_EQ(drained(intake).at(0).as_of, Timestamp{40});
}

TEST(PriceIntakeTest, what_is_no_price_neither_hides_nor_is_hidden_but_by_a_later_one) {
    PriceIntake intake;
    PriceUpdate zero = price(0, 0, 20);
    zero.faults.add(PriceFault::mark);
    zero.faults.add(PriceFault::bid);
    intake.take(price(0, 100, 10));
    intake.take(zero);
    const PriceUpdate after = drained(intake).at(0);
    EXPECT_EQ(after.mark, Price{100});
    EXPECT_EQ(after.as_of, Timestamp{10});
    EXPECT_TRUE(after.faults.has(PriceFault::mark));
    intake.take(zero);
    intake.take(price(0, 101, 30));
    const PriceUpdate before = drained(intake).at(0);
    EXPECT_EQ(before.mark, Price{101});
    EXPECT_FALSE(before.faults.has(PriceFault::mark));
    EXPECT_TRUE(before.faults.has(PriceFault::bid));
}

config::ReferenceSettings sample() {
    config::ReferenceSettings settings;
    settings.assets = {{.name = Name{"USDT"}}, {.name = Name{"BTC"}}};
    settings.instruments = {
        test::World::definition("BTC-PERP", ContractKind::linear_perpetual, "BTC")};
    settings.groups = {{.name = Name{"retail"}}};
    settings.accounts = {
        {.name = Name{"A1"}, .group = Name{"retail"}, .currency = Name{"USDT"}, .leverage = 5},
        {.name = Name{"USDT"}, .currency = Name{"USDT"}}};
    return settings;
}

class ReferenceMemoryTest : public testing::Test {
protected:
    void apply(EventBody body, std::uint64_t stream_sequence = 0) {
        ++sequence.raw;
        const Event event{.sequence = sequence,
                          .time = Timestamp{1},
                          .stream_sequence = stream_sequence,
                          .body = std::move(body)};
        engine.apply(event, outcome);
        memory.learn(event);
    }
    std::vector<EventBody> missing() const { return memory.missing(settings, engine.ledger()); }
    void apply_missing() {
        for (const EventBody& body : missing())
            apply(body);
    }

    test::FlatRules rules;
    Engine engine{{}, rules};
    Outcome outcome;
    Sequence sequence;
    ReferenceMemory memory;
    config::ReferenceSettings settings = sample();
};

TEST_F(ReferenceMemoryTest, applies_only_what_the_files_say_new) {
    std::vector<EventBody> bodies = missing();
    ASSERT_EQ(bodies.size(), 6U);
    EXPECT_TRUE(std::holds_alternative<AssetDefinition>(bodies[0]));
    EXPECT_TRUE(std::holds_alternative<InstrumentDefinition>(bodies[2]));
    EXPECT_TRUE(std::holds_alternative<GroupDefinition>(bodies[3]));
    EXPECT_TRUE(std::holds_alternative<AccountDefinition>(bodies[5]));
    apply_missing();
    EXPECT_TRUE(missing().empty());

    settings.instruments[0].leverage_max = 20;
    bodies = missing();
    ASSERT_EQ(bodies.size(), 1U);
    EXPECT_EQ(std::get<InstrumentDefinition>(bodies[0]).leverage_max, 20U);
}

TEST_F(ReferenceMemoryTest, what_the_stream_changed_stays_until_the_files_say_something_new) {
    apply_missing();
    AccountDefinition changed = settings.accounts[0];
    changed.leverage = 50;
    apply(changed, 17);
    EXPECT_TRUE(missing().empty());
    settings.accounts[0].leverage = 6;
    EXPECT_EQ(missing().size(), 1U);
}

TEST_F(ReferenceMemoryTest, a_start_makes_a_status_stricter_and_never_looser) {
    apply_missing();
    const AccountId account = engine.ledger().find_account("A1");
    apply(AccountControl{.account = account, .status = AccountStatus::halted, .by = Name{"kim"}});
    apply(InstrumentControl{
        .instrument = InstrumentId{0}, .status = InstrumentStatus::reduce_only, .by = Name{"kim"}});
    EXPECT_TRUE(missing().empty());
    settings.accounts[0].leverage = 9;
    settings.instruments[0].status = InstrumentStatus::halted;
    apply_missing();
    EXPECT_EQ(engine.ledger().account(account).status, AccountStatus::halted);
    EXPECT_EQ(engine.ledger().account(account).terms.leverage, 9U);
    EXPECT_EQ(engine.ledger().instrument(InstrumentId{0}).terms.status, InstrumentStatus::halted);
    EXPECT_TRUE(missing().empty()) << "nothing is applied again at the next start";
}

}  // namespace
}  // namespace riskd::verbs
