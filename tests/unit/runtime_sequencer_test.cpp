#include "riskd/runtime/sequencer.hpp"

#include <gtest/gtest.h>

#include "riskd/runtime/replay.hpp"
#include "tests/unit/core_world.hpp"
#include "tests/unit/runtime_journal_files.hpp"

namespace riskd::runtime {
namespace {

Timestamp test_time{1'700'000'000'000'000'000};

class SequencerTest : public testing::Test {
protected:
    SequencerTest() {
        test_time = Timestamp{1'700'000'000'000'000'000};
        EXPECT_EQ(open.fault, "");
    }
    // Two accounts with money; alice is long 1 BTC-PERP.
    void prepare() {
        apply(AssetDefinition{.name = Name{"USDT"}, .decimals = 8});
        apply(AssetDefinition{.name = Name{"BTC"}, .decimals = 8, .priced_by = Name{"BTC-PERP"}});
        apply(test::World::definition("BTC-PERP", ContractKind::linear_perpetual, "BTC"));
        apply(AccountDefinition{.name = Name{"alice"}, .currency = Name{"USDT"}});
        apply(AccountDefinition{.name = Name{"bob"}, .currency = Name{"USDT"}});
        for (std::uint32_t account = 0; account < 2; ++account) {
            apply(BalanceChange{.account = AccountId{account},
                                .id = Id{"d" + std::to_string(account)},
                                .asset = AssetId{0},
                                .amount = test::World::units(100'000)});
        }
        apply(
            PriceUpdate{.instrument = InstrumentId{0}, .mark = Price{500'000}, .as_of = test_time});
        apply(Fill{.account = AccountId{0},
                   .instrument = InstrumentId{0},
                   .fill = Id{"f-1"},
                   .order = Id{"f-1"},
                   .price = Price{500'000},
                   .quantity = Quantity{1'000}});
        ASSERT_EQ(sequencer.commit(), JournalStatus::healthy);
    }
    void apply(const EventBody& body) {
        test_time.ns += 1'000'000;
        sequencer.apply(body, ++stream_sequence);
    }
    OrderRequest order(std::uint32_t account, const std::string& id, Side side,
                       std::int64_t thousandths) const {
        return {.account = AccountId{account},
                .instrument = InstrumentId{0},
                .order = Id{id},
                .side = side,
                .price = Price{500'000},
                .quantity = Quantity{thousandths}};
    }
    Decision check(const OrderRequest& request) {
        return std::get<Decision>(sequencer.apply(request).outputs.at(0));
    }

    test::ScratchDirectory scratch;
    test::FaultyFiles files;
    test::OpenJournal open{files, {.directory = scratch.path(), .epoch = 1}};
    test::FlatRules rules;
    Engine engine{{}, rules};
    Clock clock{[]() noexcept { return test_time; }};
    Sequencer sequencer{engine, open.journal, clock, {.unwritten_bytes_max = 2'000}};
    std::uint64_t stream_sequence{};
};

TEST_F(SequencerTest, stamps_without_gaps_and_never_backwards) {
    sequencer.apply(TimePassed{});
    EXPECT_EQ(sequencer.event().sequence, Sequence{1});
    EXPECT_EQ(sequencer.event().time, test_time);
    const Timestamp before = test_time;
    test_time.ns -= 5'000'000'000;
    sequencer.apply(TimePassed{}, 17);
    EXPECT_EQ(sequencer.event().sequence, Sequence{2});
    EXPECT_EQ(sequencer.event().time, before);
    EXPECT_EQ(engine.stream_sequence(), 17U);
    EXPECT_FALSE(sequencer.may_leave(Sequence{1}));
    EXPECT_EQ(sequencer.commit(), JournalStatus::healthy);
    EXPECT_TRUE(sequencer.may_leave(Sequence{2}));
}

TEST_F(SequencerTest, a_replay_gives_the_same_digest_stream_position_and_time) {
    prepare();
    check(order(0, "o-1", Side::buy, 500));
    check(order(1, "o-2", Side::buy, 100'000));
    sequencer.commit();
    test::FlatRules dead;
    dead.margin_fault = RuleFault::raised;  // would refuse everything if it were asked
    Engine replayed({}, dead);
    DiskFiles disk;
    JournalReader reader(disk, scratch.path());
    int reports = 0;
    const auto result = replay(reader, replayed, [&](const JournalProgress&) { ++reports; });
    EXPECT_EQ(result.fault, "");
    EXPECT_EQ(result.records, engine.sequence().raw);
    EXPECT_EQ(text(replayed.digest()), text(engine.digest()));
    EXPECT_EQ(replayed.stream_sequence(), engine.stream_sequence());
    EXPECT_EQ(replayed.time(), engine.time());
    EXPECT_GE(reports, 1);
}

TEST_F(SequencerTest, asking_the_rules_again_finds_what_they_would_decide_otherwise) {
    prepare();
    check(order(1, "o-1", Side::buy, 1'000));
    sequencer.commit();
    DiskFiles disk;
    int differences = 0;
    {
        test::FlatRules same;
        Engine again({}, same);
        JournalReader reader(disk, scratch.path());
        const auto result =
            replay_asking(reader, again, nullptr, [&](const ReplayDifference&) { ++differences; });
        EXPECT_EQ(result.fault, "");
        EXPECT_EQ(differences, 0);
        EXPECT_EQ(text(again.digest()), text(engine.digest()));
    }
    test::FlatRules stricter;
    stricter.initial_rate = 3;
    Engine again({}, stricter);
    JournalReader reader(disk, scratch.path());
    Sequence differs;
    replay_asking(reader, again, nullptr, [&](const ReplayDifference& difference) {
        ++differences;
        differs = difference.recorded.event.sequence;
        EXPECT_TRUE(std::get<Decision>(difference.recorded.outcome.outputs.at(0)).accepted);
        EXPECT_FALSE(std::get<Decision>(difference.asked.outputs.at(0)).accepted);
        EXPECT_EQ(difference.output, 0U);
    });
    EXPECT_EQ(differences, 1);
    EXPECT_EQ(differs, engine.sequence());
}

TEST_F(SequencerTest, while_the_journal_fails_only_reductions_are_applied) {
    prepare();
    const OrderRequest safe = order(1, "safe", Side::buy, 100);
    ASSERT_EQ(sequencer.admit(safe), Admission::apply);
    ASSERT_TRUE(check(safe).accepted);
    sequencer.commit();

    files.fill_disk_after(0);
    const OrderRequest torn = order(1, "torn", Side::buy, 100);
    const Decision unsafe = check(torn);
    EXPECT_TRUE(unsafe.accepted);
    EXPECT_EQ(sequencer.commit(), JournalStatus::failing);
    EXPECT_FALSE(sequencer.takes_inputs());
    EXPECT_FALSE(sequencer.may_leave(unsafe.sequence));

    EXPECT_EQ(sequencer.admit(order(1, "new", Side::buy, 100)), Admission::unavailable);
    EXPECT_EQ(sequencer.admit(safe), Admission::answered);
    EXPECT_EQ(sequencer.admit(torn), Admission::wait);
    const OrderRequest reduction = order(0, "out", Side::sell, 400);
    ASSERT_EQ(sequencer.admit(reduction), Admission::reduce);
    EXPECT_TRUE(check(reduction).accepted);
    EXPECT_EQ(sequencer.commit(), JournalStatus::failing);
    EXPECT_EQ(sequencer.admit(reduction), Admission::answered);
    EXPECT_EQ(sequencer.admit(order(0, "flips", Side::sell, 601)), Admission::unavailable);

    files.heal();
    EXPECT_EQ(sequencer.commit(), JournalStatus::healthy);
    EXPECT_TRUE(sequencer.takes_inputs());
    EXPECT_TRUE(sequencer.may_leave(engine.sequence()));
    EXPECT_EQ(sequencer.admit(order(1, "new", Side::buy, 100)), Admission::apply);
    EXPECT_EQ(test::read_journal(scratch.path()).records.size(), engine.sequence().raw);
}

TEST_F(SequencerTest, the_memory_for_unwritten_reductions_is_bounded) {
    prepare();
    files.fill_disk_after(0);
    sequencer.apply(TimePassed{});
    sequencer.commit();
    int answered = 0;
    for (int i = 0; i < 1'000; ++i) {
        const OrderRequest reduction = order(0, "out-" + std::to_string(i), Side::sell, 1);
        if (sequencer.admit(reduction) != Admission::reduce) break;
        check(reduction);
        sequencer.commit();
        ++answered;
    }
    EXPECT_GT(answered, 3);
    EXPECT_LT(answered, 100);
}

}  // namespace
}  // namespace riskd::runtime
